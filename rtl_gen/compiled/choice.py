"""The compiled engine, or the golden one if nothing can be compiled."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pulsetrain.golden import GoldenEngine
from pulsetrain.spec import Config

if TYPE_CHECKING:
    from .engine import CompiledEngine


def make_engine(config: Config, *,
                warn: Callable[[str], None]) -> "CompiledEngine | GoldenEngine":
    """The compiled engine of `config`: it is compiled once, which takes seconds, and kept on disk.

    If numba is missing or cannot compile, `warn` is called with a line that says so, and the
    golden engine is returned instead. A defect of the compiled engine itself is raised.
    """
    try:
        from .engine import CompiledEngine  # imports numba

        return CompiledEngine(config)
    except Exception:
        reason = _why_nothing_compiles()
        if reason is None:
            raise
    warn(f"the compiled model cannot be used ({reason}): the NumPy model takes its place, which "
         "computes the same and is many times slower")
    return GoldenEngine(config)


def _why_nothing_compiles() -> str | None:
    """Why numba cannot compile even a trivial function here; None if it can."""
    try:
        from .jit import kernel

        kernel(_nothing)()
    except Exception as error:  # a broken installation can raise anything
        return str(error).strip().partition("\n")[0] or type(error).__name__
    return None


def _nothing() -> None:
    pass
