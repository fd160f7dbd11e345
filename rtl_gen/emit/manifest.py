"""Manifest: what a host or a surrounding design has to know of the emitted engine."""

from amaranth.hdl import ValueCastable
from amaranth.lib import data, wiring

from pulsetrain import __version__
from pulsetrain.device import engine_digest, learning_digest
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


def cycle_formula(config: Config) -> dict:
    """The cycles of a sample in words and constants; `golden.cycles` computes them."""
    stages = config.design.stages
    constants = {"close_to_free": stages.close_to_free, "close_to_event": stages.close_to_event,
                 "close_to_error": stages.close_to_error,
                 "output_units": config.design.output_units, "settle": stages.settle,
                 "last_settle": stages.last_settle}
    turns = ""
    if config.engine.single_port:
        constants["turn"] = stages.write_back
        turns = "{turn} more after every {turn} of them but the last for their writes, "
    return {
        "forward": "a group takes one cycle an event and one for its bias line; it is closed no "
                   "sooner than {close_to_free} + max(1, units drained) cycles after the group "
                   "before it; outputs are drained {output_units} a cycle".format(**constants),
        "next_layer": "the first event of a group can be read {close_to_event} cycles after "
                      "the group was closed, then one a cycle".format(**constants),
        "output": "the last group's errors are known {close_to_error} - 1 cycles and one for each "
                  "drain of {output_units} outputs after it was closed".format(**constants),
        "update": f"rows visited x groups visited, {turns}and {{settle}} cycles until the next "
                  "layer, {last_settle} after the first".format(**constants),
        "sample": "one cycle to retire",
        "constants": constants,
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
