"""The ports of the engine where a surrounding design does not do as expected: results that are not
taken, rows, inputs and labels that do not exist, inputs sent twice."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engines import Engines, engines
from small import small_config, small_data

from pulsetrain.emit import VERILOG, generate
from pulsetrain.formats import engine as formats
from pulsetrain.formats.struct import Struct
from pulsetrain.golden import GoldenEngine
from pulsetrain.memory_map import pack_rows, to_slices
from pulsetrain.registers import (
    MODE_RUN,
    STATUS_BUSY,
    STATUS_RESULT,
    STATUS_SAMPLE_READY,
)
from pulsetrain.run.divergence import state_differences
from pulsetrain.sim.engine import SimulatedEngine, Simulation
from pulsetrain.sim.words import longest_wait, reads
from pulsetrain.spec import Config

EVENTS = small_config(engine={"lanes": 1}, seed=77)
"""6 inputs, 3 outputs and 53 rows: their fields can also hold larger values."""

RAW = small_config(engine={"input": "raw"})
SLICES = small_config(engine={"lanes": 35}, network={"outputs": 34})
"""Three slices in a row."""


@pytest.fixture(scope="module")
def icarus() -> Iterator[Engines]:
    with engines(EVENTS, RAW, SLICES) as made:
        yield made


def sample(config: Config, *transfers: dict[str, int]) -> list[int]:
    """The words of a sample's transfers; the last one is marked."""
    form: Struct = formats.sample_transfer(config)
    blank = dict.fromkeys(("index", "value", "last", "label", "train"), 0)
    marked = [*transfers[:-1], {**transfers[-1], "last": 1}]
    return [form.pack({**blank, **transfer}) for transfer in marked]


def send(words: list[int]) -> list[tuple[dict[str, int], str | int]]:
    """The steps that send transfers."""
    return [*(({"i_sample__valid": 1, "i_sample__payload": word}, "i_sample__ready")
              for word in words), ({"i_sample__valid": 0}, 1)]


def learn(engine: SimulatedEngine, words: list[int]) -> dict[str, int]:
    """The result of one sample."""
    engine.write_register("mode", MODE_RUN)
    engine.play([({"o_result__ready": 0}, 1), *send(words)])
    shown = engine.play([({}, "o_result__valid")], ["o_result__payload"])
    engine.play([({"o_result__ready": 1}, 1)])
    engine.write_register("mode", 0)
    return formats.result(engine.config).unpack(shown[-1]["o_result__payload"])


def ask(engine: SimulatedEngine, **request: int) -> int | None:
    """The slice that a request reads; None for a write."""
    form = formats.host_request(engine.config)
    word = form.pack({"slice": 0, "pairs": 0, **request})
    engine.play([({"i_host__valid": 1, "i_host__payload": word}, "i_host__ready"),
                 ({"i_host__valid": 0, "o_host__ready": 0}, 1)])
    if request["write"]:
        return None
    shown = engine.play([({}, "o_host__valid")], ["o_host__payload"])
    engine.play([({"o_host__ready": 1}, 1)])
    return shown[-1]["o_host__payload"]


def assert_equal(reference: GoldenEngine, engine: SimulatedEngine) -> None:
    assert not list(state_differences(0, reference.read(), engine.read()))


# Power-up and reset -----------------------------------------------------------------------------


def test_only_power_up_clears_synapses(tmp_path: Path) -> None:
    manifest = generate(EVENTS, tmp_path)
    with Simulation(tmp_path / VERILOG, "icarus") as simulation:
        simulation.ask("engine", simulation.top, longest_wait(EVENTS), {}, None)
        packed, registers = simulation.ask("read", reads(EVENTS), [
            entry["name"] for entry in manifest["registers"]])
        assert set(packed) == {0}
        assert manifest["memory_map"]["after_power_up"] == "every state 0"
        assert registers == {entry["name"]: entry["reset"] for entry in manifest["registers"]}
        with SimulatedEngine(EVENTS, None, "icarus", simulation=simulation) as engine:
            data = small_data(EVENTS)
            engine.train(data.x_train, data.y_train)
            learned = engine.read()
            engine.reset()
            kept = engine.read()
            assert kept.counters["samples"] == 0
            learned.counters, learned.generator = kept.counters, kept.generator
            assert not list(state_differences(0, learned, kept))
    assert manifest["reset"]["description"].startswith(
        "registers, streams and the engine's control begin anew; synapses keep their states")


# Results that are not taken ---------------------------------------------------------------------


