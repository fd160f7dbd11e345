"""Formats of values in bits: numbers, arrays of one format, and structs of named fields.

The first field of a struct and the first entry of an array are in the lowest bits. A value is an
int (`Number`), a list (`Array`) or a dictionary (`Struct`). The values of many items at once are
arrays: the first axis counts the items, and each `Array` adds an axis at the end.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as data_field
from functools import cached_property
from typing import Any

import numpy as np

_WORD_BITS = 64
"""Formats up to this width are packed by shifts of whole words, wider ones bit by bit."""


class Format(ABC):
    """How a value is laid out in `bits` bits."""

    bits: int

    @property
    def size(self) -> int:
        """Bytes needed to hold it."""
        return -(-self.bits // 8)

    @property
    def words(self) -> int:
        """32-bit words needed to hold it."""
        return -(-self.bits // 32)

    @abstractmethod
    def pack(self, value: Any) -> int:
        """The bits of `value` as an unsigned integer.

        A list or a dictionary, also one inside `value`, can be replaced by the integer that it
        packs to.

        Raises:
            KeyError: a field of a struct has no value.
            ValueError: a number does not fit its field.
        """

    @abstractmethod
    def unpack(self, word: int) -> Any:
        """The value whose bits are the lowest of `word`; the reverse of `pack`."""

    def to_bytes(self, value: Any) -> bytes:
        """The bits of `value` in `size` bytes, the low byte first; raises what `pack` raises."""
        return self.pack(value).to_bytes(self.size, "little")

    def from_bytes(self, octets: bytes) -> Any:
        """The value at the beginning of `octets`; the reverse of `to_bytes`."""
        return self.unpack(int.from_bytes(octets[:self.size], "little"))

    def pack_all(self, values: Any, unit: type[np.unsignedinteger] = np.uint8) -> np.ndarray:
        """The bits of n values as an array (n, units) of uint8 or uint32, the low unit first.

        No number may be wider than 63 bits.

        Raises:
            KeyError: a field of a struct has no values.
            ValueError: a number does not fit its field.
        """
        if self.bits <= _WORD_BITS:
            octets = _octets(self._to_words(values))
        else:
            octets = np.packbits(self._to_bits(values), axis=-1, bitorder="little")
        step = np.dtype(unit).itemsize
        width = -(-self.bits // (8 * step)) * step
        return _resized(octets, width).view(np.dtype(unit).newbyteorder("<"))

    def unpack_all(self, packed: np.ndarray) -> Any:
        """The values packed in an array (n, units) of uint8 or uint32; the reverse of `pack_all`.

        Numbers are int64.
        """
        octets = np.ascontiguousarray(packed).view(np.uint8)
        if self.bits <= _WORD_BITS:
            return self._from_words(_resized(octets, 8).view("<u8")[..., 0])
        return self._from_bits(
            np.unpackbits(octets, axis=-1, count=self.bits, bitorder="little"))

    @abstractmethod
    def entry(self) -> dict[str, Any]:
        """Its entry in the manifest."""

    @abstractmethod
    def _to_words(self, values: Any) -> np.ndarray:
        """Values of at most 64 bits as a new array of uint64."""

    @abstractmethod
    def _from_words(self, words: np.ndarray) -> Any:
        """The reverse of `_to_words`; bits above the value's are ignored."""

    def _to_bits(self, values: Any) -> np.ndarray:
        """Values (...) as uint8 0 or 1 (..., bits)."""
        if self.bits <= _WORD_BITS:
            return np.unpackbits(_octets(self._to_words(values)), axis=-1, count=self.bits,
                                 bitorder="little")
        return self._to_wide_bits(values)

    def _from_bits(self, bits: np.ndarray) -> Any:
        """The reverse of `_to_bits`."""
        if self.bits <= _WORD_BITS:
            octets = _resized(np.packbits(bits, axis=-1, bitorder="little"), 8)
            return self._from_words(octets.view("<u8")[..., 0])
        return self._from_wide_bits(bits)

    def _to_wide_bits(self, values: Any) -> np.ndarray:
        raise TypeError(f"{self.bits} bits are too wide for arrays of numbers")

    def _from_wide_bits(self, bits: np.ndarray) -> Any:
        raise TypeError(f"{self.bits} bits are too wide for arrays of numbers")


