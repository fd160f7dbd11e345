"""Reading NumPy archives that cannot be trusted."""

import io
import math
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pulsetrain.errors import PulsetrainError, cut, printable, shown
from pulsetrain.files import MEBIBYTE, read_bytes
from pulsetrain.files.read import size_text

LIMIT = 512 * MEBIBYTE
"""Most bytes of an archive, both as a file and unpacked."""

_KINDS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 1

_ENTRY = b"PK\1\2"
"""The first bytes of each file's entry in the directory of a zip archive."""

MOST_MEMBERS = 1000

_HEAD = 16 * 1024
"""Bytes of a `.npy` file to search for its header: NumPy reads no header above 10,000 bytes."""


class ArchiveError(PulsetrainError, ValueError):
    """A file is not a complete `.npz` archive; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """The type and shape of an array by its header; its data begin at byte `start` of its file."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype
    start: int

    @property
    def bytes(self) -> int:
        """Bytes of the data."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __str__(self) -> str:
        return f"{cut(str(self.dtype))} of shape {shown(self.shape)}"


class Archive(Mapping[str, np.ndarray]):
    """The arrays of the `.npz` file `path`, which is a `what`, by name; nothing in it is executed.

    An array is unpacked when it is used. Before that, `forms` has the type and shape of each array.

    Raises:
        error: the file cannot be read, is not a complete archive of arrays, or is larger than
            `limit` bytes, itself or unpacked; when an array is used, also if it is damaged.
    """

    def __init__(self, path: Path, what: str, error: Callable[[str], Exception], *,
                 limit: int = LIMIT) -> None:
        self._path, self._what, self._error = path, what, error
        content = read_bytes(path, what, error, limit=limit)
        with self._refusing():
            if content.count(_ENTRY) > MOST_MEMBERS:
                raise ArchiveError(f"it must hold at most {MOST_MEMBERS:,} arrays")
            self._archive = zipfile.ZipFile(io.BytesIO(content))
            members = self._archive.infolist()
            for member in members:
                _check(member)
            size = sum(member.file_size for member in members)
            if size > limit:
                raise ArchiveError(f"its arrays must take at most {size_text(limit)}, not "
                                   f"{size_text(size)}")
            self._members = {member.filename.removesuffix(".npy"): member for member in members}
            self.forms = {name: _form(self._archive, member)
                          for name, member in self._members.items()}

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, name: str) -> np.ndarray:
        member = self._members[name]
        with self._refusing():
            return _array(self._archive, member, self.forms[name])

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Raise `error` for every error in the archive."""
        try:
            yield
        except (ArchiveError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError,
                ValueError) as error:
            reason = str(error) if isinstance(error, ArchiveError) else cut(
                printable(str(error) or type(error).__name__))
            raise self._error(f"{self._path}: is not a complete {self._what}: {reason}") from None


def _check(member: zipfile.ZipInfo) -> None:
    """Check that `member` can be unpacked, and has the name of an array."""
    name = shown(member.filename)
    if not member.filename.endswith(".npy"):
        raise ArchiveError(f"every file in it must be an array, NAME.npy, not {name}")
    if member.flag_bits & _ENCRYPTED:
        raise ArchiveError(f"{name} must not be encrypted")
    if member.compress_type not in _KINDS:
        raise ArchiveError(f"{name} must be stored or deflated, not compressed by method "
                           f"{member.compress_type}")


def _form(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Form:
    """The form in the header of the `.npy` file `member`, whose data must have the right size."""
    name = shown(member.filename)
    with archive.open(member) as packed:
        file = io.BytesIO(packed.read(_HEAD))
    try:
        version = np.lib.format.read_magic(file)
        read_header = (np.lib.format.read_array_header_1_0 if version == (1, 0)
                       else np.lib.format.read_array_header_2_0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers of Python 2 or with invalid syntax
            shape, fortran, dtype = read_header(file)
    except (ValueError, TypeError, SyntaxError, KeyError, AttributeError, OverflowError,
            MemoryError, RecursionError, UnicodeError, tokenize.TokenError):
        raise ArchiveError(f"{name} has a header that cannot be read") from None
    if dtype.hasobject or dtype.itemsize == 0 or any(size < 0 for size in shape):
        raise ArchiveError(f"{name} must hold numbers or texts, not {shown(dtype.str)} of shape "
                           f"{shown(shape)}")
    form = Form(shape=shape, fortran=fortran, dtype=dtype, start=file.tell())
    found = member.file_size - form.start
    if form.bytes != found:
        raise ArchiveError(f"{name} must hold {shown(form.bytes)} bytes of data, as its header "
                           f"says, not {found:,}")
    return form


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, form: Form) -> np.ndarray:
    """The array in the `.npy` file `member`; raises an error if bytes are missing."""
    data, filled = np.empty(form.bytes, np.uint8), 0
    with archive.open(member) as packed:
        packed.read(form.start)
        while part := packed.read(MEBIBYTE):
            data[filled:filled + len(part)] = np.frombuffer(part, np.uint8)
            filled += len(part)
    if filled != form.bytes:
        raise ArchiveError(f"{shown(member.filename)} ends after {filled:,} of {form.bytes:,} "
                           "bytes of data")
    return data.view(form.dtype).reshape(form.shape, order="F" if form.fortran else "C")
