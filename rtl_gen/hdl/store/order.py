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

_EARLY_ROUNDS = 4


class KeyedOrder(Component):
    """The sample at any position; equals `golden.order.keyed_order`.

    Timing: a position is taken when no other is in work. Its sample comes 1 + n * (3 *
    `ORDER_ROUNDS` + 2) cycles later, for the n permutations until it is below `count`: fewer than
    two on average.

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
        low, high = Signal(HALF_BITS), Signal(HALF_BITS)
        turn = Signal(range(ORDER_ROUNDS))
        is_high = turn[0]
        word, half_way = Signal(32), Signal(32)
        low_mask = Cat(self.low_bits > bit for bit in range(HALF_BITS))
        high_mask = Cat(self.low_bits + self.longer > bit for bit in range(HALF_BITS))
        early = mix(m, word, _EARLY_ROUNDS, "early")
        late = last_mix(m, half_way, ROUNDS - _EARLY_ROUNDS, "late")
        with m.FSM():
            with m.State("TAKE"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += [low.eq(self.i.payload & low_mask),
                             high.eq(self.i.payload >> self.low_bits), turn.eq(0)]
                with m.If(self.i.valid):
                    m.next = "WORD"
            with m.State("WORD"):
                m.d.sync += word.eq(spread(Mux(is_high, low, high), ROW_SPREAD)
                                    ^ spread(turn, LAYER_SPREAD) ^ self.key)
                m.next = "MIX"
            with m.State("MIX"):
                m.d.sync += half_way.eq(early)
                m.next = "HALF"
            with m.State("HALF"):
                mixed = late[:HALF_BITS]
                m.d.sync += turn.eq(turn + 1)
                with m.If(is_high):
                    m.d.sync += high.eq(high ^ (mixed & high_mask))
                with m.Else():
                    m.d.sync += low.eq(low ^ (mixed & low_mask))
                m.next = "WORD"
                with m.If(turn == ORDER_ROUNDS - 1):
                    m.next = "JOIN"
            with m.State("JOIN"):
                m.d.sync += self.o.payload.eq((high << self.low_bits) | low)
                m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += self.o.valid.eq(self.o.payload < self.count)
                with m.If(~self.o.valid):
                    m.next = "WORD"
                with m.Elif(self.o.ready):
                    m.next = "TAKE"
        return m
