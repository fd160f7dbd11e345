"""`pulsetrain devices`: a list of devices, and one of them in detail."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from pulsetrain.device.describe import Bend, Description
from pulsetrain.device.fit import Fit
from pulsetrain.device.scale import unit_siemens
from pulsetrain.device.settings import fitted
from pulsetrain.device.smoothing import smoothing
from pulsetrain.errors import USAGE
from pulsetrain.extras import need
from pulsetrain.face.device import Device, alone
from pulsetrain.face.picture import FORMATS, image_format
from pulsetrain.files import check_writable, read_text
from pulsetrain.spec import Config, ConfigError, builtin_names, load_config
from pulsetrain.spec.load import holds_device, read_toml, reading_in
from pulsetrain.spec.points import read_points
from pulsetrain.spec.presets import Preset, presets
from pulsetrain.spec.reading.readings import files_of, holds_points
from pulsetrain.spec.units import conductance

from . import options
from . import points as measured
from .console import styled
from .failure import CliError
from .figures import Figures
from .output import Output, percent

if TYPE_CHECKING:
    from pulsetrain.report.plot import Plot

devices = typer.Typer(invoke_without_command=True, add_completion=False)


@devices.callback()
def listing(context: typer.Context, json: options.Json = None) -> None:
    """List the named synapse devices, or show one in detail.

    Use a device in a configuration with [bold]--set device.preset=NAME[/bold], or with
    preset = "NAME" in its section \\[device], where other keys override it.

    [bold]Examples[/bold]

    pulsetrain devices

    pulsetrain devices show hzo-fefet --plot fefet.png

    pulsetrain train digits --set device.preset=hzo-fefet --set device.levels=64
    """
    if context.invoked_subcommand:
        return
    output = Output(json)
    table = Table("name", "device", title="Devices", title_style="bold")
    for heading in ("levels", "NL up", "NL down", "on/off", "noise"):
        table.add_column(heading, justify="right")
    figures = []
    for preset in presets().values():
        device = Device.preset(preset.name)
        config, description = device.config, device.description
        up, down = (description.bends[name].nl for name in ("potentiation", "depression"))
        table.add_row(
            preset.name, preset.title if preset.verified else f"{preset.title}, unverified",
            str(config.device.levels), f"{up:.3g}", f"{down:.3g}", _ratio(description),
            _published(preset))
        figures.append({**preset.model_dump(exclude={"device"}),
                        **_figures(config, description)})
    output.console.print(table)
    output.console.print("NL: NeuroSim's label of the bend, 0 for a straight line. Noise: one "
                         "pulse's deviation from cycle to cycle, as a share of Gmax - Gmin.")
    for source in dict.fromkeys(preset.source for preset in presets().values()):
        names = [preset.name for preset in presets().values() if preset.source == source]
        output.console.print(f"{', '.join(names)}: {source}.")
    for preset in presets().values():
        if preset.note:
            output.console.print(f"{preset.name}: {preset.note}")
    output.write({"devices": figures})


@devices.command()
def show(
    name: Annotated[str, typer.Argument(
        metavar="NAME|FILE", show_default=False,
        help="A device from the list, a file of measured points, or a configuration, whose "
             "device is shown.")],
    plot: Annotated[Path | None, typer.Option(
        metavar="FILE", show_default=False,
        help=f"Draw it: conductance over pulses, steps, and tables ({', '.join(FORMATS)}).")] = (
            None),
    figures: options.Figures = None,
    reading: measured.ReadingKeys = None,
    read_voltage: measured.ReadVoltage = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Show one device: its curves, its integer tables, and what rounding to them loses.

    A file of points holds the conductance after each pulse: a text with separated columns and any
    name, or a workbook. Its header names the unit (S, mS, uS, nS, pS): either
    curve,pulse,conductance_uS, where curve is ltp or ltd, or pulse,ltp_uS,ltd_uS. Many other forms
    are recognised, and --reading says what is not (docs/how-to/devices.md). The first table shows
    how the file was understood.

    [bold]Examples[/bold]

    pulsetrain devices show hzo-fefet --plot fefet.png

    pulsetrain devices show points.csv --plot points.svg --json points.json

    pulsetrain devices show currents.dat --read-voltage 0.1 --reading unit=nA

    pulsetrain devices show set.csv --reading ltd_file=reset.csv --reading unit=S

    pulsetrain devices show exponential --set device.levels=32 --set device.potentiation.nl=2.5

    pulsetrain devices show points.csv --figures paper

    pulsetrain devices show mine.toml --set update.method=unidirectional

    A device given alone is shown for bidirectional updates, which also depress it.
    """
    output = Output(json)
    if plot:
        image_format(plot)
        check_writable(plot)
        need("report", "--plot")
    drawn = Figures(figures)
    given = [*measured.reading_settings(reading, read_voltage), *(settings or [])]
    device, source = _chosen(name, given, output)
    plots = _plots(device) if figures else []
    output.check_files({"--plot": [plot], "--figures": drawn.files(plots)})
    description, points = device.description, device.points
    if points:
        output.console.print(measured.table(points))
        output.console.print(measured.sentences(points), soft_wrap=True)
    output.console.print(_table(device.config, description, device.title))
    if source:
        output.console.print(source, soft_wrap=True)
    if description.fits:
        output.console.print(_fits(description))
    config = device.config
    output.console.print(
        f"In a network of {config.network.inputs} inputs with {config.design.method} updates: "
        + "; ".join(" ".join(pair) for pair in fitted(config)) + ".", soft_wrap=True)
    for warning in description.warnings:
        output.console.print(styled(("Note", "yellow"), f": {warning}"), soft_wrap=True)
    if plot:
        device.plot(plot)
        output.console.print(f"Drew {plot}", soft_wrap=True)
    drawn.write(output, plots)
    output.write({"title": device.title, **_figures(device.config, description),
                  "points": points and measured.figures(points)})


