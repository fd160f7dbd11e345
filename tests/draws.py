"""Draws: whether a mutant of the draw of a device changes any device of its engine.

The class of a device, and whether it is stuck, are drawn from its position alone. So the mutated
logic is evaluated for every position of the engine, and the model tells what devices its draws
make. A mutant of the comparison of a draw with a threshold must give the same for each of them.
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

_MIX = golden.mix

_DRAW = re.compile(r" -cell \$flatten\\device\.\\(draw_(\d+)_(\d+))\.(?!.* -port CLK )")

_COMPARISON = re.compile(r" -cell (\$flatten\\device\.\$(?:ge|lt)\$\S+) (?!.*-port CLK )")


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
    or in a comparison of it, and with which every device is what it is without them.

    Raises:
        RuntimeError: the engine itself draws other devices than the model.
    """
    found = [(command, _DRAW.search(command)) for command in commands
             if _DRAW.search(command) or _COMPARISON.search(command)]
    if not found:
        return []
    yosys(f"read_rtlil engine.il\n{selectable([command for command, _ in found])}simplemap\n"
          "aigmap\nwrite_json draws.json\n", folder)
    logic = Logic(json.loads((folder / "draws.json").read_text())["modules"][TOP])
    kept = []
    for number, (command, draw) in enumerate(found, 1):
        if not draw:
            if _compares_alike(config, folder, logic, command, number):
                kept.append(command)
            continue
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


def _compares_alike(config: Config, folder: Path, logic: Logic, command: str,
                    number: int) -> bool:
    """Whether the comparison in which mutant `number` is gives the same for the draw of every
    device that comes to it."""
    cell = re.escape(_COMPARISON.search(command)[1])
    result = re.search(rf"^  cell \S+ {cell}\n(?:    .*\n)*?    connect \\Y \\(\S+)\n",
                       (folder / "engine.il").read_text(), re.MULTILINE)[1]
    [bit] = logic.nets[result]
    for name in logic.nets:
        draw = re.fullmatch(r"device\.(draw_(\d+)_(\d+))\.draw", name)
        if not draw:
            continue
        words: list[np.ndarray] = []

        def noted(positions: np.ndarray, lane: int = int(draw[2]),
                  words: list[np.ndarray] = words) -> np.ndarray:
            words.append(positions[:, lane::config.engine.lanes].ravel())
            return _MIX(positions)

        _devices(config, int(draw[2]), int(draw[3]), noted)
        try:
            alone, mutated = (
                logic.value(bit, _known(logic, f"device.{draw[1]}", chosen, np.concatenate(words)))
                for chosen in (0, number))
        except KeyError:  # it compares another draw
            continue
        return alone == mutated
    return False


def _known(logic: Logic, name: str, number: int, words: np.ndarray) -> dict[int | str, int]:
    """The bits of the words of positions, and of the mutant `number`."""
    ones = (1 << words.size) - 1
    known: dict[int | str, int] = {"0": 0, "x": 0, "1": ones}
    for bit, value in zip(logic.nets[SELECTOR], constant(number, SELECTOR_BITS), strict=True):
        known[bit] = known[value]
    for place, bit in enumerate(logic.nets[f"{name}.word"]):
        known.setdefault(bit, int("".join(map(str, words.ravel()[::-1] >> place & 1)), 2))
    return known


def _drawn(logic: Logic, name: str, number: int, words: np.ndarray) -> np.ndarray:
    """The draws that the logic makes of the words of positions, with mutant `number`."""
    known = _known(logic, name, number, words)
    values = [logic.value(bit, known) for bit in logic.nets[f"{name}.draw"]]
    return np.array([sum((value >> position & 1) << place for place, value in enumerate(values))
                     for position in range(words.size)]).reshape(words.shape)
