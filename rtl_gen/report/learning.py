"""Figures of a run's learning, epoch by epoch."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullLocator

from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.run import Costs, EpochResult, Price
from pulsetrain.spec.units import quantity

from .plot import SERIES, Plot, drawing
from .words import count, percent

_BARS = 100
"""Most epochs that are drawn as separate bars."""

_CURVES: tuple[tuple[str, str, Callable[[EpochResult], float | None]], ...] = (
    ("test", SERIES[0], lambda row: row.accuracy),
    ("held out", SERIES[2], lambda row: row.validation_accuracy),
    ("training", SERIES[1], lambda row: 1 - row.errors / row.samples),
)
"""Legend, colour and accuracy (0..1, or None) of an epoch's three accuracies."""


KINDS = dict(zip(DEVICE_PULSES, ("potentiating", "depressing", "erasing", "programming"),
                  strict=True))
"""The names of device pulses in words."""


def accuracy_plot(rows: Sequence[EpochResult]) -> Plot:
    """Accuracies after every epoch of `rows`."""
    with drawing("accuracy-by-epoch") as canvas:
        _draw_curves(canvas.axes, rows, lambda accuracy: 100 * accuracy)
        canvas.axes.set_ylabel("accuracy (%)")
        canvas.legend(columns=3)
        return canvas.plot("Learning curve: accuracy against epoch", _accuracy_caption(rows))


def error_plot(rows: Sequence[EpochResult]) -> Plot | None:
    """The same as shares of errors on a logarithmic axis, which shows late learning; None if no
    epoch has an error."""
    if all(accuracy(row) in (None, 1.0) for row in rows for _, _, accuracy in _CURVES):
        return None
    with drawing("errors-by-epoch") as canvas:
        _draw_curves(canvas.axes, rows, lambda accuracy: 100 * (1 - accuracy) or np.nan)
        canvas.axes.set_yscale("log")
        canvas.axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        canvas.axes.yaxis.set_major_formatter("{x:g}")
        canvas.axes.yaxis.set_minor_locator(NullLocator())
        canvas.axes.set_ylabel("errors (%)")
        canvas.legend(columns=3)
        shares = _first_and_last(rows, lambda row: percent(row.errors / row.samples))
        caption = (f"Errors during training, each sample before its pulses: {shares}. The axis is "
                   "logarithmic.")
        return canvas.plot("Errors against epoch, on a logarithmic axis", caption)


def pulses_plot(rows: Sequence[EpochResult]) -> Plot:
    """Synapses pulsed in every epoch."""
    each = _first_and_last(rows, lambda row: f"{row.pulses / row.samples:,.1f} per sample")
    caption = (f"{sum(row.pulses for row in rows):,} synapses pulsed in total: {each}. A sample "
               "whose outputs are near their targets pulses no synapse.")
    return _bars("synapses pulsed", rows, {"": [row.pulses for row in rows]}, SERIES, caption)


def device_pulses_plot(rows: Sequence[EpochResult]) -> Plot | None:
    """Device pulses of every epoch, by their name; None if they are unknown for some epoch."""
    if any(row.device_pulses is None for row in rows):
        return None
    counts = {KINDS[name]: [getattr(row, name) for row in rows] for name in DEVICE_PULSES}
    counts = {name: values for name, values in counts.items() if any(values)}
    total = sum(map(sum, counts.values()))
    shares = ", ".join(f"{sum(values):,} {name}" for name, values in counts.items())
    caption = f"{count(total, 'pulse')} on single devices in total"
    caption += f": {shares}." if len(counts) > 1 else f", {shares}." if counts else "."
    return _bars("device pulses", rows, counts or {"": [0] * len(rows)},
                 (SERIES[0], SERIES[1], SERIES[4], SERIES[2]), caption)


def energy_plot(rows: Sequence[EpochResult], prices: Mapping[str, Price] | None) -> Plot | None:
    """Energy of the array per sample of every epoch, by kind of work; None if it is unknown."""
    return _costs_plot(rows, prices, "energy", "J", lambda costs: costs.joules)


def time_plot(rows: Sequence[EpochResult], prices: Mapping[str, Price] | None) -> Plot | None:
    """Time of the array per sample of every epoch, by kind of work; None if it is unknown."""
    return _costs_plot(rows, prices, "time", "s", lambda costs: costs.seconds)


