"""Board: everything that a build and its tools must know about one board, as data."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pulsetrain.fpga.family import Part
from pulsetrain.fpga.floorplan import Sites
from pulsetrain.protocol import MIN_DIVISOR
from pulsetrain.spec import Config
from pulsetrain.store.chips import Chip, Memory, strictest

MAX_BAUD_ERROR = 0.02
"""Largest deviation of a UART's rate, as a share of it: a byte's last bit is then read a fifth of a
bit early or late."""


@dataclass(frozen=True, kw_only=True)
class Light:
    """An LED: its resource in amaranth-boards, and its `colour` if the resource has several."""

    resource: str
    number: int = 0
    colour: str | None = None


@dataclass(frozen=True, kw_only=True)
class Board:
    """One board.

    `platform` makes its description from amaranth-boards, which gives the pins and the clock's
    frequency. It imports that only when it is called, because most commands need no pins. `baud` is
    the rate of its UART in bits per second, and `most_baud` the most that its bridge to USB can do,
    if that is more. `activity` lights up when frames arrive, `error` when the last one was refused.
    The program `programmer` loads a bitstream; the file comes after its `arguments`. `chips` are
    the memory chips of which each such board has one, at the pins of the resource `sdram`; empty if
    it has no memory, or if the memory is not used. `sites` are for the floorplan of large designs,
    if they have one.
    """

    name: str
    title: str
    part: Part
    platform: Callable[[], Any]
    baud: int
    activity: Light
    error: Light
    programmer: str
    arguments: tuple[str, ...] = ()
    most_baud: int | None = None
    chips: tuple[Chip, ...] = ()
    sites: Sites | None = None

    def at_rate(self, baud: int) -> "Board":
        """The board with the rate `baud` of its UART.

        Raises:
            ValueError: its bridge to USB cannot do that.
        """
        most = self.most_baud or self.baud
        if not 1 <= baud <= most:
            raise ValueError(f"baud must be in 1..{most:,}, what the bridge of {self.name} can do, "
                             f"not {baud:,}")
        return replace(self, baud=baud)

    @property
    def without_memory(self) -> "Board":
        """The same board, with its memory left unused."""
        return replace(self, chips=(), part=replace(self.part, store=False))

    def memory(self, clock_mhz: float) -> Memory | None:
        """Its memory at a clock of `clock_mhz`, as what suits each of its `chips`; None without
        one.

        Raises:
            ValueError: the memory needs a slower clock.
        """
        if not self.chips:
            return None
        return Memory(chip=strictest(self.chips), period=1000 / clock_mhz, registered=True)

    def divisor(self, clock_mhz: float) -> int:
        """Clock cycles per bit of the UART.

        Raises:
            ValueError: no integer number of cycles gives its rate.
        """
        if not self.keeps_rate(clock_mhz):
            raise ValueError(f"clock must be near a multiple of {self.baud / 1e6:g} MHz, the rate "
                             f"of the UART of {self.name}, not {clock_mhz:g} MHz")
        return round(clock_mhz * 1e6 / self.baud)

    def keeps_rate(self, clock_mhz: float) -> bool:
        """Whether some integer number of clock cycles per bit gives the UART's rate."""
        divisor = round(clock_mhz * 1e6 / self.baud)
        return (divisor >= MIN_DIVISOR
                and abs(clock_mhz * 1e6 / divisor - self.baud) <= MAX_BAUD_ERROR * self.baud)

    def allows(self, clock_mhz: float) -> bool:
        """Whether both its UART and its memory can work at the clock."""
        return self.keeps_rate(clock_mhz) and (
            not self.chips or strictest(self.chips).allows(1000 / clock_mhz))


def board_for(config: Config, board: Board) -> Board:
    """`board`, without its memory if the engine of `config` cannot take samples from there."""
    return board if config.engine.input == "events" else board.without_memory
