"""Library: circuits that every lane has are emitted once."""

import re
from collections import Counter

import numpy as np
import pytest
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.sim import Simulator
from small import small_config
from testbenches import configuration

from pulsetrain.emit import TOP, emit_verilog
from pulsetrain.golden.activation import activate
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.library.arithmetic import is_active
from pulsetrain.hdl.library.multiplier import product_in_luts


def test_circuits_of_every_lane_are_one_module():
    config = configuration("varied")
    lanes = config.engine.lanes
    verilog = emit_verilog(Engine(config), TOP)
    written = Counter(re.findall(rf"^module {TOP}_(\w+)_[0-9a-f]{{8}}\(", verilog, re.MULTILINE))
    used = Counter(re.findall(rf"^  {TOP}_(\w+)_[0-9a-f]{{8}} ", verilog, re.MULTILINE))
    assert set(written.values()) == {1}
    assert written.keys() == used.keys()
    # A refresh looks up conductances too; a lane has two devices, each with two draws.
    assert {name: used[name] for name in ("pairstep", "refresh", "devicedraw")} == {
        "pairstep": lanes, "refresh": lanes, "devicedraw": 4 * lanes}
    assert used["pairconductance"] == lanes + 1
    # Each is used in one module, which itself is used by every lane.
    assert [used[name] for name in used if name.startswith("table_")] == [1, 1, 1]


def values_of(shape):
    """All values of a shape."""
    low = -(1 << shape.width - 1) if shape.signed else 0
    return range(low, low + (1 << shape.width))


def check(found, inputs, expected):
    """`found`, an expression of the signals `inputs`, is `expected` of every value of theirs."""
    grids = np.meshgrid(*(values_of(signal.shape()) for signal in inputs))
    m, out = Module(), Signal(found.shape())
    m.d.comb += out.eq(found)

    async def compare(ctx):
        for values in zip(*(grid.ravel().tolist() for grid in grids), strict=True):
            for signal, value in zip(inputs, values, strict=True):
                ctx.set(signal, value)
            assert ctx.get(out) == expected(*values), values

    simulator = Simulator(m)
    simulator.add_testbench(compare)
    simulator.run()


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("operand", [unsigned(1), unsigned(4), signed(4)], ids=str)
def test_products_in_look_up_tables(operand, bits):
    operand, weight = Signal(operand), Signal(signed(bits))
    check(product_in_luts(operand, weight), [operand, weight], lambda one, other: one * other)


@pytest.mark.parametrize("shift", [0, 2, 5])
@pytest.mark.parametrize("activation", ["relu", "hard_sigmoid"])
def test_whether_a_unit_is_active(activation, shift):
    config = small_config(network={"hidden": [3], "activation": activation},
                          numbers={"activation_bits": 3, "forward_shift": shift},
                          update={"row_threshold": 0})
    [layer, _], z = config.design.layers, Signal(signed(9))
    check(is_active(z, shift, layer.offset), [z],
          lambda value: int(activate(np.array([value]), layer, config.numbers.full)[0] > 0))
