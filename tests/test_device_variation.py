"""Variation: the effect of a class on a device, and fair spreading of devices by the hash.

Every statistic is compared with five standard deviations of its own distribution, on layers of the
size of MNIST's first one.
"""

import numpy as np
import pytest
from small import small_config

from pulsetrain.device import device_tables
from pulsetrain.device.curves import bend_of, nl_of
from pulsetrain.device.variation import LEAST, classes
from pulsetrain.golden import initial_state
from pulsetrain.golden.device import CLASS_BITS, MOVES, STUCK_HIGH, STUCK_LOW, layer_devices
from pulsetrain.golden.generator import device_word, mix, row_word
from pulsetrain.golden.synapse import LayerSynapses
from pulsetrain.spec import Variation
from pulsetrain.spec.variation import STUCK_BITS

ROWS, COLUMNS = np.arange(785)[:, np.newaxis], np.arange(200)
SIZE = 785 * 200
SEEDS = (1, 2, 0xDEADBEEF, 0xFFFFFFFF)
DISTANCES = (1, 2, 3, 4, 8, 28, 64)


def factors(**variation):
    """The factors of the classes as columns: up, down, range."""
    found = classes(small_config(variation=variation))
    return np.array([[one.up, one.down, one.range] for one in found])


# Classes -----------------------------------------------------------------------------------------


def test_equal_devices_are_one_class():
    assert factors().tolist() == [[1, 1, 1]]
    assert factors(stuck_low=0.1, classes=64).tolist() == [[1, 1, 1]]


@pytest.mark.parametrize("count", [2, 4, 16, 64])
def test_mean_and_deviation_over_the_classes_are_as_configured(count):
    step = factors(step=0.3, classes=count)
    assert step.shape == (count, 3)
    assert step.mean(axis=0) == pytest.approx([1, 1, 1])
    assert step.std(axis=0) == pytest.approx([0.3, 0.3, 0])
    span = factors(range=0.2, classes=count)
    assert span.mean(axis=0) == pytest.approx([1, 1, 1])
    assert span.std(axis=0) == pytest.approx([0, 0, 0.2])
    up_down = factors(up_down=0.1, classes=count)
    assert (up_down[:, 0] - up_down[:, 1]).std() == pytest.approx(0.1)
    assert (up_down[:, 0] + up_down[:, 1]) == pytest.approx(2 * np.ones(count))


def test_quantities_are_independent_and_bounded():
    together = factors(step=0.3, range=0.3, classes=64)
    assert abs(np.corrcoef(together[:, 0], together[:, 2])[0, 1]) < 5 / 8
    wide = factors(step=1.0, range=1.0, up_down=1.0, classes=64)
    assert wide.min() == LEAST
    assert wide[:, 2].max() == 2


def test_the_seed_chooses_the_classes():
    one, other = (factors(step=0.3, range=0.3, seed=seed) for seed in (1, 2))
    assert (one != other).any()
    assert (one == factors(step=0.3, range=0.3)).all()  # the configuration's seed is 1


def test_tables_of_different_devices():
    config = small_config(variation={"step": 0.5, "range": 0.5, "classes": 2})
    tables = device_tables(config)
    slow, fast = np.argsort([one.up for one in classes(config)])
    assert (tables.read[:, 0] == 0).all()
    assert tables.potentiate[slow, -1] == 15
    assert (tables.potentiate[fast] == np.maximum(np.arange(16), np.minimum(
        np.arange(16) + 1, 10))).all()  # 1.5 times the step: full after 10 of 15 pulses
    spans = [one.range for one in classes(config)]
    full = [255 * spans[slow] * 0.5, 255 * spans[fast]]
    assert tables.read[[slow, fast], -1].tolist() == [int(value + 0.5) for value in full]


def test_tables_of_devices_that_differ_up_and_down():
    """Steps of 1.5 up and 0.5 down: a third of a state down, which moves none; or 0.5 and 1.5."""
    config = small_config(variation={"up_down": 1.0, "classes": 2})
    tables = device_tables(config)
    quick, slow = np.argsort([one.down for one in classes(config)])
    states = np.arange(16)
    assert tables.depress[quick].tolist() == [*range(11), *[10] * 5]
    assert tables.depress[slow].tolist() == np.maximum(states - 3, 0).tolist()


# Bends -------------------------------------------------------------------------------------------


def labels(config):
    """The labels NL of the curves that `config`'s classes have: (2, classes), up and down."""
    return np.array([[nl_of(bend_of(label + added)) for label, added in (
        (2.4, one.bend_up), (-4.88, one.bend_down))] for one in classes(config)]).T


@pytest.mark.parametrize("count", [2, 16])
def test_labels_have_the_mean_and_deviation_that_are_configured(count):
    found = labels(small_config(variation={"bend": 0.7, "classes": count}))
    assert found.mean(axis=1) == pytest.approx([2.4, -4.88], abs=1e-6)
    assert found.std(axis=1) == pytest.approx([0.7, 0.7], abs=1e-6)


