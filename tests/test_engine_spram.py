"""The engine on single-port memory: the same bits, with the cycles that the single port costs."""

from collections.abc import Iterator

import pytest
from engines import Engines, assert_equal, engines, lockstep
from faults import UNCHANGED, Fault, Planted, compare_engine, fault_config, planted
from netlists import constant
from small import EVERYTHING, small_config, small_data

import pulsetrain.sim.engine
from pulsetrain.emit import VERILOG, generate
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.cycles import update_cycles
from pulsetrain.memory_map import pack_rows
from pulsetrain.run import compare
from pulsetrain.run.divergence import STALLED
from pulsetrain.sim.verify import simulated
from pulsetrain.spec import Config

THREE_LAYERS = {"network": {"inputs": 6, "hidden": [5, 4], "outputs": 3}}
CURVED = {"device": {"kind": "exponential", "potentiation": {"u": 3.0}}}


def spram_config(lanes: int = 2, **sections: dict) -> Config:
    engine = {"lanes": lanes, "memory": "spram", **sections.pop("engine", {})}
    return small_config(engine=engine, **sections)


CONFIGS = {name: spram_config(lanes, **sections) for name, (lanes, sections) in {
    "one lane": (1, THREE_LAYERS),
    "no hidden layer": (2, {"network": {"inputs": 6, "hidden": [], "outputs": 3}}),
    "noise": (4, {**THREE_LAYERS, "device": {"cycle_noise": 60}}),
    "curve": (8, {**THREE_LAYERS, **CURVED}),
    "bidirectional": (16, {**THREE_LAYERS, "update": {"method": "bidirectional"}}),
    "swaps, raw": (2, {**THREE_LAYERS, "update": {"refresh_swaps": True},
                       "engine": {"input": "raw"}}),
    "everything": (1, {**THREE_LAYERS, **EVERYTHING}),
}.items()}
TWO_LANES, FOUR_LANES = spram_config(**THREE_LAYERS), spram_config(4, **THREE_LAYERS)


@pytest.fixture(scope="module")
def icarus() -> Iterator[Engines]:
    """All the engines in one simulation."""
    with engines(*CONFIGS.values(), TWO_LANES, FOUR_LANES) as made:
        yield made


@pytest.mark.parametrize("name", CONFIGS)
def test_engine_equals_golden(icarus: Engines, name: str) -> None:
    config = CONFIGS[name]
    data = small_data(config)
    report, reference = icarus.lockstep(config, data.x_train, data.y_train)
    assert_equal(report, len(data.x_train))
    assert reference.read().counters["pulses"] > 0


@pytest.mark.parametrize("simulator", ["verilator", "native"])
def test_every_verilog_simulator_finds_the_model(simulator: str) -> None:
    config = spram_config()
    data = small_data(config)
    report, _ = lockstep(config, data.x_train, data.y_train, simulator=simulator)
    assert_equal(report, len(data.x_train))


def test_hostile_streams_and_rows_read_between_samples(icarus: Engines) -> None:
    data = small_data(TWO_LANES)
    report = compare(GoldenEngine(TWO_LANES, count_cycles=True),
                     icarus.engine(TWO_LANES, hostile_seed=7), data.x_train, data.y_train, every=1)
    assert_equal(report, len(data.x_train))


def test_states_of_lanes_past_the_last_unit_do_not_matter(icarus: Engines, monkeypatch) -> None:
    config = FOUR_LANES
    pair = (1 << config.design.pair_bits) - 1
    unused = {row: layer.outputs % 4 for layer in config.design.layers if layer.outputs % 4
              for row in range(layer.base + (layer.groups - 1) * layer.rows,
                               layer.base + layer.groups * layer.rows)}

    def pack_with_noise(config, state):
        rows = pack_rows(config, state)
        for row, used in unused.items():
            rows[row] |= sum(pair << lane * config.design.pair_bits for lane in range(used, 4))
        return rows

    monkeypatch.setattr(pulsetrain.sim.engine, "pack_rows", pack_with_noise)
    data = small_data(config)
    report, _ = icarus.lockstep(config, data.x_train, data.y_train)
    assert_equal(report, len(data.x_train))


def test_a_row_costs_two_cycles_less_the_last_turn() -> None:
    block, spram = small_config(), spram_config()
    turn = spram.design.stages.write_back
    assert update_cycles(block, 10 * turn) == 10 * turn
    assert [update_cycles(spram, rows) for rows in (1, turn, turn + 1, 10 * turn)] == [
        1, turn, 2 * turn + 1, 19 * turn]


def test_amaranth_s_simulator_is_refused() -> None:
    with pytest.raises(ValueError, match='must be "block" for amaranth, not "spram"'):
        with simulated(spram_config(), "amaranth"):
            pass


FAULTS = (
    Fault(name="writes in the turn of reads", module="sequencer",
          edit=lambda block: block.load("reads", lambda _: ["1"]),
          phase="result", layer=3, what=STALLED),
    Fault(name="a turn too short", module="sequencer",
          edit=lambda block: block.load("left", lambda bits: block.choose(
              block.apply("$reduce_or", bits, width=1), bits, constant(1, len(bits)))),
          phase="result", layer=3, what=STALLED),
)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """What makes an engine with a fault."""
    folder, config = tmp_path_factory.mktemp("engine"), fault_config("spram")
    generate(config, folder)
    with planted(config, (folder / VERILOG).read_text(), [UNCHANGED, *FAULTS]) as made:
        yield made


def test_no_fault_no_divergence(faulty: Planted) -> None:
    assert compare_engine(faulty(UNCHANGED)).equal


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_caught(faulty: Planted, fault: Fault) -> None:
    found = compare_engine(faulty(fault)).first_divergence
    assert (found.phase, found.layer, found.what) == (fault.phase, fault.layer, fault.what)
