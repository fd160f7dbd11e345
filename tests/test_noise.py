"""Displacements by noise: their scale, their distribution, and the devices that they move.

Every statistic is compared with five standard deviations of its own distribution.
"""

import numpy as np
import pytest
from small import small_config

from pulsetrain.device import device_tables, learning_digest
from pulsetrain.golden import initial_state
from pulsetrain.golden.device import MOVES, STUCK_LOW, Devices
from pulsetrain.golden.generator import (
    DEVICE_BITS,
    DEVICE_MARK,
    DEVICE_SPREAD,
    LAYER_BITS,
    LAYER_SPREAD,
    PROGRAMMING_MARK,
    ROW_BITS,
    ROW_SPREAD,
    byte_sum,
    device_word,
    mix,
    row_word,
)
from pulsetrain.golden.pulse import pulse
from pulsetrain.golden.refresh import refresh
from pulsetrain.golden.synapse import LayerSynapses, Steps, Synapses
from pulsetrain.spec import ConfigError
from pulsetrain.spec.noise import LARGEST_SUM, additions, scale_of

DEVIATIONS = (0.1, 0.155, 0.5, 1.0, 3.36, 20.0, 400.0, 2047.5)


# The scale ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_a_scale_has_the_deviation_within_a_hundredth(deviation):
    assert scale_of(deviation).deviation == pytest.approx(deviation, rel=0.01)


@pytest.mark.parametrize(("deviation", "within"), [(1e-6, 100), (0.01, 0.05), (0.05, 0.02)])
def test_a_small_deviation_is_nearly_met(deviation, within):
    assert scale_of(deviation).deviation == pytest.approx(deviation, rel=within)


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_displacements_of_opposite_sums_are_opposite(deviation):
    """So their mean is 0; a tie, rounded up, would shift it."""
    scale, sums = scale_of(deviation), np.arange(LARGEST_SUM + 1)
    moved = scale.displacement(sums)
    assert (moved == -moved[::-1]).all()
    assert moved.tolist() == np.floor(
        (2 * sums - LARGEST_SUM) * scale.factor / 2**scale.shift + 0.5).tolist()
    assert (moved.max(), moved.min()) == (scale.largest, -scale.largest)


@pytest.mark.parametrize(("factor", "count"), [(1, 0), (3, 1), (7, 1), (23, 2), (85, 3), (511, 1)])
def test_additions_of_a_multiplier(factor, count):
    assert additions(factor) == count


# Draws -------------------------------------------------------------------------------------------


def drawn(config, seed=4):
    """The steps of 60 pulses on all synapses of the first layer: arrays (60, rows, columns)."""
    layer = config.design.layers[0]
    synapses = LayerSynapses(config, layer, initial_state(config))
    words = np.random.default_rng(seed).integers(1, 2**32, 60)
    steps = [synapses.steps(int(word), np.arange(layer.rows), np.arange(layer.outputs), None)
             for word in words]
    return {name: np.stack([getattr(step, name) for step in steps])
            for name in ("plus_shift", "minus_shift", "error")
            if getattr(steps[0], name) is not None}


NETWORK = {"inputs": 100, "hidden": [50], "outputs": 10}


@pytest.mark.parametrize(("levels", "sigma"), [(32, 0.005), (97, 0.035), (128, 0.2)])
def test_devices_are_displaced_by_the_deviation(levels, sigma):
    config = small_config(network=NETWORK, device={"levels": levels, "cycle_sigma": sigma},
                          update={"refresh_sigma": sigma})
    for name, shift in drawn(config).items():
        wanted = sigma * (levels - 1)
        kurtosis = (shift**4.0).mean() / (shift**2.0).mean()**2
        assert abs(shift.mean()) < 5 * wanted / np.sqrt(shift.size), name
        error = 2.5 * np.sqrt((kurtosis - 1) / shift.size)  # five deviations of the estimate
        assert shift.std() == pytest.approx(wanted, rel=0.01 + error), name


def test_displacements_are_independent():
    found = drawn(small_config(network=NETWORK, device={"levels": 64, "cycle_sigma": 0.1},
                               update={"refresh_sigma": 0.1}))
    plus, minus, error = (found[name].astype(float)
                          for name in ("plus_shift", "minus_shift", "error"))
    pairs = [(plus, minus), (plus, error), (minus, error)]
    for shift in (plus, minus, error):
        pairs += [(shift[1:], shift[:-1]), (shift[:, 1:], shift[:, :-1]),
                  (shift[:, :, 1:], shift[:, :, :-1])]
    for first, second in pairs:
        for one, other in ((first, second), (first**2, second**2)):
            correlation = np.corrcoef(one.ravel(), other.ravel())[0, 1]
            assert abs(correlation) < 5 / np.sqrt(one.size)


