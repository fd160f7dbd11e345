"""Batch top: an AXI top whose samples come in batches, as a DMA sends them."""

from amaranth.hdl import ClockDomain, Instance, Module, Signal
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import bus as bus_formats
from pulsetrain.spec import Config

from .axi import LITE_PORTS

COUNT_BITS = 16
"""Bits of the number of words of a sample."""


class BatchTop(Component):
    """The module `top`, an `AxiTop`, behind the streams of a DMA, which has no `tuser` and one
    `tlast` for a whole batch of samples.

    Each sample is a word with its `tuser`, a word with the number of its words that follow (1 or
    more), and these. The end of a packet means nothing. Words are taken as fast as the top takes
    them; the two words before them take a clock cycle each.

    Members: those of `AxiTop`, but
        s_axis_*: words of 4 bytes, all of which count.
        m_axis_*: with `tkeep`, which is all ones.
    """

    def __init__(self, config: Config, top: str) -> None:
        self._config, self._top = config, top
        super().__init__({
            "aclk": In(1), "aresetn": In(1),
            **{f"s_axi_{port}": member for port, member in LITE_PORTS.items()},
            "s_axis_tdata": In(8 * bus_formats.SAMPLE_BYTES), "s_axis_tlast": In(1),
            "s_axis_tvalid": In(1), "s_axis_tready": Out(1),
            "m_axis_tdata": Out(8 * bus_formats.RESULT_BYTES),
            "m_axis_tkeep": Out(bus_formats.RESULT_BYTES), "m_axis_tlast": Out(1),
            "m_axis_tvalid": Out(1), "m_axis_tready": In(1), "irq": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = domain = ClockDomain("sync")
        domain.clk = self.aclk
        m.d.comb += [domain.rst.eq(~self.aresetn), self.m_axis_tkeep.eq(~0)]

        user, left = Signal(bus_formats.sample_user(self._config).bits), Signal(COUNT_BITS)
        valid, last, ready = Signal(), Signal(), Signal()
        with m.FSM():
            with m.State("user"):
                m.d.comb += self.s_axis_tready.eq(1)
                with m.If(self.s_axis_tvalid):
                    m.d.sync += user.eq(self.s_axis_tdata)
                    m.next = "count"
            with m.State("count"):
                m.d.comb += self.s_axis_tready.eq(1)
                with m.If(self.s_axis_tvalid):
                    m.d.sync += left.eq(self.s_axis_tdata)
                    m.next = "words"
            with m.State("words"):
                m.d.comb += [valid.eq(self.s_axis_tvalid), self.s_axis_tready.eq(ready),
                             last.eq(left == 1)]
                with m.If(valid & ready):
                    m.d.sync += left.eq(left - 1)
                    with m.If(last):
                        m.next = "user"

        lite = {f"{'i' if member.flow == In else 'o'}_s_axi_{port}":
                getattr(self, f"s_axi_{port}") for port, member in LITE_PORTS.items()}
        m.submodules.top = Instance(
            self._top, i_aclk=self.aclk, i_aresetn=self.aresetn, **lite,
            i_s_axis_tdata=self.s_axis_tdata,
            i_s_axis_tkeep=(1 << bus_formats.SAMPLE_BYTES) - 1, i_s_axis_tuser=user,
            i_s_axis_tlast=last, i_s_axis_tvalid=valid, o_s_axis_tready=ready,
            o_m_axis_tdata=self.m_axis_tdata, o_m_axis_tlast=self.m_axis_tlast,
            o_m_axis_tvalid=self.m_axis_tvalid, i_m_axis_tready=self.m_axis_tready,
            o_irq=self.irq)
        return m
