"""Placed engine: the emitted engine as an instance, for the top of a bus beside it."""

from amaranth.hdl import ClockSignal, Instance, Module, Mux, ResetSignal, Signal
from amaranth.lib.wiring import Component, In

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.engine.engine import engine_ports
from pulsetrain.registers import RESET_CYCLES
from pulsetrain.spec import Config


class PlacedEngine(Component):
    """An instance of the module `name`, which is the engine of `config`.

    Its reset is held long enough, however short the domain's is; until then no sample is taken.

    Members: those of `Engine`, without its probes.
    """

    def __init__(self, config: Config, name: str) -> None:
        self._name = name
        self._probes = formats.probes(config)
        super().__init__({port: member for port, member in engine_ports(config).items()
                          if port not in self._probes})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        held = Signal(range(RESET_CYCLES), init=RESET_CYCLES - 1)
        m.d.sync += held.eq(Mux(held.any(), held - 1, 0))
        ports = {f"{'i' if member.flow == In else 'o'}_{'__'.join(map(str, path))}": value
                 for path, member, value in self.signature.flatten(self)}
        ports |= {f"o_{port}": Signal(form.bits, name=port) for port, form in self._probes.items()}
        ports["i_i_sample__valid"] = self.i_sample.valid & ~held.any()
        ports["o_i_sample__ready"] = ready = Signal()
        m.d.comb += self.i_sample.ready.eq(ready & ~held.any())
        m.submodules.engine = Instance(
            self._name, i_clk=ClockSignal(), i_rst=ResetSignal() | held.any(), **ports)
        return m
