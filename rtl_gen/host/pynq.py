"""PYNQ: an engine behind AXI and a DMA of a Zynq, as a backend of a Trainer on the board itself."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pulsetrain.bus_map import DMA_CELL, ENGINE_CELL, RESET_CELL, bus_register
from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.formats import bus as bus_formats
from pulsetrain.spec import Config

from .bus_engine import BusEngine

BUS = "axi"

SECONDS = 10.0
"""How long the results of a batch may take."""

_DMA_CONTROL, _DMA_RESET = 0x00, 4
"""The register of the DMA, and its bit, which reset both channels; the bit then clears itself."""


class PynqMissingError(PulsetrainError, RuntimeError):
    """This machine has no package `pynq`: it is not a board that runs PYNQ."""

    status = FAILED


class DmaStuckError(PulsetrainError, RuntimeError):
    """The DMA does not end its reset: a transfer to or from the memory does not end."""

    status = FAILED


class Registers(Protocol):
    """The methods of `pynq.MMIO` that are used."""

    def read(self, offset: int) -> int:
        """The word at the byte `offset`."""

    def write(self, offset: int, value: int) -> None:
        """Write the word at the byte `offset`."""


class Channel(Protocol):
    """What is used of a channel of `pynq.lib.dma.DMA`."""

    @property
    def idle(self) -> bool:
        """Whether the transfer is done."""

    def start(self) -> None:
        """Let it run, after a reset."""

    def transfer(self, array: Any, start: int, nbytes: int) -> None:
        """Begin to send or receive `nbytes` of a buffer, from its byte `start` on."""

    def wait(self) -> None:
        """Wait until the transfer is done; raises RuntimeError if it has failed."""


class Dma(Registers, Protocol):
    """What is used of `pynq.lib.dma.DMA`."""

    sendchannel: Channel
    recvchannel: Channel


def pynq_engine(config: Config, bitstream: str | Path = "pulsetrain.bit", *,
                seconds: float = SECONDS) -> BusEngine:
    """Load `bitstream`, which `pulsetrain build --board pynq-z2` has made with its `.hwh` beside
    it, on the board that this runs on; the engine of `config` in it is a backend for `Trainer`.

    A batch without results for `seconds` raises `BackendStalledError`, a DMA that takes longer for
    its reset `DmaStuckError`.

    Raises:
        PynqMissingError: there is no package `pynq`.
        OSError: there is no such file.
        BoardRefusedError: the bitstream has another engine.
    """
    try:
        from pynq import MMIO, Overlay, allocate
    except ImportError as error:
        raise PynqMissingError("pynq is not installed: run this on a board with PYNQ's image "
                               f"({error})") from error
    overlay = Overlay(str(bitstream))
    engine, reset = (MMIO(place["phys_addr"], place["addr_range"])
                     for place in (overlay.ip_dict[name] for name in (ENGINE_CELL, RESET_CELL)))
    port = PynqPort(config, engine, getattr(overlay, DMA_CELL), reset, allocate, seconds=seconds)
    return BusEngine(config, BUS, port)


class PynqPort:
    """A port to the engine of `config`; a `host.bus_engine.EnginePort`.

    `engine` and `reset` are the registers of the block design's cells, `dma` its DMA. `allocate`
    makes a buffer of a shape and a dtype that the DMA can reach. Samples are sent in a batch when
    the first of their results is taken. A batch without results for `seconds` has stalled; a reset
    of the DMA may take as long.
    """

    def __init__(self, config: Config, engine: Registers, dma: Dma, reset: Registers,
                 allocate: Callable[..., Any], *, seconds: float = SECONDS) -> None:
        self._engine, self._dma, self._reset = engine, dma, reset
        self._allocate, self._seconds = allocate, seconds
        self._per_packet = bus_register(config, BUS, "results_per_packet").address
        self._words: list[np.ndarray] = []
        self._samples = 0
        self._results: list[int] = []
        self._buffers: dict[str, Any] = {}

    async def read(self, address: int) -> int:
        """The register at the byte `address` of the engine."""
        return self._engine.read(address)

    async def write(self, address: int, value: int) -> None:
        """Write the register at the byte `address` of the engine."""
        self._engine.write(address, value)

    async def send(self, octets: bytes, user: int) -> None:
        """Add one sample to the batch."""
        padded = octets + bytes(-len(octets) % bus_formats.SAMPLE_BYTES)
        words = np.frombuffer(padded, "<u4")
        self._words += [np.array([user, len(words)], np.uint32), words]
        self._samples += 1

    async def take(self, count: int) -> list[int]:
        """The next `count` results.

        Raises:
            TimeoutError: one does not come in time, or no sample was sent.
        """
        while len(self._results) < count:
            if not self._samples:
                raise TimeoutError("no sample is left that could have a result")
            self._exchange()
        taken, self._results = self._results[:count], self._results[count:]
        return taken

    async def reset(self) -> None:
        """Reset the engine and the DMA; the batch is empty afterwards.

        Raises:
            DmaStuckError: the DMA does not end its reset in time.
        """
        self._words, self._samples, self._results = [], 0, []
        self._reset.write(0, 0)
        self._dma.write(_DMA_CONTROL, _DMA_RESET)
        ends = time.monotonic() + self._seconds
        while self._dma.read(_DMA_CONTROL) & _DMA_RESET:
            if time.monotonic() > ends:
                raise DmaStuckError(f"the DMA has not ended its reset for {self._seconds:g} "
                                    "seconds: load the bitstream again, and check that the clock "
                                    "of the FPGA runs")
        self._reset.write(0, 1)
        self._dma.sendchannel.start()
        self._dma.recvchannel.start()

    def close(self) -> None:
        """Free the buffers."""
        for buffer in self._buffers.values():
            buffer.freebuffer()
        self._buffers = {}

    def _exchange(self) -> None:
        """Send the batch, and receive its results in one packet."""
        words, samples = np.concatenate(self._words), self._samples
        self._words, self._samples = [], 0
        sent = self._buffer("sent", len(words), np.uint32)
        received = self._buffer("received", samples, np.uint64)
        sent[:len(words)] = words
        self._engine.write(self._per_packet, samples)
        self._dma.recvchannel.transfer(received, 0, samples * bus_formats.RESULT_BYTES)
        self._dma.sendchannel.transfer(sent, 0, len(words) * bus_formats.SAMPLE_BYTES)
        ends = time.monotonic() + self._seconds
        while not self._dma.recvchannel.idle:
            if time.monotonic() > ends:
                raise TimeoutError(f"no results for {self._seconds:g} seconds")
        self._dma.sendchannel.wait()
        self._dma.recvchannel.wait()
        self._results += received[:samples].tolist()

    def _buffer(self, name: str, items: int, dtype: type) -> Any:
        """The buffer `name` with room for `items`, which is kept."""
        found = self._buffers.get(name)
        if found is None or len(found) < items:
            if found is not None:
                found.freebuffer()
            self._buffers[name] = found = self._allocate((1 << (items - 1).bit_length(),), dtype)
        return found
