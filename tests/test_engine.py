"""The engine as a whole: emitted Verilog in a simulator against the golden engine."""

import numpy as np
import pytest
from engines import assert_equal, lockstep
from small import METHODS, small_config, small_data

from pulsetrain.data import load_data
from pulsetrain.device import engine_digest
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.registers import IDENTITY, digest_words, version_word
from pulsetrain.run import compare
from pulsetrain.sim.verify import simulated, verify
from pulsetrain.spec import load_config
from pulsetrain.spec.memories import bank_grid

THREE_LAYERS = {"network": {"inputs": 6, "hidden": [5, 4], "outputs": 3}}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lanes", [1, 4, 16])
def test_methods_and_lanes(method: str, lanes: int) -> None:
    config = small_config(update={"method": method}, engine={"lanes": lanes}, **THREE_LAYERS)
    data = small_data(config)
    report, reference = lockstep(config, data.x_train, data.y_train)
    assert_equal(report, len(data.x_train))
    assert reference.read().counters["pulses"] > 0
    if method == "unidirectional":
        assert reference.read().counters["refreshes"] > 0


def test_digits() -> None:
    report = verify(load_config("digits"), load_data("digits"), samples=60, every=10,
                    simulator="icarus")
    assert_equal(report, 60)


@pytest.mark.parametrize("simulator", ["icarus", "amaranth"])
@pytest.mark.parametrize("hidden", [[], [5], [5, 4]])
def test_hidden_layers(simulator: str, hidden: list[int]) -> None:
    config = small_config(network={"inputs": 6, "hidden": hidden, "outputs": 3})
    data = small_data(config)
    report, _ = lockstep(config, data.x_train[:12], data.y_train[:12], simulator=simulator)
    assert_equal(report, 12)


def test_saturated_label_pulses_nothing() -> None:
    config = small_config(network={"inputs": 6, "hidden": [], "outputs": 3},
                          numbers={"forward_shift": 0})
    state = initial_state(config)
    state.plus[0][:], state.minus[0][:] = 0, 0
    state.plus[0][-1] = [15, 0, 0]
    state.minus[0][-1] = [0, 15, 15]
    x = np.full((3, 6), 40, np.uint8)
    report, reference = lockstep(config, x, np.zeros(3, np.int64), state=state)
    assert_equal(report, 3)
    after = reference.read()
    assert after.counters == {"samples": 3, "errors": 0, "pulses": 0, "refreshes": 0}
    assert report.cycles_ideal == 3 * 7 * 2  # forward only: 6 events and the bias, 2 groups
    assert (after.plus[0] == state.plus[0]).all()


@pytest.mark.parametrize("value", [0, 255])
def test_equal_inputs(value: int) -> None:
    config = small_config(**THREE_LAYERS)
    x = np.full((6, 6), value, np.uint8)
    report, reference = lockstep(config, x, np.array([0, 1, 2, 2, 1, 0]))
    assert_equal(report, 6)
    assert np.count_nonzero(reference.trace.x[0]) == (6 if value else 0)


@pytest.mark.parametrize("method", METHODS)
def test_states_at_both_ends(method: str) -> None:
    config = small_config(update={"method": method})
    random = np.random.default_rng(3)
    state = initial_state(config)
    for array in (*state.plus, *state.minus):
        array[:] = random.choice([0, config.design.states - 1], array.shape)
    data = small_data(config)
    report, _ = lockstep(config, data.x_train, data.y_train, state=state)
    assert_equal(report, len(data.x_train))


def test_several_banks() -> None:
    config = small_config(network={"inputs": 400, "hidden": [6], "outputs": 3},
                          engine={"lanes": 1, "bank_rows": 2048})
    assert bank_grid(config)[0] == [2048, 379]
    data = small_data(config)
    report, reference = lockstep(config, data.x_train[:2], data.y_train[:2], every=2)
    assert_equal(report, 2)
    assert reference.read().counters["pulses"] > 0


def test_a_bank_of_one_row() -> None:
    config = small_config(network={"inputs": 1024, "hidden": [], "outputs": 2})
    assert bank_grid(config)[0] == [1024, 1]
    data = small_data(config)
    for simulator in ("icarus", "verilator"):  # Icarus refuses a port that an instance leaves open
        report, _ = lockstep(config, data.x_train[:2], data.y_train[:2], every=2,
                             simulator=simulator)
        assert_equal(report, 2)


def test_more_lanes_than_units() -> None:
    config = small_config(engine={"lanes": 32})
    assert all(layer.outputs < 32 for layer in config.design.layers)
    data = small_data(config)
    report, _ = lockstep(config, data.x_train[:16], data.y_train[:16])
    assert_equal(report, 16)


def test_layers_whose_size_is_not_a_multiple_of_lanes() -> None:
    config = small_config(engine={"lanes": 4}, network={"hidden": [7], "outputs": 5})
    assert all(layer.outputs % 4 for layer in config.design.layers)
    data = small_data(config)
    report, _ = lockstep(config, data.x_train[:16], data.y_train[:16])
    assert_equal(report, 16)


@pytest.mark.parametrize("kind", ["events", "raw"])
@pytest.mark.parametrize("simulator", ["icarus", "amaranth"])
def test_hostile_streams(kind: str, simulator: str) -> None:
    config = small_config(engine={"input": kind})
    data = small_data(config)
    reference = GoldenEngine(config, count_cycles=True)
    with simulated(config, simulator, hostile_seed=7) as candidate:
        report = compare(reference, candidate, data.x_train, data.y_train, every=10)
        assert_equal(report, len(data.x_train))
        got = candidate.infer(data.x_test, data.y_test)
        assert (got.classes == reference.infer(data.x_test, data.y_test).classes).all()
        assert candidate.read_register("starved") > 0


def test_inference_changes_no_state() -> None:
    config = small_config()
    data = small_data(config)
    reference = GoldenEngine(config, count_cycles=True)
    with simulated(config, "icarus") as candidate:
        before = candidate.read()
        got = candidate.infer(data.x_test, data.y_test)
        expected = reference.infer(data.x_test, data.y_test)
        after = candidate.read()
    assert (got.classes == expected.classes).all()
    assert (got.errors == expected.errors).all()
    assert (got.cycles == expected.cycles).all()
    assert after.counters == before.counters
    assert after.generator == before.generator
    for first, second in zip(before.plus + before.minus, after.plus + after.minus, strict=True):
        assert (first == second).all()


def test_registers_identify_the_engine() -> None:
    config = small_config()
    with simulated(config, "icarus") as candidate:
        high, low = digest_words(engine_digest(config))
        assert candidate.read_register("identity") == IDENTITY
        assert candidate.read_register("version") == version_word()
        assert candidate.read_register("digest_high") == high
        assert candidate.read_register("digest_low") == low
        assert candidate.read_register("gate") == 256
        assert candidate.read_register("mode") == 0
        assert candidate.read_register("dropped") == 0
        results = candidate.train(*(array[:5] for array in (
            small_data(config).x_train, small_data(config).y_train)))
        assert candidate.read_register("cycles") == results.cycles.sum()
        assert candidate.read_register("samples") == 5
