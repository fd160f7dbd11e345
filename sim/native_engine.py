"""NativeEngine: emitted hardware compiled into this process, with no Python in the clock loop."""

import ctypes
from contextlib import suppress
from itertools import chain
from pathlib import Path

import numpy as np

from pulsetrain.files import temporary_folder
from pulsetrain.formats import engine as formats
from pulsetrain.formats.samples import pack_samples
from pulsetrain.formats.struct import Format
from pulsetrain.formats.words import from_words, to_words
from pulsetrain.golden import Results, State, initial_state
from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.memory_map import from_slices, pack_rows, unpack_rows
from pulsetrain.registers import MODE_HALT, MODE_RUN, register, registers_of
from pulsetrain.run.backend import BackendStalledError
from pulsetrain.run.parity import check_parity
from pulsetrain.spec import Config

from . import runner
from .words import longest_wait, observed, reads, writes

SOURCE = Path(__file__).with_name("native_engine.cpp")
"""The harness around the model that Verilator makes."""

_BATCH = 1000
"""Samples per call. Ctrl-C takes effect between calls, and shorter calls need less memory."""

_COUNTS = np.ctypeslib.ndpointer(np.uint32, ndim=1, flags="C_CONTIGUOUS")
_WORDS = np.ctypeslib.ndpointer(np.uint32, ndim=2, flags="C_CONTIGUOUS")
_EXCHANGE = (ctypes.c_int64, [ctypes.c_void_p, _WORDS, ctypes.c_int64, _WORDS, ctypes.c_int64,
                              ctypes.c_int64])
_RECORDING = {
    "start_recording": (None, [ctypes.c_void_p, ctypes.c_char_p]),
    "stop_recording": (None, [ctypes.c_void_p]),
}
_FUNCTIONS = {
    "new": (ctypes.c_void_p, []),
    "delete": (None, [ctypes.c_void_p]),
    "reset": (None, [ctypes.c_void_p]),
    "words": (None, [ctypes.c_void_p, _COUNTS]),
    "write_register": (None, [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32]),
    "read_register": (ctypes.c_uint32, [ctypes.c_void_p, ctypes.c_uint32]),
    "serve_host": _EXCHANGE,
    "run": _EXCHANGE,
    "observe": (None, [ctypes.c_void_p, ctypes.c_bool]),
    "observed": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_uint32,
                                  ctypes.POINTER(ctypes.POINTER(ctypes.c_uint32))]),
}


