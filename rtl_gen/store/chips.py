"""Chips of SDR SDRAM: what their data sheets say about time, as data."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from math import ceil

BANK_BITS, ROW_BITS, WORD_BITS = 2, 13, 16
"""Of every chip here: four banks, 8,192 rows, words of 16 bits."""

CAS_LATENCY = 2
"""Clocks from a read command to its word."""

MODE_CLOCKS = 2
"""Clocks from setting the mode to the next command (tMRD)."""

POSTPONED = 8
"""Refreshes that may be late, each by up to the interval."""


@dataclass(frozen=True, kw_only=True)
class Times:
    """Times in ns, named as data sheets name them.

    `trcd`: from opening a row to a command in it; `trp`: from closing a row to opening one of its
    bank; `tras`: a row stays open at least; `open_at_most`: and at most; `trc`: from opening a row
    to opening another one of its bank; `trrd`: of another bank; `trfc`: from a refresh to any
    command; `twr`: from the last word written to closing its row; `trefi`: from one refresh to the
    next, on average; `power_up`: from power-up to the first command; `clock`: the shortest period
    at `CAS_LATENCY`.
    """

    trcd: float
    trp: float
    tras: float
    open_at_most: float
    trc: float
    trrd: float
    trfc: float
    twr: float
    trefi: float
    power_up: float
    clock: float

    def cycles(self, name: str, period: float) -> int:
        """The clock cycles of `period` ns that last at least as long as the time `name`; for
        `trefi` and `open_at_most`, at most as long."""
        time = getattr(self, name)
        if name in ("trefi", "open_at_most"):
            return int(time / period + 1e-9)
        return max(1, ceil(time / period - 1e-9))


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One chip: its name, the bits of a column's address, and its times."""

    name: str
    column_bits: int
    times: Times

    @property
    def words(self) -> int:
        """Its words of 16 bits."""
        return 1 << BANK_BITS + ROW_BITS + self.column_bits

    def allows(self, period: float) -> bool:
        """Whether the chip can have a clock of `period` ns."""
        return period >= self.times.clock

    def check_clock(self, period: float) -> None:
        """Check that the chip can have a clock of `period` ns.

        Raises:
            ValueError: it needs a slower one.
        """
        if not self.allows(period):
            raise ValueError(f"clock must be at most {1e3 / self.times.clock:g} MHz for the memory "
                             f"{self.name}, not {1e3 / period:g} MHz")


MT48LC16M16A2_75 = Chip(name="MT48LC16M16A2-75", column_bits=9, times=Times(
    trcd=20, trp=20, tras=44, open_at_most=120_000, trc=66, trrd=15, trfc=66, twr=15,
    trefi=64e6 / 8192, power_up=100_000, clock=10))
AS4C32M16SB_7 = Chip(name="AS4C32M16SB-7", column_bits=10, times=Times(
    trcd=21, trp=21, tras=42, open_at_most=120_000, trc=63, trrd=14, trfc=63, twr=14,
    trefi=7_800, power_up=200_000, clock=10))

CHIPS = {chip.name: chip for chip in (MT48LC16M16A2_75, AS4C32M16SB_7)}
"""All chips, by name."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """A memory beside the FPGA: its `chip`, at a clock of `period` ns.

    If it is `registered`, the cells of the FPGA's pins have registers, so each way takes a cycle
    longer.

    Raises:
        ValueError: the chip needs a slower clock.
    """

    chip: Chip
    period: float
    registered: bool = False

    def __post_init__(self) -> None:
        self.chip.check_clock(self.period)

    @property
    def read_latency(self) -> int:
        """Cycles from deciding on a read command to its word: one in the controller's registers of
        the pins, one in those that take the word, and those of the pins' cells."""
        return CAS_LATENCY + 2 + 2 * self.registered

    def least_cycles(self, words: float, bursts: int) -> float:
        """The clock cycles that it takes at least to read `words` words in `bursts` bursts, each in
        a row that must be opened in place of another one."""
        times = self.chip.times
        opened = times.cycles("trp", self.period) + times.cycles("trcd", self.period)
        return words + bursts * (opened + self.read_latency)


def strictest(chips: Iterable[Chip]) -> Chip:
    """A chip that is as slow and as small as any of `chips`: what suits it suits all of them."""
    chips = tuple(chips)
    times = {}
    for field in fields(Times):
        found = [getattr(chip.times, field.name) for chip in chips]
        times[field.name] = (min if field.name in ("trefi", "open_at_most") else max)(found)
    return Chip(name=" or ".join(chip.name for chip in chips),
                column_bits=min(chip.column_bits for chip in chips), times=Times(**times))
