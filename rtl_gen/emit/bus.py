"""Bus: the top that puts an emitted engine behind a bus, and its entry in the manifest."""

from amaranth.hdl import Value
from amaranth.lib import wiring

from pulsetrain.bus_map import ADDRESS_BITS, BusRegister, bus_registers
from pulsetrain.device import engine_digest
from pulsetrain.formats import bus as bus_formats
from pulsetrain.formats import engine as formats
from pulsetrain.formats.struct import Struct
from pulsetrain.hdl.bus.tops import make_top
from pulsetrain.spec import Config

from .c_header import c_header
from .fusesoc import fusesoc_core
from .ip_xact import ip_xact
from .manifest import required_cells
from .svd import svd
from .systemrdl import systemrdl
from .verilog import emit_verilog

_CLOCK = {"edge": "rising", "description": "every port is synchronous to it"}
_ENGINE_CLOCK = {"port": "engine_clk", "edge": "rising",
                 "description": "the engine's clock, in any relation to the other"}
_RESET = {"synchronous": True, "cycles": 1,
          "description": "the top holds the engine's own reset for as long as that needs"}
_STREAMS = {
    "axi": {"s_axis_tdata": "sample_word", "s_axis_tuser": "sample_user",
            "m_axis_tdata": "result"},
}
"""The ports of each bus that carry a structure, and its name among `structures`."""


def bus_top(name: str, bus: str) -> str:
    """The name of the top that puts the engine `name` behind `bus`."""
    return f"{name}_{bus.partition('-')[0]}"


EXPORTS = ("h", "rdl", "svd", "xml", "core")
"""Suffixes of the files that describe a bus, or its registers, to other tools."""


def export_bus(config: Config, name: str, bus: str, ports: list[dict]) -> dict[str, str]:
    """The contents of those files, by their names; `ports` are those of the manifest."""
    top, registers = bus_top(name, bus), bus_registers(config, bus)
    digest, verilog = engine_digest(config), _files(name, top, "v")
    return {f"{top}.h": c_header(top, digest, registers, _structures(config)),
            f"{top}.rdl": systemrdl(top, digest, registers),
            f"{top}.svd": svd(top, digest, registers),
            f"{top}.xml": ip_xact(top, bus, digest, registers, ports, verilog),
            f"{top}.core": fusesoc_core(name, top, bus, verilog, _files(name, top, "vlt"),
                                        [cell["model"] for cell in required_cells(config)])}


def emit_bus(config: Config, name: str, bus: str, *, crosses: bool, initial_values: bool = True
             ) -> tuple[str, dict]:
    """The Verilog of the top, without the engine that it instantiates, and the manifest's entry;
    if it `crosses`, the engine has a clock of its own. `initial_values` is as for `emit_verilog`.
    """
    axi = bus == "axi"
    top, component = bus_top(name, bus), make_top(config, name, bus, crosses=crosses)
    return emit_verilog(component, top, initial_values=initial_values), {
        "bus": bus,
        "top": top,
        "files": _files(name, top, "v"),
        "fusesoc": f"{top}.core",
        "registers_in_c": f"{top}.h",
        "registers_in_systemrdl": f"{top}.rdl",
        "registers_in_svd": f"{top}.svd",
        "ip_xact": f"{top}.xml",
        "lint_waivers": _files(name, top, "vlt"),
        "clock": {"port": "aclk" if axi else "clk", **_CLOCK},
        "reset": {**({"port": "aresetn", "active": "low"} if axi
                     else {"port": "rst", "active": "high"}), **_RESET},
        **({"engine_clock": _ENGINE_CLOCK} if crosses else {}),
        "ports": [{"name": "__".join(map(str, path)),
                   "direction": "input" if member.flow == wiring.In else "output",
                   "width": len(Value.cast(value))}
                  for path, member, value in component.signature.flatten(component)],
        "streams": _STREAMS.get(bus, {}),
        "structures": {
            **{name: form.entry() for name, form in _structures(config).items()},
            "row_data": formats.row_slice(config).entry()},
        "address_unit": "byte",
        "address_bits": ADDRESS_BITS,
        "registers": [_register(entry) for entry in bus_registers(config, bus)],
    }


def _files(name: str, top: str, kind: str) -> list[str]:
    return [f"{name}.{kind}", f"{top}.{kind}"]


def _structures(config: Config) -> dict[str, Struct]:
    return {"sample_word": bus_formats.sample_word(config),
            "sample_user": bus_formats.sample_user(config),
            "result": bus_formats.result_words(config)}


def _register(entry: BusRegister) -> dict:
    return {
        "name": entry.name, "address": entry.address, "count": entry.count,
        "access": entry.access, "reset": entry.reset, "least": entry.least, "most": entry.most,
        "volatile": entry.volatile, "read_takes": entry.takes, "single_bytes": entry.by_bytes,
        "description": entry.description, "fields": [field.entry() for field in entry.fields]}
