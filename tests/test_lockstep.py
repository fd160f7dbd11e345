"""Lockstep: equal engines are found equal, and a fault is named by its first effect."""

from dataclasses import asdict

import numpy as np
import pytest
from small import METHODS, small_config, small_data

from pulsetrain.golden import GoldenEngine
from pulsetrain.registers import register
from pulsetrain.run import BackendStalledError, Divergence, compare
from pulsetrain.run.divergence import observed_difference, state_words

EVERY = 5


class Faulty(GoldenEngine):
    """A golden engine that spoils its sample number `at`, counted from the beginning.

    `spoil(self, results)` is called after that sample. `sees`: whether it shows what it computes.
    """

    def __init__(self, config, at, spoil, sees=True):
        super().__init__(config, count_cycles=True)
        self.at, self.spoil, self.sees = at, spoil, sees
        self.changes = {}

    @property
    def observed(self):
        shown = {**super().observed, **self.changes} if self.sees and self.observe else {}
        return {key: value for key, value in shown.items() if value is not None}

    def train(self, x, labels):
        rows = []
        for index in range(len(x)):
            number = self._state.counters["samples"]
            results = super().train(x[index:index + 1], labels[index:index + 1])
            self.changes = {}
            if number == self.at:
                try:
                    self.spoil(self, results)
                except BackendStalledError as error:
                    raise BackendStalledError(str(error), index) from None
            rows.append(results)
        return type(results)(**{name: np.concatenate([getattr(row, name) for row in rows])
                                for name in ("classes", "errors", "cycles", "ideal")})


def engines(spoil, *, at=17, sees=True, **sections):
    config = small_config(**sections)
    return GoldenEngine(config, count_cycles=True), Faulty(config, at, spoil, sees)


def run(reference, candidate, count=30, every=EVERY):
    data = small_data(reference.config)
    return compare(reference, candidate, data.x_train[:count], data.y_train[:count], every=every)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("count", "every", "comparisons"), [
    (30, 5, 7), (30, 1, 31), (30, 7, 6), (3, 10, 2), (1, 1, 2)])
def test_equal_engines_are_equal(method, count, every, comparisons):
    config = small_config(update={"method": method})
    reference, candidate = (GoldenEngine(config, count_cycles=True) for _ in range(2))
    report = run(reference, candidate, count, every)
    words = state_words(reference.read())
    assert words == 2 * (7 * 5 + 6 * 3) + 1 + 4
    assert report.equal
    assert (report.samples, report.mismatches, report.first_divergence) == (count, 0, None)
    assert report.states_compared == comparisons * words
    assert report.cycles_simulated == report.cycles_predicted > 0
    assert 0 < report.efficiency <= 1


def spoil_state(what, index, row, column):
    def spoil(engine, results):
        states = getattr(engine._state, what)[index]
        states[row, column] = (states[row, column] + 1) % 16
        engine._weights[index][row, column] += 1
    return spoil


def spoil_observed(*keys, by=1):
    """The observed values are wrong, and also a state, so that the fault is noticed at all."""
    def spoil(engine, results):
        state = spoil_state("plus", 1, 2, 0)
        state(engine, results)
        observed = engine.trace and GoldenEngine.observed.fget(engine)
        engine.changes = {key: observed.get(key, 0) + by for key in keys}
    return spoil


def spoil_result(name, by):
    def spoil(engine, results):
        getattr(results, name)[0] += by
    return spoil


def spoil_error(engine, results):
    results.errors[0] = not results.errors[0]


def spoil_generator(engine, results):
    engine._state.generator ^= 4


def spoil_counter(engine, results):
    engine._state.counters["pulses"] += 1


