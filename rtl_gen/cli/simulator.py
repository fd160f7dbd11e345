"""Choosing a simulator."""

from pulsetrain.face import verification

from .output import Output


def choose_simulator(name: str, output: Output) -> str:
    """The simulator that `name` stands for; shows a message if `auto` did not find Icarus.

    Raises:
        face.inputs.ArgumentError: there is no such simulator.
    """
    chosen = verification.choose_simulator(name)
    if name == verification.AUTO and chosen == "amaranth":
        output.console.print("Icarus Verilog is not installed (see `pulsetrain doctor`): "
                             "Amaranth's own simulator runs the design instead of its Verilog.")
    return chosen
