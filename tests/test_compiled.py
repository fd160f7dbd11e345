"""The compiled engine: its bits are the golden engine's, which replaces it where needed.

`test_plain.py` compares whole trajectories over random configurations.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from numba.core.caching import CompileResultCacheImpl
from small import EVERYTHING, configurations, small_config, small_data

from pulsetrain.compiled import jit, kernels, make_engine
from pulsetrain.compiled.engine import CompiledEngine
from pulsetrain.compiled.jit import kernel
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.run import compare, run_training
from pulsetrain.run.divergence import state_differences


def assert_same_state(expected, got):
    assert not list(state_differences(0, expected, got))
    assert expected.device_pulses == got.device_pulses
    assert len(expected.polarity) == len(got.polarity)
    for name in ("plus", "minus", "polarity"):
        for ours, theirs in zip(getattr(expected, name), getattr(got, name), strict=True):
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)


def assert_same_results(expected, got):
    for name in ("classes", "errors", "cycles", "ideal"):
        ours, theirs = getattr(expected, name), getattr(got, name)
        assert ours.dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist()


@given(config=configurations())
@settings(max_examples=60, derandomize=True, deadline=None)
def test_any_configuration(config):
    data = small_data(config, train=16)
    golden, twin = GoldenEngine(config), CompiledEngine(config)
    assert_same_state(golden.read(), twin.read())
    assert golden.observed == twin.observed == {}
    for end in (7, 16):
        part = data.x_train[end - 7:end], data.y_train[end - 7:end]
        assert_same_results(golden.train(*part), twin.train(*part))
        assert golden.observed == twin.observed
    test = data.x_test, data.y_test
    assert_same_results(golden.infer(*test), twin.infer(*test))
    assert golden.observed == twin.observed
    assert_same_state(golden.read(), twin.read())


@pytest.mark.parametrize(("inputs", "bits"), [(2055, 32), (4096, 33)])
def test_sums_at_and_beyond_32_bits(inputs, bits):
    config = small_config(network={"inputs": inputs, "hidden": [2]},
                          numbers={"forward_shift": [25, 16], "backward_shift": 4},
                          device={"levels": 4096})
    assert config.design.accumulator_bits == bits
    state = initial_state(config)
    state.plus[0][:], state.minus[0][:] = [4095, 0], [0, 4095]
    x = np.full((3, inputs), 255, np.uint8)
    labels = np.array([0, 1, 2])
    golden, twin = GoldenEngine(config), CompiledEngine(config)
    for engine in (golden, twin):
        engine.load(state)
    assert_same_results(golden.train(x, labels), twin.train(x, labels))
    assert golden.observed == twin.observed
    largest = golden.observed["forward", 1, 0]
    assert largest.bit_length() == bits - 1
    assert_same_results(golden.infer(x, labels), twin.infer(x, labels))
    assert_same_state(golden.read(), twin.read())
    assert golden.read().counters["pulses"] > inputs


def test_error_sums_beyond_32_bits():
    config = small_config(network={"inputs": 2, "hidden": [1, 600], "outputs": 2},
                          numbers={"forward_shift": [0, 12, 12], "backward_shift": [0, 16],
                                   "error_bits": 16, "activation_bits": 8},
                          device={"levels": 4096})
    assert config.design.accumulator_bits <= 32 < config.design.backward_bits
    state = initial_state(config)
    for layer in range(3):
        state.plus[layer][:], state.minus[layer][:] = 4095, 0
    state.plus[0][:] = 0
    state.plus[0][0] = 1
    state.minus[2][:, 1], state.plus[2][:, 1] = 4095, 0
    state.plus[1][-1], state.minus[1][-1] = 0, 0
    golden, twin = GoldenEngine(config), CompiledEngine(config)
    for engine in (golden, twin):
        engine.load(state)
    data = np.array([[128, 0]], np.uint8), np.array([1])
    assert_same_results(golden.train(*data), twin.train(*data))
    assert golden.observed == twin.observed
    assert golden.trace.delta[1].any()
    assert_same_state(golden.read(), twin.read())


def test_a_pair_is_refreshed_because_its_other_device_is_full():
    """Pulses move minus devices from 0 to 1, beside plus devices that are full."""
    config = small_config(network={"hidden": []})
    state = initial_state(config)
    state.plus[0][:], state.minus[0][:] = config.design.states - 1, 0
    golden, twin = GoldenEngine(config), CompiledEngine(config)
    x, labels = np.full((1, 6), 255, np.uint8), np.array([0])
    for engine in (golden, twin):
        engine.load(state)
        engine.train(x, labels)
    pulsed = golden.read().counters
    assert pulsed["refreshes"] == pulsed["pulses"] == 7 * 2
    assert_same_state(golden.read(), twin.read())


@pytest.mark.parametrize("method", ["unidirectional", "bidirectional", "single"])
def test_displaced_states_are_limited_at_both_ends(method):
    refresh = {"refresh_sigma": 0.5} if method == "unidirectional" else {}
    config = small_config(device={"cycle_sigma": 0.5}, update={"method": method, **refresh})
    last = config.design.states - 1
    state, data = initial_state(config), small_data(config)
    random = np.random.default_rng(1)
    for array in (*state.plus, *state.minus):
        array[:] = random.choice([1, last - 1], array.shape)
    golden, twin = GoldenEngine(config), CompiledEngine(config)
    for engine in (golden, twin):
        engine.load(state)
        engine.train(data.x_train, data.y_train)
    learned = np.concatenate([array.ravel() for array in (*golden.read().plus,
                                                          *golden.read().minus)])
    assert {0, last} <= set(learned.tolist())
    assert_same_state(golden.read(), twin.read())


def test_a_run_continues_in_the_other_engine():
    config = small_config(**EVERYTHING)
    data = small_data(config, train=60)
    whole, first, second = GoldenEngine(config), CompiledEngine(config), GoldenEngine(config)
    run_training(whole, data, epochs=3)
    part = run_training(first, data, epochs=3, samples=70)
    second.load(first.read())
    part = run_training(second, data, epochs=3, epoch=part.epoch, position=part.position,
                        samples=70)
    first.load(second.read())
    run_training(first, data, epochs=3, epoch=part.epoch, position=part.position)
    assert_same_state(whole.read(), first.read())
    assert min(whole.read().counters.values()) > 0
    counted = whole.read().device_pulses
    assert {name for name, count in counted.items() if not count} == {"ltd_pulses"}


@pytest.mark.parametrize(("array", "place", "bit"), [
    ("states", -4, 1), ("states", -3, 2), ("polarity", -2, 1), ("codes", -4, 16),
    ("codes", -3, 16)])
def test_a_planted_difference_is_detected(array, place, bit):
    config = small_config(**EVERYTHING)
    data = small_data(config)
    twin = CompiledEngine(config)
    twin.load = lambda state: None
    getattr(twin._memory, array)[place] ^= bit
    report = compare(GoldenEngine(config), twin, data.x_train, data.y_train, every=10)
    assert report.mismatches > 0
    assert report.first_divergence is not None


def test_counters_wrap_at_32_bits():
    config = small_config()
    twin = CompiledEngine(config)
    state = twin.read()
    state.counters = dict.fromkeys(state.counters, 2**32 - 1)
    state.device_pulses = dict.fromkeys(state.device_pulses, 2**40)
    twin.load(state)
    data = small_data(config)
    twin.train(data.x_train[:1], data.y_train[:1])
    assert twin.read().counters["samples"] == 0
    assert twin.device_pulses()["ltp_pulses"] > 2**40  # these do not wrap


def test_unknown_device_pulses_stay_unknown():
    config = small_config()
    twin, data = CompiledEngine(config), small_data(config)
    state = twin.read()
    state.device_pulses = None
    twin.load(state)
    twin.train(data.x_train, data.y_train)
    assert twin.read().device_pulses is twin.device_pulses() is None


def test_states_are_copied():
    twin = CompiledEngine(small_config(**EVERYTHING))
    state = twin.read()
    for array in (*state.plus, *state.minus, *state.polarity):
        array[:] = 1
    assert not all((array == 1).all() for array in twin.read().plus)


def test_unsuitable_values_are_refused():
    config = small_config()
    twin = CompiledEngine(config)
    x, labels = np.zeros((2, 6), np.uint8), np.zeros(2, np.int64)
    with pytest.raises(ValueError, match=r"x must be uint8 of shape \(n, 6\), not int64"):
        twin.train(x.astype(np.int64), labels)
    with pytest.raises(ValueError, match=r"of shape \(n, 6\), not uint8 of shape \(2, 5\)"):
        twin.infer(x[:, :5], labels)
    with pytest.raises(ValueError, match=r"labels must be int64 of shape \(2,\), not int64 of sh"):
        twin.train(x, labels[:1])
    with pytest.raises(ValueError, match=r"labels must be in 0\.\.2, not 3\.\.3"):
        twin.train(x, labels + 3)
    state = twin.read()
    state.minus[1][0, 0] = 16
    with pytest.raises(ValueError, match=r"minus must hold states in 0\.\.15, not 0\.\.16"):
        twin.load(state)


# Where it is not to be had ----------------------------------------------------------------------


def test_the_compiled_engine_is_made_if_numba_works():
    warnings = []
    assert isinstance(make_engine(small_config(), warn=warnings.append), CompiledEngine)
    assert warnings == []


def test_without_numba_the_golden_engine_is_used(monkeypatch):
    for name in ("engine", "kernels", "jit"):
        monkeypatch.delitem(sys.modules, f"pulsetrain.compiled.{name}")
    monkeypatch.setitem(sys.modules, "numba", None)
    warnings = []
    assert type(make_engine(small_config(), warn=warnings.append)) is GoldenEngine
    assert len(warnings) == 1
    assert "the compiled model cannot be used (import of numba halted" in warnings[0]


def test_if_compilation_fails_the_golden_engine_is_used(monkeypatch):
    def fail(*arguments):
        raise TypeError("no such type\nand a long story")

    monkeypatch.setattr(kernels, "run", fail)
    monkeypatch.setattr(jit, "njit", lambda **options: lambda function: fail)
    warnings = []
    assert type(make_engine(small_config(), warn=warnings.append)) is GoldenEngine
    assert len(warnings) == 1
    assert "cannot be used (no such type): the NumPy model takes its place" in warnings[0]


def test_if_numba_is_switched_off_the_golden_engine_is_used():
    code = ("from small import small_config; from pulsetrain.compiled import make_engine; "
            "print(type(make_engine(small_config(), warn=print)).__name__)")
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           cwd=Path(__file__).parent, check=False, env=os.environ | {
                               "NUMBA_DISABLE_JIT": "1"})
    assert ended.returncode == 0, ended.stderr
    warning, engine = ended.stdout.splitlines()
    assert warning.startswith("the compiled model cannot be used (numba's compiler is switched off")
    assert engine == "GoldenEngine"


@pytest.mark.parametrize("name", ["kernels.run", "engine.CompiledEngine.load"])
def test_a_defect_of_the_twin_is_not_taken_for_missing_numba(monkeypatch, name):
    def fail(*arguments):
        raise TypeError("a defect")

    monkeypatch.setattr(f"pulsetrain.compiled.{name}", fail)
    with pytest.raises(TypeError, match="a defect"):
        make_engine(small_config(), warn=pytest.fail)


def test_a_kernel_is_compiled_without_a_writable_cache(monkeypatch):
    monkeypatch.setattr(CompileResultCacheImpl, "_locator_classes", [])

    def more(value):
        return value + 1

    assert kernel(more)(2) == 3
