"""Loading a data set by its name, and checking that it fits a network."""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from pulsetrain.files import user_path
from pulsetrain.spec import Config, Scaling

from .idx import idx_files, load_idx, load_mnist, mnist_files
from .npz import load_npz
from .samples import DataError, DataSet
from .table import load_table, table_name

SOURCES = "digits, mnist:FOLDER, idx:FOLDER, csv:FILE or npz:FILE"
"""The names that `load_data` accepts, for messages."""

_FORMS = {form.partition(":")[0]: form
          for form in ("mnist:FOLDER", "idx:FOLDER", "csv:FILE", "npz:FILE")}


def load_data(name: str, scaling: Scaling | None = None) -> DataSet:
    """The data set `name`: `digits`, `mnist:FOLDER` or `idx:FOLDER` (IDX files), `csv:FILE` (a
    table, whose columns become pixels by `scaling`) or `npz:FILE`.

    Raises:
        DataError: there is no such data set, or its files cannot be used.
    """
    scheme, location = _split(name)
    match scheme:
        case "mnist":
            return load_mnist(name, location)
        case "idx":
            return load_idx(name, location)
        case "csv":
            return load_table(name, location, scaling)[0]
        case "npz":
            return load_npz(name, location)
    return _load_digits()


def data_files(name: str) -> list[Path]:
    """The files that `load_data` reads for the data set `name`.

    Raises:
        DataError: there is no such data set.
    """
    scheme, location = _split(name)
    match scheme:
        case "mnist":
            return mnist_files(name, location)
        case "idx":
            return idx_files(name, location)
        case "csv":
            return table_name(name, location).files
        case "npz":
            return [user_path(location, DataError)]
    return []


def absolute_name(name: str) -> str:
    """The same data set, with absolute paths, for a process in another folder.

    Raises:
        DataError: there is no such data set.
    """
    scheme, location = _split(name)
    if scheme != "csv":
        return f"{scheme}:{_absolute(user_path(location, DataError))}" if scheme else name
    table = table_name(name, location)
    options = [f"{key}={value}" for key, value in (
        ("label", table.label), *(("ignore", column) for column in table.ignore),
        ("test", _absolute(table.test) if isinstance(table.test, Path) else table.test),
        ("split", table.split)) if value is not None and not (key == "test" and table.split)]
    return f"csv:{_absolute(table.path)}#{'&'.join(options)}"


def _absolute(path: Path) -> str:
    return os.path.realpath(path)


def _split(name: str) -> tuple[str, str]:
    """(the scheme, what follows it) of the data set `name`; empty for `digits`."""
    scheme, _, location = name.partition(":")
    if name == "digits":
        return "", ""
    if scheme in _FORMS and location:
        return scheme, location
    if scheme in _FORMS:
        raise DataError(f"data must be given as {_FORMS[scheme]}, not {name!r}")
    raise DataError(f"data must be {SOURCES}, not {name!r}")


def check_fits(data: DataSet, config: Config) -> None:
    """Check that `data` has as many inputs as the network, and no class beyond its outputs.

    Raises:
        DataError: it does not fit; the message names both numbers and what to change.
    """
    network = config.network
    if data.inputs != network.inputs:
        raise DataError(f"{data.name}: samples have {data.inputs} inputs, but the network "
                        f"{config.name!r} has {network.inputs}; use other data, or "
                        f"--set network.inputs={data.inputs}")
    if data.classes > network.outputs:
        raise DataError(f"{data.name}: the largest label is {data.classes - 1}, but the network "
                        f"{config.name!r} has {network.outputs} outputs (labels 0.."
                        f"{network.outputs - 1}); use other data, or "
                        f"--set network.outputs={data.classes}")


def _load_digits() -> DataSet:
    """scikit-learn's 1,797 digits of 8x8 pixels 0..16, scaled to 0..255 and shuffled.

    They are read from its file, because importing scikit-learn takes longer than a short training.
    """
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise DataError("digits: scikit-learn, which contains them, is not installed")
    table = np.loadtxt(Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz", np.int64,
                       delimiter=",")
    table = table[np.random.default_rng(0).permutation(len(table))]
    x = np.minimum(table[:, :-1] * 16, 255).astype(np.uint8)
    y = table[:, -1].copy()
    return DataSet(name="digits", x_train=x[:1437], y_train=y[:1437], x_test=x[1437:],
                   y_test=y[1437:])
