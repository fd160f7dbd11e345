"""How the command fails: one message on standard error, and a status that tells why."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from rtl_gen.run import BackendStalled

FAILED, USAGE, INTERRUPTED = 1, 2, 130


class Failure(Exception):
    """Ends the command with a message and an exit status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def show_error(message: str) -> None:
    """Write `message` to standard error, unwrapped, so that scripts can search it."""
    console = Console(stderr=True, highlight=False)
    console.print("error:", style="bold red", end=" ")
    console.print(message, markup=False, soft_wrap=True)


@contextmanager
def failing_work() -> Iterator[None]:
    """Turn what generating, simulating and building raise into a message and a status.

    Raises:
        Failure: a tool is missing, the design does not compile, fit or keep its clock, or a
            simulation broke off.
    """
    from boards.tools import ToolFailed, ToolMissing
    from rtl_gen.emit import EmitError
    from sim.runner import SimulationFailed, SimulatorMissing

    try:
        yield
    except (SimulatorMissing, ToolMissing) as error:
        raise Failure(str(error), USAGE) from error
    except (EmitError, SimulationFailed, ToolFailed, BackendStalled) as error:
        raise Failure(str(error), FAILED) from error
