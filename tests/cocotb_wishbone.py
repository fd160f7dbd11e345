"""cocotb tests of test_bus.py: engines behind Wishbone, driven by cocotbext-wishbone.

"events" has the classic bus, "values" the pipelined one.
"""

import random

import cocotb
from bus_checks import (
    STREAMED,
    bus_address,
    check_busy_rows,
    check_registers,
    check_training,
    configuration,
    leave_reset,
    streamed_cycles,
)
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotbext.wishbone.driver import WBOp, WishboneMaster
from small import small_data

from pulsetrain.bus_map import RESULT_FIFO, SAMPLE_FIFO
from pulsetrain.host.bus import BusHost

LIMIT = {"timeout_time": 400, "timeout_unit": "us"}
SIGNALS = {"cyc": "cyc", "stb": "stb", "we": "we", "adr": "adr", "datwr": "dat_w",
           "datrd": "dat_r", "ack": "ack"}
ACK, ERR = 1, 2


class Port:
    """An engine behind Wishbone; an access to it can be refused."""

    def __init__(self, dut, address) -> None:
        self._bus = WishboneMaster(dut, "wb", dut.clk, width=32, timeout=500,
                                   signals_dict=SIGNALS)
        self._address = address
        self._chance: random.Random | None = None

    def pause(self) -> None:
        """Leave the bus idle at random."""
        self._chance = random.Random(3)

    async def read(self, address: int) -> int:
        value = await self.try_read(address)
        assert value is not None, f"read of {address:#x}"
        return value

    async def write(self, address: int, value: int) -> None:
        assert await self.try_write(address, value.to_bytes(4, "little")), f"{address:#x}"

    async def try_read(self, address: int) -> int | None:
        (answer,) = await self._cycle([WBOp(address)])
        return int(answer.datrd) if answer.ack == ACK else None

    async def try_write(self, address: int, octets: bytes) -> bool:
        place = address % 4
        lanes = bytes(place) + octets
        words = [lanes[start:start + 4] for start in range(0, len(lanes), 4)]
        answers = await self._cycle([WBOp(
            address - place + 4 * number, int.from_bytes(word, "little"),
            sel=(1 << len(word)) - (1 << (place if number == 0 else 0)))
            for number, word in enumerate(words)])
        return all(answer.ack == ACK for answer in answers)

    async def send(self, octets: bytes, user: int) -> None:
        words = [octets[start:start + 4] for start in range(0, len(octets), 4)]
        while await self.read(self._address("sample_room")) < len(words):
            pass
        data, last = self._address("sample_data"), self._address("sample_last")
        operations = [WBOp(self._address("sample_user"), user)] + [
            WBOp(last if place == len(words) - 1 else data, int.from_bytes(word, "little"),
                 sel=(1 << len(word)) - 1) for place, word in enumerate(words)]
        answers = await self._cycle(operations)
        assert [answer.ack for answer in answers] == [ACK] * len(operations)

    async def take(self, count: int) -> list[int]:
        taken = []
        while len(taken) < count:
            if await self.read(self._address("results_held")):
                upper = await self.read(self._address("result"))
                taken.append(upper << 32 | await self.read(self._address("result_cycles")))
        return taken

    async def _cycle(self, operations: list[WBOp]) -> list:
        if self._chance:
            for operation in operations:
                operation.idle = self._chance.choice((0, 0, 1, 5))
        answers = await self._bus.send_cycle(operations)
        assert len(answers) == len(operations)
        assert all(answer.ack in (ACK, ERR) for answer in answers)
        return answers


async def started(name: str, engine_period: int = 0
                  ) -> tuple[BusHost, Port, cocotb.handle.HierarchyObject]:
    """The engine `name`, after a reset of one clock cycle; its own clock has a period in ps."""
    dut = cocotb.tops[f"{name}_wishbone"]
    host = BusHost(configuration(name), "wishbone", None)
    host.port = port = await leave_reset(
        dut, dut.clk, dut.rst, active=1, engine_period=engine_period,
        connect=lambda: Port(dut, lambda register: bus_address(host, register)))
    return host, port, dut


