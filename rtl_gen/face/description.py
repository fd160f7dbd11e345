"""What a data set holds, and a configuration to begin with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from re import sub

import numpy as np

from pulsetrain.data import DataSet, load_data
from pulsetrain.data.table import load_table
from pulsetrain.spec import Scaling

HIDDEN = 32
"""Hidden units of a configuration to begin with."""


@dataclass(frozen=True, kw_only=True)
class DataDescription:
    """A data set; `scaling` if it is a table."""

    data: DataSet
    scaling: Scaling | None

    @property
    def counts(self) -> list[tuple[str, int, int]]:
        """(label, samples to train, samples to test) of each class."""
        data = self.data
        train, test = (np.bincount(labels, minlength=data.classes).tolist()
                       for labels in (data.y_train, data.y_test))
        labels = self.scaling.labels if self.scaling else tuple(map(str, range(data.classes)))
        return list(zip(labels, train, test, strict=False))

    def configuration(self, name: str) -> str:
        """A configuration, named `name`, as the text of a TOML file."""
        lines = [f"name = {_text(name)}", "", "[network]", f"inputs = {self.data.inputs}",
                 f"hidden = [{HIDDEN}]", f"outputs = {max(2, len(self.counts))}", "", "[device]",
                 "levels = 256", "", "[training]", f"data = {_text(self.data.name)}"]
        if self.scaling:
            lines += ["", "[training.scaling]  # columns to pixels, and the label of each class"]
            lines += [f"{key} = {_list(getattr(self.scaling, key))}"
                      for key in ("columns", "low", "high", "labels")]
        return "\n".join(lines) + "\n"


def describe_data(name: str) -> DataDescription:
    """The data set `name`, in any form that `load_data` takes as a text.

    Raises:
        DataError: it cannot be used.
    """
    scheme, _, location = name.partition(":")
    if scheme == "csv" and location:
        data, scaling = load_table(name, location)
        return DataDescription(data=data, scaling=scaling)
    return DataDescription(data=load_data(name), scaling=None)


def config_name(path: Path) -> str:
    """A name for the configuration in the file `path`."""
    name = sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-_.")[:64]
    return name or "mine"


def _list(values: tuple[str | float, ...]) -> str:
    items = [_text(value) if isinstance(value, str) else repr(value) for value in values]
    return f"[{', '.join(items)}]"


def _text(value: str) -> str:
    """`value` in TOML syntax."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
