"""Hostile NumPy archives and IDX files: valid ones with edited headers and data."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from hypothesis import strategies as st

from .hostile import WORDS, damaged, texts

Member = tuple[str, bytes]

_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
_FIELDS = {
    "version": (4, 6, 2), "flags": (6, 8, 2), "method": (8, 10, 2), "crc": (14, 16, 4),
    "packed": (18, 20, 4), "size": (22, 24, 4), "name length": (26, 28, 2),
    "extra length": (28, 30, 2)}
"""Fields of a zip member: their offsets in the local and in the central header, and their sizes."""

_FIELD_VALUES = (0, 1, 2, 5, 8, 9, 12, 14, 20, 63, 93, 95, 99, 0x0800, 0x2000, 255, 65535,
                 2**31 - 1, 2**31, 2**32 - 1)

_DTYPES = ("<f8", "<f4", "<f2", "<c16", "|O", "|b1", "<i1", "<i8", "<u8", ">u4", "<U5", "|S3",
           "|V4", "<M8[s]", "<m8[ns]", "|V0", "<U0", "<i4", "<U200000000", "|S2147483648", "x", "")

_SHAPES = ("()", "(0,)", "(-1,)", "(1,)", "(6, 5)", "(0, 6)", "(2**70,)", f"({'9' * 5000},)",
           f"({2**62}, 4)", "(3, 0, 99999999999)", "(1.5,)", "('a',)", "None", "(True,)", "[3]",
           "(" * 5000, "(1," * 40 + ")" * 40, "(4611686018427387904,)", str((1,) * 33),
           str((1,) * 65))

_ARRAYS = (
    np.array(0), np.array(-1), np.array(2**63 - 1), np.array(2**64 - 1, np.uint64), np.array(1.5),
    np.array(np.nan), np.array("x"), np.array("\x1b[31m[/x]\n" * 9), np.array(b"\xff"),
    np.array(True), np.array(1 + 2j), np.zeros(0, np.uint8), np.zeros((0, 6), np.uint8),
    np.zeros((6, 0), np.uint8), np.zeros((2, 3, 4, 5), np.uint8), np.full((7, 5), -1, np.int8),
    np.full((7, 5), 2**40), np.full((7, 5), np.inf), np.full(40, 2**63 - 1), np.full(40, 2**62),
    np.full(40, 255, np.uint8), np.full(40, -1, np.int8), np.full(40, 2**64 - 1, np.uint64),
    np.full((40, 6), "x"), np.zeros(40, "M8[s]"), np.zeros((7, 5), "V4"), np.array("9" * 100_000),
    np.array("{" * 50_000), np.array("null"), np.array("[]"), np.array("\ud800"))


def packed(array: np.ndarray) -> bytes:
    """`array` as a `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def members(archive: bytes) -> list[Member]:
    """Names and contents of the files in a zip archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def archived(contents: Sequence[Member], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The reverse of `members`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in contents:
            file.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


@cache
def bomb(name: str, dtype: str, mebibytes: int) -> bytes:
    """A small archive that unpacks to one large array of zeros."""
    count = (mebibytes << 20) // np.dtype(dtype).itemsize
    buffer = io.BytesIO()
    with (zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
          archive.open(f"{name}.npy", "w", force_zip64=True) as file):
        np.lib.format.write_array_header_1_0(
            file, {"descr": dtype, "fortran_order": False, "shape": (count,)})
        for _ in range(mebibytes):
            file.write(bytes(1 << 20))
    return buffer.getvalue()


@st.composite
def headers(draw: st.DrawFn, content: bytes) -> bytes:
    """A `.npy` file with another header."""
    start = 10 + int.from_bytes(content[8:10], "little")
    header, data = content[10:start], content[start:]
    version = draw(st.sampled_from((b"\1\0", b"\1\0", b"\2\0", b"\3\0", b"\0\0", b"\xff\xff")))
    match draw(st.sampled_from(("dtype", "shape", "text", "length"))):
        case "dtype":
            header = _header(repr(draw(st.sampled_from(_DTYPES))), "(7, 5)")
        case "shape":
            header = _header("'<i4'", draw(st.sampled_from(_SHAPES)))
        case "text":
            header = draw(texts((header.decode("latin-1"),), ("descr", "shape", "__import__")))
    length = draw(st.sampled_from((len(header),) * 4 + (0, 1, 65535, 2**31)))
    size = 2 if version == b"\1\0" else 4
    return (b"\x93NUMPY" + version + (length % (1 << 8 * size)).to_bytes(size, "little") + header
            + data)


def _header(dtype: str, shape: str) -> bytes:
    return f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()


@st.composite
def archives(draw: st.DrawFn, examples: Sequence[bytes],
             edited: Callable[[str], st.SearchStrategy[np.ndarray]] | None = None) -> bytes:
    """One of `examples`, edited; `edited` makes new arrays for a name."""
    original = draw(st.sampled_from(examples))
    match draw(st.sampled_from(("bytes", "fields", "fields", "header", "header", "array", "array",
                                "array", "names", "bomb"))):
        case "bytes":
            return draw(damaged(original))
        case "fields":
            return draw(_other_fields(original))
        case "names":
            return draw(_other_names(members(original)))
        case "bomb" if draw(st.integers(0, 9)) == 0:
            return draw(st.sampled_from(BOMBS))()
        case change:
            contents = members(original)
            index = draw(st.integers(0, len(contents) - 1))
            name, content = contents[index]
            if change == "header":
                new = draw(headers(content))
            elif edited and draw(st.booleans()):
                new = packed(draw(edited(name.removesuffix(".npy"))))
            else:
                new = packed(draw(st.sampled_from(_ARRAYS)))
            contents[index] = name, new
            return archived(contents, draw(st.sampled_from((zipfile.ZIP_STORED,
                                                            zipfile.ZIP_DEFLATED))))


@st.composite
def _other_fields(draw: st.DrawFn, archive: bytes) -> bytes:
    """`archive` with other values in its members' headers."""
    octets = bytearray(archive)
    starts = [[index for index in range(len(octets)) if octets.startswith(mark, index)]
              for mark in (_LOCAL, _CENTRAL)]
    number = draw(st.integers(0, len(starts[0]) - 1))
    field = draw(st.sampled_from([*_FIELDS]))
    value = draw(st.sampled_from(_FIELD_VALUES))
    both = draw(st.sampled_from(((0, 1), (0, 1), (0,), (1,))))
    for header in both:
        *offsets, size = _FIELDS[field]
        start = starts[header][number] + offsets[header]
        octets[start:start + size] = (value % (1 << 8 * size)).to_bytes(size, "little")
    return bytes(octets)


@st.composite
def _other_names(draw: st.DrawFn, contents: list[Member]) -> bytes:
    """`contents` under other names, some of them repeated or omitted."""
    names = [word for word in WORDS if len(word) < 60_000 and "\0" not in word]
    for _ in range(draw(st.integers(1, 2))):
        index = draw(st.integers(0, len(contents) - 1))
        name, content = contents[index]
        match draw(st.sampled_from(("rename", "double", "drop"))):
            case "rename":
                ending = draw(st.sampled_from((".npy", "", ".NPY")))
                contents[index] = draw(st.sampled_from(names)) + ending, content
            case "double":
                contents.insert(index, (f"{name}.npy", content))
            case "drop" if len(contents) > 1:
                del contents[index]
    return archived(contents)


BOMBS = tuple(lambda name=name, dtype=dtype, size=size: bomb(name, dtype, size)
              for name, dtype, size in (
                  ("y_train", "|i1", 200), ("x_train", "|u1", 511), ("config", "<U1", 300),
                  ("plus_1", "|u1", 511), ("epoch", "<i8", 600), ("y_test", "<i4", 1500)))
"""Functions, each of which makes an archive that unpacks to hundreds of mebibytes."""


@st.composite
def idx_files(draw: st.DrawFn, original: bytes) -> bytes:
    """An IDX file with another header, with other data, or damaged."""
    magic, *sizes = struct.unpack(f">{1 + original[3]}I", original[:4 + 4 * original[3]])
    data = original[4 + 4 * len(sizes):]
    match draw(st.sampled_from(("magic", "sizes", "sizes", "data", "bytes", "bytes"))):
        case "magic":
            magic = draw(st.sampled_from((0, 0x801, 0x803, 0x802, 0x901, 0xD03, 0x8FF, 0x800,
                                          0xFFFFFFFF)))
        case "sizes":
            index = draw(st.integers(0, len(sizes) - 1))
            sizes[index] = draw(st.sampled_from((0, 1, 2, 7, 39, 41, 255, 65535, 65536, 2**31,
                                                 2**32 - 1)))
            if draw(st.booleans()):
                data = data[:1] * min(int(np.prod([min(size, 5000) for size in sizes])), 2**20)
        case "data":
            data = draw(st.sampled_from((b"", b"\xff" * len(data), b"\0" * len(data), data * 2,
                                         data[:-1], data + b"\0")))
        case "bytes":
            return draw(damaged(original))
    return struct.pack(f">{1 + len(sizes)}I", magic, *sizes) + data


@st.composite
def zipped(draw: st.DrawFn, content: bytes, dimensions: int) -> bytes:
    """A gzip file of `content`, whole or damaged, or one with `dimensions` that unpacks to far
    more."""
    whole = gzip.compress(content, 1)
    match draw(st.integers(0, 29)):
        case 1:
            size = draw(st.sampled_from((100, 300, 600)))
            sizes = size << 20, *[1] * (dimensions - 1)
            header = struct.pack(f">{1 + dimensions}I", 0x800 + dimensions, *sizes)
            return gzip.compress(header) + gzip_bomb(size)
        case 2 | 3:
            return whole * 2
        case chance if chance > 15:
            return draw(damaged(whole))
    return whole


@cache
def gzip_bomb(mebibytes: int) -> bytes:
    """A small gzip file of zeros."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="w", compresslevel=6) as file:
        for _ in range(mebibytes):
            file.write(bytes(1 << 20))
    return buffer.getvalue()
