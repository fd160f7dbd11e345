"""The device of a configuration: what pulses do to its conductance."""

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from pulsetrain.device.tables import nominal_tables
from pulsetrain.spec import Config

from .plot import INK, SERIES, Plot, drawing
from .words import count


@dataclass(frozen=True, kw_only=True)
class DeviceCurves:
    """Conductances of a device in units of the converter.

    `potentiated[P]` and `depressed[P]`: after P pulses from the first and from the last state.
    `conductance`, `step_up`, `step_down`: of every state, and what one pulse adds to it.
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
    """Conductance against pulses, and the step of one pulse against conductance.

    Nothing depresses the devices of unidirectional updates, whose tables cannot tell how they
    would be depressed: that is not drawn.
    """
    curves, depresses = device_curves(config), config.update.method != "unidirectional"
    return [_pulses_plot(curves, depresses), _steps_plot(curves, depresses)]


def _pulses_plot(curves: DeviceCurves, depresses: bool) -> Plot:
    with drawing("device-pulses") as canvas:
        axes = canvas.axes
        axes.plot(curves.potentiated, color=SERIES[0], label="potentiated")
        caption = _path("potentiating", curves.potentiated)
        if depresses:
            if len(curves.depressed) > 1:
                axes.plot(curves.depressed, color=SERIES[1], label="depressed")
            caption += f" {_path('depressing', curves.depressed)}"
        else:
            caption += " Updates are unidirectional: no pulse depresses it."
        axes.set_xlabel("pulses")
        axes.set_ylabel("conductance (converter units)")
        canvas.legend()
        return canvas.plot("Conductance of the device against the number of pulses", caption)


def _path(direction: str, conductances: np.ndarray) -> str:
    """What pulses in one direction do, as a sentence."""
    first, last, pulses = conductances[0], conductances[-1], len(conductances) - 1
    if not pulses:
        return f"No {direction} pulse moves it from {first}."
    return f"In {count(pulses, f'{direction} pulse')} it goes from {first} to {last}."


def _steps_plot(curves: DeviceCurves, depresses: bool) -> Plot:
    with drawing("device-steps") as canvas:
        axes = canvas.axes
        order = np.argsort(curves.conductance, kind="stable")
        up = curves.step_up[curves.step_up != 0]
        down = curves.step_down[curves.step_down != 0]
        steps = [(curves.step_up, SERIES[0], "potentiating pulse")]
        caption = f"In converter units, a potentiating pulse adds {_range(up)}"
        end = "where no state is left"
        if depresses:
            steps.append((curves.step_down, SERIES[1], "depressing pulse"))
            caption += f" and a depressing pulse takes {_range(-down)}"
            end = "at the end of its direction"
        for step, colour, label in steps:
            axes.plot(curves.conductance[order], step[order], drawstyle="steps-mid", color=colour,
                      label=label)
        axes.axhline(0, color=INK, linewidth=0.7)
        axes.set_xlabel("conductance (converter units)")
        axes.set_ylabel("change by one pulse")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        canvas.legend()
        return canvas.plot("Change of conductance by one pulse against conductance",
                           f"{caption}; {end} it does nothing.")


def _range(steps: np.ndarray) -> str:
    if not len(steps):
        return "nothing"
    low, high = steps.min(), steps.max()
    return f"{low}" if low == high else f"{low} to {high}"
