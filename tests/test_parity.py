"""Parity of synapse memory: every flipped bit that is read is told, and nothing else is."""

import numpy as np
import pytest
from engines import assert_equal, engines
from small import small_config, small_data
from testbenches import bench_test

from pulsetrain.golden import GoldenEngine, State
from pulsetrain.hdl.engine.parity import RowParity
from pulsetrain.memory_map import pack_rows
from pulsetrain.run import FlippedBitError, ScrubbedBackend, run_training
from pulsetrain.run.divergence import state_differences
from pulsetrain.run.parity import row_words

test_parity = bench_test(RowParity, "parity", "parity-lanes-19", "parity-spram")

TINY = small_config(network={"inputs": 2, "hidden": [2], "outputs": 2}, device={"levels": 4},
                    engine={"lanes": 1, "parity": True})
"""Twelve rows of four bits."""
SMALL = small_config(engine={"parity": True})
SPRAM = small_config(engine={"parity": True, "memory": "spram"})
WIDE = small_config(network={"inputs": 9, "hidden": [20], "outputs": 7},
                    engine={"lanes": 19, "parity": True})
"""Rows of two slices."""

WORDS, PARITIES = "synapse.bank_0_0.memory", "row_parity.memory_0"


@pytest.fixture(scope="module")
def made():
    with engines(TINY, SMALL, SPRAM, WIDE) as found:
        yield found


def active(config) -> State:
    """A state in which every unit is active for positive inputs."""
    engine = GoldenEngine(config)
    state = engine.read()
    for plus, minus in zip(state.plus, state.minus, strict=True):
        plus[:], minus[:] = config.design.states - 2, 0
    return state


def flipped_row(work, *arguments) -> int | None:
    """The row that the engine tells at its work."""
    try:
        work(*arguments)
    except FlippedBitError as error:
        return error.row
    return None


@pytest.mark.parametrize("train", [False, True], ids=["classify", "train"])
def test_every_flipped_bit_that_a_sample_reads_is_told(made, train):
    config = TINY
    engine, state = made.engine(config), active(config)
    x, labels = np.full((1, 2), 255, np.uint8), np.zeros(1, np.int64)
    engine.load(state)
    work = engine.train if train else engine.infer
    assert flipped_row(work, x, labels) is None
    bits = 0
    for row in range(config.design.rows):
        for memory, width in ((WORDS, config.design.pair_bits), (PARITIES, 1)):
            for bit in range(width):
                engine.load(state)
                engine.flip(memory, row, bit)
                assert flipped_row(work, x, labels) == row, (memory, row, bit)
                bits += 1
    assert bits == config.design.rows * (config.design.pair_bits + 1) == 60


def test_every_flipped_bit_that_a_host_reads_is_told(made):
    engine, state = made.engine(TINY), active(TINY)
    for row in range(TINY.design.rows):
        for memory, width in ((WORDS, TINY.design.pair_bits), (PARITIES, 1)):
            for bit in range(width):
                engine.load(state)
                engine.flip(memory, row, bit)
                assert flipped_row(engine.read) == row


@pytest.mark.parametrize("config", [SMALL, SPRAM, WIDE], ids=["two ports", "one port", "slices"])
def test_nothing_is_told_without_a_flip(made, config):
    """States and cycles are the model's, and every sample and every read would have raised."""
    data = small_data(config, train=12)
    report, _ = made.lockstep(config, data.x_train, data.y_train)
    assert_equal(report, 12)
    engine = made.engine(config)
    engine.train(data.x_train, data.y_train)
    engine.infer(data.x_test, data.y_test)
    assert engine.read_register("parity") == 0


def test_a_flip_in_the_middle_of_a_sample_is_told_or_does_no_harm(made):
    """A flip between the read of a row and its write is overwritten."""
    config, random = SMALL, np.random.default_rng(3)
    data = small_data(config)
    x, labels = data.x_train[:1], data.y_train[:1]
    engine, reference = made.engine(config), GoldenEngine(config)
    state = active(config)
    reference.load(state)
    reference.train(x, labels)
    told = 0
    for _ in range(40):
        row, bit = int(random.integers(config.design.rows)), int(random.integers(16))
        engine.load(state)
        engine.break_off(x, labels, int(random.integers(10, 120)))
        engine.flip(WORDS, row, bit)
        engine.play([({}, 300)])
        found = flipped_row(engine.read)
        if found is None:
            assert not list(state_differences(0, reference.read(), engine.read()))
        else:
            assert found == row
            told += 1
    assert 20 < told < 40


