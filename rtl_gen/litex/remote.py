"""Remote: an engine in a SoC of LiteX, reached by LiteX's RemoteClient, as a backend of a Trainer.

A `RemoteClient` talks to LiteX's server, and the server to a bridge of the SoC, such as UARTBone.
No checksum protects what is on the way.
"""

import csv
import time
from contextlib import suppress
from pathlib import Path

from litex.tools.litex_client import RemoteClient

from pulsetrain.emit.manifest import TOP
from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.formats import bus as bus_formats
from pulsetrain.host.bus_engine import BusEngine
from pulsetrain.spec import Config

from .csrs import BUS

SECONDS = 10.0
"""How long an answer or a result may take."""

_PAUSE = 0.1
"""Seconds between two attempts to reach a server."""


class RemoteEngineError(PulsetrainError, RuntimeError):
    """LiteX's server or the SoC cannot be reached, or the SoC has no such engine."""

    status = FAILED


class _Client(RemoteClient):
    """A client that says when there is no answer (RemoteClient would return zeros) or no server,
    and closes the file that it reads."""

    @staticmethod
    def get_csr_items(csr_csv: str) -> list[list[str]]:
        lines = Path(csr_csv).read_text(encoding="utf-8").splitlines()
        return list(csv.reader(line for line in lines if not line.startswith("#")))

    def send_packet(self, socket: object, packet: object) -> None:
        try:
            super().send_packet(socket, packet)
        except OSError as error:
            raise RemoteEngineError(
                f"litex_server on {self.host}:{self.port} is gone: {error}") from error

    def receive_packet(self, socket: object, addr_size: int) -> bytes:
        packet: bytes | int = 0
        with suppress(OSError):
            packet = super().receive_packet(socket, addr_size)
        if isinstance(packet, int):
            raise RemoteEngineError(
                f"the SoC does not answer on {self.host}:{self.port}: is it running, and does "
                "litex_server have its port and speed?")
        return packet


def connect(csr_csv: str | Path, host: str = "localhost", port: int = 1234, *,
            seconds: float = SECONDS) -> RemoteClient:
    """An open `RemoteClient` of the SoC that `csr_csv` describes, at the server `host`:`port`.

    A server that has just been started is waited for. Accesses raise `RemoteEngineError` if the
    server is gone, and reads if there is no answer for `seconds`.

    Raises:
        OSError: `csr_csv` cannot be read.
        RemoteEngineError: there is no server after `seconds`.
    """
    client = _Client(host, port, csr_csv=str(csr_csv))
    ends = time.monotonic() + seconds
    while not client.binded:
        try:
            client.open()
        except OSError as error:
            if time.monotonic() > ends:
                raise RemoteEngineError(f"no litex_server on {host}:{port}: {error}") from error
            time.sleep(_PAUSE)
    client.socket.settimeout(seconds)
    return client


def remote_engine(config: Config, client: RemoteClient, name: str = TOP, *,
                  seconds: float = SECONDS) -> BusEngine:
    """The engine of `config` that is the module `name` of the SoC of `client`: a backend for
    `Trainer`, which closes the client.

    A sample without a result for `seconds` raises `BackendStalledError`.

    Raises:
        RemoteEngineError: the SoC has no module `name` with CSRs for its streams.
        BoardRefusedError: it is another engine.
    """
    return BusEngine(config, BUS, RemotePort(client, name, seconds))


class RemotePort:
    """The module `name` of the SoC of `client`; a `host.bus_engine.EnginePort`."""

    def __init__(self, client: RemoteClient, name: str, seconds: float) -> None:
        self._client, self._name, self._seconds = client, name, seconds
        self._room = self._held = 0  # at least; what is known without asking again
        try:
            self._base: int = getattr(client.mems, name).base
            for register in ("sample_user", "sample_data", "sample_last", "sample_room",
                             "results_held", "result", "result_cycles"):
                self._csr(f"streams_{register}")
        except AttributeError:
            raise RemoteEngineError(
                f"the SoC must have a module {name!r} made by add_pulsetrain with "
                "with_stream_csrs=True") from None

    async def read(self, address: int) -> int:
        """The register at the byte `address` of the engine's region."""
        return self._client.read(self._base + address)

    async def write(self, address: int, value: int) -> None:
        """Write the register at the byte `address` of the engine's region."""
        self._client.write(self._base + address, value)

    async def send(self, octets: bytes, user: int) -> None:
        """Send one sample, each of its words as soon as there is room for it."""
        words = [int.from_bytes(octets[start:start + bus_formats.SAMPLE_BYTES], "little")
                 for start in range(0, len(octets), bus_formats.SAMPLE_BYTES)]
        self._write("sample_user", user)
        for place, word in enumerate(words):
            while not self._room:
                self._room = self._read("sample_room")
            self._room -= 1
            self._write("sample_last" if place == len(words) - 1 else "sample_data", word)

    async def take(self, count: int) -> list[int]:
        """The next `count` results.

        Raises:
            TimeoutError: one does not come in time.
        """
        return [self._take() for _ in range(count)]

    async def reset(self) -> None:
        """Reset the engine and empty its streams."""
        self._csr("reset").write(1)
        self._room = self._held = 0

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def _take(self) -> int:
        """The next result."""
        ends = time.monotonic() + self._seconds
        while not self._held:
            self._held = self._read("results_held")
            if not self._held and time.monotonic() > ends:
                raise TimeoutError(f"no result for {self._seconds:g} seconds")
        self._held -= 1
        upper, cycles = self._client.read(self._csr("streams_result").addr, 2)
        return upper << 32 | cycles

    def _csr(self, name: str) -> object:
        return getattr(self._client.regs, f"{self._name}_{name}")

    def _read(self, name: str) -> int:
        return self._csr(f"streams_{name}").read()

    def _write(self, name: str, value: int) -> None:
        self._csr(f"streams_{name}").write(value)
