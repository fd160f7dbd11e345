"""Bench of the inbox: frames in and out of order, broken and too long, and a slow reader."""

from typing import Any

from pulsetrain.hdl.link.inbox import POSITION_BITS, Inbox
from pulsetrain.protocol import CREDIT_STEP, LEAST_WINDOWS
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_reset
from .streams import Sink

QUIET = {"position": 0, "valid": 0, "keep": 0, "drop": 0, "o__ready": 0}
FRAMES = 150
MASK = (1 << POSITION_BITS) - 1


def inbox(config: Config) -> Inbox:
    """The component; it is the same for every configuration."""
    return Inbox()


class Reader:
    """Takes bytes out of the inbox while `runs`; every cycle of the bench is a `step` of it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._sink = Sink(bench, "o")
        self.runs = True
        self.taken = bytearray()
        self.opened = 0

    async def step(self, **values: Any) -> None:
        """One cycle."""
        ready = self._sink.drive() if self.runs else {"o__ready": 0}
        await self._bench.cycle(**values, **ready)
        self.opened += self._bench.get("opened")
        if self.runs:
            byte = self._sink.taken()
            self.taken += bytes([] if byte is None else [byte])


@bench_test
async def whole_frames_in_order_are_kept(block: Block) -> None:
    """The stream is the payload of those whole frames that were next and had room."""
    bench = Bench(block, inbox, QUIET)
    await bench.reset()
    reader = Reader(bench)
    kept, refused = bytearray(), 0
    for number in range(FRAMES):
        reader.runs = number % 40 < 20
        payload = bench.random.bytes(int(bench.random.integers(100)))
        position = len(kept) if bench.chance(0.8) else int(bench.random.integers(MASK + 1))
        for byte in payload:
            for _ in range(10):
                await reader.step(position=position)
            await reader.step(position=position, valid=1, byte=byte)
        room = LEAST_WINDOWS.commands - (len(kept) - len(reader.taken))
        whole = bench.chance(0.9)
        for _ in range(3):
            await reader.step(position=position)
        await reader.step(position=position, keep=int(whole), drop=int(not whole))
        if whole and position == len(kept) and (reader.runs or len(payload) <= room):
            kept += payload
        else:
            refused += 1
        await reader.step(position=position)
        bench.expect("received", len(kept))
    reader.runs = True
    while len(reader.taken) < len(kept):
        await reader.step()
    for _ in range(4):
        await reader.step()
    assert reader.taken == kept
    assert reader.opened == len(kept) // CREDIT_STEP > 2
    assert refused
    bench.expect("consumed", len(kept))


@bench_test
async def resets(block: Block) -> None:
    """A reset discards every byte."""
    await check_reset(Bench(block, inbox, QUIET), ["received", "consumed", "opened", "o__valid"])