@pytest.mark.parametrize("config", [EVENTS, SLICES], ids=["events", "slices"])
def test_rows_are_accessible_while_results_wait(icarus: Engines, config: Config) -> None:
    """Two samples are finished, none of their results is taken, and a third one is buffered."""
    data, reference, engine = small_data(config), GoldenEngine(config), icarus.engine(config)
    engine.load(reference.read())
    engine.write_register("mode", MODE_RUN)
    engine.play([({"o_result__ready": 0}, 1)])
    for x, label in zip(data.x_train[:3], data.y_train[:3], strict=True):
        events = [{"index": index, "value": int(x[index]), "label": int(label), "train": 1}
                  for index in np.flatnonzero(x).tolist()]
        engine.play(send(sample(config, *events)))
    engine.play([({}, 2000)])
    assert engine.read_register("status") == STATUS_BUSY | STATUS_SAMPLE_READY | STATUS_RESULT
    assert engine.read_register("samples") == 1
    reference.train(data.x_train[:2], data.y_train[:2])
    rows = pack_rows(config, reference.read())
    for address in (0, 5, len(rows) - 1):
        for number, packed in enumerate(to_slices(config, rows[address])):
            assert ask(engine, write=0, address=address, slice=number) == packed
    ask(engine, write=1, address=1, pairs=to_slices(config, rows[4])[0])
    assert ask(engine, write=0, address=1) == to_slices(config, rows[4])[0]
    ask(engine, write=1, address=1, pairs=to_slices(config, rows[1])[0])
    reference.train(data.x_train[2:3], data.y_train[2:3])
    shown = engine.play([({"o_result__ready": 1}, 2000)], ["o_result__valid"])
    assert sum(entry["o_result__valid"] for entry in shown) == 3
    assert engine.read_register("status") == 0
    engine.write_register("mode", 0)
    assert_equal(reference, engine)


# Rows that do not exist -------------------------------------------------------------------------


@pytest.mark.parametrize("config", [EVENTS, SLICES], ids=["events", "slices"])
def test_a_request_for_no_row_is_refused_and_counted(icarus: Engines, config: Config) -> None:
    reference, engine, design = GoldenEngine(config), icarus.engine(config), config.design
    engine.load(reference.read())
    missing = [(address, 0) for address in range(design.rows, 1 << design.address_bits)]
    if config is SLICES:
        missing += [(0, 3)]
    ones = (1 << formats.row_slice(config).bits) - 1
    for address, number in missing:
        ask(engine, write=1, address=address, slice=number, pairs=ones)
        assert ask(engine, write=0, address=address, slice=number) == 0
    assert engine.read_register("refused") == 2 * len(missing) > 0
    assert_equal(reference, engine)


# Inputs and labels ------------------------------------------------------------------------------


def test_inputs_that_do_not_rise_are_refused_and_counted(icarus: Engines) -> None:
    reference, engine = GoldenEngine(EVENTS, count_cycles=True), icarus.engine(EVENTS)
    engine.load(reference.read())
    events = [(1, 200), (1, 90), (0, 250), (4, 70), (4, 0), (7, 255), (3, 8), (5, 9), (6, 1)]
    result = learn(engine, sample(EVENTS, *(
        {"index": index, "value": value, "label": 2, "train": 1} for index, value in events)))
    expected = reference.train(np.array([[0, 200, 0, 0, 70, 9]], np.uint8), np.array([2]))
    assert result["cycles"] == expected.cycles[0]
    assert engine.read_register("dropped") == 5
    assert_equal(reference, engine)
    learn(engine, sample(EVENTS, {"index": 0, "value": 9, "train": 1}))  # the next one begins anew
    reference.train(np.array([[9, 0, 0, 0, 0, 0]], np.uint8), np.array([0]))
    assert engine.read_register("dropped") == 5
    assert_equal(reference, engine)


@pytest.mark.parametrize("values", [[1, 2, 3], list(range(1, 10)), [0] * 7 + [5] * 17],
                         ids=["too few", "too many", "wraps around"])
def test_raw_values_past_the_last_input_are_refused_and_counted(
        icarus: Engines, values: list[int]) -> None:
    reference, engine = GoldenEngine(RAW), icarus.engine(RAW)
    engine.load(reference.read())
    learn(engine, sample(RAW, *({"value": value, "label": 1, "train": 1} for value in values)))
    x = np.zeros((1, 6), np.uint8)
    x[0, :len(values)] = values[:6]
    reference.train(x, np.array([1]))
    assert engine.read_register("dropped") == np.count_nonzero(values[6:])
    assert_equal(reference, engine)


@pytest.mark.parametrize("config", [EVENTS, RAW], ids=["events", "raw"])
def test_a_sample_of_no_label_is_not_learned(icarus: Engines, config: Config) -> None:
    reference, engine = GoldenEngine(config), icarus.engine(config)
    engine.load(reference.read())
    for train in (1, 0):
        result = learn(engine, sample(config, {"value": 200, "label": 3, "train": train}))
        assert (result["train"], result["error"]) == (0, 1)
        assert engine.read_register("refused") == 1  # a sample that is only classified is right
    assert_equal(reference, engine)
