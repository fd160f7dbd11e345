"""MNIST and its relatives: the IDX files of Yann LeCun's page, gzipped or not."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from .samples import DataError, DataSet

_PARTS = (("train", "train"), ("test", "t10k"))
_UNSIGNED_BYTE = 0x08


def load_mnist(name: str, place: str) -> DataSet:
    """The data set in the folder `place`, named `name`.

    Raises:
        DataError: files are missing, truncated, or do not belong together.
    """
    folder = Path(place).expanduser()
    if not folder.is_dir():
        raise DataError(f"{name}: there is no folder {place}")
    arrays = {}
    for part, prefix in _PARTS:
        arrays[f"x_{part}"] = read_idx(_find(name, folder, f"{prefix}-images", 3), 3)
        arrays[f"y_{part}"] = read_idx(_find(name, folder, f"{prefix}-labels", 1), 1)
    for part, _ in _PARTS:
        images = arrays[f"x_{part}"]
        arrays[f"x_{part}"] = images.reshape(len(images), images.shape[1] * images.shape[2])
        arrays[f"y_{part}"] = arrays[f"y_{part}"].astype(np.int64)
    return DataSet(name=name, **arrays)


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The uint8 array of `dimensions` dimensions in the IDX file `path`.

    Raises:
        DataError: the file cannot be read or is not whole.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
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


def _find(name: str, folder: Path, stem: str, dimensions: int) -> Path:
    spellings = [f"{stem}{separator}idx{dimensions}-ubyte{end}"
                 for separator in "-." for end in ("", ".gz")]
    for spelling in spellings:
        if (folder / spelling).is_file():
            return folder / spelling
    raise DataError(f"{name}: the folder holds no MNIST: none of {', '.join(spellings)}")