@dataclass(frozen=True)
class Number(Format):
    """An integer of `bits` bits, in two's complement if it is signed."""

    bits: int
    signed: bool = False

    @cached_property
    def least(self) -> int:
        """The least number that fits."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @cached_property
    def most(self) -> int:
        """The largest number that fits."""
        return self.least + (1 << self.bits) - 1

    def pack(self, value: int) -> int:
        number = int(value)
        if not self.least <= number <= self.most:
            raise ValueError(f"must fit {self}, not {number}")
        return number if number >= 0 else number + (1 << self.bits)

    def unpack(self, word: int) -> int:
        number = word & ((1 << self.bits) - 1)
        return number - (1 << self.bits) if number > self.most else number

    def entry(self) -> dict[str, Any]:
        return {"width": self.bits, "signed": self.signed}

    def __str__(self) -> str:
        width = f"{self.bits} {'bit' if self.bits == 1 else 'bits'}"
        return f"{width}, signed" if self.signed else width

    def _to_words(self, values: np.ndarray) -> np.ndarray:
        numbers = np.asarray(values)
        # A number that does not fit, also a negative one, wraps to a word above the mask.
        raised = numbers.astype(np.int64) - self.least if self.signed else numbers
        words = raised.astype(np.uint64)
        mask = np.uint64((1 << self.bits) - 1)
        if words.max(initial=0) > mask:
            raise ValueError(f"must fit {self}, not {numbers[words > mask].flat[0]}")
        return words ^ np.uint64(1 << (self.bits - 1)) if self.signed else words

    def _from_words(self, words: np.ndarray) -> np.ndarray:
        above = 64 - self.bits
        shifted = words << np.uint64(above)
        if self.signed:
            return shifted.astype(np.int64) >> above
        return (shifted >> np.uint64(above)).astype(np.int64)


@dataclass(frozen=True)
class Array(Format):
    """`length` values of the format `element`."""

    element: Format
    length: int
    bits: int = data_field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bits", self.element.bits * self.length)

    def pack(self, value: list[Any] | int) -> int:
        if not isinstance(value, Iterable):
            return Number(self.bits).pack(value)
        parts = [self.element.pack(part) for part in value]
        if len(parts) != self.length:
            raise ValueError(f"must have {self.length} entries, not {len(parts)}")
        return sum(part << index * self.element.bits for index, part in enumerate(parts))

    def unpack(self, word: int) -> list[Any]:
        return [self.element.unpack(word >> index * self.element.bits)
                for index in range(self.length)]

    def entry(self) -> dict[str, Any]:
        return {"width": self.bits, "count": self.length, "element": self.element.entry()}

    def __str__(self) -> str:
        return f"{self.length} times {self.element}"

    def _to_words(self, values: Any) -> np.ndarray:
        shifts = np.arange(self.length, dtype=np.uint64) * np.uint64(self.element.bits)
        return np.bitwise_or.reduce(self.element._to_words(values) << shifts, axis=-1)

    def _from_words(self, words: np.ndarray) -> Any:
        shifts = np.arange(self.length, dtype=np.uint64) * np.uint64(self.element.bits)
        return self.element._from_words(words[..., np.newaxis] >> shifts)

    def _to_wide_bits(self, values: Any) -> np.ndarray:
        bits = self.element._to_bits(values)
        return bits.reshape(*bits.shape[:-2], self.bits)

    def _from_wide_bits(self, bits: np.ndarray) -> Any:
        return self.element._from_bits(
            bits.reshape(*bits.shape[:-1], self.length, self.element.bits))


@dataclass(frozen=True)
class Field:
    """One field of a struct, `offset` bits above the struct's lowest."""

    name: str
    format: Format
    description: str
    offset: int


