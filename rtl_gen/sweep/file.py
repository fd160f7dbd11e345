"""The sweep file: what to vary and what to repeat, as frozen models that are checked when made."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError, model_validator

from pulsetrain.errors import cut
from pulsetrain.files import read_text, user_path
from pulsetrain.spec import ConfigError, builtin_names
from pulsetrain.spec.fields import WORD, Name, Part, integer, integers, misfit, refuse
from pulsetrain.spec.load import builtin_text, read_toml, refusals

Model = Annotated[Literal["pulse", "float"], WORD]
"""The model of a case: the golden model, or a floating-point network with back-propagation."""


def value_text(value: Any) -> str:
    """A value of a sweep file as tables show it: texts unchanged, anything else as in TOML."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # dates; integers of thousands of digits
        raise refuse("a text, number, truth value or list of them", value) from None


def _flat(table: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of all values in nested tables."""
    if not isinstance(table, dict):
        raise refuse("a table of keys of the configuration", table)
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif prefix + key == "seed":
            raise misfit("seed", "left to `seeds`", value)
        else:
            yield prefix + key, value


def _settings(table: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(_flat(table))


def _grid(table: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    axes = []
    for key, values in _flat(table):
        if not isinstance(values, list) or not values or len(
                {value_text(value) for value in values}) < len(values):
            raise misfit(key, "a list of different values", values)
        axes.append((key, tuple(values)))
    return tuple(axes)


Settings = Annotated[tuple[tuple[str, Any], ...], BeforeValidator(_settings)]
"""Dotted keys of a configuration and their values; nested tables are flattened."""

Grid = Annotated[tuple[tuple[str, tuple[Any, ...]], ...], BeforeValidator(_grid)]
"""Dotted keys of a configuration, and the values that each takes."""


_NOTHING: Any = {}
"""The default of a table, which is checked like any other."""


class Case(Part):
    """One case to study: `model` trained with the settings `set`, for every point of `grid`."""

    name: Name
    """The name of the case in the table."""
    model: Model = "pulse"
    """"pulse": the golden model; "float": a floating-point network with back-propagation."""
    set: Settings = _NOTHING
    """Values of the configuration for this case."""
    grid: Grid | None = None
    """Keys and the values that each takes; by default the grid of the whole sweep."""


class Sweep(Part):
    """Cases times grid times seeds, all trained for `epochs` epochs.

    Raises:
        pydantic.ValidationError: a value is out of range, or two values do not fit together.
    """

    name: Name
    """The name of the sweep."""
    config: str
    """A built-in configuration or a TOML file."""
    data: str | None = None
    """A data set instead of the configuration's."""
    epochs: Annotated[int, integer(1, 100000)]
    """Of every training. Unit: epoch."""
    seeds: Annotated[tuple[int, ...], integers(1, 0xFFFFFFFF, at_most=1000)]
    """The seed of each repetition."""
    set: Settings = _NOTHING
    """Values of the configuration for all cases."""
    grid: Grid = _NOTHING
    """Keys and the values that each takes, for all cases without a grid of their own."""
    case: tuple[Case, ...] = ()
    """The cases; without any there is one with the name of the sweep."""

    @model_validator(mode="after")
    def _check_distinct(self) -> "Sweep":
        if not self.seeds or len({*self.seeds}) < len(self.seeds):
            raise misfit("seeds", "a list of different integers", list(self.seeds))
        names = [case.name for case in self.case]
        if len({*names}) < len(names):
            raise misfit("case", "a list of different names", names)
        return self

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases, in the order of the file."""
        return self.case or (Case(name=self.name),)

    @property
    def grid_keys(self) -> tuple[str, ...]:
        """The dotted keys of all grids, in the order of the file."""
        grids = (self.grid, *(case.grid or () for case in self.cases))
        return tuple(dict.fromkeys(key for grid in grids for key, _ in grid))


def sweep_names() -> list[str]:
    """Names of the built-in sweeps."""
    return builtin_names(__package__)


def sweep_text(source: str) -> str:
    """The text of the sweep `source`, a built-in name or a TOML file.

    Raises:
        ConfigError: it does not exist or cannot be read.
    """
    if source in sweep_names():
        return builtin_text(source, __package__)
    path = user_path(source, ConfigError)
    if not path.exists() and not path.is_symlink():
        raise ConfigError(f"{cut(source)}: no such sweep; built in are "
                          f"{', '.join(sweep_names())}; or give a TOML file")
    return read_text(path, "sweep file", ConfigError)


def load_sweep(source: str, *, files: list[Path] | None = None) -> Sweep:
    """Load the sweep `source`, a built-in name or a TOML file.

    The path of a `config` is relative to the folder of the sweep file. The file that was read is
    added to `files`.

    Raises:
        ConfigError: `source` does not exist or is not a valid sweep.
    """
    text = sweep_text(source)
    folder = Path()
    if source not in sweep_names():
        path = user_path(source, ConfigError)
        folder = path.parent
        if files is not None:
            files.append(path)
    try:
        sweep = Sweep.model_validate(read_toml(text, source))
    except ValidationError as error:
        raise refusals(error, Sweep, source) from None
    if sweep.config in builtin_names():
        return sweep
    return sweep.model_copy(update={"config": str(folder / sweep.config)})
