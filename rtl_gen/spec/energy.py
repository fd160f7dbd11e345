"""What reading and pulsing a device costs, in volts, seconds and joules."""

from typing import Annotated

from pydantic import model_validator

from .fields import Part, real, refuse

Volts = Annotated[float, real(-1e3, 1e3)]
Seconds = Annotated[float, real(1e-15, 1e3)]
Joules = Annotated[float, real(0.0, 1e3)]


class Pulse(Part):
    """One kind of pulse that moves a device; it lasts `seconds`.

    Its energy is `joules` for every pulse, or V² G t with `volts` V, the pulse's duration t and the
    conductance G of the device: exactly one of the two is given.
    """

    seconds: Seconds
    volts: Volts | None = None
    joules: Joules | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> "Pulse":
        given = self.model_dump(include={"volts", "joules"}, exclude_none=True)
        if len(given) != 1:
            raise refuse("a pulse with exactly one of volts and joules", given)
        return self


class Energy(Part):
    """The section [device.energy]; with it, models count energy and time
    (docs/explanation/energy.md).

    `read_volts`: the voltage at which devices are read. `tick_seconds`: one tick of an activation's
    pulse. `depression` is by default like `potentiation`. `erase` brings a device from any state
    to state 0; by default it is one depressing pulse, but as long as all pulses from Gmax to Gmin.
    """

    read_volts: Volts
    tick_seconds: Seconds
    potentiation: Pulse
    depression: Pulse | None = None
    erase: Pulse | None = None
