"""Configurations and data sets, in every form that a user can pass."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pulsetrain import spec
from pulsetrain.data import DataError, DataSet, check_fits
from pulsetrain.data import load_data as load_named_data
from pulsetrain.data.samples import data_set
from pulsetrain.errors import PulsetrainError, shown
from pulsetrain.spec import Config
from pulsetrain.spec.lanes import USUAL, Choice
from pulsetrain.spec.load import Setting, config_from_json

if TYPE_CHECKING:
    from .device import Device

ConfigSource = Config | str | os.PathLike[str]
"""A configuration, a built-in name, a TOML file, or a folder that `generate` wrote."""

Arrays = tuple[np.ndarray, ...] | Mapping[str, np.ndarray]
DataSource = DataSet | str | Arrays
"""A data set, its name, or its arrays."""


Settings = Mapping[str, Any] | Sequence[Setting]
"""Values of a configuration to replace: by key, or as texts "key=value"."""


class ArgumentError(PulsetrainError, ValueError):
    """An argument cannot be used; the message says what is allowed."""


def load_config(source: ConfigSource, *,
                settings: Settings = (),
                device: Device | None = None) -> Config:
    """Load the configuration `source`, and change some of its values.

    Args:
        source: a built-in name ("digits", "mnist", "mnist-small", "mnist-64", "mnist-ice40"), a
            TOML file, a folder that `generate` wrote, or a `Config`.
        settings: values to replace, by key, such as {"update.method": "bidirectional"}, or as
            texts "update.method=bidirectional" with the value in TOML syntax.
        device: replaces the configuration's device, before `settings` are applied.

    Returns:
        The configuration: frozen, checked, and equal to any other with the same values.

    Raises:
        ConfigError: `source` does not exist, or some value is not allowed; the message names the
            key, the value, and what is allowed.

    Examples:
        >>> import pulsetrain
        >>> config = pulsetrain.load_config("digits", settings={"network.hidden": [48]})
        >>> config.network.inputs, config.network.hidden, config.engine.lanes
        (64, (48,), 8)
    """
    pairs = setting_pairs(settings)
    if device is not None:
        pairs = [("device", device.spec.model_dump(exclude_none=True)), *pairs]
    return load_with(source, pairs)


def load_with(source: ConfigSource, settings: Sequence[Setting],
              choice: Choice = USUAL) -> Config:
    """The configuration `source` with `settings`; `choice` replaces "auto" in the section `engine`.

    Raises:
        ConfigError: it cannot be used.
    """
    if not isinstance(source, Config):
        return spec.load_config(os.fspath(source), settings=settings, choice=choice)
    if not settings:
        return source
    return config_from_json(source.model_dump_json(), settings=settings, source=source.name,
                            choice=choice)


def setting_pairs(settings: Settings) -> list[Setting]:
    """`settings` as a list."""
    return [*settings.items()] if isinstance(settings, Mapping) else [*settings]


def load_data(source: DataSource, *, name: str = "samples") -> DataSet:
    """Load a data set.

    Args:
        source: "digits" (embedded, 8 x 8 pixels, 1,437 samples to train and 360 to test),
            "mnist:FOLDER" (the four IDX files, gzipped or not), "idx:FOLDER" (any such files),
            "csv:FILE" (a table; docs/how-to/data.md), "npz:FILE" (the arrays below), a `DataSet`,
            or arrays: (x_train, y_train), (x_train, y_train, x_test, y_test), or a mapping with
            these four names. Samples x are uint8 pixels 0..255, of shape (n, ...),
            and are flattened; labels y are integers from 0, of shape (n,).
        name: the name of a data set made from arrays.

    Returns:
        The data set: `x_train` (n, N) and `x_test` (m, N) uint8, `y_train` (n,) and `y_test` (m,)
        int64, all read-only copies.

    Raises:
        DataError: there is no such data set, its files cannot be used, or the arrays do not match
            each other.

    Examples:
        >>> import pulsetrain
        >>> data = pulsetrain.load_data("digits")
        >>> data.x_train.shape, data.y_train.shape, data.classes
        ((1437, 64), (1437,), 10)
    """
    if isinstance(source, DataSet):
        return source
    if isinstance(source, str):
        return load_named_data(source)
    names = ("x_train", "y_train", "x_test", "y_test")
    if isinstance(source, Mapping):
        given = {key: source[key] for key in names if key in source}
    elif isinstance(source, tuple) and len(source) in (2, 4):
        given = dict(zip(names, source, strict=False))
    else:
        given = {}
    if not {"x_train", "y_train"} <= given.keys() or len(given) == 3:
        raise DataError("data must be the name of a data set, a DataSet, or the arrays "
                        f"(x_train, y_train) or (x_train, y_train, x_test, y_test), not a "
                        f"{shown(type(source).__name__)}")
    arrays = {key: np.array(value) for key, value in given.items()}
    if len(arrays) == 2:
        arrays |= {"x_test": arrays["x_train"][:0], "y_test": arrays["y_train"][:0]}
    for key, array in arrays.items():
        if key.startswith("x") and (array.dtype != np.uint8 or array.ndim < 2):
            raise DataError(f"{name}: {key} must be uint8 of shape (n, inputs), not {array.dtype} "
                            f"of shape {array.shape}")
        if key.startswith("y") and (array.dtype.kind not in "iu" or array.ndim != 1):
            raise DataError(f"{name}: {key} must be integers of shape (n,), not {array.dtype} of "
                            f"shape {array.shape}")
    return data_set(name, arrays)


def data_for(config: Config, source: DataSource | None) -> DataSet:
    """The data set `source`; if None, that of `config`.

    Raises:
        DataError: none is named, it cannot be used, or it does not fit the network.
    """
    chosen = config.training.data if source is None else source
    if chosen is None:
        raise DataError(f"the configuration {config.name!r} names no data set; pass "
                        "--data mnist:FOLDER (or digits, idx:FOLDER, csv:FILE or npz:FILE)")
    data = (load_named_data(chosen, config.training.scaling) if isinstance(chosen, str)
            else load_data(chosen))
    check_fits(data, config)
    return data
