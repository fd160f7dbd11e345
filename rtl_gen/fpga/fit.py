"""Fit: how much of a part a linked engine takes, estimated before anything is generated.

Multipliers and memories are counted. Look-up tables and flip-flops are a linear estimate, fitted to
builds (`family.FitLine`; `docs/how-to/boards.md` has figures).
"""

from bisect import bisect_left
from math import prod, sqrt

from pulsetrain.cost import displacement_bits, hashes, parity_ffs, parity_luts, table_bits
from pulsetrain.protocol import LEAST_WINDOWS, Windows, link_memories
from pulsetrain.spec import Config
from pulsetrain.spec.lanes import choices
from pulsetrain.spec.memories import bank_grid, row_bits, spram_grid
from pulsetrain.spec.parts import MOST_LANES
from pulsetrain.store.records import FIFO

from .family import Part
from .place import DoesNotFitError

ROOM = 0.95
"""Share of a part's look-up tables that can be placed and routed."""

TABLE_BITS_PER_LUT = 8
"""Bits of a lane's tables for each look-up table of four inputs, including the look-up tables that
select among them."""


PRODUCT_LUTS = 2.2
"""Look-up tables of a multiplier that is made of them, for each product of two bits."""


class NoRoomError(DoesNotFitError):
    """By the estimate, an engine does not fit; the message says what would fit."""


def estimated(config: Config, part: Part) -> dict[str, int]:
    """How much of each resource of `part` the linked engine of `config`, with PLL, takes; with the
    store, if the part has one."""
    line, lanes = part.family.line, config.engine.lanes
    weights = line.weight_bit * config.design.weight_bits
    tables = sum(table_bits(config).values()) / TABLE_BITS_PER_LUT
    between_banks, single_port = 0, 0
    if config.engine.single_port:
        single_port = prod(spram_grid(config))
    else:
        between_banks = (len(bank_grid(config)[0]) - 1) * row_bits(config)
    return {
        part.family.luts: round(line.base + line.store * part.store + line.bank * between_banks
                      + lanes * (line.lane + weights + line.hash * hashes(config) + tables
                                 + displacement_bits(config))
                      + (lanes - config.design.dsp_lanes) * PRODUCT_LUTS
                      * config.design.weight_bits * config.numbers.activation_bits
                      + parity_luts(config)
                      + sum(map(part.family.memories.look_up_tables,
                                config.design.memories.row_parities))),
        "ff": (line.base_ff + line.store_ff * part.store + lanes * line.lane_ff
               + line.bank_ff * between_banks + bool(line.base_ff) * parity_ffs(config)),
        "block_ram": _block_rams(config, part, link_windows(config, part)),
        "dsp": config.design.dsp_lanes,
        "spram": single_port,
    }


def link_windows(config: Config, part: Part) -> Windows:
    """The sizes of the link's buffers beside the engine of `config` on `part`: those of the family
    if they fit, otherwise the least."""
    wide = part.family.windows
    fits = _block_rams(config, part, wide) <= available(part, "block_ram")
    return wide if fits else LEAST_WINDOWS


def _block_rams(config: Config, part: Part, windows: Windows) -> int:
    """The block RAMs of the linked engine of `config`."""
    return sum(map(part.family.memories.block_rams,
                   (*config.design.memories.all, *link_memories(windows), *([FIFO] * part.store))))


def expected_mhz(config: Config, part: Part) -> float | None:
    """The clock in MHz that the linked engine of `config` reaches on `part`, by the estimate; None
    if no clock of the family has been measured."""
    line = part.family.line
    if not line.path:
        return None
    thousands = estimated(config, part)[part.family.luts] / 1000
    return part.speed * 1000 / (line.path + line.store_path * part.store
                                + line.wire * sqrt(thousands))


def available(part: Part, resource: str) -> int:
    """How much of a resource of `part` a design can use."""
    total = part.totals.get(resource, 0)
    return int(ROOM * total) if resource == part.family.luts else total


def shortage(config: Config, part: Part) -> dict[str, int]:
    """The resources that `part` has not enough of, and how much of each is needed."""
    return {resource: used for resource, used in estimated(config, part).items()
            if used > available(part, resource)}


def check_estimate(config: Config, part: Part, name: str) -> None:
    """Check that `config` fits on `part` by the estimate; `name` is the part's name in messages.

    Raises:
        NoRoomError: it does not fit; the message names the resources, and what to set.
    """
    if shortage(config, part):
        raise _refusal(config, part, name)


def best_lanes(config: Config, part: Part, most: int = MOST_LANES) -> int | None:
    """The number of lanes, at most `most`, that takes the fewest cycles of those that fit by the
    estimate; of equals the lowest. None if not even one lane fits."""
    return next((lanes for lanes in choices(config.network) if lanes <= most
                 and not shortage(with_section(config, "engine", lanes=lanes), part)), None)


def auto_lanes(config: Config, part: Part, name: str) -> int:
    """`best_lanes`; `name` is the part's name in messages.

    Raises:
        NoRoomError: not even one lane fits.
    """
    lanes = best_lanes(config, part)
    if lanes is None:
        raise _refusal(with_section(config, "engine", lanes=1), part, name)
    return lanes


def _refusal(config: Config, part: Part, name: str) -> NoRoomError:
    short = [f"{resource} must be at most {available(part, resource):,}, not about {used:,}"
             for resource, used in shortage(config, part).items()]
    return NoRoomError(f"{config.name} with lanes={config.engine.lanes} does not fit {name}: "
                       f"{'; '.join(short)}; {advice(config, part)}")


def advice(config: Config, part: Part) -> str:
    """Which keys to set to which values, so that an engine like `config` fits by the estimate.

    If it fits by the estimate, synthesis has found that it does not: then fewer lanes.
    """
    lanes = best_lanes(config, part,
                       MOST_LANES if shortage(config, part) else config.engine.lanes - 1)
    if lanes:
        return f"set engine.lanes to {lanes}"
    memory = "spram" if part.totals.get("spram") else "block"
    changes = [] if config.engine.memory == memory else [f"engine.memory to {memory}"]
    config = with_section(config, "engine", memory=memory)

    def hidden(percent: int) -> list[int]:
        return [max(1, units * percent // 100) for units in config.network.hidden]

    def fits(percent: int) -> bool:
        return best_lanes(with_section(config, "network", hidden=hidden(percent)),
                          part) is not None

    percents = range(100, 0, -1)
    index = bisect_left(percents, True, key=fits)
    if index == len(percents):
        return "choose a larger board"
    changes += [f"network.hidden to {hidden(percents[index])}"] if index else []
    return f"set {' and '.join(changes)}"


def with_section(config: Config, section: str, **values: object) -> Config:
    """`config` with other `values` in one of its sections."""
    mapping = config.model_dump()
    return Config.model_validate({**mapping, section: {**mapping[section], **values}})
