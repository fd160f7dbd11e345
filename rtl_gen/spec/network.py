"""The network: a multilayer perceptron."""

from itertools import pairwise

from .fields import Part, choice, integer, integers


class Network(Part):
    """Sizes of a multilayer perceptron and the activation of its hidden layers.

    Layer l (from 1) has N inputs plus one bias line, and M outputs. The output layer is always
    a hard sigmoid.
    """

    inputs: integer(1, 4096)
    hidden: integers(1, 4096, at_most=7) = ()
    outputs: integer(2, 4096)
    activation: choice("relu", "hard_sigmoid") = "relu"

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(inputs without the bias line, outputs) of every layer."""
        sizes = (self.inputs, *self.hidden, self.outputs)
        return tuple(pairwise(sizes))
