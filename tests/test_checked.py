"""A backend that is checked as it trains, and what is saved within an epoch."""

import time

import pytest
from small import small_config, small_data

from pulsetrain.golden import GoldenEngine
from pulsetrain.run import CheckedBackend, Keeper, run_training


def pair(backend=GoldenEngine, **settings):
    config = small_config()
    return CheckedBackend(backend(config, count_cycles=True),
                          GoldenEngine(config, count_cycles=True, **settings))


def trained(checked, samples=30):
    data = small_data(checked.config)
    run_training(checked, data, epochs=1, samples=samples)
    return checked


class OneStateWrong(GoldenEngine):
    def read(self):
        state = super().read()
        state.plus[1][2, 1] ^= 1
        return state


class OneClassWrong(GoldenEngine):
    def infer(self, x, labels):
        results = super().infer(x, labels)
        results.classes[3] ^= 1
        return results


class OneCycleMore(GoldenEngine):
    def train(self, x, labels):
        results = super().train(x, labels)
        results.cycles[-1] += 1
        return results


def test_equal_engines_have_no_mismatch():
    checked = trained(pair())
    assert checked.read().counters["samples"] == 30
    assert (checked.mismatches, checked.first_divergence) == (0, None)


@pytest.mark.parametrize(("backend", "phase", "sample"), [
    (OneStateWrong, "update", 41), (OneClassWrong, "result", 33), (OneCycleMore, "cycles", 29)])
def test_a_difference_is_counted_and_named_and_training_goes_on(backend, phase, sample):
    checked = trained(pair(backend))
    assert checked.read().counters["samples"] == 30
    assert checked.mismatches == 1
    assert checked.first_divergence.phase == phase
    assert checked.first_divergence.sample == sample


def test_a_reference_that_counts_no_cycles_is_compared_without_them():
    config = small_config()
    checked = trained(CheckedBackend(OneCycleMore(config, count_cycles=True),
                                     GoldenEngine(config)))
    assert checked.mismatches == 0


def test_gate_and_observe_reach_both_engines():
    checked = pair()
    checked.gate, checked.observe = 7, True
    assert (checked.gate, checked.observe) == (7, True)
    trained(checked, samples=1)
    assert checked.observed == checked._reference.observed != {}
    assert checked._reference.gate == checked.gate == 256


def test_a_keeper_takes_a_twentieth_of_the_time(monkeypatch):
    clock, kept = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def keep(epoch, position):
        kept.append(position)
        clock[0] += 2

    keeper = Keeper(100, keep)
    for position in range(1, 101):
        keeper(0, position)
        clock[0] += 1
    assert kept == [1, 41, 81]


def test_a_keeper_does_not_keep_the_end_of_an_epoch():
    kept = []
    Keeper(100, lambda *position: kept.append(position))(0, 100)
    assert kept == []
