"""What a device is and where it comes from, in words."""

from pulsetrain.spec import Device
from pulsetrain.spec.presets import presets


def origin(device: Device) -> str:
    """The kind of `device`, its preset or the file of its points, such as "HfZrOx FeFET (preset
    hzo-fefet)" or "measured points of device.csv"."""
    preset = presets().get(device.preset or "")
    if preset:
        is_changed = Device(**{**preset.device, "preset": preset.name}) != device
        return f"{preset.title} (preset {preset.name}{', changed' if is_changed else ''})"
    if device.kind != "measured":
        return device.kind
    measurement = device.measurement
    if not measurement:
        return "measured points"
    averaged = ", means of cycles" if measurement.ltp or measurement.ltd else ""
    return f"measured points of {measurement.file}{averaged}"
