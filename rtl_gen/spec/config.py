"""The whole configuration, its layers and its derived widths."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field, model_validator

from .fields import Part, integer, misfit
from .network import Network
from .numbers import Numbers
from .parts import Device, Engine, Training
from .update import Update


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer with everything that is its own.

    `number` counts from 1. Row i of group g lies at `base + g * (inputs + 1) + i` of the synapse
    memory; the bias line is row `inputs`. Groups are numbered through all layers, those of this
    one from `first_group`.
    """

    number: int
    inputs: int
    outputs: int
    is_output: bool
    forward_shift: int
    backward_shift: int
    row_threshold: int
    delta_threshold: int
    offset: int
    groups: int
    first_group: int
    base: int

    @property
    def rows(self) -> int:
        """Input lines, the bias line included."""
        return self.inputs + 1


class Config(Part):
    """Everything one generated engine is made from.

    Raises:
        pydantic.ValidationError: a value is out of its range, or two values do not fit together.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)
    seed: integer(1, 0xFFFFFFFF) = 1
    network: Network
    numbers: Numbers = Numbers()
    device: Device
    update: Update = Update()
    engine: Engine = Engine()
    training: Training = Training()

    @model_validator(mode="after")
    def _parts_fit(self) -> "Config":
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
        for layer in self.layers:
            if layer.row_threshold > full - 1:
                raise misfit("update.row_threshold", f"an integer in 0..{full - 1} (layer "
                             f"{layer.number})", layer.row_threshold)
            largest = full if layer.is_output else limit
            if layer.delta_threshold > largest - 1:
                raise misfit("update.delta_threshold", f"an integer in 0..{largest - 1} (layer "
                             f"{layer.number})", layer.delta_threshold)
        levels, bits = self.device.levels, self.device.conductance_bits
        if bits is not None and bits < self.device.state_bits:
            raise misfit("device.conductance_bits", f"an integer in {self.device.state_bits}..12, "
                         f"wide enough for {levels} levels", bits)
        state = self.update.refresh_state
        if state is not None and state > levels - 1:
            raise misfit("update.refresh_state", f"an integer in 1..{levels - 1}", state)
        return self

    # Resolved values -------------------------------------------------------------------------

    @property
    def conductance_bits(self) -> int:
        """Width of read[s]; the least that tells all states apart unless given."""
        return self.device.conductance_bits or self.device.state_bits

    @property
    def conductance_step(self) -> int:
        """Conductance from one state of the linear device to the next."""
        return ((1 << self.conductance_bits) - 1) // (self.device.levels - 1)

    @property
    def refresh_state(self) -> int:
        """The state from which a device counts as full."""
        return self.update.refresh_state or self.device.levels - 1

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers from input to output."""

        def of(value: int | tuple[int, ...], index: int) -> int:
            return value[index] if isinstance(value, tuple) else value

        layers: list[Layer] = []
        shapes = self.network.shapes
        base = first_group = 0
        for index, (inputs, outputs) in enumerate(shapes):
            is_output = index == len(shapes) - 1
            hard = is_output or self.network.activation == "hard_sigmoid"
            groups = -(-outputs // self.engine.lanes)
            forward_shift = of(self.numbers.forward_shift, index)
            backward_shift = forward_shift
            if index > 0 and self.numbers.backward_shift is not None:
                backward_shift = of(self.numbers.backward_shift, index - 1)
            layers.append(Layer(
                number=index + 1, inputs=inputs, outputs=outputs, is_output=is_output,
                forward_shift=forward_shift, backward_shift=backward_shift,
                row_threshold=of(self.update.row_threshold, index),
                delta_threshold=of(self.update.delta_threshold, index),
                offset=(self.numbers.full + 1) // 2 if hard else 0,
                groups=groups, first_group=first_group, base=base))
            base += groups * (inputs + 1)
            first_group += groups
        return tuple(layers)

    @property
    def rows(self) -> int:
        """Rows of the synapse memory."""
        return sum(layer.groups * layer.rows for layer in self.layers)

    @property
    def groups(self) -> int:
        """Groups of all layers together."""
        return sum(layer.groups for layer in self.layers)

    # Derived widths (every one from its worst case; signed unless it says unsigned) ----------

    @property
    def weight_limit(self) -> int:
        """Largest |w|: one device at its last state, the other at its first."""
        return (self.device.levels - 1) * self.conductance_step

    @property
    def weight_bits(self) -> int:
        """A weight in -weight_limit..weight_limit."""
        return self.weight_limit.bit_length() + 1

    @property
    def delta_bits(self) -> int:
        """Output deltas are -X..X (activation_bits + 1 bits); hidden ones have error_bits.

        A network without hidden layers has output deltas only.
        """
        exact = self.numbers.activation_bits + 1
        return max(exact, self.numbers.error_bits) if self.network.hidden else exact

    @property
    def operand_bits(self) -> int:
        """The multiplier's second operand: 0..X (a + 1 bits signed) or a delta."""
        return max(self.numbers.activation_bits + 1, self.delta_bits)

    @property
    def product_bits(self) -> int:
        """A product weight * operand; weight_bits + operand_bits holds every product."""
        return self.weight_bits + self.operand_bits

    @property
    def accumulator_bits(self) -> int:
        """z: |z| <= (N + 1) * X * weight_limit of the widest layer."""
        lines = max(layer.rows for layer in self.layers)
        return (lines * self.numbers.full * self.weight_limit).bit_length() + 1

    @property
    def backward_bits(self) -> int:
        """b: |b| <= sum over the outputs of weight_limit * the layer's largest |delta|."""
        worst = max(layer.outputs * self.weight_limit
                    * (self.numbers.full if layer.is_output else self.numbers.delta_limit)
                    for layer in self.layers)
        return worst.bit_length() + 1

    @property
    def index_bits(self) -> int:
        """Unsigned index of an input line of any layer, the bias line included."""
        return max(layer.inputs for layer in self.layers).bit_length()

    @property
    def label_bits(self) -> int:
        """Unsigned class or label."""
        return (self.network.outputs - 1).bit_length()

    # Digests ---------------------------------------------------------------------------------

    @property
    def learning(self) -> dict:
        """What the learned states depend on, with every default resolved."""
        return {
            "network": self.network.model_dump(),
            "seed": self.seed,
            "numbers": {
                "activation_bits": self.numbers.activation_bits,
                "error_bits": self.numbers.error_bits,
                "margin": self.numbers.margin,
                "forward_shift": [layer.forward_shift for layer in self.layers],
                "backward_shift": [layer.backward_shift for layer in self.layers[1:]],
            },
            "device": {"kind": self.device.kind, "levels": self.device.levels,
                       "conductance_step": self.conductance_step},
            "update": {
                "method": self.update.method,
                "row_threshold": [layer.row_threshold for layer in self.layers],
                "delta_threshold": [layer.delta_threshold for layer in self.layers],
                "refresh_state": self.refresh_state,
                "pulse_probability": self.update.pulse_probability,
                "pulse_decay": self.update.pulse_decay,
            },
        }

    @property
    def learning_digest(self) -> str:
        """SHA-256 (hex) of what the states depend on; binds checkpoints."""
        return _digest(self.learning)

    @property
    def engine_digest(self) -> str:
        """SHA-256 (hex) of `learning` and the engine; binds hardware."""
        return _digest({"learning": self.learning, "engine": self.engine.model_dump()})


def _digest(content: dict) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
