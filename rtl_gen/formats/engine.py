"""The formats of an engine's ports, which depend on its configuration."""

from pulsetrain.spec import Config
from pulsetrain.spec.memories import SLICE_LANES, slices

from .struct import Array, Format, Number, Struct, struct

CYCLE_BITS = 32
"""Bits of the cycles of a sample."""


def event_transfer(config: Config) -> Struct:
    """One transfer of a sample as events: a non-zero input.

    A sample has at least one transfer, and its inputs come in rising order: one that is not above
    all before it is refused, and so is one that does not exist.
    """
    return struct(
        ("index", config.design.input_bits, "index of the input, from 0"),
        *_common_fields(config))


def raw_transfer(config: Config) -> Struct:
    """One transfer of a sample as raw values: the next input, zero or not.

    Inputs that do not come are 0; values after the last input are refused.
    """
    return struct(*_common_fields(config))


def sample_transfer(config: Config) -> Struct:
    """One transfer of a sample, in the form that the engine takes."""
    return raw_transfer(config) if config.engine.input == "raw" else event_transfer(config)


def result(config: Config) -> Struct:
    """The result of one sample."""
    return struct(
        ("prediction", config.design.label_bits, "the predicted class"),
        ("error", 1, "1: the predicted class is not the label"),
        ("train", 1, "1: the sample was learned, 0: only classified"),
        ("cycles", CYCLE_BITS, "clock cycles that the sample took"))


def pair(config: Config) -> Struct:
    """One synapse: the states of its two devices, and its polarity if refreshes swap."""
    bits = config.design.state_bits
    polarity = (("polarity", 1, "1: physical device 1 is the plus device"),)
    return struct(
        ("plus", bits, "state of the plus device"),
        ("minus", bits, "state of the minus device"),
        *(polarity if config.update.refresh_swaps else ()))


def row(config: Config) -> Array:
    """One row of synapse memory: a pair per lane, lane 0 in the lowest bits."""
    return Array(pair(config), config.engine.lanes)


def row_slice(config: Config) -> Array:
    """One slice of a row (`spec.memories.slices`), which the host reads and writes as a whole.

    The last slice of a row can have fewer lanes; the pairs above them are 0 if it is read, and
    without effect if it is written.
    """
    return Array(pair(config), len(slices(config)[0]))


def host_request(config: Config) -> Struct:
    """One request of the host to synapse memory."""
    numbers = len(slices(config))
    number = (("slice", (numbers - 1).bit_length(),
               f"which slice of the row: {SLICE_LANES} lanes, from 0"),)
    return struct(
        ("write", 1, "1: write the slice, 0: read it"),
        ("address", config.design.address_bits, "address of the row"),
        *(number if numbers > 1 else ()),
        ("pairs", row_slice(config), "the synapses to write"))


def sum_probe(config: Config) -> Struct:
    """The exact sum of a hidden unit; only units with y > 0 are shown."""
    return _unit_probe(config, config.design.accumulator_bits, "the unit's exact sum z")


def delta_probe(config: Config) -> Struct:
    """The delta of a hidden unit as it is written to delta memory."""
    return _unit_probe(config, config.design.delta_bits, "the unit's delta")


def output_probe(config: Config) -> Struct:
    """The outputs that are drained in one cycle."""
    units = config.design.output_units
    return struct(
        ("valid", units, "one bit per output: 1 if the output exists"),
        ("first", config.design.unit_bits, "index of the lowest output"),
        ("z", Array(Number(config.design.accumulator_bits, signed=True), units),
         "exact sums of the outputs"),
        ("delta", Array(Number(config.design.delta_bits, signed=True), units),
         "errors of the outputs"))


def probes(config: Config) -> dict[str, Struct]:
    """The formats of the probes, by the names of their ports."""
    return {"probe_sum": sum_probe(config), "probe_output": output_probe(config),
            "probe_delta": delta_probe(config)}


def ports(config: Config) -> dict[str, Format]:
    """The formats of all ports that carry more than one number, by the ports' names."""
    return {"i_sample__payload": sample_transfer(config), "o_result__payload": result(config),
            "i_host__payload": host_request(config), "o_host__payload": row_slice(config),
            **probes(config)}


def _common_fields(config: Config) -> tuple[tuple[str, int, str], ...]:
    """The fields of a transfer that events and raw values have in common."""
    return (
        ("value", config.numbers.activation_bits,
         "the input as an activation, its low bits dropped; 0 is skipped"),
        ("last", 1, "1: this transfer ends the sample"),
        ("label", config.design.label_bits, "the label; read from the last transfer"),
        ("train", 1, "1: learn, 0: only classify; read from the last transfer"))


def _unit_probe(config: Config, bits: int, description: str) -> Struct:
    return struct(
        ("valid", 1, "1: a unit is shown"),
        ("layer", config.design.layer_bits, "its layer, from 0"),
        ("index", config.design.unit_bits, "its index in the layer"),
        ("value", Number(bits, signed=True), description))
