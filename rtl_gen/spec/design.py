"""The resolved design of a configuration: its layers, its states, and every derived width.

Every width is that of the worst case; numbers are signed unless a docstring says unsigned.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .automatic import SMALL, Automatic, Gate, automatic_of, method_of, span_of
from .device import STATES
from .memories import Memories, memories_of
from .noise import Scale, scale_of
from .stages import Stages, stages_of
from .update import Method
from .widths import index_width

if TYPE_CHECKING:
    from .config import Config


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer, with all settings that apply to it.

    `number` counts from 1. Row i of group g is row `base + g * (inputs + 1) + i` of the synapse
    memory; the bias line is row `inputs`. Groups are numbered through all layers; the first of
    this layer is `first_group`. `weight_range` R is the real weight of a pair with one device at
    Gmax and the other at Gmin; a difference of 2^forward_shift readings is a real weight of 1.
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
    weight_range: float

    @property
    def rows(self) -> int:
        """Input lines, including the bias line."""
        return self.inputs + 1


@dataclass(frozen=True, eq=False)  # configurations are compared instead
class Design:
    """Everything that follows from the configuration that the user wrote."""

    config: "Config"

    @property
    def tabulated(self) -> bool:
        """Whether read values and next states are looked up in tables; otherwise they are
        computed: read[s] = s * k, and a pulse moves one state."""
        device = self.config.device
        return (device.kind != "linear" or device.on_off_ratio is not None
                or self.config.variation.spreads or self.substates > 1)

    @cached_property
    def method(self) -> Method:
        """The update method."""
        given = self.config.update.method
        return method_of(self.config) if given == "auto" else given

    @property
    def substates(self) -> int:
        """States from one level to the next. By default 4 if pulses depress devices whose curves
        differ up and down, otherwise 1."""
        device = self.config.device
        if device.substates is not None:
            return device.substates
        variation = self.config.variation
        unlike = device.kind != "linear" or variation.up_down > 0 or variation.bend > 0
        depresses = self.method != "unidirectional"
        return 4 if unlike and depresses and 4 * (device.levels - 1) < STATES else 1

    @property
    def states(self) -> int:
        """States of one device."""
        return self.substates * (self.config.device.levels - 1) + 1

    @property
    def state_bits(self) -> int:
        """Unsigned state 0..states - 1."""
        return (self.states - 1).bit_length()

    @property
    def pair_bits(self) -> int:
        """One synapse in memory: both states, and the polarity if refreshes swap."""
        return 2 * self.state_bits + self.config.update.refresh_swaps

    @property
    def conductance_bits(self) -> int:
        """Width of Gmax. By default the smallest that distinguishes all levels, and at least 8 with
        tables."""
        device = self.config.device
        least = max(8, device.level_bits) if self.tabulated else device.level_bits
        return device.conductance_bits or least

    @property
    def conductance_step(self) -> int:
        """Difference of conductance between neighbouring states, for a device without tables."""
        return ((1 << self.conductance_bits) - 1) // (self.config.device.levels - 1)

    @property
    def conductance_limit(self) -> int:
        """Largest read value: Gmax, or twice Gmax if the range varies from device to device."""
        if not self.tabulated:
            return (self.config.device.levels - 1) * self.conductance_step
        return ((1 << self.conductance_bits) - 1) * (2 if self.config.variation.range else 1)

    @property
    def siemens(self) -> float | None:
        """The conductance of a read value of 1, in siemens; None if Gmax is not known."""
        device = self.config.device
        g_max = max(device.points) if device.kind == "measured" else device.g_max_siemens
        full = (1 << self.conductance_bits) - 1 if self.tabulated else self.conductance_limit
        return None if g_max is None else g_max / full

    @property
    def read_bits(self) -> int:
        """Unsigned read value."""
        return self.conductance_limit.bit_length()

    @property
    def draws(self) -> bool:
        """Whether devices differ; a hash of a device's coordinates then says how."""
        variation = self.config.variation
        return bool(variation.spreads or variation.sticks or self.config.device.cycle_noise
                    or self.cycle_scale or self.refresh_scale)

    @cached_property
    def cycle_scale(self) -> Scale | None:
        """The scale of the displacements of pulses; None without `device.cycle_sigma`."""
        return self._scale(self.config.device.cycle_sigma)

    @cached_property
    def refresh_scale(self) -> Scale | None:
        """The scale of the errors of programming; None without `update.refresh_sigma`."""
        return self._scale(self.config.update.refresh_sigma)

    def _scale(self, share: float) -> Scale | None:
        return scale_of(share * (self.states - 1)) if share else None

    @property
    def refresh_state(self) -> int:
        """The lowest state in which a device counts as full."""
        return self.config.update.refresh_state or self.states - 1

    @cached_property
    def automatic(self) -> Automatic:
        """The values of keys that are "auto"."""
        return automatic_of(self.config)

    @property
    def pulse_probability(self) -> float:
        """The gate's p, in 0..1."""
        given = self.config.update.pulse_probability
        return self._gate.probability if isinstance(given, str) else given

    @property
    def pulse_decay(self) -> float:
        """The gate's r, in 0..1."""
        given = self.config.update.pulse_decay
        return self._gate.decay if isinstance(given, str) else given

    @property
    def _gate(self) -> Gate:
        """The gate for the keys that are "auto"; it is open if one of them is given."""
        return self.automatic.gate if self.config.update.gate_is_automatic else Gate()

    @property
    def _delta_threshold(self) -> int | tuple[int, ...]:
        """`update.delta_threshold`, of all layers or of each."""
        update = self.config.update
        if not isinstance(update.delta_threshold, str):
            return update.delta_threshold
        return self.automatic.delta_threshold if update.gate_is_automatic else SMALL

    @property
    def _row_threshold(self) -> int | tuple[int, ...]:
        """`update.row_threshold`, of all layers or of each."""
        given = self.config.update.row_threshold
        return self.automatic.row_threshold if isinstance(given, str) else given

    def gate(self, epoch: int) -> int:
        """The pulse gate of `epoch` (from 0): floor(256 p r^e + 1/2), 0..256."""
        return int(256 * self.pulse_probability * self.pulse_decay**epoch + 0.5)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers from input to output."""

        def of(value: int | tuple[int, ...], index: int) -> int:
            return value[index] if isinstance(value, tuple) else value

        layers: list[Layer] = []
        shapes = self.config.network.shapes
        base = first_group = 0
        for index, (inputs, outputs) in enumerate(shapes):
            is_output = index == len(shapes) - 1
            hard = is_output or self.config.network.activation == "hard_sigmoid"
            groups = -(-outputs // self.config.engine.lanes)
            given = self.config.numbers.forward_shift
            forward_shift = (self.automatic.forward_shift[index] if isinstance(given, str)
                             else of(given, index))
            backward_shift = forward_shift
            if index > 0 and self.config.numbers.backward_shift is not None:
                backward_shift = of(self.config.numbers.backward_shift, index - 1)
            layers.append(Layer(
                number=index + 1, inputs=inputs, outputs=outputs, is_output=is_output,
                forward_shift=forward_shift, backward_shift=backward_shift,
                row_threshold=of(self._row_threshold, index),
                delta_threshold=of(self._delta_threshold, index),
                offset=(self.config.numbers.full + 1) // 2 if hard else 0,
                groups=groups, first_group=first_group, base=base,
                weight_range=span_of(self.config) / (1 << forward_shift)))
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

    @property
    def weight_limit(self) -> int:
        """Largest |w|: one device at its largest conductance, the other at 0."""
        return self.conductance_limit

    @property
    def weight_bits(self) -> int:
        """A weight in -weight_limit..weight_limit."""
        return self.weight_limit.bit_length() + 1

    @property
    def delta_bits(self) -> int:
        """A delta. Output deltas are -X..X (activation_bits + 1 bits); hidden ones have error_bits.

        A network without hidden layers only has output deltas.
        """
        exact = self.config.numbers.activation_bits + 1
        return max(exact, self.config.numbers.error_bits) if self.config.network.hidden else exact

    @property
    def operand_bits(self) -> int:
        """The multiplier's second operand: 0..X (a + 1 bits signed) or a delta."""
        return max(self.config.numbers.activation_bits + 1, self.delta_bits)

    @property
    def product_bits(self) -> int:
        """A product weight * operand; weight_bits + operand_bits holds every product."""
        return self.weight_bits + self.operand_bits

    @property
    def accumulator_bits(self) -> int:
        """z: |z| <= (N + 1) * X * weight_limit of the widest layer."""
        lines = max(layer.rows for layer in self.layers)
        return (lines * self.config.numbers.full * self.weight_limit).bit_length() + 1

    @property
    def backward_bits(self) -> int:
        """b: |b| <= sum over the outputs of weight_limit * the layer's largest |delta|."""
        numbers = self.config.numbers
        worst = max(layer.outputs * self.weight_limit
                    * (numbers.full if layer.is_output else numbers.delta_limit)
                    for layer in self.layers)
        return worst.bit_length() + 1

    @property
    def output_units(self) -> int:
        """Output units that are drained in one cycle, a power of two: there are eight circuits for
        their errors, fewer if there are few lanes."""
        return min(8, 1 << max(1, self.config.engine.lanes // 4).bit_length() - 1)

    @property
    def dsp_lanes(self) -> int:
        """Lanes, the lowest, that use a multiplier of the FPGA; the others multiply in look-up
        tables."""
        given, lanes = self.config.engine.multipliers, self.config.engine.lanes
        if isinstance(given, str):
            return lanes if given == "dsp" else 0
        return min(given, lanes)

    @property
    def backward_lanes(self) -> int:
        """Lanes that hold a unit of some layer past the first: only their deltas have a layer below
        to go to. 0 without hidden layers."""
        widest = max((layer.outputs for layer in self.layers[1:]), default=0)
        return min(self.config.engine.lanes, widest)

    @cached_property
    def stages(self) -> Stages:
        """The register stages of the engine, which give all of its latencies."""
        return stages_of(self)

    @cached_property
    def memories(self) -> Memories:
        """The depth and width of each memory of the engine."""
        return memories_of(self.config)

    @property
    def index_bits(self) -> int:
        """Unsigned index of an input line of any layer, including the bias line."""
        return max(layer.inputs for layer in self.layers).bit_length()

    @property
    def input_bits(self) -> int:
        """Unsigned index of an input of the network."""
        return index_width(self.config.network.inputs)

    @property
    def unit_bits(self) -> int:
        """Unsigned index of a unit: an output of any layer."""
        return index_width(max(layer.outputs for layer in self.layers))

    @property
    def lane_bits(self) -> int:
        """Unsigned number of a lane, 0 with one lane."""
        return (self.config.engine.lanes - 1).bit_length()

    @property
    def slot_bits(self) -> int:
        """Unsigned slot of a unit: its group within the layer, above the `lane_bits` of its lane.

        If the number of lanes is a power of two, this is the index of the unit.
        """
        groups = max(layer.groups for layer in self.layers)
        return (groups - 1).bit_length() + self.lane_bits if groups > 1 else self.unit_bits

    @property
    def layer_bits(self) -> int:
        """Unsigned index of a layer."""
        return index_width(len(self.layers))

    @property
    def group_bits(self) -> int:
        """Unsigned number of a group, through all layers."""
        return index_width(self.groups)

    @property
    def address_bits(self) -> int:
        """Unsigned address of a row of synapse memory."""
        return index_width(self.rows)

    @property
    def label_bits(self) -> int:
        """Unsigned class or label."""
        return (self.config.network.outputs - 1).bit_length()
