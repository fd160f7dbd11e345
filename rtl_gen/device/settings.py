"""The settings that fit a configuration to its device, in words."""

from pulsetrain.spec import Config


def fitted(config: Config) -> list[tuple[str, str]]:
    """(name, value) of the weight range of every layer and of the pulse gate, and whether each was
    given or follows from the device."""
    design = config.design
    layers = design.layers
    ranges = ", ".join(f"{layer.weight_range:.3g}" for layer in layers)
    shifts = ", ".join(str(layer.forward_shift) for layer in layers)
    gate = "open"
    if design.gate(0) < 256 or design.pulse_decay < 1:
        gate = (f"{design.pulse_probability:.3g} in epoch 1, times {design.pulse_decay:.3g} per "
                "epoch")
    shift_origin, gate_origin = ("automatic" if automatic else "given" for automatic in (
        config.numbers.range_is_automatic, config.update.gate_is_automatic))
    return [("Weight range R", f"{ranges} (forward_shift {shifts}, {shift_origin})"),
            ("gate", f"{gate} ({gate_origin})")]
