"""MNIST and other data sets in IDX files, gzipped or not."""

import gzip
import io
import math
import re
import zlib
from pathlib import Path

import numpy as np

from pulsetrain.errors import cut
from pulsetrain.files import read_bytes, user_path

from .archive import LIMIT
from .samples import MOST_SAMPLES, DataError, DataSet, data_set

_PARTS = (("train", "train"), ("test", "t10k"))
_UNSIGNED_BYTE = 0x08

_MOST_FILES = 1000

_FILE = re.compile(r"(?P<prefix>.*?)(?P<part>train|t10k|test)(?P<middle>.*?)"
                   r"(?P<kind>images|labels)[-._]idx(?P<dimensions>[1-4])[-._]ubyte(?:\.gz)?",
                   re.IGNORECASE)
"""The name of an IDX file, such as emnist-letters-test-images-idx3-ubyte.gz."""


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


def load_idx(name: str, location: str) -> DataSet:
    """The data set named `name` in any IDX files, at `location`: a folder, or the folder and the
    first part of the files' names, such as FOLDER/emnist-letters.

    Raises:
        DataError: files are missing, truncated or too large, do not match each other, or there are
            several data sets.
    """
    arrays, left = {}, LIMIT
    for key, (path, dimensions) in _idx_set(name, location).items():
        arrays[key] = read_idx(path, dimensions, left if key.startswith("x") else MOST_SAMPLES)
        left -= arrays[key].nbytes
    return data_set(name, arrays)


def idx_files(name: str, location: str) -> list[Path]:
    """The files of the data set at `location`, as for `load_idx`.

    Raises:
        DataError: one is missing, or there are several data sets.
    """
    return [path for path, _ in _idx_set(name, location).values()]


def _idx_set(name: str, location: str) -> dict[str, tuple[Path, int]]:
    """(path, dimensions) of the images x and the labels y, to train and to test."""
    folder, prefix = user_path(location, DataError), ""
    if not folder.is_dir():
        folder, prefix = folder.parent, folder.name.lower()
    if not folder.is_dir():
        raise DataError(f"{cut(name)}: there is no folder {cut(str(folder), 255)}")
    sets: dict[str, dict[str, tuple[Path, int]]] = {}
    for number, path in enumerate(sorted(folder.iterdir())):
        if number >= _MOST_FILES:
            raise DataError(f"{cut(name)}: the folder must hold at most {_MOST_FILES:,} files")
        if found := _FILE.fullmatch(path.name):
            letter = "x" if found["kind"].lower() == "images" else "y"
            part = "train" if found["part"].lower() == "train" else "test"
            dimensions = int(found["dimensions"])
            if (letter == "x") == (dimensions > 1):
                sets.setdefault(found["prefix"].lower(), {}).setdefault(
                    f"{letter}_{part}", (path, dimensions))
    keys = ("x_train", "y_train", "x_test", "y_test")
    complete = {found: files for found, files in sets.items()
                if found.startswith(prefix) and files.keys() == {*keys}}
    exact = complete.keys() & {prefix, f"{prefix}-", f"{prefix}_", f"{prefix}."}
    if len(complete) != 1 and len(exact) != 1:
        if complete:
            names = ", ".join(found.rstrip("-_.") for found in complete if found)
            raise DataError(f"{cut(name)}: the folder holds {len(complete)} data sets; choose one "
                            f"with idx:{cut(str(folder), 255)}/NAME, such as {cut(names)}")
        raise DataError(f"{cut(name)}: the folder {cut(str(folder), 255)} holds no complete data "
                        "set"
                        + (f" whose files begin with {prefix!r}" if prefix else "")
                        + ": there must be images and labels to train and to test, named like "
                        "train-images-idx3-ubyte, train-labels-idx1-ubyte, test-images-idx3-ubyte, "
                        "test-labels-idx1-ubyte (or t10k-…), each with or without .gz")
    files = complete[exact.pop() if exact else next(iter(complete))]
    return {key: files[key] for key in keys}


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