def test_labels_of_the_directions_are_independent_and_limited():
    up, down = labels(small_config(variation={"bend": 0.7, "classes": 64}))
    assert abs(np.corrcoef(up, down)[0, 1]) < 5 / 8
    limited = labels(small_config(variation={"bend": 9.0, "classes": 64}))
    assert (limited.min(), limited.max()) == pytest.approx((-9, 9))


def test_other_factors_do_not_depend_on_the_bend():
    others = {"step": 0.3, "range": 0.2, "up_down": 0.1, "classes": 16}
    assert (factors(**others, bend=2.0) == factors(**others)).all()


def test_tables_of_devices_with_other_bends():
    """A class has the tables of the device with its labels."""
    given = {"kind": "exponential", "potentiation": {"nl": 2.4}, "depression": {"nl": -4.88}}
    config = small_config(device=given, variation={"bend": 0.5, "classes": 4},
                          update={"method": "bidirectional"})
    tables = device_tables(config)
    for number, one in enumerate(classes(config)):
        alone = device_tables(small_config(
            device={**given, "potentiation": {"nl": 2.4 + one.bend_up},
                    "depression": {"nl": -4.88 + one.bend_down}},
            update={"method": "bidirectional"}))
        for name in ("read", "potentiate", "depress"):
            assert (getattr(tables, name)[number] == getattr(alone, name)[0]).all()


def test_a_linear_device_with_a_bend_has_tables():
    config = small_config(variation={"bend": 0.5, "classes": 4}, update={"method": "bidirectional"})
    assert (config.design.tabulated, config.design.substates) == (True, 4)
    read = device_tables(config).read
    assert (read[:, 0] == 0).all()
    assert (read[:, -1] == 255).all()
    assert len({tuple(row) for row in read.tolist()}) == 4


# Stuck devices -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high", "expected"), [
    (0.0, 0.0, (0, 0)), (0.25, 0.0, (16384, 16384)), (0.0, 0.5, (0, 32768)),
    (1e-6, 0.0, (0, 0)), (1.0, 0.0, (65536, 65536)), (0.0, 1.0, (0, 65536)),
    (0.5, 0.5, (32768, 65536))])
def test_stuck_thresholds(low, high, expected):
    variation = Variation(stuck_low=low, stuck_high=high)
    assert variation.stuck_thresholds == expected
    assert variation.sticks == (expected[1] > 0)


@pytest.mark.parametrize(("low", "high"), [(0.01, 0.0), (0.05, 0.1), (0.0, 1.0)])
def test_shares_of_stuck_devices(low, high):
    config = small_config(network={"inputs": 784, "hidden": [200], "outputs": 10},
                          variation={"stuck_low": low, "stuck_high": high})
    stuck = layer_devices(config, device_tables(config), config.design.layers[0], 0).stuck
    first, second = (count / 65536 for count in config.variation.stuck_thresholds)
    for value, share in ((STUCK_LOW, first), (STUCK_HIGH, second - first), (MOVES, 1 - second)):
        deviation = np.sqrt(share * (1 - share) / SIZE)
        assert abs((stuck == value).mean() - share) <= 5 * deviation


def test_stuck_devices_read_as_their_ends_and_stay():
    config = small_config(variation={"stuck_low": 0.3, "stuck_high": 0.3, "step": 0.2})
    tables = device_tables(config)
    devices = layer_devices(config, tables, config.design.layers[0], 1)
    state = np.zeros(devices.device_class.shape, np.int64)
    assert {MOVES, STUCK_LOW, STUCK_HIGH} == set(devices.stuck.ravel().tolist())
    read, moved = devices.conductance(state), devices.potentiated(state, None)
    assert (read[devices.stuck == STUCK_LOW] == 0).all()
    high = devices.stuck == STUCK_HIGH
    assert (read[high] == tables.read[devices.device_class[high], -1]).all()
    assert (moved[devices.stuck != MOVES] == 0).all()
    assert (moved[devices.stuck == MOVES] > 0).all()


# The hash ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=SEEDS)
def draws(request):
    """Draws of both devices of all pairs, (2, rows, columns)."""
    return np.stack([mix(row_word(1, ROWS) ^ device_word(COLUMNS, device) ^ request.param)
                     for device in range(2)])


def class_of(draw):
    """The class among 16."""
    return (draw & ((1 << CLASS_BITS) - 1)) >> (CLASS_BITS - 4)


def share_of(draw):
    """The bits that decide whether a device is stuck."""
    return draw >> (32 - STUCK_BITS)


PARTS = {"class": (class_of, 16), "share": (share_of, 1 << STUCK_BITS)}


def neighbours(draws):
    """Pairs of arrays of neighbouring devices: in a pair, in a column, in a row."""
    yield "pair", draws[0], draws[1]
    for distance in DISTANCES:
        yield f"row {distance}", draws[0, :-distance], draws[0, distance:]
        yield f"column {distance}", draws[0, :, :-distance], draws[0, :, distance:]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("other", range(2, 8))
