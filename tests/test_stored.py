"""Stored engine: an engine that trains from a chip of SDRAM learns what the model does."""

import zlib

import numpy as np
import pytest
from small import small_config, small_data
from states import states

from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.golden.order import keyed_order, order_key
from pulsetrain.sim.native_stored import NativeStored, StoreFaultError
from pulsetrain.store.records import ENTRY_WORDS, stored

TRAIN, TEST = 50, 14


def cycles_from_the_port(engine, config, data):
    """The cycles of the samples of each epoch if they come over the port, without any wait."""
    cycles = []
    for epoch in range(2):
        engine.gate = config.design.gate(epoch)
        order = keyed_order(order_key(config.seed, epoch), TRAIN)
        cycles.append(engine.train(data.x_train[order], data.y_train[order]).cycles.sum())
    return cycles


@pytest.fixture(scope="module")
def config():
    return small_config(network={"inputs": 64, "hidden": [12], "outputs": 3},
                        numbers={"forward_shift": 6}, update={"pulse_decay": 0.6},
                        engine={"lanes": 1})


@pytest.fixture(scope="module")
def data(config):
    return small_data(config, train=TRAIN, test=TEST)


@pytest.fixture(scope="module")
def engine(config, data):
    """An engine with all samples in its memory; those for testing come last."""
    with NativeStored(config) as engine:
        content = stored(config, np.concatenate([data.x_train, data.x_test]),
                         np.concatenate([data.y_train, data.y_test]))
        engine.store(content)
        assert engine.checksum(0, len(content.words)) == zlib.crc32(content.content)
        yield engine


def test_epochs_from_the_memory_equal_the_model(engine, config, data):
    model = GoldenEngine(config)
    engine.load(initial_state(config))
    errors = 0
    core = cycles_from_the_port(engine, config, data)
    engine.load(initial_state(config))
    for epoch in range(2):
        engine.gate = model.gate = config.design.gate(epoch)
        order = keyed_order(order_key(config.seed, epoch), TRAIN)
        starved = engine.read_register("starved")
        cycles = engine.train_keyed(TRAIN, epoch)
        model.train(data.x_train[order], data.y_train[order])
        assert states(engine) == states(model)
        assert core[epoch] <= cycles <= 1.03 * core[epoch]
        assert engine.read_register("starved") - starved < 0.02 * cycles
        assert engine.job_register("errors") == model.counters()["errors"] - errors
        errors = model.counters()["errors"]
        wrong = model.infer(data.x_test, data.y_test).errors.sum()
        assert engine.classify(TRAIN, TRAIN + TEST) == wrong
        assert states(engine) == states(model)


def test_an_epoch_in_parts_and_samples_from_the_port(engine, config, data):
    model = GoldenEngine(config)
    engine.load(initial_state(config))
    engine.gate = model.gate = 256
    order = keyed_order(order_key(config.seed, 3), TRAIN)
    engine.train_keyed(TRAIN, 3, end=20)
    assert engine.train(data.x_train[:5], data.y_train[:5]).classes.shape == (5,)
    engine.train_keyed(TRAIN, 3, begin=20)
    for chosen in (order[:20], np.arange(5), order[20:]):
        model.train(data.x_train[chosen], data.y_train[chosen])
    assert states(engine) == states(model)


def test_flipped_bits_in_the_memory_s_answers_are_never_learned(engine, config, data):
    """At any time: either nothing that matters was read then, or the fault is told, and what was
    learned is what precedes the sample with the fault."""
    order = keyed_order(order_key(config.seed, 0), TRAIN)[:6]
    model = GoldenEngine(config)
    expected = [states(model)]  # after that many samples
    for sample in order:
        model.train(data.x_train[sample:sample + 1], data.y_train[sample:sample + 1])
        expected.append(states(model))
    faults = 0
    for at in np.random.default_rng(2).integers(0, 700, 150).tolist():
        engine.load(initial_state(config))
        engine.gate = 256
        try:
            engine.train_keyed(TRAIN, 0, end=6, flips=(at, 1 << at % 16))
            learned = 6
        except StoreFaultError:
            learned = engine.job_register("done")
            faults += 1
            assert learned < 6
        assert states(engine) == expected[learned]
    assert faults > 20


def test_a_record_in_place_of_another_is_told(engine, config, data):
    content = stored(config, data.x_train[:3], data.y_train[:3], address=5000)
    words = content.words.copy()
    words[ENTRY_WORDS:ENTRY_WORDS + 3] = words[:3]  # the directory names sample 0 as 1, too
    engine.load(initial_state(config))
    engine.store(type(content)(content=words.tobytes(), samples=3), 5000)
    with pytest.raises(StoreFaultError, match="sample 1: the CRC of a record is wrong"):
        engine.classify(0, 3, directory=5000)
    assert engine.job_register("done") == 1
    engine.load(initial_state(config))
