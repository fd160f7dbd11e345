"""The page of a search for better settings."""

from collections.abc import Iterator
from typing import Any

from pulsetrain.spec import Config
from pulsetrain.spec.units import quantity
from pulsetrain.tuning import Score, Tried, Tuned

from .page import Page, Section, Table
from .tune_plots import front_plot, importance_plot, parameter_plots, scores_plot, trials_plot
from .words import MINUS, NOTHING, percent, spread


def tune_page(tuned: Tuned) -> Page:
    """The page of `tuned`."""
    plots = [importance_plot(tuned)] if tuned.importance else []
    trade = front_plot(tuned)
    return Page(
        title=f"{tuned.config.name}, tuned",
        lead=_lead(tuned),
        facts=_facts(tuned),
        sections=[
            Section(name="best", title="Best against given", plots=[scores_plot(tuned)],
                    text="The held-out samples chose, with seeds that the search had not used; the "
                         "test samples were read once, after that, by networks that had learned "
                         "from all training samples." if tuned.best.test else
                         "The held-out samples chose, with seeds that the search had not used.",
                    table=Table(heading=("setting", "given", "tuned"), rows=compared(tuned))),
            Section(name="trials", title="What was tried", plots=[trials_plot(tuned), *plots],
                    text="" if tuned.objective == "energy" else
                         "A trial is given up after an epoch if it has not reached the median of "
                         "the complete trials."),
            *([Section(name="front", title="Accuracy against energy", plots=[trade],
                       table=_front(tuned),
                       text="Of the array of devices alone, per training sample, mean over seeds.")]
              if trade else []),
            Section(name="parameters", title="Accuracy against each setting",
                    plots=parameter_plots(tuned)),
            Section(name="table", title="Every trial", folded="Show the trials, the best first",
                    table=_trials(tuned),
                    text="Means over seeds on the held-out samples; the standard deviation is that "
                         f"of a sample (n {MINUS} 1)."),
        ])


def shown(score: Score) -> str:
    """Mean and deviation of a score."""
    if score.deviation is None:
        return percent(score.mean)
    return spread(score.mean, score.deviation)


def _lead(tuned: Tuned) -> str:
    samples = "test" if tuned.best.test else "held-out"
    if not tuned.improved:
        return (f"No trial was better than the configuration that was given: it reads "
                f"{shown(tuned.default)} of the {samples} samples.")
    if tuned.objective == "energy":
        return (f"The settings with the least energy within one percentage point of the best "
                f"accuracy read {shown(tuned.best)} of the {samples} samples for "
                f"{_energy(tuned.best.joules)} per training sample; the configuration that was "
                f"given reads {shown(tuned.default)} for {_energy(tuned.default.joules)}.")
    return (f"The best settings read {shown(tuned.best)} of the {samples} samples; the "
            f"configuration that was given reads {shown(tuned.default)}.")


def _facts(tuned: Tuned) -> list[tuple[str, str]]:
    return [
        ("accuracy, tuned", percent(tuned.best.mean)),
        ("accuracy, given", percent(tuned.default.mean)),
        ("trials", f"{len(tuned.tried):,}"),
        ("given up early", f"{sum(not tried.complete for tried in tuned.tried):,}"),
        ("epochs", str(tuned.epochs)),
        ("seeds", str(len(tuned.best.held_out))),
        ("samples held out", f"{tuned.held_out:,}"),
        ("data", tuned.data),
    ]


def compared(tuned: Tuned) -> list[tuple[str, str, str]]:
    """(setting, given, tuned) of what is searched, and the accuracies."""
    return [(name, before, after) for (name, before), (_, after) in zip(
        _values(tuned.default), _values(tuned.best), strict=True)]


def _values(score: Score) -> Iterator[tuple[str, str]]:
    """(setting, value) of the configuration of `score`."""
    config: Config = score.config
    design = config.design
    layers = design.layers
    yield "update.method", config.design.method
    yield "device.conductance_bits", str(design.conductance_bits)
    yield "numbers.forward_shift", _each([layer.forward_shift for layer in layers])
    yield "weight range R", _each([f"{layer.weight_range:.3g}" for layer in layers])
    yield "update.pulse_probability", f"{design.pulse_probability:.3g}"
    yield "update.pulse_decay", f"{design.pulse_decay:.3g}"
    yield "update.row_threshold", _each([layer.row_threshold for layer in layers])
    yield "update.delta_threshold", _each([layer.delta_threshold for layer in layers])
    yield "held-out accuracy", percent(sum(score.held_out) / len(score.held_out))
    if score.test:
        yield "test accuracy", shown(score)
    yield "device pulses of a training", f"{score.device_pulses:,.0f}"
    if score.joules is not None:
        yield "energy per training sample", _energy(score.joules)


def _energy(joules: float | None) -> str:
    return NOTHING if joules is None else quantity(joules, "J")


def _front(tuned: Tuned) -> Table:
    """The trials that no other one beats in both accuracy and energy, by energy."""
    names = tuple(tuned.tried[0].parameters)
    return Table(
        heading=("trial", *names, "accuracy", "energy per sample"), labels=1,
        rows=[(str(tried.number), *(_short(tried.parameters.get(name)) for name in names),
               _accuracy(tried), _energy(tried.joules)) for tried in tuned.front])


def _each(values: list[Any]) -> str:
    """One value per layer; a single one if they are equal."""
    texts = list(map(str, values))
    return texts[0] if len({*texts}) == 1 else ", ".join(texts)


def _trials(tuned: Tuned) -> Table:
    names = tuple(tuned.tried[0].parameters) if tuned.tried else ()
    ordered = sorted(tuned.tried, key=lambda tried: (not tried.complete, -tried.accuracy))
    return Table(
        heading=("trial", *names, "accuracy", "epochs"), labels=1,
        rows=[(str(tried.number), *(_short(tried.parameters.get(name)) for name in names),
               _accuracy(tried), str(len(tried.by_epoch))) for tried in ordered])


def _accuracy(tried: Tried) -> str:
    if len(tried.accuracies) < 2:
        return percent(tried.accuracy)
    middle = tried.accuracy
    squares = sum((value - middle) ** 2 for value in tried.accuracies)
    return spread(middle, (squares / (len(tried.accuracies) - 1)) ** 0.5)


def _short(value: Any) -> str:
    if value is None:
        return NOTHING
    return f"{value:.3g}" if isinstance(value, float) else str(value)


