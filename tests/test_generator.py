"""The generator and its draws: published words, and statistics with fixed seeds.

Every statistic is compared with five standard deviations of its own distribution.
"""

import itertools

import numpy as np
import pytest

from pulsetrain.golden.generator import fires, mix, row_word, step

WORDS = 4096
ROWS = np.arange(800)


@pytest.fixture(scope="module")
def words():
    """The words of 4,096 samples."""
    seen = [1]
    while len(seen) < WORDS:
        seen.append(step(seen[-1]))
    return np.array(seen, np.int64)


@pytest.fixture(scope="module")
def draws(words):
    """The 8 bits that decide whether a row fires, (words, rows), for layers 1 and 2."""
    return {layer: mix(row_word(layer, ROWS) ^ words[:, np.newaxis]) & 0xFF for layer in (1, 2)}


@pytest.mark.parametrize(("seed", "first"), [
    (1, [270369, 67634689, 2647435461, 307599695, 2398689233]),
    (2463534242, [723471715, 2497366906, 2064144800])])
def test_words_are_marsaglia_s(seed, first):
    for word in first:
        seed = step(seed)
        assert seed == word


def test_step_never_leaves_32_bits_and_never_gives_zero(words):
    assert words.min() > 0
    assert words.max() < 2**32
    assert len(set(words.tolist())) == WORDS


def test_row_words_differ():
    both = np.concatenate([row_word(layer, np.arange(4097)) for layer in (1, 2, 3, 7)])
    assert len(np.unique(both)) == len(both)
    assert both.max() < 2**32


def test_mix_is_one_to_one():
    sample = np.random.default_rng(3).integers(0, 2**32, 100_000)
    assert len(np.unique(mix(np.unique(sample)))) == len(np.unique(sample))


def test_gate_ends():
    row_words = row_word(1, ROWS)
    assert fires(12345, 256, row_words).all()
    assert not fires(12345, 0, row_words).any()


@pytest.mark.parametrize("layer", [1, 2])
def test_draws_are_uniform(draws, layer):
    counts = np.bincount(draws[layer].ravel(), minlength=256)
    expected = draws[layer].size / 256
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert abs(chi_square - 255) < 5 * np.sqrt(2 * 255)


@pytest.mark.parametrize("gate", [16, 64, 179, 240])
def test_every_row_fires_as_often_as_the_gate_says(draws, gate):
    share = gate / 256
    deviation = np.sqrt(share * (1 - share) / WORDS)
    fired = (draws[1] < gate).mean(axis=0)
    assert np.abs(fired - share).max() < 5 * deviation


def correlations(first, second):
    """Correlation of each pair of columns; its deviation is 1 / sqrt(words) if independent."""
    return np.mean((first - 127.5) * (second - 127.5), axis=0) / (256**2 / 12)


@pytest.mark.parametrize("distance", [1, 2, 3, 4, 8, 16, 28, 64, 256])
def test_rows_are_independent_of_their_neighbours(draws, distance):
    found = correlations(draws[1][:, :-distance], draws[1][:, distance:])
    assert np.abs(found).max() < 5 / np.sqrt(WORDS)


@pytest.mark.parametrize("distance", [1, 2, 28])
@pytest.mark.parametrize("gate", [64, 128])
def test_neighbouring_rows_fire_together_by_chance_only(draws, gate, distance):
    fired = draws[1] < gate
    both = (fired[:, :-distance] & fired[:, distance:]).mean(axis=0)
    share = (gate / 256) ** 2
    assert np.abs(both - share).max() < 5 * np.sqrt(share * (1 - share) / WORDS)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(1, 8), 2)))
def test_layers_are_independent(words, one, other):
    first, second = (mix(row_word(layer, ROWS[:400]) ^ words[:, np.newaxis]) & 0xFF
                     for layer in (one, other))
    assert np.abs(correlations(first, second)).max() < 5 / np.sqrt(WORDS)


def test_samples_that_follow_each_other_are_independent(draws):
    found = correlations(draws[1][:-1], draws[1][1:])
    assert np.abs(found).max() < 5 / np.sqrt(WORDS - 1)


def test_the_number_of_rows_that_fire_varies_as_it_should(draws):
    """Correlated rows would widen the spread of the number."""
    fired = (draws[1] < 128).sum(axis=1)
    expected = len(ROWS) / 4
    assert abs(fired.var() - expected) < 5 * expected * np.sqrt(2 / WORDS)
