"""Output: the predicted class, and the error of every output unit, several units per cycle."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.arithmetic import activate, tree_level
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config

from .shapes import sums_layout, unit_shape


class OutputError(Component):
    """Drains a finished group of the output layer: errors, and the class with the largest sum.

    Deltas equal `golden.output.output_delta`; `prediction` equals `golden.output.classify`. Timing:
    groups come in rising order; the first chunk comes out `latency` cycles after `start`, then
    one per cycle; `free` is high in the cycle after the one in which the last chunk is taken out of
    `z`. `done` rises two cycles after the last chunk, once the delta memory has counted its deltas,
    and stays high until `clear`; `prediction` is complete one cycle after `done` rises.

    Members:
        clear: In(1), strobe: a new sample begins.
        start: In(1), strobe: `z` holds a new group. It must not change until `free`.
        first_unit: In(unit_shape), the group's first unit; valid from `start` to `free`.
        is_last: In(1), the group is the last; valid from `start` to `free`.
        z: In(sums_layout), exact sums.
        label: In(label_bits), the class whose target is high.
        free: Out(1), strobe: the last chunk is taken.
        chunk: Out(`formats.output_probe`), the drained units.
        prediction: Out(label_bits), the class with the largest sum, the lowest index on a tie.
        done: Out(1), all outputs are drained.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._units = config.design.output_units
        super().__init__({
            "clear": In(1), "start": In(1), "first_unit": In(unit_shape(config)),
            "is_last": In(1), "z": In(sums_layout(config)), "label": In(config.design.label_bits),
            "free": Out(1), "chunk": Out(layout(formats.output_probe(config))),
            "prediction": Out(config.design.label_bits), "done": Out(1)})

    @property
    def latency(self) -> int:
        """Cycles from a group's sums to its first chunk."""
        return self._config.design.stages.output

    def elaborate(self, platform: object) -> Module:
        m = Module()
        first, z, valid, last = self._walk(m)
        self._find_deltas(m, first, z)
        self._find_class(m, first, z, valid)
        m.d.comb += [
            self.chunk.valid.eq(delayed(m, valid, 2, "chunk_valid", control=True)),
            self.chunk.first.eq(delayed(m, first, 2, "chunk_first")),
            *(self.chunk.z[unit].eq(delayed(m, value, 2, f"chunk_z_{unit}"))
              for unit, value in enumerate(z)),
        ]
        completes = delayed(m, last & self.is_last, 4, "completes", control=True)
        with m.If(self.clear):
            m.d.sync += self.done.eq(0)
        with m.Elif(completes):
            m.d.sync += self.done.eq(1)
        return m

    def _walk(self, m: Module) -> tuple[Value, list[Value], Value, Value]:
        """First unit, sums and valid bits of a chunk; one cycle earlier, whether it is the last.
        """
        outputs, lanes = self._config.design.layers[-1].outputs, self._config.engine.lanes
        chunks = -(-min(outputs, lanes) // self._units)
        walking = Signal()
        chunk = Signal(range(chunks))
        first = Signal.like(self.first_unit)
        last = Signal()
        m.d.comb += last.eq(walking & (chunk == Mux(
            self.is_last, (outputs - 1) % lanes // self._units, chunks - 1)))
        m.d.sync += self.free.eq(last)
        with m.If(self.start):
            m.d.sync += [walking.eq(1), chunk.eq(0), first.eq(self.first_unit)]
        with m.Elif(walking):
            m.d.sync += [walking.eq(~last), chunk.eq(chunk + 1), first.eq(first + self._units)]
        # The last chunk of a group can have fewer units.
        present = [self._present(unit, last) for unit in range(self._units)]
        z = []
        for unit in range(self._units):
            sums = Array(self.z[lane] for lane in range(
                unit, min(chunks * self._units, lanes), self._units))
            taken = Mux(present[unit], sums[chunk], self._least)
            z.append(delayed(m, taken, 1, f"z_{unit}"))
        valid = Cat(present) & walking.replicate(self._units)
        valid = delayed(m, valid, 1, "valid_taken", control=True)
        return delayed(m, first, 1, "first_taken"), z, valid, last

    def _present(self, unit: int, last: Value) -> Value:
        """Whether unit number `unit` of a chunk exists; `last`: the chunk is its group's last."""
        outputs, lanes = self._config.design.layers[-1].outputs, self._config.engine.lanes
        in_last_group = unit <= (outputs - 1) % lanes % self._units
        in_other_groups = unit <= (lanes - 1) % self._units or outputs <= lanes
        if in_last_group and in_other_groups:
            return Const(1)
        if in_other_groups:
            return ~(last & self.is_last)
        return ~(last & ~self.is_last) if in_last_group else ~last

    def _find_deltas(self, m: Module, first: Value, z: list[Value]) -> None:
        numbers, layer = self._config.numbers, self._config.design.layers[-1]
        high, low = numbers.full - numbers.margin, numbers.margin
        for unit, value in enumerate(z):
            y = activate(value, layer.forward_shift, layer.offset, numbers.activation_bits)
            y = delayed(m, y, 1, f"y_{unit}")
            is_label = delayed(m, first + unit == self.label, 1, f"is_label_{unit}")
            delta = Mux(is_label, Mux(y < high, high - y, 0), Mux(y > low, low - y, 0))
            m.d.comb += self.chunk.delta[unit].eq(delayed(m, delta, 1, f"delta_{unit}"))

    def _find_class(self, m: Module, first: Value, z: list[Value], valid: Value) -> None:
        """Compare the largest sum of each chunk with the largest sum so far.

        The tree that finds the largest sum of a chunk has a register at each level. The result of
        a comparison is known one cycle later: if the chunk before has just won, its sum is the
        largest so far.
        """
        found = [Cat(value, first + unit) for unit, value in enumerate(z)]
        levels = (self._units - 1).bit_length()
        is_found = delayed(m, valid[0], levels, "is_found", control=True)
        for level in range(levels):
            found = [delayed(m, winner, 1, f"found_{level}_{index}")
                     for index, winner in enumerate(tree_level(found, self._larger))]
        bits = self._config.design.accumulator_bits
        largest = Signal(signed(bits), reset_less=True)
        wins = Signal()
        rival = delayed(m, found[0], 1, "rival")
        is_first = found[0][bits:] < self._units
        beats = Mux(wins, self._exceeds(found[0], rival), self._exceeds(found[0], largest))
        m.d.sync += wins.eq(is_found & (is_first | beats))
        with m.If(wins):
            m.d.sync += [largest.eq(rival[:bits].as_signed()), self.prediction.eq(rival[bits:])]

    def _larger(self, low: Value, high: Value) -> Value:
        return Mux(self._exceeds(high, low), high, low)

    def _exceeds(self, one: Value, other: Value) -> Value:
        bits = self._config.design.accumulator_bits
        return (other[:bits].as_signed() - one[:bits].as_signed())[-1]

    @property
    def _least(self) -> Const:
        """The sum given to units that do not exist: lower than any sum of a unit that does."""
        bits = self._config.design.accumulator_bits
        return Const(-(1 << (bits - 1)), signed(bits))