def test_the_first_row_stays_until_the_error_is_cleared(made):
    engine, state = made.engine(SMALL), active(SMALL)
    engine.load(state)
    for row in (7, 3):
        engine.flip(WORDS, row, 1)
        with pytest.raises(FlippedBitError, match=r"row (3|7) "):
            engine.read()
    first = engine.read_register("parity")
    engine.write_register("parity", 0)
    assert engine.read_register("parity") == 0
    with pytest.raises(FlippedBitError):
        engine.read()
    assert (first, engine.read_register("parity")) == (1 << 31 | 7, 1 << 31 | 3)


def test_two_flips_in_a_slice_are_not_told_but_in_two_slices(made):
    """What docs/how-to/parity.md says that it does not see."""
    engine, state = made.engine(WIDE), active(WIDE)
    engine.load(state)
    for bit in (0, 1):
        engine.flip(WORDS, 4, bit)
    assert pack_rows(WIDE, engine.read())[4] ^ pack_rows(WIDE, state)[4] == 3
    engine.load(state)
    engine.flip(WORDS, 4, 0)
    engine.flip("synapse.bank_0_16.memory", 4, 0)
    with pytest.raises(FlippedBitError, match="row 4 "):
        engine.read()


class Flipping:
    """A simulated engine in which bits flip before some calls: number of a call -> rows."""

    def __init__(self, engine, flips):
        self._engine, self._flips, self._calls = engine, flips, 0

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def __setattr__(self, name, value):
        if name == "gate":
            self._engine.gate = value
        else:
            super().__setattr__(name, value)

    def train(self, x, labels):
        self._flip()
        return self._engine.train(x, labels)

    def read(self):
        self._flip()
        return self._engine.read()

    def _flip(self):
        for row in self._flips.get(self._calls, ()):
            self._engine.flip(WORDS, row, 0)
        self._calls += 1


def test_a_scrubbed_training_ends_as_one_without_flips(made, monkeypatch):
    """Flips before samples, before the read of a checkpoint, and while a training is repeated."""
    # The number of calls does not depend on the time that they take.
    monkeypatch.setattr("pulsetrain.run.loop.next_chunk", lambda samples, *seconds: samples)
    data = small_data(SMALL)
    flips = {0: [6], 2: [9], 5: [13], 7: [1], 8: [20]}
    backend = ScrubbedBackend(Flipping(made.engine(SMALL), flips))
    reference = GoldenEngine(SMALL)
    for engine in (backend, reference):
        engine.load(active(SMALL))
        run_training(engine, data, epochs=3, on_epoch=lambda _, engine=engine: engine.read())
    assert not list(state_differences(0, reference.read(), backend.read()))
    assert [flip.row for flip in backend.flips] == [row for rows in flips.values() for row in rows]


def test_a_bit_that_stays_wrong_ends_the_training(made):
    data = small_data(SMALL)
    backend = ScrubbedBackend(Flipping(made.engine(SMALL), {call: [0, 2] for call in range(99)}))
    backend.load(active(SMALL))
    with pytest.raises(FlippedBitError, match=r"row [02] \(layer 1, units 1 to 2, input [13]\)"):
        run_training(backend, data, epochs=1)
    assert len(backend.flips) == 3


def test_rows_in_words():
    assert row_words(SMALL, 0) == "row 0 (layer 1, units 1 to 2, input 1)"
    assert row_words(SMALL, 6) == "row 6 (layer 1, units 1 to 2, the bias)"
    assert row_words(SMALL, 14) == "row 14 (layer 1, unit 5, input 1)"
    assert row_words(SMALL, 32) == "row 32 (layer 2, unit 3, the bias)"
