"""Rates: finding the rate of the line at which a board answers."""

import logging
from contextlib import ExitStack
from pathlib import Path

from pulsetrain.protocol import KIND_RESEND, NO_SESSION

from .errors import SILENCE, BoardLostError, BoardSilentError
from .frames import Deframer, frame
from .transport import SerialTransport, Transport

_LOG = logging.getLogger(__name__)

RATES = (3_000_000, 6_000_000, 1_000_000, 12_000_000)
"""Bits per second of the UARTs of boards, in the order in which they are tried."""

_TRIES, _READS = 3, 30
"""How often a board is asked at one rate, and how often at most its answer is read."""


def open_port(port: str | Path, baud: int | None = None,
              first: int | None = None) -> SerialTransport:
    """The serial port `port`, at `baud`; without one, at the first rate at which a board answers:
    `first`, if it is given, and then `RATES`. `SerialTransport.baud` says which it is.

    Raises:
        PortError: the port cannot be opened.
        BoardLostError: the port is gone.
        BoardSilentError: no board answers at any rate.
    """
    if baud:
        return SerialTransport(port, baud)
    rates = list(dict.fromkeys(rate for rate in (first, *RATES) if rate))
    for rate in rates:
        with ExitStack() as unless_kept:
            line = SerialTransport(port, rate)
            unless_kept.callback(line.close)
            if _answers(line):
                _LOG.info("a board answers at %d baud", rate)
                unless_kept.pop_all()
                return line
    tried = ", ".join(f"{rate:,}" for rate in rates)
    raise BoardSilentError(f"{SILENCE} Tried: {tried} baud")


def _answers(line: Transport) -> bool:
    """Whether a whole frame arrives after a board was asked for one."""
    deframer = Deframer()
    try:
        for _ in range(_TRIES):
            line.write(frame(b"", kind=KIND_RESEND, session=NO_SESSION, position=0,
                             acknowledged=0))
            for _ in range(_READS):
                octets = line.read()
                if any(deframer.take(octets)):
                    return True
                if not octets:
                    break
    except OSError as error:
        raise BoardLostError(f"the line to the board is gone: {error}") from error
    return False
