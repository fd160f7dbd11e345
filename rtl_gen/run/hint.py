"""A hint for a training that learned far less than it could."""

from collections.abc import Sequence

from pulsetrain.spec import Config

from .loop import EpochResult

POOR, GIVEN = 0.5, 0.85
"""An accuracy gets a hint below this share of the way from guessing to 1: for every configuration,
and for one whose weight range or gate was given, instead of following from its device."""

LOST = 0.1
"""A training gets a hint if it ends this much below its best epoch."""


def hint(config: Config, epochs: Sequence[EpochResult]) -> str | None:
    """One sentence if the last epoch is far below what the device can probably do, else None.

    On MNIST and the digits, every published device reaches 0.86 and more of the way from guessing
    to 1 with the automatic settings (docs/how-to/tune.md).
    """
    reached = [result.accuracy for result in epochs if result.accuracy is not None]
    if not reached:
        return None
    last, chance = reached[-1], 1 / config.network.outputs
    given = not (config.numbers.range_is_automatic and config.update.gate_is_automatic)
    if max(reached) - last > LOST:
        seen = f"It has lost {100 * (max(reached) - last):.0f} points since its best epoch"
    elif last < chance + POOR * (1 - chance):
        seen = "This is little"
    elif given and last < chance + GIVEN * (1 - chance):
        seen = "Other settings may learn more"
    else:
        return None
    automatic = ('numbers.forward_shift=auto and update.pulse_probability=auto fit them to the '
                 "device; " if given else "")
    return f"{seen}: {automatic}`pulsetrain tune` searches settings that learn better."