@cocotb.test(**LIMIT)
@cocotb.parametrize(name=["events", "values"])
async def samples_are_as_fast_as_the_bare_engine_s(_, name) -> None:
    """From the first access to the last result that can be read. It is the first test, so that both
    engines have the states of power-up."""
    host, _, _ = await started(name)

    async def done() -> None:
        while await host.read("results_held") < STREAMED:
            pass

    taken, bare_cycles = await streamed_cycles(host, name, done)
    assert bare_cycles < taken < 1.02 * bare_cycles


@cocotb.test(**LIMIT)
@cocotb.parametrize(name=["events", "values"])
async def a_training_is_the_model_s(_, name) -> None:
    host, port, _ = await started(name)
    port.pause()
    await check_training(host)


@cocotb.test(**LIMIT)
@cocotb.parametrize(name=["events", "values"])
async def registers_are_as_declared(_, name) -> None:
    host, port, _ = await started(name)
    await check_registers(host, port)


@cocotb.test(**LIMIT)
async def a_busy_row_is_left_alone(_) -> None:
    host, port, _ = await started("events")
    await check_busy_rows(host, port)


@cocotb.test(**LIMIT)
async def fifos_refuse_what_they_cannot_hold(_) -> None:
    """The engine is halted, and buffers two samples of one word each."""
    host, port, _ = await started("events")
    assert await port.try_read(bus_address(host, "result")) is None
    held = 0
    while await port.try_write(bus_address(host, "sample_last"), bytes(4)):
        held += 1
    assert held == SAMPLE_FIFO + 2
    assert await host.read("sample_room") == 0
    assert await host.pending() == {"access_error"}


@cocotb.test(**LIMIT)
async def results_wait_until_they_are_read_and_the_interrupt_tells_of_them(_) -> None:
    host, _, dut = await started("values")
    await host.write("interrupt_enable", 1)
    await host.write("mode", 1)
    data = small_data(host.config)
    sent = RESULT_FIFO + 3
    await host.send(data.x_train[:1], data.y_train[:1], train=False)
    await with_timeout(RisingEdge(dut.irq), 10, "us")
    await host.send(data.x_train[1:sent], data.y_train[1:sent], train=False)
    while await host.read("results_held") < RESULT_FIFO:
        pass
    got = await host.results(sent)
    assert len(got) == sent
    assert await host.read("results_held") == 0


@cocotb.test(**LIMIT)
async def pipelined_accesses_are_answered_in_order_and_dropped_with_their_cycle(_) -> None:
    """Without the driver, which waits for each answer before it asks again."""
    host, _, dut = await started("values")
    written = [0x01020304 * number for number in range(1, 5)]
    base, answers = bus_address(host, "row_data"), []

    async def ask(writes, cycles):
        dut.wb_cyc.value = dut.wb_stb.value = 1
        dut.wb_we.value, dut.wb_sel.value = writes, 15
        for number in range(cycles):
            left = number < len(written)
            dut.wb_stb.value = left
            dut.wb_adr.value = base + 4 * number * left
            dut.wb_dat_w.value = written[number % len(written)]
            await RisingEdge(dut.clk)
            assert not (left and dut.wb_stall.value)
            answers.append(int(dut.wb_dat_r.value) if dut.wb_ack.value else None)
        dut.wb_cyc.value = dut.wb_stb.value = 0

    await ask(1, len(written))  # ended before the last two answers
    await ClockCycles(dut.clk, 5)
    assert [answer is not None for answer in answers] == [False, False, True, True]
    answers.clear()
    await ask(0, len(written) + 2)
    assert answers == [None, None, *written]


@cocotb.test(**LIMIT)
async def a_training_is_the_model_s_with_a_slower_engine(_) -> None:
    host, port, _ = await started("crossing", 23100)
    port.pause()
    await check_training(host)
