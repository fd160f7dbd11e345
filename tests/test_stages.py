"""Stages: the hardware has the declared latencies, stage by stage."""

from dataclasses import fields, replace

import pytest
from small import EVERYTHING, small_config, small_data

from pulsetrain.golden import GoldenEngine, State, initial_state
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.memory_map import from_slices, pack_rows
from pulsetrain.registers import RESET_CYCLES
from pulsetrain.sim import words
from pulsetrain.sim.amaranth_pins import AmaranthPins, simulate
from pulsetrain.sim.driver import EngineDriver, EngineStalledError
from pulsetrain.spec import Config
from pulsetrain.spec.stages import Stages

SAMPLES, FIRST = 8, 2
TABLES = {"draw", "conductance", "difference", "nearest"}
"""Stages of devices with every option only."""

FOLLOWED = {"adder_tree", "count", "sums"}
"""Stages for which the hardware has as many registers, or waits as long, as declared."""

BESIDE_SAMPLES = {"chosen_slice"}
"""Stages that no sample waits for: the host reads rows between samples, and takes each slice when
it is valid. The bench of the host port counts the cycles until then."""


def engine_config(**stages: int) -> Config:
    """A layer of two groups and a layer of one; `stages` are added to the declared ones.

    Devices are linear, because that engine is simulated faster, unless a stage needs those with
    every option.
    """
    sections = {"engine": {"lanes": 4}, "update": {"refresh_state": 2, "delta_threshold": 0}}
    if TABLES & stages.keys():
        sections |= {"device": {**EVERYTHING["device"], "conductance_bits": 5},
                     "variation": {**EVERYTHING["variation"], "classes": 2},
                     "update": {**EVERYTHING["update"], **sections["update"]}}
    config = small_config(**sections)
    declared = config.design.stages
    config.design.__dict__["stages"] = replace(declared, **{
        name: getattr(declared, name) + more for name, more in stages.items()})
    return config


def learns_as_declared(config: Config) -> bool:
    """Whether the simulated hardware takes the cycles of the golden model for every sample, and
    then has its rows of synapse memory.

    It stops after the first samples if their cycles differ.
    """
    data, golden = small_data(config, train=SAMPLES), GoldenEngine(config, count_cycles=True)
    expected = golden.train(data.x_train, data.y_train).cycles.tolist()
    state: State = golden.read()
    assert state.counters["refreshes"] > 0
    equal: list[bool] = []

    async def train(pins: AmaranthPins) -> None:
        driver = EngineDriver(pins, words.longest_wait(config), {})
        await driver.reset()
        await driver.write_rows(words.writes(config, pack_rows(config, initial_state(config))))
        await driver.write_register("gate", 256)
        for part in (slice(0, FIRST), slice(FIRST, SAMPLES)):
            sent = words.transfers(config, data.x_train[part], data.y_train[part], train=True)
            results = words.results(config, await driver.run(sent, len(data.x_train[part])))
            equal.append(results.cycles.tolist() == expected[part])
            if not equal[-1]:
                return
        packed = await driver.read_rows(words.reads(config))
        equal.append(from_slices(config, packed) == pack_rows(config, state))

    simulate(Engine(config), train)
    return all(equal)


@pytest.mark.parametrize("stages", [{}, {"draw": 0}], ids=["linear", "every option"])
def test_hardware_has_the_declared_stages(stages):
    config = engine_config(**stages)
    assert learns_as_declared(config)


@pytest.mark.parametrize("name", [field.name for field in fields(Stages)])
def test_one_stage_too_many_is_detected(name):
    config = engine_config(**{name: 1})
    try:
        equal = learns_as_declared(config)
    except EngineStalledError:
        equal = False
    assert equal == (name in FOLLOWED | BESIDE_SAMPLES)


@pytest.mark.parametrize("lanes", [1, 64, 256])
def test_a_reset_is_longer_than_anything_is_under_way(lanes):
    """Without a reset of their own are pulses and the count of their refreshes."""
    stages = small_config(**{**EVERYTHING, "engine": {"lanes": lanes}}).design.stages
    assert stages.pulse + stages.count <= RESET_CYCLES
