"""The drawing of a sweep of lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, NullLocator

from pulsetrain.device.figure import drawing_in, image_of, showable

from .curves import STYLE

if TYPE_CHECKING:
    from .lane_sweep import LaneSweep

_FITS, _MISFIT = "#1b6ca8", "#b0b0b0"


def draw(sweep: LaneSweep, image: str) -> bytes:
    """The drawing of `sweep` in the format `image`: "png", "svg" or "pdf"."""
    totals, luts = sweep.part.totals, sweep.part.family.luts
    with drawing_in(STYLE):
        figure = Figure(figsize=(7, 8), layout="constrained")
        clock = f", {sweep.megahertz:g} MHz" if sweep.megahertz else ""
        figure.suptitle(showable(f"{sweep.config.name} on {sweep.target}{clock}"))
        speed, cells, memory = figure.subplots(3, 1, sharex=True)
        _points(speed, sweep, [row.samples_per_second for row in sweep.rows])
        speed.set_ylabel("training samples per second")
        speed.yaxis.set_major_formatter(EngFormatter())
        for axes, name, label in ((cells, luts, luts.upper()), (memory, "block_ram", "block RAMs")):
            _points(axes, sweep, [row.resources[name] for row in sweep.rows])
            axes.axhline(totals[name], color="black", linestyle="--", linewidth=1,
                         label=f"{totals[name]:,} on the part")
            axes.set_ylabel(label)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
            axes.legend(*([texts[-1]] for texts in axes.get_legend_handles_labels()),
                        loc="center left")
        speed.legend()
        memory.set_xscale("log", base=2)
        ticks = [1 << bit for bit in range(sweep.rows[-1].lanes.bit_length())]
        memory.set_xticks(ticks, [str(tick) for tick in ticks])
        memory.xaxis.set_minor_locator(NullLocator())
        memory.set_xlabel("lanes")
        return image_of(figure, image)


def _points(axes: Axes, sweep: LaneSweep, values: list[float] | list[int]) -> None:
    """A line through the values of all rows; those that do not fit are grey, auto is marked."""
    lanes = [row.lanes for row in sweep.rows]
    axes.plot(lanes, values, color=_MISFIT, linewidth=1, zorder=1)
    for fits, colour, label in ((True, _FITS, "fits"), (False, _MISFIT, "does not fit")):
        chosen = [index for index, row in enumerate(sweep.rows) if row.fits == fits]
        if chosen:
            axes.scatter([lanes[index] for index in chosen], [values[index] for index in chosen],
                         s=14, color=colour, label=label, zorder=2)
    if sweep.auto in lanes:
        index = lanes.index(sweep.auto)
        axes.scatter([lanes[index]], [values[index]], s=70, facecolors="none", edgecolors=_FITS,
                     label=f"auto: {sweep.auto} lanes", zorder=3)
