"""cocotb test of test_pynq.py: the driver for PYNQ, with objects that have pynq's methods and drive
the emitted top through cocotbext-axi."""

import os

import cocotb
import numpy as np
import pytest
from cocotb.clock import Clock
from cocotb.task import bridge, resume
from cocotb.triggers import ClockCycles
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)
from small import small_data

from pulsetrain import Trainer
from pulsetrain.golden import GoldenEngine
from pulsetrain.host.bus_engine import BusEngine
from pulsetrain.host.pynq import PynqPort
from pulsetrain.run import BackendStalledError
from pulsetrain.spec import load_config

SAMPLES = 40


class Buffer(np.ndarray):
    """What pynq.allocate returns: an array that must be freed, and is not seen until it is."""

    def freebuffer(self) -> None:
        self[:] = 0


def allocate(shape, dtype):
    return np.zeros(shape, dtype).view(Buffer)


class Mmio:
    """As pynq.MMIO: the registers of the top."""

    def __init__(self, dut) -> None:
        self._bus = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), dut.aclk, dut.aresetn,
                                  False)

    @resume
    async def read(self, offset):
        answer = await self._bus.read(offset, 4)
        assert answer.resp == AxiResp.OKAY, hex(offset)
        return int.from_bytes(answer.data, "little")

    @resume
    async def write(self, offset, value):
        answer = await self._bus.write(offset, int(value).to_bytes(4, "little"))
        assert answer.resp == AxiResp.OKAY, hex(offset)


class Reset:
    """As pynq.MMIO: the register of a GPIO that is the top's reset."""

    def __init__(self, dut) -> None:
        self._dut = dut

    @resume
    async def write(self, offset, value):
        assert offset == 0
        self._dut.aresetn.value = value
        await ClockCycles(self._dut.aclk, 3)


class Channel:
    """As a channel of pynq.lib.dma.DMA without scatter-gather: idle only after a transfer."""

    def __init__(self, dut) -> None:
        self._dut, self._done, self._running, self._fresh = dut, None, True, True

    def start(self):
        self._running = self._fresh = True

    def stop(self):
        """What a reset of the DMA does."""
        self._abort()
        self._running, self._done = False, None

    @property
    def idle(self):
        self._pass_time()
        return self._done is not None and self._done.done()

    def transfer(self, array, start, nbytes):
        assert self._running, "DMA channel not started"
        assert self._fresh or self.idle, "DMA channel not idle"
        self._fresh = False
        self._done = self._begin(array.view(np.uint8)[start:start + nbytes])

    def wait(self):
        while not self.idle:
            pass

    @resume
    async def _pass_time(self):
        await ClockCycles(self._dut.aclk, 8)

    @resume
    async def _abort(self):
        if self._done is not None:
            self._done.cancel()
            await ClockCycles(self._dut.aclk, 1)

    @resume
    async def _begin(self, octets):
        return cocotb.start_soon(self._carry(octets))


class SendChannel(Channel):
    def __init__(self, dut) -> None:
        super().__init__(dut)
        self._stream = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.aclk,
                                       dut.aresetn, False)

    async def _carry(self, octets):
        await self._stream.send(AxiStreamFrame(octets.tobytes()))
        await self._stream.wait()


class ReceiveChannel(Channel):
    """It ends with the packet, and refuses one that is longer than the transfer."""

    def __init__(self, dut) -> None:
        super().__init__(dut)
        self._stream = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.aclk,
                                     dut.aresetn, False)

    def stop(self):
        super().stop()
        self._stream.clear()

    async def _carry(self, octets):
        frame = await self._stream.recv()
        assert len(frame.tdata) == len(octets), "the packet must fill the buffer"
        octets[:] = list(frame.tdata)


class Dma:
    """As pynq.lib.dma.DMA."""

    def __init__(self, dut) -> None:
        self.sendchannel, self.recvchannel = SendChannel(dut), ReceiveChannel(dut)

    def read(self, offset):
        return 0

    def write(self, offset, value):
        assert (offset, value) == (0, 4)
        self.sendchannel.stop()
        self.recvchannel.stop()


async def started(dut, seconds: float) -> tuple[PynqPort, object]:
    """A port to the top, and its configuration."""
    config = load_config(os.environ["BATCH_CONFIG"])
    Clock(dut.aclk, 10, unit="ns").start()
    dut.aresetn.value = 0
    mmio, dma = Mmio(dut), Dma(dut)
    await ClockCycles(dut.aclk, 3)
    dut.aresetn.value = 1
    return PynqPort(config, mmio, dma, Reset(dut), allocate, seconds=seconds), config


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_training_over_dma_is_the_model_s(dut) -> None:
    port, config = await started(dut, 60)
    data = small_data(config)

    @bridge
    def train():
        engine = BusEngine(config, "axi", port)
        with Trainer(config, engine, reference=GoldenEngine(config, count_cycles=True)) as trainer:
            trainer.fit(data.x_train, data.y_train, samples=SAMPLES)
            trainer.predict(data.x_test[:3])
            trainer.backend.read()
            assert trainer.checked.mismatches == 0, trainer.checked.first_divergence
            assert engine.read_register("samples") == SAMPLES
            assert trainer.backend.counters()["pulses"] > 0
            assert engine.read_register("interrupt_pending") & 8 == 0  # no sample_error

    await train()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_batch_without_results_stalls_and_a_reset_recovers(dut) -> None:
    """The second of two samples has no words of its own: its result does not come."""
    port, config = await started(dut, 0.05)
    data, model = small_data(config), GoldenEngine(config)

    @bridge
    def stall():
        engine = BusEngine(config, "axi", port)
        engine.load(model.read())
        port.send = lambda octets, user: PynqPort.send(port, b"", user)
        with pytest.raises(BackendStalledError, match="no result for sample 0"):
            engine.train(data.x_train[:1], data.y_train[:1])
        del port.send
        engine.load(model.read())
        assert not engine.read_register("samples")

    @bridge
    def recover():
        engine = BusEngine(config, "axi", PynqPort(config, *parts, seconds=60))
        found = engine.train(data.x_train[:3], data.y_train[:3])
        assert (found.classes == model.train(data.x_train[:3], data.y_train[:3]).classes).all()

    parts = port._engine, port._dma, port._reset, allocate
    await stall()
    await recover()
