"""The drawing of a history: accuracies, synapses pulsed, and energy if it is known, against
epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from pulsetrain.device.figure import drawing_in, image_of, showable

from .inputs import ArgumentError

if TYPE_CHECKING:
    from .history import History

STYLE = {"axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
          "axes.axisbelow": True, "grid.color": "#e3e3e3", "legend.frameon": False,
          "svg.hashsalt": "pulsetrain"}


def draw(history: History, image: str) -> bytes:
    """The drawing of `history` in the format `image`: "png", "svg" or "pdf".

    Raises:
        ArgumentError: no epoch was trained.
    """
    if not len(history):
        raise ArgumentError("a history must have at least one epoch to be drawn")
    with drawing_in(STYLE):
        known = not np.isnan(history.joules).any()
        figure = Figure(figsize=(7, 6.5 if known else 5), layout="constrained")
        figure.suptitle(showable(history.record.config))
        above, below, *more = figure.subplots(2 + known, 1, sharex=True,
                                              height_ratios=(2, 1, 1)[:2 + known])
        for label, shares in (("test", history.accuracy),
                              ("held out", history.validation_accuracy),
                              ("training", 1 - history.errors / history.samples)):
            if not np.isnan(shares).all():
                above.plot(history.epoch, 100 * shares, "o-", markersize=4, label=label)
        above.set_ylabel("accuracy (%)")
        above.legend()
        below.bar(history.epoch, history.pulses)
        below.set_ylabel("synapses pulsed")
        below.yaxis.set_major_formatter(EngFormatter())
        for last in more:
            last.bar(history.epoch, history.joules / history.samples)
            last.set_ylabel("energy per sample")
            last.yaxis.set_major_formatter(EngFormatter("J"))
        lowest = more[-1] if more else below
        lowest.set_xlabel("epoch")
        lowest.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        return image_of(figure, image)
