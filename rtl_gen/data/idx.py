"""MNIST and data sets in its format: IDX files, gzipped or not."""

import gzip
import io
import math
import zlib
from pathlib import Path

import numpy as np

from pulsetrain.files import read_bytes, user_path

from .archive import LIMIT
from .samples import MOST_SAMPLES, DataError, DataSet, data_set

_PARTS = (("train", "train"), ("test", "t10k"))
_UNSIGNED_BYTE = 0x08


def load_mnist(name: str, location: str) -> DataSet:
    """The data set in the folder `location`, named `name`.

    Raises:
        DataError: files are missing, truncated or too large, or do not match each other.
    """
    files, left = iter(mnist_files(name, location)), LIMIT
    arrays = {}
    for part, _ in _PARTS:
        arrays[f"x_{part}"] = read_idx(next(files), 3, left)
        arrays[f"y_{part}"] = read_idx(next(files), 1, MOST_SAMPLES)
        left -= arrays[f"x_{part}"].nbytes
    return data_set(name, arrays)


def mnist_files(name: str, location: str) -> list[Path]:
    """The files in the folder `location`: images and labels for training, then for testing.

    Raises:
        DataError: one is missing.
    """
    folder = user_path(location, DataError)
    if not folder.is_dir():
        raise DataError(f"{name}: there is no folder {location}")
    return [_find(name, folder, f"{prefix}-{stem}", dimensions) for _, prefix in _PARTS
            for stem, dimensions in (("images", 3), ("labels", 1))]


def read_idx(path: Path, dimensions: int, limit: int = LIMIT) -> np.ndarray:
    """The uint8 array of `dimensions` dimensions and at most `limit` bytes in the IDX file `path`.

    Raises:
        DataError: the file cannot be read or is incomplete, or the array is larger.
    """
    start = 4 + 4 * dimensions
    content = read_bytes(path, "file in IDX format", DataError, limit=start + LIMIT)
    if path.suffix == ".gz":
        content = _unpacked(path, content, start, limit)
    magic = bytes([0, 0, _UNSIGNED_BYTE, dimensions])
    if content[:4] != magic:
        raise DataError(f"{path}: must begin with the magic number {magic.hex()} (IDX, unsigned "
                        f"bytes, {dimensions} dimensions), not {content[:4].hex() or 'nothing'}")
    if len(content) < start:
        raise DataError(f"{path}: is truncated: {len(content)} bytes end within its header of "
                        f"{start}")
    shape = _shape(content, start)
    size, found = math.prod(shape), len(content) - start
    if size > limit:
        raise DataError(f"{path}: must hold at most {limit:,} bytes of data, but its header "
                        f"announces {size:,}")
    if found != size:
        fault = (f"is truncated: {len(content)} bytes" if found < size
                 else "has too many bytes")
        raise DataError(f"{path}: {fault}, but its header announces {start + size}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _unpacked(path: Path, content: bytes, start: int, limit: int) -> bytes:
    """The content of the gzip file `path`, cut to one byte more than its header of `start` bytes
    announces; only the header if that announces more than `limit` bytes."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            header = file.read(start)
            size = math.prod(_shape(header, start))
            if size > limit:
                return header
            file.seek(0)
            return file.read(start + size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None


def _shape(content: bytes, start: int) -> tuple[int, ...]:
    """The sizes in the header of `start` bytes; fewer if `content` is shorter."""
    return tuple(int.from_bytes(content[offset:offset + 4], "big")
                 for offset in range(4, min(start, len(content)), 4))


def _find(name: str, folder: Path, stem: str, dimensions: int) -> Path:
    spellings = [f"{stem}{separator}idx{dimensions}-ubyte{end}"
                 for separator in "-." for end in ("", ".gz")]
    for spelling in spellings:
        if (folder / spelling).is_file():
            return folder / spelling
    raise DataError(f"{name}: the folder holds no MNIST: none of {', '.join(spellings)}")
