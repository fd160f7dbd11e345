"""Output: the class and the error of every output, one unit a cycle."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib.wiring import Component, In, Out

from rtl_gen.spec import Config

from .activation import unit_layout
from .shapes import unit_shape


class OutputError(Component):
    """Compares every output with its target and keeps the largest sum's class.

    `delta` equals `golden.output.output_delta`, `klass` equals `golden.output.classify`.
    Timing: units come in rising order; `delta` belongs to the unit of the same cycle, `klass`
    and `done` are complete one cycle after the last unit and stay until `start`.

    Members:
        start: In, a new sample begins.
        unit: In, drained units; those of hidden layers are passed over.
        label: In, class that the target is made of.
        valid, index, delta: Out, the delta of an output unit.
        klass: Out, argmax so far, the lowest index on a tie.
        done: Out, all outputs have been seen.
    """

    latency = 1

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "start": In(1), "unit": In(unit_layout(config)), "label": In(config.label_bits),
            "valid": Out(1), "index": Out(unit_shape(config)),
            "delta": Out(signed(config.delta_bits)),
            "klass": Out(config.label_bits), "done": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        numbers = self._config.numbers
        unit = self.unit
        here = unit.layer == len(self._config.layers) - 1
        high, low = numbers.full - numbers.margin, numbers.margin
        m.d.comb += [
            self.valid.eq(unit.valid & here),
            self.index.eq(unit.index),
            self.delta.eq(Mux(unit.index == self.label,
                              Mux(unit.y < high, high - unit.y, 0),
                              Mux(unit.y > low, low - unit.y, 0))),
        ]
        largest = Signal(signed(self._config.accumulator_bits))
        with m.If(self.valid & ((unit.index == 0) | (unit.z > largest))):
            m.d.sync += [largest.eq(unit.z), self.klass.eq(unit.index)]
        with m.If(self.start):
            m.d.sync += self.done.eq(0)
        with m.Elif(unit.complete & here):
            m.d.sync += self.done.eq(1)
        return m
