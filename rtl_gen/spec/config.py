"""The whole configuration."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import model_validator

from .design import Design
from .device import STATES, Device
from .fields import Name, Part, integer, misfit
from .network import Network
from .numbers import Numbers
from .parts import Engine, Training
from .update import Update
from .variation import Variation


class Config(Part):
    """Everything that one engine is generated from.

    Raises:
        pydantic.ValidationError: a value is out of range, or two values do not fit together.
    """

    name: Name
    """The name, in reports and in names of files."""
    seed: Annotated[int, integer(1, 0xFFFFFFFF)] = 1
    """Of the generator: initial states, order of the samples, pulse gate and noise."""
    network: Network
    numbers: Numbers = Numbers()
    device: Device
    variation: Variation = Variation()
    update: Update = Update()
    engine: Engine = Engine()
    training: Training = Training()

    @model_validator(mode="after")
    def _parts_fit(self) -> "Config":
        design = self.design
        full, limit = self.numbers.full, self.numbers.delta_limit
        count = len(self.network.shapes)
        for key, values, expected in (
                ("numbers.forward_shift", self.numbers.forward_shift, count),
                ("numbers.backward_shift", self.numbers.backward_shift, count - 1),
                ("update.row_threshold", self.update.row_threshold, count),
                ("update.delta_threshold", self.update.delta_threshold, count)):
            if isinstance(values, tuple) and len(values) != expected:
                raise misfit(key, f"one integer, or a list of {expected} of them (the network has "
                             f"{count} layers)", list(values))
        if 2 * self.numbers.margin > full:
            raise misfit("numbers.margin", f"an integer in 0..{full // 2}", self.numbers.margin)
        for layer in design.layers:
            if layer.row_threshold > full - 1:
                raise misfit("update.row_threshold", f"an integer in 0..{full - 1} (layer "
                             f"{layer.number})", layer.row_threshold)
            largest = full if layer.is_output else limit
            if layer.delta_threshold > largest - 1:
                raise misfit("update.delta_threshold", f"an integer in 0..{largest - 1} (layer "
                             f"{layer.number})", layer.delta_threshold)
        bits = self.device.conductance_bits
        if bits is not None and not design.tabulated and bits < self.device.level_bits:
            raise misfit("device.conductance_bits", f"an integer in {self.device.level_bits}..12, "
                         f"wide enough for {self.device.levels} levels", bits)
        if design.states > STATES:
            raise misfit("device.substates", f"small enough for {STATES} states; with "
                         f"{self.device.levels} levels there are {design.states}",
                         design.substates)
        state = self.update.refresh_state
        if state is not None and state > design.states - 1:
            raise misfit("update.refresh_state", f"an integer in 1..{design.states - 1}", state)
        if self.update.refresh_swaps and design.method != "unidirectional":
            raise misfit("update.refresh_swaps", 'false unless update.method is "unidirectional", '
                         "the only one that refreshes", True)
        if self.update.refresh_sigma and design.method != "unidirectional":
            raise misfit("update.refresh_sigma", '0 unless update.method is "unidirectional", the '
                         "only one that refreshes", self.update.refresh_sigma)
        if self.variation.bend and self.device.kind == "measured":
            raise misfit("variation.bend", '0 for device.kind "measured", because measured points '
                         'have no label (kind "exponential" with their fit has one)',
                         self.variation.bend)
        share = self.variation.stuck_low + self.variation.stuck_high
        if share > 1:
            raise misfit("variation.stuck_high", "at most 1 together with variation.stuck_low",
                         self.variation.stuck_high)
        return self

    def for_epochs(self, epochs: int) -> "Config":
        """The configuration for a training of `epochs` epochs, over which an automatic gate closes;
        the same one if its gate does not depend on them."""
        if not self.update.gate_is_automatic or self.design.automatic.gate.decay == 1:
            return self
        return self.model_copy(update={
            "training": self.training.model_copy(update={"epochs": epochs})})

    def model_copy(self, *, update: Mapping[str, Any] | None = None,
                   deep: bool = False) -> "Config":
        """A copy with the values of `update`, which are not checked. Its `design` is made anew."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("design", None)
        return copied

    @cached_property
    def design(self) -> Design:
        """Everything that follows from the configuration: layers, states and widths."""
        return Design(self)
