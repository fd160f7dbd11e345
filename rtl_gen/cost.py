"""Cost: the tables, hash circuits and adders of an engine's lanes, known before synthesis."""

from .spec import Config
from .spec.memories import slices
from .spec.noise import LARGEST_SUM, Scale, additions

_BYTE_SUM = 8 + 8 + 9
"""Bits of the adders that sum four bytes."""

_PARITY_BASE = 70
"""Look-up tables for the register of `engine.parity`, and for the comparison with it."""


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
    refreshes = config.design.method == "unidirectional"
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


def parity_luts(config: Config) -> int:
    """Look-up tables of four inputs that compute the parities of an engine with `engine.parity`:
    of each row that is read, and of each that is written."""
    if not config.engine.parity:
        return 0
    lanes = config.engine.lanes * _parity_luts(config.design.pair_bits)
    return _PARITY_BASE + 2 * (lanes + sum(_parity_luts(len(near)) for near in slices(config)))


def parity_ffs(config: Config) -> int:
    """Flip-flops beside them: for each lane and slice, and for addresses on their way."""
    if not config.engine.parity:
        return 0
    return 2 * (config.engine.lanes + 2 * len(slices(config))) + 8 * config.design.address_bits


def _parity_luts(bits: int) -> int:
    return -(-(bits - 1) // 3)


def displacement_bits(config: Config) -> int:
    """Bits of the adders of one lane that make displacements from draws and add them to states."""
    design, method = config.design, config.design.method
    limited = 2 * (design.state_bits + 2)  # a sum, and a comparison with the last state
    bits = 0
    if scale := design.cycle_scale:
        moved = 1 if method == "single" else 2
        scaled = 1 if method == "unidirectional" else moved
        bits += moved * (_BYTE_SUM + limited) + scaled * _multiplier_bits(scale)
    if scale := design.refresh_scale:
        bits += _BYTE_SUM + limited + _multiplier_bits(scale)
    return bits


def _multiplier_bits(scale: Scale) -> int:
    """Bits of the adders that multiply a sum by a scale's factor and add its offset."""
    return (additions(scale.factor) + 1) * (LARGEST_SUM * scale.factor).bit_length()
