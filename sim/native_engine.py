"""NativeEngine: emitted hardware compiled into this process, with no Python in the clock loop."""

import ctypes
from contextlib import suppress
from pathlib import Path

import numpy as np

from pulsetrain.emit import TOP
from pulsetrain.files import temporary_folder
from pulsetrain.golden import Results, State, initial_state
from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.memory_map import pack_rows, row_bits, unpack_rows
from pulsetrain.registers import MODE_HALT, MODE_RUN, REGISTERS, register
from pulsetrain.run.backend import BackendStalled
from pulsetrain.spec import Config

from . import runner
from .driver import longest_wait, note
from .packing import engine_packings, from_words, to_words, words_of

SOURCE = Path(__file__).with_name("native_engine.cpp")
"""The harness around the model that Verilator makes."""

_BATCH = 1000
"""Samples a call: between calls the program can be interrupted, and transfers stay few."""

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
    are never idle and never stalled. Where there is to be a `wave` file, of waveforms, the
    engine can `record`, and is slower.

    Raises:
        sim.runner.SimulatorMissing: Verilator or a program it needs is not installed.
        sim.runner.SimulationFailed: the Verilog does not compile.
    """

    def __init__(self, config: Config, verilog: Path, *, wave: Path | None = None) -> None:
        self.config = config
        self._wave = wave
        self.gate = 256
        self.observe = False
        self.observed: dict[tuple[str, int, int], int] = {}
        self._packings = engine_packings(config)
        self._reads = to_words((self._packings.request.pack(address=address)
                                for address in range(config.design.rows)),
                                self._packings.request.bits)
        self._limit = longest_wait(config)
        with temporary_folder() as folder:
            library = ctypes.CDLL(str(runner.build_library(
                verilog, TOP, SOURCE, folder, wave=wave.suffix if wave else None)))
        self._functions = {}
        functions = {**_FUNCTIONS, **(_RECORDING if wave else {})}
        for name, (result, arguments) in functions.items():
            self._functions[name] = function = library[f"engine_{name}"]
            function.restype, function.argtypes = result, arguments
        self._engine: int | None = self._functions["new"]()
        with suppress(BackendStalled):  # it stalls again where somebody is told of it
            self.load(initial_state(config))

    def __enter__(self) -> "NativeEngine":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def load(self, state: State) -> None:
        """Reset the engine and write `state` through its host port and registers."""
        self.reset()
        writes = (self._packings.request.pack(write=1, address=address, row=row)
                  for address, row in enumerate(pack_rows(self.config, state)))
        self._exchange("serve_host", to_words(writes, self._packings.request.bits),
                       self._no_words(0, row_bits(self.config)), "the host port takes no request")
        self.write_register("generator", state.generator)
        for name in COUNTERS:
            self.write_register(name, state.counters[name])

    def read(self) -> State:
        """Read every state through the host port and the registers."""
        rows = self._no_words(self.config.design.rows, row_bits(self.config))
        self._exchange("serve_host", self._reads, rows, "the host port gives no row {}")
        return unpack_rows(self.config, from_words(rows), self.read_register("generator"),
                           self.counters())

    def counters(self) -> dict[str, int]:
        """Read the registers that count."""
        return {name: self.read_register(name) for name in COUNTERS}

    def device_pulses(self) -> None:
        """None: hardware does not count them."""

    def read_register(self, name: str) -> int:
        """Read one register by its name."""
        return self._call("read_register", register(name).address)

    def write_register(self, name: str, value: int) -> None:
        """Write one register by its name."""
        self._call("write_register", register(name).address, value)

    def registers(self) -> dict[str, int]:
        """Read every register: name -> value."""
        return {entry.name: self.read_register(entry.name) for entry in REGISTERS}

    def reset(self) -> None:
        """Reset the engine; its synapses stay as they are."""
        self._call("reset")

    def record(self, recording: bool) -> None:
        """Begin, or go on, to record every signal, or rest; the file is whole after `close`."""
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
        """Give the engine's memory back."""
        if self._engine is not None:
            self._call("delete")
        self._engine = None

    def _run(self, x: np.ndarray, labels: np.ndarray, *, train: bool) -> Results:
        self.write_register("gate", self.gate)
        self._call("observe", self.observe)
        self.write_register("mode", MODE_RUN)
        results = self._no_words(len(x), self._packings.result.bits)
        try:
            for start in range(0, len(x), _BATCH):
                part = slice(start, start + _BATCH)
                self._exchange("run", self._transfers(x[part], labels[part], train),
                               results[part], "no result for sample {}", start)
        finally:
            self._take_observed()
        self.write_register("mode", MODE_HALT)
        fields = self._packings.result.unpack_all(results)
        return Results(classes=fields["klass"], errors=fields["error"].astype(bool),
                       cycles=fields["cycles"], ideal=np.zeros(len(x), np.int64))

    def _transfers(self, x: np.ndarray, labels: np.ndarray, train: bool) -> np.ndarray:
        """The transfers of all samples, (n, words) uint32."""
        activations = x >> (8 - self.config.numbers.activation_bits)
        if self.config.engine.input == "events":
            sent = activations != 0
            sent[~sent.any(axis=1), 0] = True
        else:
            sent = np.ones(activations.shape, bool)
        sample, index = np.nonzero(sent)
        fields = {"index": index, "value": activations[sample, index],
                  "last": np.diff(sample, append=-1) != 0, "label": labels[sample],
                  "train": np.full(len(sample), train)}
        packing = self._packings.sample
        return packing.pack_all({name: fields[name] for name in packing.fields})

    def _take_observed(self) -> None:
        """Note what the probes have shown since the run began."""
        self.observed = {}
        for place, (name, packing) in enumerate(self._packings.probes.items()):
            address = ctypes.POINTER(ctypes.c_uint32)()
            words = self._call("observed", place, ctypes.byref(address))
            shown = np.array(address[:words], np.uint32).reshape(-1, words_of(packing.bits))
            for word in from_words(shown):
                note(self.observed, self.config, name, packing.unpack(word))

    def _exchange(self, streams: str, sent: np.ndarray, got: np.ndarray, failure: str,
                  first: int = 0) -> None:
        """Send the payloads `sent`, and fill `got` with those that come, numbered from `first`.

        Raises:
            BackendStalled: nothing moved within the cycles that any answer can take.
        """
        came = self._call(streams, sent, len(sent), got, len(got), self._limit)
        if came < 0:
            place = first - 1 - came
            raise BackendStalled(f"{failure.format(place)} in {self._limit} cycles", place)

    def _call(self, name: str, *arguments: object) -> int | None:
        if self._engine is None:
            raise ValueError("the engine is closed")
        return self._functions[name](self._engine, *arguments)

    def _no_words(self, count: int, bits: int) -> np.ndarray:
        return np.zeros((count, words_of(bits)), np.uint32)
