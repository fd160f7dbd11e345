"""AXI top: the engine behind AXI4-Lite and AXI4-Stream."""

from amaranth.hdl import Cat, ClockDomain, Module, Mux, Signal
from amaranth.lib.wiring import Component, In, Out, connect

from pulsetrain.formats import bus as bus_formats
from pulsetrain.spec import Config

from .axi import LITE_PORTS, AxiLite
from .core import add_core


class AxiTop(Component):
    """The engine, the module `name`, behind AXI4-Lite (registers, rows) and AXI4-Stream (samples,
    results).

    Every port is synchronous to `aclk`; `aresetn` can be as short as one clock cycle. No output
    depends on an input of the same cycle. If it `crosses`, the engine has a clock of its own.

    Members:
        aclk, aresetn: In(1), the clock; the reset, active when low.
        engine_clk: In(1), the engine's clock, if it crosses.
        s_axi_*: `axi.LITE_PORTS`.
        s_axis_*: samples. `tdata` is a `formats.bus.sample_word`, `tuser` a
            `formats.bus.sample_user`.
        m_axis_*: results. `tdata` is a `formats.bus.result_words`; `tlast` ends a packet of
            `results_per_packet`.
        irq: Out(1), something is pending and enabled.
    """

    bus = "axi"

    def __init__(self, config: Config, name: str, *, crosses: bool = False) -> None:
        self._config, self._name, self._crosses = config, name, crosses
        super().__init__({
            "aclk": In(1), "aresetn": In(1), **({"engine_clk": In(1)} if crosses else {}),
            **{f"s_axi_{port}": member for port, member in LITE_PORTS.items()},
            "s_axis_tdata": In(8 * bus_formats.SAMPLE_BYTES),
            "s_axis_tkeep": In(bus_formats.SAMPLE_BYTES),
            "s_axis_tuser": In(bus_formats.sample_user(config).bits),
            "s_axis_tlast": In(1), "s_axis_tvalid": In(1), "s_axis_tready": Out(1),
            "m_axis_tdata": Out(8 * bus_formats.RESULT_BYTES), "m_axis_tlast": Out(1),
            "m_axis_tvalid": Out(1), "m_axis_tready": In(1), "irq": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = domain = ClockDomain("sync")
        domain.clk = self.aclk
        m.d.comb += domain.rst.eq(~self.aresetn)
        core = add_core(m, self._config, self._name, self.bus,
                        self.engine_clk if self._crosses else None)
        m.submodules.lite = lite = AxiLite()
        for port, member in LITE_PORTS.items():
            ours, theirs = getattr(self, f"s_axi_{port}"), getattr(lite, port)
            m.d.comb += theirs.eq(ours) if member.flow == In else ours.eq(theirs)
        connect(m, lite.o, core.access.i)
        connect(m, core.access.o, lite.i)

        samples, results = core.samples.w_stream, core.results.r_stream
        given, packet = Signal(16), core.access.results_per_packet
        waits, ends = Signal(), Signal()  # a result that waits keeps its `tlast`
        m.d.comb += [
            samples.payload.eq(Cat(self.s_axis_tdata, self.s_axis_tkeep, self.s_axis_tuser,
                                   self.s_axis_tlast)),
            samples.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(samples.ready),
            self.m_axis_tdata.eq(results.payload),
            self.m_axis_tlast.eq(Mux(waits, ends, given >= packet - 1)),
            self.m_axis_tvalid.eq(results.valid),
            results.ready.eq(self.m_axis_tready),
            self.irq.eq(core.access.irq),
        ]
        m.d.sync += [waits.eq(results.valid & ~results.ready), ends.eq(self.m_axis_tlast)]
        with m.If(results.valid & results.ready):
            m.d.sync += given.eq(Mux(self.m_axis_tlast, 0, given + 1))
        return m
