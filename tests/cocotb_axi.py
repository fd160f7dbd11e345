"""cocotb tests of test_bus.py: engines behind AXI, driven by cocotbext-axi."""

import random
from itertools import repeat

import cocotb
from axi_bench import AxiPort
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
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiResp, AxiStreamFrame
from small import small_data

from pulsetrain.bus_map import INTERRUPTS, interrupts
from pulsetrain.formats import bus as bus_formats
from pulsetrain.golden import initial_state
from pulsetrain.host.bus import BusHost
from pulsetrain.registers import RESET_CYCLES

LIMIT = {"timeout_time": 1, "timeout_unit": "ms"}


class Port(AxiPort):
    """An engine behind AXI whose answers can be errors."""

    async def try_read(self, address: int) -> int | None:
        answer = await self.registers.read(address, 4)
        assert answer.resp in (AxiResp.OKAY, AxiResp.SLVERR)
        return int.from_bytes(answer.data, "little") if answer.resp == AxiResp.OKAY else None

    async def try_write(self, address: int, octets: bytes) -> bool:
        answer = await self.registers.write(address, octets)
        assert answer.resp in (AxiResp.OKAY, AxiResp.SLVERR)
        return answer.resp == AxiResp.OKAY

    def pause(self) -> None:
        """Leave every channel idle, or stall it, at random."""
        chance = random.Random(2)
        write, read = self.registers.write_if, self.registers.read_if
        for channel in (write.aw_channel, write.w_channel, write.b_channel, read.ar_channel,
                        read.r_channel, self.samples, self.results):
            channel.set_pause_generator(chance.random() < 0.4 for _ in repeat(None))


async def started(name: str, engine_period: int = 0
                  ) -> tuple[BusHost, Port, cocotb.handle.HierarchyObject]:
    """The engine `name`, after a reset of one clock cycle; its own clock has a period in ps."""
    dut = cocotb.tops[f"{name}_axi"]
    port = await leave_reset(dut, dut.aclk, dut.aresetn, active=0, engine_period=engine_period,
                             connect=lambda: Port(dut))
    return BusHost(configuration(name), "axi", port), port, dut


@cocotb.test(**LIMIT)
@cocotb.parametrize(name=["events", "values"])
async def streams_are_as_fast_as_the_bare_engine_s(_, name) -> None:
    """From the first word offered to the last result. It is the first test, so that both engines
    have the states of power-up."""
    host, _, _ = await started(name)
    taken, bare_cycles = await streamed_cycles(host, name, lambda: host.results(STREAMED))
    assert 0 < taken - bare_cycles <= 4  # the latency of both FIFOs


@cocotb.test(**LIMIT)
@cocotb.parametrize(name=["events", "values"])
async def a_training_is_the_model_s_with_every_channel_idle_and_stalled(_, name) -> None:
    host, port, _ = await started(name)
    port.pause()
    await check_training(host)


@cocotb.test(**LIMIT)
async def the_engine_is_reset_for_long_enough(_) -> None:
    """Although the reset of the bus is short; no sample reaches the engine before its end."""
    host, _, dut = await started("events")
    await host.send(small_data(host.config).x_train[:1], [0], train=False)
    engine, cycles = dut.engine.engine, 0  # the first one is the last of the bus
    while engine.rst.value:
        assert not engine.i_sample__valid.value
        cycles += 1
        await RisingEdge(dut.aclk)
    assert cycles == RESET_CYCLES


@cocotb.test(**LIMIT)
async def registers_are_as_declared(_) -> None:
    host, port, _ = await started("values")
    await check_registers(host, port)


@cocotb.test(**LIMIT)
async def interrupts_are_enabled_and_cleared_one_by_one(_) -> None:
    host, port, dut = await started("events")
    place = {name: 1 << bit for bit, name in enumerate(INTERRUPTS)}
    await host.write("interrupt_enable", place["result"] | place["row_done"])
    assert await port.try_read(bus_address(host, "row_command")) is None
    assert not dut.irq.value  # pending, but not enabled
    await host.write("row_command", 1)
    await with_timeout(RisingEdge(dut.irq), 10, "us")
    assert await host.read("bus_status") == 0
    await host.write("interrupt_pending", place["access_error"])
    assert dut.irq.value
    assert await host.pending() == {"row_done"}
    assert not dut.irq.value
    await host.write("mode", 1)
    await host.send(small_data(host.config).x_train[:1], [0])
    await with_timeout(RisingEdge(dut.irq), 10, "us")
    assert await host.pending() == {"result"}


