"""Bench of the UART: a line with a slightly different clock, and noise on it."""

from amaranth.hdl import Module
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.hdl.link.uart import UartReceiver, UartTransmitter
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_reset
from .streams import Source

DIVISOR = 8
BYTES = 100
QUIET = {"rx": 1, "i__valid": 0}


class Uart(Component):
    """A receiver and a transmitter, not connected to each other.

    Members:
        rx: In, 1 bit, of the receiver.
        valid, byte, error: Out, 1, 8 and 1 bits, of the receiver.
        i: In, stream of 8 bits, of the transmitter.
        tx: Out, 1 bit, of the transmitter.
    """

    def __init__(self) -> None:
        super().__init__({
            "rx": In(1, init=1), "valid": Out(1), "byte": Out(8), "error": Out(1),
            "i": In(stream.Signature(8)), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(DIVISOR)
        m.submodules.transmitter = transmitter = UartTransmitter(DIVISOR)
        connect(m, flipped(self.i), transmitter.i)
        m.d.comb += [
            receiver.rx.eq(self.rx), self.valid.eq(receiver.valid), self.byte.eq(receiver.byte),
            self.error.eq(receiver.error), self.tx.eq(transmitter.tx)]
        return m


def uart(config: Config) -> Uart:
    """The component; it is the same for every configuration."""
    return Uart()


def uart_receiver(config: Config) -> UartReceiver:
    """The receiver alone."""
    return UartReceiver(DIVISOR)


def uart_transmitter(config: Config) -> UartTransmitter:
    """The transmitter alone."""
    return UartTransmitter(DIVISOR)


@bench_test
async def bytes_are_received(block: Block) -> None:
    """Bytes arrive with a clock up to 4 % off; a low stop bit is an error; a glitch is ignored."""
    bench = Bench(block, uart, QUIET)
    await bench.reset()
    for _ in range(BYTES):
        byte, stop = int(bench.random.integers(256)), int(bench.chance(0.9))
        pace = 1 + float(bench.random.uniform(-0.04, 0.04))
        bits = [0, *(byte >> index & 1 for index in range(8)), stop]
        levels = [bits[min(9, int(clock / (DIVISOR * pace)))]
                  for clock in range(round(10 * DIVISOR * pace))]
        idle = [1] * int(bench.random.integers(DIVISOR + 1 if stop else 2, 4 * DIVISOR))
        glitch = [0, 0, *[1] * DIVISOR] if bench.chance(0.2) else []
        seen = []
        for level in [*levels, *([] if stop else [1] * 2 * DIVISOR), *idle, *glitch]:
            await bench.cycle(rx=level)
            if bench.get("valid"):
                seen.append(bench.get("byte"))
            if bench.get("error"):
                seen.append("error")
        assert seen == ([byte] if stop else ["error"])


@bench_test
async def bytes_are_sent(block: Block) -> None:
    """Every bit lasts its clock cycles, and the line is high between bytes."""
    bench = Bench(block, uart, QUIET)
    await bench.reset()
    sent = [int(byte) for byte in bench.random.integers(256, size=BYTES)]
    source = Source(bench, "i", sent)
    taken: list[int] = []
    levels: list[int] = []
    while source.left or len(levels) < 10 * DIVISOR:
        await bench.cycle(**source.drive())
        if len(levels) < 10 * DIVISOR and taken:
            levels.append(bench.get("tx"))
        else:
            bench.expect("tx", 1)
        byte = source.taken()
        if byte is not None:
            if taken:
                assert levels == _levels(taken[-1])
            taken.append(byte)
            levels = []
    assert levels == _levels(taken[-1])
    assert taken == sent


@bench_test
async def resets(block: Block) -> None:
    """A reset discards half a byte on either side."""
    await check_reset(Bench(block, uart, QUIET), ["tx", "valid", "error", "i__ready"])


def _levels(byte: int) -> list[int]:
    bits = [0, *(byte >> index & 1 for index in range(8)), 1]
    return [bit for bit in bits for _ in range(DIVISOR)]
