"""Ctrl-C that lets end what must end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Inside, a first Ctrl-C only makes the given function true; a second breaks off at once."""
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: interrupted
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def interruptible_once(console: Console) -> Iterator[None]:
    """Inside, a first Ctrl-C breaks off and says so; the process hears none after it.

    Later ones would disturb the clearing up, or end an interpreter that is about to exit by the
    signal instead of with its status.
    """
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        console.print("Ending the worker processes …")
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        if not interrupted:
            signal.signal(signal.SIGINT, previous)
