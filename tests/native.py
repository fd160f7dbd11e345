"""Modules that Verilator has compiled into this process, driven by the engine's own driver.

It is two to ten times as fast as a simulator in a process of its own, and one compiled module can
hold hundreds of mutants. Its logic is two-valued.
"""

import ctypes
import random
import re
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from pulsetrain.run import BackendStalledError
from pulsetrain.sim import runner
from pulsetrain.sim.driver import EngineDriver, EngineStalledError
from pulsetrain.sim.pins import UnknownLevelError
from pulsetrain.sim.server import carry_out

SOURCE = Path(__file__).with_name("pins.cpp")

_PORT = re.compile(r"^  (?:input|output) (?:\[(\d+):0\] )?(\w+) ?;", re.MULTILINE)


class Library:
    """The module `top` of the file `verilog`, compiled into the empty `folder`."""

    def __init__(self, verilog: Path, top: str, folder: Path) -> None:
        text = verilog.read_text()
        body = text[re.search(rf"^module {top}\b", text, re.MULTILINE).start():]
        self.ports = {name: int(high or 0) + 1
                      for high, name in _PORT.findall(body.partition("endmodule")[0])}
        names = " ".join(f"X({name.replace('__', '___05F')})" for name in self.ports)
        source = folder / "pins.cpp"
        source.write_text(f"#define PORTS(X) {names}\n{SOURCE.read_text()}")
        made = ctypes.CDLL(str(runner.build_library(verilog, top, source, folder / "build")))
        address, number = ctypes.c_void_p, ctypes.c_int
        self.functions = {}
        for name, (result, arguments) in {
                "new": (address, []), "delete": (None, [address]),
                "driven": (address, [address, number]), "shown": (address, [address, number]),
                "tick": (ctypes.c_bool, [address]),
                "until": (ctypes.c_int64, [address, number, ctypes.c_int64])}.items():
            self.functions[name] = function = made[f"pins_{name}"]
            function.restype, function.argtypes = result, arguments


class NativePins:
    """`Pins` of a new model of a library."""

    def __init__(self, library: Library) -> None:
        self._call = library.functions
        self._pins = self._call["new"]()
        self._numbers = {name: number for number, name in enumerate(library.ports)}
        self._widths = library.ports
        self._driven = {name: _words(self._call["driven"](self._pins, number), width)
                        for (name, width), number in zip(library.ports.items(),
                                                         self._numbers.values(), strict=True)}
        self._shown = {name: _words(self._call["shown"](self._pins, number), width)
                       for (name, width), number in zip(library.ports.items(),
                                                        self._numbers.values(), strict=True)}
        self._noise = random.Random(1)

    def close(self) -> None:
        """Free the model."""
        self._call["delete"](self._pins)

    def get(self, name: str) -> int:
        """The port's value just before the last clock edge."""
        words = self._shown[name]
        return words[0] if len(words) == 1 else int.from_bytes(words, "little")

    def set(self, name: str, value: int) -> None:
        """Drive an input from now on."""
        words = self._driven[name]
        if len(words) == 1:
            words[0] = value
        else:
            memory = ctypes.sizeof(words)
            ctypes.memmove(words, value.to_bytes(memory, "little"), memory)

    def scramble(self, name: str) -> None:
        """Drive an input with random values."""
        self.set(name, self._noise.getrandbits(self._widths[name]))

    async def tick(self) -> None:
        """One clock cycle."""
        if not self._call["tick"](self._pins):
            raise UnknownLevelError("the model does not settle")

    async def until(self, name: str, limit: int) -> bool:
        """Clock cycles until a port is 1, at most `limit`."""
        return self._call["until"](self._pins, self._numbers[name], limit) > 0


class NativeSimulation:
    """What `SimulatedEngine` takes for a simulation: its top `N` is the library's module with `N`
    at the input `selector`."""

    top = "0"

    def __init__(self, library: Library, selector: str) -> None:
        self._library = library
        self._selector = selector
        self._pins: NativePins | None = None
        self._driver: EngineDriver | None = None

    def ask(self, verb: str, *arguments: Any) -> Any:
        """The answer to a command of `sim.server`.

        Raises:
            BackendStalledError: the engine stalled.
        """
        try:
            if verb == "engine":
                top, limit, probes, seed = arguments
                self.close()
                self._pins = NativePins(self._library)
                self._pins.set(self._selector, int(top))
                self._driver = EngineDriver(self._pins, limit, probes,
                                            None if seed is None else random.Random(seed))
                verb, arguments = "reset", ()
            return _result(carry_out(self._driver, verb, list(arguments)))
        except EngineStalledError as stall:
            raise BackendStalledError(str(stall), stall.sample) from None
        except UnknownLevelError as unknown:
            raise BackendStalledError(str(unknown), 0) from None

    def close(self) -> None:
        """Free the model."""
        if self._pins:
            self._pins.close()
        self._pins = None


def _words(address: int, width: int) -> ctypes.Array:
    """The memory of a port of `width` bits at `address`, as Verilator lays it out."""
    for kind, bits in ((ctypes.c_uint8, 8), (ctypes.c_uint16, 16), (ctypes.c_uint32, 32),
                       (ctypes.c_uint64, 64)):
        if width <= bits:
            return (kind * 1).from_address(address)
    return (ctypes.c_uint32 * -(-width // 32)).from_address(address)


def _result(running: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that waits for nothing."""
    try:
        running.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("the driver waits")