@cocotb.test(**LIMIT)
async def a_flipped_bit_interrupts(_) -> None:
    """Once, until the register `parity` is cleared and the row is read again."""
    host, _, dut = await started("parity", engine_period=7300)
    await host.load(initial_state(host.config))
    bit = 1 << list(interrupts(host.config)).index("parity_error")
    await host.write("interrupt_enable", bit)
    memory = dut.engine.engine.synapse.bank_0_0.memory
    assert await host.pending() == {"row_done"}
    memory[9].value = int(memory[9].value) ^ 4
    for _ in range(2):
        await host.write("row_address", 9)
        await host.write("row_command", 1)
        await with_timeout(RisingEdge(dut.irq), 10, "us")
        assert await host.read("parity") == 1 << 31 | 9
        await host.write("interrupt_pending", bit)
        assert not dut.irq.value
        await host.write("parity", 0)
        assert await host.read("parity") == 0
    await host.load(initial_state(host.config))
    assert await host.pending() == {"row_done"}
    await host.state()
    assert await host.pending() == {"row_done"}
    assert not await host.port.try_write(bus_address(host, "parity"), bytes([1, 0, 0, 0]))


@cocotb.test(**LIMIT)
async def results_are_in_packets(_) -> None:
    host, port, _ = await started("events")
    data = small_data(host.config)
    await host.write("results_per_packet", 3)
    await host.write("mode", 1)
    await host.send(data.x_train[:6], data.y_train[:6], train=False)
    sizes = [len((await port.results.recv()).tdata) for _ in range(2)]
    assert sizes == [3 * bus_formats.RESULT_BYTES] * 2


@cocotb.test(**LIMIT)
async def a_packet_s_end_stays_while_a_result_waits(_) -> None:
    """`results_per_packet` is written meanwhile, and is valid from the next result on."""
    host, port, dut = await started("events")
    data = small_data(host.config)
    await host.write("mode", 1)
    port.results.pause = True
    for number, per_packet, ends in ((0, 2, 0), (1, 1, 1), (2, 1, 1), (3, 3, 0), (4, 3, 0)):
        await host.write("results_per_packet", per_packet)
        await host.send(data.x_train[number:number + 1], [0], train=False)
        while not dut.m_axis_tvalid.value:
            await RisingEdge(dut.aclk)
        for other in (5 - per_packet, 1, 2, 3):
            assert dut.m_axis_tlast.value == ends, (number, other)
            await host.write("results_per_packet", other)
        await RisingEdge(dut.aclk)
        port.results.pause = False
        while dut.m_axis_tvalid.value:
            await RisingEdge(dut.aclk)
        port.results.pause = True


@cocotb.test(**LIMIT)
async def a_busy_row_is_left_alone(_) -> None:
    host, port, _ = await started("events")
    await check_busy_rows(host, port)


@cocotb.test(**LIMIT)
async def a_training_is_the_model_s_from_unknown_states(_) -> None:
    """In single-port memory too: nothing has an initial value."""
    host, port, _ = await started("unknown")
    port.pause()
    await check_training(host)


@cocotb.test(**LIMIT)
async def words_of_events_are_checked(_) -> None:
    host, port, _ = await started("events")
    form = bus_formats.sample_word(host.config)
    sound = [form.pack({"index": 0, "value": 255}), form.pack({"index": 3, "value": 9})]

    async def cycles(words, keeps=()):
        """The cycles of a sample of `words`, and what it causes."""
        octets = b"".join(word.to_bytes(4, "little") for word in words)
        keep = [bit for keep in keeps for bit in keep] or None
        await port.samples.send(AxiStreamFrame(octets, tkeep=keep, tuser=0))
        (result,) = await host.results(1)
        return result["cycles"], await host.pending() - {"result"}

    await host.write("mode", 1)
    one, both = (await cycles(sound[:1]))[0], (await cycles(sound))[0]
    assert one < both
    no_input = form.pack({"index": host.config.network.inputs, "value": 9})
    assert await cycles([sound[0], no_input]) == (one, {"sample_error"})
    assert await cycles([sound[0], form.pack({"index": 1 << 15, "value": 9})]) == (
        one, {"sample_error"})
    whole, part, none = [1, 1, 1, 1], [1, 1, 0, 1], [0, 0, 0, 0]
    assert await cycles(sound, [whole, part]) == (one, {"sample_error"})
    assert await cycles(sound, [whole, none]) == (one, set())
    assert await cycles(sound, [whole, [1, 1, 1, 0]]) == (both, set())
    label = host.config.network.outputs
    await port.samples.send(AxiStreamFrame(sound[0].to_bytes(4, "little"), tuser=label))
    await host.results(1)
    assert "sample_error" in await host.pending()


@cocotb.test(**LIMIT)
async def bytes_of_raw_values_that_do_not_count_are_skipped(_) -> None:
    host, port, _ = await started("values")
    x = small_data(host.config).x_train[0]
    await host.write("mode", 1)
    await host.send(x[None], [0], train=False)
    expected = await host.results(1)
    octets, keep = bytearray(), []
    for place, value in enumerate(x.tolist()):
        holes = (0, 1, 6)[place % 3]
        octets += bytes([255] * holes + [value])
        keep += [0] * holes + [1]
    await port.samples.send(AxiStreamFrame(bytes(octets), tkeep=keep, tuser=0))
    assert await host.results(1) == expected


@cocotb.test(**LIMIT)
async def a_training_is_the_model_s_with_a_faster_engine(_) -> None:
    host, port, _ = await started("crossing", 3700)
    port.pause()
    await check_training(host)
