"""Drawing a device: its curves, its steps, and its tables over them."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pulsetrain.spec import Config
from pulsetrain.spec.units import unit_of

from . import curves
from .describe import Description
from .figure import drawing_in, showable
from .tables import DeviceTables, Shape, nominal, nominal_tables

FORMATS = ("png", "svg", "pdf")

_UP, _DOWN = "#1f6fb4", "#c8501e"
_STYLE = {
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": "#e3e3e3", "grid.linewidth": 0.6, "axes.axisbelow": True,
    "font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "legend.frameon": False, "legend.fontsize": 8, "svg.hashsalt": "pulsetrain",
}
_UNDATED = {"png": None, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def draw(config: Config, description: Description, title: str, image: str) -> bytes:
    """The device of `config` without its variation, as a picture in one of `FORMATS`.

    Left: conductance over potentiating and then depressing pulses, as the curves have it, as the
    tables step, and as measured. Middle: the step of a pulse over conductance, both ways. Right:
    what every state reads as, over the curve, and how far it is off. Of a device that is never
    depressed, since its updates are unidirectional, no table of depression is drawn.
    """
    with drawing_in(_STYLE):
        figure = Figure(figsize=(13, 4.4), layout="constrained")
        figure.suptitle(showable(title), x=0.008, ha="left", fontsize=12, fontweight="bold")
        grid = figure.add_gridspec(2, 3, height_ratios=(3, 1), width_ratios=(1.35, 1, 1))
        view = _View(config, description)
        view.pulses(figure.add_subplot(grid[:, 0]))
        view.steps(figure.add_subplot(grid[:, 1]))
        reading = figure.add_subplot(grid[0, 2])
        view.reading(reading)
        view.error(figure.add_subplot(grid[1, 2], sharex=reading))
        content = io.BytesIO()
        figure.savefig(content, format=image, dpi=130, metadata=_UNDATED[image])
    return content.getvalue()


class _View:
    """One device in the units of its axes: siemens where Gmax is known, else shares of Gmax."""

    def __init__(self, config: Config, description: Description) -> None:
        self._config = config
        self._shape: Shape = nominal(config)
        self._tables: DeviceTables = nominal_tables(config)
        self._substates = config.design.substates
        self._pulses = config.device.levels - 1
        full = (1 << config.design.conductance_bits) - 1
        if not config.design.tabulated:
            full = config.design.conductance_limit
        self._full = full
        self._fits = description.fits
        self._depresses = config.update.method != "unidirectional"
        self._scale, self._unit = 1.0, "share of Gmax"
        if description.g_max is not None:
            siemens, self._unit = unit_of(description.g_max)
            self._scale = description.g_max / siemens

    def _shown(self, g: np.ndarray) -> np.ndarray:
        """Conductances 0..1 between Gmin and Gmax in the units of the axes."""
        return self._scale * (self._shape.offset + (1 - self._shape.offset) * np.asarray(g))

    def _read(self, state: np.ndarray) -> np.ndarray:
        """What the states read as, in the units of the axes."""
        return self._scale * self._tables.read[0, state] / self._full

    def _share(self, siemens: Sequence[float]) -> np.ndarray:
        """Conductances in siemens, of a measured device, in the units of the axes."""
        return self._scale * np.asarray(siemens) / max(self._config.device.ltp)

    def pulses(self, axes: Axes) -> None:
        """Conductance over pulse number."""
        last = self._pulses
        states = np.arange(self._config.design.states)
        axes.plot(states / self._substates, self._shown(self._shape.rise(1.0)), color=_UP,
                  label="LTP, curve")
        device = self._config.device
        down = len(device.ltd) - 1 if device.ltd else last
        falling = [np.array([self._shape.rise(1.0)[-1]])]
        for _ in range(down):
            falling.append(np.clip(falling[-1] + self._shape.fall(falling[-1]), 0, 1))
        axes.plot(last + np.arange(down + 1), self._shown(np.concatenate(falling)), color=_DOWN,
                  label="LTD, curve")
        path = [0]
        for table, count in ((self._tables.potentiate[0], last),
                             (self._tables.depress[0], down * self._depresses)):
            for _ in range(count):
                path.append(int(table[path[-1]]))
        axes.step(np.arange(len(path)), self._read(np.array(path)), where="mid", color="#333333",
                  linewidth=0.8, label="tables")
        for first, points, colour, name in ((0, device.ltp, _UP, "LTP"),
                                            (last, device.ltd, _DOWN, "LTD")):
            if points:
                axes.plot(first + np.arange(len(points)), self._share(points), "o",
                          markersize=3.5, color=colour, label=f"{name}, measured")
        for first, fit in zip((0, last), self._fits.values(), strict=False):
            count = last if first == 0 else down
            rise = curves.rise(fit.u, np.linspace(0, 1, 100), count, 1.0)
            axes.plot(first + np.linspace(0, count, 100),
                      self._share(fit.start + (fit.end - fit.start) * rise), "--",
                      color="#3a9a55", linewidth=1, label=None if first else "exponential fit")
        axes.set(title="Conductance after each pulse", ylabel=f"conductance / {self._unit}",
                 xlabel=f"pulse number: {last} potentiating, then {down} depressing")
        axes.set_ylim(bottom=0)
        axes.legend(loc="lower center")

    def steps(self, axes: Axes) -> None:
        """The step of a pulse over the conductance before it."""
        states = np.arange(self._config.design.states)
        g = self._shape.rise(1.0)
        step = self._scale * (1 - self._shape.offset)
        rising = g[self._substates:] - g[:-self._substates]
        moving = states[:-self._substates]
        axes.plot(self._shown(g[moving]), step * rising, color=_UP, label="potentiating, curve")
        dense = np.linspace(0, 1, 400)
        axes.plot(self._shown(dense), step * np.maximum(self._shape.fall(dense), -dense),
                  color=_DOWN, label="depressing, curve")
        tables = [(self._tables.potentiate[0], _UP, "potentiating, tables")]
        if self._depresses:
            tables.append((self._tables.depress[0], _DOWN, "depressing, tables"))
        for table, colour, name in tables:
            axes.plot(self._read(states), self._read(table) - self._read(states), ".",
                      markersize=3, color=colour, alpha=0.55, label=name)
        axes.axhline(0, color="#888888", linewidth=0.8)
        axes.set(title="Step of one pulse", xlabel=f"conductance / {self._unit}",
                 ylabel=f"step / {self._unit}")
        axes.legend(loc="best", markerscale=2)

    def reading(self, axes: Axes) -> None:
        """Read values over states, and the curve."""
        states = np.arange(self._config.design.states)
        axes.plot(states, self._exact(), color=_UP, label="curve")
        axes.step(states, self._tables.read[0], where="mid", color="#333333", linewidth=0.8,
                  label=f"table, {self._config.design.conductance_bits} bits")
        axes.set(title="Reading of each state", ylabel="reading / LSB", ylim=(0, None))
        axes.tick_params(labelbottom=False)
        axes.legend(loc="lower right")

    def error(self, axes: Axes) -> None:
        """Read values less the curve."""
        states = np.arange(self._config.design.states)
        axes.plot(states, self._tables.read[0] - self._exact(), ".", markersize=2.5,
                  color="#333333")
        axes.set(xlabel="state", ylabel="off / LSB", ylim=(-0.6, 0.6))

    def _exact(self) -> np.ndarray:
        """The curve in units of the reading."""
        return self._full * self._shown(self._shape.rise(1.0)) / self._scale
