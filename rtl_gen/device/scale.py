"""The scale of a device's readings: how many siemens one unit of the converter is."""

from pulsetrain.spec import Config, Device

from .smoothing import smoothing


def g_max_of(device: Device) -> float | None:
    """Gmax in siemens: measured (and smoothed) or given; None if it is unknown."""
    return max(smoothing(device).ltp) if device.ltp else device.g_max_siemens


def full_reading(config: Config) -> int:
    """The reading of Gmax, in units of the converter; a reading of 0 is 0 S."""
    design = config.design
    return (1 << design.conductance_bits) - 1 if design.tabulated else design.conductance_limit


def unit_siemens(config: Config) -> float | None:
    """One unit of the converter in siemens; None if Gmax is unknown."""
    g_max = g_max_of(config.device)
    return None if g_max is None else g_max / full_reading(config)
