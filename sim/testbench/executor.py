"""Bench of the executor: random commands, and an engine that answers after random times."""

from collections import deque
from collections.abc import Callable
from typing import Any

from pulsetrain.formats import engine as formats
from pulsetrain.formats.dense import dense_header
from pulsetrain.hdl.link.executor import Executor
from pulsetrain.protocol import (
    COMMAND_HEADER,
    REFUSALS,
    STATUS_REFUSED,
    command,
    commands,
    items,
    refusal,
    spaces,
)
from pulsetrain.registers import register, registers_of
from pulsetrain.spec.memories import SLICE_LANES, slices

from .scaffold import Bench, Block, bench_test, check_reset
from .streams import Sink, Source

QUIET = {"i__valid": 0, "o__ready": 0, "o_sample__ready": 0, "i_result__valid": 0,
         "o_host__ready": 0, "i_host__valid": 0, "bus__ready": 0}
COMMANDS_PER_SCRIPT = 80
SCRIPTS, SHORT = 28, 4
"""Scripts that end with a refused command, and the number of commands before that."""
IN_WORK = 3
"""Samples that the engine can hold."""
REST = 40
"""Cycles at the end in which nothing more may happen."""
ADDRESS_LIMIT = 1 << 24


class Script:
    """Random commands, and everything that must result from them, in order.

    `sent`: the bytes to be taken; `untaken`: those after a refusal; `refusal`: its code.
    """

    def __init__(self, bench: Bench, commands: int, *, was_refused: int) -> None:
        self._bench = bench
        self._items, self._registers = items(bench.config), registers_of(bench.config)
        self._lanes = slices(bench.config)
        self._slice_bytes = formats.row_slice(bench.config).size
        self._spaces = spaces(bench.config)
        self.was_refused = was_refused
        self.sent, self.untaken, self.answers = bytearray(), b"", bytearray()
        self.refusal = 0
        self.samples: list[Any] = []
        self.results: list[Any] = []
        self.requests: list[tuple[int, int, int, Any]] = []
        self.slices: list[Any] = []
        self.writes: list[tuple[int, int]] = []
        self._is_raw = bench.config.engine.input == "raw"
        self._form = dense_header(bench.config)
        self._sample: dict[str, int] | None = None
        self._header: deque[int] = deque()
        self._in_run = False
        self._input = self._in_work = 0
        for _ in range(commands):
            self._add()

    def refuse(self, name: str) -> None:
        """End with something to be refused for the reason `name`, and with commands after it."""
        getattr(self, f"_refuse_{name}")()
        self.refusal = refusal(name).code
        self.untaken += self._bench.random.bytes(5) + b"".join(
            COMMAND_HEADER.to_bytes({"code": entry.code, "count": 1, "address": 0}) + b"\1" * 8
            for entry in commands())

    # What is carried out ------------------------------------------------------------------------

    def _add(self) -> None:
        idle = not self._in_work
        name = self._choice([
            "read_registers", "read_rows", "send_samples", "take_results", "loopback",
            "write_registers", *(["write_rows"] if idle else [])])
        if name == "write_registers" and not idle:
            self._command(name, register("mode").address, 1)
            return
        count = self._below(4)
        if name == "take_results":
            count = min(count, self._in_work)
        if name == "send_samples":
            self._send_bytes(4 * count)
            return
        if name == "write_registers" and count:
            self._command(name, *self._choice([
                (register("mode").address, 1),
                (self._below(len(self._registers) - count - 5) + 6, count)]))
            return
        space = command(name).space
        self._command(name, self._below(self._spaces[space] - count + 1) if space else 0, count)

    def _command(self, name: str, address: int, count: int) -> None:
        self._begin(name, address, count)
        for offset in range(count):
            getattr(self, f"_{name}")(address + offset)

    def _begin(self, name: str, address: int, count: int) -> None:
        self.sent += COMMAND_HEADER.to_bytes(
            {"code": command(name).code, "count": count, "address": address})

    def _write_registers(self, address: int) -> None:
        entry = self._registers[address]
        word = self._choice([entry.least, entry.most,
                             entry.least + self._below(entry.most + 1 - entry.least)])
        self.writes.append((address, word))
        self.sent += self._bytes("register", word)

    def _read_registers(self, address: int) -> None:
        shown = STATUS_REFUSED * self.was_refused * (self._registers[address].name == "status")
        self.answers += self._bytes("register", register_word(address) | shown)

    def _write_rows(self, address: int) -> None:
        row = self._row()
        self._write_slices(address, row, len(self._lanes))
        self.sent += self._items["row"].to_bytes(row)

    def _write_slices(self, address: int, row: list[Any], count: int) -> None:
        """The first `count` slices of a row are written, the last one filled up with zeros."""
        self.requests += [(1, address, number, self._slice(row, number))
                          for number in range(count)]

    def _read_rows(self, address: int) -> None:
        row = self._row()
        for number in range(len(self._lanes)):
            self.requests.append((0, address, number, None))
            self.slices.append(self._slice(row, number))
        self.answers += self._items["row"].to_bytes(row)

    def _take_results(self, address: int) -> None:
        result = self._bench.noise("i_result__payload")
        self._in_work -= 1
        self.results.append(result)
        self.answers += self._items["result"].to_bytes(result)

    def _loopback(self, address: int) -> None:
        byte = self._bench.random.bytes(1)
        self.sent += byte
        self.answers += byte

    def _row(self) -> list[dict[str, int]]:
        """A row of valid states."""
        row = self._bench.noise("i_host__payload") * len(self._lanes)
        return [pair | {name: self._below(self._bench.config.design.states)
                        for name in ("plus", "minus")}
                for pair in row[:self._bench.config.engine.lanes]]

    def _slice(self, row: list[Any], number: int) -> list[Any]:
        """Slice `number` of `row`, filled up with zeros."""
        pairs = [row[lane] for lane in self._lanes[number]]
        return pairs + [dict.fromkeys(row[0], 0)] * (len(self._lanes[0]) - len(pairs))

    def _send_bytes(self, most: int) -> None:
        """A command with at most `most` bytes of samples; fewer if the engine would be full."""
        octets = bytearray()
        while len(octets) < most and self._in_work < IN_WORK:
            octets.append(self._next_byte())
        self._begin("send_samples", 0, len(octets))
        self.sent += octets

    def _next_byte(self) -> int:
        """A byte that continues the samples; what follows from it is carried out."""
        inputs, activations = self._bench.config.network.inputs, self._bench.config.numbers.full
        if self._sample is None:
            self._sample = {"label": self._below(self._bench.config.network.outputs),
                            "train": self._below(2)}
            self._header = deque(self._form.to_bytes(self._sample))
        if self._header:
            return self._header.popleft()
        if self._in_run:
            length = min(256, inputs - self._input)
            length = self._choice([1, length, 1 + self._below(length)])
            self._in_run = False
            self._give(0, length)
            return length - 1
        if self._bench.chance(0.4):
            self._in_run = True
            return 0
        value = 1 + self._below(activations)
        self._give(value, 1)
        return value

    def _give(self, value: int, count: int) -> None:
        """The transfers of `count` inputs of one value."""
        inputs, is_raw = self._bench.config.network.inputs, self._is_raw
        ends = self._input + count == inputs
        if is_raw or value or ends:
            transfer = {"value": value, **(self._sample or {})}
            if not is_raw:
                transfer["index"] = self._input
            self.samples += [transfer | {"last": int(ends and left == 0)}
                             for left in reversed(range(count if is_raw else 1))]
        self._input += count
        if ends:
            self._input, self._sample = 0, None
            self._in_work += 1

    # What is refused ----------------------------------------------------------------------------

    def _refuse_command(self) -> None:
        codes = sorted({0, *range(len(commands()) + 1, 256)})
        self.sent += COMMAND_HEADER.to_bytes(
            {"code": self._choice(codes), "count": self._below(4), "address": self._below(16)})

    def _refuse_address(self) -> None:
        entry = self._choice(commands())
        count = self._choice([0, 1, 2, 0xFFFF, self._below(0x10000)])
        if not entry.space:
            address = 1 << self._below(24)
        else:
            limit = self._spaces[entry.space]
            first = max(0, limit - count + 1)  # from here on, items extend past the last one
            address = self._choice([first, max(first, limit), max(first, limit + 1),
                                    first | 1 << 23, ADDRESS_LIMIT - 1,
                                    first + self._below(ADDRESS_LIMIT - first)])
            if address + count <= limit:
                address = limit + 1
        self._begin(entry.name, address, count)

    def _refuse_register(self) -> None:
        self._settle()
        address = self._below(len(self._registers))
        if not self._registers[address].writable:
            first = max(0, address - self._below(3))
            last = min(len(self._registers), address + 1 + self._below(3))
            self._begin("write_registers", first, last - first)
            return
        name, words = self._choice([
            ("mode", [2, 3, 1 << 31]), ("generator", [0]), ("gate", [257, 511, 512, 1 << 9 | 1]),
            ("gate", [256 | 1 << 30])])
        address = register(name).address
        self._begin("write_registers", address, 1)
        self.sent += self._bytes("register", self._choice(words))

    def _refuse_row(self) -> None:
        self._settle()
        config, item = self._bench.config, self._items["row"]
        before = self._below(3)
        address = self._below(self._spaces["row"] - before)
        self._begin("write_rows", address, before + 1)
        for offset in range(before):
            self._write_rows(address + offset)
        row = self._row()
        above = range(config.design.states, 1 << config.design.state_bits)
        spare = 8 * item.size - item.bits
        lane = len(row) - 1
        if above and (not spare or self._bench.chance(0.5)):
            lane = self._below(len(row))
            row[lane][self._choice(["plus", "minus"])] = self._choice(above)
            word = item.pack(row)
        else:
            word = item.pack(row) | 1 << item.bits + self._below(spare)
        number = lane // SLICE_LANES
        self._write_slices(address + before, row, number)
        octets = self._bytes("row", word)
        end = min(len(octets), (number + 1) * self._slice_bytes)
        self.sent += octets[:end]
        self.untaken += octets[end:]

    def _refuse_sample(self) -> None:
        config = self._bench.config
        self._settle()
        labels = range(config.network.outputs, 1 << config.design.label_bits)
        spare = 8 * self._form.size - self._form.bits
        values = range(config.numbers.full + 1, 256)
        match self._choice([*(["label"] if labels else []), *(["bit"] if spare else []),
                            *(["value"] if values else []), "run"]):
            case "label":
                self._refuse_header(self._form.pack({"label": self._choice(labels), "train": 1}))
            case "bit":
                self._refuse_header(1 << self._form.bits + self._below(spare))
            case "value":
                self._reach(lambda: not self._header and not self._in_run)
                self._refuse_byte(self._choice(values))
            case "run":
                self._reach(lambda: self._in_run and config.network.inputs - self._input < 256)
                length = config.network.inputs - self._input
                self._refuse_byte(length + self._below(256 - length))

    def _refuse_header(self, word: int) -> None:
        self._reach(lambda: self._sample is None)
        *before, last = word.to_bytes(self._form.size, "little")
        self._begin("send_samples", 0, len(before))
        self.sent += bytes(before)
        self._refuse_byte(last)

    def _refuse_byte(self, byte: int) -> None:
        self._begin("send_samples", 0, 1 + self._below(3))
        self.sent.append(byte)

    def _reach(self, reached: Callable[[], bool]) -> None:
        """Send bytes of samples until the next one is as wanted."""
        while not reached():
            self._send_bytes(1)
            if self._in_work == IN_WORK:
                self._settle()

    def _refuse_result(self) -> None:
        before = self._in_work
        self._begin("take_results", 0, before + 1 + self._below(3))
        for _ in range(before):
            self._take_results(0)

    def _refuse_busy(self) -> None:
        while not self._in_work:
            self._send_bytes(1)
        if self._bench.chance(0.5):
            self._begin("write_rows", self._below(self._spaces["row"]), 1)
            return
        address = self._choice([entry.address for entry in self._registers
                                if entry.writable and entry.name != "mode"])
        self._begin("write_registers", address, 1)

    def _settle(self) -> None:
        """Take all results, so that the next refusal has only the intended reason."""
        if self._in_work:
            self._command("take_results", 0, self._in_work)

    # Helpers ------------------------------------------------------------------------------------

    def _below(self, limit: int) -> int:
        return int(self._bench.random.integers(limit))

    def _choice(self, entries: Any) -> Any:
        return entries[self._below(len(entries))]

    def _bytes(self, item: str, word: int) -> bytes:
        """A packed item, which may have spare bits that are not 0."""
        return word.to_bytes(self._items[item].size, "little")


