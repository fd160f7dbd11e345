"""Transport: bytes to and from a board."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Protocol, runtime_checkable

import serial

from pulsetrain.protocol import BITS_PER_BYTE, MOST_WINDOW

from .errors import PortError
from .ports import reason

_LOG = logging.getLogger(__name__)

BAUD = 1_000_000
"""Bits per second of a line whose speed does not matter, such as a pseudo-terminal."""

MOST_BAUD = 100_000_000
"""Far above the speed of any serial port."""

SILENCE_SECONDS = 0.1
"""Longest time that a board, a USB bridge and this machine together may take to answer."""


@runtime_checkable
class Transport(Protocol):
    """A line to a board, which may lose, change and add bytes."""

    def write(self, octets: bytes) -> None:
        """Send `octets`.

        Raises:
            OSError: the line is gone.
        """
        ...

    def read(self) -> bytes:
        """The bytes received; empty if none arrive within the time that a board needs to answer.

        Raises:
            OSError: the line is gone.
        """
        ...

    def close(self) -> None:
        """Close the line."""
        ...


class SerialTransport:
    """A serial port. `read` gives up when nothing arrives for `silence` seconds plus the time to
    send as many bytes as any board can store. `baud`: its speed, in bits per second.

    Raises:
        PortError: there is no such port, or it cannot be opened.
    """

    def __init__(self, port: str | Path, baud: int = BAUD, *,
                 silence: float = SILENCE_SECONDS) -> None:
        timeout = silence + MOST_WINDOW * BITS_PER_BYTE / baud
        try:
            self._serial = serial.Serial(str(port), baud, timeout=timeout, write_timeout=timeout)
        except (OSError, ValueError, OverflowError) as error:
            raise PortError(reason(str(port), baud, error)) from error
        # Otherwise a USB bridge delays short answers by 16 ms. Not every port has this mode.
        with suppress(AttributeError, NotImplementedError, ValueError):
            self._serial.set_low_latency_mode(True)
        self.baud = baud
        _LOG.info("opened %s at %d baud", port, baud)

    def write(self, octets: bytes) -> None:
        """Send `octets`; bytes that the port does not accept in time are lost."""
        with suppress(serial.SerialTimeoutException):
            self._serial.write(octets)

    def read(self) -> bytes:
        """The bytes received; empty if none arrive in time."""
        return self._serial.read(max(1, self._serial.in_waiting))

    def close(self) -> None:
        """Close the port."""
        self._serial.close()