def test_layers_are_independent(draws, part, other, request):
    seed = request.node.callspec.params["draws"]
    of, count = PARTS[part]
    second = mix(row_word(other, ROWS) ^ device_word(COLUMNS, 0) ^ seed)
    middle, variance = (count - 1) / 2, (count**2 - 1) / 12
    found = np.mean((of(draws[0]) - middle) * (of(second) - middle)) / variance
    assert abs(found) < 5 / np.sqrt(SIZE)


def test_devices_of_a_layer_have_different_words():
    words = np.stack([row_word(1, ROWS) ^ device_word(COLUMNS, device) for device in range(2)])
    rows = row_word(1, np.arange(785))
    assert len(np.unique(np.concatenate([words.ravel(), rows]))) == 2 * SIZE + 785


def test_classes_are_equally_frequent(draws):
    counts = np.bincount(class_of(draws[0]).ravel(), minlength=16)
    deviation = np.sqrt(SIZE / 16 * 15 / 16)
    assert np.abs(counts - SIZE / 16).max() < 5 * deviation


def test_golden_devices_have_these_classes(draws):
    config = small_config(network={"inputs": 784, "hidden": [200], "outputs": 10},
                          variation={"step": 0.1, "seed": 1})
    devices = layer_devices(config, device_tables(config), config.design.layers[0], 1)
    draw = mix(row_word(1, ROWS) ^ device_word(COLUMNS, 1) ^ 1)
    assert (devices.device_class == class_of(draw)).all()


def test_no_row_and_no_column_has_more_of_a_class(draws):
    for axis in (1, 2):
        found = np.stack([(class_of(draws) == value).sum(axis=axis) for value in range(16)])
        spread = found.var(axis=2) / (draws.shape[axis] * 15 / 256)
        assert np.abs(spread - 1).max() < 5 * np.sqrt(2 / found.shape[2])


@pytest.mark.parametrize("part", PARTS)
def test_neighbours_are_independent(draws, part):
    bits, count = PARTS[part]
    ran = 0
    for name, first, second in neighbours(draws):
        x, y = (bits(values) - (count - 1) / 2 for values in (first, second))
        correlation = (x * y).mean() / ((count**2 - 1) / 12)
        assert abs(correlation) < 5 / np.sqrt(x.size), name
        ran += 1
    assert ran == 1 + 2 * len(DISTANCES)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_neighbours_stick_together_by_chance_only(draws, share):
    limit = int(share * 65536)
    chance = (limit / 65536) ** 2
    for name, first, second in neighbours(draws):
        both = ((share_of(first) < limit) & (share_of(second) < limit)).mean()
        assert abs(both - chance) < 5 * np.sqrt(chance * (1 - chance) / first.size), name


def test_sticking_does_not_depend_on_the_class(draws):
    stuck = class_of(draws[0])[share_of(draws[0]) < 3277]
    counts, expected = np.bincount(stuck, minlength=16), len(stuck) / 16
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert abs(chi_square - 15) < 5 * np.sqrt(2 * 15)


def test_every_pair_of_neighbouring_classes_is_equally_frequent(draws):
    for name, first, second in neighbours(draws):
        both = 16 * class_of(first) + class_of(second)
        counts, expected = np.bincount(both.ravel(), minlength=256), both.size / 256
        chi_square = ((counts - expected) ** 2 / expected).sum()
        assert abs(chi_square - 255) < 5 * np.sqrt(2 * 255), name


# Cycle-to-cycle noise ----------------------------------------------------------------------------


def test_pulses_move_as_often_as_the_noise_prescribes():
    config = small_config(network={"inputs": 100, "hidden": [50], "outputs": 10},
                          device={"cycle_noise": 40})
    synapses = LayerSynapses(config, config.design.layers[0], initial_state(config))
    rows, columns = np.arange(101), np.arange(50)
    words = np.random.default_rng(4).integers(1, 2**32, 200)
    steps = [synapses.steps(int(word), rows, columns, None) for word in words]
    plus, minus = (np.stack([getattr(step, role) for step in steps]) for role in ("plus", "minus"))
    size, share = plus.size, 40 / 256
    for moves in (0, 2):
        for found in (plus, minus):
            assert abs((found == moves).mean() - share) < 5 * np.sqrt(share * (1 - share) / size)
    sigma = np.sqrt(2 * share)
    assert plus.std() == pytest.approx(sigma, rel=5 / np.sqrt(size))
    for first, second in ((plus, minus), (plus[1:], plus[:-1]), (plus[:, 1:], plus[:, :-1]),
                          (plus[:, :, 1:], plus[:, :, :-1])):
        correlation = ((first - 1.0) * (second - 1.0)).mean() / sigma**2
        assert abs(correlation) < 5 / np.sqrt(first.size)


def test_the_largest_noise_leaves_two_pulses_of_256_exact():
    config = small_config(device={"cycle_noise": 127})
    synapses = LayerSynapses(config, config.design.layers[0], initial_state(config))
    found = [synapses.steps(word, np.arange(7), np.arange(5), None).plus for word in range(1, 400)]
    assert (np.stack(found) == 1).mean() == pytest.approx(2 / 256, abs=5 * np.sqrt(2 / 256 / 13965))
