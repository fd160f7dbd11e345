"""The three integer tables of a finite-state synapse device."""

from dataclasses import dataclass

import numpy as np

from rtl_gen.spec import Config


@dataclass(frozen=True, kw_only=True)
class DeviceTables:
    """Conductance and next states of a device of L states; every table has shape (L,), int32.

    `read[s]` is the conductance of state s in units of the converter (unsigned),
    `potentiate[s]` and `depress[s]` the state after one pulse; they saturate at the ends.
    """

    read: np.ndarray
    potentiate: np.ndarray
    depress: np.ndarray


def device_tables(config: Config) -> DeviceTables:
    """The tables of `config.device`: linear, read[s] = s * step, one state a pulse."""
    states = np.arange(config.device.levels, dtype=np.int32)
    return DeviceTables(
        read=states * np.int32(config.conductance_step),
        potentiate=np.minimum(states + 1, states[-1]),
        depress=np.maximum(states - 1, 0))
