"""Harness: an engine between flip-flops and four pins, so that it fits any package."""

from amaranth.hdl import Cat, ClockDomain, Module, Signal, Value
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.spec import Config

FAN_IN = 4
"""Bits that one flip-flop of the reduction combines: as many as a look-up table has inputs."""


class Harness(Component):
    """An engine whose inputs all come from flip-flops and whose outputs all end in flip-flops.

    Inputs are a shift register's bits. Outputs are registered, and reduced to one bit by
    exclusive or with a register behind every look-up table. So no path of the harness is longer
    than a look-up table, and no part of the engine can be optimised away. Probes are unconnected,
    as in a real design. Reset is registered too.

    Members:
        clk: In, 1 bit, clock of the engine and of everything around it.
        rst: In, 1 bit, reset.
        i: In, 1 bit, shifted into the engine's inputs.
        o: Out, 1 bit, depends on all outputs of the engine.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({"clk": In(1), "rst": In(1), "i": In(1), "o": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.engine = engine = Engine(self._config)
        reset = Signal()
        m.domains.pins = pins = ClockDomain(reset_less=True, local=True)
        m.domains.sync = sync = ClockDomain()
        m.d.comb += [pins.clk.eq(self.clk), sync.clk.eq(self.clk), sync.rst.eq(reset)]
        m.d.pins += reset.eq(self.rst)

        inputs = Cat(_ports(engine, In))
        shifted = Signal(len(inputs))
        m.d.pins += shifted.eq(Cat(self.i, shifted))
        m.d.comb += [inputs.eq(shifted), self.o.eq(_reduced(m, Cat(_ports(engine, Out))))]
        return m


def _ports(engine: Engine, flow: object) -> list[Value]:
    """The engine's ports of one direction, without the probes."""
    return [Value.cast(value) for path, member, value in engine.signature.flatten(engine)
            if member.flow == flow and not str(path[0]).startswith("probe")]


def _reduced(m: Module, value: Value) -> Value:
    """All bits of `value` reduced to one, some cycles later."""
    level = Signal(len(value), name="outputs")
    m.d.pins += level.eq(value)
    while len(level) > 1:
        parts = range(0, len(level), FAN_IN)
        reduced = Signal(len(parts), name=f"reduced_{len(parts)}")
        m.d.pins += [reduced[index].eq(level[start:start + FAN_IN].xor())
                     for index, start in enumerate(parts)]
        level = reduced
    return level
