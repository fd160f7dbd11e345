"""Running a plan: in local worker processes, or on an existing dask cluster."""

import asyncio
import logging
import selectors
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.extras import need

from .work import Work
from .worker import Worker, WorkerDiedError, working

if TYPE_CHECKING:
    from distributed import Client, Security

PATIENCE = 10
"""Seconds within which a scheduler must answer, and must have a worker."""

_LOG = logging.getLogger(__name__)

_PACKAGE = "pulsetrain"

Row = TypeVar("Row")


class ClusterError(PulsetrainError, RuntimeError):
    """A cluster cannot be used; the message says which, and what is wrong."""


class ClusterLostError(PulsetrainError, RuntimeError):
    """The connection to a cluster was lost; earlier outcomes are valid."""

    status = FAILED


_DIED = "its worker process died; does it need more memory than there is?"


@dataclass(frozen=True, kw_only=True)
class Tls:
    """The files with which a client and a dask cluster authenticate each other."""

    authority: Path
    certificate: Path
    key: Path

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of `distributed.Security`."""
        return {"tls_ca_file": str(self.authority), "tls_client_cert": str(self.certificate),
                "tls_client_key": str(self.key), "require_encryption": True}


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[Row]):
    """The result of `task`: its `row`, or on one line the `error` that ended it."""

    task: Work[Row]
    row: Row | None = None
    error: str | None = None


def run_tasks(tasks: Iterable[Work[Row]], *, jobs: int | None = None,
              scheduler: str | None = None,
              tls: Tls | None = None) -> Generator[Outcome[Row]]:
    """Do all `tasks`, trainings; gives their outcomes as they end.

    The next task is taken from `tasks` when a worker is free, so it can depend on the outcomes
    before it.

    Without a `scheduler`, `jobs` local worker processes (by default one per core) of one thread
    each are started, and communicate through pipes. `scheduler` is the address of a dask scheduler,
    whose workers need the same version of this package, and the data set at the same path; with
    `tls` both sides authenticate each other. A training that fails does not affect the others.
    Closing the iterator ends all running trainings.

    Raises:
        ClusterError: the scheduler does not answer, or its workers cannot do the work.
        ClusterLostError: the connection to the scheduler was lost.
        ExtraMissingError: a `scheduler` is given, but dask is not installed.
    """
    if scheduler is None:
        yield from _outcomes_here(tasks, jobs)
        return
    need("sweep", "a dask cluster")
    from distributed.utils import silence_logging_cmgr

    with silence_logging_cmgr(logging.CRITICAL), _client(scheduler, tls) as client:
        try:
            yield from _outcomes(client, tasks)
        except (OSError, CancelledError):
            raise ClusterLostError(f"{scheduler}: the dask scheduler was lost") from None


def _outcome(task: Work[Row], *, row: Row | None = None,
             error: str | None = None) -> Outcome[Row]:
    """The outcome of `task`, logged."""
    _LOG.info("training ended: %s: %s", task, row if error is None else error)
    return Outcome(task=task, row=row, error=error)


def _outcomes_here(tasks: Iterable[Work[Row]], jobs: int | None) -> Iterator[Outcome[Row]]:
    from joblib import cpu_count  # respects the limits of a container

    waiting = iter(tasks)
    with ExitStack() as stack, selectors.DefaultSelector() as busy:
        def train(task: Work[Row], worker: Worker) -> None:
            _LOG.info("training begins: %s", task)
            worker.send(task)
            busy.register(worker.answers, selectors.EVENT_READ, (worker, task))

        for task in islice(waiting, jobs or cpu_count()):
            train(task, stack.enter_context(working()))
        while busy.get_map():
            for key, _ in busy.select():
                worker, task = key.data
                busy.unregister(key.fileobj)
                try:
                    answer = worker.receive()
                except WorkerDiedError:
                    answer = _DIED
                    worker = stack.enter_context(working())
                yield (_outcome(task, error=answer) if isinstance(answer, str)
                       else _outcome(task, row=answer))
                for task in islice(waiting, 1):
                    train(task, worker)


def _outcomes(client: "Client", tasks: Iterable[Work[Row]]) -> Iterator[Outcome[Row]]:
    from distributed import Future, KilledWorker, as_completed

    waiting = iter(tasks)
    running: dict[Future[Row], Work[Row]] = {}
    finished = as_completed(loop=client.loop)

    def submit() -> None:
        # One per thread: if a worker dies, dask counts that against every training assigned to it.
        free = max(1, sum(client.nthreads().values())) - len(running)
        for task in islice(waiting, max(0, free)):
            _LOG.info("training begins: %s", task)
            future = client.submit(_run, task, pure=False)
            running[future] = task
            finished.add(future)

    submit()
    for future in finished:
        task = running.pop(future)
        match future.exception():
            case None:
                yield _outcome(task, row=future.result())
            case KilledWorker():
                yield _outcome(task, error=_DIED)
            case error:
                yield _outcome(task, error=f"{type(error).__name__}: {error}")
        submit()


def _run(task: Work[Row]) -> Row:
    return task.run()


@contextmanager
def _client(scheduler: str, tls: Tls | None) -> Iterator["Client"]:
    from distributed import Client, Security

    security = Security(**tls.options) if tls else Security()
    asyncio.run(_check_answer(scheduler, security))
    with Client(scheduler, timeout=PATIENCE, set_as_default=False, security=security) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise ClusterError(f"{scheduler}: the dask scheduler has no workers; start some with "
                               f"`dask worker {scheduler}`") from None
        check_versions(client.get_versions(packages=[_PACKAGE]))
        yield client


async def _check_answer(address: str, security: "Security") -> None:
    """Check that a dask scheduler answers: a client would wait forever for another program.

    Raises:
        ClusterError: none answers within `PATIENCE`.
    """
    from distributed.comm.core import connect

    arguments = security.get_connection_args("client")
    try:
        comm = await asyncio.wait_for(connect(address, timeout=PATIENCE, **arguments), PATIENCE)
    except TimeoutError:
        reason = f"no answer within {PATIENCE} seconds"
    except Exception as error:  # any error that unexpected bytes cause in dask
        reason = str(error)
    else:
        comm.abort()
        return
    raise ClusterError(f"{address}: no dask scheduler answers: {reason}")


def check_versions(versions: dict[str, Any]) -> None:
    """Check that every worker has this version of this package; `versions` is the result of
    `Client.get_versions`.

    Raises:
        ClusterError: a worker has another version, or none.
    """
    here = versions["client"]["packages"][_PACKAGE]
    for address, worker in versions["workers"].items():
        found = worker["packages"][_PACKAGE]
        if found != here:
            raise ClusterError(
                f"{address}: the worker must have {_PACKAGE} {here} installed, not "
                f"{found or 'no ' + _PACKAGE + ' at all'}")
