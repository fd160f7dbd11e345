"""Wishbone top: the engine behind Wishbone B4, with its streams as FIFOs in registers."""

from amaranth.hdl import ClockDomain, Module
from amaranth.lib.wiring import Component, In, Out, connect

from pulsetrain.spec import Config

from .core import add_core
from .wishbone import CLASSIC_PORTS, PIPELINED_PORTS, Wishbone


class WishboneTop(Component):
    """The engine, the module `name`, behind Wishbone: registers, rows, samples and results.

    Every port is synchronous to `clk`; `rst` can be as short as one clock cycle. If it `crosses`,
    the engine has a clock of its own.

    Members:
        clk, rst: In(1), the clock; the reset, active when high.
        engine_clk: In(1), the engine's clock, if it crosses.
        wb_*: `wishbone.CLASSIC_PORTS` or `wishbone.PIPELINED_PORTS`.
        irq: Out(1), something is pending and enabled.
    """

    def __init__(self, config: Config, name: str, *, pipelined: bool,
                 crosses: bool = False) -> None:
        self._config, self._name, self._pipelined = config, name, pipelined
        self._crosses = crosses
        self._ports = PIPELINED_PORTS if pipelined else CLASSIC_PORTS
        super().__init__({"clk": In(1), "rst": In(1),
                          **({"engine_clk": In(1)} if crosses else {}),
                          **{f"wb_{port}": member for port, member in self._ports.items()},
                          "irq": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = domain = ClockDomain("sync")
        domain.clk, domain.rst = self.clk, self.rst
        core = add_core(m, self._config, self._name, "wishbone",
                        self.engine_clk if self._crosses else None)
        m.submodules.wishbone = wishbone = Wishbone(pipelined=self._pipelined)
        for port, member in self._ports.items():
            ours, theirs = getattr(self, f"wb_{port}"), getattr(wishbone, port)
            m.d.comb += theirs.eq(ours) if member.flow == In else ours.eq(theirs)
        connect(m, wishbone.o, core.access.i)
        connect(m, core.access.o, wishbone.i)
        m.d.comb += self.irq.eq(core.access.irq)
        return m
