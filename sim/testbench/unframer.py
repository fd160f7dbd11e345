"""Bench of the unframer: intact and damaged frames, and noise between them."""

from pulsetrain.hdl.link.unframer import Unframer
from pulsetrain.host.frames import frame
from pulsetrain.protocol import DELIMITER, ESCAPE, HOST_HEADER, KIND_HELLO
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_reset

QUIET = {"valid": 0, "error": 0}
FRAMES = 150
GAP_CYCLES = 10
LOST = -1
"""Stands for a byte that is lost."""


def unframer(config: Config) -> Unframer:
    """The component; it is the same for every configuration."""
    return Unframer()


@bench_test
async def whole_frames_are_found(block: Block) -> None:
    """Exactly the frames that are whole and of a defined type are good, with their header and
    payload."""
    bench = Bench(block, unframer, QUIET)
    await bench.reset()
    await _take(bench, DELIMITER)
    found = undefined = 0
    for _ in range(FRAMES):
        header = {field.name: int(bench.random.integers(1 << field.format.bits))
                  for field in HOST_HEADER.fields if field.name != "length"}
        if bench.chance(0.9):
            header |= {"kind": int(bench.random.integers(4)),
                       "session": int(bench.random.integers(3))}
        is_defined = header["kind"] < KIND_HELLO or (header["kind"] == KIND_HELLO
                                                   and header["session"] > 0)
        payload = _payload(bench)
        content = list(frame(payload, **header))[1:-1]
        damaged = _damaged(bench, content) if bench.chance(0.5) else content
        seen = [await _take(bench, byte) for byte in damaged]
        assert not any(ended for _, ended in seen)
        _, ended = await _take(bench, DELIMITER)
        if damaged == content and not is_defined:
            assert ended == "bad"
            undefined += 1
        elif damaged == content:
            assert ended == "good"
            bench.expect("header", {**header, "length": len(payload)})
            assert bytes(byte for byte, _ in seen if byte is not None) == payload
            found += 1
        else:
            assert ended == ("bad" if damaged else None)
    assert found
    assert undefined
    assert found + undefined < FRAMES


@bench_test
async def resets(block: Block) -> None:
    """A reset discards the part of a frame received so far."""
    await check_reset(Bench(block, unframer, QUIET), ["payload_valid", "good", "bad"])


def _payload(bench: Bench) -> bytes:
    """A few bytes, many of which must be escaped."""
    length = int(bench.random.choice([0, 0, 1, 2, 5, 12]))
    return bytes(int(bench.random.choice([DELIMITER, ESCAPE, int(bench.random.integers(256))]))
                 for _ in range(length))


def _damaged(bench: Bench, content: list[int]) -> list[int]:
    """The bytes with a fault, but without a delimiter."""
    index = int(bench.random.integers(len(content)))
    byte = content[index]
    before, after = content[:index], content[index + 1:]
    chosen = int(bench.random.integers(6))
    if chosen == 0:
        return [*before, *after]
    if chosen == 1:
        return [*before, byte, byte, *after]
    if chosen == 2:
        return [*before, LOST, *after]
    if chosen == 3:
        return [*content, ESCAPE]
    if chosen == 4:
        return before
    flipped = byte ^ 1 << int(bench.random.integers(8))
    return content if flipped == DELIMITER else [*before, flipped, *after]


async def _take(bench: Bench, byte: int) -> tuple[int | None, str | None]:
    """Give one byte; returns the byte of payload it makes, and how a frame ended, if one did."""
    if byte == LOST:
        await bench.cycle(error=1)
    else:
        await bench.cycle(valid=1, byte=byte)
    payload = ended = None
    for _ in range(GAP_CYCLES + int(bench.random.integers(3))):
        await bench.cycle()
        if bench.get("payload_valid"):
            payload = bench.get("payload")
        for name in ("good", "bad"):
            if bench.get(name):
                assert ended is None
                ended = name
    return payload, ended
