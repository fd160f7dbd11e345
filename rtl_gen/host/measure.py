"""Measure: what a line to a board carries, and how long it takes to answer."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pulsetrain.protocol import COMMAND_HEADER, REGISTER
from pulsetrain.registers import REGISTERS

from .commands import command_bytes, identify
from .errors import WrongEchoError
from .link import Link

_MOST_ITEMS = 65_535
"""Items of one command."""

Clock = Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class LineFigures:
    """What was measured on a line to a board.

    Attributes:
        to_board, from_board: bytes per second of commands, if there are no answers; and of answers,
            if there are hardly any commands.
        both: bytes per second that a board sends back while it receives as many.
        answers: seconds from a command of one byte to its answer, one after the other.
        bytes_sent, bytes_received: on the line, for all of this.
        frames_sent, frames_received: complete ones.
        frames_retried: of those sent, the ones that were sent again.
        frames_refused: broken frames that the board has received.
        frames_broken: broken frames that the host has received.
    """

    to_board: float
    from_board: float
    both: float
    answers: tuple[float, ...]
    bytes_sent: int
    bytes_received: int
    frames_sent: int
    frames_received: int
    frames_retried: int
    frames_refused: int
    frames_broken: int

    @property
    def latency(self) -> float:
        """The median of `answers`."""
        return statistics.median(self.answers)


def measure(link: Link, octets: int = 100_000, *, rounds: int = 100, seed: int = 0,
            clock: Clock = time.perf_counter) -> LineFigures:
    """Measure the line behind `link`: any board answers, whatever its engine, which is not changed.

    Args:
        link: a session with the board; it then uses all of the board's buffers.
        octets: about how many bytes are sent, each way alone and both ways at once.
        rounds: how often one byte is sent and awaited.
        seed: of the bytes that are sent back.
        clock: tells seconds.

    Raises:
        LinkError: as `Link.exchange`, and BoardRefusedError if it is no Pulsetrain board.
        WrongEchoError: the board sends back other bytes.
    """
    identify(link)
    random = np.random.default_rng(seed)
    answers = []
    for _ in range(rounds):
        before = clock()
        _echo(link, random.bytes(1))
        answers.append(clock() - before)
    nothing = command_bytes("loopback", 0)
    count = -(-octets // COMMAND_HEADER.size)
    to_board = _rate(clock, count * COMMAND_HEADER.size, lambda: link.exchange(nothing * count, 0))
    size = REGISTER.size * len(REGISTERS)
    count = -(-octets // size)
    read = command_bytes("read_registers", len(REGISTERS)) * count
    from_board = _rate(clock, count * size, lambda: link.exchange(read, count * size))
    both = _rate(clock, octets, lambda: _echo(link, random.bytes(octets)))
    return LineFigures(
        to_board=to_board, from_board=from_board, both=both, answers=tuple(answers),
        **link.counts.figures)


def _rate(clock: Clock, octets: int, work: Callable[[], object]) -> float:
    """Bytes per second, if `work` carries `octets`."""
    before = clock()
    work()
    return octets / (clock() - before)


def _echo(link: Link, octets: bytes) -> None:
    """Have `octets` sent back.

    Raises:
        WrongEchoError: other bytes are.
    """
    parts: Sequence[bytes] = [octets[start:start + _MOST_ITEMS]
                              for start in range(0, len(octets), _MOST_ITEMS)]
    commands = b"".join(command_bytes("loopback", len(part)) + part for part in parts)
    found = link.exchange(commands, len(octets))
    if found != octets:
        wrong = sum(a != b for a, b in zip(found, octets, strict=True))
        raise WrongEchoError(f"the board sent back {wrong} of {len(octets)} bytes wrongly")