class NativeEngine:
    """An engine that Verilator and g++ compiled; a `Backend` and a context manager.

    `verilog` is the emitted file. The engine computes what `SimulatedEngine` does; its streams
    are never idle or stalled. With a `wave` file the engine can `record` waveforms into it,
    and is slower.

    Raises:
        sim.runner.SimulatorMissingError: Verilator or a program it needs is not installed.
        sim.runner.SimulationFailedError: the Verilog does not compile, or its ports are not those
            of the configuration's engine.
    """

    _SOURCE = SOURCE
    _FUNCTIONS = _FUNCTIONS

    def __init__(self, config: Config, verilog: Path, *, wave: Path | None = None) -> None:
        self.config = config
        self._wave = wave
        self.gate = 256
        self.observe = False
        self.observed: dict[tuple[str, int, int], int] = {}
        self._ports = formats.ports(config)
        self._request, self._pairs = self._ports["i_host__payload"], self._ports["o_host__payload"]
        self._result = self._ports["o_result__payload"]
        self._reads = to_words(self._request, chain.from_iterable(reads(config)))
        self._limit = longest_wait(config)
        with temporary_folder() as folder:
            library = ctypes.CDLL(str(runner.build_library(
                verilog, runner.top_of(verilog), self._SOURCE, folder,
                wave=wave.suffix if wave else None)))
        self._functions = {}
        functions = {**self._FUNCTIONS, **(_RECORDING if wave else {})}
        for name, (result, arguments) in functions.items():
            self._functions[name] = function = library[f"engine_{name}"]
            function.restype, function.argtypes = result, arguments
        self._engine: int | None = self._functions["new"]()
        self._check_ports(verilog)
        with suppress(BackendStalledError):  # the first run stalls again, and reports it
            self.load(initial_state(config))

    def __enter__(self) -> "NativeEngine":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def load(self, state: State) -> None:
        """Reset the engine and write `state` through its host port and registers."""
        self.reset()
        requests = writes(self.config, pack_rows(self.config, state))
        self._exchange("serve_host", to_words(self._request, chain.from_iterable(requests)),
                       _no_words(0, self._pairs),
                       "the host port takes no request")
        self.write_register("generator", state.generator)
        for name in COUNTERS:
            self.write_register(name, state.counters[name])

    def read(self) -> State:
        """Read every state through the host port and the registers."""
        packed = _no_words(len(self._reads), self._pairs)
        self._exchange("serve_host", self._reads, packed, "the host port gives no slice {}")
        check_parity(self.config, self.read_register)
        return unpack_rows(self.config, from_slices(self.config, from_words(packed)),
                           self.read_register("generator"), self.counters())

    def counters(self) -> dict[str, int]:
        """Read the registers that count."""
        return {name: self.read_register(name) for name in COUNTERS}

    def device_pulses(self) -> None:
        """None: hardware does not count them."""

    def energy(self) -> None:
        """None: hardware does not count it."""

    def read_register(self, name: str) -> int:
        """Read one register by its name."""
        return self._call("read_register", register(name).address)

    def write_register(self, name: str, value: int) -> None:
        """Write one register by its name."""
        self._call("write_register", register(name).address, value)

    def registers(self) -> dict[str, int]:
        """Read every register: name -> value."""
        return {entry.name: self.read_register(entry.name)
                for entry in registers_of(self.config)}

    def reset(self) -> None:
        """Reset the engine; its synapses stay as they are."""
        self._call("reset")

    def record(self, recording: bool) -> None:
        """Start, resume or stop recording every signal; the file is complete after `close`."""
        if recording:
            self._call("start_recording", str(self._wave).encode())
        else:
            self._call("stop_recording")

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other."""
        return self._run(x, labels, train=True)

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; no state changes."""
        return self._run(x, labels, train=False)

    def close(self) -> None:
        """Free the engine's memory."""
        if self._engine is not None:
            self._call("delete")
        self._engine = None

    def _run(self, x: np.ndarray, labels: np.ndarray, *, train: bool) -> Results:
        self.write_register("gate", self.gate)
        self._call("observe", self.observe)
        self.write_register("mode", MODE_RUN)
        results = _no_words(len(x), self._result)
        try:
            for start in range(0, len(x), _BATCH):
                part = slice(start, start + _BATCH)
                transfers, _ = pack_samples(self.config, x[part], labels[part], train=train,
                                            unit=np.uint32)
                self._exchange("run", transfers, results[part], "no result for sample {}", start)
        finally:
            self._take_observed()
        self.write_register("mode", MODE_HALT)
        check_parity(self.config, self.read_register)
        fields = self._result.unpack_all(results)
        return Results.of_fields(fields)

    def _check_ports(self, verilog: Path) -> None:
        """Refuse an engine whose payloads have other sizes than those of the configuration."""
        words = np.zeros(len(self._ports), np.uint32)
        self._call("words", words)
        if words.tolist() != [port.words for port in self._ports.values()]:
            self.close()
            raise runner.SimulationFailedError(
                f"the ports of {verilog} must be those of the configuration {self.config.name!r}")

    def _take_observed(self) -> None:
        """Note what the probes have shown since the run began."""
        shown: list[tuple[str, int]] = []
        for number, (name, probe) in enumerate(formats.probes(self.config).items()):
            address = ctypes.POINTER(ctypes.c_uint32)()
            words = self._call("observed", number, ctypes.byref(address))
            values = np.array(address[:words], np.uint32).reshape(-1, probe.words)
            shown += [(name, word) for word in from_words(values)]
        self.observed = observed(self.config, shown)

    def _exchange(self, streams: str, sent: np.ndarray, received: np.ndarray, failure: str,
                  first: int = 0) -> None:
        """Send the payloads `sent`, and fill `received` with the answers, numbered from `first`.

        Raises:
            BackendStalledError: nothing moved for the longest time that an answer can take.
        """
        count = self._call(streams, sent, len(sent), received, len(received), self._limit)
        if count < 0:
            missing = first - 1 - count
            raise BackendStalledError(f"{failure.format(missing)} in {self._limit} cycles", missing)

    def _call(self, name: str, *arguments: object) -> int | None:
        if self._engine is None:
            raise ValueError("the engine is closed")
        return self._functions[name](self._engine, *arguments)


def _no_words(count: int, form: Format) -> np.ndarray:
    return np.zeros((count, form.words), np.uint32)
