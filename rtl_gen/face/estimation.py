"""What an engine costs, before anything is generated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from pulsetrain.boards.board import Board
from pulsetrain.boards.clock import auto_clock
from pulsetrain.cost import hashes, table_bits
from pulsetrain.fpga.families import PARTS
from pulsetrain.fpga.family import Part
from pulsetrain.fpga.fit import estimated, expected_mhz, shortage
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.cycles import cycles_of
from pulsetrain.golden.trace import Trace
from pulsetrain.host import sample_bytes
from pulsetrain.protocol import BITS_PER_BYTE
from pulsetrain.run import schedule
from pulsetrain.spec import Config
from pulsetrain.spec.memories import row_bits, spram_grid
from pulsetrain.store.records import mean_words

from .hardware import Lanes, build_target, choice_for, config_for
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
        part: the board's part, or the part it must fit on; None if neither was given.
        cycles: predicted mean cycles of a training sample.
        ideal_cycles: the same if every lane were busy in every cycle.
        cycles_from: the samples whose cycles were counted, in words.
        efficiency: ideal / predicted cycles (0..1); None without cycles.
        memory_bits, memory_rows, row_bits: size of the synapse memory.
        spram_cells: single-port RAMs of 256 Kibit that it takes; 0 in block RAM.
        multipliers, multiplier_bits: how many multipliers, and the bits of their two operands.
        table_bits: bits of the read-only tables of all lanes, by their contents.
        hash_circuits: circuits that draw variation and noise.
        resources: name of the resource -> (estimated use of the bitstream, total on the part);
            empty without a part.
        fits: whether it fits on the part; None without a part.
        clock_mhz: the clock that the estimate expects; None without a part, or if no clock of its
            family has been measured. With such a board: the one that a build asks for.
        rates: training samples per second that the core can take at that clock, that the memory of
            the board gives at most if it has one (by the times of its chip), and the line to
            the board bring; without a board only the core's, without a clock empty.
    """

    config: Config
    board: Board | None
    part: Part | None
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
    clock_mhz: float | None
    rates: dict[str, float]

    @property
    def limit(self) -> str | None:
        """The one of `rates` that limits training on the board; None without a board."""
        return min(self.rates, key=lambda name: self.rates[name]) if self.board else None

    @property
    def limit_with_memory(self) -> str | None:
        """The same if the samples are in the board's memory; None if it has none."""
        rates = {name: rate for name, rate in self.rates.items() if name != "line"}
        return min(rates, key=lambda name: rates[name]) if "memory" in rates else None

    @property
    def target(self) -> str:
        """The name of the board, otherwise of the part; empty without either."""
        return self.board.name if self.board else self.part.name if self.part else ""

    def figures(self) -> dict[str, Any]:
        """The estimate for scripts: what `pulsetrain estimate --json` writes."""
        on_board = {"board": self.board.name} if self.board else {}
        on_part = {"part": self.part.name, "fits": self.fits, "resources": {
            name: {"estimated": used, "total": total}
            for name, (used, total) in self.resources.items()},
            "clock_mhz": self.clock_mhz, "samples_per_second": self.rates} if self.part else {}
        limit = {"limited_by": self.limit,
                 "limited_by_with_memory": self.limit_with_memory} if self.board else {}
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
            **on_board, **on_part, **limit,
        }


@dataclass(frozen=True, kw_only=True)
class Training:
    """What was computed for the last `COUNTED` samples of a training; it depends on no lanes.

    `traces`: of these samples, in order. `line_bytes`: mean bytes of one of them on the line to a
    board, `memory_words`: mean words of one in a board's memory. `source`: what they are, in words.
    """

    traces: list[Trace]
    line_bytes: float
    memory_words: float
    source: str

    def cycles(self, config: Config) -> tuple[float, float]:
        """(mean predicted cycles, mean ideal cycles) with the engine of `config`."""
        predicted, ideal = np.mean([cycles_of(config, trace) for trace in self.traces], axis=0)
        return float(predicted), float(ideal)


