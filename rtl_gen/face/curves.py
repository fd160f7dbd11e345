"""The drawing of a history: accuracies, and synapses pulsed, against epochs."""

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
        figure = Figure(figsize=(7, 5), layout="constrained")
        figure.suptitle(showable(history.record.config))
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
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
        below.set_xlabel("epoch")
        below.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        return image_of(figure, image)
