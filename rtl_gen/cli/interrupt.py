"""Ctrl-C, SIGTERM and SIGHUP: all the same, and let end what must end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks a command to end: Ctrl-C, the system or a scheduler, a terminal that is closed."""


def hear_ends() -> None:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does, unless they are ignored."""
    for number in ENDS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def answer_end() -> None:
    """Let the status of this process tell that it was interrupted.

    Where KeyboardInterrupt has passed through a text that was given to `exec`, as by the making of
    a dataclass, Python ends the process by the signal, though the exception was caught. The next
    such text makes it forget that.
    """
    exec("")


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Inside, a first Ctrl-C only makes the given function true; a second breaks off at once."""
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True

    with _handling(note):
        yield lambda: interrupted


@contextmanager
def interruptible_once(say: Callable[[str], Any]) -> Iterator[None]:
    """Inside, a first Ctrl-C breaks off and says so; the process hears none after it.

    Later ones would disturb the clearing up, or end an interpreter that is about to exit by the
    signal instead of with its status.
    """
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        say("Ending the worker processes …")
        raise KeyboardInterrupt

    with _handling(note, lambda: interrupted):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None],
              ignored: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Inside, `handler` hears of every end that is not ignored; after it nobody does where
    `ignored` is true."""
    previous = {number: signal.getsignal(number) for number in ENDS}
    heard = [number for number in ENDS if previous[number] is not signal.SIG_IGN]

    def note(number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        finally:
            if ignored():
                for end in heard:
                    signal.signal(end, signal.SIG_IGN)

    for number in heard:
        signal.signal(number, note)
    try:
        yield
    finally:
        if not ignored():
            for number in heard:
                signal.signal(number, previous[number])
