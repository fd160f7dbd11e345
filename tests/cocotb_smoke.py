"""cocotb tests of the accumulator of test_runner.py; one of them must fail."""

import os
import sys

import cocotb
from _pytest.assertion.rewrite import AssertionRewritingHook
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

import pulsetrain.sim.pins


async def accumulate(dut, values):
    """Reset, send one of `values` per cycle, and return the total."""
    Clock(dut.clk, 10, unit="ns").start()
    dut.rst.value = 1
    dut.value.value = 0
    for _ in range(3):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    for value in values:
        dut.value.value = value
        await RisingEdge(dut.clk)
    dut.value.value = 0
    await RisingEdge(dut.clk)
    return dut.total.value.to_signed()


@cocotb.test
async def adds(dut):
    assert await accumulate(dut, [100, 27, 3]) == 130


@cocotb.test
async def wraps(dut):
    assert await accumulate(dut, [127] * 17 + [3] * 3) == 17 * 127 + 9 - 4096


@cocotb.test
async def only_the_bench_s_assertions_are_rewritten(dut):
    assert isinstance(sys.modules[__name__].__loader__, AssertionRewritingHook)
    assert not isinstance(pulsetrain.sim.pins.__loader__, AssertionRewritingHook)


@cocotb.test(skip=os.environ.get("SMOKE_FAILS") != "1")
async def fails(dut):
    assert await accumulate(dut, [1, 2, 3]) == 7
