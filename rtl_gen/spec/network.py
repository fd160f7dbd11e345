"""The network: a multilayer perceptron."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import model_validator

from .fields import WORD, Part, integer, integers, misfit

SYNAPSES = 20_000_000
"""Most synapses of a network, including those of the bias lines."""


class Network(Part):
    """Sizes of a multilayer perceptron and the activation of its hidden layers.

    Layer l (from 1) has N inputs plus one bias line, and M outputs. The output layer is always
    a hard sigmoid.
    """

    inputs: Annotated[int, integer(1, 4096)]
    """Inputs of a sample, such as pixels."""
    hidden: Annotated[tuple[int, ...], integers(1, 4096, at_most=7)] = ()
    """Units of each hidden layer; an empty list for a network of one layer."""
    outputs: Annotated[int, integer(2, 4096)]
    """Units of the last layer: one for each class."""
    activation: Annotated[Literal["relu", "hard_sigmoid"], WORD] = "relu"
    """Of the hidden layers."""

    @model_validator(mode="after")
    def _fits_in_memory(self) -> "Network":
        count = sum((inputs + 1) * outputs for inputs, outputs in self.shapes)
        if count > SYNAPSES:
            raise misfit("network.hidden", f"sizes that give at most {SYNAPSES:,} synapses (these "
                         f"give {count:,})", list(self.hidden))
        return self

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(inputs without the bias line, outputs) of every layer."""
        sizes = (self.inputs, *self.hidden, self.outputs)
        return tuple(pairwise(sizes))
