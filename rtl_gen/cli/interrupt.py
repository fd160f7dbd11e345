"""Ctrl-C, SIGTERM and SIGHUP, which all have the same effect."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that ask a command to end: from Ctrl-C, a scheduler, or a terminal that is closed."""

_AGAIN_SECONDS = 0.01
"""Long compared with what a `__del__` does."""


def raise_on_signals() -> None:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does, unless they are ignored.

    One that comes where Python cannot raise, as in a `__del__`, is raised soon after.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    if not isinstance(sys.unraisablehook, _RaiseAgain):
        sys.unraisablehook = _RaiseAgain(sys.unraisablehook)


class _RaiseAgain:
    """Called for each exception that Python cannot raise; those but KeyboardInterrupt are left to
    `others`."""

    def __init__(self, others: Callable[[Any], Any]) -> None:
        self._others = others

    def __call__(self, found: Any) -> None:
        if not issubclass(found.exc_type, KeyboardInterrupt):
            self._others(found)
            return
        heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        if heard:
            threading.Timer(_AGAIN_SECONDS, signal.pthread_kill,
                            (threading.main_thread().ident, heard[0])).start()


def clear_interrupt() -> None:
    """Make sure that this process ends with its exit status, and not by the signal.

    If KeyboardInterrupt has passed through a call of `exec`, as when a dataclass is created,
    Python ends the process by the signal, even if the exception was caught. The next call of
    `exec` clears that.
    """
    exec("")


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Inside, a first Ctrl-C only makes the given function true; a second interrupts at once."""
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True

    with _handling(note):
        yield lambda: interrupted


@contextmanager
def interruptible_once(show: Callable[[str], Any]) -> Iterator[None]:
    """Inside, a first Ctrl-C calls `show` and interrupts; later ones are ignored.

    Later ones would disturb the clean-up, or end an interpreter that is about to exit by the signal
    instead of with its status.
    """
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        show("Ending the worker processes …")
        raise KeyboardInterrupt

    with _handling(note, lambda: interrupted):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None],
              ignored: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Inside, `handler` is called for every signal of `SIGNALS` that is not ignored; once `ignored`
    is true, all of them are ignored."""
    previous = {number: signal.getsignal(number) for number in SIGNALS}
    handled = [number for number in SIGNALS if previous[number] is not signal.SIG_IGN]

    def note(number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        finally:
            if ignored():
                for each in handled:
                    signal.signal(each, signal.SIG_IGN)

    for number in handled:
        signal.signal(number, note)
    try:
        yield
    finally:
        if not ignored():
            for number in handled:
                signal.signal(number, previous[number])
