"""The order of samples: the keyed order is a permutation, uniform, and as the contract says."""

import numpy as np
import plain
import pytest
from small import small_config, small_data

from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.device.digest import learning
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.order import MOST_SAMPLES, keyed_order, order_key
from pulsetrain.run import run_training, schedule

KEYED = {"order": "keyed"}


@pytest.fixture(scope="module")
def orders():
    """The orders of 150 epochs of 1,000 samples: (150, 1000)."""
    return np.array([keyed_order(order_key(5, epoch), 1000) for epoch in range(150)])


def deviation(counts, expected):
    """How many standard deviations the chi-square of `counts` is from its mean; every row and
    column of `counts` has a fixed sum."""
    statistic = ((counts - expected)**2 / expected).sum()
    freedom = np.prod([size - 1 for size in counts.shape])
    return abs(statistic - freedom) / np.sqrt(2 * freedom)


@pytest.mark.parametrize("count", [*range(1, 40), 63, 64, 65, 257, 1437, 60_000])
def test_every_sample_once(count):
    assert sorted(keyed_order(order_key(1, 0), count).tolist()) == list(range(count))


def test_the_contract_written_plainly_gives_the_same_order():
    for seed, epoch, count in ((1, 0, 1437), (0xFFFFFFFF, 3, 65), (7, 2**32 + 1, 2), (9, 1, 1)):
        order = keyed_order(order_key(seed, epoch), count)
        positions = range(0, count, max(1, count // 40))
        assert [order[at] for at in positions] == [
            plain.visited(seed, epoch, count, at) for at in positions]


def test_an_order_continues_from_any_position():
    key = order_key(3, 4)
    assert keyed_order(key, 77, 30).tolist() == keyed_order(key, 77)[30:].tolist()


def test_keys_of_epochs_and_seeds_differ():
    keys = {order_key(seed, epoch) for seed in range(1, 65) for epoch in range(64)}
    assert len(keys) > 64 * 64 - 5  # two of 4,096 random keys are equal with a chance of 1/500


def test_positions_are_independent_of_samples(orders):
    counts = np.zeros((20, 20))
    np.add.at(counts, (np.broadcast_to(np.arange(1000) // 50, orders.shape), orders // 50), 1)
    assert deviation(counts, len(orders) * 50 * 50 / 1000 * (1000 / 999)) < 5


def test_neighbours_are_independent(orders):
    counts = np.bincount((np.diff(orders) % 1000).ravel(), minlength=1000)[1:]
    assert deviation(counts, counts.sum() / 999) < 5


def test_neighbouring_epochs_are_independent(orders):
    counts = np.bincount((np.diff(orders, axis=0) % 1000).ravel(), minlength=1000)
    assert deviation(counts, counts.sum() / 1000) < 5


def test_training_visits_the_keyed_order():
    config = small_config(training=KEYED, seed=4)
    indices, _ = schedule(config, 50, 70)
    expected = [*keyed_order(order_key(4, 0), 50), *keyed_order(order_key(4, 1), 50)[:20]]
    assert indices.tolist() == expected
    data = small_data(config, train=50)
    trained, by_hand = GoldenEngine(config), GoldenEngine(config)
    run_training(trained, data, epochs=2, samples=70)
    by_hand.train(data.x_train[expected], data.y_train[expected])
    assert [array.tolist() for array in (*trained.read().plus, *trained.read().minus)] == [
        array.tolist() for array in (*by_hand.read().plus, *by_hand.read().minus)]


def test_only_the_learning_digest_has_the_order():
    config, keyed = small_config(), small_config(training=KEYED)
    assert learning_digest(keyed) != learning_digest(config)
    assert engine_digest(keyed) == engine_digest(config)
    assert "order" not in learning(config)  # so that the digests of the usual order stay


@pytest.mark.parametrize("count", [0, MOST_SAMPLES + 1])
def test_a_count_that_cannot_be_ordered_is_refused(count):
    with pytest.raises(ValueError, match=rf"count must be in 1..{MOST_SAMPLES}, not {count}"):
        keyed_order(1, count)
