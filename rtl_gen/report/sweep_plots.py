"""Charts of a sweep: means over seeds, with their standard deviation."""

from collections.abc import Sequence
from statistics import mean
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, MaxNLocator, NullFormatter, NullLocator

from pulsetrain.spec.units import quantity

from .plot import INK, SERIES, Plot, drawing, folded, slug
from .sweep import Group, Sweep, mean_curve
from .words import count, percent, spread

_STYLES = ("-", "-.", (0, (1, 1.2)))
"""Line styles; the next one is used when all colours are used. Dashes are for references."""

_REFERENCES = ("--", ":")
"""Line styles of floating-point models."""


def cases_plot(sweep: Sweep, groups: Sequence[Group]) -> Plot:
    """The accuracy of every one of `groups`: mean, deviation, and each seed."""
    best = max(groups, key=lambda group: (not group.is_float, group.mean))
    with drawing("accuracy-of-cases", height=0.9 + 0.42 * len(groups)) as canvas:
        axes = canvas.axes
        for index, group in enumerate(groups):
            axes.plot(100 * group.accuracies, np.full(len(group.trials), index), "o", color=INK,
                      alpha=0.3, markeredgewidth=0)
            axes.errorbar(100 * group.mean, index, xerr=_bar(group), fmt="D", capsize=3,
                          color=SERIES[1] if group.is_float else SERIES[0])
        axes.set_yticks(range(len(groups)), [folded(sweep.label(group), 22) for group in groups])
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("test accuracy (%)")
        return canvas.plot(
            "Test accuracy of every case",
            f"{_described(groups)} The best is {sweep.label(best)}: {shown(best)}. "
            "The axis does not begin at 0.")


def grid_plots(sweep: Sweep) -> list[Plot]:
    """The accuracy against each numeric key: a line per case; a chart per case if it has several
    lines."""
    ends = [100 * (group.mean + sign * group.deviation) for group in sweep.groups
            for sign in (-1, 1)]
    margin = 0.05 * (max(ends) - min(ends)) + 0.1
    plots: list[Plot] = []
    for key, chosen in sweep.numeric.items():
        for title, series in _panels(sweep, chosen, (key,)):
            name = f"accuracy-{len(plots) + 1}-{slug(key)}-{slug(title)}"
            with drawing(name) as canvas:
                for index, (label, groups) in enumerate(series.items()):
                    _draw_line(canvas.axes, key, label, groups, index)
                _draw_references(canvas.axes, sweep, key)
                _scale(canvas.axes, sorted({float(value) for value in sweep.values(key)}))
                canvas.axes.set_ylim(min(ends) - margin, min(100.5, max(ends) + margin))
                canvas.axes.set_xlabel(folded(key, 52))
                canvas.axes.set_ylabel("test accuracy (%)")
                if len(canvas.axes.get_legend_handles_labels()[1]) > 1:
                    canvas.legend()
                members = [group for groups in series.values() for group in groups]
                best = max(members, key=lambda group: group.mean)
                worst = min(members, key=lambda group: group.mean)
                plots.append(canvas.plot(
                    f"{title}: test accuracy against {key}",
                    f"{title}: {_over_seeds(members, ' with standard deviation')} against {key}, "
                    f"from {shown(worst)} ({sweep.label(worst)}) to {shown(best)} "
                    f"({sweep.label(best)})."))
    return plots


