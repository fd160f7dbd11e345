"""Pins: one way to drive an engine's ports in every simulator.

A port has its name in the emitted Verilog ("i_sample__payload"). After `tick` the values read
are those just before the clock edge, and values set take effect just after it.
"""

from typing import Protocol

from pulsetrain.errors import FAILED, PulsetrainError


class UnknownLevelError(PulsetrainError, RuntimeError):
    """A port that was read is neither 0 nor 1."""

    status = FAILED


class Pins(Protocol):
    """The ports of a simulated component with one clock."""

    def get(self, name: str) -> int:
        """The port's value, unsigned, as it was just before the last clock edge.

        Raises:
            UnknownLevelError: some bit of it is X or Z.
        """

    def set(self, name: str, value: int) -> None:
        """Drive an input from now on."""

    def scramble(self, name: str) -> None:
        """Drive an input with values that are unknown or random."""

    def flip(self, memory: str, word: int, bit: int) -> None:
        """Flip a bit of a word of a memory, whose name is a path through modules."""

    def record(self, recording: bool) -> None:
        """Start or stop recording every signal at the next clock edge, if a recorder was built."""

    async def tick(self) -> None:
        """Wait for the next clock edge."""

    async def until(self, name: str, limit: int) -> bool:
        """Wait for an edge at which a one-bit port is 1, at most `limit` edges."""
