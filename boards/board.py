"""Board: everything that a build and its tools must know about one board, as data."""

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.build import Platform

from pulsetrain.fpga.family import Part
from pulsetrain.hdl.link.uart import MIN_DIVISOR

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
    frequency. `baud` is the rate of its UART in bits per second. `activity` lights up when frames
    arrive, `error` when the last one was refused.
    The program `programmer` loads a bitstream; the file comes after its `arguments`.
    """

    name: str
    title: str
    part: Part
    platform: Callable[[], Platform]
    baud: int
    activity: Light
    error: Light
    programmer: str
    arguments: tuple[str, ...] = ()

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
