"""Waveforms of a window of training samples, and the engine that records them."""

from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pulsetrain.golden import Results, State
from pulsetrain.run.backend import BackendStalledError

SIMULATORS = ("native", "icarus")
"""The simulators that can record."""
FORMATS = (".vcd", ".fst")

GTKWAVE, SURFER = ".gtkw", ".sucl"
"""Suffixes of the signal lists beside a waveform file, for GTKWave and for Surfer."""


@dataclass(frozen=True, kw_only=True)
class Wave:
    """The training samples `first` to `last`, both included and counted from 0, into `file`.

    Raises:
        ValueError: the file's format is unknown, or the window holds no sample.
    """

    file: Path
    first: int
    last: int

    @property
    def files(self) -> list[Path]:
        """The waveform file and the signal lists beside it."""
        return [self.file, *(self.file.with_suffix(ending) for ending in (GTKWAVE, SURFER))]

    def __post_init__(self) -> None:
        if self.file.suffix not in FORMATS:
            raise ValueError(f"the waveform file must end in {' or '.join(FORMATS)}, not "
                             f"{self.file.name!r}")
        if not 0 <= self.first <= self.last:
            raise ValueError("the samples of a waveform must be FIRST:LAST with 0 <= FIRST <= "
                             f"LAST, not {self.first}:{self.last}")


class RecordedEngine:
    """An engine in a simulator that records while it trains on the samples of `wave`.

    Everything else is passed on to `engine`, which has a method `record`. Samples are counted from
    the first `load`; a later `load`, which begins a replay, ends the recording.
    """

    def __init__(self, engine: Any, wave: Wave) -> None:
        self._engine, self._wave = engine, wave
        self._loads = self._next = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    @property
    def gate(self) -> int:
        """The pulse gate of the next samples."""
        return self._engine.gate

    @gate.setter
    def gate(self, gate: int) -> None:
        self._engine.gate = gate

    @property
    def observe(self) -> bool:
        """Whether to fill `observed`."""
        return self._engine.observe

    @observe.setter
    def observe(self, observe: bool) -> None:
        self._engine.observe = observe

    def load(self, state: State) -> None:
        """Continue from `state`."""
        self._loads += 1
        self._engine.load(state)

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other.

        Raises:
            BackendStalledError: a sample has no result.
        """
        if self._loads > 1:
            return self._engine.train(x, labels)
        first, end = self._next, self._next + len(x)
        self._next = end
        edges = (self._wave.first, self._wave.last + 1)
        bounds = [first, *(edge for edge in edges if first < edge < end), end]
        return _joined([self._train_part(x, labels, start - first, stop - first,
                                         recorded=edges[0] <= start < edges[1])
                        for start, stop in pairwise(bounds)])

    def _train_part(self, x: np.ndarray, labels: np.ndarray, start: int, stop: int, *,
                    recorded: bool) -> Results:
        if recorded:
            self._engine.record(True)
        try:
            return self._engine.train(x[start:stop], labels[start:stop])
        except BackendStalledError as stall:
            raise BackendStalledError(str(stall), stall.sample + start) from stall
        finally:
            if recorded:
                self._engine.record(False)


def _joined(parts: list[Results]) -> Results:
    return Results(**{field.name: np.concatenate([getattr(part, field.name) for part in parts])
                      for field in fields(Results)})
