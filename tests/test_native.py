"""The engine compiled into this process. Several tests share one build, because g++ is slow."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engines import assert_equal
from faults import (
    OFF_BY_ONE_EVENT,
    SAMPLES,
    SATURATION_LIMIT,
    Fault,
    compare_verilog,
    fault_config,
    fault_data,
    plant,
)
from netlists import constant
from small import EVERYTHING, small_config, small_data

from pulsetrain.emit import VERILOG, generate
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.run import BackendStalledError, compare
from pulsetrain.run.divergence import STALLED
from pulsetrain.sim import native_engine as native
from pulsetrain.sim import runner
from pulsetrain.sim.native_engine import NativeEngine
from pulsetrain.sim.verify import simulated


@pytest.fixture(scope="module")
def engine() -> Iterator[NativeEngine]:
    """Every option of the rule, raw input of 6 bits, rows of 4 lanes."""
    update = {**EVERYTHING["update"], "row_threshold": 20}
    variation = {**EVERYTHING["variation"], "classes": 2}
    config = small_config(**{**EVERYTHING, "update": update, "variation": variation},
                          numbers={"activation_bits": 6}, engine={"lanes": 4, "input": "raw"})
    with simulated(config, "native") as made:
        yield made


@pytest.fixture
def reference(engine: NativeEngine) -> GoldenEngine:
    made = GoldenEngine(engine.config, count_cycles=True)
    engine.load(made.read())
    engine.observe, engine.gate = False, made.gate
    return made


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("engine")
    generate(fault_config(), folder)
    return (folder / VERILOG).read_text()


def test_equals_golden_with_every_option(engine, reference):
    data = small_data(engine.config, train=200)
    x = data.x_train.copy()
    x[3] = 0
    report = compare(reference, engine, x, data.y_train, every=7,
                     gates=np.where(np.arange(200) < 100, 256, 70))
    assert_equal(report, 200)
    assert reference.read().counters["refreshes"] > 0


def test_inference_returns_the_classes_and_changes_nothing(engine, reference):
    data = small_data(engine.config, test=50)
    before = engine.read()
    got, expected = (one.infer(data.x_test, data.y_test) for one in (engine, reference))
    assert got.classes.tolist() == expected.classes.tolist()
    assert got.errors.tolist() == expected.errors.tolist()
    assert got.cycles.tolist() == expected.cycles.tolist()
    after = engine.read()
    assert after.counters == before.counters
    assert after.generator == before.generator
    assert all((a == b).all() for a, b in zip(after.plus, before.plus, strict=True))


def test_many_samples_are_sent_in_several_calls(engine, reference, monkeypatch):
    data = small_data(engine.config, train=40)
    expected = reference.train(data.x_train, data.y_train)
    monkeypatch.setattr(native, "_BATCH", 7)
    got = engine.train(data.x_train, data.y_train)
    assert got.cycles.tolist() == expected.cycles.tolist()
    assert engine.read().generator == reference.read().generator


def test_shows_what_the_last_sample_computed(engine, reference):
    data = small_data(engine.config, train=5)
    for one in (engine, reference):
        one.observe = True
    for place in range(5):
        sample = data.x_train[place:place + 1], data.y_train[place:place + 1]
        for one in (engine, reference):
            one.train(*sample)
        assert engine.observed == reference.observed
        assert engine.observed
    engine.observe = False
    engine.train(*sample)
    assert engine.observed == {}


def test_registers_are_read_and_written(engine, reference):
    engine.write_register("generator", 0x89ABCDEF)
    engine.write_register("samples", 2**32 - 1)
    assert engine.registers()["generator"] == 0x89ABCDEF
    assert engine.read_register("samples") == 2**32 - 1
    engine.reset()
    assert engine.read_register("generator") == engine.config.seed


def test_a_label_that_does_not_fit_is_refused(engine, reference):
    data = small_data(engine.config)
    with pytest.raises(ValueError, match="label must fit 2 bits, not 4"):
        engine.infer(data.x_test[:1], np.array([4]))


@pytest.mark.usefixtures("soon_compiled")
def test_no_fault_no_divergence(emitted, tmp_path):
    (tmp_path / VERILOG).write_text(emitted)
    assert_equal(compare_verilog(tmp_path / VERILOG, "native"), SAMPLES)


@pytest.mark.usefixtures("soon_compiled")
@pytest.mark.parametrize("fault", [
    SATURATION_LIMIT,
    OFF_BY_ONE_EVENT,
    Fault(name="levels that never settle", module="registers",
          edit=lambda block: block.drive("write_generator", lambda bits: block.apply(
              "$and", bits, block.apply("$not", block.net("write_generator")))),
          phase="result", layer=3, what=STALLED),
], ids=lambda fault: fault.name)
def test_fault_is_caught(fault, emitted, tmp_path):
    (tmp_path / VERILOG).write_text(plant(emitted, fault))
    found = compare_verilog(tmp_path / VERILOG, "native").first_divergence
    assert (found.phase, found.layer, found.what) == (fault.phase, fault.layer, fault.what)
    assert found.expected != found.got


@pytest.mark.usefixtures("soon_compiled")
def test_a_stall_names_its_sample_and_a_closed_engine_is_refused(emitted, tmp_path):
    fault = Fault(name="label without a result", module="output",
                  edit=lambda block: block.load("done", lambda bits: block.apply(
                      "$and", bits, block.apply("$ne", block.net("label"), constant(2, 2),
                                                width=1))), phase="result", layer=3, what=STALLED)
    (tmp_path / VERILOG).write_text(plant(emitted, fault))
    config = fault_config()
    x, labels = fault_data(config).x_train[:5], np.array([0, 1, 0, 2, 0])
    with NativeEngine(config, tmp_path / VERILOG) as made:
        with pytest.raises(BackendStalledError,
                           match=r"no result for sample 3 in \d+ cycles") as info:
            made.train(x, labels)
        assert info.value.sample == 3
        made.load(initial_state(config))
        assert len(made.train(x[:3], labels[:3]).classes) == 3
    made.close()
    with pytest.raises(ValueError, match="the engine is closed"):
        made.read()


def test_broken_verilog_raises(tmp_path):
    path = tmp_path / VERILOG
    path.write_text("module pulsetrain(input a, output b);\n  assign b = no_such\nendmodule\n")
    with pytest.raises(runner.SimulationFailedError, match="verilator cannot build") as info:
        NativeEngine(small_config(), path)
    assert "syntax error" in info.value.tail


def test_verilog_of_another_configuration_is_refused(emitted, tmp_path):
    (tmp_path / VERILOG).write_text(emitted)
    other = small_config(engine={"lanes": 32})
    with pytest.raises(runner.SimulationFailedError,
                       match="must be those of the configuration 'small'"):
        NativeEngine(other, tmp_path / VERILOG)


def test_missing_compiler_raises(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / VERILOG).write_text("module pulsetrain; endmodule\n")
    with pytest.raises(runner.SimulatorMissingError, match=r"verilator needs g\+\+, make, perl: "):
        NativeEngine(small_config(), tmp_path / VERILOG)


def test_native_is_never_hostile():
    with pytest.raises(ValueError, match="hostile_seed must be None for native, not 1"):
        with simulated(small_config(), "native", Path("none.v"), hostile_seed=1):
            pass