@pytest.mark.parametrize(("spoil", "phase", "layer", "index", "what"), [
    (spoil_observed(("forward", 2, 1), ("forward", 2, 0), ("output", 2, 0)),
     "forward", 2, 0, "z"),
    (spoil_observed(("output", 2, 2), ("backward", 1, 0)), "output", 2, 2, "delta"),
    (spoil_observed(("backward", 1, 4), ("backward", 1, 3)), "backward", 1, 3, "delta"),
    (spoil_state("plus", 0, 3, 2), "update", 1, (3, 2), "plus"),
    (spoil_state("minus", 1, 5, 1), "update", 2, (5, 1), "minus"),
    (spoil_error, "result", 2, None, "error"),
    (spoil_generator, "generator", 0, register("generator").address, "generator"),
    (spoil_counter, "counters", 0, register("pulses").address, "pulses"),
    (spoil_result("cycles", -1), "cycles", 0, register("cycles").address, "cycles"),
])
@pytest.mark.parametrize("at", [0, 14, 15, 17, 29])
def test_the_first_divergence_is_named(spoil, phase, layer, index, what, at):
    reference, candidate = engines(spoil, at=at)
    report = run(reference, candidate)
    found = report.first_divergence
    assert not report.equal
    assert report.mismatches >= 1
    assert (found.sample, found.phase, found.layer, found.what) == (at, phase, layer, what)
    assert found.expected != found.got
    if index is not None:
        assert found.index == index
    assert report.samples == (at // EVERY + 1) * EVERY
    assert str(found).startswith(f"sample {at}, phase {phase}")


def test_a_wrong_class_names_the_expected_one():
    reference, candidate = engines(spoil_result("classes", 1))
    found = run(reference, candidate).first_divergence
    assert (found.phase, found.layer, found.what) == ("result", 2, "class")
    assert found.index == found.expected == found.got - 1


def test_missing_and_surplus_values_are_found():
    def lacks(engine, results):
        spoil_state("plus", 1, 2, 0)(engine, results)
        engine.changes = {("forward", 2, 1): None}

    found = run(*engines(lacks)).first_divergence
    assert (found.phase, found.index, found.got) == ("forward", 1, None)
    assert "got nothing" in str(found)
    expected, got = {("forward", 1, 0): 5}, {("forward", 1, 0): 5, ("backward", 1, 0): 3}
    assert observed_difference(4, expected, got) == Divergence(
        sample=4, phase="backward", layer=1, index=0, what="delta", expected=None, got=3)


def test_the_order_of_computing_is_the_order_of_precedence():
    keys = [("forward", 1, 1), ("forward", 1, 2), ("forward", 2, 0), ("output", 3, 0),
            ("backward", 2, 1), ("backward", 1, 0)]
    got = dict.fromkeys(keys, 1)
    for key in keys:
        found = observed_difference(0, {}, got)
        assert (found.phase, found.layer, found.index) == key
        del got[key]
    assert observed_difference(0, dict.fromkeys(keys, 1), got) is None


def test_an_engine_that_shows_nothing_is_compared_by_its_states():
    reference, candidate = engines(spoil_observed(("forward", 2, 0)), sees=False)
    found = run(reference, candidate).first_divergence
    assert (found.sample, found.phase, found.layer, found.index) == (17, "update", 2, (2, 0))


def test_mismatches_count_every_value():
    def spoil(engine, results):
        for column in range(3):
            spoil_state("minus", 1, 0, column)(engine, results)
        spoil_generator(engine, results)

    reference, candidate = engines(spoil, at=19)  # the last of its chunk: it has no later effect
    assert run(reference, candidate).mismatches == 4


def test_a_fault_that_a_replay_does_not_repeat_is_reported_at_the_end_of_its_chunk():
    def once(engine, results):
        spoil_state("plus", 0, 1, 1)(engine, results)
        engine.at = None

    reference, candidate = engines(once, at=17)
    report = run(reference, candidate)
    assert report.first_divergence.sample == 19
    assert report.first_divergence.phase == "update"


def stalls(engine, results):
    raise BackendStalledError("no result", 0)


def test_a_stall_is_a_divergence():
    reference, candidate = engines(stalls)
    report = run(reference, candidate)
    found = report.first_divergence
    assert (found.sample, found.phase, found.layer, found.got) == (17, "result", 2, None)
    assert found.what == "no result (engine stalled)"
    assert found.expected == found.index
    assert (report.samples, report.mismatches, report.equal) == (17, 1, False)


def test_a_stall_is_localised_by_the_values_computed_before_it():
    def spoil(engine, results):
        observed = GoldenEngine.observed.fget(engine)
        engine.changes = {key: None for key in observed if key[0] != "forward"}
        engine.changes["forward", 2, 2] = 12345
        raise BackendStalledError("no result", 0)

    found = run(*engines(spoil)).first_divergence
    assert (found.sample, found.phase, found.layer, found.index, found.got) == (
        17, "forward", 2, 2, 12345)


class Dead(GoldenEngine):
    """Accepts a state and never answers."""

    def read(self):
        raise BackendStalledError("no result", 99)


def test_an_engine_that_never_answers_is_a_divergence():
    config = small_config()
    report = run(GoldenEngine(config), Dead(config))
    assert report.first_divergence.what == "no result (engine stalled)"
    assert report.first_divergence.sample == 0
    assert report.mismatches == 1
    assert report.efficiency is None


class Forgetful(GoldenEngine):
    """Loses one state of those that are loaded."""

    def load(self, state):
        super().load(state)
        if self._state.counters["samples"] == 0:
            self._state.plus[1][4, 2] ^= 1


def test_a_state_that_is_not_loaded_is_found_before_the_first_sample():
    config = small_config()
    report = run(GoldenEngine(config), Forgetful(config))
    found = report.first_divergence
    assert (found.phase, found.layer, found.index) == ("update", 2, (4, 2))
    assert found.what == "plus as loaded"
    assert report.samples == 0


def test_gates_reach_both_engines():
    config = small_config()
    reference, candidate = (GoldenEngine(config, count_cycles=True) for _ in range(2))
    data = small_data(config)
    report = compare(reference, candidate, data.x_train, data.y_train, every=10,
                     gates=np.array([0] * 20 + [256] * 20))
    assert report.equal
    assert reference.gate == candidate.gate == 256
    other = GoldenEngine(config)
    other.train(data.x_train, data.y_train)
    assert reference.read().counters["pulses"] != other.read().counters["pulses"]


def test_progress_counts_samples_and_observation_ends():
    config = small_config()
    reference, candidate = engines(spoil_generator)
    data = small_data(config)
    seen = []
    compare(reference, candidate, data.x_train, data.y_train, every=EVERY, progress=seen.append)
    assert seen == [5, 10, 15]
    assert not reference.observe
    assert not candidate.observe


def test_a_divergence_is_json_ready():
    found = run(*engines(spoil_state("plus", 0, 3, 2))).first_divergence
    values = asdict(found)
    assert set(values) == {"sample", "phase", "layer", "index", "what", "expected", "got"}
    assert all(type(value) in (int, str, tuple, type(None)) for value in values.values())


def test_every_must_be_positive():
    config = small_config()
    with pytest.raises(ValueError, match="every must be at least 1, not 0"):
        run(GoldenEngine(config), GoldenEngine(config), every=0)
