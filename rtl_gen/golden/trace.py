"""Trace: everything one sample computed, and the part of it that every engine shows."""

from dataclasses import dataclass

import numpy as np


@dataclass(kw_only=True)
class Trace:
    """Everything one sample computed, layer by layer (lists from layer 1 on).

    `x[l]`: inputs (N,), `z[l]`: exact sums (M,), `delta[l]`: deltas (M,), all zero where no
    backward pass was needed. `trained`: whether the sample was a training sample.
    """

    x: list[np.ndarray]
    z: list[np.ndarray]
    delta: list[np.ndarray]
    trained: bool


def observed_values(trace: Trace) -> dict[tuple[str, int, int], int]:
    """What every engine shows of a sample: (phase, layer from 1, index of the unit) -> value.

    "forward": z of the hidden units whose activation is not zero, and z of all outputs;
    "output": the output deltas that are not zero; "backward": the hidden deltas that are not zero.
    """
    values: dict[tuple[str, int, int], int] = {}
    last = len(trace.z)
    for number, (z, delta) in enumerate(zip(trace.z, trace.delta, strict=True), 1):
        units = range(len(z)) if number == last else np.flatnonzero(trace.x[number]).tolist()
        values.update({("forward", number, unit): int(z[unit]) for unit in units})
        phase = "output" if number == last else "backward"
        values.update({(phase, number, unit): int(delta[unit])
                       for unit in np.flatnonzero(delta).tolist()})
    return values
