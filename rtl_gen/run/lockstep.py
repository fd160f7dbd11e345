"""Two backends on the same samples, compared bit by bit; the first difference is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from pulsetrain.golden import Results, State

from .backend import Backend, BackendStalledError
from .divergence import (
    Divergence,
    cycles_difference,
    observed_difference,
    result_difference,
    stall,
    state_differences,
    state_words,
)
from .order import chunks


@dataclass(frozen=True, kw_only=True)
class LockstepReport:
    """The outcome of a comparison.

    `samples`: samples that both engines finished. `states_compared`: values compared over all
    comparisons of the whole state. `mismatches`: values that differed at the first comparison
    that found any; a missing result counts as one. Cycles are sums up to the last comparison:
    simulated by the candidate, predicted by the reference, and ideal.
    """

    samples: int
    states_compared: int
    mismatches: int
    first_divergence: Divergence | None
    cycles_simulated: int
    cycles_predicted: int
    cycles_ideal: int

    @property
    def efficiency(self) -> float | None:
        """Ideal over simulated cycles; None if no cycles were simulated."""
        return self.cycles_ideal / self.cycles_simulated if self.cycles_simulated else None

    @property
    def equal(self) -> bool:
        """Whether nothing differed, including the cycles."""
        return self.mismatches == 0 and self.cycles_simulated == self.cycles_predicted


def compare(reference: Backend, candidate: Backend, x: np.ndarray, labels: np.ndarray, *,
            every: int = 10, gates: np.ndarray | None = None,
            progress: Callable[[int], None] = lambda samples: None) -> LockstepReport:
    """Train both on `x` (n, N) with `labels` (n,), from the present state of `reference`.

    Class, error flag and cycles of every sample are compared, and every state bit before the
    first sample, after every `every` samples and after the last. At the first difference the
    samples since the last equal state are replayed one by one with `observe` set, to find the
    first value that differs.

    Args:
        gates: (n,) pulse gate of each sample; by default the present one of `reference`.
        progress: called with the number of samples compared so far.

    Raises:
        ValueError: `every` is less than 1.
    """
    if every < 1:
        raise ValueError(f"every must be at least 1, not {every}")
    if gates is None:
        gates = np.full(len(x), reference.gate)
    state = reference.read()
    words = state_words(state)
    compared = simulated = predicted = ideal = done = 0

    def report(mismatches: int, divergence: Divergence | None) -> LockstepReport:
        return LockstepReport(samples=done, states_compared=compared, mismatches=mismatches,
                              first_divergence=divergence, cycles_simulated=simulated,
                              cycles_predicted=predicted, cycles_ideal=ideal)

    try:
        candidate.load(state)
        loaded = list(state_differences(0, state, candidate.read()))
    except BackendStalledError:
        return report(1, stall(0, reference.config))
    compared += words
    if loaded:
        return report(len(loaded), replace(loaded[0], what=f"{loaded[0].what} as loaded"))
    for start, stop in chunks(gates, every):
        part = _Part(reference, candidate, x[start:stop], labels[start:stop], start,
                     int(gates[start]), state)
        part.set_gate()
        expected = reference.train(part.x, part.labels)
        try:
            got = candidate.train(part.x, part.labels)
            state_got = candidate.read()
        except BackendStalledError as error:
            index = min(error.sample, stop - start - 1)
            done = start + index
            missing = stall(done, reference.config, int(expected.classes[index]))
            return report(1, part.replay() or missing)
        state_expected = reference.read()
        done = stop
        compared += words
        simulated += int(got.cycles.sum())
        predicted += int(expected.cycles.sum())
        ideal += int(expected.ideal.sum())
        differences = list(part.differences(expected, got, state_expected, state_got))
        if differences:
            return report(len(differences), part.replay() or differences[0])
        state = state_expected
        progress(done)
    return report(0, None)


@dataclass(frozen=True)
class _Part:
    """Some samples, numbered from `first`; both engines have `state` before them."""

    reference: Backend
    candidate: Backend
    x: np.ndarray
    labels: np.ndarray
    first: int
    gate: int
    state: State

    def set_gate(self) -> None:
        self.reference.gate = self.candidate.gate = self.gate

    def differences(self, expected: Results, got: Results, state_expected: State,
                    state_got: State) -> Iterator[Divergence]:
        """Everything that differs after the whole part, in order of precedence."""
        config = self.reference.config
        indices = range(len(self.x))
        states = list(state_differences(self.first + len(self.x) - 1, state_expected, state_got))
        yield from (entry for entry in states if entry.phase == "update")
        for index in indices:
            entry = result_difference(self.first + index, config, expected, got, index)
            if entry:
                yield entry
        yield from (entry for entry in states if entry.phase != "update")
        for index in indices:
            entry = cycles_difference(self.first + index, expected, got, index)
            if entry:
                yield entry

    def replay(self) -> Divergence | None:
        """The first difference when the part is run again sample by sample, if there is any."""
        engines = (self.reference, self.candidate)
        for engine in engines:
            engine.observe = True
        try:
            for engine in engines:
                engine.load(self.state)
            self.set_gate()
            for index in range(len(self.x)):
                found = self._replay_sample(index)
                if found:
                    return found
        except BackendStalledError:  # the state cannot be loaded either
            return None
        finally:
            for engine in engines:
                engine.observe = False
        return None

    def _replay_sample(self, index: int) -> Divergence | None:
        sample = self.first + index
        one = _Part(self.reference, self.candidate, self.x[index:index + 1],
                    self.labels[index:index + 1], sample, self.gate, self.state)
        expected = self.reference.train(one.x, one.labels)
        try:
            got = self.candidate.train(one.x, one.labels)
        except BackendStalledError:
            return (observed_difference(sample, self.reference.observed, self.candidate.observed,
                                        partial=True)
                    or stall(sample, self.reference.config, int(expected.classes[0])))
        found = observed_difference(sample, self.reference.observed, self.candidate.observed)
        return found or next(one.differences(expected, got, self.reference.read(),
                                             self.candidate.read()), None)
