"""Bench of the executor: random commands against an engine that takes its time."""

from collections import deque
from typing import Any

import cocotb

from rtl_gen.hdl.executor import Executor
from rtl_gen.link import COMMAND_HEADER, Item, command, items, pack_header
from rtl_gen.registers import ADDRESS_BITS

from .packing import pack
from .scaffold import TIMEOUT, Bench, check_reset
from .streams import Sink, Source

QUIET = {"i__valid": 0, "o__ready": 0, "o_sample__ready": 0, "i_result__valid": 0,
         "o_host__ready": 0, "i_host__valid": 0}
COMMANDS = 120
REGISTERS = 1 << ADDRESS_BITS


class Script:
    """Random commands, and all that has to come of them, in order."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._items = items(bench.config)
        self.sent, self.answers = bytearray(), bytearray()
        self.samples: list[Any] = []
        self.results: list[Any] = []
        self.requests: list[tuple[int, int, Any]] = []
        self.rows: list[Any] = []
        self.writes: list[tuple[int, int]] = []
        for _ in range(COMMANDS):
            name = str(bench.random.choice(
                ["write_registers", "read_registers", "write_rows", "read_rows", "send_samples",
                 "take_results", "loopback"]))
            count = int(bench.random.integers(4))
            rows = max(1, bench.config.rows - count)
            address = int(bench.random.integers(rows if "rows" in name else REGISTERS - count))
            self.sent += pack_header(COMMAND_HEADER, code=command(name).code, count=count,
                                     address=address)
            for place in range(count):
                getattr(self, f"_{name}")(address + place)

    def _write_registers(self, address: int) -> None:
        word = int(self._bench.random.integers(1 << 32))
        self.writes.append((address, word))
        self.sent += self._bytes("register", word)

    def _read_registers(self, address: int) -> None:
        self.answers += self._bytes("register", register_word(address))

    def _write_rows(self, address: int) -> None:
        row, packed = self._random("i_host__payload", "row")
        self.requests.append((1, address, row))
        self.sent += packed

    def _read_rows(self, address: int) -> None:
        row, packed = self._random("i_host__payload", "row")
        self.requests.append((0, address, None))
        self.rows.append(row)
        self.answers += packed

    def _send_samples(self, address: int) -> None:
        sample, packed = self._random("o_sample__payload", "transfer")
        self.samples.append(sample)
        self.sent += packed

    def _take_results(self, address: int) -> None:
        result, packed = self._random("i_result__payload", "result")
        self.results.append(result)
        self.answers += packed

    def _loopback(self, address: int) -> None:
        byte = self._bench.random.bytes(1)
        self.sent += byte
        self.answers += byte

    def _random(self, port: str, item: str) -> tuple[Any, bytes]:
        value = self._bench.noise(port)
        return value, self._bytes(item, pack(self._bench.shape(port), value)[0])

    def _bytes(self, item: str, word: int) -> bytes:
        found: Item = self._items[item]
        return word.to_bytes(found.size, "little")


def register_word(address: int) -> int:
    """What the register at `address` reads."""
    return 0x9E3779B9 * (address + 1) & 0xFFFFFFFF


@cocotb.test(**TIMEOUT)
async def commands_are_carried_out(dut: Any) -> None:
    """Everything that commands say reaches the engine once and in order, and their answers come."""
    bench = Bench(dut, Executor, QUIET)
    await bench.reset()
    script = Script(bench)
    commands, answers = Source(bench, "i", script.sent), Sink(bench, "o")
    samples, results = Sink(bench, "o_sample"), Source(bench, "i_result", script.results)
    requests, rows = Sink(bench, "o_host"), Source(bench, "i_host", [])
    unread = deque(script.rows)
    came, sampled, asked, written = bytearray(), [], [], []
    address = 0
    while commands.left or len(came) < len(script.answers):
        await bench.cycle(
            **commands.drive(), **answers.drive(), **samples.drive(), **results.drive(),
            **requests.drive(), **rows.drive(), bus__read_data=register_word(address))
        commands.taken()
        results.taken()
        rows.taken()
        byte, sample, request = answers.taken(), samples.taken(), requests.taken()
        came += bytes([] if byte is None else [byte])
        if sample is not None:
            sampled.append(sample)
        if request is not None:
            asked.append((request["write"], request["address"],
                          request["row"] if request["write"] else None))
            if not request["write"]:
                rows.left.append(unread.popleft())
        if bench.get("bus__write"):
            written.append((bench.get("bus__address"), bench.get("bus__write_data")))
        address = bench.get("bus__address") or 0
    for _ in range(400):
        await bench.cycle(**samples.drive(), **requests.drive(), bus__read_data=0)
        sample, request = samples.taken(), requests.taken()
        sampled += [] if sample is None else [sample]
        asked += [] if request is None else [(1, request["address"], request["row"])]
        if bench.get("bus__write"):
            written.append((bench.get("bus__address"), bench.get("bus__write_data")))
    assert came == script.answers
    assert sampled == script.samples
    assert asked == script.requests
    assert written == script.writes
    assert not results.left


@cocotb.test(**TIMEOUT)
async def resets(dut: Any) -> None:
    """A reset forgets the command that is carried out."""
    await check_reset(Bench(dut, Executor, QUIET), [
        "o__valid", "o_sample__valid", "i_result__ready", "o_host__valid", "bus__write"])
