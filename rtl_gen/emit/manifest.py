"""Manifest: what a host or a surrounding design needs to know about the emitted engine."""

from amaranth.hdl import Value
from amaranth.lib import wiring

from pulsetrain import __version__
from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.formats import engine as formats
from pulsetrain.golden.formula import cycle_formula
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.registers import REGISTERS
from pulsetrain.spec import Config
from pulsetrain.spec.memories import row_bits

TOP = "pulsetrain"
"""The name of the engine's Verilog module."""


def make_manifest(config: Config, engine: Engine) -> dict:
    """Everything that a host or a surrounding design needs to know about the emitted engine."""
    return {
        "name": config.name,
        "generator": f"pulsetrain {__version__}",
        "top": TOP,
        "learning_digest": learning_digest(config),
        "engine_digest": engine_digest(config),
        "ports": [{"name": "clk", "direction": "input", "width": 1},
                  {"name": "rst", "direction": "input", "width": 1},
                  *_ports(config, engine)],
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


def _ports(config: Config, engine: Engine) -> list[dict]:
    ports, declared = [], formats.ports(config)
    for path, member, value in engine.signature.flatten(engine):
        name = "__".join(str(part) for part in path)
        ports.append({
            "name": name, "direction": "input" if member.flow == wiring.In else "output",
            **(declared[name].entry() if name in declared
               else {"width": len(Value.cast(value))})})
    return ports
