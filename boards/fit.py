"""Fit: what a board's top takes of its part, estimated before anything is generated.

Multipliers and memories are counted. Look-up tables and flip-flops lie on straight lines through
what builds took: see `docs/boards.md`.
"""

from dataclasses import dataclass
from math import prod

from pulsetrain.cost import hashes, table_bits
from pulsetrain.fpga.parts import Part
from pulsetrain.fpga.place import DoesNotFit
from pulsetrain.memory_map import MemorySize, bank_grid, memories, row_bits, spram_grid
from pulsetrain.protocol import link_memories
from pulsetrain.spec import Config

from .board import Board

MOST_LANES = 64
"""More were never placed, and bring little: see `docs/scaling.md`."""

ROOM = 0.95
"""Share of a part's look-up tables that can be placed and routed."""

SHAPES = {
    "ecp5": ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
    "gowin": ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
    "ice40": ((256, 16), (512, 8), (1024, 4), (2048, 2)),
}
"""Words and bits of one block RAM, in all of its shapes."""

LUT_MEMORY = {"ecp5": (16, 4), "gowin": (16, 4)}
"""Words and bits of the memories that families make of look-up tables."""

LUT_MEMORIES_A_BLOCK = 24
"""From so many of them on, synthesis takes a block RAM in their place."""

TABLE_BITS_A_BLOCK = {"ecp5": 2304, "gowin": 2304, "ice40": 1024}
"""Tables of more bits for each block RAM become block RAMs, and otherwise look-up tables."""

SMALLEST_WORDS, SMALLEST_BITS = 4, 64
"""Memories of so many words, or bits, become registers where look-up tables cannot be memory."""

TABLE_BITS_A_LUT = 8
"""Bits of a lane's tables that a look-up table of four inputs holds, the choice among them
included."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a top takes of a family's parts.

    Look-up tables: `base`, and for each lane `lane` and `weight_bit` for each bit of a weight and
    `hash` for each hash; `bank` for each bit that is chosen between banks of synapse memory. On
    iCE40 they are logic cells, with their flip-flops. `base_ff` and `lane_ff` are flip-flops of
    others, `bank_ff` those for each bit between banks.
    """

    base: int
    lane: int
    weight_bit: int
    bank: float
    hash: int
    base_ff: int
    lane_ff: int
    bank_ff: int


LINES = {
    "ecp5": Line(base=3130, lane=209, weight_bit=16, bank=2.5, hash=60, base_ff=2180, lane_ff=197,
                 bank_ff=1),
    "gowin": Line(base=2925, lane=68, weight_bit=28, bank=2.5, hash=60, base_ff=1870, lane_ff=237,
                  bank_ff=1),
    "ice40": Line(base=3760, lane=68, weight_bit=38, bank=2.5, hash=60, base_ff=0, lane_ff=0,
                  bank_ff=0),
}


class NoRoom(DoesNotFit):
    """By its estimate an engine does not fit; the message says what would."""


def estimated(config: Config, part: Part) -> dict[str, int]:
    """What the board's top with the engine of `config` takes of each of `part.totals`."""
    line, lanes = LINES[part.family], config.engine.lanes
    tables = sum(table_bits(config).values()) / TABLE_BITS_A_LUT
    choice = 0 if config.engine.single_port else (len(bank_grid(config)[0]) - 1) * row_bits(config)
    single_port = prod(spram_grid(config)) if config.engine.single_port else 0
    return {
        "lut4": round(line.base + line.bank * choice + lanes * (
            line.lane + line.weight_bit * config.design.weight_bits + line.hash * hashes(config)
            + tables)),
        "ff": line.base_ff + lanes * line.lane_ff + line.bank_ff * choice,
        "block_ram": sum(block_rams(size, part.family) for size in (
            *memories(config), *link_memories())),
        "dsp": lanes,
        "spram": single_port,
    }


def shortage(config: Config, part: Part) -> dict[str, int]:
    """What of `part` is short by the estimate, and how much of it is needed."""
    return {name: used for name, used in estimated(config, part).items()
            if used > available(part, name)}


def available(part: Part, name: str) -> int:
    """How much of the resource `name` of `part` a design can take."""
    total = part.totals.get(name, 0)
    return int(ROOM * total) if name == "lut4" else total


def auto_lanes(config: Config, board: Board) -> int:
    """The most lanes of the engine of `config` that `board` has room for.

    Raises:
        NoRoom: there is not room for one.
    """
    lanes = most_lanes(config, board.part)
    if lanes is None:
        check_estimate(with_lanes(config, 1), board)
    return lanes


def check_estimate(config: Config, board: Board) -> None:
    """Check that `board` has room for the engine of `config` by its estimate.

    Raises:
        NoRoom: it has not; the message says of what, and what to set.
    """
    short = [f"{name} must be at most {available(board.part, name):,}, not about {used:,}"
             for name, used in shortage(config, board.part).items()]
    if short:
        raise NoRoom(f"{config.name} with lanes={config.engine.lanes} does not fit {board.name}: "
                     f"{'; '.join(short)}; {advice(config, board.part)}")


def most_lanes(config: Config, part: Part) -> int | None:
    """The most lanes that fit by the estimate, no more than the widest layer has units for; None
    where not one does."""
    widest = max(layer.outputs for layer in config.design.layers)
    lanes = min(MOST_LANES, 1 << (widest - 1).bit_length())
    while lanes and shortage(with_lanes(config, lanes), part):
        lanes //= 2
    return lanes or None


def advice(config: Config, part: Part) -> str:
    """What to set, and to what, so that an engine like that of `config` fits by its estimate."""
    lanes = most_lanes(config, part)
    if lanes and config.engine.lanes > 1:
        return f"set engine.lanes to {min(lanes, config.engine.lanes // 2)}"
    memory = "spram" if part.totals.get("spram") else "block"
    changes = [] if config.engine.memory == memory else [f"engine.memory to {memory}"]
    config = with_section(config, "engine", memory=memory)
    for share in range(100, 0, -1):
        hidden = [max(1, units * share // 100) for units in config.network.hidden]
        if most_lanes(with_section(config, "network", hidden=hidden), part):
            changes += [f"network.hidden to {hidden}"] if share < 100 else []
            return f"set {' and '.join(changes)}"
    return "choose a larger board"


def with_lanes(config: Config, lanes: int) -> Config:
    """`config` with so many lanes."""
    return with_section(config, "engine", lanes=lanes)


def with_section(config: Config, section: str, **values: object) -> Config:
    """`config` with other `values` in one of its sections."""
    mapping = config.model_dump()
    return Config.model_validate({**mapping, section: {**mapping[section], **values}})


def block_rams(size: MemorySize, family: str) -> int:
    """Block RAMs that synthesis for `family` makes of a memory; 0 where it takes something else.

    All of them have one shape, which is what synthesis does where the depth is a power of two;
    elsewhere it sometimes does with one or two less.
    """
    fewest = min(-(-size.depth // words) * -(-size.bits // bits) for words, bits in SHAPES[family])
    if not size.written:
        return fewest if size.depth * size.bits > TABLE_BITS_A_BLOCK[family] * fewest else 0
    if family in LUT_MEMORY:
        words, bits = LUT_MEMORY[family]
        in_luts = -(-size.depth // words) * -(-size.bits // bits)
        return fewest if in_luts >= LUT_MEMORIES_A_BLOCK * fewest else 0
    is_small = size.depth <= SMALLEST_WORDS or size.depth * size.bits <= SMALLEST_BITS
    return 0 if is_small else fewest
