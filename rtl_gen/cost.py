"""Cost: the tables and hash circuits of an engine's lanes, known before synthesis."""

from .spec import Config


def table_bits(config: Config) -> dict[str, int]:
    """Bits of one lane's read-only tables, by their contents; empty if the device's steps are
    computed without tables.

    The states of a table are padded to a power of two. Conductances are looked up twice: for
    the weight, and for the difference that a refresh restores.
    """
    if not config.design.tabulated:
        return {}
    classes = config.variation.classes if config.variation.spreads else 1
    states = classes << config.design.state_bits
    refreshes = config.update.method == "unidirectional"
    directions = 1 if refreshes else 2
    moves = 2 if config.device.cycle_noise else 1
    bits = {"conductances": states * (config.design.read_bits + 1) * (2 if refreshes else 1),
            "next states": states * directions * moves * config.design.state_bits}
    if refreshes:
        bits["nearest states"] = (classes << config.design.read_bits) * config.design.state_bits
    return bits


def hashes(config: Config) -> int:
    """Hash circuits of one lane. Each of its two devices has one that decides its class and whether
    it is stuck, and one for cycle-to-cycle noise; the pair has one for the error of a refresh."""
    variation, device = config.variation, config.device
    draws = (bool(variation.spreads or variation.sticks)
             + bool(device.cycle_noise or device.cycle_sigma))
    return 2 * draws + bool(config.update.refresh_sigma)
