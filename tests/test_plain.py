"""Golden model and compiled twin against the plain transcription of docs/reference/contract.md."""

from collections import Counter

import plain
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import (
    DISPLACED,
    EVERYTHING,
    METHODS,
    configurations,
    small_config,
    small_data,
    with_energy,
)

from pulsetrain.compiled.engine import CompiledEngine
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.synapse import no_wear


def test_any_configuration():
    """Hypothesis draws configurations; each part of the rule must have been used in some of
    them."""
    reached = Counter()

    @given(config=configurations(), seed=st.integers(0, 1000))
    @settings(max_examples=250, derandomize=True, deadline=None,
              suppress_health_check=[HealthCheck.too_slow])
    def check(config, seed):
        counters = check_trajectory(config, small_data(config, train=32, seed=seed))
        reached.update(name for name, happened in happenings(config, counters).items() if happened)

    check()
    assert {name: count for name, count in reached.items() if count < 3} == {}
    assert len(reached) == 20


def check_trajectory(config, samples):
    """Train all three models, which also count energy and wear, and compare them after every 8
    samples. Returns the counters."""
    config = with_energy(config)
    engines = GoldenEngine(config), CompiledEngine(config)
    state = engines[0].read()
    state.wear = no_wear(config)
    for engine in engines:
        engine.load(state)
    model = plain.PlainModel(config, state)
    assert (model.plus, model.minus) == plain.initial_states(config)
    for epoch, start in enumerate(range(0, len(samples.x_train), 8)):
        gate = config.design.gate(epoch)
        x, labels = samples.x_train[start:start + 8], samples.y_train[start:start + 8]
        classes = [model.train(pixels, label, gate)
                   for pixels, label in zip(x.tolist(), labels.tolist(), strict=True)]
        for engine in engines:
            engine.gate = gate
            assert engine.train(x, labels).classes.tolist() == classes
            state = engine.read()
            for name in ("plus", "minus", "polarity", "wear"):
                assert [layer.tolist() for layer in getattr(state, name)] == getattr(model, name)
            assert (state.generator, state.counters) == (model.word, model.counters)
            assert state.device_pulses == engine.device_pulses() == model.device_pulses
            assert state.energy == engine.energy() == model.energy
    assert sum(sum(map(sum, pair)) for layer in model.wear for pair in layer) == sum(
        model.device_pulses.values())
    return model.counters


def happenings(config, counters):
    """The parts of the rule that a run has used."""
    pulsed, refreshed = counters["pulses"] > 0, counters["refreshes"] > 0
    device, variation = config.device, config.variation
    swapped = refreshed and config.update.refresh_swaps
    return {
        **{kind: pulsed and device.kind == kind for kind in ("linear", "exponential", "measured")},
        **{method: pulsed and config.design.method == method for method in METHODS},
        "three layers": pulsed and len(config.design.layers) == 3,
        "gate": pulsed and config.design.gate(0) < 256,
        "substates": pulsed and config.design.substates > 1,
        "classes": refreshed and variation.spreads and not config.update.refresh_swaps,
        "swap": swapped and not variation.spreads,
        "swap of classes": swapped and variation.spreads,
        "swap and stuck": swapped and variation.sticks,
        "swap and noise": swapped and device.cycle_noise > 0,
        "displacement": pulsed and device.cycle_sigma > 0 and config.design.method != "single",
        "swap and displacement": swapped and device.cycle_sigma > 0,
        "displacement and single": (
            pulsed and device.cycle_sigma > 0 and config.design.method == "single"),
        "error": refreshed and config.update.refresh_sigma > 0 and not config.update.refresh_swaps,
        "swap and error": swapped and config.update.refresh_sigma > 0,
        "bend": refreshed and variation.bend > 0,
    }


@pytest.mark.parametrize("sections", [EVERYTHING, DISPLACED])
def test_everything_at_once(sections):
    config = small_config(**sections)
    counters = check_trajectory(config, small_data(config))
    assert min(counters.values()) > 0


@pytest.mark.parametrize(("where", "name", "other"), [
    ("PlainDevice", "conductance", lambda device, state: device.read[state]),
    ("PlainDevice", "pulsed", lambda device, table, state, times, shift: table[state]),
    ("PlainDevice", "full", lambda device, state, refresh_state: state >= refresh_state + 1),
    ("PlainDevice", "nearest", lambda device, conductance: 0),
    ("PlainDevice", "pulses_to", lambda device, state: state + 1),
    ("PlainDevice", "conductance_on_the_way", lambda device, pulses: 2 * pulses),
    ("PlainModel", "_read_rows", lambda *place: None),
    ("PlainModel", "_read_columns", lambda *place: None),
    ("PlainModel", "_wears", lambda model, index, row, column, device, pulses: None),
    ("PlainModel", "_roles", lambda *place: (0, 1)),
    ("PlainModel", "_steps", lambda *place: 1),
    ("PlainModel", "_error", lambda *place: 0),
    ("PlainModel", "_fires", lambda *place: True)])
def test_another_rule_is_detected(monkeypatch, where, name, other):
    monkeypatch.setattr(getattr(plain, where), name, other)
    config = small_config(**EVERYTHING)
    with pytest.raises(AssertionError):
        check_trajectory(config, small_data(config))


@pytest.mark.parametrize(("where", "name", "other"), [
    ("PlainDevice", "limited", lambda device, state: abs(state)),
    ("PlainModel", "_shift", lambda *place: 0)])
def test_another_displacement_is_detected(monkeypatch, where, name, other):
    monkeypatch.setattr(getattr(plain, where), name, other)
    config = small_config(**DISPLACED)
    with pytest.raises(AssertionError):
        check_trajectory(config, small_data(config))
