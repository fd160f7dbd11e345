"""The search: an Optuna study in a file of the run folder, whose trials others train.

This process alone asks for parameters and stores results; workers only train. So no worker needs
the study, and a search of one job gives the same trials however often it is interrupted.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from pulsetrain.device import learning_digest
from pulsetrain.errors import PulsetrainError, shown
from pulsetrain.extras import need
from pulsetrain.spec import Config
from pulsetrain.sweep.work import Work

from .result import MARGIN, Tried, front
from .space import Space
from .trial import Measured, Trial

if TYPE_CHECKING:
    import optuna

STUDY = "search.log"
"""The file of the study in the run folder."""

OBJECTIVES = ("accuracy", "energy")
"""What a search is for: the best accuracy, or the best trade of accuracy against energy."""

_DIRECTIONS: dict[str, list[Literal["maximize", "minimize"]]] = {
    "accuracy": ["maximize"], "energy": ["maximize", "minimize"]}

MOST_TRIALS = 10_000
FINALISTS = 3
"""The best trials, which are trained again with other seeds."""

_STARTUP = 20
"""Trials with known or random parameters, before those that learn from earlier ones."""

_JUDGES = 5
"""Complete trials, before a trial can be given up."""

_ACCURACIES, _PULSES, _SEARCH = "accuracies", "device_pulses", "search"
_MEANS, _JOULES = "means", "joules"
"""Attributes of trials and of the study."""


class TuneError(PulsetrainError, ValueError):
    """A search cannot be begun or continued; the message says why."""


class Search:
    """The search of `space` in `folder`, up to `trials` trials; an earlier one is continued.

    `trial` is the trial of the configuration itself: it has the data, the epochs, the seeds and the
    number of samples held out that all trials share. `data` is the name of the data set. With the
    `objective` "energy" the energy of the array is minimised beside, and no trial is given up.

    Raises:
        TuneError: the folder holds another search, its file cannot be used, or the configuration
            says nothing of energy.
        ExtraMissingError: Optuna is not installed.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path, space: Space, trial: Trial, *, data: str,
                 trials: int, objective: str = "accuracy") -> None:
        need("tune", "pulsetrain tune")
        if objective == "energy" and not space.config.device.energy:
            raise TuneError("a search for little energy needs a section [device.energy] in the "
                            "configuration, as most presets have (docs/explanation/energy.md)")
        self._space, self.base, self.trials = space, trial, trials
        self.objective = objective
        self._file = folder / STUDY
        self._study = _study(self._file, objective)
        self._check({
            "epochs": trial.epochs,  # first: an automatic gate, so the digest, depends on them
            "configuration": learning_digest(space.config), "keys kept": sorted(space.keep),
            "data": data, "seeds": len(trial.seeds),
            "samples held out": trial.held_out, "objective": objective})

    @property
    def finished(self) -> int:
        """Trials that have ended."""
        return sum(trial.state.is_finished() for trial in self._study.get_trials(deepcopy=False))

    def tasks(self) -> Iterator[Trial]:
        """The trials to train; each is chosen when it is taken, from the results until then.

        Trials that were interrupted come first.
        """
        import optuna

        for frozen in self._study.get_trials(deepcopy=False):
            if frozen.state == optuna.trial.TrialState.RUNNING:
                self._seed(frozen.number)
                yield self._task(optuna.trial.Trial(self._study, frozen._trial_id))
        starts = self._space.starts
        while (number := self._begun) < self.trials:
            if number < len(starts):  # one that was queued before an interruption is not repeated
                self._study.enqueue_trial(starts[number], skip_if_exists=True)
            self._seed(number)
            yield self._task(self._study.ask())

    def tell(self, task: Work[Measured], measured: Measured | None) -> None:
        """Store the result of `task`; None if it failed."""
        import optuna

        number = int(str(task).removeprefix("trial "))
        frozen = self._study.get_trials(deepcopy=False)[number]
        if measured is None:
            self._study.tell(number, state=optuna.trial.TrialState.FAIL)
            return
        trial = optuna.trial.Trial(self._study, frozen._trial_id)
        trial.set_user_attr(_MEANS, measured.means)
        trial.set_user_attr(_JOULES, measured.joules)
        trial.set_user_attr(_ACCURACIES, list(measured.last))
        trial.set_user_attr(_PULSES, measured.device_pulses)
        if measured.pruned:
            self._study.tell(number, state=optuna.trial.TrialState.PRUNED)
        elif self.objective == "energy":
            self._study.tell(number, [measured.value, measured.joules or 0.0])
        else:
            self._study.tell(number, measured.value)

    @property
    def tried(self) -> tuple[Tried, ...]:
        """All trials that have a result."""
        return tuple(
            Tried(number=trial.number, parameters=dict(trial.params),
                  by_epoch=tuple(trial.user_attrs[_MEANS]),
                  accuracies=tuple(trial.user_attrs[_ACCURACIES]),
                  value=trial.values[0] if trial.state.name == "COMPLETE" else None,
                  device_pulses=trial.user_attrs[_PULSES], joules=trial.user_attrs[_JOULES])
            for trial in self._study.get_trials(deepcopy=False)
            if trial.state.name in ("COMPLETE", "PRUNED"))

    @property
    def best(self) -> float | None:
        """The best accuracy of a complete trial; None if there is none."""
        return max((tried.value for tried in self.tried if tried.value is not None), default=None)

    def config_of(self, tried: Tried) -> Config:
        """The configuration that was tried."""
        return self._space.config_of(tried.parameters)

    @property
    def finalists(self) -> list[Tried]:
        """The best complete trials, at most `FINALISTS`, the best first.

        In a search for little energy: those with the least energy among the trials whose accuracy
        is at most `MARGIN` below the best.
        """
        if self.objective == "energy":
            least = (self.best or 0.0) - MARGIN
            return [tried for tried in front(self.tried) if (tried.value or 0.0) >= least][
                :FINALISTS]
        complete = [tried for tried in self.tried if tried.complete]
        return sorted(complete, key=lambda tried: (-(tried.value or 0.0), tried.number))[:FINALISTS]

    def importance(self) -> dict[str, float]:
        """The share (0..1) of each parameter in what distinguishes good trials from others; empty
        if there are too few trials."""
        import optuna

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = optuna.importance.get_param_importances(
                    self._study, evaluator=optuna.importance.PedAnovaImportanceEvaluator(),
                    target=(lambda trial: trial.values[0]) if self.objective == "energy"
                    else None)
        except (RuntimeError, ValueError):
            return {}
        return {name: float(share) for name, share in found.items()}

    def _task(self, trial: optuna.trial.Trial) -> Trial:
        parameters = {name: values.suggest(trial, name)
                      for name, values in self._space.ranges.items()}
        base = self.base
        return Trial(
            name=f"trial {trial.number}", config=self._space.config_of(parameters),
            seeds=base.seeds, epochs=base.epochs, held_out=base.held_out, source=base.source,
            floors=self._floors())

    def _floors(self) -> tuple[float, ...]:
        """For every epoch, the median over complete trials of their best accuracy until then: the
        rule of Optuna's MedianPruner."""
        complete = [tried for tried in self.tried if tried.complete]
        if len(complete) < _JUDGES or self.objective == "energy":
            return ()
        return tuple(median(max(tried.by_epoch[:epoch + 1]) for tried in complete)
                     for epoch in range(self.base.epochs))

    @property
    def _begun(self) -> int:
        """Trials that were begun: not those that are only queued."""
        return sum(trial.state.name != "WAITING"
                   for trial in self._study.get_trials(deepcopy=False))

    def _seed(self, number: int) -> None:
        """Let the parameters of trial `number` depend on nothing but the results before it."""
        import optuna

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study.sampler = optuna.samplers.TPESampler(
                seed=(self._space.config.seed + number) % 2**32, multivariate=True,
                constant_liar=True, n_startup_trials=_STARTUP)

    def _check(self, wanted: dict[str, Any]) -> None:
        """Note what is searched; an earlier search must have been the same."""
        found = self._study.user_attrs.get(_SEARCH)
        if found is None:
            self._study.set_user_attr(_SEARCH, json.dumps(wanted))
            return
        earlier = json.loads(found)
        for key, value in wanted.items():
            if earlier.get(key) != value:
                raise TuneError(f"{self._file}: holds a search with other {key}, "
                                f"{shown(earlier.get(key))}, not {shown(value)}; give another "
                                "--run folder, or the settings of that search")


def _study(path: Path, objective: str) -> optuna.Study:
    """The study in the file `path`, which is created for `objective` if it is missing."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
            return optuna.create_study(storage=storage, study_name="tune",
                                       directions=_DIRECTIONS[objective], load_if_exists=True)
    except (ValueError, KeyError, TypeError) as error:
        raise TuneError(f"{path}: is not the file of a search: {error}") from None
