"""The engine on Verilator, whose builds take long: it runs in parallel with `test_engine.py`. One
is driven by cocotb; the others are compiled into a program, which takes half as long to build."""

import numpy as np
import pytest
from engines import assert_equal, lockstep
from small import small_config, small_data

from pulsetrain.data import load_data
from pulsetrain.sim.verify import verify
from pulsetrain.spec import load_config


def test_digits() -> None:
    report = verify(load_config("digits"), load_data("digits"), samples=200, every=10,
                    simulator="verilator")
    assert_equal(report, 200)


@pytest.mark.usefixtures("soon_compiled")
def test_three_layers_with_refreshes() -> None:
    config = small_config(network={"inputs": 6, "hidden": [5, 4], "outputs": 3},
                          engine={"lanes": 4})
    data = small_data(config)
    report, reference = lockstep(config, data.x_train, data.y_train, simulator="native")
    assert_equal(report, len(data.x_train))
    assert reference.read().counters["refreshes"] > 0


@pytest.mark.usefixtures("soon_compiled")
def test_mnist_small() -> None:
    config = load_config("mnist-small")
    random = np.random.default_rng(11)
    x = (random.integers(0, 256, (12, 784)) * (random.random((12, 784)) < 0.2)).astype(np.uint8)
    report, _ = lockstep(config, x, random.integers(0, 10, 12), simulator="native")
    assert_equal(report, 12)
