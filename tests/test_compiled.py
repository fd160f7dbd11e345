"""The compiled engine against the golden one, bit by bit."""

import pytest
from hypothesis import given, settings
from small import configurations, small_config, small_data

from rtl_gen.compiled.engine import CompiledEngine
from rtl_gen.golden import GoldenEngine
from rtl_gen.run.divergence import state_differences


def assert_same_state(config, expected, got):
    assert not list(state_differences(0, expected, got))
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
    samples = small_data(config, train=30)
    golden, twin = GoldenEngine(config), CompiledEngine(config)
    assert_same_state(config, golden.read(), twin.read())
    for epoch, start in enumerate(range(0, 30, 10)):
        golden.gate = twin.gate = config.update.gate(epoch)
        part = samples.x_train[start:start + 10], samples.y_train[start:start + 10]
        assert_same_results(golden.train(*part), twin.train(*part))
        assert golden.observed == twin.observed
        assert_same_state(config, golden.read(), twin.read())
    test = samples.x_test, samples.y_test
    assert_same_results(golden.infer(*test), twin.infer(*test))
    assert_same_state(config, golden.read(), twin.read())
