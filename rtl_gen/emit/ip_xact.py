"""IP-XACT (IEEE 1685-2014): a bus as a component, with interfaces, registers, ports and files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pulsetrain import __version__
from pulsetrain.bus_map import ADDRESS_BITS, BusRegister
from pulsetrain.registers import RegisterField

from .elements import SCHEMA_INSTANCE, Element, document, element

_SPACE = "http://www.accellera.org/XMLSchema/IPXACT/1685-2014"
_MAP, _FILES, _VIEW = "registers", "verilog", "rtl"


@dataclass(frozen=True, kw_only=True)
class _Interface:
    """Ports that are one interface: its bus definition as (vendor, library, name, version), the
    name of its abstraction, its mode, and the port of each logical signal. The ports that begin
    with `prefix` are signals called like their rest, in capitals."""

    name: str
    bus: tuple[str, str, str, str]
    abstraction: str
    mode: str
    signals: Mapping[str, str]
    prefix: str = ""
    is_mapped: bool = False


_AXI_CLOCK = {"ACLK": "aclk", "ARESETn": "aresetn"}
_STREAM = {"bus": ("amba.com", "AMBA4", "AXI4Stream", "r0p0_1"), "abstraction": "AXI4Stream_rtl",
           "signals": _AXI_CLOCK}
_INTERRUPT = _Interface(name="irq", bus=("xilinx.com", "signal", "interrupt", "1.0"),
                        abstraction="interrupt_rtl", mode="master", signals={"INTERRUPT": "irq"})
_INTERFACES = {
    "axi": (
        _Interface(name="s_axi", bus=("amba.com", "AMBA4", "AXI4-Lite", "r0p0"),
                   abstraction="AXI4-Lite_rtl", mode="slave", signals=_AXI_CLOCK,
                   prefix="s_axi_", is_mapped=True),
        _Interface(name="s_axis", mode="slave", prefix="s_axis_", **_STREAM),
        _Interface(name="m_axis", mode="master", prefix="m_axis_", **_STREAM),
        _INTERRUPT),
    "wishbone": (
        _Interface(name="wb", bus=("opencores.org", "interface", "wishbone", "b4"),
                   abstraction="wishbone_rtl", mode="slave",
                   signals={"CLK": "clk", "RST": "rst"}, prefix="wb_", is_mapped=True),
        _INTERRUPT),
}


def ip_xact(top: str, bus: str, digest: str, registers: tuple[BusRegister, ...],
            ports: Sequence[Mapping], files: Iterable[str]) -> str:
    """The component `top`, which has `ports` (of the manifest) and is made of Verilog `files`."""
    interfaces = _INTERFACES[bus.partition("-")[0]]
    block = _element(
        "addressBlock", _element("name", _MAP), _element("baseAddress", _number(0)),
        _element("range", _number(1 << ADDRESS_BITS)), _element("width", 32),
        _element("usage", "register"), *map(_register, registers))
    root = _element(
        "component", _element("vendor", "pulsetrain"), _element("library", "engine"),
        _element("name", top), _element("version", __version__),
        _element("busInterfaces", *(_interface(entry, ports) for entry in interfaces)),
        _element("memoryMaps", _element("memoryMap", _element("name", _MAP), block,
                                        _element("addressUnitBits", 8))),
        _model(top, ports),
        _element("fileSets", _element("fileSet", _element("name", _FILES), *(
            _element("file", _element("name", file), _element("fileType", "verilogSource"))
            for file in files))),
        _element("description", "an engine of Pulsetrain behind a bus"))
    root.attrib |= {"xmlns:ipxact": _SPACE, "xmlns:xsi": SCHEMA_INSTANCE,
                    "xsi:schemaLocation": f"{_SPACE} {_SPACE}/index.xsd"}
    return document(root, digest)


def _element(tag: str, *parts: Element | str | int | None, **attributes: str) -> Element:
    return element(f"ipxact:{tag}", *parts, **attributes)


def _number(value: int) -> str:
    return f"'h{value:x}"


def _interface(entry: _Interface, ports: Sequence[Mapping]) -> Element:
    signals = dict(entry.signals)
    if entry.prefix:
        signals |= {port["name"].removeprefix(entry.prefix).upper(): port["name"] for port in ports
                    if port["name"].startswith(entry.prefix)}
    reference = dict(zip(("vendor", "library", "name", "version"), entry.bus, strict=True))
    mapped = [_element("portMap", _element("logicalPort", _element("name", logical)),
                       _element("physicalPort", _element("name", physical)))
              for logical, physical in signals.items()]
    return _element(
        "busInterface", _element("name", entry.name), _element("busType", **reference),
        _element("abstractionTypes", _element(
            "abstractionType",
            _element("abstractionRef", **(reference | {"name": entry.abstraction})),
            _element("portMaps", *mapped))),
        _element(entry.mode, _element("memoryMapRef", memoryMapRef=_MAP) if entry.is_mapped
                 else None))


def _register(entry: BusRegister) -> Element:
    access = "read-write" if entry.clears else entry.access
    return _element(
        "register", _element("name", entry.name), _element("description", entry.description),
        _element("dim", entry.count) if entry.indexed else None,
        _element("addressOffset", _number(entry.address)), _element("size", 32),
        _element("volatile", str(entry.volatile).lower()), _element("access", access),
        *(_field(entry, field, access) for field in entry.fields))


def _field(entry: BusRegister, field: RegisterField, access: str) -> Element:
    values = [_element("enumeratedValue", _element("name", name),
                       _element("value", _number(value))) for name, value in field.values]
    limits = (entry.writable and not entry.clears and len(entry.fields) == 1
              and (entry.least, entry.most) != (0, field.mask))
    return _element(
        "field", _element("name", field.name), _element("description", field.description),
        _element("bitOffset", field.offset),
        _element("resets", _element("reset", _element(
            "value", _number((entry.reset & field.mask) >> field.offset)))),
        _element("bitWidth", field.bits), _element("volatile", str(entry.volatile).lower()),
        _element("access", access), _element("enumeratedValues", *values) if values else None,
        _element("modifiedWriteValue", "oneToClear") if entry.clears else None,
        _element("writeValueConstraint", _element("minimum", _number(entry.least)),
                 _element("maximum", _number(entry.most))) if limits else None,
        _element("readAction", "modify") if entry.takes else None)


def _model(top: str, ports: Sequence[Mapping]) -> Element:
    return _element(
        "model",
        _element("views", _element("view", _element("name", _VIEW),
                                   _element("componentInstantiationRef", _VIEW))),
        _element("instantiations", _element(
            "componentInstantiation", _element("name", _VIEW), _element("language", "Verilog"),
            _element("moduleName", top),
            _element("fileSetRef", _element("localName", _FILES)))),
        _element("ports", *(_element(
            "port", _element("name", port["name"]),
            _element("wire", _element("direction", port["direction"].removesuffix("put")),
                     _element("vectors", _element(
                         "vector", _element("left", port["width"] - 1), _element("right", 0)))
                     if port["width"] > 1 else None)) for port in ports)))
