"""Memory map: which synapse lies in which row and lane, and rows as integers.

Row i of group g of a layer lies at `layer.base + g * (N + 1) + i`, the bias line last; unit
`g * lanes + lane` is in lane `lane`. A pair has s+ in its lower `state_bits`, s- above; lane 0
is in the row's lowest bits. Lanes past a layer's last unit hold nothing that is ever used.
"""

import numpy as np

from rtl_gen.spec import Config


def row_bits(config: Config) -> int:
    """Bits of one row of synapse memory."""
    return config.engine.lanes * 2 * config.device.state_bits


def pack_rows(config: Config, plus: list[np.ndarray], minus: list[np.ndarray]) -> list[int]:
    """All rows of synapse memory from the states of all layers, unused lanes 0."""
    lanes, bits = config.engine.lanes, config.device.state_bits
    pairs = np.zeros((config.rows, lanes, 2), np.int64)
    for layer, high, low in zip(config.layers, plus, minus, strict=True):
        for group in range(layer.groups):
            units = slice(group * lanes, min((group + 1) * lanes, layer.outputs))
            rows = slice(layer.base + group * layer.rows, layer.base + (group + 1) * layer.rows)
            width = units.stop - units.start
            pairs[rows, :width, 0] = high[:, units]
            pairs[rows, :width, 1] = low[:, units]
    expanded = (pairs[..., np.newaxis] >> np.arange(bits) & 1).astype(np.uint8)
    packed = np.packbits(expanded.reshape(config.rows, -1), axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def unpack_rows(config: Config, rows: list[int]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The states (plus, minus) of all layers from all rows; int32, shapes (N + 1, M)."""
    lanes, bits = config.engine.lanes, config.device.state_bits
    width = -(-row_bits(config) // 8)
    packed = np.frombuffer(b"".join(row.to_bytes(width, "little") for row in rows), np.uint8)
    expanded = np.unpackbits(packed.reshape(len(rows), width), axis=1, bitorder="little")
    expanded = expanded[:, :row_bits(config)].reshape(len(rows), lanes, 2, bits)
    pairs = (expanded.astype(np.int32) << np.arange(bits, dtype=np.int32)).sum(
        axis=-1, dtype=np.int32)
    plus, minus = [], []
    for layer in config.layers:
        stored = pairs[layer.base:layer.base + layer.groups * layer.rows]
        grouped = stored.reshape(layer.groups, layer.rows, lanes, 2)
        units = grouped.transpose(1, 0, 2, 3).reshape(layer.rows, layer.groups * lanes, 2)
        plus.append(units[:, :layer.outputs, 0].copy())
        minus.append(units[:, :layer.outputs, 1].copy())
    return plus, minus