def estimate(config: ConfigSource, data: DataSource | None = None, *,
             board: Board | str | None = None, part: Part | str | None = None,
             lanes: Lanes = None, progress: Progress = lambda done, total: None) -> Estimate:
    """Estimate the cycles of a training sample, memories, multipliers and tables of an engine.

    Args:
        config: the configuration, in any form that `load_config` takes.
        data: training samples whose cycles the golden model counts, in any form that `load_data`
            takes; by default the configuration's, otherwise random inputs and labels, which cause
            more pulses than those of a trained network.
        board: also estimate the bitstream of this board, such as "icebreaker".
        part: the same for a part instead of a board, such as "ecp5-85f".
        lanes: synapses processed per cycle, or "auto": the fewest cycles that fit on the board or
            the part, with as few lanes as give them; by default the configuration's.
        progress: called with the number of samples done and the total.

    Raises:
        ConfigError, DataError: configuration or data cannot be used, or do not fit each other.
        ArgumentError: there is no such board or part, or both are given.
        NoRoomError: "auto", and not even one lane fits.

    Examples:
        >>> import pulsetrain
        >>> found = pulsetrain.estimate("digits", board="icebreaker", lanes=2)
        >>> found.multipliers, found.fits, found.cycles > found.ideal_cycles > 0
        (2, True, True)
    """
    on_board, on_part = estimate_target(board, part)
    loaded = config_for(config, lanes, choice_for(on_board, on_part))
    training = trained(loaded, data, progress)
    cycles, ideal = training.cycles(loaded)
    design, count = loaded.design, loaded.engine.lanes
    clock = auto_clock(loaded, on_board) if on_board else (
        expected_mhz(loaded, on_part) if on_part else None)
    rates = {"core": clock * 1e6 / cycles} if clock and cycles else {}
    if on_board and clock:
        memory = on_board.memory(clock)
        if memory:
            rates["memory"] = clock * 1e6 / memory.least_cycles(training.memory_words, 2)
        rates["line"] = on_board.baud / BITS_PER_BYTE / training.line_bytes
    bits = row_bits(loaded)
    return Estimate(
        config=loaded, board=on_board, part=on_part, cycles=cycles, ideal_cycles=ideal,
        cycles_from=training.source,
        efficiency=ideal / cycles if cycles else None,
        memory_bits=design.rows * bits, memory_rows=design.rows, row_bits=bits,
        spram_cells=prod(spram_grid(loaded)) if loaded.engine.memory == "spram" else 0,
        multipliers=count, multiplier_bits=(design.weight_bits, design.operand_bits),
        table_bits={name: count * size for name, size in table_bits(loaded).items()},
        hash_circuits=count * hashes(loaded),
        resources=resources_on(on_part, loaded) if on_part else {},
        fits=not shortage(loaded, on_part) if on_part else None, clock_mhz=clock, rates=rates)


def estimate_target(board: Board | str | None,
                    part: Part | str | None) -> tuple[Board | None, Part | None]:
    """(board or None, its part or the given one; None if neither was given).

    Raises:
        ArgumentError: both board and part are given, or one does not exist.
    """
    if board is None and part is None:
        return None, None
    return build_target(board, part, PARTS)


def resources_on(part: Part, config: Config) -> dict[str, tuple[int, int]]:
    """Name of the resource -> (estimated use, total on `part`), for those that `part` has."""
    return {name: (used, part.totals[name]) for name, used in estimated(config, part).items()
            if name in part.totals}


def trained(config: Config, data: DataSource | None, progress: Progress) -> Training:
    """A training on `data`, by default the configuration's, otherwise on random samples.

    Raises:
        DataError: the data cannot be used.
    """
    if data is None and config.training.data is None:
        return _trained_randomly(config, progress)
    chosen = data_for(config, data)
    order, gates = schedule(config, len(chosen.x_train), WARM_UP + COUNTED)
    x, labels = chosen.x_train[order], chosen.y_train[order]
    return Training(
        traces=_traces(config, x, labels, gates, progress),
        line_bytes=sample_bytes(config, x[-COUNTED:], labels[-COUNTED:]),
        memory_words=mean_words(config, x[-COUNTED:], labels[-COUNTED:]),
        source=f"{COUNTED} training samples of {chosen.name}, after {WARM_UP:,} trained ones")


def _trained_randomly(config: Config, progress: Progress) -> Training:
    random = np.random.default_rng(config.seed)
    shape = (COUNTED, config.network.inputs)
    least = 1 << (8 - config.numbers.activation_bits)  # the smallest input that is an event
    x = (random.integers(least, 256, shape)
         * (random.random(shape) < SHARE_OF_EVENTS)).astype(np.uint8)
    labels = random.integers(0, config.network.outputs, COUNTED)
    gates = np.full(COUNTED, config.design.gate(0))
    return Training(
        traces=_traces(config, x, labels, gates, progress),
        line_bytes=sample_bytes(config, x, labels),
        memory_words=mean_words(config, x, labels),
        source=(f"{COUNTED} random samples with {100 * SHARE_OF_EVENTS:.0f} % of the inputs not "
                "zero and random labels; --data counts real ones"))


def _traces(config: Config, x: np.ndarray, labels: np.ndarray, gates: np.ndarray,
            progress: Progress) -> list[Trace]:
    """Train on all of `x`; the traces of the last `COUNTED` samples."""
    engine = GoldenEngine(config)
    traces = []
    for index, gate in enumerate(gates):
        engine.gate = int(gate)
        engine.train(x[index:index + 1], labels[index:index + 1])
        if index >= len(x) - COUNTED and engine.trace:
            traces.append(engine.trace)
        if index % CHUNK == CHUNK - 1:
            progress(index + 1, len(x))
    return traces
