"""Reading NumPy archives that may be anything."""

import io
import math
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rtl_gen.errors import PulsetrainError, cut, printable, shown
from rtl_gen.files import MEBIBYTE, read_bytes
from rtl_gen.files.read import size_text

LIMIT = 512 * MEBIBYTE
"""Most bytes of an archive, as a file and unpacked."""

_KINDS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 1


class ArchiveError(PulsetrainError, ValueError):
    """A file is no whole `.npz` archive; the message says what it is instead."""


def read_archive(path: Path, what: str, error: Callable[[str], Exception], *,
                 limit: int = LIMIT) -> dict[str, np.ndarray]:
    """All arrays of the `.npz` file `path`, which is a `what`; nothing in it is executed.

    Raises:
        error: the file cannot be read, is no whole archive of arrays, or is larger than `limit`
            bytes, itself or unpacked.
    """
    content = read_bytes(path, what, error, limit=limit)
    try:
        return _arrays(content, limit)
    except ArchiveError as failure:
        raise error(f"{path}: is no whole {what}: {failure}") from None


def _arrays(content: bytes, limit: int) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            for member in members:
                _check(member)
            size = sum(member.file_size for member in members)
            if size > limit:
                raise ArchiveError(f"its arrays must take at most {size_text(limit)}, not "
                                   f"{size_text(size)}")
            return {member.filename.removesuffix(".npy"): _array(member.filename,
                                                                archive.read(member))
                    for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise error if isinstance(error, ArchiveError) else ArchiveError(
            cut(printable(str(error) or type(error).__name__))) from None


def _check(member: zipfile.ZipInfo) -> None:
    """Check that `member` can be unpacked, and is an array by its name."""
    name = shown(member.filename)
    if not member.filename.endswith(".npy"):
        raise ArchiveError(f"every file in it must be an array, NAME.npy, not {name}")
    if member.flag_bits & _ENCRYPTED:
        raise ArchiveError(f"{name} must not be encrypted")
    if member.compress_type not in _KINDS:
        raise ArchiveError(f"{name} must be stored or deflated, not compressed by method "
                           f"{member.compress_type}")


def _array(name: str, content: bytes) -> np.ndarray:
    """The array in the `.npy` file `content`, of which no byte is missing or too much."""
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        read_header = (np.lib.format.read_array_header_1_0 if version == (1, 0)
                       else np.lib.format.read_array_header_2_0)
        shape, fortran, dtype = read_header(file)
    except (ValueError, TypeError, SyntaxError, KeyError, AttributeError, OverflowError,
            MemoryError, RecursionError, UnicodeError, tokenize.TokenError):
        raise ArchiveError(f"{shown(name)} has a header that cannot be read") from None
    if dtype.hasobject or dtype.itemsize == 0 or any(size < 0 for size in shape):
        raise ArchiveError(f"{shown(name)} must hold numbers or texts, not {shown(dtype.str)} of "
                           f"shape {shown(shape)}")
    expected, found = math.prod(shape) * dtype.itemsize, len(content) - file.tell()
    if expected != found:
        raise ArchiveError(f"{shown(name)} must hold {shown(expected)} bytes of data by its "
                           f"header, not {found:,}")
    array = np.frombuffer(content, dtype, offset=file.tell())
    return array.reshape(shape, order="F" if fortran else "C")