def energy_plot(sweep: Sweep) -> Plot | None:
    """The accuracy of every group against the energy of its training; None if no energy is
    known."""
    groups = [group for group in sweep.groups if group.joules]
    if not groups:
        return None
    with drawing("energy") as canvas:
        axes = canvas.axes
        for index, group in enumerate(groups):
            axes.errorbar(group.joules or 0.0, 100 * group.mean, yerr=_bar(group), fmt="o",
                          capsize=3, elinewidth=1, color=SERIES[index % len(SERIES)],
                          markerfacecolor="none" if index >= len(SERIES) else None,
                          label=sweep.label(group))
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(EngFormatter("J"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("energy of the array in a training")
        axes.set_ylabel("test accuracy (%)")
        if len(groups) > 1:
            canvas.legend()
        least = min(groups, key=lambda group: group.joules or 0.0)
        return canvas.plot(
            "Test accuracy against the energy of the array in a training",
            f"Accuracy against energy, {_over_seeds(groups, ' with standard deviation')}. The "
            f"least energy, {quantity(least.joules or 0.0, 'J')}, is that of "
            f"{sweep.label(least)}.")


def curves_plots(sweep: Sweep) -> list[Plot]:
    """The mean accuracy after every epoch: a line per group; a chart per case if it has several
    lines."""
    learning = [group for group in sweep.groups if len(group.curve)]
    references = _references(learning)
    plots = []
    for number, (title, series) in enumerate(_panels(sweep, learning, ()), 1):
        with drawing(f"learning-{number}-{slug(title)}") as canvas:
            drawn = [group for (group,) in series.values()]
            for index, (label, (group,)) in enumerate(series.items()):
                _draw_curve(canvas.axes, group.curve, label=label, **_line(index))
            for index, (label, groups) in enumerate(references.items()):
                _draw_curve(canvas.axes, mean_curve([group.curve for group in groups]),
                            label=label, **_dashes(index))
            canvas.axes.set_xlabel("epoch")
            canvas.axes.set_ylabel("test accuracy (%)")
            canvas.axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            if len(canvas.axes.get_legend_handles_labels()[1]) > 1:
                canvas.legend()
            plots.append(canvas.plot(
                f"{title}: test accuracy against epoch",
                f"{title}: {_over_seeds(drawn)} after every epoch, for "
                f"{count(max(len(group.curve) for group in drawn), 'epoch')}."))
    return plots


def _panels(sweep: Sweep, groups: Sequence[Group],
            without: Sequence[str]) -> list[tuple[str, dict[str, list[Group]]]]:
    """(title, label -> groups of one line) of every chart.

    References among `groups` are left out, unless there is nothing else.
    """
    drawn = [group for group in groups if not group.is_float] or groups
    others = [key for key in sweep.varied if key not in without
              and any(group.grid[key] for group in drawn)]
    cases = list(dict.fromkeys(group.case for group in drawn))
    chart_per_case = bool(others) and len(cases) > 1
    panels: dict[str, dict[str, list[Group]]] = {}
    for group in drawn:
        title = group.case if chart_per_case else ("All cases" if len(cases) > 1 else cases[0])
        label = sweep.label(group, without)
        if len(cases) == 1 or chart_per_case:
            label = label.removeprefix(f"{group.case}, ")
        panels.setdefault(title, {}).setdefault(label, []).append(group)
    return list(panels.items())


def _draw_curve(axes: Axes, curve: np.ndarray, **style: Any) -> None:
    axes.plot(np.arange(1, len(curve) + 1), 100 * curve, marker="o" if len(curve) <= 15 else "",
              **style)


def _draw_line(axes: Axes, key: str, label: str, groups: list[Group], index: int) -> None:
    ordered = sorted(groups, key=lambda group: float(group.grid[key]))
    axes.errorbar([float(group.grid[key]) for group in ordered],
                  [100 * group.mean for group in ordered],
                  yerr=[_bar(group) for group in ordered],
                  marker="o", capsize=3, elinewidth=1, label=label, **_line(index))


def _draw_references(axes: Axes, sweep: Sweep, key: str) -> None:
    """The floating-point models: dashed lines, against `key` if they depend on it."""
    for index, (label, groups) in enumerate(_references(sweep.groups).items()):
        means: dict[float, list[float]] = {}
        for group in groups:
            if group.grid[key]:
                means.setdefault(float(group.grid[key]), []).append(100 * group.mean)
        if len(means) > 1:
            axes.plot(sorted(means), [np.mean(means[value]) for value in sorted(means)],
                      label=label, **_dashes(index))
        else:
            axes.axhline(100 * mean(group.mean for group in groups), label=label,
                         **_dashes(index))


def _references(groups: Sequence[Group]) -> dict[str, list[Group]]:
    """The floating-point models among `groups` by their cases; one alone is called "float"."""
    found: dict[str, list[Group]] = {}
    for group in groups:
        if group.is_float:
            found.setdefault(group.name, []).append(group)
    return {"float": next(iter(found.values()))} if len(found) == 1 else found


def _scale(axes: Axes, values: list[float]) -> None:
    """Set a tick at each of the `values`, if they are few; a logarithmic axis if the largest is at
    least 8 times the smallest."""
    if values[0] > 0 and values[-1] / values[0] >= 8:
        axes.set_xscale("log", base=2)
    if len(values) <= 8:
        axes.set_xticks(values, [f"{value:g}" for value in values])
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_formatter("{x:g}")


def _line(index: int) -> dict[str, Any]:
    return {"color": SERIES[index % len(SERIES)],
            "linestyle": _STYLES[index // len(SERIES) % len(_STYLES)]}


def _dashes(index: int) -> dict[str, Any]:
    return {"color": INK, "linestyle": _REFERENCES[index % len(_REFERENCES)], "linewidth": 1.2}


def _bar(group: Group) -> float:
    """The deviation in percent; for a single seed NaN, which draws no bar."""
    return 100 * group.deviation if len(group.trials) > 1 else np.nan


def _over_seeds(groups: Sequence[Group], deviation: str = "") -> str:
    """What a figure shows of `groups`, and of their `deviation` if they have one."""
    if all(len(group.trials) == 1 for group in groups):
        return "accuracy of one seed"
    return f"mean over seeds{deviation}"


def _described(groups: Sequence[Group]) -> str:
    if all(len(group.trials) == 1 for group in groups):
        return "The accuracy of every case with one seed (diamond)."
    return "Mean (diamond), standard deviation over seeds (bar) and every seed (dot)."


def shown(group: Group) -> str:
    """The mean of a group, and its standard deviation if it has one."""
    if len(group.trials) == 1:
        return percent(group.mean)
    return spread(group.mean, group.deviation)