def _costs_plot(rows: Sequence[EpochResult], prices: Mapping[str, Price] | None, what: str,
                unit: str, of: Callable[[Costs], dict[str, float]]) -> Plot | None:
    spent = [costs for row in rows if (costs := row.costs(prices))]
    if len(spent) < len(rows) or not spent:
        return None
    amounts = {kind: [of(costs)[kind] / row.samples for costs, row in zip(spent, rows, strict=True)]
               for kind in of(spent[0])}
    amounts = {kind: values for kind, values in amounts.items() if any(values)}
    total = sum(sum(of(costs).values()) for costs in spent)
    shares = ", ".join(
        f"{percent(sum(of(costs)[kind] for costs in spent) / total)} {kind}" for kind in amounts)
    each = _first_and_last(rows, lambda row: quantity(
        sum(values[row.number - rows[0].number] for values in amounts.values()), unit))
    caption = f"{what.capitalize()} per sample: {each}. {quantity(total, unit)} in total"
    return _bars(f"{what} per sample", rows, amounts or {"": [0.0] * len(rows)}, SERIES,
                 f"{caption}: {shares}." if shares else f"{caption}.", unit)


def refreshes_plot(rows: Sequence[EpochResult]) -> Plot:
    """Pairs refreshed in every epoch."""
    total, pulses = sum(row.refreshes for row in rows), sum(row.pulses for row in rows)
    caption = f"{total:,} pairs refreshed in total"
    caption += f": one every {pulses / total:,.0f} synapses pulsed." if total else "."
    return _bars("pairs refreshed", rows, {"": [row.refreshes for row in rows]}, SERIES[1:],
                 caption)


def _first_and_last(rows: Sequence[EpochResult], text: Callable[[EpochResult], str]) -> str:
    """The `text` of the first and of the last epoch, which may be the same."""
    ends = (rows[0], rows[-1]) if len(rows) > 1 else rows
    return ", ".join(f"{text(row)} in epoch {row.number + 1}" for row in ends)


def _draw_curves(axes: Axes, rows: Sequence[EpochResult], height: Callable[[float], float]) -> None:
    """Draw every accuracy that `rows` have; `height` maps it to the axis."""
    numbers = [row.number + 1 for row in rows]
    marker = "o" if len(rows) <= 40 else ""
    for label, colour, accuracy in _CURVES:
        values = [accuracy(row) for row in rows]
        heights = [np.nan if value is None else height(value) for value in values]
        if not np.isnan(heights).all():
            axes.plot(numbers, heights, marker=marker, color=colour, label=label)
    _draw_epochs(axes, rows)


def _draw_epochs(axes: Axes, rows: Sequence[EpochResult]) -> None:
    axes.set_xlabel("epoch")
    axes.set_xlim(rows[0].number + 0.4, rows[-1].number + 1.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _accuracy_caption(rows: Sequence[EpochResult]) -> str:
    measured = [(row.accuracy, row) for row in rows if row.accuracy is not None]
    if not measured:
        return "No epoch has a test accuracy."
    accuracy, last = measured[-1]
    highest, best = max(measured, key=lambda pair: pair[0])
    caption = (f"After {count(last.number + 1, 'epoch')}, {percent(accuracy)} of the test "
               "samples are classified correctly")
    if last.validation_accuracy is not None:
        caption += f", and {percent(last.validation_accuracy)} of those held out"
    if highest > accuracy:
        caption += f"; the best was {percent(highest)}, after epoch {best.number + 1}"
    return f"{caption}."


def _bars(what: str, rows: Sequence[EpochResult],
          counts: Mapping[str, Sequence[float]], colours: Sequence[str], caption: str,
          unit: str = "") -> Plot:
    """The `counts` of every epoch, by their label in the legend; several are stacked. With a
    `unit` they are amounts, without one integers."""
    with drawing(f"{what} by epoch".replace(" ", "-"), height=2.4) as canvas:
        axes = canvas.axes
        numbers = [row.number + 1 for row in rows]
        below = np.zeros(len(rows))
        for (label, values), colour in zip(counts.items(), colours, strict=False):
            above = below + values
            if len(rows) <= _BARS:
                axes.bar(numbers, values, bottom=below, color=colour, label=label)
            else:
                axes.fill_between(numbers, below, above, step="mid", color=colour, linewidth=0,
                                  label=label)
            below = above
        highest = below.max() or 1.0 if unit else max(1, below.max())
        axes.set_ylim(bottom=0, top=highest * 1.05)
        _draw_epochs(axes, rows)
        axes.set_ylabel(what)
        axes.yaxis.set_major_locator(MaxNLocator(integer=not unit, nbins=5))
        axes.yaxis.set_major_formatter(EngFormatter(unit))
        if len(counts) > 1:
            canvas.legend()
        return canvas.plot(f"{what.capitalize()} of every epoch", caption)
