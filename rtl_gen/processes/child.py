"""Starting child processes; this package does it only here.

A child never imports from the working folder, whose files are the user's (`PYTHONSAFEPATH`). It has
its own process group, so that it can be ended together with its children. A watchdog ends it if its
parent dies, even by SIGKILL. Text is UTF-8 in every locale. Every child is logged when it starts
(DEBUG), and with its status and duration when it has ended (INFO).
"""

import logging
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from pulsetrain.errors import cut

from .guard import GUARD

_LOG = logging.getLogger(__name__)

_LOGGED = 500
"""Most characters of a command in a log."""

_KILL_SECONDS = 2
"""Seconds that a child gets to end by itself."""


def python(*arguments: str) -> list[str]:
    """The command that runs this Python with `arguments`, without the working folder on its
    path."""
    return [sys.executable, "-P", *arguments]


@contextmanager
def running(command: Sequence[str | Path], *, cwd: Path | None = None,
            env: Mapping[str, str] = {}, **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start `command` with the environment of this process and `env`; a context manager.

    At the end of the context the process is killed, if it still runs, and so are its children.
    `options` are those of `subprocess.Popen`; by default standard input is empty.

    Raises:
        OSError: it cannot be started.
    """
    shown = cut(shlex.join(map(str, command)), _LOGGED)
    process = subprocess.Popen(
        command, cwd=cwd, env=os.environ | env | {"PYTHONSAFEPATH": "1"}, process_group=0,
        **{"stdin": subprocess.DEVNULL, **options})
    GUARD.watch(process.pid)
    started = time.monotonic()
    _LOG.debug("process %d: started in %s: %s", process.pid, cwd or "the working folder", shown)
    try:
        yield process
    finally:
        kill(process)  # if it has ended already, this kills its remaining children
        _LOG.info("process %d: status %d after %.2f s: %s", process.pid, process.returncode,
                  time.monotonic() - started, shown)
        GUARD.forget(process.pid)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with suppress(OSError):
                    stream.close()


def run(command: Sequence[str | Path], *, input: str | None = None, cwd: Path | None = None,
        env: Mapping[str, str] = {}, stdout: IO[Any] | int | None = subprocess.PIPE,
        stderr: int | None = subprocess.PIPE,
        pass_fds: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end; its outputs are text, in which undecodable bytes are replaced.

    It inherits the open file descriptors `pass_fds`.

    Raises:
        OSError: it cannot be started.
    """
    stdin = {} if input is None else {"stdin": subprocess.PIPE}
    with running(command, cwd=cwd, env=env, stdout=stdout, stderr=stderr, encoding="utf-8",
                 errors="replace", pass_fds=pass_fds, **stdin) as process:
        output, errors = process.communicate(input)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def kill(process: subprocess.Popen[Any], *, gently: bool = False) -> None:
    """End `process` and its children at once, or `gently`: give it time to end by itself first."""
    if gently:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_SECONDS)
            return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
