"""Making the golden model that trains: compiled, or in NumPy."""

from pulsetrain import compiled
from pulsetrain.errors import USAGE
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import Backend
from pulsetrain.spec import Config

from .failure import CliError
from .output import Output

ENGINES = {"compiled": "golden model, compiled", "numpy": "golden model in NumPy"}
"""The engines by name, and what they are."""


def make_engine(name: str, config: Config, output: Output) -> Backend:
    """The engine `name` of `config`; shows a warning if another had to be made.

    Raises:
        CliError: there is no such engine.
    """
    if name not in ENGINES:
        raise CliError(f"--engine must be one of {', '.join(ENGINES)}, not {name!r}", USAGE)
    if name == "numpy":
        return GoldenEngine(config)
    with output.console.status("making the compiled model: compiled once, then kept on disk"):
        return compiled.make_engine(config, warn=output.warn)
