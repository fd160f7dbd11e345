"""Packing: what an engine's ports carry, in plain integers and in arrays of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from amaranth.hdl import Shape
from amaranth.lib import data

from pulsetrain.hdl.engine.engine import (
    delta_probe_layout,
    input_layout,
    result_layout,
    sum_probe_layout,
)
from pulsetrain.hdl.engine.host import host_layout
from pulsetrain.hdl.engine.output import chunk_layout
from pulsetrain.spec import Config

_WORD_BITS = 32


class Packing:
    """Packs and unpacks the fields of a struct.

    `fields`: name -> (offset, width, whether it is signed). `arrays`: name -> the same of each
    number of an array. `bits`: of the whole struct.
    """

    def __init__(self, layout: data.StructLayout) -> None:
        self.bits = layout.size
        self.fields: dict[str, tuple[int, int, bool]] = {}
        self.arrays: dict[str, list[tuple[int, int, bool]]] = {}
        for name, field in layout:
            if isinstance(field.shape, data.ArrayLayout) and isinstance(
                    field.shape.elem_shape, Shape):
                self.arrays[name] = [(field.offset + entry.offset, entry.width,
                                      _is_signed(entry.shape)) for _, entry in field.shape]
            else:
                self.fields[name] = (field.offset, field.width, _is_signed(field.shape))

    def pack(self, **values: int) -> int:
        """The struct with these fields and all others 0.

        Raises:
            ValueError: a value does not fit its field.
        """
        word = 0
        for name, value in values.items():
            offset, width, _ = self.fields[name]
            if value >> width:
                raise ValueError(f"{name} must fit {width} bits, not {value}")
            word |= value << offset
        return word

    def unpack(self, word: int) -> dict[str, Any]:
        """The value of every field; a list of values of each array."""
        return {**{name: _unpacked(word, *field) for name, field in self.fields.items()},
                **{name: [_unpacked(word, *entry) for entry in entries]
                   for name, entries in self.arrays.items()}}

    def pack_all(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Structs of at most 64 bits as (n, words) uint32, from arrays (n,) of unsigned fields.

        Raises:
            ValueError: a value does not fit its field.
        """
        packed = np.zeros(len(next(iter(values.values()))), "<u8")
        for name, array in values.items():
            offset, width, _ = self.fields[name]
            numbers = array.astype(np.uint64)
            if (numbers >> np.uint64(width)).any():
                raise ValueError(f"{name} must fit {width} bits, not {numbers.max()}")
            packed |= numbers << np.uint64(offset)
        words = packed.view("<u4").reshape(-1, 2)
        return np.ascontiguousarray(words[:, :words_of(self.bits)])

    def unpack_all(self, words: np.ndarray) -> dict[str, np.ndarray]:
        """The reverse of `pack_all`: name of every field -> (n,) int64."""
        packed = np.zeros((len(words), 2), "<u4")
        packed[:, :words.shape[1]] = words
        numbers = packed.view("<u8")[:, 0]
        return {name: (numbers >> np.uint64(offset) & np.uint64((1 << width) - 1)).astype(np.int64)
                for name, (offset, width, _) in self.fields.items()}


@dataclass(frozen=True, kw_only=True)
class EnginePackings:
    """The packings of an engine's structured ports; `probes` by the name of the port."""

    sample: Packing
    request: Packing
    result: Packing
    probes: dict[str, Packing]


def engine_packings(config: Config) -> EnginePackings:
    """The packings of the engine of `config`."""
    return EnginePackings(
        sample=Packing(input_layout(config)),
        request=Packing(host_layout(config)),
        result=Packing(result_layout(config)),
        probes={"probe_sum": Packing(sum_probe_layout(config)),
                "probe_output": Packing(chunk_layout(config)),
                "probe_delta": Packing(delta_probe_layout(config))})


def to_words(numbers: Iterable[int], bits: int) -> np.ndarray:
    """Numbers of `bits` bits as (n, words) uint32, the lowest word first."""
    width = words_of(bits)
    packed = b"".join(number.to_bytes(width * 4, "little") for number in numbers)
    return np.frombuffer(packed, "<u4").reshape(-1, width)


def from_words(words: np.ndarray) -> list[int]:
    """The numbers whose words (n, words) uint32 are; the reverse of `to_words`."""
    return [int.from_bytes(row.tobytes(), "little") for row in words.astype("<u4", copy=False)]


def words_of(bits: int) -> int:
    """32-bit words that `bits` bits fill."""
    return -(-bits // _WORD_BITS)


def _unpacked(word: int, offset: int, width: int, signed: bool) -> int:
    value = word >> offset & ((1 << width) - 1)
    return value - (1 << width) if signed and value >> (width - 1) else value


def _is_signed(shape: object) -> bool:
    return bool(getattr(shape, "signed", False))
