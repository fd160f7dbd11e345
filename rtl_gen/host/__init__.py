"""Driver of a board over the link: the same for a real board and for a virtual one."""

from .board import BoardEngine
from .errors import BoardLost, BoardRefused, BoardSilent, BoardStalled, LinkError
from .link import Link
from .transport import SerialTransport, Transport

__all__ = [
    "BoardEngine",
    "BoardLost",
    "BoardRefused",
    "BoardSilent",
    "BoardStalled",
    "Link",
    "LinkError",
    "SerialTransport",
    "Transport",
]