@dataclass(frozen=True)
class Struct(Format):
    """Fields from the lowest bits upwards; made by `struct`."""

    fields: tuple[Field, ...]
    bits: int = data_field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bits", sum(entry.format.bits for entry in self.fields))

    def __contains__(self, name: str) -> bool:
        return any(field.name == name for field in self.fields)

    def __getitem__(self, name: str) -> Field:
        """The field called `name`; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def pack(self, value: Mapping[str, Any] | int) -> int:
        if not isinstance(value, Mapping):
            return Number(self.bits).pack(value)
        word = 0
        for field in self.fields:  # like `_each`, but faster
            try:
                word |= field.format.pack(value[field.name]) << field.offset
            except ValueError as error:
                raise ValueError(f"{field.name} {error}") from None
        return word

    def unpack(self, word: int) -> dict[str, Any]:
        return {field.name: field.format.unpack(word >> field.offset) for field in self.fields}

    def entry(self) -> dict[str, Any]:
        return {"width": self.bits, "fields": [
            {"name": field.name, "offset": field.offset, **field.format.entry(),
             "description": field.description} for field in self.fields]}

    def rows(self) -> list[tuple[str, str, str]]:
        """The rows of a table in the docs: name, format and description of every field."""
        return [(field.name, str(field.format), field.description) for field in self.fields]

    def __str__(self) -> str:
        return " and ".join(f"{field.name} ({field.format})" for field in self.fields)

    def _to_words(self, values: Mapping[str, Any]) -> np.ndarray:
        parts = self._each(values, lambda form, part: form._to_words(part))
        words = parts[0]
        for field, part in zip(self.fields[1:], parts[1:], strict=True):
            part <<= np.uint64(field.offset)
            words |= part
        return words

    def _from_words(self, words: np.ndarray) -> dict[str, Any]:
        return {field.name: field.format._from_words(words >> np.uint64(field.offset))
                for field in self.fields}

    def _to_wide_bits(self, values: Mapping[str, Any]) -> np.ndarray:
        return np.concatenate(
            self._each(values, lambda form, part: form._to_bits(part)), axis=-1)

    def _from_wide_bits(self, bits: np.ndarray) -> dict[str, Any]:
        return {field.name: field.format._from_bits(
                    bits[..., field.offset:field.offset + field.format.bits])
                for field in self.fields}


    def _each(self, values: Mapping[str, Any], convert: Callable[[Format, Any], Any]) -> list[Any]:
        """`convert` applied to every field's format and value; an error names the field."""
        converted = []
        for field in self.fields:
            try:
                converted.append(convert(field.format, values[field.name]))
            except ValueError as error:
                raise ValueError(f"{field.name} {error}") from None
        return converted


def struct(*entries: tuple[str, Format | int, str]) -> Struct:
    """The struct of these (name, format, description); an int n is an unsigned number of n bits."""
    fields, offset = [], 0
    for name, given, description in entries:
        form = Number(given) if isinstance(given, int) else given
        fields.append(Field(name=name, format=form, description=description, offset=offset))
        offset += form.bits
    return Struct(tuple(fields))


def _octets(words: np.ndarray) -> np.ndarray:
    """Words (...) of 64 bits as bytes (..., 8), the low one first."""
    return np.ascontiguousarray(words, "<u8")[..., np.newaxis].view(np.uint8)


def _resized(octets: np.ndarray, width: int) -> np.ndarray:
    """Bytes (..., n) as (..., width): cut, or padded with 0."""
    missing = width - octets.shape[-1]
    if missing > 0:
        octets = np.concatenate(
            [octets, np.zeros((*octets.shape[:-1], missing), np.uint8)], axis=-1)
    return np.ascontiguousarray(octets[..., :width])
