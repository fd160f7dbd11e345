"""What an engine costs, before anything is generated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from pulsetrain.boards.board import Board
from pulsetrain.cost import hashes, table_bits
from pulsetrain.data import DataSet
from pulsetrain.fpga.fit import estimated, shortage
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import chunks, schedule
from pulsetrain.spec import Config
from pulsetrain.spec.memories import row_bits, spram_grid

from .hardware import Lanes, config_for, find_board
from .inputs import ConfigSource, DataSource, data_for

WARM_UP, COUNTED = 2000, 500
"""Samples trained before cycles are counted, and samples whose cycles are counted."""
CHUNK = 50
SHARE_OF_EVENTS = 0.19
"""Share of MNIST's inputs that are not zero."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What an engine costs.

    Attributes:
        config: the engine's configuration.
        board: the board it must fit on; None if none was given.
        cycles: predicted mean cycles of a training sample.
        ideal_cycles: the same if every lane were busy in every cycle.
        cycles_from: the samples whose cycles were counted, in words.
        efficiency: ideal / predicted cycles (0..1); None without cycles.
        memory_bits, memory_rows, row_bits: size of the synapse memory.
        spram_cells: single-port RAMs of 256 Kibit that it takes; 0 in block RAM.
        multipliers, multiplier_bits: how many multipliers, and the bits of their two operands.
        table_bits: bits of the read-only tables of all lanes, by their contents.
        hash_circuits: circuits that draw variation and noise.
        resources: name of the resource -> (estimated use of the bitstream, total on the board);
            empty without a board.
        fits: whether it fits on the board; None without a board.
    """

    config: Config
    board: Board | None
    cycles: float
    ideal_cycles: float
    cycles_from: str
    efficiency: float | None
    memory_bits: int
    memory_rows: int
    row_bits: int
    spram_cells: int
    multipliers: int
    multiplier_bits: tuple[int, int]
    table_bits: dict[str, int]
    hash_circuits: int
    resources: dict[str, tuple[int, int]]
    fits: bool | None

    def figures(self) -> dict[str, Any]:
        """The estimate for scripts: what `pulsetrain estimate --json` writes."""
        on_board = {"board": self.board.name, "fits": self.fits, "resources": {
            name: {"estimated": used, "total": total}
            for name, (used, total) in self.resources.items()}} if self.board else {}
        return {
            "config": self.config.name,
            "lanes": self.config.engine.lanes,
            "cycles_per_sample": {"ideal": self.ideal_cycles, "predicted": self.cycles},
            "cycles_from": self.cycles_from,
            "efficiency": self.efficiency,
            "synapse_memory_bits": self.memory_bits,
            "synapse_memory_rows": self.memory_rows,
            "synapse_memory_row_bits": self.row_bits,
            "spram_cells": self.spram_cells,
            "multipliers": self.multipliers,
            "multiplier_bits": list(self.multiplier_bits),
            "table_bits": self.table_bits,
            "hash_circuits": self.hash_circuits,
            **on_board,
        }


def estimate(config: ConfigSource, data: DataSource | None = None, *,
             board: Board | str | None = None, lanes: Lanes = None,
             progress: Progress = lambda done, total: None) -> Estimate:
    """Estimate the cycles of a training sample, memories, multipliers and tables of an engine.

    Args:
        config: the configuration, in any form that `load_config` takes.
        data: training samples whose cycles the golden model counts, in any form that `load_data`
            takes; by default the configuration's, otherwise random inputs and labels, which cause
            more pulses than those of a trained network.
        board: also estimate the bitstream of this board, such as "icebreaker".
        lanes: synapses processed per cycle, or "auto": as many as fit on the board; by default the
            configuration's.
        progress: called with the number of samples done and the total.

    Raises:
        ConfigError, DataError: configuration or data cannot be used, or do not fit each other.
        ArgumentError: there is no such board.
        NoRoomError: "auto", and not even one lane fits on the board.

    Example:
        >>> import pulsetrain
        >>> found = pulsetrain.estimate("digits", board="icebreaker", lanes=2)
        >>> found.multipliers, found.fits, found.cycles > found.ideal_cycles > 0
        (2, True, True)
    """
    on_board = find_board(board)
    loaded = config_for(config, on_board, lanes)
    if data is not None or loaded.training.data is not None:
        cycles, ideal, source = _real_cycles(loaded, data_for(loaded, data), progress)
    else:
        cycles, ideal, source = _random_cycles(loaded, progress)
    design, count = loaded.design, loaded.engine.lanes
    bits = row_bits(loaded)
    resources = {name: (used, on_board.part.totals[name])
                 for name, used in estimated(loaded, on_board.part).items()
                 if name in on_board.part.totals} if on_board else {}
    return Estimate(
        config=loaded, board=on_board, cycles=cycles, ideal_cycles=ideal, cycles_from=source,
        efficiency=ideal / cycles if cycles else None,
        memory_bits=design.rows * bits, memory_rows=design.rows, row_bits=bits,
        spram_cells=prod(spram_grid(loaded)) if loaded.engine.memory == "spram" else 0,
        multipliers=count, multiplier_bits=(design.weight_bits, design.operand_bits),
        table_bits={name: count * size for name, size in table_bits(loaded).items()},
        hash_circuits=count * hashes(loaded), resources=resources,
        fits=not shortage(loaded, on_board.part) if on_board else None)


def _real_cycles(config: Config, data: DataSet, progress: Progress) -> tuple[float, float, str]:
    """(mean cycles, mean ideal cycles, description of the samples)."""
    order, gates = schedule(config, len(data.x_train), WARM_UP + COUNTED)
    return (*_count(config, data.x_train[order], data.y_train[order], gates, progress),
            f"{COUNTED} training samples of {data.name}, after {WARM_UP:,} trained ones")


def _random_cycles(config: Config, progress: Progress) -> tuple[float, float, str]:
    """The same for random samples."""
    random = np.random.default_rng(config.seed)
    shape = (COUNTED, config.network.inputs)
    least = 1 << (8 - config.numbers.activation_bits)  # the smallest input that is an event
    x = random.integers(least, 256, shape) * (random.random(shape) < SHARE_OF_EVENTS)
    labels = random.integers(0, config.network.outputs, COUNTED)
    gates = np.full(COUNTED, config.design.gate(0))
    return (*_count(config, x.astype(np.uint8), labels, gates, progress),
            (f"{COUNTED} random samples with {100 * SHARE_OF_EVENTS:.0f} % of the inputs not "
             "zero and random labels; --data counts real ones"))


def _count(config: Config, x: np.ndarray, labels: np.ndarray, gates: np.ndarray,
           progress: Progress) -> tuple[float, float]:
    """Train on all of `x`; the last `COUNTED` samples count: (mean cycles, mean ideal cycles)."""
    engine = GoldenEngine(config, count_cycles=True)
    cycles, ideal = [], []
    for start, stop in chunks(gates, CHUNK):
        engine.gate = int(gates[start])
        results = engine.train(x[start:stop], labels[start:stop])
        cycles.append(results.cycles)
        ideal.append(results.ideal)
        progress(stop, len(x))
    return (float(np.concatenate(cycles)[-COUNTED:].mean()),
            float(np.concatenate(ideal)[-COUNTED:].mean()))
