"""Bench of the frames' CRC: random messages, followed by their CRC or by another."""

import zlib
from typing import Any

import cocotb

from pulsetrain.hdl.link.crc import FrameCrc
from pulsetrain.spec import Config

from .scaffold import TIMEOUT, Bench, check_reset

QUIET = {"start": 0, "valid": 0}
MESSAGES = 60


def frame_crc(config: Config) -> FrameCrc:
    """The component; it is the same for every configuration."""
    return FrameCrc()


@cocotb.test(**TIMEOUT)
async def equals_zlib(dut: Any) -> None:
    """The CRC is there when a byte has been worked in, and a message with its CRC matches."""
    bench = Bench(dut, frame_crc, QUIET)
    await bench.reset()
    for number in range(MESSAGES):
        await bench.cycle(start=1)
        message = bench.random.bytes(int(bench.random.integers(20)))
        for position, byte in enumerate(message):
            await _take(bench, byte)
            bench.expect("word", zlib.crc32(message[:position + 1]))
        wrong = number % 3 == 0
        checksum = zlib.crc32(message) ^ (1 << int(bench.random.integers(32)) if wrong else 0)
        for byte in checksum.to_bytes(4, "little"):
            await _take(bench, byte)
        bench.expect("match", int(not wrong))


@cocotb.test(**TIMEOUT)
async def resets(dut: Any) -> None:
    """A reset is a start."""
    await check_reset(Bench(dut, frame_crc, QUIET), ["busy", "word", "match"])


async def _take(bench: Bench, byte: int) -> None:
    """Give one byte, and wait for it and perhaps longer."""
    await bench.cycle(valid=1, byte=byte)
    for _ in range(FrameCrc.latency - 1):
        await bench.cycle()
        bench.expect("busy", 1)
    await bench.cycle()
    bench.expect("busy", 0)
    while bench.chance(0.3):
        await bench.cycle()
