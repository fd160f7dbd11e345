"""The settings that fit a configuration to its device, in words."""

from pulsetrain.spec import Config
from pulsetrain.spec.fields import AUTO


def fitted(config: Config) -> list[tuple[str, str]]:
    """(name, value) of the weight range of every layer and of the pulse gate, and whether each was
    given or follows from the device."""
    design, update = config.design, config.update
    layers = design.layers
    ranges = ", ".join(f"{layer.weight_range:.3g}" for layer in layers)
    shifts = ", ".join(str(layer.forward_shift) for layer in layers)
    gate = "open"
    if design.gate(0) < 256 or design.pulse_decay < 1:
        gate = (f"{design.pulse_probability:.3g} in epoch 1, times {design.pulse_decay:.3g} per "
                "epoch")
    given = config.numbers.forward_shift != AUTO, not (
        update.pulse_probability == update.pulse_decay == AUTO)
    shift_origin, gate_origin = ("given" if known else "automatic" for known in given)
    return [("Weight range R", f"{ranges} (forward_shift {shifts}, {shift_origin})"),
            ("gate", f"{gate} ({gate_origin})")]
