"""The registers of a job that give it the keyed order."""

from pulsetrain.golden.order import half_bits, order_key


def keyed_settings(count: int, seed: int, epoch: int) -> dict[str, int]:
    """The registers of the keyed order of `count` samples in `epoch`, by name."""
    low, high = half_bits(count)
    return {"count": count, "key": order_key(seed, epoch), "halves": low | (high - low) << 4}
