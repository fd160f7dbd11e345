"""Device: one synapse device, from a preset, from measured points, or of a configuration."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from pulsetrain import spec
from pulsetrain.device.describe import Description, describe
from pulsetrain.device.fit import Fit
from pulsetrain.device.keep import Kept, keep
from pulsetrain.extras import need
from pulsetrain.files import write_atomically
from pulsetrain.spec import Config
from pulsetrain.spec.load import Setting, reading_options
from pulsetrain.spec.points import Points, read_points
from pulsetrain.spec.presets import presets

from .inputs import ArgumentError, ConfigSource, Settings, load_config, setting_pairs
from .picture import Picture

_BASE = "digits"
"""The configuration of a device that is given alone; nothing that is shown depends on it."""


class Device:
    """One synapse device: its curves, its integer tables, and what rounding to them loses.

    `Device(config)` is the device of a configuration; `Device.preset` and `Device.from_csv` make
    one without a configuration, shown for bidirectional updates, which also depress it.

    Attributes:
        spec: the section `[device]` of a configuration, with every value checked.
        title: its name for people.
        points: the measured points; None if there are none.

    Raises:
        ConfigError: the configuration cannot be used.

    Examples:
        >>> import pulsetrain
        >>> device = pulsetrain.Device.preset("hzo-fefet", settings={"device.levels": 64})
        >>> device.spec.levels
        64
        >>> config = pulsetrain.load_config("digits", device=device)
        >>> config.device == device.spec
        True
    """

    def __init__(self, config: ConfigSource, *, title: str | None = None,
                 points: Points | None = None) -> None:
        self._config = load_config(config)
        self.spec: spec.Device = self._config.device
        self.title = title or f"Device of {self._config.name}"
        self.points = points

    @classmethod
    def preset(cls, name: str, *, settings: Settings = ()) -> Device:
        """The published device `name`; `pulsetrain devices` lists them.

        `settings` replace values, as in `load_config`.

        Raises:
            ConfigError: there is no such preset, or a setting cannot be used.
        """
        config = alone(("device.preset", name), settings)
        return cls(config, title=presets()[name].title)

    @classmethod
    def from_csv(cls, file: str | Path, *,
                 settings: Settings = (), **reading: Any) -> Device:
        """The device whose measured points are in `file`: a text with separated columns, or a
        workbook.

        Its rows hold the conductance after each pulse, with the unit (S, mS, uS, nS, pS) in the
        header: `curve,pulse,conductance_uS` with ltp or ltd as curve, or `pulse,ltp_uS,ltd_uS`.
        Many other forms are recognised; `reading` says what is not (`ltp="2-5"`,
        `columns="cycles"`, `unit="nA"`, `read_voltage=0.1`, ...): the keys of the section
        [device.reading], see docs/how-to/devices.md. `settings` replace values as in `load_config`.

        Raises:
            PointsError: the file cannot be read, or some value in it cannot be used.
            ConfigError: no device can be made from the points, or a setting cannot be used.

        Examples:
            >>> from pathlib import Path
            >>> import pulsetrain
            >>> _ = Path("points.csv").write_text(
            ...     "pulse,ltp_uS,ltd_uS\\n0,1,9\\n1,5,4\\n2,8,2\\n3,9,1\\n")
            >>> device = pulsetrain.Device.from_csv("points.csv")
            >>> device.spec.levels, round(device.fit()["potentiation"].u, 1)
            (4, 1.6)
            >>> _ = Path("currents.dat").write_text("0 1e-7\\n1 3e-7\\n2 4e-7\\n")
            >>> device = pulsetrain.Device.from_csv("currents.dat", unit="A", read_voltage=0.1)
            >>> [f"{siemens:.1e}" for siemens in device.spec.ltp]
            ['1.0e-06', '3.0e-06', '4.0e-06']
        """
        points = read_points(Path(file), reading_options(reading))
        return cls(alone(("device.file", points), settings), title=Path(file).name,
                   points=points)

    @cached_property
    def description(self) -> Description:
        """The device in figures (conductances in siemens) and in sentences (`warnings`)."""
        return describe(self._config)

    @property
    def config(self) -> Config:
        """The configuration that the device is shown in."""
        return self._config

    def fit(self, file: str | Path | None = None) -> dict[str, Fit]:
        """The exponential curves nearest to the measured points, by least squares.

        If `file` is given, a device to keep is written there: the sections [device] and [variation]
        in TOML, with the curves, levels, range, and the noise and the differences that cycles and
        devices show. `load_config("digits", settings={"device.file": file})` uses it, and so does
        `--set device.file=FILE`.

        Returns:
            "potentiation" and, if it was measured, "depression" -> the bend as `u`, `pulses` and
            `nl` (three measures of the same bend), `nl_anchored` (NeuroSim's convention), and
            `start`, `end` and `residual` in siemens. Empty for a device without measured points.

        Raises:
            ArgumentError: `file` is given, and the device was not read with `from_csv`.
            FitError: no device can be made of the fit.
            OSError: `file` cannot be written.
        """
        if file is not None:
            write_atomically(Path(file), self.kept().text.encode())
        return dict(self.description.fits)

    def kept(self) -> Kept:
        """What `fit` writes, with the noise and the differences that it estimates.

        Raises:
            ArgumentError: the device was not read with `from_csv`.
            FitError: no device can be made of the fit.
        """
        if self.points is None:
            raise ArgumentError(f"{self.title} must be a device of measured points to be fitted")
        return keep(self.spec, self.points)

    def plot(self, file: str | Path | None = None) -> Picture:
        """Draw conductance over pulses, the step of a pulse, and the reading of every state.

        A notebook shows the returned picture. If `file` is given, it is also written there; the
        ending must be .png, .svg or .pdf.

        Raises:
            ExtraMissingError: matplotlib is not installed.
            ArgumentError: `file` has another ending.
            OSError: `file` cannot be written.
        """
        need("report", "drawing a device")
        from pulsetrain.device.plot import draw

        picture = Picture(lambda image: draw(self._config, self.description, self.title, image))
        if file is not None:
            picture.save(file)
        return picture

    def __repr__(self) -> str:
        return f"<Device {self.title!r}: {self.spec.kind}, {self.spec.levels} levels>"


def alone(device: Setting, settings: Settings,
          files: list[Path] | None = None) -> Config:
    """The configuration of a `device` that is given alone, with `settings` applied; the files that
    they name are added to `files`.

    Raises:
        ConfigError: the device or a setting cannot be used.
    """
    return spec.load_config(_BASE, files=files, settings=[
        device, ("update.method", "bidirectional"), *setting_pairs(settings)])