def test_a_refresh_has_no_word_of_a_pulse_or_a_row():
    """The mark is outside the span of all coordinates and of the mark of devices."""
    basis = []
    vectors = [factor << bit & 0xFFFFFFFF for factor, bits in (
        (ROW_SPREAD, ROW_BITS), (LAYER_SPREAD, LAYER_BITS), (DEVICE_SPREAD, DEVICE_BITS))
        for bit in range(bits)]
    for vector in (*vectors, DEVICE_MARK, PROGRAMMING_MARK):
        for known in basis:
            vector = min(vector, vector ^ known)
        basis.append(vector)
    assert basis[-1] > 0


# Devices -----------------------------------------------------------------------------------------


def pair(config, plus, minus, stuck=MOVES):
    """Synapses in the states `plus` and `minus`, their plus devices `stuck`."""
    tables = device_tables(config)
    first, second = (Devices(tables=tables, device_class=0, stuck=np.full(len(plus), kind))
                     for kind in (stuck, MOVES))
    return Synapses(plus=np.array(plus), minus=np.array(minus), polarity=None, first=first,
                    second=second)


def test_a_displaced_device_stays_in_its_range():
    config = small_config()
    shift = np.array([-99, -4, 3, 99])
    after = pulse("unidirectional", pair(config, [7] * 4, [5] * 4), np.ones(4),
                  Steps(plus_shift=shift, minus_shift=shift))
    assert (after.plus.tolist(), after.minus.tolist()) == ([0, 4, 11, 15], [5] * 4)


def test_stuck_devices_and_those_that_get_no_pulse_are_not_displaced():
    config, shift = small_config(), np.array([3, 3])
    steps = Steps(plus_shift=shift, minus_shift=shift)
    held = pulse("bidirectional", pair(config, [0, 0], [5, 5], STUCK_LOW), np.array([1, -1]), steps)
    assert (held.plus.tolist(), held.minus.tolist()) == ([0, 0], [7, 9])
    single = pulse("single", pair(config, [7, 7], [5, 5]), np.array([1, -1]), steps)
    assert (single.plus.tolist(), single.minus.tolist()) == ([11, 9], [5, 5])


def test_only_the_device_that_is_programmed_has_an_error():
    config = small_config()
    before = pair(config, [15, 15, 15, 3, 15], [4, 4, 15, 15, 14])
    after, counts = refresh(before, 15, swap=False, error=np.array([2, -99, 3, 99, -1]))
    assert after.plus.tolist() == [13, 0, 0, 0, 0]
    assert after.minus.tolist() == [0, 0, 0, 15, 0]
    assert counts["reprogram_pulses"] == 11 + 11 + 0 + 12 + 1


def test_a_target_of_state_0_has_no_error():
    """The difference of the last states is less than half of the first step: no pulse programs
    it."""
    config = small_config(device={"kind": "exponential", "potentiation": {"u": 5.0}})
    before = pair(config, [15], [14])
    assert 0 < before.weight()[0] < device_tables(config).read[0, 1] / 2
    after, counts = refresh(before, 15, swap=False, error=np.array([5]))
    assert (after.plus[0], counts["refreshes"], counts["reprogram_pulses"]) == (0, 1, 0)


# Configurations ----------------------------------------------------------------------------------


def test_only_configurations_with_noise_have_it_in_their_digest():
    digests = {learning_digest(small_config(device={"cycle_sigma": cycle},
                                            update={"refresh_sigma": error}))
               for cycle, error in ((0.0, 0.0), (0.1, 0.0), (0.0, 0.1), (0.2, 0.0), (0.1, 0.1))}
    assert len(digests) == 5
    assert learning_digest(small_config()) in digests


def test_the_sum_of_bytes_leaves_out_the_lowest_bit():
    draw = np.array([0, 1, 0xFFFFFFFF, 0x01020304])
    assert byte_sum(draw).tolist() == [0, 0, 1019, 10]
    word = row_word(1, np.array([3])) ^ device_word(np.array([2]), 1)
    assert byte_sum(mix(word)) == byte_sum(mix(word) ^ 1)


@pytest.mark.parametrize(("sections", "message"), [
    ({"device": {"cycle_sigma": 0.51}}, r"_sigma: must be a number in 0\.0\.\.0\.5, not 0\.51"),
    ({"device": {"cycle_sigma": 0.1, "cycle_noise": 7}},
     r"device\.cycle_noise: must be 0 beside a device\.cycle_sigma, .*to 0, not 0\.1\), not 7"),
    ({"update": {"method": "single", "refresh_sigma": 0.1}},
     r'refresh_sigma: must be 0 unless update\.method is "unidirectional", .*refreshes, not 0\.1'),
    ({"device": {"kind": "measured", "levels": None, "ltp": [0, 1e-6, 2e-6]},
      "variation": {"bend": 0.5}},
     r'variation\.bend: must be 0 for device\.kind "measured", .* not 0\.5'),
])
def test_noise_that_a_device_cannot_have_is_refused(sections, message):
    with pytest.raises(ConfigError, match=message):
        small_config(**sections)
