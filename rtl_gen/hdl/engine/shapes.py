"""Shapes that several components use, derived from the configuration."""

import numpy as np
from amaranth.hdl import Shape, signed, unsigned
from amaranth.lib import data

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.array import ArrayLayout
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config
from pulsetrain.spec.memories import TRIT_BITS, slices


def pair_layout(config: Config) -> data.StructLayout:
    """One synapse, see `formats.engine.pair`."""
    return layout(formats.pair(config))


def row_layout(config: Config) -> ArrayLayout:
    """One row of synapse memory, see `formats.engine.row`."""
    return layout(formats.row(config))


def slice_layout(config: Config) -> ArrayLayout:
    """One slice of a row, see `formats.engine.row_slice`."""
    return layout(formats.row_slice(config))


def written_shape(config: Config) -> Shape:
    """A bit for each slice of a row: whether it is written."""
    return unsigned(len(slices(config)))


def padded(table: np.ndarray, state_bits: int) -> np.ndarray:
    """A table (C, S) over classes and states, padded with 0 to (C, 2^state_bits)."""
    return np.pad(table, ((0, 0), (0, (1 << state_bits) - table.shape[1])))


def trit_layout() -> data.StructLayout:
    """A trit: the column's pulse is positive (`up`), negative (`down`), or neither."""
    layout = data.StructLayout({"up": 1, "down": 1})
    assert layout.size == TRIT_BITS
    return layout


def trit_row_layout(config: Config) -> ArrayLayout:
    """The trits of one group: one for each lane."""
    return ArrayLayout(trit_layout(), config.engine.lanes)


def delta_row_layout(config: Config) -> ArrayLayout:
    """The deltas of one group: a signed number for each lane that takes part in backward."""
    return ArrayLayout(signed(config.design.delta_bits), config.design.backward_lanes)


def delta_chunk_layout(config: Config) -> ArrayLayout:
    """The deltas of units that are written in one cycle."""
    return layout(formats.output_probe(config)["delta"].format)


def products_layout(config: Config) -> ArrayLayout:
    """A signed product for each lane."""
    return ArrayLayout(signed(config.design.product_bits), config.engine.lanes)


def backward_products_layout(config: Config) -> ArrayLayout:
    """A signed product for each lane that takes part in backward."""
    return ArrayLayout(signed(config.design.product_bits), config.design.backward_lanes)


def sums_layout(config: Config) -> ArrayLayout:
    """An exact sum z, signed, for each lane."""
    return ArrayLayout(signed(config.design.accumulator_bits), config.engine.lanes)


def event_layout(config: Config) -> data.StructLayout:
    """One event: an input line and its non-zero activation."""
    return data.StructLayout({"index": index_shape(config), "value": activation_shape(config)})


def activation_shape(config: Config) -> Shape:
    """An activation 0..X."""
    return unsigned(config.numbers.activation_bits)


def index_shape(config: Config) -> Shape:
    """An input line of any layer; the bias line is the last."""
    return unsigned(config.design.index_bits)


def unit_shape(config: Config) -> Shape:
    """A unit of any layer: the index of an output."""
    return unsigned(config.design.unit_bits)


def slot_shape(config: Config) -> Shape:
    """The slot of a unit of any layer: its group within the layer, above its lane."""
    return unsigned(config.design.slot_bits)


def layer_shape(config: Config) -> Shape:
    """A layer, counted from 0."""
    return unsigned(config.design.layer_bits)


def group_shape(config: Config) -> Shape:
    """A group, numbered through all layers."""
    return unsigned(config.design.group_bits)


def input_address_shape(config: Config) -> Shape:
    """The address of an event of the current sample."""
    return unsigned(config.design.input_bits)


def listed_shape(config: Config) -> Shape:
    """A number of groups of one layer, from none to all."""
    return unsigned(max(layer.groups for layer in config.design.layers).bit_length())


def trits_shape(config: Config) -> Shape:
    """A number of outputs of one layer, from none to all."""
    return unsigned(max(layer.outputs for layer in config.design.layers).bit_length())


def address_shape(config: Config) -> Shape:
    """A row of synapse memory."""
    return unsigned(config.design.address_bits)


def count_shape(config: Config) -> Shape:
    """A number of events of one layer, 0 to the number of its inputs."""
    return index_shape(config)


def row_token_layout(config: Config) -> data.StructLayout:
    """The control bits that go through the pipeline with a row.

    `valid`: there is a row. `update`: it is read for backward and update, not for forward.
    `layer`: its layer, from 0. `first`, `last`: it is the first, the last row of its group
    (forward), or of its input line (update).
    """
    return data.StructLayout({
        "valid": 1, "update": 1, "layer": layer_shape(config), "first": 1, "last": 1})
