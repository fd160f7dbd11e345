"""The engine as a whole: emitted Verilog in a simulator against the golden engine."""

from collections.abc import Iterator

import numpy as np
import pytest
from engines import Engines, assert_equal, engines, lockstep
from small import METHODS, small_config, small_data

from pulsetrain.data import load_data
from pulsetrain.device import engine_digest
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.registers import IDENTITY, digest_words, version_word
from pulsetrain.run import compare
from pulsetrain.sim.verify import simulated, verify
from pulsetrain.spec import Config, load_config
from pulsetrain.spec.memories import bank_grid

THREE_LAYERS = {"network": {"inputs": 6, "hidden": [5, 4], "outputs": 3}}

SMALL = small_config()
RAW = small_config(engine={"input": "raw"})
METHODS_AND_LANES = {
    (method, lanes): small_config(update={"method": method}, engine={"lanes": lanes},
                                  **THREE_LAYERS)
    for method, lanes in (*(("unidirectional", lanes) for lanes in (1, 4, 16)),
                          ("bidirectional", 1), ("bidirectional", 4), ("single", 16))}
HIDDEN_LAYERS = [small_config(network={"inputs": 6, "hidden": hidden, "outputs": 3})
                 for hidden in ([], [5], [5, 4])]
SATURATED = small_config(network={"inputs": 6, "hidden": [], "outputs": 3},
                         numbers={"forward_shift": 0})
TWO_LANES = small_config(**THREE_LAYERS)
BY_METHOD = {method: small_config(update={"method": method}) for method in METHODS}
SEVERAL_BANKS = small_config(network={"inputs": 400, "hidden": [6], "outputs": 3},
                             engine={"lanes": 1, "bank_rows": 2048})
ONE_ROW = small_config(network={"inputs": 1024, "hidden": [], "outputs": 2})
MORE_LANES = small_config(engine={"lanes": 17})  # two slices of a row
NO_MULTIPLE = small_config(engine={"lanes": 4}, network={"hidden": [7], "outputs": 5})


@pytest.fixture(scope="module")
def icarus() -> Iterator[Engines]:
    """All the engines in one simulation."""
    with engines(SMALL, RAW, *METHODS_AND_LANES.values(), *HIDDEN_LAYERS, SATURATED, TWO_LANES,
                 *BY_METHOD.values(), SEVERAL_BANKS, ONE_ROW, MORE_LANES, NO_MULTIPLE) as made:
        yield made


@pytest.mark.parametrize(("method", "lanes"), METHODS_AND_LANES)
def test_methods_and_lanes(icarus: Engines, method: str, lanes: int) -> None:
    config = METHODS_AND_LANES[method, lanes]
    data = small_data(config)
    report, reference = icarus.lockstep(config, data.x_train, data.y_train)
    assert_equal(report, len(data.x_train))
    assert reference.read().counters["pulses"] > 0
    if method == "unidirectional":
        assert reference.read().counters["refreshes"] > 0


def test_digits() -> None:
    report = verify(load_config("digits"), load_data("digits"), samples=24, every=24,
                    simulator="icarus")
    assert_equal(report, 24)


@pytest.mark.parametrize("config", HIDDEN_LAYERS, ids=lambda config: str(config.network.hidden))
def test_hidden_layers(icarus: Engines, config: Config) -> None:
    data = small_data(config)
    report, _ = icarus.lockstep(config, data.x_train[:12], data.y_train[:12])
    assert_equal(report, 12)


@pytest.mark.parametrize("config", HIDDEN_LAYERS, ids=lambda config: str(config.network.hidden))
def test_hidden_layers_in_amaranth(config: Config) -> None:
    data = small_data(config)
    report, _ = lockstep(config, data.x_train[:12], data.y_train[:12], simulator="amaranth")
    assert_equal(report, 12)


def test_saturated_label_pulses_nothing(icarus: Engines) -> None:
    state = initial_state(SATURATED)
    state.plus[0][:], state.minus[0][:] = 0, 0
    state.plus[0][-1] = [15, 0, 0]
    state.minus[0][-1] = [0, 15, 15]
    x = np.full((3, 6), 40, np.uint8)
    report, reference = icarus.lockstep(SATURATED, x, np.zeros(3, np.int64), state=state)
    assert_equal(report, 3)
    after = reference.read()
    assert after.counters == {"samples": 3, "errors": 0, "pulses": 0, "refreshes": 0}
    assert report.cycles_ideal == 3 * 7 * 2  # forward only: 6 events and the bias, 2 groups
    assert (after.plus[0] == state.plus[0]).all()


