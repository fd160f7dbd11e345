"""Order: the keyed order of the samples of an epoch, one sample after the other."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.golden.generator import LAYER_SPREAD, ROUNDS, ROW_SPREAD
from pulsetrain.golden.order import HALF_BITS, MOST_SAMPLES, ORDER_ROUNDS
from pulsetrain.hdl.engine.generator import last_mix, mix, spread

POSITION_BITS = (MOST_SAMPLES - 1).bit_length()
COUNT_BITS = MOST_SAMPLES.bit_length()
LOW_BITS = HALF_BITS.bit_length()

_ROUNDS_AT_ONCE = 2


class KeyedOrder(Component):
    """The sample at any position; equals `golden.order.keyed_order`.

    Timing: a position is taken when no other is in work. Its sample comes 1 + n * (4 *
    `ORDER_ROUNDS` + 3) cycles later, for the n permutations until it is below `count`: fewer than
    two on average. The steps are many and short, because samples are fetched ahead.

    Members:
        key: In, 32 bits, `golden.order.order_key`.
        count: In, 27 bits, number of samples.
        low_bits: In, 4 bits, bits of the low half of a number (`golden.order.half_bits`).
        longer: In, 1 bit, the high half has one bit more.
        i: In, stream of 26 bits, positions.
        o: Out, stream of 26 bits, samples.
    """

    def __init__(self) -> None:
        super().__init__({
            "key": In(32), "count": In(COUNT_BITS), "low_bits": In(LOW_BITS), "longer": In(1),
            "i": In(stream.Signature(POSITION_BITS)), "o": Out(stream.Signature(POSITION_BITS))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # The half that is mixed next, and the one that it changes: the high and the low one, which
        # change places in each round.
        source, other = Signal(HALF_BITS), Signal(HALF_BITS)
        turn = Signal(range(ORDER_ROUNDS))
        word = Signal(32)
        low_mask, mask = Signal(HALF_BITS), Signal(HALF_BITS)  # of the low half, and of `other`
        fits = Signal()
        early = mix(m, word, _ROUNDS_AT_ONCE, "early")
        late = last_mix(m, word, ROUNDS - 2 * _ROUNDS_AT_ONCE, "late")
        m.d.sync += low_mask.eq(Cat(self.low_bits > bit for bit in range(HALF_BITS)))
        with m.FSM():
            with m.State("TAKE"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += self.o.payload.eq(self.i.payload)
                with m.If(self.i.valid):
                    m.next = "SPLIT"
            with m.State("SPLIT"):
                m.d.sync += [other.eq(self.o.payload & low_mask),
                             source.eq(self.o.payload >> self.low_bits), turn.eq(0)]
                m.next = "WORD"
            with m.State("WORD"):
                m.d.sync += [word.eq(spread(source, ROW_SPREAD) ^ spread(turn, LAYER_SPREAD)
                                     ^ self.key),
                             mask.eq(Mux(turn[0] & self.longer, Cat(1, low_mask), low_mask))]
                m.next = "MIX"
            with m.State("MIX"):
                m.d.sync += word.eq(early)
                m.next = "MIX_AGAIN"
            with m.State("MIX_AGAIN"):
                m.d.sync += word.eq(early)
                m.next = "HALF"
            with m.State("HALF"):
                m.d.sync += [turn.eq(turn + 1), source.eq(other ^ (late[:HALF_BITS] & mask)),
                             other.eq(source)]
                m.next = "WORD"
                with m.If(turn == ORDER_ROUNDS - 1):
                    m.next = "JOIN"
            with m.State("JOIN"):
                m.d.sync += self.o.payload.eq((source << self.low_bits) | other)
                m.next = "COMPARE"
            with m.State("COMPARE"):
                m.d.sync += fits.eq(self.o.payload < self.count)
                m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += self.o.valid.eq(fits)
                with m.If(~fits):
                    m.next = "WORD"
                with m.Elif(self.o.ready):
                    m.next = "TAKE"
        return m
