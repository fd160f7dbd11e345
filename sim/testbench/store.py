"""Bench of the store: records in a chip of SDRAM, read by jobs of every kind, and damaged ones."""

import zlib
from typing import Any

import numpy as np
from amaranth.hdl import Module
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.formats import engine as formats
from pulsetrain.golden.order import half_bits, keyed_order, order_key
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.store.store import Store, written_layout
from pulsetrain.sim.chip import add_chip, parameters_of
from pulsetrain.spec import Config
from pulsetrain.store.chips import CHIPS, Memory, strictest
from pulsetrain.store.job import KEYED, LIST, REGISTERS, SCAN, SEQUENCE, job_register
from pulsetrain.store.records import Stored, stored

from .scaffold import Bench, Block, bench_test
from .sdram import PERIOD, WORDS, quick
from .streams import Sink

SAMPLES = 9
BASE, LIST_WORD = 40, 3000
CHIPS_HERE = tuple(quick(chip) for chip in CHIPS.values())
QUIET = {"i__valid": 0, "restart": 0, "write": 0, "address": 0, "o_sample__ready": 0, "result": 0}


class StoreWithChip(Component):
    """A store and a model of its chip, with registers in the cells of the pins.

    Members:
        i, restart, address, write, write_data, read_data, o_sample, result, wrong, working, keeps,
            stays: as of `Store`.
        failed: Out, 1 bit, of the chip.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._memory = Memory(chip=strictest(CHIPS_HERE), period=PERIOD, registered=True)
        super().__init__({
            "i": In(stream.Signature(written_layout(self._memory.chip))), "restart": In(1),
            "address": In(range(len(REGISTERS))), "write": In(1), "write_data": In(32),
            "read_data": Out(32),
            "o_sample": Out(stream.Signature(layout(formats.event_transfer(config)))),
            "result": In(1), "wrong": In(1), "working": Out(1), "keeps": Out(1), "stays": Out(1),
            "failed": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.store = store = Store(self._config, self._memory)
        connect(m, flipped(self.i), store.i)
        connect(m, flipped(self.o_sample), store.o_sample)
        m.d.comb += [getattr(store, name).eq(getattr(self, name)) for name in (
            "restart", "address", "write", "write_data", "result", "wrong")]
        m.d.comb += [getattr(self, name).eq(getattr(store, name)) for name in (
            "read_data", "working", "keeps", "stays")]
        add_chip(m, store.pins, self._memory, parameters_of(CHIPS_HERE[0], PERIOD, WORDS),
                 self.failed)
        return m


@bench_test
async def jobs_give_the_samples_in_their_order(block: Block) -> None:
    """A sequence, a part of a keyed order and a list; all transfers, and all counters."""
    bench, x, labels, _ = await _begin(block)
    order = bench.random.permutation(SAMPLES)
    await _store(bench, LIST_WORD, np.stack([order, 0 * order], axis=1).ravel().astype("<u2"))
    key = order_key(5, 2)
    low, high = half_bits(SAMPLES - 2)
    settings = {"directory": BASE, "list": LIST_WORD, "count": SAMPLES - 2, "key": key,
                "halves": low | (high - low) << 4}
    for kind, first, begin, end, expected in (
            (SEQUENCE, 0, 0, SAMPLES, np.arange(SAMPLES)),
            (KEYED, 2, 3, SAMPLES - 2, 2 + keyed_order(key, SAMPLES - 2)[3:]),
            (LIST, 0, 1, SAMPLES, order[1:])):
        train = int(kind != SEQUENCE)
        await _job(bench, kind, train, first=first, begin=begin, end=end, **settings)
        await _expect_samples(bench, x[expected], labels[expected], train)
        assert await _get(bench, "done") == len(expected)
        assert await _get(bench, "errors") == len(expected) // 2
        assert await _get(bench, "fault") == 0
        assert not bench.get("working")


@bench_test
async def a_scan_gives_the_checksum(block: Block) -> None:
    """The CRC of any range of words is that of `zlib`, and takes about two cycles a word."""
    bench, _, _, content = await _begin(block)
    for begin, end in ((0, 1), (3, 40), (0, len(content.words))):
        await _job(bench, SCAN, 0, directory=BASE, begin=begin, end=end)
        cycles = 0
        while bench.get("working"):
            await bench.cycle()
            cycles += 1
        assert cycles < 2.5 * (end - begin) + 50
        assert await _get(bench, "done") == end - begin
        assert await _get(bench, "checksum") == zlib.crc32(content.content[2 * begin:2 * end])


@bench_test
async def a_word_is_stored_before_a_job_reads(block: Block) -> None:
    """Even if the chip is not initialised yet, and a restart comes in between."""
    for restarts in (False, True):
        bench = Bench(block, StoreWithChip, QUIET)
        await bench.reset()
        word = int(bench.random.integers(1 << 16))
        await _store(bench, BASE, np.array([word], "<u2"))
        if restarts:
            await _restart(bench)
        await _job(bench, SCAN, 0, directory=BASE, begin=0, end=1)
        while bench.get("working"):
            await bench.cycle()
        assert await _get(bench, "checksum") == zlib.crc32(word.to_bytes(2, "little"))


@bench_test
async def a_damaged_record_is_never_learned(block: Block) -> None:
    """One bit of a record or of the directory is wrong: samples before it come, and no other."""
    bench, x, labels, content = await _begin(block)
    damaged = 4
    await _store(bench, LIST_WORD, np.array([0, 0, 1, 0, 2, 0, 3, 0], "<u2"))
    entry = content.words[4 * damaged:4 * damaged + 4]
    start = int(entry[0])
    for place, bit in ((start, 1), (start + 1, 14), (start + int(entry[2]) - 1, 9),
                       (BASE + 4 * damaged, 0), (BASE + 4 * damaged + 2, 0),
                       (BASE + 4 * damaged + 2, 10)):  # more words than the FIFO has
        right = int(content.words[place - BASE])
        await _store(bench, place, np.array([right ^ 1 << bit], "<u2"))
        await _job(bench, SEQUENCE, 1, directory=BASE, first=0, begin=0, end=SAMPLES)
        await _expect_samples(bench, x[:damaged], labels[:damaged], 1)
        for _ in range(300):
            await bench.cycle(o_sample__ready=1)
            assert not (bench.get("o_sample__valid") and bench.get("o_sample__payload")["last"])
        assert not bench.get("working")
        assert await _get(bench, "fault") != 0
        assert await _get(bench, "faulty") == damaged
        assert await _get(bench, "done") == damaged
        await _restart(bench)  # words that were asked for may still come
        await _job(bench, LIST, 1, directory=BASE, begin=0, end=damaged, list=LIST_WORD)
        await _expect_samples(bench, x[:damaged], labels[:damaged], 1)
        await _store(bench, place, np.array([right], "<u2"))


@bench_test
async def a_job_stops_and_a_restart_ends_it(block: Block) -> None:
    """After a stop the samples that were fetched still come; after a restart a new job is right."""
    bench, x, labels, _ = await _begin(block)
    for cycles in range(20, 60, 2):
        await _job(bench, SEQUENCE, 1, directory=BASE, begin=0, end=SAMPLES)
        for _ in range(cycles):
            await bench.cycle(o_sample__ready=1)
        await _restart(bench)
        await _job(bench, SEQUENCE, 1, directory=BASE, begin=0, end=2)
        await _expect_samples(bench, x[:2], labels[:2], 1)
        assert not bench.get("working")
    await _job(bench, SEQUENCE, 1, directory=BASE, begin=0, end=SAMPLES)
    for _ in range(60):
        await bench.cycle()
    await _set(bench, "control", 0b10)
    sink, samples = Sink(bench, "o_sample"), 0
    while bench.get("working"):
        await bench.cycle(**sink.drive())
        transfer = sink.taken()
        if transfer is not None and transfer["last"]:
            await bench.cycle(result=1, wrong=0)
            samples += 1
    assert 0 < samples < SAMPLES
    assert await _get(bench, "done") == samples


async def _begin(block: Block) -> tuple[Bench, np.ndarray, np.ndarray, Stored]:
    """A bench with samples in its memory from the word `BASE` on."""
    bench = Bench(block, StoreWithChip, QUIET)
    await bench.reset()
    network = bench.config.network
    x = bench.random.integers(256, size=(SAMPLES, network.inputs), dtype=np.uint8)
    x[bench.random.random(x.shape) < 0.6] = 0
    x[0], x[1] = 0, 255
    labels = bench.random.integers(network.outputs, size=SAMPLES)
    content = stored(bench.config, x, labels, address=BASE)
    await _store(bench, BASE, content.words)
    return bench, x, labels, content


async def _restart(bench: Bench) -> None:
    await bench.cycle(restart=1)
    await bench.cycle()  # in which the feeder is reset


async def _store(bench: Bench, address: int, words: np.ndarray) -> None:
    for index, word in enumerate(words.tolist()):
        while True:
            await bench.cycle(i__valid=1, i__payload={"address": address + index, "word": word})
            if bench.get("i__ready"):
                break


async def _set(bench: Bench, name: str, value: int) -> None:
    await bench.cycle(address=job_register(name).address, write=1, write_data=value)


async def _get(bench: Bench, name: str) -> int:
    for _ in range(2):
        await bench.cycle(address=job_register(name).address)
    return bench.get("read_data")


async def _job(bench: Bench, kind: int, train: int, **settings: int) -> None:
    for name, value in settings.items():
        await _set(bench, name, value)
    await _set(bench, "control", 1 | train << 1 | kind << 4)
    for _ in range(3):
        await bench.cycle()
    assert bench.get("working")


async def _expect_samples(bench: Bench, x: np.ndarray, labels: np.ndarray, train: int) -> None:
    """Exactly these samples come; every second result is wrong."""
    sink = Sink(bench, "o_sample")
    shift = 8 - bench.config.numbers.activation_bits
    for number, (row, label) in enumerate(zip((x >> shift).tolist(), labels.tolist(),
                                              strict=True)):
        events: list[dict[str, Any]] = [
            {"index": index, "value": value} for index, value in enumerate(row) if value]
        events = events or [{"index": 0, "value": 0}]
        for place, event in enumerate(events):
            transfer = None
            while transfer is None:
                await bench.cycle(**sink.drive())
                transfer = sink.taken()
            last = int(place == len(events) - 1)
            found = {name: transfer[name] for name in ("index", "value", "last")}
            assert found == event | {"last": last}
            assert not last or (transfer["label"], transfer["train"]) == (label, train)
        await bench.cycle(result=1, wrong=number % 2)
    for _ in range(3):
        await bench.cycle()
