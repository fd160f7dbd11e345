"""Drawing a device on axes: its curves, its steps, and its tables over them."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from pulsetrain.spec import Config
from pulsetrain.spec.units import unit_of

from . import curves
from .describe import Description
from .figure import second_axis
from .scale import full_reading
from .tables import DeviceTables, Shape, nominal, nominal_tables

_LARGE = 100
"""Curves of more measured points are drawn with smaller circles."""


@dataclass(frozen=True, kw_only=True)
class Colours:
    """Colours of what is drawn: potentiation, depression, integer tables, and a fitted curve."""

    up: str
    down: str
    tables: str
    fit: str


class DeviceDrawing:
    """Draws the device of `config`, without its variation, on given axes.

    Conductances are in siemens if Gmax is known, otherwise in shares of Gmax; a second axis has
    them in units of the converter. The table of depression is not drawn if updates are
    unidirectional, because they never depress. Titles and legends are left to the caller.
    """

    def __init__(self, config: Config, description: Description, colours: Colours) -> None:
        self._config = config
        self._colours = colours
        self._shape: Shape = nominal(config)
        self._tables: DeviceTables = nominal_tables(config)
        self._substates = config.design.substates
        self._pulses = config.device.levels - 1
        self._full = full_reading(config)
        self._fits = description.fits
        self._depresses = config.design.method != "unidirectional"
        self._g_max = description.g_max
        self._scale, self._unit = 1.0, "share of Gmax"
        if description.g_max is not None:
            siemens, self._unit = unit_of(description.g_max)
            self._scale = description.g_max / siemens
        self._units = self._full / self._scale

    def _shown(self, g: np.ndarray) -> np.ndarray:
        """Conductances 0..1 between Gmin and Gmax in the units of the axes."""
        return self._scale * (self._shape.offset + (1 - self._shape.offset) * np.asarray(g))

    def _read(self, state: np.ndarray) -> np.ndarray:
        """The readings of the states, in the units of the axes."""
        return self._scale * self._tables.read[0, state] / self._full

    def _share(self, siemens: ArrayLike) -> np.ndarray:
        """Conductances in siemens, of a measured device, in the units of the axes."""
        assert self._g_max is not None
        return self._scale * np.asarray(siemens) / self._g_max

    def pulses(self, axes: Axes) -> None:
        """Conductance over pulse number, potentiating and then depressing: from the curves, from
        the tables, as measured (on average, and lightly in every cycle), and as fitted to the
        measured points."""
        colours = self._colours
        last = self._pulses
        states = np.arange(self._config.design.states)
        axes.plot(states / self._substates, self._shown(self._shape.rise(1.0)),
                  color=colours.up, label="LTP, curve")
        device, measurement = self._config.device, self._config.device.measurement
        down = len(device.ltd) - 1 if device.ltd else last
        falling = [np.array([self._shape.rise(1.0)[-1]])]
        for _ in range(down):
            falling.append(np.clip(falling[-1] + self._shape.fall(falling[-1]), 0, 1))
        axes.plot(last + np.arange(down + 1), self._shown(np.concatenate(falling)),
                  color=colours.down, label="LTD, curve")
        path = [0]
        for table, count in ((self._tables.potentiate[0], last),
                             (self._tables.depress[0], down * self._depresses)):
            for _ in range(count):
                path.append(int(table[path[-1]]))
        axes.step(np.arange(len(path)), self._read(np.array(path)), where="mid",
                  color=colours.tables, linewidth=0.8, label="tables")
        for first, points, cycles, colour, name in (
                (0, device.ltp, measurement and measurement.ltp, colours.up, "LTP"),
                (last, device.ltd, measurement and measurement.ltd, colours.down, "LTD")):
            for index, cycle in enumerate(cycles or ()):
                pulse, siemens = np.transpose(cycle)
                axes.plot(first + pulse, self._share(siemens), ".-", color=colour, alpha=0.3,
                          linewidth=0.4, markersize=2, markeredgewidth=0, zorder=1.5,
                          label=None if index else f"{name}, single cycles")
            if points:
                axes.plot(first + np.arange(len(points)), self._share(points), "o", zorder=3,
                          markersize=4 if len(points) <= _LARGE else 2, color=colour,
                          markerfacecolor="none", markeredgewidth=0.8,
                          label=f"{name}, measured" + ", mean" * bool(cycles))
        for first, fit in zip((0, last), self._fits.values(), strict=False):
            count = last if first == 0 else down
            rise = curves.rise(fit.u, np.linspace(0, 1, 100), count, 1.0)
            axes.plot(first + np.linspace(0, count, 100),
                      self._share(fit.start + (fit.end - fit.start) * rise), "--",
                      color=colours.fit, linewidth=1,
                      label=None if first else "exponential fit")
        axes.set(ylabel=f"conductance ({self._unit})",
                 xlabel=f"pulse number: {last} potentiating, then {down} depressing")
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        second_axis(axes, "right", self._units, "converter units")

    def steps(self, axes: Axes, *, both_scales: bool = True) -> None:
        """The step of a pulse over the conductance before it, in both directions; without
        `both_scales`, the conductance has no second axis at the top."""
        states = np.arange(self._config.design.states)
        order = np.argsort(self._tables.read[0], kind="stable")
        g = self._shape.rise(1.0)
        step = self._scale * (1 - self._shape.offset)
        rising = g[self._substates:] - g[:-self._substates]
        moving = states[:-self._substates]
        axes.plot(self._shown(g[moving]), step * rising, color=self._colours.up,
                  label="potentiating, curve")
        dense = np.linspace(0, 1, 400)
        axes.plot(self._shown(dense), step * np.maximum(self._shape.fall(dense), -dense),
                  color=self._colours.down, label="depressing, curve")
        tables = [(self._tables.potentiate[0], self._colours.up, "potentiating, tables")]
        if self._depresses:
            tables.append((self._tables.depress[0], self._colours.down, "depressing, tables"))
        for table, colour, name in tables:
            axes.step(self._read(order), self._read(table[order]) - self._read(order), where="mid",
                      linewidth=0.7, color=colour, alpha=0.55, label=name)
        axes.axhline(0, color=self._colours.tables, linewidth=0.7)
        axes.set(xlabel=f"conductance ({self._unit})", ylabel=f"step ({self._unit})")
        second_axis(axes, "right", self._units, "converter units")
        if both_scales:
            second_axis(axes, "top", self._units, "converter units")

    def reading(self, axes: Axes) -> None:
        """The read value of each state, and the curve."""
        states = np.arange(self._config.design.states)
        axes.plot(states, self._exact(), color=self._colours.up, label="curve")
        axes.step(states, self._tables.read[0], where="mid", color=self._colours.tables,
                  linewidth=0.8, label=f"table, {self._config.design.conductance_bits} bits")
        axes.set(xlabel="state", ylabel="reading (converter units)", ylim=(0, None))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        second_axis(axes, "right", 1 / self._units, f"conductance ({self._unit})")

    def error(self, axes: Axes) -> None:
        """The difference between the read value of each state and the curve."""
        states = np.arange(self._config.design.states)
        axes.plot(states, self._tables.read[0] - self._exact(), ".", markersize=2.5,
                  color=self._colours.tables)
        axes.set(xlabel="state", ylabel="rounded by", ylim=(-0.6, 0.6))

    def _exact(self) -> np.ndarray:
        """The curve in units of the reading."""
        return self._full * self._shown(self._shape.rise(1.0)) / self._scale