@devices.command()
def fit(
    file: Annotated[str, typer.Argument(
        metavar="FILE", show_default=False, help="A file of measured points.")],
    output_file: Annotated[Path, typer.Option(
        "-o", "--output", metavar="FILE", show_default=False,
        help="Where to write the device, as TOML.")],
    reading: measured.ReadingKeys = None,
    read_voltage: measured.ReadVoltage = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Fit the saturating curve to measured points, and write a device to keep.

    The file holds the curves, levels and range, the noise from cycle to cycle if several cycles
    were measured, and the differences between devices if several were. Use it with
    [bold]--set device.file=FILE[/bold], as a file of points.

    [bold]Examples[/bold]

    pulsetrain devices fit points.csv -o mine.toml

    pulsetrain train digits --set device.file=mine.toml

    pulsetrain devices fit currents.dat --read-voltage 0.1 --reading unit=nA -o mine.toml
    """
    output = Output(json)
    check_writable(output_file)
    given = [*measured.reading_settings(reading, read_voltage), *(settings or [])]
    device = _measured(file, given, output)
    output.check_files({"--output": [output_file]})
    kept = device.kept()
    assert device.points is not None
    output.console.print(measured.table(device.points))
    output.console.print(measured.sentences(device.points), soft_wrap=True)
    output.console.print(_fits(device.description))
    output.console.print(measured.estimates(kept), soft_wrap=True)
    device.fit(output_file)
    output.console.print(f"Wrote {output_file}; use it with --set device.file={output_file}",
                         soft_wrap=True)
    output.write({"fits": {name: asdict(found) for name, found in kept.fits.items()},
                  "noise": kept.noise and asdict(kept.noise),
                  "spread": kept.spread and asdict(kept.spread)})


def _measured(name: str, settings: list[str], output: Output) -> Device:
    """The device in the file of points `name`."""
    keys = reading_in(settings)
    points = read_points(Path(name), keys)
    output.reads += files_of(Path(name), keys)
    config = alone(("device.file", points), settings, output.reads)
    return Device(config, title=Path(name).name, points=points)


def _plots(device: Device) -> list[Plot]:
    from pulsetrain.report.device import device_plots

    return device_plots(device.config)


def _chosen(name: str, settings: list[str], output: Output) -> tuple[Device, str]:
    """The device, and its source."""
    if name in presets():
        preset = presets()[name]
        config = alone(("device.preset", name), settings, output.reads)
        return (Device(config, title=preset.title),
                f"From: {preset.source}. {preset.note}".rstrip())
    if name not in builtin_names() and _is_file_of_points(name):
        return _measured(name, settings, output), ""
    if holds_device(Path(name)) and "network" not in read_toml(
            read_text(Path(name), "device", ConfigError), name):
        return Device(alone(("device.file", name), settings, output.reads),
                      title=Path(name).name), ""
    try:
        return Device(load_config(name, settings=settings, files=output.reads)), ""
    except ValueError as error:
        if Path(name).exists() or settings:
            raise
        raise CliError(f"{error}; or one of the devices {', '.join(presets())}; or a file of "
                       "measured points", USAGE) from None


def _is_file_of_points(name: str) -> bool:
    """Whether to read `name` as points. A missing .csv file counts: reading it raises the error."""
    return holds_points(Path(name)) or (
        name.lower().endswith(".csv") and not Path(name).is_dir())


def _table(config: Config, description: Description, title: str) -> Table:
    device, design = config.device, config.design
    table = Table("", title=title, title_style="bold", show_header=False)
    table.add_column("")
    table.add_row("kind", device.kind)
    table.add_row("levels", f"{device.levels} (Pmax = {device.levels - 1} pulses up)")
    table.add_row("states", f"{design.states}, {design.substates} from level to level, in "
                            f"{design.state_bits} bits")
    table.add_row("reading", f"{description.read_min} to {description.read_max}, in "
                             f"{design.conductance_bits} bits")
    if device.kind == "measured":
        smooth = smoothing(device)
        table.add_row("smoothing", smooth.method + " (automatic)" * smooth.automatic)
    table.add_row("Gmax / Gmin", _ratio(description))
    if description.g_max is not None:
        table.add_row("Gmin, Gmax", f"{conductance(description.g_min)}, "
                                    f"{conductance(description.g_max)}")
        table.add_row("converter unit", conductance(unit_siemens(config)))
    for name, bend in description.bends.items():
        table.add_row(name, _bend(bend))
    if description.noise_steps:
        setting = (f"cycle_sigma = {device.cycle_sigma:g}" if device.cycle_sigma
                   else f"cycle_noise = {device.cycle_noise}")
        table.add_row("cycle-to-cycle noise", f"{description.noise_steps:.2f} steps ({setting})")
    return table


def _fits(description: Description) -> Table:
    table = Table("fit of the exponential curve", title_style="bold")
    for name in description.fits:
        table.add_column(name, justify="right")
    fits = description.fits.values()
    for heading, cells in (
            ("from", [conductance(fit.start) for fit in fits]),
            ("to", [conductance(fit.end) for fit in fits]),
            ("u", [f"{fit.u:z.3f}" for fit in fits]),
            ("A, pulses", [_pulses(fit) for fit in fits]),
            ("NL, ends free", [f"{fit.nl:z.3f}" for fit in fits]),
            ("NL, between lowest and highest", [f"{fit.nl_anchored:z.3f}" for fit in fits]),
            ("residual (RMS)", [conductance(fit.residual) for fit in fits]),
            ("... of its range", [percent(fit.residual_share) for fit in fits]),
            ("steps the wrong way", [str(fit.wrong_way) for fit in fits])):
        table.add_row(heading, *cells)
    if description.mismatch:
        top, bottom = (percent(share) for share in description.mismatch)
        table.add_row("first of LTD less last of LTP", "", top)
        table.add_row("last of LTD less first of LTP", "", bottom)
    return table


def _pulses(fit: Fit) -> str:
    """The fit's A, in pulses; a curve that is straight in the shown digits of u has none."""
    return "-" if fit.pulses is None or abs(fit.u) < 0.0005 else f"{fit.pulses:.2f}"


def _figures(config: Config, description: Description) -> dict[str, Any]:
    figures = asdict(description)
    mismatch = figures.pop("mismatch")
    return {
        "kind": config.device.kind,
        "levels": config.device.levels,
        "states": config.design.states,
        "substates": config.design.substates,
        "conductance_bits": config.design.conductance_bits,
        "cycle_noise": config.device.cycle_noise,
        "cycle_sigma": config.device.cycle_sigma,
        **figures,
        "range_mismatch": mismatch and dict(zip(("top", "bottom"), mismatch, strict=True)),
    }


def _ratio(description: Description) -> str:
    return "inf" if description.on_off_ratio is None else f"{description.on_off_ratio:.3g}"


def _bend(bend: Bend) -> str:
    if bend.pulses is None:
        return "straight"
    return f"u = {bend.u:.3f}, A = {bend.pulses:.2f} pulses, NL = {bend.nl:.3f}"


def _published(preset: Preset) -> str:
    sigma = preset.device.get("cycle_sigma")
    if not sigma:
        return "-"
    return ("< " if preset.cycle_sigma_is_bound else "") + f"{100 * sigma:g} %"
