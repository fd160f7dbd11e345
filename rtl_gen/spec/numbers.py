"""The fixed-point numbers of the datapath."""

from typing import Annotated

from .fields import AUTO, Auto, Part, integer, or_auto, per_layer

Shift = Annotated[int | tuple[int, ...], per_layer(0, 31)]
"""A right shift: one for all layers, or one per layer."""


class Numbers(Part):
    """Bits, shifts and the output target."""

    activation_bits: Annotated[int, integer(2, 8)] = 8
    """Width a of an activation, which is an unsigned pulse width of 0..X ticks with X = 2^a - 1.
    Unit: bit."""
    forward_shift: Annotated[int | tuple[int, ...] | Auto, or_auto(per_layer(0, 31))] = AUTO
    """Floor shift from the exact sum z to the activation. It sets the range of the weights:
    2^forward_shift readings of a conductance are a weight of 1. "auto": it follows from the device
    and the method (docs/how-to/devices.md). Unit: bit."""
    backward_shift: Shift | None = None
    """Shift towards zero from the exact sum b to the delta of the layer before. It belongs to the
    layer whose weights are read, so a list has one entry for every layer except the first. By
    default each layer's `forward_shift`. Unit: bit."""
    error_bits: Annotated[int, integer(2, 16)] = 8
    """Signed width of hidden deltas, which saturate; output deltas are exact. Unit: bit."""
    margin: Annotated[int, integer(0, 127)] = 0
    """The output target is X - margin for the label and margin for the other classes. Unit:
    tick."""

    @property
    def range_is_automatic(self) -> bool:
        """Whether no `forward_shift` is given."""
        return self.forward_shift == AUTO

    @property
    def full(self) -> int:
        """X, the longest pulse: the value of a saturated activation and of the bias line."""
        return (1 << self.activation_bits) - 1

    @property
    def delta_limit(self) -> int:
        """Largest magnitude of a hidden delta: 2^(error_bits - 1) - 1."""
        return (1 << (self.error_bits - 1)) - 1
