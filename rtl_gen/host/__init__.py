"""Driver of a board over the serial link: the same for hardware and for a virtual board."""

from .board import BoardEngine
from .cost import sample_bytes
from .errors import (
    BoardLostError,
    BoardRefusedError,
    BoardSilentError,
    BoardStalledError,
    CommandRefusedError,
    LinkError,
    PortError,
)
from .link import Link
from .ports import Port, serial_ports
from .rates import RATES, open_port
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
    "CommandRefusedError",
    "Link",
    "LinkError",
    "Port",
    "PortError",
    "SerialTransport",
    "Transport",
    "open_port",
    "sample_bytes",
    "serial_ports",
]
