"""A worker process of a sweep on this machine: it trains the tasks that it gets, one by one.

It reads tasks from its standard input and answers on its standard output, both pickled: no other
process can write to these pipes. No port is opened.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from pulsetrain.processes import python, running

from .work import Work

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""One thread per worker, because there is already a worker for every core."""


class WorkerDiedError(RuntimeError):
    """A worker process ended before it had answered."""


@dataclass(frozen=True)
class Worker:
    """A worker process, seen from the process that started it."""

    process: subprocess.Popen[bytes]

    @property
    def answers(self) -> IO[bytes]:
        """The stream that `receive` reads."""
        assert self.process.stdout is not None
        return self.process.stdout

    def send(self, task: Work[Any]) -> None:
        """Let it do `task`; `receive` gives the result."""
        try:
            assert self.process.stdin is not None
            pickle.dump(task, self.process.stdin)
            self.process.stdin.flush()
        except OSError:
            raise WorkerDiedError from None

    def receive(self) -> Any:
        """The row of the task that was sent, or on one line the error that ended it.

        Raises:
            WorkerDiedError: the process ended first.
        """
        try:
            return pickle.load(self.answers)
        except (EOFError, OSError, pickle.UnpicklingError):
            raise WorkerDiedError from None


@contextmanager
def working() -> Iterator[Worker]:
    """A worker process, which ends with the context."""
    with running(python("-c", f"from {__name__} import serve; serve()"), env=_ONE_THREAD,
                 stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Worker(process)


def _answer(task: Work[Any]) -> Any:
    try:
        return task.run()
    except Exception as error:  # a failed training must not affect the others
        return f"{type(error).__name__}: {error}"


def serve() -> None:
    """Work as a worker process until the standard input ends."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # prints of a training go to standard error, not into the answers
        while True:
            try:
                task = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            pickle.dump(_answer(task), answers)
            answers.flush()
