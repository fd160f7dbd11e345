"""Logging of the command: to standard error with -v, and to a file with --log."""

import logging
import sys
from contextlib import suppress
from pathlib import Path

from pulsetrain.errors import printable
from pulsetrain.files import open_log

_LOGGER = logging.getLogger("pulsetrain")
_LEVELS = (logging.INFO, logging.DEBUG)
"""The levels of -v and -vv."""


class _OneLine(logging.Formatter):
    """A record in one line, without characters that control a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record)).replace("\n", "\\n")


class _StandardError(logging.Handler):
    """Lines on standard error.

    `sys.stderr` is looked up for each line: while a progress bar is shown, the bar replaces it, and
    makes room for the line. If the reader goes away, the work continues.
    """

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()


class _LogFile(logging.Handler):
    """Lines in the file `path`; if it can no longer be written, warns once.

    Raises:
        OSError: it cannot be written.
        files.OutputError: it would replace a file that is not a log.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._file = open_log(path)
        self._failed = False

    def emit(self, record: logging.LogRecord) -> None:
        if self._failed:
            return
        try:
            self._file.write(f"{self.format(record)}\n")
        except OSError as error:
            self._failed = True
            with suppress(OSError):
                sys.stderr.write(f"warning: {printable(str(self.path))}: the log ends: "
                                 f"{error.strerror}\n")

    def close(self) -> None:
        with suppress(OSError):  # the disk may be full
            self._file.close()
        super().close()


def begin_logging(verbosity: int, file: Path | None) -> None:
    """Log to standard error from level INFO on (`verbosity` 1) or DEBUG (2), and all to `file`.

    Raises:
        OSError: the file cannot be written.
        files.OutputError: it would replace a file that is not a log.
    """
    if verbosity:
        _add(_StandardError(), _LEVELS[min(verbosity, len(_LEVELS)) - 1],
             "%(levelname)s %(name)s: %(message)s")
    if file:
        _add(_LogFile(file), logging.DEBUG,
             "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s")


def end_logging() -> None:
    """Close what `begin_logging` has opened."""
    for handler in [*_LOGGER.handlers]:
        if isinstance(handler, _StandardError | _LogFile):
            _LOGGER.removeHandler(handler)
            handler.close()
    _LOGGER.setLevel(logging.NOTSET)


def log_files() -> list[Path]:
    """The file of --log, if there is one."""
    return [handler.path for handler in _LOGGER.handlers if isinstance(handler, _LogFile)]


def _add(handler: logging.Handler, level: int, form: str) -> None:
    handler.setLevel(level)
    handler.setFormatter(_OneLine(form, "%Y-%m-%d %H:%M:%S"))
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(min(each.level for each in _LOGGER.handlers))
