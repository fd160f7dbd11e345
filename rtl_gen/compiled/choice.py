"""The compiled engine, or the golden one where nothing can be compiled."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rtl_gen.golden import GoldenEngine
from rtl_gen.spec import Config

if TYPE_CHECKING:
    from .engine import CompiledEngine


def make_engine(config: Config, *,
                warn: Callable[[str], None]) -> "CompiledEngine | GoldenEngine":
    """The compiled engine of `config`: compiled for some seconds once, then kept on disk.

    Where numba is missing or cannot compile, `warn` is called with a line that says so, and the
    golden engine takes its place.
    """
    try:
        from .engine import CompiledEngine  # imports numba

        return CompiledEngine(config)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        warn(f"the compiled model cannot be used ({reason}): the NumPy model takes its place, "
             "which computes the same and is many times slower")
        return GoldenEngine(config)