def register_word(address: int) -> int:
    """What the register at `address` reads."""
    return 0x9E3779B9 * (address + 1) & 0xFFFFFFFF


@bench_test
async def commands_are_carried_out(block: Block) -> None:
    """Every item reaches the engine once and in order, and every answer arrives."""
    bench = Bench(block, Executor, QUIET)
    for was_refused in (0, 1):
        await bench.reset()
        script = Script(bench, COMMANDS_PER_SCRIPT, was_refused=was_refused)
        await _carry_out(bench, script)


@bench_test
async def what_is_undefined_is_refused(block: Block) -> None:
    """Neither a refused item nor anything after it reaches the engine."""
    bench = Bench(block, Executor, QUIET)
    reasons = [entry.name for entry in REFUSALS
               if entry.name != "row" or _has_undefined_rows(bench)]
    for number in range(SCRIPTS):
        await bench.reset()
        script = Script(bench, SHORT, was_refused=number % 2)
        script.refuse(reasons[number % len(reasons)])
        await _carry_out(bench, script)


@bench_test
async def resets(block: Block) -> None:
    """A reset discards the command in work."""
    await check_reset(Bench(block, Executor, QUIET), [
        "o__valid", "o_sample__valid", "i_result__ready", "o_host__valid", "bus__write",
        "refusal"])


