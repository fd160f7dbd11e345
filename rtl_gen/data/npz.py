"""Data sets of users: a NumPy archive."""

import numpy as np

from pulsetrain.errors import cut
from pulsetrain.files import user_path

from .archive import Archive, Form
from .samples import DataError, DataSet, check_counts, data_set

_NAMES = ("x_train", "y_train", "x_test", "y_test")


def load_npz(name: str, location: str) -> DataSet:
    """The data set in the archive `location`, named `name`.

    It holds `x_train`, `x_test` (uint8; samples of any shape are flattened) and `y_train`,
    `y_test` (integers from 0).

    Raises:
        DataError: it is not such an archive, or an array is missing or of a wrong type.
    """
    arrays = Archive(user_path(location, DataError), ".npz archive", DataError)
    missing = [key for key in _NAMES if key not in arrays]
    if missing:
        raise DataError(f"{name}: is missing {', '.join(missing)} (it holds "
                        f"{cut(', '.join(arrays)) or 'nothing'})")
    for key in _NAMES:
        _check_form(name, key, arrays.forms[key])
    for part in ("train", "test"):
        check_counts(name, part, *(arrays.forms[f"{letter}_{part}"].shape[0] for letter in "xy"))
    return data_set(name, {key: arrays[key] for key in _NAMES})


def _check_form(name: str, key: str, form: Form) -> None:
    is_input = key.startswith("x_")
    allowed = "uint8 (0..255)" if is_input else "integers"
    if form.dtype != np.uint8 if is_input else form.dtype.kind not in "iu":
        raise DataError(f"{name}: {key} must hold {allowed}, not {cut(str(form.dtype))}")
    if len(form.shape) < 2 if is_input else len(form.shape) != 1:
        shape = "(n, inputs) or (n, height, width)" if is_input else "(n,)"
        raise DataError(f"{name}: {key} must have the shape {shape}, not {form.shape}")
