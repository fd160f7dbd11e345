"""Tuning a configuration in one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from pulsetrain.data import DataError, DataSet
from pulsetrain.errors import shown
from pulsetrain.extras import need
from pulsetrain.files import check_folder, temporary_folder, user_path, write_atomically
from pulsetrain.files.lock import lock
from pulsetrain.spec.toml import toml_text
from pulsetrain.tuning import (
    MOST_TRIALS,
    OBJECTIVES,
    SEARCHED,
    Search,
    Space,
    Trial,
    Tuned,
    TuneError,
    Workers,
    run_search,
    seeds_from,
)

from .inputs import ArgumentError, ConfigSource, DataSource, data_for, load_config

TUNED, PAGE = "tuned.toml", "tune.html"
"""The files that a search leaves in its folder, beside its study."""

SHARE, MOST_HELD_OUT = 0.2, 10_000
"""The share of the training samples that is held out by default, and the most."""

MOST_SEEDS = 100


def tune(config: ConfigSource, data: DataSource | None = None, *, folder: str | Path,
         trials: int = 60, epochs: int | None = None, seeds: int = 3, held_out: int | None = None,
         keep: Collection[str] = (), objective: str = "accuracy", workers: Workers | None = None,
         progress: Callable[[int, int, float | None], None] | None = None) -> Tuned:
    """Search the settings with which a configuration learns best.

    Optuna chooses what to try. Training samples that are held out decide; the test samples are read
    once, at the end, for the configuration that was given and for the best one.

    Args:
        config: the configuration, in any form that `load_config` takes.
        data: the data set, in any form that `load_data` takes; by default the configuration's.
        folder: where the study is kept, and `tuned.toml` and `tune.html` are written. A search
            that was interrupted continues; with more `trials` it goes on.
        trials: configurations to try.
        epochs: epochs of every training; by default the configuration's.
        seeds: trainings of every configuration, with different seeds.
        held_out: number of training samples to hold out, drawn at random; by default a fifth, and
            at most 10,000.
        keep: keys that are not searched, such as "update.method".
        objective: "accuracy", or "energy": also little energy of the array per training sample, so
            that the page shows which accuracy costs how much. It needs [device.energy]. The
            settings with the least energy are taken whose accuracy is at most one percentage point
            below the best.
        workers: who trains; by default one process per core.
        progress: called with the trainings done, their number, and the best accuracy until then on
            the held-out samples (None if there is none yet).

    Returns:
        What was tried, and the accuracies of the given and of the best configuration.

    Raises:
        ConfigError, DataError: configuration or data cannot be used, or do not fit each other.
        ArgumentError: a number is out of range, or `keep` has a key that is not searched.
        TuneError: the folder holds another search, or energy is to be little, but is not counted.
        ExtraMissingError: Optuna, or what draws the page, is not installed.

    Examples:
        >>> import pulsetrain
        >>> tuned = pulsetrain.tune("digits", folder="found", trials=2, epochs=1, seeds=1)
        >>> len(tuned.tried), tuned.config.name
        (2, 'digits')
        >>> history = pulsetrain.train("found/tuned.toml", epochs=1)
    """
    need("tune", "tuning")
    need("report", "the page of a tuning")
    loaded = load_config(config)
    chosen = data_for(loaded, data)
    total = loaded.training.epochs if epochs is None else epochs
    samples = len(chosen.x_train)
    out = min(MOST_HELD_OUT, int(SHARE * samples)) if held_out is None else held_out
    for name, value, most in (("trials", trials, MOST_TRIALS), ("epochs", total, 100_000),
                              ("seeds", seeds, MOST_SEEDS), ("held_out", out, samples - 1)):
        if not 1 <= value <= most:
            raise ArgumentError(f"{name} must be an integer in 1..{most}, not {shown(value)}")
    unknown = [key for key in keep if key not in SEARCHED]
    if unknown:
        raise ArgumentError(f"keep must hold keys that are searched ({', '.join(SEARCHED)}), not "
                            f"{shown(unknown[0])}")
    if objective not in OBJECTIVES:
        raise ArgumentError(f"objective must be one of {', '.join(OBJECTIVES)}, not "
                            f"{shown(objective)}")
    loaded = loaded.for_epochs(total)
    folder = Path(folder)
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        _lock(folder, stack)
        base = Trial(name="given", config=loaded, epochs=total, held_out=out,
                     seeds=seeds_from(loaded.seed, seeds),
                     source=_source(data or loaded.training.data, chosen, stack))
        search = Search(folder, Space(config=loaded, keep=frozenset(keep)), base,
                        data=chosen.name, trials=trials, objective=objective)
        tuned = run_search(search, workers or Workers(), tested=len(chosen.x_test) > 0,
                           data=chosen.name, watch=progress or (lambda done, total, best: None))
        _write(tuned, folder)
    return tuned


def _lock(folder: Path, stack: ExitStack) -> None:
    """Keep other searches out of `folder`, until `stack` ends."""
    held = lock(folder, wait=False)
    if held is None:
        raise TuneError(f"{folder}: another search is running there; wait for it, or give another "
                        "folder")
    stack.callback(os.close, held)


def _source(given: DataSource | None, data: DataSet, stack: ExitStack) -> str:
    """The name with which another process can load `data`, `given` by the user, until `stack`
    ends."""
    if isinstance(given, str):
        scheme, colon, location = given.partition(":")
        return f"{scheme}:{os.path.realpath(user_path(location, DataError))}" if colon else given
    file = stack.enter_context(temporary_folder()) / "samples.npz"
    np.savez(file, x_train=data.x_train, y_train=data.y_train, x_test=data.x_test,
             y_test=data.y_test)
    return f"npz:{file}"


def _write(tuned: Tuned, folder: Path) -> None:
    """Write the configuration that was found, and the page."""
    from pulsetrain.report import render, tune_page

    best = 100 * tuned.best.mean
    comment = (f"Found by `pulsetrain tune` in {len(tuned.tried)} trials of {tuned.epochs} epochs "
               f"on {tuned.data}:\n{best:.2f} % of the "
               f"{'test' if tuned.best.test else 'held-out'} samples, where the configuration that "
               f"was given reaches {100 * tuned.default.mean:.2f} %.")
    write_atomically(folder / TUNED, toml_text(tuned.config, comment).encode())
    write_atomically(folder / PAGE, render(tune_page(tuned)).encode("utf-8", "backslashreplace"))