def _has_undefined_rows(bench: Bench) -> bool:
    config, item = bench.config, items(bench.config)["row"]
    return config.design.states < 1 << config.design.state_bits or item.bits < 8 * item.size


async def _carry_out(bench: Bench, script: Script) -> None:
    """Send a script to an engine that answers after random times, and check all that results."""
    commands, answers = Source(bench, "i", script.sent + script.untaken), Sink(bench, "o")
    samples, results = Sink(bench, "o_sample"), Source(bench, "i_result", script.results)
    requests, rows = Sink(bench, "o_host"), Source(bench, "i_host", [])
    unread = deque(script.slices)
    received, sampled, asked, written = bytearray(), [], [], []
    ready, read_data, rest = 0, None, REST
    while rest:
        if len(commands.left) == len(script.untaken) and len(received) >= len(script.answers):
            rest -= 1
        await bench.cycle(
            **commands.drive(), **answers.drive(), **samples.drive(), **results.drive(),
            **requests.drive(), **rows.drive(), bus__ready=ready, bus__read_data=read_data,
            was_refused=script.was_refused)
        commands.taken()
        results.taken()
        rows.taken()
        byte, sample, request = answers.taken(), samples.taken(), requests.taken()
        received += bytes([] if byte is None else [byte])
        if sample is not None:
            sampled.append(sample)
        if request is not None:
            asked.append((request["write"], request["address"], request.get("slice", 0),
                          request["pairs"] if request["write"] else None))
            if not request["write"]:
                rows.left.append(unread.popleft())
        if bench.get("bus__write") and ready:
            written.append((bench.get("bus__address"), bench.get("bus__write_data")))
        read_data = register_word(bench.get("bus__address") or 0) if ready else read_data
        ready = int(bench.chance(0.2))
    assert received == script.answers
    assert sampled == script.samples
    assert asked == script.requests
    assert written == script.writes
    assert not results.left
    assert len(commands.left) == len(script.untaken)
    bench.expect("refusal", script.refusal)
