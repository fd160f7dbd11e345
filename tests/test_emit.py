"""Emitted files: engines of several names in one design, other tools, manifests."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib.wiring import Component, In, Out
from engines import assert_equal
from lints import check_icarus, check_slang
from small import EVERYTHING, TINY, small_config, small_data

from pulsetrain import __version__
from pulsetrain.device import engine_digest
from pulsetrain.emit import EngineNameError, emit_all, emit_verilog, generate, verilog
from pulsetrain.fpga.tools import YOSYS, ToolFailedError
from pulsetrain.golden import GoldenEngine
from pulsetrain.hdl.library.copy import copied
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.registers import RESET_CYCLES
from pulsetrain.run import compare
from pulsetrain.sim import runner
from pulsetrain.sim.engine import SimulatedEngine, Simulation

UNLIKE = {"reader": small_config(), "writer": small_config(**EVERYTHING, engine={"lanes": 3})}
"""Two engines that share the classes of their components, but hardly any contents."""

PADS = {"gowin": (5, 3), "gatemate": (5, 3), "xilinx": (5, 3), "intel_alm": (0, 0),
        "nexus": (0, 0), "efinix": (0, 0)}
"""Pads of inputs and of outputs that Yosys's `synth_FAMILY` makes for `Copies`: one a pin, or
none."""


class Copies(Component):
    """Two equal copies and registers that need both; with clock and reset, five pins are inputs.

    Members:
        i: In(3).
        o: Out(3).
    """

    def __init__(self) -> None:
        super().__init__({"i": In(3), "o": Out(3)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        first, second = copied(m, self.i[0], "first"), copied(m, self.i[0], "second")
        m.d.sync += self.o.eq(Cat(first & self.i[1], second & self.i[2], first ^ self.i[2]))
        return m


class Nested(SharedComponent):
    """A component within a component, `depth` times; the innermost gives the `value`.

    Members:
        o: Out(4).
    """

    latency = 0

    def __init__(self, depth: int, value: int) -> None:
        self.digest, self._depth, self._value = str(depth), depth, value
        super().__init__({"o": Out(4)})

    def body(self, platform: object) -> Module:
        m = Module()
        if self._depth:
            m.submodules.inner = inner = Nested(self._depth - 1, self._value)
        m.d.comb += self.o.eq(inner.o if self._depth else self._value)
        return m


def modules(verilog: str) -> dict[str, str]:
    """Name -> text of every module."""
    return {found[1]: found[0] for found in re.finditer(
        r"^module \\?(\S+?) ?\(.*?^endmodule$", verilog, re.DOTALL | re.MULTILINE)}


@pytest.fixture(scope="module")
def emitted(tmp_path_factory) -> dict[str, tuple[Path, dict]]:
    """Name -> (folder, manifest) of the engines `UNLIKE`."""
    folders = {name: tmp_path_factory.mktemp(name) for name in UNLIKE}
    return {name: (folder, generate(UNLIKE[name], folder, name))
            for name, folder in folders.items()}


def test_a_yosys_in_a_process_of_its_own_writes_the_same(own_yosys, monkeypatch, emitted, tmp_path):
    """The other tests emit by one inside their process."""
    monkeypatch.setattr(verilog, "run_yosys", own_yosys)
    generate(UNLIKE["writer"], tmp_path, "writer")
    folder, _ = emitted["writer"]
    assert (tmp_path / "writer.v").read_bytes() == (folder / "writer.v").read_bytes()


def test_a_refusal_of_yosys_is_reported(own_yosys, monkeypatch):
    for run in (own_yosys, verilog.run_yosys):
        monkeypatch.setattr(verilog, "run_yosys", run)
        with pytest.raises(verilog.EmitError, match=r"not translate engine:\nERROR: Parser error"):
            verilog.rtlil_to_verilog("nothing", "engine")


# Two engines in one design ----------------------------------------------------------------------


def test_two_unlike_engines_in_one_design_equal_their_models(emitted, tmp_path):
    path = tmp_path / "both.v"
    path.write_text("".join((folder / f"{name}.v").read_text()
                            for name, (folder, _) in emitted.items()))
    with Simulation(path, "icarus", tops=tuple(UNLIKE)) as simulation:
        for name, config in UNLIKE.items():
            data, reference = small_data(config), GoldenEngine(config, count_cycles=True)
            with SimulatedEngine(config, path, "icarus", simulation=simulation,
                                 top=name) as engine:
                engine.reset()
                assert engine.registers() == {entry["name"]: entry["reset"]
                                              for entry in emitted[name][1]["registers"]}
                engine.load(reference.read())
                report = compare(reference, engine, data.x_train[:12], data.y_train[:12], every=4)
            assert_equal(report, 12)


@pytest.mark.parametrize("config", [
    *UNLIKE.values(), small_config(engine={"lanes": 2, "memory": "spram"}),
    small_config(engine={"lanes": 2, "input": "raw"},
                 network={"inputs": 12, "hidden": [9, 7], "outputs": 4})], ids=range(4))
def test_an_engine_without_initial_values_learns_from_unknown_states(config, tmp_path):
    manifest = generate(config, tmp_path, initial_values=False)
    verilog = tmp_path / "pulsetrain.v"
    assert not re.search(r"^ *reg .*=", verilog.read_text(), re.MULTILINE)
    assert manifest["reset"]["cycles"] == RESET_CYCLES
    assert manifest["reset"]["description"].endswith("; needed after power-up")
    data, reference = small_data(config), GoldenEngine(config, count_cycles=True)
    with SimulatedEngine(config, verilog, "icarus") as engine:
        assert None not in engine.registers().values()
        engine.load(reference.read())
        report = compare(reference, engine, data.x_train[:12], data.y_train[:12], every=4)
    assert_equal(report, 12)


def test_every_module_bears_the_engine_s_name(emitted):
    for name, (folder, manifest) in emitted.items():
        found = modules((folder / f"{name}.v").read_text())
        assert next(iter(found)) == name == manifest["top"]
        assert all(re.match(rf"{name}($|[._])", module) for module in found)
        assert len(found) > 20


def test_a_shared_module_s_name_tells_its_contents(emitted):
    """Even engines of one name have no unlike modules of one name, but for their own blocks."""
    one, other = (modules((folder / f"{name}.v").read_text().replace(name, "engine"))
                  for name, (folder, _) in emitted.items())
    helpers = [{module for module in found if module.startswith("engine_")}
               for found in (one, other)]
    assert all(re.search(r"_[0-9a-f]{8}$", module) for names in helpers for module in names)
    short = [{module[:-9] for module in names} for names in helpers]
    assert len(short[0] & short[1]) >= 3
    assert helpers[0] != helpers[1]
    assert helpers[0] & helpers[1]
    assert all(one[module] == other[module] for module in helpers[0] & helpers[1])


def test_the_name_of_a_shared_module_also_tells_what_is_in_those_within_it():
    found = modules(emit_all({"one": Nested(2, 1), "other": Nested(2, 2), "again": Nested(2, 1)}))
    one, other, again = ({module.removeprefix(name) for module in found
                          if module.startswith(f"{name}_")} for name in ("one", "other", "again"))
    assert one == again
    assert {name[:10] for name in one} == {name[:10] for name in other} == {
        "_nested_0_", "_nested_1_"}
    assert not one & other


@pytest.mark.parametrize("name", ["", "2nd", "a b", "a.b", "../up", "x" * 61, "SB_SPRAM256KA"])
def test_other_names_are_refused(name, tmp_path):
    with pytest.raises(EngineNameError, match=r"--name must be a letter and up to 59 letters"):
        generate(small_config(), tmp_path / "new", name)
    assert not (tmp_path / "new").exists()


def test_a_keyword_is_no_name(tmp_path):
    with pytest.raises(EngineNameError, match="--name must be no keyword of Verilog, not 'with'"):
        generate(small_config(), tmp_path / "new", "with")
    assert not (tmp_path / "new").exists()


# Other tools ------------------------------------------------------------------------------------


def test_pads_are_at_the_pins_only_and_copies_are_kept(tmp_path):
    (tmp_path / "copies.v").write_text(emit_verilog(Copies(), "copies"))
    script = "read_verilog copies.v\ndesign -save read\n" + "".join(
        f"design -load read\nsynth_{family} -top copies\nflatten\n"
        f"tee -q -o {family}.json stat -json\n" for family in PADS)
    (tmp_path / "all.ys").write_text(script)
    YOSYS.run(["-s", "all.ys"], tmp_path, "all.log")
    for family, (inputs, outputs) in PADS.items():
        cells = json.loads((tmp_path / f"{family}.json").read_text())["design"]["num_cells_by_type"]
        counts = {ending: sum(count for cell, count in cells.items() if cell.endswith(ending))
                  for ending in ("IBUF", "OBUF")}
        registers = sum(count for cell, count in cells.items()
                        if re.search(r"(^|_)(DFF|FD|FF)", cell))
        assert (family, counts) == (family, {"IBUF": inputs, "OBUF": outputs})
        assert (family, registers) == (family, 5)


def test_a_device_without_initial_values_is_synthesised(tmp_path):
    generate(small_config(**TINY), tmp_path, "none", initial_values=False)
    (tmp_path / "some.v").write_text(emit_verilog(Copies(), "some"))
    # Flip-flops are mapped before look-up tables. Copies has nothing but flip-flops and gates.
    script = ("read_verilog none.v\nsynth_microchip -top none -family polarfire -run :map_luts\n"
              "log none: mapped\ndesign -reset\n"
              "read_verilog some.v\nsynth_microchip -top some -family polarfire -run :map_dsp\n"
              "simplemap\nsynth_microchip -family polarfire -run map_ffs:map_luts\n")
    (tmp_path / "all.ys").write_text(script)
    with pytest.raises(ToolFailedError, match="initialized D flip-flops are not supported") as info:
        YOSYS.run(["-s", "all.ys"], tmp_path, "all.log")
    assert "\nnone: mapped\n" in info.value.log


def test_hardly_anything_has_to_be_waived(emitted):
    folder, _ = emitted["reader"]
    with pytest.raises(runner.SimulationFailedError) as info:
        runner.lint(folder / "reader.v", "reader", [])
    rules = Counter(re.findall(r"^%Warning-(\w+):", info.value.tail, re.MULTILINE))
    assert rules.keys() == {"DECLFILENAME", "UNUSEDSIGNAL", "WIDTHEXPAND", "WIDTHTRUNC",
                            "CASEOVERLAP", "UNOPTFLAT"}
    assert rules.total() < 130  # 918 with every wire, and initial values in declarations
    waived = (folder / "reader.vlt").read_text()
    assert set(re.findall(r"-rule (\w+)", waived)) == rules.keys()


def test_icarus_and_slang_find_nothing(emitted):
    for name, (folder, _) in emitted.items():
        check_icarus(folder / f"{name}.v", name)
        check_slang(folder / f"{name}.v", name)


def test_verilator_warns_of_nothing_that_is_not_waived(emitted):
    for name, (folder, manifest) in emitted.items():
        assert manifest["lint_waivers"] == f"{name}.vlt"
        runner.lint(folder / f"{name}.v", name, [folder / f"{name}.vlt"])
    other = emitted["reader"][0] / "reader.vlt"  # waives nothing of another file
    with pytest.raises(runner.SimulationFailedError, match="UNUSEDSIGNAL"):
        runner.lint(folder / f"{name}.v", name, [other])


# The texts --------------------------------------------------------------------------------------


def test_the_header_says_what_the_file_is(emitted):
    folder, manifest = emitted["writer"]
    text = (folder / "writer.v").read_text()
    header, _, rest = text.partition("`timescale 1ns / 1ps\n")
    assert (f"// writer: the engine of the configuration small, 3 lanes; pulsetrain {__version__}."
            in header)
    assert engine_digest(UNLIKE["writer"]) in header
    assert manifest["learning_digest"] in header
    assert "license does\n// not extend to it" in header
    assert max(map(len, header.splitlines())) <= 100
    ports = re.search(r"^module writer\((.*?)\);", rest, re.DOTALL | re.MULTILINE)[1]
    names = [port["name"] for port in manifest["ports"]]
    assert re.findall(r"\w+", ports) == names
    assert names[:8] == ["clk", "rst", "i_sample__payload", "i_sample__valid", "i_sample__ready",
                         "o_result__payload", "o_result__valid", "o_result__ready"]


def test_a_cell_that_is_needed_is_listed_and_comes_with_a_model(tmp_path):
    config = small_config(engine={"lanes": 2, "memory": "spram"})
    manifest = generate(config, tmp_path)
    text = (tmp_path / "pulsetrain.v").read_text()
    cell, = manifest["required_cells"]
    assert len(re.findall(rf"^  {cell['cell']} ", text, re.MULTILINE)) == cell["count"] == 1
    assert f"module {cell['cell']}(" in (tmp_path / cell["model"]).read_text()
    assert manifest["memory_map"]["after_power_up"] == "unknown"
    plain = generate(small_config(), tmp_path / "plain")
    assert plain["required_cells"] == []
    assert plain["memory_map"]["after_power_up"] == "every state 0"
    assert {path.name for path in (tmp_path / "plain").iterdir()} == {
        "pulsetrain.v", "pulsetrain.vlt", "manifest.json", "config.json"}


def test_the_manifest_says_how_registers_are_accessed(emitted):
    _, manifest = emitted["reader"]
    access = {entry["name"]: entry["access"] for entry in manifest["registers"]}
    assert {name for name, found in access.items() if found == "read-only"} == {
        "identity", "version", "digest_high", "digest_low", "status"}
    for entry in manifest["registers"]:
        assert entry["writable"] == (entry["access"] == "read-write")
        assert entry["least"] <= entry["reset"] <= entry["most"]
    assert manifest["schema"] == 2
    assert manifest["reset"]["port"] == "rst"
