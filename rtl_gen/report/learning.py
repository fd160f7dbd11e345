"""What a run learned, epoch by epoch."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullLocator

from rtl_gen.run import EpochResult

from .plot import SERIES, Plot, drawing
from .words import count, percent

_BARS = 100
"""Most epochs that have a bar of their own."""

_CURVES = (
    ("test", SERIES[0], lambda row: row.accuracy),
    ("held out", SERIES[2], lambda row: row.validation_accuracy),
    ("training", SERIES[1], lambda row: 1 - row.errors / row.samples),
)
"""Legend, colour and accuracy (0..1, or None) of an epoch's three accuracies."""


def accuracy_plot(rows: Sequence[EpochResult]) -> Plot:
    """Accuracies after every epoch of `rows`."""
    with drawing("accuracy") as canvas:
        _draw_curves(canvas.axes, rows, lambda accuracy: 100 * accuracy)
        canvas.axes.set_ylabel("accuracy (%)")
        canvas.legend(columns=3)
        return canvas.plot("Learning curve: accuracy against epoch", _accuracy_caption(rows))


def error_plot(rows: Sequence[EpochResult]) -> Plot:
    """The same as shares of errors on a logarithmic axis, where late learning shows."""
    with drawing("errors") as canvas:
        _draw_curves(canvas.axes, rows, lambda accuracy: 100 * (1 - accuracy) or np.nan)
        canvas.axes.set_yscale("log")
        canvas.axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        canvas.axes.yaxis.set_major_formatter("{x:g}")
        canvas.axes.yaxis.set_minor_locator(NullLocator())
        canvas.axes.set_ylabel("errors (%)")
        canvas.legend(columns=3)
        first, last = (1 - _CURVES[2][2](row) for row in (rows[0], rows[-1]))
        caption = (f"Errors while training, each sample before its pulses: {percent(first)} in "
                   f"epoch {rows[0].number + 1}, {percent(last)} in epoch "
                   f"{rows[-1].number + 1}. The axis is logarithmic.")
        return canvas.plot("Errors against epoch, on a logarithmic axis", caption)


def pulses_plot(rows: Sequence[EpochResult]) -> Plot:
    """Pulses of every epoch."""
    each = [row.pulses / row.samples for row in rows]
    caption = (f"{sum(row.pulses for row in rows):,} pulses in all: {each[0]:,.1f} a sample in "
               f"epoch {rows[0].number + 1}, {each[-1]:,.1f} in epoch {rows[-1].number + 1}. "
               "A sample that is classified with certainty pulses nothing.")
    return _bars("pulses", rows, [row.pulses for row in rows], SERIES[0], caption)


def refreshes_plot(rows: Sequence[EpochResult]) -> Plot:
    """Refreshes of every epoch."""
    total, pulses = sum(row.refreshes for row in rows), sum(row.pulses for row in rows)
    caption = f"{total:,} pairs refreshed in all"
    caption += f": one every {pulses / total:,.0f} pulses." if total else "."
    return _bars("refreshes", rows, [row.refreshes for row in rows], SERIES[1], caption)


def _draw_curves(axes: Axes, rows: Sequence[EpochResult], height) -> None:
    """Every accuracy that `rows` have, as `height` of it."""
    numbers = [row.number + 1 for row in rows]
    marker = "o" if len(rows) <= 40 else ""
    for label, colour, accuracy in _CURVES:
        values = [accuracy(row) for row in rows]
        if any(value is not None for value in values):
            heights = [np.nan if value is None else height(value) for value in values]
            axes.plot(numbers, heights, marker=marker, color=colour, label=label)
    _draw_epochs(axes, rows)


def _draw_epochs(axes: Axes, rows: Sequence[EpochResult]) -> None:
    axes.set_xlabel("epoch")
    axes.set_xlim(rows[0].number + 0.4, rows[-1].number + 1.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _accuracy_caption(rows: Sequence[EpochResult]) -> str:
    measured = [row for row in rows if row.accuracy is not None]
    if not measured:
        return "No epoch has a test accuracy."
    last, best = measured[-1], max(measured, key=lambda row: row.accuracy)
    caption = (f"After {count(last.number + 1, 'epoch')}, {percent(last.accuracy)} of the test "
               "samples are classified as labelled")
    if last.validation_accuracy is not None:
        caption += f", and {percent(last.validation_accuracy)} of those held out"
    if best.accuracy > last.accuracy:
        caption += f"; the best was {percent(best.accuracy)}, after epoch {best.number + 1}"
    return f"{caption}."


def _bars(what: str, rows: Sequence[EpochResult], values: list[int], colour: str,
            caption: str) -> Plot:
    with drawing(what, height=2.4) as canvas:
        axes = canvas.axes
        numbers = [row.number + 1 for row in rows]
        if len(rows) <= _BARS:
            axes.bar(numbers, values, color=colour)
        else:
            axes.fill_between(numbers, values, step="mid", color=colour, linewidth=0)
        axes.set_ylim(bottom=0, top=max(1, *values) * 1.05)
        _draw_epochs(axes, rows)
        axes.set_ylabel(what)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.yaxis.set_major_formatter(EngFormatter())
        return canvas.plot(f"{what.capitalize()} of every epoch", caption)
