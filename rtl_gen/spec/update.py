"""The update rule: which device of a pair a pulse moves, and when pairs are refreshed."""

from typing import Annotated, Literal

from .fields import AUTO, WORD, Auto, Deviation, Part, Truth, integer, or_auto, per_layer, real

Method = Literal["unidirectional", "bidirectional", "single"]


class Update(Part):
    """Sign-based pulse update (docs/reference/contract.md, section 8).

    A row i pulses if its input exceeds `row_threshold` (the bias line always does), a column j
    if |delta| exceeds `delta_threshold`; a synapse gets at most one pulse per sample.
    """

    method: Annotated[Literal[Method, Auto], WORD] = AUTO
    """Which device of a pair a pulse moves. "unidirectional" only potentiates, and refreshes full
    pairs; "bidirectional" moves both devices, one up and the other down; "single" moves one device,
    beside a fixed one. "auto": "bidirectional" for a device whose potentiating steps grow from
    pulse to pulse, otherwise "unidirectional" (docs/how-to/devices.md)."""
    row_threshold: Annotated[int | tuple[int, ...] | Auto, or_auto(per_layer(0, 254))] = AUTO
    """An input line pulses if its activation is larger. "auto": half of the largest input, and more
    for a noisy device. Unit: tick."""
    delta_threshold: Annotated[int | tuple[int, ...] | Auto, or_auto(per_layer(0, 32766))] = AUTO
    """A column pulses if its delta is larger in size. "auto": it follows from the device and the
    method (docs/how-to/devices.md), but is 2 if the gate is given. Unit: tick."""
    refresh_state: Annotated[int, integer(1, 65535)] | None = None
    """A device at this state or above is full; by default its last state."""
    refresh_swaps: Truth = False
    """Whether a refresh also swaps which device of the pair is plus and which is minus."""
    refresh_sigma: Deviation = 0.0
    """Standard deviation of the conductance that a refresh programs; an erased device is exactly in
    its lowest state. Unit: share of Gmax - Gmin."""
    pulse_probability: Annotated[float | Auto, or_auto(real(0.0, 1.0))] = AUTO
    """p: in epoch e a pulsing row fires with probability p * r^e, by the seeded generator. "auto":
    p and r follow from the device, the method and the epochs of the training
    (docs/how-to/devices.md), unless one of them is given; then the other is 1."""
    pulse_decay: Annotated[float | Auto, or_auto(real(0.0, 1.0))] = AUTO
    """r: the factor of p from epoch to epoch."""

    @property
    def method_is_automatic(self) -> bool:
        """Whether no method is given."""
        return self.method == AUTO

    @property
    def gate_is_automatic(self) -> bool:
        """Whether neither p nor r is given."""
        return self.pulse_probability == self.pulse_decay == AUTO
