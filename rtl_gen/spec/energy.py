"""What reading and pulsing a device costs, in volts, seconds and joules."""

from typing import Annotated

from pydantic import model_validator

from .fields import Part, real, refuse

Volts = Annotated[float, real(-1e3, 1e3)]
Seconds = Annotated[float, real(1e-15, 1e3)]
Joules = Annotated[float, real(0.0, 1e3)]


class Pulse(Part):
    """One kind of pulse that moves a device.

    Its energy is `joules` for every pulse, or V² G t with `volts` V, the pulse's duration t and the
    conductance G of the device: exactly one of the two is given.
    """

    seconds: Seconds
    """How long the pulse lasts. Unit: second."""
    volts: Volts | None = None
    """Its voltage V; the energy is V² G t. Unit: volt."""
    joules: Joules | None = None
    """Its energy, whatever the conductance. Unit: joule."""

    @model_validator(mode="after")
    def _one_measure(self) -> "Pulse":
        given = self.model_dump(include={"volts", "joules"}, exclude_none=True)
        if len(given) != 1:
            raise refuse("a pulse with exactly one of volts and joules", given)
        return self


class Energy(Part):
    """The section [device.energy]; with it, models count energy and time
    (docs/explanation/energy.md)."""

    read_volts: Volts
    """The voltage at which devices are read. Unit: volt."""
    tick_seconds: Seconds
    """One tick of an activation's pulse. Unit: second."""
    potentiation: Pulse
    """The potentiating pulse."""
    depression: Pulse | None = None
    """The depressing pulse; by default like the potentiating one."""
    erase: Pulse | None = None
    """Brings a device from any state to state 0; by default one depressing pulse, but as long as
    all pulses from Gmax to Gmin."""
