"""Corner cases of devices in the golden engine: never moving, always refreshing, stuck."""

import numpy as np
import pytest
from small import METHODS, small_config, small_data

from pulsetrain.device import device_tables
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.golden.device import layer_devices

POINTS = {"levels": None, "kind": "measured", "ltp": [1e-6, 2e-6, 4e-6, 5e-6, 6e-6, 6.5e-6]}


def trained(config):
    """(states before, states after, their counters) of a few samples."""
    engine, data = GoldenEngine(config), small_data(config)
    before = engine.read()
    for _ in range(3):
        engine.train(data.x_train, data.y_train)
    return before, engine.read(), engine.read().counters


def same(one, other):
    return all(np.array_equal(first, second) for first, second in zip(
        one.plus + one.minus, other.plus + other.minus, strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_no_pulse_passes_a_gate_of_0(method):
    config = small_config(device=POINTS, update={"method": method, "pulse_probability": 0.0})
    engine, data = GoldenEngine(config), small_data(config)
    engine.gate = config.design.gate(0)
    before = engine.read()
    engine.train(data.x_train, data.y_train)
    assert same(before, engine.read())
    assert engine.read().counters["pulses"] == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("stuck", ["stuck_low", "stuck_high"])
def test_devices_that_are_all_stuck_learn_nothing(method, stuck):
    config = small_config(device=POINTS, variation={stuck: 1.0, "step": 0.3},
                          update={"method": method})
    before, after, counters = trained(config)
    assert same(before, after)
    assert all((states == 0).all() for states in before.plus + before.minus)
    assert counters["pulses"] > 0
    assert counters["refreshes"] == 0


def test_a_depression_that_never_moves_leaves_potentiation():
    config = small_config(device={**POINTS, "ltd": [6e-6, 6e-6], "substates": 1},
                          update={"method": "bidirectional"})
    assert (device_tables(config).depress[0] == np.arange(6)).all()
    before, after, _ = trained(config)
    assert not same(before, after)
    for one, other in zip(before.plus + before.minus, after.plus + after.minus, strict=True):
        assert (other >= one).all()


def test_every_pulse_on_a_pair_of_two_refreshes_at_state_1():
    config = small_config(device=POINTS, update={"refresh_state": 1})
    _, after, counters = trained(config)
    assert counters["refreshes"] > 0
    for plus, minus in zip(after.plus, after.minus, strict=True):
        assert (np.minimum(plus, minus) == 0).all()


@pytest.mark.parametrize("device", [
    {"levels": 2}, {"levels": 2, "kind": "exponential", "potentiation": {"u": 5.0}},
    {"levels": None, "kind": "measured", "ltp": [0, 1e-9]}])
@pytest.mark.parametrize("method", METHODS)
def test_two_levels_train(device, method):
    config = small_config(device=device, update={"method": method})
    _, after, counters = trained(config)
    assert counters["pulses"] > 0
    for states in after.plus + after.minus:
        assert states.max() <= config.design.states - 1


def test_a_device_of_thousands_of_levels_trains():
    config = small_config(
        device={"levels": 4096, "kind": "exponential", "potentiation": {"u": 2.0}},
        variation={"step": 0.2, "range": 0.2, "classes": 64}, numbers={"forward_shift": 12})
    before, after, _ = trained(config)
    assert not same(before, after)
    assert device_tables(config).read.max() <= config.design.conductance_limit


def initial_weights(config, layer):
    state, tables, index = initial_state(config), device_tables(config), layer.number - 1
    plus, minus = (layer_devices(config, tables, layer, device).conductance(states[index])
                   for device, states in enumerate((state.plus, state.minus)))
    return plus - minus


def test_initial_weights_are_as_near_as_the_device_allows():
    """Compared with the exact weights of linear devices of 256 levels."""
    unlike = small_config(
        device={"preset": "exponential", "levels": 32}, numbers={"forward_shift": 8},
        variation={"step": 0.3, "range": 0.3})
    exact = small_config(device={"levels": 256}, numbers={"forward_shift": 8})
    read = device_tables(unlike).read
    for layer in exact.design.layers:
        got, expected = (initial_weights(config, layer) for config in (unlike, exact))
        possible = np.abs(expected) <= read[:, -1].min()
        assert possible.any()
        assert np.abs(got - expected)[possible].max() <= np.diff(read).max() / 2
        assert np.abs(got - expected).max() > 0
