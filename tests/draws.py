"""Draws: whether a mutant of the draw of a device changes any device of its engine.

The class of a device, and whether it is stuck, are drawn from its position alone. So the mutated
logic is evaluated for every position of the engine, and the model tells what devices its draws
make.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from equality import SELECTOR, SELECTOR_BITS, selectable
from netlists import Bits, constant, yosys

from pulsetrain.device import device_tables
from pulsetrain.emit import TOP
from pulsetrain.golden import device as golden
from pulsetrain.spec import Config

Mix = Callable[[np.ndarray], np.ndarray]

_DRAW = re.compile(r" -cell \$flatten\\device\.\\(draw_(\d+)_(\d+))\.(?!.* -port CLK )")


class Logic:
    """Gates and registers of a netlist, each bit of which has a value for every position: bits of
    one number. Registers only delay it."""

    def __init__(self, module: dict[str, Any]) -> None:
        self.nets: dict[str, Bits] = {
            name: net["bits"] for name, net in module["netnames"].items()}
        self._gates: dict[int | str, list[int | str]] = {}
        for cell in module["cells"].values():
            pins = cell["connections"]
            match cell["type"]:
                case "$_AND_":
                    self._gates[pins["Y"][0]] = [*pins["A"], *pins["B"]]
                case "$_NOT_":
                    self._gates[pins["Y"][0]] = pins["A"]
                case "$_DFF_P_":
                    self._gates[pins["Q"][0]] = [*pins["D"], "1"]

    def value(self, bit: int | str, known: dict[int | str, int]) -> int:
        """The values of a bit, from those that are `known`, to which it is added."""
        if bit not in known:
            values = [self.value(source, known) for source in self._gates[bit]]
            known[bit] = values[0] & values[1] if values[1:] else known["1"] ^ values[0]
        return known[bit]


def keeping_devices(config: Config, folder: Path, commands: Sequence[str]) -> list[str]:
    """Those mutants of the design `engine.il` that are in the draw of a device from its position,
    and with which every device is what it is without them.

    Raises:
        RuntimeError: the engine itself draws other devices than the model.
    """
    found = [(command, draw) for command in commands if (draw := _DRAW.search(command))]
    if not found:
        return []
    yosys(f"read_rtlil engine.il\n{selectable([command for command, _ in found])}simplemap\n"
          "aigmap\nwrite_json draws.json\n", folder)
    logic = Logic(json.loads((folder / "draws.json").read_text())["modules"][TOP])
    kept = []
    for number, (command, draw) in enumerate(found, 1):
        lane, role = int(draw[2]), int(draw[3])
        model, alone, mutated = (
            _devices(config, lane, role, mix) for mix in (golden.mix, *(
                partial(_drawn, logic, f"device.{draw[1]}", chosen) for chosen in (0, number))))
        if not np.array_equal(model, alone):
            raise RuntimeError(f"{draw[1]} gives other devices than the model")
        if np.array_equal(model, mutated):
            kept.append(command)
    return kept


def _devices(config: Config, lane: int, role: int, mix: Mix) -> np.ndarray:
    """The class of each device that a lane has in a role, and whether it is stuck, with `mix`
    instead of the model's."""
    found = []
    with patch.object(golden, "mix", mix):
        for layer in config.design.layers:
            devices = golden.layer_devices(config, device_tables(config), layer, role)
            for trait in (devices.device_class, devices.stuck):
                every = np.broadcast_to(trait, (layer.rows, layer.outputs))
                found.append(every[:, lane::config.engine.lanes].ravel())
    return np.concatenate(found)


def _drawn(logic: Logic, name: str, number: int, words: np.ndarray) -> np.ndarray:
    """The draws that the logic makes of the words of positions, with mutant `number`."""
    ones = (1 << words.size) - 1
    known: dict[int | str, int] = {"0": 0, "x": 0, "1": ones}
    for bit, value in zip(logic.nets[SELECTOR], constant(number, SELECTOR_BITS), strict=True):
        known[bit] = known[value]
    for place, bit in enumerate(logic.nets[f"{name}.word"]):
        known.setdefault(bit, int("".join(map(str, words.ravel()[::-1] >> place & 1)), 2))
    values = [logic.value(bit, known) for bit in logic.nets[f"{name}.draw"]]
    return np.array([sum((value >> position & 1) << place for place, value in enumerate(values))
                     for position in range(words.size)]).reshape(words.shape)
