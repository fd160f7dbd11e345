"""The device of a configuration: how pulses change its conductance."""

from dataclasses import dataclass

import numpy as np

from pulsetrain.device.describe import describe
from pulsetrain.device.drawing import Colours, DeviceDrawing
from pulsetrain.device.scale import unit_siemens
from pulsetrain.device.tables import nominal_tables
from pulsetrain.spec import Config
from pulsetrain.spec.units import conductance

from .plot import INK, SERIES, Plot, drawing
from .words import count, in_siemens, signed

_COLOURS = Colours(up=SERIES[0], down=SERIES[1], tables=INK, fit=SERIES[2])


@dataclass(frozen=True, kw_only=True)
class DeviceCurves:
    """Read values of a device, in units of the converter.

    `potentiated[P]` and `depressed[P]`: after P pulses from the first and from the last state.
    `conductance`, `step_up`, `step_down`: conductance of every state, and its change by one pulse.
    """

    potentiated: np.ndarray
    depressed: np.ndarray
    conductance: np.ndarray
    step_up: np.ndarray
    step_down: np.ndarray


def device_curves(config: Config) -> DeviceCurves:
    """The curves of the nominal device of `config`, followed through its integer tables."""
    tables = nominal_tables(config)
    read, potentiate, depress = (
        table[0].astype(np.int64) for table in (tables.read, tables.potentiate, tables.depress))

    def follow(following: np.ndarray, state: int) -> np.ndarray:
        visited = [state]
        while following[state] not in visited:
            state = int(following[state])
            visited.append(state)
        return read[visited]

    return DeviceCurves(
        potentiated=follow(potentiate, 0),
        depressed=follow(depress, len(read) - 1),
        conductance=read,
        step_up=read[potentiate] - read,
        step_down=read[depress] - read)


def device_plots(config: Config) -> list[Plot]:
    """Conductance against pulses, the step of one pulse against conductance, and the reading of
    every state.

    Unidirectional updates never depress a device; the captions then say so.
    """
    drawn = DeviceDrawing(config, describe(config), _COLOURS)
    curves, depresses = device_curves(config), config.design.method != "unidirectional"
    unit = unit_siemens(config)
    return [_pulses_plot(drawn, curves, depresses, unit),
            _steps_plot(drawn, curves, depresses, unit), _reading_plot(drawn, curves, unit)]


def _pulses_plot(drawn: DeviceDrawing, curves: DeviceCurves, depresses: bool,
                 unit: float | None) -> Plot:
    with drawing("device-conductance") as canvas:
        drawn.pulses(canvas.axes)
        canvas.legend()
        caption = _path("potentiating", curves.potentiated, unit)
        caption += (f" {_path('depressing', curves.depressed, unit)}" if depresses
                    else " Updates are unidirectional: no pulse depresses it.")
        return canvas.plot("Conductance of the device against the number of pulses", caption)


def _path(direction: str, readings: np.ndarray, unit: float | None) -> str:
    """The effect of pulses in one direction, as a sentence."""
    first, last, pulses = readings[0], readings[-1], len(readings) - 1
    if not pulses:
        return f"No {direction} pulse changes its reading from {first}."
    return (f"In {count(pulses, f'{direction} pulse')} its reading goes from {first} to {last}"
            f"{in_siemens(unit, first, last)}.")


def _steps_plot(drawn: DeviceDrawing, curves: DeviceCurves, depresses: bool,
                unit: float | None) -> Plot:
    with drawing("device-step", height=3.1) as canvas:
        drawn.steps(canvas.axes)
        canvas.legend()
        up = curves.step_up[curves.step_up != 0]
        down = curves.step_down[curves.step_down != 0]
        caption = f"A potentiating pulse adds {_range(up, unit)} to its reading"
        end = "in the last state"
        if depresses:
            caption += f" and a depressing pulse subtracts {_range(-down, unit)}"
            end = "at the end of its range"
        return canvas.plot("Change of conductance by one pulse against conductance",
                           f"{caption}; {end} it does nothing.")


def _reading_plot(drawn: DeviceDrawing, curves: DeviceCurves, unit: float | None) -> Plot:
    with drawing("device-reading") as canvas:
        drawn.reading(canvas.axes)
        canvas.legend()
        read = curves.conductance
        caption = f"{len(read):,} states read as {len(np.unique(read)):,} different conductances"
        caption += f", {_range(read, unit)}"
        caption += "" if unit is None else f"; one unit of the converter is {conductance(unit)}"
        return canvas.plot("Reading of every state", f"{caption}.")


def _range(steps: np.ndarray, unit: float | None) -> str:
    if not len(steps):
        return "nothing"
    low, high = steps.min(), steps.max()
    if low == high:
        return f"{signed(low)}{in_siemens(unit, low)}"
    return f"{signed(low)} to {signed(high)}{in_siemens(unit, low, high)}"
