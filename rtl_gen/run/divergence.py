"""The first difference between two engines, by name and location."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from pulsetrain.golden import Results, State
from pulsetrain.registers import register
from pulsetrain.spec import Config

STALLED = "no result (engine stalled)"

Observed = dict[tuple[str, int, int], int]


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """The first difference between a candidate and its reference.

    `sample` counts from 0 over the samples compared. `phase` is "forward" (`what` is "z"),
    "output" or "backward" ("delta"), "update" (a synapse's "plus", "minus" or "polarity"),
    "result" ("class", "error", or `STALLED`), "generator", "counters" (`what` is the counter),
    "cycles", or "registers" (`what` is any register, and when it was read). `layer` counts from 1;
    `index` is the unit, [row, column] of a synapse, or the expected class. For values of the whole
    engine, `layer` is 0 and `index` the address of the register. `got` is None if the candidate
    has no value, `expected` if it should have none.
    """

    sample: int
    phase: str
    layer: int
    index: int | tuple[int, int]
    what: str
    expected: int | None
    got: int | None

    @property
    def location(self) -> str:
        """The location, in words."""
        where = f"layer {self.layer}, unit {self.index}"
        if self.layer == 0:
            where = f"register {self.index}"
        elif self.phase == "result":
            where = f"layer {self.layer}, class {self.index}"
        elif isinstance(self.index, tuple):
            where = f"layer {self.layer}, row {self.index[0]}, column {self.index[1]}"
        return f"sample {self.sample}, phase {self.phase}, {where}"

    def __str__(self) -> str:
        shown = ["nothing" if value is None else str(value) for value in (self.expected, self.got)]
        return f"{self.location}: {self.what}: expected {shown[0]}, got {shown[1]}"


def observed_difference(sample: int, expected: Observed, got: Observed, *,
                        partial: bool = False) -> Divergence | None:
    """The first difference between the observed values of two engines for one sample, in the
    order of computing.

    If the candidate shows no values, nothing is compared; if it stalled (`partial`), only the
    values that it shows are compared.
    """
    if not got:
        return None
    keys = got.keys() if partial else expected.keys() | got.keys()
    wrong = [key for key in keys if expected.get(key) != got.get(key)]
    if not wrong:
        return None
    key = min(wrong, key=_order_of_computing)
    phase, layer, index = key
    return Divergence(sample=sample, phase=phase, layer=layer, index=index,
                      what="z" if phase == "forward" else "delta",
                      expected=expected.get(key), got=got.get(key))


def _order_of_computing(key: tuple[str, int, int]) -> tuple[int, int, int]:
    phase, layer, index = key
    rank = ("forward", "output", "backward").index(phase)
    return rank, layer if phase == "forward" else -layer, index


def result_difference(sample: int, config: Config, expected: Results, got: Results,
                      index: int) -> Divergence | None:
    """The difference between the classes or error flags of sample `index` of two batches."""
    for what in ("classes", "errors"):
        ours, theirs = (int(getattr(results, what)[index]) for results in (expected, got))
        if ours != theirs:
            return Divergence(sample=sample, phase="result", layer=config.design.layers[-1].number,
                              index=int(expected.classes[index]),
                              what="class" if what == "classes" else "error",
                              expected=ours, got=theirs)
    return None


def stall(sample: int, config: Config, expected_class: int = 0) -> Divergence:
    """The difference of a candidate that gave no result instead of `expected_class`."""
    return Divergence(sample=sample, phase="result", layer=config.design.layers[-1].number,
                      index=expected_class, what=STALLED, expected=expected_class, got=None)


def cycles_difference(sample: int, expected: Results, got: Results,
                      index: int) -> Divergence | None:
    """The difference between the cycles of sample `index` of two batches."""
    ours, theirs = int(expected.cycles[index]), int(got.cycles[index])
    if ours == theirs:
        return None
    return _register_difference(sample, "cycles", "cycles", ours, theirs)


def state_differences(sample: int, expected: State, got: State) -> Iterator[Divergence]:
    """Every difference between two states: synapses from the last layer to the first, then the
    generator and the counters."""
    for index in reversed(range(len(expected.plus))):
        for what in ("plus", "minus", "polarity") if expected.polarity else ("plus", "minus"):
            ours, theirs = getattr(expected, what)[index], getattr(got, what)[index]
            for row, column in np.argwhere(ours != theirs).tolist():
                yield Divergence(sample=sample, phase="update", layer=index + 1,
                                 index=(row, column), what=what,
                                 expected=int(ours[row, column]), got=int(theirs[row, column]))
    if expected.generator != got.generator:
        yield _register_difference(sample, "generator", "generator", expected.generator,
                                   got.generator)
    for name, value in expected.counters.items():
        if got.counters[name] != value:
            yield _register_difference(sample, "counters", name, value, got.counters[name])


def _register_difference(sample: int, phase: str, name: str, expected: int,
                         got: int | None) -> Divergence:
    return Divergence(sample=sample, phase=phase, layer=0, index=register(name).address,
                      what=name, expected=expected, got=got)


def register_differences(sample: int, expected: Mapping[str, int],
                         got: Mapping[str, int | None], when: str) -> list[Divergence]:
    """Every register whose value in `expected` differs from `got`; both are name -> value.

    `when` says in words when they were read. Registers that are not in `got` are not compared.
    """
    found = [_register_difference(sample, "registers", name, value, got[name])
             for name, value in expected.items() if name in got and got[name] != value]
    return [replace(entry, what=f"{entry.what} {when}") for entry in found]


def state_words(state: State) -> int:
    """Number of values that are compared between two states."""
    synapses = sum(array.size for array in (*state.plus, *state.minus, *state.polarity))
    return synapses + 1 + len(state.counters)
