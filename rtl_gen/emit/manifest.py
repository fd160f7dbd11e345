"""Manifest: what a host or a surrounding design needs to know about the emitted engine."""

from math import prod

from amaranth.hdl import Value
from amaranth.lib import wiring

from pulsetrain import __version__
from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.formats import engine as formats
from pulsetrain.golden.formula import cycle_formula
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.registers import RESET_CYCLES, registers_of, reset_values
from pulsetrain.spec import Config
from pulsetrain.spec.memories import row_bits, spram_grid

SCHEMA = 2
"""Version of the manifest's own form: it rises when an entry is renamed, moved or removed."""

TOP = "pulsetrain"
"""The name of the engine's Verilog module, by default."""

_CLOCK = {"port": "clk", "edge": "rising",
          "description": "the only clock; every port is synchronous to it"}

_RESET = {"port": "rst", "active": "high", "synchronous": True}

_RESETS = "registers, streams and the engine's control begin anew; synapses keep their states"


def make_manifest(config: Config, engine: Engine, name: str = TOP, *,
                  initial_values: bool = True) -> dict:
    """Everything that a host or a surrounding design needs to know about the emitted engine, whose
    top module is called `name`; `initial_values` if its registers and memories have some."""
    resets = reset_values(engine_digest(config), config.seed)
    return {
        "schema": SCHEMA,
        "name": config.name,
        "generator": f"pulsetrain {__version__}",
        "top": name,
        "files": [f"{name}.v"],
        "lint_waivers": f"{name}.vlt",
        "required_cells": required_cells(config),
        "clock": _CLOCK,
        "reset": {**_RESET, "cycles": RESET_CYCLES, "description":
                  f"{_RESETS}; {'not needed' if initial_values else 'needed'} after power-up"},
        "initial_values": initial_values,
        "learning_digest": learning_digest(config),
        "engine_digest": engine_digest(config),
        "ports": [{"name": "clk", "direction": "input", "width": 1},
                  {"name": "rst", "direction": "input", "width": 1},
                  *_ports(config, engine)],
        "register_address_unit": "register: one of up to 32 bits at each address",
        "registers": [
            {"name": entry.name, "address": entry.address, "bits": entry.bits,
             "kind": entry.kind, "access": entry.access, "writable": entry.writable,
             "reset": resets[entry.name],
             "least": entry.least, "most": entry.most, "description": entry.description,
             "reading": entry.reading, "writing": entry.writing,
             "fields": [field.entry() for field in entry.fields]}
            for entry in registers_of(config)],
        "memory_map": {
            "address_unit": "row: all lanes at one address",
            "after_power_up": ("unknown" if config.engine.single_port or not initial_values
                               else "every state 0"),
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


def required_cells(config: Config) -> list[dict]:
    """The cells of a device that the Verilog instantiates and does not define."""
    if not config.engine.single_port:
        return []
    return [{"cell": "SB_SPRAM256KA", "count": prod(spram_grid(config)), "device": "iCE40UP",
             "model": "SB_SPRAM256KA.v",
             "description": "single-port RAM of the device; the model is for simulation only"}]


def _ports(config: Config, engine: Engine) -> list[dict]:
    ports, declared = [], formats.ports(config)
    for path, member, value in engine.signature.flatten(engine):
        name = "__".join(str(part) for part in path)
        ports.append({
            "name": name, "direction": "input" if member.flow == wiring.In else "output",
            **(declared[name].entry() if name in declared
               else {"width": len(Value.cast(value))})})
    return ports
