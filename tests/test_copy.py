"""Copy: the emitted register delays, and synthesis does not merge it with equal registers."""

import pytest
from amaranth.hdl import Module
from amaranth.lib.wiring import Component, In, Out
from testbenches import bench_test

from pulsetrain.emit import emit_verilog
from pulsetrain.fpga.families import FAMILIES, SIMULATED
from pulsetrain.fpga.synthesis import synthesise
from pulsetrain.hdl.library.copy import copied
from pulsetrain.sim.testbench.copy import copy_control

BITS = 3


class Twins(Component):
    """Two copies of one signal, each used once."""

    def __init__(self):
        super().__init__({"i": In(BITS), "sum": Out(BITS), "product": Out(BITS)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [self.sum.eq(copied(m, self.i, "first") + 1),
                     self.product.eq(copied(m, self.i, "second") * 3)]
        return m


test_copy = bench_test(copy_control, "lanes-4")


@pytest.mark.parametrize("family", SIMULATED)
def test_synthesis_keeps_both(family, tmp_path):
    verilog = tmp_path / "twins.v"
    verilog.write_text(emit_verilog(Twins(), "twins"))
    made = synthesise(verilog, "twins", FAMILIES[family], tmp_path / "netlist")
    assert made.resources["ff"] == 2 * BITS
