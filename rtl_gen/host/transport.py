"""Transport: bytes to and from a board, as they are."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import serial

from pulsetrain.protocol import BITS_A_BYTE, RECEIVE_BYTES

from .errors import PortError
from .ports import reason

_LOG = logging.getLogger(__name__)

BAUD = 1_000_000
"""Bits a second of a board's UART where nobody says otherwise."""

MOST_BAUD = 100_000_000
"""No serial port of today comes near it."""

SILENCE_SECONDS = 0.1
"""What a board may take to answer, and a USB bridge, and this machine."""


class Transport(Protocol):
    """A line to a board, which may lose, change and add bytes."""

    def write(self, octets: bytes) -> None:
        """Send `octets`.

        Raises:
            OSError: the line is gone.
        """
        ...

    def read(self) -> bytes:
        """What has come; empty where nothing does for longer than a board takes to answer.

        Raises:
            OSError: the line is gone.
        """
        ...

    def close(self) -> None:
        """Give the line back."""
        ...


class SerialTransport:
    """A serial port, which is silent when it brings nothing for `silence` seconds after all that a
    board has room for.

    Raises:
        PortError: there is no such port, or it cannot be opened.
    """

    def __init__(self, port: str | Path, baud: int = BAUD, *,
                 silence: float = SILENCE_SECONDS) -> None:
        timeout = silence + RECEIVE_BYTES * BITS_A_BYTE / baud
        try:
            self._serial = serial.Serial(str(port), baud, timeout=timeout, write_timeout=timeout)
        except (OSError, ValueError, OverflowError) as error:
            raise PortError(reason(str(port), baud, error)) from error
        # Otherwise a USB bridge keeps a short answer back for 16 ms. Not every port has this.
        with suppress(AttributeError, NotImplementedError, ValueError):
            self._serial.set_low_latency_mode(True)
        _LOG.info("opened %s at %d baud", port, baud)

    def write(self, octets: bytes) -> None:
        """Send `octets`; what nobody takes is lost."""
        with suppress(serial.SerialTimeoutException):
            self._serial.write(octets)

    def read(self) -> bytes:
        """What has come; empty where nothing does until the port is silent."""
        return self._serial.read(max(1, self._serial.in_waiting))

    def close(self) -> None:
        """Give the port back."""
        self._serial.close()
