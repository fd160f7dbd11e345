"""Working off a plan in processes: those of a dask cluster, made here or there already."""

import asyncio
import logging
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from .task import Task, run_task

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 10
"""Seconds within which a scheduler must answer, and have a worker."""

_PACKAGE = "pulsetrain"


class ClusterError(RuntimeError):
    """A cluster cannot be used; the message says which, and what is wrong."""


class ClusterLost(RuntimeError):
    """A cluster broke off; the outcomes that it has given are good."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of `task`: its `row`, or in one line the `error` that ended it."""

    task: Task
    row: dict[str, str] | None = None
    error: str | None = None


def run_tasks(tasks: Sequence[Task], *, jobs: int | None = None,
              scheduler: str | None = None) -> Iterator[Outcome]:
    """Train all `tasks`; their outcomes as they come.

    Without a `scheduler`, `jobs` worker processes (by default one a core) of one thread each are
    started here, reached over loopback alone. `scheduler` is the address of a dask scheduler,
    whose workers need the same version of this package, and the data set in the same place. A
    training that fails costs its own row alone. Closing the iterator ends what still runs. Only
    the main thread can do this: while workers start, it does not hear Ctrl-C.

    Raises:
        ClusterError: the scheduler does not answer, or its workers cannot do the work.
        ClusterLost: the scheduler went away.
    """
    from distributed.utils import silence_logging_cmgr

    with silence_logging_cmgr(logging.CRITICAL), _client(jobs, scheduler, tasks) as client:
        try:
            yield from _outcomes(client, tasks)
        except (OSError, CancelledError):
            raise ClusterLost(f"{client.scheduler.address}: the dask scheduler was lost") from None


def _outcomes(client: "Client", tasks: Sequence[Task]) -> Iterator[Outcome]:
    from distributed import KilledWorker, as_completed

    waiting, running = iter(tasks), {}
    finished = as_completed(loop=client.loop)

    def submit() -> None:
        # One a thread: a worker that dies counts against every training it has been given.
        free = max(1, sum(client.nthreads().values())) - len(running)
        for task in islice(waiting, max(0, free)):
            future = client.submit(run_task, task, pure=False)
            running[future] = task
            finished.add(future)

    submit()
    for future in finished:
        task = running.pop(future)
        match future.exception():
            case None:
                yield Outcome(task=task, row=future.result())
            case KilledWorker():
                yield Outcome(task=task, error="every worker process that tried it died; does it "
                              "need more memory than there is?")
            case error:
                yield Outcome(task=task, error=f"{type(error).__name__}: {error}")
        submit()


@contextmanager
def _client(jobs: int | None, scheduler: str | None,
            tasks: Sequence[Task]) -> Iterator["Client"]:
    from dask.system import CPU_COUNT
    from distributed import Client, LocalCluster

    with ExitStack() as stack:
        if scheduler is None:
            # dask gives BLAS one thread in its workers. Its HTTP server cannot be left out, and
            # without an address of its own it asks for a port that others use.
            with _ignoring_interrupts():
                cluster = stack.enter_context(LocalCluster(
                    n_workers=min(jobs or CPU_COUNT, len(tasks)), threads_per_worker=1,
                    host="127.0.0.1", dashboard_address=None, silence_logs=logging.CRITICAL,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"}))
            yield stack.enter_context(Client(cluster, set_as_default=False))
            return
        asyncio.run(_knock(scheduler))
        client = stack.enter_context(Client(scheduler, timeout=PATIENCE, set_as_default=False))
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise ClusterError(f"{scheduler}: the dask scheduler has no workers; start some with "
                               f"`dask worker {scheduler}`") from None
        check_versions(client.get_versions(packages=[_PACKAGE]))
        yield client


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """Processes started inside never hear Ctrl-C; a terminal sends it to all, and we end them."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


async def _knock(address: str) -> None:
    """See whether a dask scheduler answers: a client would wait for ever for a silent stranger.

    Raises:
        ClusterError: none does within `PATIENCE`.
    """
    from distributed import Security
    from distributed.comm import connect

    arguments = Security().get_connection_args("client")
    try:
        comm = await asyncio.wait_for(connect(address, timeout=PATIENCE, **arguments), PATIENCE)
    except TimeoutError:
        reason = f"no answer within {PATIENCE} seconds"
    except Exception as error:  # whatever a stranger's bytes set off in dask
        reason = str(error)
    else:
        comm.abort()
        return
    raise ClusterError(f"{address}: no dask scheduler there: {reason}")


def check_versions(versions: dict[str, Any]) -> None:
    """Check that every worker has this package in this version; `Client.get_versions` tells.

    Raises:
        ClusterError: one has not.
    """
    here = versions["client"]["packages"][_PACKAGE]
    for address, worker in versions["workers"].items():
        there = worker["packages"][_PACKAGE]
        if there != here:
            raise ClusterError(
                f"{address}: the worker must have {_PACKAGE} {here} installed, not "
                f"{there or 'no ' + _PACKAGE + ' at all'}")
