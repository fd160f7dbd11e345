"""A process that has loaded the command once, and forks for each command that it is asked to run.

A request is a line of JSON on standard input: the `folder` to work in, `temporary` for temporary
files, `stdout` and `stderr` for what is written, the `arguments` of the command, and `defect`, one
of `DEFECTS` or "". The answer is a line of JSON on standard output: `status` of the process
(negative: the signal that ended it), `seconds` of CPU time, `bytes` of memory, and `left`, the
processes that it has left behind.
"""

import ctypes
import gc
import importlib
import io
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any

import pulsetrain.cli.sweep
from pulsetrain.cli import main

from .defects import DEFECTS

LOADED = ("pulsetrain.boards.program", "matplotlib.backends.backend_agg",
          "matplotlib.backends.backend_svg", "pulsetrain.cli.app", "pulsetrain.report")
"""Modules that most commands load late."""

WARMING = (("devices",), *((command, "nowhere") for command in (
    "train", "estimate", "sweep", "report", "program")))
"""Commands that fill caches, and neither read nor write other files."""

HANG_SECONDS = 60
"""Seconds after which a process is killed."""

GRACE_SECONDS = 2
"""Seconds that a process left behind may take to end."""

_ADDRESSES = 8 * 2**30
"""Limit of address space in bytes, so that a greedy process does not take the machine down."""

_CPU_SECONDS = 20
"""The limit at which the system ends a process."""

_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of Linux."""


def serve() -> None:
    """Answer all requests."""
    for name in LOADED:
        importlib.import_module(name)
    # Trainings of a sweep run in processes, for seconds; the code before and after them is fuzzed.
    pulsetrain.cli.sweep.run_tasks = lambda tasks, **options: (task for task in ())
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)  # processes left behind become children of this one
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    for arguments in WARMING:
        with suppress(SystemExit), redirect_stderr(io.StringIO()):
            main(arguments)
    gc.collect()
    gc.freeze()
    for line in requests:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _run(request)
        answers.write(json.dumps(_watch(child)) + "\n")
        answers.flush()


def _run(request: dict[str, Any]) -> None:
    """Run the command of `request` in this process."""
    status = 1
    try:
        os.setsid()
        os.chdir(request["folder"])
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        os.environ["TMPDIR"] = tempfile.tempdir = request["temporary"]
        sys.argv = ["pulsetrain", *map(_as_decoded, request["arguments"])]
        DEFECTS[request["defect"]]()
        main()
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
        os._exit(status)


def _as_decoded(argument: str) -> str:
    """`argument` as this process would have got it on its command line, in any locale."""
    return os.fsdecode(argument.encode("utf-8", "surrogateescape"))


def _watch(child: int) -> dict[str, Any]:
    """Wait for the end of `child`."""
    signal.signal(signal.SIGALRM, lambda number, frame: os.kill(child, signal.SIGKILL))
    signal.alarm(HANG_SECONDS)
    _, status, used = os.wait4(child, 0)
    signal.alarm(0)
    left = _left()
    for process in left:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return {"status": os.waitstatus_to_exitcode(status),
            "seconds": used.ru_utime + used.ru_stime, "bytes": 1024 * used.ru_maxrss,
            "left": len(left)}


def _left() -> list[int]:
    """The processes that still run after the time allowed."""
    end = time.monotonic() + GRACE_SECONDS
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return []
        if time.monotonic() > end:
            own = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
            return [int(word) for word in own.split()]
        time.sleep(0.01)


if __name__ == "__main__":
    serve()
