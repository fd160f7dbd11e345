"""From a sweep to its trainings; all configurations are made and checked before anything runs."""

from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from pulsetrain.data import DataError, absolute_name, check_fits
from pulsetrain.spec import Config, ConfigError, load_config

from .file import Case, Sweep, value_text
from .task import Task, samples

MOST_TRAININGS = 10_000
"""Most trainings of one sweep."""


def plan(sweep: Sweep, data: str | None = None, *,
         files: list[Path] | None = None) -> tuple[Task, ...]:
    """Cases x grid x seeds, in the order of the file.

    `data` replaces the data set of the sweep or its configuration. Settings of the sweep are
    overridden by those of the case, and these by the point of the grid. The files that were read
    are added to `files`.

    Raises:
        ConfigError: a configuration cannot be used; the message names the case and the key.
        data.DataError: there is no data set, or it does not fit a network.
    """
    count = len(sweep.seeds) * sum(prod(len(values) for _, values in _axes(sweep, case))
                                   for case in sweep.cases)
    if count > MOST_TRAININGS:
        raise ConfigError(f"{sweep.name}: cases x grid x seeds must be at most "
                          f"{MOST_TRAININGS:,} trainings, not {count:,}; make several sweeps")
    tasks = []
    for case in sweep.cases:
        axes = _axes(sweep, case)
        for values in product(*(values for _, values in axes)):
            point = [(key, value) for (key, _), value in zip(axes, values, strict=True)]
            for seed in sweep.seeds:
                config = _config(sweep, case, point, seed, files)
                tasks.append(_task(sweep, case, dict(point), config, data))
    return tuple(tasks)


def _axes(sweep: Sweep, case: Case) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The keys of the grid of `case`, and the values that each takes."""
    return sweep.grid if case.grid is None else case.grid


def _config(sweep: Sweep, case: Case, point: list[tuple[str, Any]], seed: int,
            files: list[Path] | None) -> Config:
    # JSON values are valid in TOML too, except infinities, which no key allows.
    settings = [f"{key}={value_text([value])[1:-1]}"
                for key, value in (*sweep.set, *case.set, *point, ("seed", seed))]
    try:
        return load_config(sweep.config, settings=settings, files=files).for_epochs(sweep.epochs)
    except ConfigError as error:
        raise ConfigError("\n".join(f"{sweep.name}: case {case.name}: {line}"
                                    for line in str(error).splitlines())) from None


def _task(sweep: Sweep, case: Case, point: dict[str, Any], config: Config,
          data: str | None) -> Task:
    name = data or sweep.data or config.training.data
    if name is None:
        raise DataError(f"{sweep.name}: neither the sweep nor its configuration names a data set; "
                        "pass --data mnist:FOLDER (or digits, idx:FOLDER, csv:FILE or npz:FILE)")
    source = absolute_name(name)
    loaded = samples(source, config.training.scaling)
    try:
        check_fits(loaded, config)
    except DataError as error:
        raise DataError(f"{sweep.name}: case {case.name}: {error}") from None
    if not len(loaded.x_test):
        raise DataError(f"{name}: there is no sample to test on")
    grid = tuple((key, value_text(point[key]) if key in point else "") for key in sweep.grid_keys)
    return Task(case=case.name, model=case.model, grid=grid, config=config, epochs=sweep.epochs,
                data=name, source=source)
