"""Manifest: what a host or a surrounding design has to know of the emitted engine."""

from amaranth.hdl import ValueCastable
from amaranth.lib import data, wiring

from pulsetrain import __version__
from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.golden.formula import cycle_formula
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.memory_map import row_bits
from pulsetrain.registers import REGISTERS
from pulsetrain.spec import Config

TOP = "pulsetrain"
"""The name of the engine's Verilog module."""


def make_manifest(config: Config, engine: Engine) -> dict:
    """Everything that a host or a surrounding design has to know of the emitted engine."""
    return {
        "name": config.name,
        "generator": f"pulsetrain {__version__}",
        "top": TOP,
        "learning_digest": learning_digest(config),
        "engine_digest": engine_digest(config),
        "ports": [{"name": "clk", "direction": "input", "width": 1},
                  {"name": "rst", "direction": "input", "width": 1},
                  *_ports(engine)],
        "registers": [
            {"name": entry.name, "address": entry.address, "bits": entry.bits,
             "kind": entry.kind, "writable": entry.writable, "description": entry.description}
            for entry in REGISTERS],
        "memory_map": {
            "rows": config.design.rows,
            "row_bits": row_bits(config),
            "lanes": config.engine.lanes,
            "memory": config.engine.memory,
            "state_bits": config.design.state_bits,
            "pair": "s+ in the lower state_bits, s- above; lane 0 in the row's lowest bits",
            "row": "base + group * (inputs + 1) + input line; the bias line is line `inputs`",
            "layers": [{"layer": layer.number, "inputs": layer.inputs,
                        "outputs": layer.outputs, "groups": layer.groups, "base": layer.base}
                       for layer in config.design.layers]},
        "cycle_formula": cycle_formula(config),
    }


def _ports(engine: Engine) -> list[dict]:
    ports = []
    for path, member, value in engine.signature.flatten(engine):
        shape = member.shape
        port = {"name": "__".join(str(part) for part in path),
                "direction": "input" if member.flow == wiring.In else "output",
                "width": len(value.as_value() if isinstance(value, ValueCastable) else value)}
        if isinstance(shape, data.StructLayout):
            port["fields"] = [{"name": name, "offset": field.offset, "width": field.width}
                              for name, field in shape]
        ports.append(port)
    return ports
