"""The device of a configuration: what pulses do to its conductance."""

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from rtl_gen.device.tables import nominal_tables
from rtl_gen.spec import Config

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
    """Conductance against pulses, and the step of one pulse against conductance."""
    curves = device_curves(config)
    return [_pulses_plot(curves), _steps_plot(curves)]


def _pulses_plot(curves: DeviceCurves) -> Plot:
    with drawing("device-pulses") as canvas:
        axes = canvas.axes
        axes.plot(curves.potentiated, color=SERIES[0], label="potentiated")
        axes.plot(curves.depressed, color=SERIES[1], label="depressed")
        axes.set_xlabel("pulses")
        axes.set_ylabel("conductance (converter units)")
        canvas.legend()
        up, down = len(curves.potentiated) - 1, len(curves.depressed) - 1
        return canvas.plot(
            "Conductance of the device against the number of pulses",
            f"From the lowest to the highest of its {len(curves.conductance)} states in "
            f"{count(up, 'potentiating pulse')} ({curves.potentiated[0]} to "
            f"{curves.potentiated[-1]}), and back in {count(down, 'depressing pulse')} "
            f"({curves.depressed[0]} to {curves.depressed[-1]}).")


def _steps_plot(curves: DeviceCurves) -> Plot:
    with drawing("device-steps") as canvas:
        axes = canvas.axes
        order = np.argsort(curves.conductance, kind="stable")
        for step, colour, label in ((curves.step_up, SERIES[0], "potentiating pulse"),
                                    (curves.step_down, SERIES[1], "depressing pulse")):
            axes.plot(curves.conductance[order], step[order], drawstyle="steps-mid", color=colour,
                      label=label)
        axes.axhline(0, color=INK, linewidth=0.7)
        axes.set_xlabel("conductance (converter units)")
        axes.set_ylabel("change by one pulse")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        canvas.legend()
        up = curves.step_up[curves.step_up != 0]
        down = curves.step_down[curves.step_down != 0]
        return canvas.plot(
            "Change of conductance by one pulse against conductance",
            f"In converter units, a potentiating pulse adds {_range(up)} and a depressing pulse "
            f"takes {_range(-down)}; at the end of its direction it does nothing.")


def _range(steps: np.ndarray) -> str:
    if not len(steps):
        return "0"
    low, high = steps.min(), steps.max()
    return f"{low}" if low == high else f"{low} to {high}"
