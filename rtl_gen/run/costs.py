"""Costs: the counts of energy and time in joules and seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pulsetrain.spec import Config
from pulsetrain.spec.energy import Pulse
from pulsetrain.spec.fields import real

Amount = Annotated[float, real(0, 1e300)]
"""A field: joules or seconds."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """What one kind of work costs: `joules` for each of the count `energy`, and `seconds` for each
    of the count `time`; the counts are those of `DEVICE_PULSES` and `ENERGY_COUNTS`."""

    energy: str
    joules: Amount
    time: str
    seconds: Amount


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Joules and seconds of an array of devices, by the kinds of work in `prices`."""

    joules: dict[str, float]
    seconds: dict[str, float]

    @property
    def total_joules(self) -> float:
        """The joules of all work."""
        return sum(self.joules.values())

    @property
    def total_seconds(self) -> float:
        """The seconds of all work, of which none overlaps."""
        return sum(self.seconds.values())


def prices(config: Config) -> dict[str, Price] | None:
    """The price of each kind of work: forward, backward, potentiating, depressing, erasing and
    programming; None if `config` has no section [device.energy].

    A read costs V^2 G t, with t in ticks. A pulse costs its joules, or V^2 G t with the mean of
    its conductances before and after, as in MLP-NeuroSim (`AnalogNVM::WriteEnergyCalculation`).
    Without `erase`, an erasing pulse is a depressing one that lasts as long as `levels` - 1.
    """
    energy, siemens = config.device.energy, config.design.siemens
    if energy is None or siemens is None:
        return None
    read, tick = energy.read_volts**2 * energy.tick_seconds * siemens, energy.tick_seconds
    up = energy.potentiation
    down = energy.depression or up
    erase = energy.erase or _repeated(down, config.device.levels - 1)

    def price(pulse: Pulse, name: str) -> Price:
        if pulse.volts is None:
            measure, joules = f"{name}_pulses", pulse.joules or 0.0
        else:
            measure = f"{name}_conductance"
            joules = pulse.volts**2 * pulse.seconds * siemens / 2
        return Price(energy=measure, joules=joules, time=f"{name}_slots", seconds=pulse.seconds)

    return {
        "forward": Price(energy="forward_reads", joules=read, time="forward_ticks", seconds=tick),
        "backward": Price(energy="backward_reads", joules=read, time="backward_ticks",
                          seconds=tick),
        "potentiating": price(up, "ltp"), "depressing": price(down, "ltd"),
        "erasing": price(erase, "erase"), "programming": price(up, "reprogram")}


def costs(of: Mapping[str, Price] | None, counts: Mapping[str, int | None]) -> Costs | None:
    """What `counts`, of `DEVICE_PULSES` and `ENERGY_COUNTS`, cost at the prices `of`; None if a
    price or a count is not known."""
    if of is None:
        return None
    joules, seconds = {}, {}
    for kind, price in of.items():
        spent, lasted = counts.get(price.energy), counts.get(price.time)
        if spent is None or lasted is None:
            return None
        joules[kind], seconds[kind] = spent * price.joules, lasted * price.seconds
    return Costs(joules=joules, seconds=seconds)


def _repeated(pulse: Pulse, times: int) -> Pulse:
    """A pulse as long as `times` of these."""
    joules = None if pulse.joules is None else times * pulse.joules
    return pulse.model_copy(update={"seconds": times * pulse.seconds, "joules": joules})
