"""The golden model: corner cases computed by hand, and comparison with real arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import METHODS, configurations, small_config, small_data

from pulsetrain.compiled.engine import CompiledEngine
from pulsetrain.data import load_data
from pulsetrain.device import DeviceTables, device_tables
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.golden.activation import activate, derivative, groups_with
from pulsetrain.golden.arithmetic import clamp, floor_shift, saturate, truncate_shift
from pulsetrain.golden.backward import backward
from pulsetrain.golden.cycles import LayerEvents, count_events, ideal_cycles
from pulsetrain.golden.device import MOVES, STUCK_LOW, Devices
from pulsetrain.golden.engine import Results
from pulsetrain.golden.forward import forward, forward_batch
from pulsetrain.golden.output import classify, output_delta
from pulsetrain.golden.pulse import pulse, pulse_update, trits
from pulsetrain.golden.refresh import refresh
from pulsetrain.golden.synapse import Steps, Synapses
from pulsetrain.golden.trace import Trace
from pulsetrain.run import run_training
from pulsetrain.run.divergence import state_differences
from pulsetrain.spec import load_config


def integers(*values):
    return np.array(values, np.int64)


# Arithmetic -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "shift", "floored", "truncated"), [
    (0, 3, 0, 0), (7, 3, 0, 0), (8, 3, 1, 1), (15, 3, 1, 1), (-1, 3, -1, 0), (-7, 3, -1, 0),
    (-8, 3, -1, -1), (-9, 3, -2, -1), (-1, 31, -1, 0), (5, 0, 5, 5), (-5, 0, -5, -5)])
def test_shifts_round_by_their_names(value, shift, floored, truncated):
    assert floor_shift(integers(value), shift) == floored
    assert truncate_shift(integers(value), shift) == truncated


def test_saturation_is_symmetric():
    assert saturate(integers(-9, -8, -7, 0, 7, 8, 9), 7).tolist() == [-7, -7, -7, 0, 7, 7, 7]
    assert clamp(integers(-1, 0, 255, 256), 0, 255).tolist() == [0, 0, 255, 255]


# Blocks -----------------------------------------------------------------------------------------


def test_forward_adds_the_bias_line_at_full_length():
    weight = np.array([[1, -2], [100, 5], [3, -3]], np.int32)
    assert forward(weight, np.array([10, 0], np.uint8), 255).tolist() == [10 + 765, -20 - 765]
    assert forward(weight, np.array([0, 0], np.uint8), 255).tolist() == [765, -765]


def test_forward_is_exact_at_its_largest():
    weight = np.full((4097, 2), 4095, np.int32) * np.array([1, -1], np.int32)
    x = np.full(4096, 255, np.uint8)
    largest = 4097 * 255 * 4095
    assert forward(weight, x, 255).tolist() == [largest, -largest]
    assert forward_batch(weight, x[np.newaxis], 255).tolist() == [[largest, -largest]]


@pytest.mark.parametrize(("z", "relu", "hard"), [
    (0, 0, 8), (3, 0, 8), (4, 1, 9), (-1, 0, 7), (-4, 0, 7), (-5, 0, 6), (-32, 0, 0),
    (-33, 0, 0), (27, 6, 14), (28, 7, 15), (59, 14, 15), (60, 15, 15), (63, 15, 15),
    (64, 15, 15)])
def test_activation_floors_offsets_and_clamps(z, relu, hard):
    config = small_config(numbers={"activation_bits": 4, "forward_shift": 2, "margin": 0},
                          update={"row_threshold": 7})
    hidden, output = config.design.layers
    assert activate(integers(z), hidden, 15) == relu
    assert activate(integers(z), output, 15) == hard


def test_derivative_is_one_strictly_between_the_ends():
    assert derivative(integers(0, 1, 14, 15), 15).tolist() == [False, True, True, False]


def test_groups_count_their_units():
    chosen = np.array([True, False, True, True, True])
    assert groups_with(chosen, 2).tolist() == [1, 2, 1]
    assert groups_with(chosen, 8).tolist() == [4]


def test_class_is_the_lowest_of_equals():
    assert classify(integers(3, 7, 7)) == 1
    assert classify(np.array([[-5, -5], [-6, -5]])).tolist() == [0, 1]


@pytest.mark.parametrize(("y", "label", "margin", "delta"), [
    ([0, 100, 255], 1, 0, [0, 155, -255]),
    ([0, 0, 0], 2, 0, [0, 0, 255]),
    ([0, 255, 0], 1, 0, [0, 0, 0]),
    ([5, 10, 250], 0, 10, [240, 0, -240]),
    ([10, 11, 245], 2, 10, [0, -1, 0]),
    ([10, 9, 246], 2, 10, [0, 0, 0])])
def test_output_delta_is_one_sided(y, label, margin, delta):
    assert output_delta(integers(*y), label, 255, margin).tolist() == delta


def test_backward_rounds_towards_zero_saturates_and_keeps_flat_units_at_zero():
    weight = np.array([[5, 4], [-5, -4], [100, 0], [-100, 0], [5, 4], [5, 4], [9, 9]], np.int32)
    y = integers(1, 1, 1, 1, 0, 15)
    delta = integers(3, -2)
    assert backward(weight, delta, y, 1, 15, 20).tolist() == [3, -3, 20, -20, 0, 0]
    assert backward(weight, delta, y, 0, 15, 400).tolist() == [7, -7, 300, -300, 0, 0]
    assert backward(weight, delta, y, 3, 15, 20).tolist() == [0, 0, 20, -20, 0, 0]


def test_backward_of_no_delta_is_zero():
    assert backward(np.ones((3, 2), np.int32), integers(0, 0), integers(3, 3), 0, 15, 7).tolist() \
        == [0, 0]


def test_trits_need_more_than_the_threshold():
    assert trits(integers(-3, -2, 0, 2, 3), 2).tolist() == [-1, 0, 0, 0, 1]
    assert trits(integers(-1, 0, 1), 0).tolist() == [-1, 0, 1]


def four_states(**update):
    return small_config(device={"levels": 4}, update=update)


def synapses(tables, plus, minus):
    """Synapses of equal devices in the given states."""
    devices = Devices(tables=tables, device_class=0, stuck=0)
    return Synapses(plus=np.array(plus), minus=np.array(minus), polarity=None, first=devices,
                    second=devices)


@pytest.mark.parametrize(("method", "before", "trit", "after"), [
    ("unidirectional", (0, 0), 1, (1, 0)),
    ("unidirectional", (0, 0), -1, (0, 1)),
    ("unidirectional", (3, 0), 1, (3, 0)),
    ("unidirectional", (0, 3), -1, (0, 3)),
    ("bidirectional", (1, 1), 1, (2, 0)),
    ("bidirectional", (1, 1), -1, (0, 2)),
    ("bidirectional", (3, 2), 1, (3, 1)),
    ("bidirectional", (1, 0), 1, (2, 0)),
    ("bidirectional", (3, 0), 1, (3, 0)),
    ("bidirectional", (0, 3), -1, (0, 3)),
    ("bidirectional", (0, 2), -1, (0, 3)),
    ("single", (1, 1), 1, (2, 1)),
    ("single", (1, 1), -1, (0, 1)),
    ("single", (3, 1), 1, (3, 1)),
    ("single", (0, 1), -1, (0, 1))])
def test_pulse_moves_and_saturates(method, before, trit, after):
    tables = device_tables(four_states())
    pulsed = pulse(method, synapses(tables, *([state] for state in before)), integers(trit),
                   Steps())
    assert (int(pulsed.plus[0]), int(pulsed.minus[0])) == after


@pytest.mark.parametrize(("refresh_state", "before", "trit", "after", "refreshed"), [
    (3, (2, 0), 1, (3, 0), 0),  # full, but the other is at 0
    (3, (3, 0), 1, (3, 0), 0),
    (3, (2, 1), 1, (2, 0), 1),
    (3, (1, 2), -1, (0, 2), 1),
    (3, (3, 0), -1, (2, 0), 1),  # the other device leaves 0
    (3, (0, 3), 1, (0, 2), 1),
    (3, (2, 2), 1, (1, 0), 1),
    (3, (3, 2), -1, (0, 0), 1),  # d = 0 sends both to 0
    (3, (1, 1), 1, (2, 1), 0),
    (2, (1, 1), 1, (1, 0), 1),  # full from a state below the highest on
    (2, (1, 1), -1, (0, 1), 1)])
def test_refresh_follows_the_pulse(refresh_state, before, trit, after, refreshed):
    config = four_states(refresh_state=refresh_state)
    updated, counts = pulse_update(
        config, synapses(device_tables(config), *([state] for state in before)), integers(trit),
        Steps())
    assert (int(updated.plus[0]), int(updated.minus[0])) == after
    # Erased, then programmed by as many pulses as the linear device's new state.
    assert counts == {"pulses": 1, "refreshes": refreshed, "ltp_pulses": 1, "ltd_pulses": 0,
                      "erase_pulses": 2 * refreshed, "reprogram_pulses": refreshed * sum(after)}


def test_refresh_programs_the_nearest_state_and_the_lowest_of_two():
    nearest = [0] * 12 + [1] * 2 + [2] * 2 + [3] * 2
    nearest[13] = 1  # 13 is between 12 and 14
    tables = DeviceTables(read=np.array([[10, 12, 14, 17]]), potentiate=np.array([[1, 2, 3, 3]]),
                          depress=np.array([[0, 0, 1, 2]]), nearest=np.array([nearest]))
    refreshed, counts = refresh(synapses(tables, [3, 3, 1], [2, 1, 3]), 3, swap=False)
    # d = 17 - 14 = 3 is between 2 and 4 above read[0]; d = 17 - 12 = 5 is nearer to 4; d = -5.
    assert refreshed.plus.tolist() == [1, 2, 0]
    assert refreshed.minus.tolist() == [0, 0, 2]
    # Each state is one pulse above the one below: 1 + 2 + 2 pulses.
    assert counts == {"refreshes": 3, "erase_pulses": 6, "reprogram_pulses": 5}


def test_refresh_leaves_its_arguments_alone():
    pair = synapses(device_tables(four_states()), [3], [2])
    refresh(pair, 3, swap=False)
    assert (pair.plus.tolist(), pair.minus.tolist()) == ([3], [2])


@pytest.mark.parametrize(("potentiate", "pulses"), [
    ([1, 2, 3, 3], [0, 1, 2, 3]),
    ([2, 3, 4, 5, 5, 5], [0, 1, 1, 2, 2, 3]),  # substates: a pulse to the state, or beyond it
    ([1, 1, 3, 3], [0, 1, 1, 1]),  # upper two unreachable: as many as to the highest
    ([0, 1], [0, 0])])
def test_programming_counts_the_pulses_from_state_0(potentiate, pulses):
    zeros = np.zeros((1, len(potentiate)), np.int32)
    tables = DeviceTables(read=zeros, potentiate=np.array([potentiate]), depress=zeros,
                          nearest=zeros)
    assert tables.programming.tolist() == [pulses]


@pytest.mark.parametrize(("method", "ltp", "ltd"), [
    ("unidirectional", 6, 0), ("bidirectional", 6, 6), ("single", 4, 2)])
def test_every_pulse_on_a_device_counts_whether_it_moves_or_not(method, ltp, ltd):
    """Two rows by two columns, up and down, of stuck devices and of devices at an end."""
    tables = device_tables(four_states())
    devices = Devices(tables=tables, device_class=0, stuck=np.full((2, 3), STUCK_LOW))
    states = np.zeros((2, 3), int)
    pairs = Synapses(plus=states, minus=states, polarity=None, first=devices, second=devices)
    steps = Steps(plus=states, minus=states)
    config = small_config(device={"levels": 4}, update={"method": method})
    after, counts = pulse_update(config, pairs, integers(1, -1, 1), steps)
    assert (after.plus == 0).all()
    assert (after.minus == 0).all()
    assert (counts["pulses"], counts["ltp_pulses"], counts["ltd_pulses"]) == (6, ltp, ltd)


def test_nearest_state_is_the_lowest_of_two():
    tables = device_tables(small_config(device={"levels": 4, "conductance_bits": 3}))
    assert tables.read.tolist() == [[0, 2, 4, 6]]
    devices = Devices(tables=tables, device_class=0, stuck=0)
    assert devices.nearest(integers(-5, 1, 2, 3, 99)).tolist() == [0, 0, 1, 1, 3]


def test_stuck_devices_are_not_full_even_if_no_pulse_would_move_them():
    zeros = np.zeros((1, 3), np.int32)
    tables = DeviceTables(read=zeros, potentiate=np.array([[0, 2, 2]]), depress=zeros,
                          nearest=zeros)
    devices = Devices(tables=tables, device_class=0, stuck=np.array([STUCK_LOW, MOVES, MOVES]))
    assert devices.full(integers(0, 0, 1), 2).tolist() == [False, True, False]


# Cycles -----------------------------------------------------------------------------------------


def counted(delta_1, delta_2, **engine):
    """The events of a sample with these deltas in a 4-3-3 network, and its ideal cycles.

    The inputs are 0, 3, 8 and 15: three are not 0, two are above the threshold of 7. The hidden
    units get -5, 8 and 64, which is floor(z / 4) = -2, 2 and 16: the activations are 0, 2 and 15,
    one of them strictly between the ends, one above the threshold. Two lanes make two groups of
    two units and of one.
    """
    config = small_config(
        network={"inputs": 4, "hidden": [3]}, engine={"lanes": 2, **engine},
        numbers={"activation_bits": 4, "forward_shift": 2, "margin": 0},
        update={"row_threshold": 7, "delta_threshold": 2})
    events = count_events(config, Trace(
        x=[integers(0, 3, 8, 15), integers(0, 2, 15)], z=[integers(-5, 8, 64), integers(0, 0, 0)],
        delta=[integers(*delta_1), integers(*delta_2)], trained=True))
    return events, ideal_cycles(config, events)


@pytest.mark.parametrize(("delta_1", "delta_2", "first", "second", "ideal", "single_port"), [
    # Forward takes 4 x 2 and 3 x 2 rows. Layer 1 pulses column 0 in two lines and that of the
    # bias: 3 rows. No delta of layer 2 is above 2: the unit between the ends is read for both
    # groups that have deltas, and nothing is written.
    ((3, 0, 0), (0, -2, 1), (3, 1, True), (1, 2, False), 8 + 6 + 3 + 2, 3),
    # In layer 2 all three are: that unit, the one above the threshold, and the bias line, twice.
    # Two of them pulse. In layer 1 a delta without a trit needs nothing.
    ((0, 2, 0), (9, 0, -9), (0, 0, False), (3, 2, True), 8 + 6 + 6, 2 * 2),
    ((0, 0, 0), (0, 0, 0), (0, 0, False), (1, 0, False), 8 + 6, 0)])
def test_events_and_ideal_cycles_by_hand(delta_1, delta_2, first, second, ideal, single_port):
    events, cycles = counted(delta_1, delta_2)
    assert events == [
        LayerEvents(inputs=inputs, strong=strong, visited=visited, units=units, groups=groups,
                    pulses=pulses)
        for inputs, strong, units, (visited, groups, pulses) in (
            (3, 2, (1, 1), first), (2, 1, (2, 1), second))]
    assert cycles == ideal
    assert counted(delta_1, delta_2, memory="spram") == (events, ideal + single_port)


def test_outputs_are_drained_in_chunks():
    """Eight lanes drain two outputs at once: those of a group of 8 in 4 cycles, of 3 in 2."""
    config = small_config(network={"hidden": [], "outputs": 11}, engine={"lanes": 8})
    nothing = np.zeros(11, np.int64)
    events, = count_events(config, Trace(x=[np.zeros(6, np.int64)], z=[nothing], delta=[nothing],
                                         trained=False))
    assert events.units == (4, 2)


# Initial states ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_initial_states(method):
    config = load_config("digits", settings=[f"update.method={method}"])
    state = initial_state(config)
    for layer, plus, minus in zip(config.design.layers, state.plus, state.minus, strict=True):
        weight = plus - minus
        assert plus.shape == minus.shape == (layer.inputs + 1, layer.outputs)
        assert not weight[-1].any()
        deviation = 2**layer.forward_shift / np.sqrt(
            layer.inputs * (0.2 if layer.number == 1 else 1))
        limit = min(np.sqrt(3) * deviation + 1, 128 if method == "single" else 255)
        assert np.abs(weight).max() <= limit
        assert np.abs(weight).max() > 0.9 * min(limit, 127)
        if method == "unidirectional":
            assert not np.minimum(plus, minus).any()
        if method == "single":
            assert (minus == 127).all()
        if method == "bidirectional":
            assert np.abs(plus + minus - 254).max() <= 1
    assert state.generator == config.seed
    assert not any(state.counters.values())


# The whole model --------------------------------------------------------------------------------


@given(config=configurations())
@settings(max_examples=40, derandomize=True, deadline=None)
def test_batched_inference_equals_inference_sample_by_sample(config):
    samples = small_data(config, train=30, test=30)
    batched, single = GoldenEngine(config), GoldenEngine(config, count_cycles=True)
    for engine in (batched, single):
        engine.train(samples.x_train, samples.y_train)
    before = batched.read()
    ours = batched.infer(samples.x_test, samples.y_test)
    theirs = single.infer(samples.x_test, samples.y_test)
    assert ours.classes.tolist() == theirs.classes.tolist()
    assert ours.errors.tolist() == theirs.errors.tolist()
    for engine in (batched, single):
        assert engine.read().counters == before.counters
        assert engine.read().generator == before.generator


@pytest.mark.parametrize("make", [GoldenEngine, CompiledEngine])
@pytest.mark.parametrize("labels", [[-1, 1], [1, 3]])
def test_labels_that_no_output_has_are_refused(make, labels):
    config = small_config()
    engine, x = make(config), small_data(config).x_train[:2]
    before = engine.read()
    for call in (engine.train, engine.infer):
        with pytest.raises(ValueError, match=r"^labels must be in 0\.\.2, not {}\.\.{}$".format(
                *labels)):
            call(x, np.array(labels))
    assert not list(state_differences(0, before, engine.read()))
    for call in (engine.infer, engine.train):
        assert call(x, np.array([0, 2])).classes.shape == (2,)
        assert call(x[:0], np.array([], np.int64)).classes.shape == (0,)


def test_results_of_hardware_have_no_ideal_cycles():
    results = Results.of_fields({"prediction": integers(2, 1), "error": integers(0, 1),
                                 "cycles": integers(70, 80), "other": integers(3, 3)})
    assert (results.classes.tolist(), results.errors.tolist()) == ([2, 1], [False, True])
    assert (results.cycles.tolist(), results.ideal.tolist()) == ([70, 80], [0, 0])


def test_splitting_the_samples_changes_nothing():
    config = small_config()
    samples = small_data(config)
    whole, parts = GoldenEngine(config), GoldenEngine(config)
    whole.train(samples.x_train, samples.y_train)
    for start in range(0, 40, 7):
        parts.train(samples.x_train[start:start + 7], samples.y_train[start:start + 7])
    assert all((ours == theirs).all() for ours, theirs in zip(
        whole.read().plus, parts.read().plus, strict=True))


def test_counters_wrap_at_32_bits():
    config = small_config()
    engine = GoldenEngine(config)
    state = engine.read()
    state.counters = dict.fromkeys(state.counters, 2**32 - 1)
    state.device_pulses = dict.fromkeys(state.device_pulses, 2**40)
    engine.load(state)
    samples = small_data(config)
    engine.train(samples.x_train[:1], samples.y_train[:1])
    assert engine.read().counters["samples"] == 0
    assert engine.read().device_pulses["ltp_pulses"] > 2**40  # these do not wrap


def test_unknown_device_pulses_stay_unknown():
    config = small_config()
    engine, samples = GoldenEngine(config), small_data(config)
    state = engine.read()
    state.device_pulses = None
    engine.load(state)
    engine.train(samples.x_train, samples.y_train)
    assert engine.read().device_pulses is engine.device_pulses() is None
    assert engine.read().counters["pulses"] > 0


def test_a_closed_gate_pulses_nothing():
    config = small_config()
    engine = GoldenEngine(config)
    before = engine.read()
    engine.gate = 0
    samples = small_data(config)
    engine.train(samples.x_train, samples.y_train)
    after = engine.read()
    assert after.counters["pulses"] == 0
    assert not any(after.device_pulses.values())
    assert after.generator != before.generator
    assert all((ours == theirs).all() for ours, theirs in zip(
        before.plus + before.minus, after.plus + after.minus, strict=True))


def test_observed_values_are_those_of_the_blocks():
    config = small_config()
    engine = GoldenEngine(config)
    assert engine.observed == {}
    samples = small_data(config)
    engine.train(samples.x_train[:1], samples.y_train[:1])
    trace, observed = engine.trace, engine.observed
    for unit, z in enumerate(trace.z[0].tolist()):
        assert observed.get(("forward", 1, unit)) == (z if trace.x[1][unit] else None)
        assert observed.get(("backward", 1, unit), 0) == trace.delta[0][unit]
    for unit, z in enumerate(trace.z[1].tolist()):
        assert observed["forward", 2, unit] == z
        assert observed.get(("output", 2, unit), 0) == trace.delta[1][unit]
    assert {key[0] for key in observed} == {"forward", "output", "backward"}


# Real arithmetic --------------------------------------------------------------------------------


@given(config=configurations(linear_only=True), seed=st.integers(0, 1000))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_real_arithmetic_is_within_its_bound(config, seed):
    """Activations differ by less than what floors can add up to, in LSBs of an activation.

    A floor takes less than 1 LSB. An error e_i of input i becomes |w_ij| e_i / 2^shift of output
    j, and clamping makes no error larger. Backward, from the same deltas, is off by less than 1.
    """
    samples = small_data(config, train=20, seed=seed)
    engine = GoldenEngine(config)
    engine.train(samples.x_train[:-1], samples.y_train[:-1])
    state, full = engine.read(), config.numbers.full
    engine.train(samples.x_train[-1:], samples.y_train[-1:])
    trace = engine.trace
    real = trace.x[0].astype(float)
    bound = np.zeros(len(real))
    weights = [(plus - minus) * float(config.design.conductance_step)
               for plus, minus in zip(state.plus, state.minus, strict=True)]
    for layer, weight, z in zip(config.design.layers, weights, trace.z, strict=True):
        scale = 2.0**layer.forward_shift
        real = np.clip((real @ weight[:-1] + full * weight[-1]) / scale + layer.offset, 0, full)
        bound = bound @ np.abs(weight[:-1]) / scale + 1
        assert (np.abs(activate(z, layer, full) - real) < bound + 1e-9).all()
    for layer, weight, below, delta in zip(config.design.layers[1:], weights[1:], trace.delta[:-1],
                                           trace.delta[1:], strict=True):
        exact = weight[:-1] @ delta / 2.0**layer.backward_shift
        moved = derivative(trace.x[layer.number - 1], full)
        exact = np.where(moved, np.clip(exact, -config.numbers.delta_limit,
                                        config.numbers.delta_limit), 0)
        assert (np.abs(exact - below) < 1).all()
        assert (np.abs(below) <= np.abs(exact)).all()


# Learning ---------------------------------------------------------------------------------------


def test_digits_learn():
    """After the first epoch, the compiled engine goes on: it is equal in every bit."""
    config, data = load_config("digits"), load_data("digits")
    first = run_training(GoldenEngine(config), data, epochs=1)
    summary = run_training(CompiledEngine(config), data, epochs=30)
    assert len(summary.epochs) == 30
    assert summary.epochs[-1].accuracy >= 0.965
    assert summary.epochs[0].accuracy == first.epochs[0].accuracy < 0.9
