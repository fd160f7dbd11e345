"""What a file of measured points was understood to hold, as a screen and as figures."""

from dataclasses import asdict, fields
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from pulsetrain.device.keep import Kept
from pulsetrain.spec.points import Points
from pulsetrain.spec.reading.options import Reading
from pulsetrain.spec.units import conductance

ReadingKeys = Annotated[list[str] | None, typer.Option(
    "--reading", metavar="KEY=VALUE", show_default=False,
    help="What the file itself does not say, such as unit=uS, ltp=2, ltd=3-5, columns=cycles, "
         "split=[50,50] or ltd_file=reset.csv; short for --set device.reading.KEY=VALUE. Keys: "
         f"{', '.join(Reading.model_fields)}. Can be given several times.")]
ReadVoltage = Annotated[float | None, typer.Option(
    "--read-voltage", metavar="V", show_default=False,
    help="The values are currents at this voltage; short for --reading read_voltage=V.")]


def reading_settings(keys: list[str] | None, voltage: float | None) -> list[str]:
    """The options of reading, as settings of a configuration."""
    settings = [f"device.reading.{key}" for key in keys or []]
    if voltage is not None:
        settings.append(f"device.reading.read_voltage={voltage!r}")
    return settings


def table(points: Points) -> Table:
    """The measured curves: where they come from, their range, and how clean they are."""
    result = Table("measured", title="Points", title_style="bold")
    curves = {"ltp": points.ltp, "ltd": points.ltd}
    names = [curve for curve, values in curves.items() if values]
    for curve in names:
        result.add_column(curve.upper(), justify="right")
    understood = points.understood
    rows: list[tuple[str, list[str]]] = []
    if understood:
        rows.append(("column", [_short(understood.columns.get(curve, ())) for curve in names]))
        rows.append(("unit", [understood.unit] * len(names)))
    rows += [("devices", [str(len({run.device for run in points.runs[curve]}))
                          for curve in names]),
             ("cycles", [_cycles(points, curve) for curve in names]),
             ("pulses", [str(len(curves[curve]) - 1) for curve in names]),
             ("from", [conductance(curves[curve][0]) for curve in names]),
             ("to", [conductance(curves[curve][-1]) for curve in names]),
             ("lowest", [conductance(min(curves[curve])) for curve in names]),
             ("highest", [conductance(max(curves[curve])) for curve in names]),
             ("steps the wrong way", [_wrong(curves[curve], curve) for curve in names])]
    for heading, cells in rows:
        result.add_row(heading, *cells)
    return result


def sentences(points: Points) -> str:
    """What was averaged, interpolated and left out."""
    said = [(f"{points.readings} readings, {points.repeated} of them repeated (their mean "
             f"counts), {points.interpolated} pulses in between interpolated.")]
    for curve, cycles in points.cycles.items():
        if cycles.count > 1:
            lengths = (f"{cycles.longest}" if cycles.shortest == cycles.longest else
                       f"{cycles.shortest} to {cycles.longest}")
            said.append(f"{curve.upper()}: {cycles.count} cycles averaged, of {lengths} pulse "
                        "numbers each.")
    if points.devices > 1:
        said.append(f"The means of {points.devices} devices are averaged.")
    if points.ltd is None:
        said.append("There is no LTD: depression mirrors potentiation.")
    understood = points.understood
    if understood:
        if understood.missing:
            said.append(f"{understood.missing} cells such as NaN hold no reading.")
        if understood.unused:
            said.append(f"Columns not used: {_short(understood.unused)}.")
        said += understood.notes
    return " ".join(said)


def estimates(kept: Kept) -> str:
    """The noise and the differences that the measurement shows."""
    said = []
    if kept.noise and kept.noise.cycles > 1:
        said.append(f"Noise, from up to {kept.noise.cycles} cycles: one pulse "
                    f"{100 * kept.noise.pulse:.2g} % of the range (cycle_sigma), one reading "
                    f"{100 * kept.noise.read:.2g} %.")
    elif kept.noise:
        said.append(f"Noise, from one cycle about its fit: one pulse {100 * kept.noise.pulse:.2g} "
                    f"% of the range, one reading {100 * kept.noise.read:.2g} %. It is not "
                    "written, because an error of the fit looks the same; several cycles would "
                    "tell.")
    if kept.spread:
        said.append(f"Differences of {kept.spread.devices} devices: range "
                    f"{100 * kept.spread.range:.2g} %, up to down {100 * kept.spread.up_down:.2g} "
                    f"%, NL {kept.spread.bend:.2g}.")
    return " ".join(said)


def figures(points: Points) -> dict[str, Any]:
    """The points as figures, without the single cycles."""
    return {field.name: _plain(getattr(points, field.name)) for field in fields(points)
            if field.name != "runs"}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _short(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{names[0]} ... {names[-1]} ({len(names)})"


def _cycles(points: Points, curve: str) -> str:
    cycles = points.cycles[curve]
    lengths = (f"{cycles.longest}" if cycles.shortest == cycles.longest else
               f"{cycles.shortest} to {cycles.longest}")
    return f"{cycles.count} of {lengths} points"


def _wrong(values: tuple[float, ...], curve: str) -> str:
    steps = np.diff(values) * (-1 if curve == "ltd" else 1)
    return f"{np.count_nonzero(steps < 0)} of {len(steps)}"
