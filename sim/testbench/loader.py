"""Bench of the loader: samples from a hostile stream, read back bank by bank."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from pulsetrain.hdl.engine.loader import Loader

from .scaffold import Bench, Block, bench_test, check_reset
from .stimuli import activations
from .streams import Source

QUIET = {"i__valid": 0, "sequencer__release": 0}
SAMPLES = 60


@dataclass(kw_only=True)
class Bank:
    """A sample as it must be stored."""

    strong: list[dict[str, int]] = field(default_factory=list)
    weak: list[dict[str, int]] = field(default_factory=list)
    label: int = 0
    train: int = 0


@bench_test
async def samples_equal_what_was_sent(block: Block) -> None:
    """Empty, sparse, full and disordered samples; the reader fast, then slow."""
    bench = Bench(block, Loader, QUIET)
    await bench.reset()
    await _Model(bench).check()


@bench_test
async def resets(block: Block) -> None:
    """A reset empties both banks and the one that was being filled."""
    await check_reset(Bench(block, Loader, QUIET),
                      ["sequencer__ready", "sequencer__next_ready", "i__ready"])


class _Model:
    """Banks as lists, both sides stepped together, every output compared in every cycle."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._source = Source(bench, "i", (
            transfer for _ in range(SAMPLES) for transfer in _sample(bench)))
        self._filling = Bank()
        self._full: deque[Bank] = deque()  # completely taken
        self._stored: deque[Bank] = deque()
        self._fits, self._refused = True, False
        self._stored_before: list[Bank] = []
        self._released = 0
        self._read: dict[str, int] | None = None

    async def check(self) -> None:
        """Run until every sample has been read and released."""
        patience = self._bench.random.choice([0.05, 0.5, 1.0], SAMPLES).tolist()
        while self._released < SAMPLES:
            await self._cycle(release=bool(self._stored)
                              and self._bench.chance(patience[self._released]))
        assert not self._source.left

    async def _cycle(self, *, release: bool) -> None:
        bench = self._bench
        address, event = self._random_address()
        await bench.cycle(**self._source.drive(), sequencer__address=address,
                          sequencer__release=int(release))
        bench.expect("i__ready", int(len(self._full) < 2))
        bench.expect("sequencer__ready", int(bool(self._stored)))
        bench.expect("sequencer__next_ready", int(len(self._stored) == 2))
        bench.expect("dropped", int(not self._fits))
        bench.expect("refused", int(self._refused))
        bench.expect("event", self._read)
        self._read = event
        follows = list(self._stored)[release:]
        if follows:
            bench.expect("sequencer__some_events", int(bool(follows[0].strong or follows[0].weak)))
        if self._stored and any(self._stored[0] is bank for bank in self._stored_before):
            bank = self._stored[0]
            events = len(bank.strong) + len(bank.weak)
            for name, wanted in (("sequencer__strong", len(bank.strong)),
                                 ("sequencer__events", events),
                                 ("sequencer__some_strong", int(bool(bank.strong))),
                                 ("label", bank.label), ("sequencer__train", bank.train)):
                bench.expect(name, wanted)
        self._stored_before = list(self._stored)
        if release:
            self._full.popleft()
            self._released += 1
        self._stored = deque(self._full)
        transfer = self._source.taken()
        self._fits, self._refused = transfer is None or self._store(transfer), False
        if transfer is not None and transfer["last"] and transfer["train"]:
            self._refused = transfer["label"] >= bench.config.network.outputs

    def _random_address(self) -> tuple[int | None, dict[str, int] | None]:
        """An address of the current bank and its event: strong ones from 0, weak ones from -1."""
        if not self._stored:
            return None, None
        bank = self._stored[0]
        addresses = [*range(len(bank.strong)), *range(-len(bank.weak), 0)]
        if not addresses:
            return None, None
        address = int(self._bench.random.choice(addresses))
        events = bank.strong if address >= 0 else bank.weak[::-1]
        return address % (1 << self._bench.config.design.input_bits), events[address]

    def _store(self, transfer: dict[str, int]) -> bool:
        """Whether the transfer's event, if it has one, was stored."""
        bank, fits = self._filling, True
        inputs, outputs = (getattr(self._bench.config.network, name)
                           for name in ("inputs", "outputs"))
        if transfer["value"]:
            highest = max((event["index"] for event in bank.strong + bank.weak), default=-1)
            fits = highest < transfer["index"] < inputs
            if fits:
                strong = transfer["value"] > self._bench.config.design.layers[0].row_threshold
                (bank.strong if strong else bank.weak).append(
                    {"index": transfer["index"], "value": transfer["value"]})
        if transfer["last"]:
            bank.label = transfer["label"]
            bank.train = int(transfer["train"] and bank.label < outputs)
            self._full.append(bank)
            self._filling = Bank()
        return fits


def _sample(bench: Bench) -> list[dict[str, Any]]:
    """The transfers of one sample, some with value 0, some with the index of no input; the inputs
    of a disordered one come in any order, some of them twice.

    `label` and `train` are unknown before the last transfer. The label can be any number.
    """
    layer = bench.config.design.layers[0]
    kind = bench.random.choice(["empty", "sparse", "full", "disordered"])
    count = {"empty": 1, "sparse": int(bench.random.integers(1, layer.inputs + 1)),
             "full": layer.inputs, "disordered": 2 * layer.inputs}[kind]
    values = activations(bench, layer, count)
    if kind == "empty":
        values[:] = 0
    elif kind != "sparse":
        values[values == 0] = 1
    indices = bench.random.permutation(layer.inputs).tolist()
    indices = indices * 2 if kind == "disordered" else sorted(indices[:count])
    transfers = [{"index": index, "value": value, "last": 0, "label": None, "train": None}
                 for index, value in zip(indices, values.tolist(), strict=False)]
    for transfer in transfers:
        if bench.chance(0.1) and kind == "sparse":
            transfer["index"] = (1 << bench.config.design.input_bits) - 1
    transfers[-1] |= {"last": 1, "train": int(bench.chance(0.5)),
                      "label": int(bench.random.integers(1 << bench.config.design.label_bits))}
    return transfers
