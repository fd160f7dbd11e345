"""NativeStored: an engine with its store and a memory chip, compiled into this process."""

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
from amaranth.hdl import Module
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.emit import TOP, emit_verilog
from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.files import temporary_folder
from pulsetrain.formats import engine as formats
from pulsetrain.hdl.store.stored import StoredEngine, stored_ports
from pulsetrain.registers import MODE_HALT, MODE_RUN
from pulsetrain.spec import Config
from pulsetrain.store.chips import CHIPS, Memory, strictest
from pulsetrain.store.job import FAULTS, KEYED, LEARN, ORDER_BIT, RUN, SCAN, SEQUENCE, job_register
from pulsetrain.store.keyed import keyed_settings
from pulsetrain.store.records import Stored

from .chip import add_chip, parameters_of
from .native_engine import _FUNCTIONS, NativeEngine

_PATIENCE = 100_000
_WORDS = np.ctypeslib.ndpointer(np.uint16, ndim=1, flags="C_CONTIGUOUS")


class StoreFaultError(PulsetrainError, RuntimeError):
    """A job ended because of a fault in the memory; the message names it and the sample."""

    status = FAILED


class EngineWithChip(Component):
    """A stored engine at a clock of `period` ns, and a model of its chip, for a simulator.

    The cells of the pins have registers.

    Members:
        restart to failed: as of `StoredEngine`.
        flips: In, 16 bits, bits of the memory's answers that are wrong in this cycle.
        violated: Out, 1 bit, `failed` of the chip.
    """

    def __init__(self, config: Config, period: float) -> None:
        self._config = config
        self._memory = Memory(chip=strictest(CHIPS.values()), period=period, registered=True)
        super().__init__({**stored_ports(config, self._memory.chip),
                          "flips": In(16), "violated": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.stored = stored = StoredEngine(self._config, self._memory)
        for name in ("i_sample", "o_result", "i_host", "o_host", "bus", "i_word"):
            connect(m, flipped(getattr(self, name)), getattr(stored, name))
        m.d.comb += [getattr(stored, name).eq(getattr(self, name)) for name in (
            "restart", "job_address", "job_write", "job_write_data")]
        m.d.comb += [getattr(self, name).eq(getattr(stored, name)) for name in (
            "job_read_data", "working", "keeps", "stays", "failed",
            *formats.probes(self._config))]
        chip = next(iter(CHIPS.values()))
        add_chip(m, stored.pins, self._memory,
                 parameters_of(chip, self._memory.period, chip.words), self.violated, self.flips)
        return m


class NativeStored(NativeEngine):
    """An engine that has samples in its memory, at a clock of `period` ns; also a `Backend` for
    samples from elsewhere.

    Raises:
        sim.runner.SimulatorMissingError: Verilator or a program it needs is not installed.
    """

    _SOURCE = Path(__file__).with_name("native_stored.cpp")
    _FUNCTIONS = _FUNCTIONS | {
        "store": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_uint32, _WORDS, ctypes.c_int64,
                                   ctypes.c_int64]),
        "write_job": (None, [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32]),
        "read_job": (ctypes.c_uint32, [ctypes.c_void_p, ctypes.c_uint32]),
        "work": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64,
                                  ctypes.c_uint16]),
    }

    def __init__(self, config: Config, period: float = 20.0) -> None:
        with temporary_folder() as folder:
            verilog = folder / "stored.v"
            verilog.write_text(emit_verilog(EngineWithChip(config, period), TOP), encoding="utf-8")
            super().__init__(config, verilog)

    def store(self, content: Stored, address: int = 0) -> None:
        """Store `content` from the word `address` on."""
        words = np.ascontiguousarray(content.words)
        if self._call("store", address, words, len(words), _PATIENCE) != len(words):
            raise StoreFaultError("the memory takes no words")

    def checksum(self, address: int, words: int) -> int:
        """The CRC-32 of a range of words in the memory."""
        self._job(SCAN, directory=address, begin=0, end=words)
        return self.job_register("checksum")

    def train_keyed(self, count: int, epoch: int, *, begin: int = 0, end: int | None = None,
                    directory: int = 0, flips: tuple[int, int] = (-1, 0)) -> int:
        """Learn from the first `count` samples of a directory in the keyed order of `epoch`, from
        the position `begin` to before `end`; returns the cycles.

        `flips` are a cycle, and bits of the memory's answer that are wrong in it.

        Raises:
            StoreFaultError: a record was damaged.
        """
        return self._job(KEYED, train=True, flips=flips, directory=directory, begin=begin,
                         end=count if end is None else end,
                         **keyed_settings(count, self.config.seed, epoch))

    def classify(self, begin: int, end: int, *, directory: int = 0) -> int:
        """How many of the samples with these numbers are classified wrongly."""
        self._job(SEQUENCE, directory=directory, begin=begin, end=end)
        return self.job_register("errors")

    def job_register(self, name: str) -> int:
        """Read one register of the job by its name."""
        return self._call("read_job", job_register(name).address)

    def _job(self, kind: int, *, train: bool = False, flips: tuple[int, int] = (-1, 0),
             **settings: int) -> int:
        settings = {"first": 0} | settings
        self.write_register("gate", self.gate)
        self.write_register("mode", MODE_RUN)
        settings["control"] = RUN | LEARN * train | kind << ORDER_BIT
        for name, value in settings.items():
            self._call("write_job", job_register(name).address, value)
        limit = (settings["end"] - settings["begin"]) * self._limit + _PATIENCE
        cycles: Any = self._call("work", limit, *flips)
        fault = self.job_register("fault")
        if fault:
            raise StoreFaultError(f"sample {self.job_register('faulty')}: "
                                  f"{list(FAULTS.values())[fault]}")
        if not 0 <= cycles < limit:
            raise StoreFaultError("the job has no end")
        self.write_register("mode", MODE_HALT)
        return cycles
