"""UART: each byte is a start bit, eight bits (the lowest first) and a stop bit on a line."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.protocol import MIN_DIVISOR

_FRAME_BITS = 10


def check_divisor(divisor: int) -> None:
    """Raise ValueError if `divisor`, the clock cycles per bit, is too small."""
    if divisor < MIN_DIVISOR:
        raise ValueError(f"divisor must be at least {MIN_DIVISOR}, not {divisor}")


class UartReceiver(Component):
    """Receives bytes of `divisor` clock cycles per bit.

    Timing: a bit is sampled in its middle; `valid` or `error` follows one cycle after the middle
    of the stop bit. A start bit is ignored as a glitch if the line is high again at mid-bit. After
    an error the line must be high before the next start bit.

    Members:
        rx: In, 1 bit, the line; it may change at any time.
        valid: Out, 1 bit, strobe: `byte` was received.
        byte: Out, 8 bits.
        error: Out, 1 bit, strobe: a stop bit was low, so the byte is lost.
    """

    def __init__(self, divisor: int) -> None:
        check_divisor(divisor)
        self._divisor = divisor
        super().__init__({"rx": In(1, init=1), "valid": Out(1), "byte": Out(8), "error": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        line, before = Signal(init=1), Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1)
        timer = Signal(range(self._divisor))
        left = Signal(range(_FRAME_BITS + 1))
        m.d.sync += [self.valid.eq(0), self.error.eq(0), before.eq(line)]
        with m.If(left == 0):
            m.d.sync += timer.eq(self._divisor // 2 - 1)
            with m.If(before & ~line):
                m.d.sync += left.eq(_FRAME_BITS)
        with m.Elif(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Else():
            m.d.sync += [timer.eq(self._divisor - 1), left.eq(left - 1)]
            with m.If((left == _FRAME_BITS) & line):
                m.d.sync += left.eq(0)
            with m.If(left == 1):
                m.d.sync += [self.valid.eq(line), self.error.eq(~line)]
            with m.Else():
                m.d.sync += self.byte.eq(Cat(self.byte[1:], line))
        return m


class UartTransmitter(Component):
    """Sends bytes of `divisor` clock cycles per bit.

    Timing: a byte takes ten bits, which begin one cycle after it was taken. The next byte is taken
    in the last cycle of the stop bit at the earliest.

    Members:
        i: In, stream of 8 bits.
        tx: Out, 1 bit, the line.
    """

    def __init__(self, divisor: int) -> None:
        check_divisor(divisor)
        self._divisor = divisor
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        timer = Signal(range(self._divisor))
        left = Signal(range(_FRAME_BITS + 1))
        waiting = Signal(8, init=0xFF)
        m.d.comb += self.i.ready.eq(left == 0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                Cat(self.tx, waiting).eq(Cat(Const(0, 1), self.i.payload)),
                left.eq(_FRAME_BITS), timer.eq(self._divisor - 1)]
        with m.Elif(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(left != 0):
            m.d.sync += [
                Cat(self.tx, waiting).eq(Cat(waiting, Const(1, 1))),
                left.eq(left - 1), timer.eq(self._divisor - 1)]
        return m
