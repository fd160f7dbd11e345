"""Bench of the frames' CRC: random messages, followed by their CRC or by another."""

import zlib

from pulsetrain.hdl.link.crc import FrameCrc
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_reset

QUIET = {"start": 0, "valid": 0}
MESSAGES = 60


def frame_crc(config: Config) -> FrameCrc:
    """The component; it is the same for every configuration."""
    return FrameCrc()


@bench_test
async def equals_zlib(block: Block) -> None:
    """The CRC is valid when a byte has been added, and a message with its CRC matches."""
    bench = Bench(block, frame_crc, QUIET)
    await bench.reset()
    for number in range(MESSAGES):
        await bench.cycle(start=1)
        message = bench.random.bytes(int(bench.random.integers(20)))
        for index, byte in enumerate(message):
            await _take(bench, byte)
            bench.expect("word", zlib.crc32(message[:index + 1]))
        wrong = number % 3 == 0
        checksum = zlib.crc32(message) ^ (1 << int(bench.random.integers(32)) if wrong else 0)
        for byte in checksum.to_bytes(4, "little"):
            await _take(bench, byte)
        bench.expect("match", int(not wrong))


@bench_test
async def resets(block: Block) -> None:
    """A reset acts like a start."""
    await check_reset(Bench(block, frame_crc, QUIET), ["busy", "word", "match"])


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
