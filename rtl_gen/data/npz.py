"""Data sets of one's own: a NumPy archive."""

import math

import numpy as np

from rtl_gen.errors import cut
from rtl_gen.files import user_path

from .archive import read_archive
from .samples import DataError, DataSet

_NAMES = ("x_train", "y_train", "x_test", "y_test")


def load_npz(name: str, place: str) -> DataSet:
    """The data set in the archive `place`, named `name`.

    It holds `x_train`, `x_test` (uint8; samples of any shape are flattened) and `y_train`,
    `y_test` (integers from 0).

    Raises:
        DataError: it is no such archive, or an array is missing or of a wrong type.
    """
    arrays = read_archive(user_path(place, DataError), ".npz archive", DataError)
    missing = [key for key in _NAMES if key not in arrays]
    if missing:
        raise DataError(f"{name}: lacks {', '.join(missing)} (it holds "
                        f"{cut(', '.join(arrays)) or 'nothing'})")
    arrays = {key: arrays[key] for key in _NAMES}
    for key in _NAMES:
        _check_type(name, key, arrays[key])
    for part in ("train", "test"):
        x = arrays[f"x_{part}"]
        arrays[f"x_{part}"] = x.reshape(len(x), math.prod(x.shape[1:]))
        arrays[f"y_{part}"] = arrays[f"y_{part}"].astype(np.int64)
    return DataSet(name=name, **arrays)


def _check_type(name: str, key: str, array: np.ndarray) -> None:
    is_input = key.startswith("x_")
    allowed = "uint8 (0..255)" if is_input else "integers"
    right = array.dtype == np.uint8 if is_input else array.dtype.kind in "iu"
    if not right:
        holds_nan = array.dtype.kind == "f" and bool(np.isnan(array).any())
        raise DataError(f"{name}: {key} must hold {allowed}, not {array.dtype}"
                        + (" (and it holds NaN)" if holds_nan else ""))
    if array.ndim < 2 if is_input else array.ndim != 1:
        form = "(n, inputs) or (n, height, width)" if is_input else "(n,)"
        raise DataError(f"{name}: {key} must have the shape {form}, not {array.shape}")
