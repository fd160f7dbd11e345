"""Driver of a board over the serial link: the same for hardware and for a virtual board."""

from .board import BoardEngine
from .cost import sample_bytes
from .errors import (
    BoardLostError,
    BoardRefusedError,
    BoardSilentError,
    BoardStalledError,
    CommandRefusedError,
    DataDamagedError,
    LinkError,
    MemoryMissingError,
    MemoryTooSmallError,
    PortError,
    RecordFaultError,
    WrongEchoError,
)
from .link import Link
from .measure import LineFigures, measure
from .ports import Port, serial_ports
from .rates import RATES, open_port
from .samples import StoredSamples, pays
from .store import BoardStore, Job, Progress
from .transport import BAUD, MOST_BAUD, SILENCE_SECONDS, SerialTransport, Transport

__all__ = [
    "BAUD",
    "MOST_BAUD",
    "RATES",
    "SILENCE_SECONDS",
    "BoardEngine",
    "BoardLostError",
    "BoardRefusedError",
    "BoardSilentError",
    "BoardStalledError",
    "BoardStore",
    "CommandRefusedError",
    "DataDamagedError",
    "Job",
    "LineFigures",
    "Link",
    "LinkError",
    "MemoryMissingError",
    "MemoryTooSmallError",
    "Port",
    "PortError",
    "Progress",
    "RecordFaultError",
    "SerialTransport",
    "StoredSamples",
    "Transport",
    "WrongEchoError",
    "measure",
    "open_port",
    "pays",
    "sample_bytes",
    "serial_ports",
]
