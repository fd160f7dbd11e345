"""The update rule: which device of a pair a pulse moves, and when pairs are refreshed."""

from typing import Annotated, Literal

from .fields import AUTO, WORD, Auto, Deviation, Part, Truth, integer, or_auto, per_layer, real

Method = Literal["unidirectional", "bidirectional", "single"]


class Update(Part):
    """Sign-based pulse update (docs/reference/contract.md, section 8).

    A row i pulses if its input exceeds `row_threshold` (the bias line always does), a column j
    if |delta| exceeds `delta_threshold`; a synapse gets at most one pulse per sample.
    `method`: "auto" is "bidirectional" for a device whose potentiating steps grow from pulse to
    pulse, otherwise "unidirectional" (`automatic.py`).
    A `row_threshold` of "auto" is half of the largest input, and more for a noisy device.
    `refresh_state`: a device at this state or above is full (default: its last state).
    `refresh_swaps`: a refresh also swaps which device of the pair is plus and which is minus.
    `refresh_sigma`: standard deviation of the conductance that a refresh programs, as a share of
    Gmax - Gmin; an erased device is exactly in its lowest state.
    `pulse_probability` p and `pulse_decay` r: in epoch e a pulsing row fires with probability
    p * r^e, by the seeded generator; "auto": both follow from the device, the method and the epochs
    of the training (`automatic.py`), unless one of them is given; then the other is 1. So does a
    `delta_threshold` of "auto"; if the gate is given, it is 2.
    """

    method: Annotated[Literal[Method, Auto], WORD] = AUTO
    row_threshold: Annotated[int | tuple[int, ...] | Auto, or_auto(per_layer(0, 254))] = AUTO
    delta_threshold: Annotated[int | tuple[int, ...] | Auto, or_auto(per_layer(0, 32766))] = AUTO
    refresh_state: Annotated[int, integer(1, 65535)] | None = None
    refresh_swaps: Truth = False
    refresh_sigma: Deviation = 0.0
    pulse_probability: Annotated[float | Auto, or_auto(real(0.0, 1.0))] = AUTO
    pulse_decay: Annotated[float | Auto, or_auto(real(0.0, 1.0))] = AUTO

    @property
    def method_is_automatic(self) -> bool:
        """Whether no method is given."""
        return self.method == AUTO

    @property
    def gate_is_automatic(self) -> bool:
        """Whether neither p nor r is given."""
        return self.pulse_probability == self.pulse_decay == AUTO
