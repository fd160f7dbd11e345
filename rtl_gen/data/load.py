"""Loading a data set by its name, and checking that it fits a network."""

from pathlib import Path

import numpy as np

from pulsetrain.files import user_path
from pulsetrain.spec import Config

from .idx import load_mnist, mnist_files
from .npz import load_npz
from .samples import DataError, DataSet

SOURCES = "digits, mnist:FOLDER or npz:FILE"
"""The names that `load_data` accepts, for messages."""


def load_data(name: str) -> DataSet:
    """The data set `name`: `digits`, `mnist:FOLDER` (IDX files) or `npz:FILE`.

    Raises:
        DataError: there is no such data set, or its files cannot be used.
    """
    scheme, _, location = name.partition(":")
    if name == "digits":
        return _load_digits()
    if scheme == "mnist" and location:
        return load_mnist(name, location)
    if scheme == "npz" and location:
        return load_npz(name, location)
    if scheme in ("mnist", "npz"):
        form = "mnist:FOLDER" if scheme == "mnist" else "npz:FILE"
        raise DataError(f"data must be given as {form}, not {name!r}")
    raise DataError(f"data must be {SOURCES}, not {name!r}")


def data_files(name: str) -> list[Path]:
    """The files that `load_data` reads for the data set `name`.

    Raises:
        DataError: there is no such data set.
    """
    scheme, _, location = name.partition(":")
    if scheme == "mnist" and location:
        return mnist_files(name, location)
    return [user_path(location, DataError)] if scheme == "npz" and location else []


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
    """scikit-learn's 1,797 digits of 8x8 pixels 0..16, scaled to 0..255 and shuffled."""
    from sklearn.datasets import load_digits  # takes a second to import

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    x = np.minimum(pixels[order] * 16, 255).astype(np.uint8)
    y = labels[order].astype(np.int64)
    return DataSet(name="digits", x_train=x[:1437], y_train=y[:1437], x_test=x[1437:],
                   y_test=y[1437:])
