"""Starting child processes: the one way in which this package does it.

A child never imports from the working folder, whose files are the user's (`PYTHONSAFEPATH`), has
a process group of its own, so that it can be ended with all that it has started, and is ended by a
watchdog where its parent dies, even by SIGKILL. Text is UTF-8 whatever the locale says.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .guard import GUARD

_KILL_SECONDS = 2
"""How long a child that is told to end may take."""


def python(*arguments: str) -> list[str]:
    """The command that runs this Python with `arguments`, and with nothing of the working folder
    on its path."""
    return [sys.executable, "-P", *arguments]


@contextmanager
def running(command: Sequence[str | Path], *, cwd: Path | None = None,
            env: Mapping[str, str] = {}, **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start `command` with the variables `env` on top of this process's; a context manager.

    At the end of the context it is killed, with all its children, where it still runs.
    `options` are those of `subprocess.Popen`; standard input is empty where they do not say
    otherwise.

    Raises:
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        command, cwd=cwd, env=os.environ | env | {"PYTHONSAFEPATH": "1"}, process_group=0,
        **{"stdin": subprocess.DEVNULL, **options})
    GUARD.watch(process.pid)
    try:
        yield process
    finally:
        kill(process)  # and what it has left behind, if it has ended
        GUARD.forget(process.pid)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with suppress(OSError):
                    stream.close()


def run(command: Sequence[str | Path], *, input: str | None = None, cwd: Path | None = None,
        env: Mapping[str, str] = {}, stdout: IO[Any] | int | None = subprocess.PIPE,
        stderr: int | None = subprocess.PIPE,
        pass_fds: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end; what it wrote as text, undecodable bytes replaced.

    It inherits the open files `pass_fds`, by their numbers.

    Raises:
        OSError: it cannot be started.
    """
    given = {} if input is None else {"stdin": subprocess.PIPE}
    with running(command, cwd=cwd, env=env, stdout=stdout, stderr=stderr, encoding="utf-8",
                 errors="replace", pass_fds=pass_fds, **given) as process:
        said, complained = process.communicate(input)
    return subprocess.CompletedProcess(command, process.returncode, said, complained)


def kill(process: subprocess.Popen[Any], *, gently: bool = False) -> None:
    """End `process` and all its children: at once, or after a time in which it can do so itself."""
    if gently:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_SECONDS)
            return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
