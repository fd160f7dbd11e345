"""Samples: from the bytes of their dense form to the transfers for the engine."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream

from pulsetrain.formats.dense import dense_header
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.library.limits import is_below
from pulsetrain.spec import Config

_IN_WORK = 3
"""Samples that an engine holds until a result is taken: two in its loader, one at its output."""


class SampleDecoder:
    """What the bytes of a sample so far say; part of the executor.

    `in_work` samples are complete, but have no result yet. Until the next byte, `byte`, is carried
    out, it is offered to the engine if it `gives` a transfer. What is said of a byte is valid two
    cycles after it has come, in registers.
    """

    def __init__(self, config: Config, byte: Value) -> None:
        self._inputs = config.network.inputs
        self._outputs = config.network.outputs
        self._activation_bits = config.numbers.activation_bits
        self._is_raw = config.engine.input == "raw"
        self._byte = byte
        self._form = dense_header(config)
        self.in_work = Signal(range(_IN_WORK + 1))
        self._header = Signal(8 * self._form.size, name="sample_header")
        self._header_left = Signal(range(self._form.size + 1), init=self._form.size)
        self._in_run = Signal()  # the next byte is the length of a run
        self._input = Signal(range(self._inputs), name="next_input")
        self._run_left = Signal(8 if self._is_raw else 0)
        self._ends = Signal(name="ends_sample")
        self._in_header = self._header_left != 0
        self._after = Signal(range(self._inputs + 257), name="after_byte")
        self._is_last, self._is_too_long = Signal(name="is_last"), Signal(name="is_too_long")
        self._is_wrong, self._has_value = Signal(name="is_wrong"), Signal(name="has_value")
        self.gives = ~self._in_header & Mux(
            self._in_run, Const(1) if self._is_raw else self._is_last, self._has_value)

    def prepare(self, m: Module) -> None:
        """Make the registers that say what follows from the byte."""
        fields = Cat(self._header[8:], self._byte)
        label = data.View(layout(self._form), fields[:self._form.bits]).label
        wrong_header = fields[self._form.bits:].any() | ~is_below(label, self._outputs)
        wrong_value = self._byte[self._activation_bits:].any()
        m.d.sync += [
            self._after.eq(self._input + Mux(self._in_run, self._byte, 0) + 1),
            self._is_last.eq(self._after == self._inputs),
            self._is_too_long.eq(self._after > self._inputs),
            self._is_wrong.eq(Mux(self._in_header, (self._header_left == 1) & wrong_header,
                                  wrong_value)),
            self._has_value.eq(self._byte.any()),
        ]

    @property
    def any(self) -> Value:
        """Whether any sample has begun and has no result yet."""
        return (self.in_work != 0) | (self._header_left != self._form.size)

    def refuses(self) -> Value:
        """Whether the byte cannot follow: a wrong label or value, or a run that is too long."""
        return Mux(self._in_run, self._is_too_long, self._is_wrong)

    def connect(self, m: Module, offered: stream.Interface) -> None:
        """Connect what is `offered` to the engine, except for its `valid`."""
        header = data.View(layout(self._form), self._header[:self._form.bits])
        m.d.comb += [
            offered.payload.value.eq(Mux(self._in_run, 0, self._byte)),
            offered.payload.last.eq(self._ends),
            offered.payload.label.eq(header.label),
            offered.payload.train.eq(header.train),
        ]
        if self._is_raw:
            m.d.comb += offered.payload.last.eq(self._input == self._inputs - 1)
        else:
            m.d.comb += offered.payload.index.eq(self._input)

    def begin(self, m: Module) -> None:
        """Prepare what follows from the byte, one cycle before it is carried out."""
        m.d.sync += [self._ends.eq(self._is_last), self._run_left.eq(
            Mux(self._in_run, self._byte, 0))]

    def carry_out(self, m: Module, offered: stream.Interface) -> Value:
        """Carry out the byte; returns whether this is its last cycle."""
        done = Signal(name="sample_done")
        m.d.comb += done.eq(~offered.valid | (offered.ready & (self._run_left == 0)))
        with m.If(done):
            with m.If(self._in_header):
                m.d.sync += [self._header.eq(Cat(self._header[8:], self._byte)),
                             self._header_left.eq(self._header_left - 1)]
            with m.Elif(self._in_run | self._has_value):
                m.d.sync += [self._in_run.eq(0), self._input.eq(
                    self._input + 1 if self._is_raw else self._after)]
                with m.If(self._ends):
                    m.d.sync += [self._header_left.eq(self._form.size), self._input.eq(0),
                                 self.in_work.eq(self.in_work + 1)]
            with m.Else():
                m.d.sync += self._in_run.eq(1)
        if self._is_raw:
            with m.Elif(offered.ready):
                m.d.sync += [offered.valid.eq(1), self._input.eq(self._input + 1),
                             self._run_left.eq(self._run_left - 1)]
        return done

    def take_result(self, m: Module) -> None:
        """Note that the result of a sample is taken."""
        m.d.sync += self.in_work.eq(self.in_work - 1)
