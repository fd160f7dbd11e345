"""Digests of everything that a state and an engine depend on, including the integer tables."""

import hashlib
import json
from typing import Any

from pulsetrain.spec import Config
from pulsetrain.spec.noise import Scale

from .tables import device_tables

CONTRACT = 2
"""Revision of the learning rule: increased by every change to what some configuration learns, so
that checkpoints, bitstreams and rows of sweeps of another revision are recognised."""


def learning(config: Config) -> dict[str, Any]:
    """Everything that the learned states depend on, with all defaults resolved."""
    layers = config.design.layers
    return {
        "contract": CONTRACT,
        "network": config.network.model_dump(),
        "seed": config.seed,
        "numbers": {
            "activation_bits": config.numbers.activation_bits,
            "error_bits": config.numbers.error_bits,
            "margin": config.numbers.margin,
            "forward_shift": [layer.forward_shift for layer in layers],
            "backward_shift": [layer.backward_shift for layer in layers[1:]],
        },
        "device": {
            "kind": config.device.kind,
            "levels": config.device.levels,
            "substates": config.design.substates,
            "conductance_bits": config.design.conductance_bits,
            "cycle_noise": config.device.cycle_noise,
            "tables": _tables_digest(config),
            **_scale("cycle_scale", config.design.cycle_scale),
        },
        "variation": {
            "classes": config.variation.classes if config.variation.spreads else 1,
            "stuck_thresholds": config.variation.stuck_thresholds,
            "seed": (config.variation.seed or config.seed) if config.design.draws else None,
        },
        "update": {
            "method": config.design.method,
            "row_threshold": [layer.row_threshold for layer in layers],
            "delta_threshold": [layer.delta_threshold for layer in layers],
            "refresh_state": config.design.refresh_state,
            "refresh_swaps": config.update.refresh_swaps,
            "pulse_probability": config.design.pulse_probability,
            "pulse_decay": config.design.pulse_decay,
            **_scale("refresh_scale", config.design.refresh_scale),
        },
        **({} if config.training.order == "numpy" else {"order": config.training.order}),
    }


def _scale(name: str, scale: Scale | None) -> dict[str, list[int]]:
    """A scale as a key; none without it, so that the digests of other configurations stay."""
    return {name: [scale.factor, scale.shift]} if scale else {}


def learning_digest(config: Config) -> str:
    """SHA-256 (hex) of what the states depend on; a checkpoint is only used if it matches."""
    return _digest(learning(config))


def engine_digest(config: Config) -> str:
    """SHA-256 (hex) of `learning` and the engine; a board is only used if it matches.

    What differs from training to training is left out, because an engine learns from what it is
    given: the order of the samples, and an automatic gate, which counts as open.
    """
    learned = {name: value for name, value in learning(config).items() if name != "order"}
    if config.update.gate_is_automatic:
        learned["update"] |= {"pulse_probability": 1.0, "pulse_decay": 1.0}
    engine = config.engine.model_dump()
    if not config.engine.parity:  # so that the digests of other engines stay
        del engine["parity"]
    return _digest({"learning": learned, "engine": engine})


def _tables_digest(config: Config) -> str:
    tables = device_tables(config)
    content = hashlib.sha256()
    for table in (tables.read, tables.potentiate, tables.depress):
        content.update(table.astype("<i4").tobytes())
    return content.hexdigest()


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
