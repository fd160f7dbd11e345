"""MNIST and its relatives: the IDX files of Yann LeCun's page, gzipped or not."""

import gzip
import io
import math
import zlib
from pathlib import Path

import numpy as np

from rtl_gen.files import read_bytes, user_path
from rtl_gen.files.read import size_text

from .archive import LIMIT
from .samples import DataError, DataSet

_PARTS = (("train", "train"), ("test", "t10k"))
_UNSIGNED_BYTE = 0x08


def load_mnist(name: str, place: str) -> DataSet:
    """The data set in the folder `place`, named `name`.

    Raises:
        DataError: files are missing, truncated, or do not belong together.
    """
    files = iter(mnist_files(name, place))
    arrays = {}
    for part, _ in _PARTS:
        arrays[f"x_{part}"] = read_idx(next(files), 3)
        arrays[f"y_{part}"] = read_idx(next(files), 1)
        images = arrays[f"x_{part}"]
        arrays[f"x_{part}"] = images.reshape(len(images), images.shape[1] * images.shape[2])
        arrays[f"y_{part}"] = arrays[f"y_{part}"].astype(np.int64)
    return DataSet(name=name, **arrays)


def mnist_files(name: str, place: str) -> list[Path]:
    """The files in the folder `place`: images and labels to train on, and to test on.

    Raises:
        DataError: one is missing.
    """
    folder = user_path(place, DataError)
    if not folder.is_dir():
        raise DataError(f"{name}: there is no folder {place}")
    return [_find(name, folder, f"{prefix}-{stem}", dimensions) for _, prefix in _PARTS
            for stem, dimensions in (("images", 3), ("labels", 1))]


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The uint8 array of `dimensions` dimensions in the IDX file `path`.

    Raises:
        DataError: the file cannot be read or is not whole.
    """
    content = read_bytes(path, "file in IDX format", DataError, limit=LIMIT)
    if path.suffix == ".gz":
        content = _unpacked(path, content)
    magic = bytes([0, 0, _UNSIGNED_BYTE, dimensions])
    if content[:4] != magic:
        raise DataError(f"{path}: must begin with the magic number {magic.hex()} (IDX, unsigned "
                        f"bytes, {dimensions} dimensions), not {content[:4].hex() or 'nothing'}")
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise DataError(f"{path}: is truncated: {len(content)} bytes end within its header of "
                        f"{start}")
    shape = tuple(int(size) for size in np.frombuffer(content[4:start], ">u4"))
    expected, found = start + math.prod(shape), len(content)
    if found != expected:
        fault = "is truncated" if found < expected else "has bytes too many"
        raise DataError(f"{path}: {fault}: {found} bytes, but its header announces {expected}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _unpacked(path: Path, content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unpacked = file.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    if len(unpacked) > LIMIT:
        raise DataError(f"{path}: must unpack to at most {size_text(LIMIT)}")
    return unpacked


def _find(name: str, folder: Path, stem: str, dimensions: int) -> Path:
    spellings = [f"{stem}{separator}idx{dimensions}-ubyte{end}"
                 for separator in "-." for end in ("", ".gz")]
    for spelling in spellings:
        if (folder / spelling).is_file():
            return folder / spelling
    raise DataError(f"{name}: the folder holds no MNIST: none of {', '.join(spellings)}")
