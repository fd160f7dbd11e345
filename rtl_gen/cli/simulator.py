"""Choosing a simulator."""

from pulsetrain.errors import USAGE

from .failure import Failure
from .output import Output

SIMULATORS = ("auto", "icarus", "verilator", "native", "amaranth")


def choose_simulator(name: str, output: Output) -> str:
    """The simulator that `name` stands for; what `auto` chose is shown.

    Raises:
        Failure: there is no such simulator.
    """
    from pulsetrain.sim import runner

    if name not in SIMULATORS:
        raise Failure(f"--simulator must be one of {', '.join(SIMULATORS)}, not {name!r}", USAGE)
    if name != "auto":
        return name
    if runner.version("icarus"):
        return "icarus"
    output.console.print("Icarus Verilog is not installed (see `pulsetrain doctor`): Amaranth's "
                         "own simulator runs the design instead of its Verilog.")
    return "amaranth"