@pytest.mark.parametrize("value", [0, 255])
def test_equal_inputs(icarus: Engines, value: int) -> None:
    x = np.full((6, 6), value, np.uint8)
    report, reference = icarus.lockstep(TWO_LANES, x, np.array([0, 1, 2, 2, 1, 0]))
    assert_equal(report, 6)
    assert np.count_nonzero(reference.trace.x[0]) == (6 if value else 0)


@pytest.mark.parametrize("method", METHODS)
def test_states_at_both_ends(icarus: Engines, method: str) -> None:
    config = BY_METHOD[method]
    random = np.random.default_rng(3)
    state = initial_state(config)
    for array in (*state.plus, *state.minus):
        array[:] = random.choice([0, config.design.states - 1], array.shape)
    data = small_data(config)
    report, _ = icarus.lockstep(config, data.x_train, data.y_train, state=state)
    assert_equal(report, len(data.x_train))


def test_several_banks(icarus: Engines) -> None:
    assert bank_grid(SEVERAL_BANKS)[0] == [2048, 379]
    data = small_data(SEVERAL_BANKS)
    report, reference = icarus.lockstep(SEVERAL_BANKS, data.x_train[:2], data.y_train[:2], every=2)
    assert_equal(report, 2)
    assert reference.read().counters["pulses"] > 0


@pytest.mark.usefixtures("soon_compiled")
def test_a_bank_of_one_row(icarus: Engines) -> None:
    assert bank_grid(ONE_ROW)[0] == [1024, 1]
    x, labels = small_data(ONE_ROW).x_train[:2], small_data(ONE_ROW).y_train[:2]
    # Icarus refuses a port that an instance leaves open.
    for report, _ in (icarus.lockstep(ONE_ROW, x, labels, every=2),
                      lockstep(ONE_ROW, x, labels, every=2, simulator="native")):
        assert_equal(report, 2)


def test_more_lanes_than_units(icarus: Engines) -> None:
    assert all(layer.outputs < MORE_LANES.engine.lanes for layer in MORE_LANES.design.layers)
    data = small_data(MORE_LANES)
    report, _ = icarus.lockstep(MORE_LANES, data.x_train[:16], data.y_train[:16])
    assert_equal(report, 16)


def test_layers_whose_size_is_not_a_multiple_of_lanes(icarus: Engines) -> None:
    assert all(layer.outputs % 4 for layer in NO_MULTIPLE.design.layers)
    data = small_data(NO_MULTIPLE)
    report, _ = icarus.lockstep(NO_MULTIPLE, data.x_train[:16], data.y_train[:16])
    assert_equal(report, 16)


@pytest.mark.parametrize("config", [SMALL, RAW], ids=["events", "raw"])
@pytest.mark.parametrize("simulator", ["icarus", "amaranth"])
def test_hostile_streams(icarus: Engines, config: Config, simulator: str) -> None:
    data = small_data(config)
    reference = GoldenEngine(config, count_cycles=True)
    with (icarus.engine(config, hostile_seed=7) if simulator == "icarus"
          else simulated(config, simulator, hostile_seed=7)) as candidate:
        report = compare(reference, candidate, data.x_train, data.y_train, every=10)
        assert_equal(report, len(data.x_train))
        got = candidate.infer(data.x_test, data.y_test)
        assert (got.classes == reference.infer(data.x_test, data.y_test).classes).all()
        assert candidate.read_register("starved") > 0


def test_inference_changes_no_state(icarus: Engines) -> None:
    data = small_data(SMALL)
    reference, candidate = GoldenEngine(SMALL, count_cycles=True), icarus.engine(SMALL)
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


def test_registers_identify_the_engine(icarus: Engines) -> None:
    candidate = icarus.engine(SMALL)
    high, low = digest_words(engine_digest(SMALL))
    assert candidate.read_register("identity") == IDENTITY
    assert candidate.read_register("version") == version_word()
    assert candidate.read_register("digest_high") == high
    assert candidate.read_register("digest_low") == low
    assert candidate.read_register("gate") == 256
    assert candidate.read_register("mode") == 0
    assert candidate.read_register("dropped") == 0
    results = candidate.train(*(array[:5] for array in (
        small_data(SMALL).x_train, small_data(SMALL).y_train)))
    assert candidate.read_register("cycles") == results.cycles.sum()
    assert candidate.read_register("samples") == 5
