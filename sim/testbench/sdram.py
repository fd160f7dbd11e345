"""Bench of the SDRAM controller with a model of the chip, which checks every time of it."""

from dataclasses import replace

import cocotb
from amaranth.hdl import Module
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.hdl.store.sdram import SdramController, request_layout
from pulsetrain.sim.chip import add_chip, parameters_of
from pulsetrain.spec import Config
from pulsetrain.store.chips import CHIPS, Chip, Memory, strictest

from .scaffold import Bench, Block, bench_test
from .streams import Source

PERIOD = 10.0
"""ns"""
WORDS = 1 << 12
QUIET = {"i__valid": 0, "i_word__valid": 0, "room": 0}
REQUESTS = 60


def quick(chip: Chip) -> Chip:
    """`chip`, ready soon after power-up, and with refreshes four times as often."""
    return replace(chip, times=replace(chip.times, power_up=2_000, trefi=2_000))


class ControllerWithChip(Component):
    """A controller for several chips, and one of them.

    Members:
        i, i_word, room, reads, read, word, idle: as of the controller.
        failed: Out, 1 bit, of the chip.
    """

    def __init__(self, chips: tuple[Chip, ...], chip: Chip, period: float = PERIOD,
                 words: int = WORDS) -> None:
        self._memory = Memory(chip=strictest(chips), period=period)
        self._parameters = parameters_of(chip, period, words)
        super().__init__({
            "i": In(stream.Signature(request_layout(strictest(chips)))),
            "i_word": In(stream.Signature(16)), "room": In(1), "reads": Out(1), "read": Out(1),
            "word": Out(16), "idle": Out(1), "failed": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.controller = controller = SdramController(self._memory)
        connect(m, flipped(self.i), controller.i)
        connect(m, flipped(self.i_word), controller.i_word)
        m.d.comb += [controller.room.eq(self.room), self.reads.eq(controller.reads),
                     self.read.eq(controller.read), self.word.eq(controller.word),
                     self.idle.eq(controller.idle)]
        add_chip(m, controller.pins, self._memory, self._parameters, self.failed)
        return m


def sdram(config: Config) -> ControllerWithChip:
    """The component; it is the same for every configuration."""
    chips = tuple(quick(chip) for chip in CHIPS.values())
    return ControllerWithChip(chips, chips[0])


@bench_test
async def keeps_what_is_written(block: Block) -> None:
    """Requests of any length, across rows, with pauses on both sides; refreshes in between."""
    bench = Bench(block, sdram, QUIET)
    await bench.reset()
    stored: dict[int, int] = {}
    for number in range(REQUESTS):
        count = int(bench.random.integers(1, 900 if number % 20 == 0 else 40))
        start = int(bench.random.integers(WORDS - count))
        if number % 2:
            found = await _read(bench, start, count)
            wanted = [stored.get(start + index) for index in range(count)]
            assert all(want in (None, word) for want, word in zip(wanted, found, strict=True)), (
                f"at {start}: {found}, not {wanted}")
        else:
            words = bench.random.integers(1 << 16, size=count).tolist()
            await _write(bench, start, words)
            stored |= {start + index: word for index, word in enumerate(words)}
    await _request(bench, 0, 0, 1)
    for _ in range(2_000):  # a row is not kept open for a word that nobody takes
        await bench.cycle()


@bench_test
async def one_word_a_cycle_within_a_row(block: Block) -> None:
    """A row of 512 words is read in little more cycles than words."""
    bench = Bench(block, sdram, QUIET)
    await bench.reset()
    await _write(bench, 0, list(range(512)), pauses=False)
    cycles = 0
    found = []
    await _request(bench, 0, 0, 512)
    while len(found) < 512:
        await bench.cycle(room=1)
        cycles += 1
        if bench.get("read"):
            found.append(bench.get("word"))
    assert found == list(range(512))
    cocotb.log.info("512 words in %d cycles", cycles)
    assert cycles <= 512 + 80


async def _request(bench: Bench, write: int, address: int, count: int) -> None:
    while True:
        await bench.cycle(i__valid=1, i__payload={
            "write": write, "address": address, "count": count})
        if bench.get("i__ready"):
            return


async def _write(bench: Bench, address: int, words: list[int], *, pauses: bool = True) -> None:
    await _request(bench, 1, address, len(words))
    if not pauses:
        for word in words:
            await bench.cycle(i_word__valid=1, i_word__payload=word)
            while not bench.get("i_word__ready"):
                await bench.cycle(i_word__valid=1, i_word__payload=word)
        return
    source = Source(bench, "i_word", words)
    while source.left:
        await bench.cycle(**source.drive())
        source.taken()


async def _read(bench: Bench, address: int, count: int) -> list[int | None]:
    await _request(bench, 0, address, count)
    found, decided = [], 0
    while len(found) < count:
        await bench.cycle(room=int(bench.chance(0.7)))
        decided += bench.get("reads")
        if bench.get("read"):
            found.append(bench.get("word"))
    assert decided == count
    return found
