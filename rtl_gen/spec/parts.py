"""The small parts: engine and training defaults."""

from typing import Annotated, Literal

from .fields import WORD, Part, integer, power_of_two


class Engine(Part):
    """The hardware that the learning does not depend on.

    `lanes`: synapses processed per cycle, a power of two in 1..256.
    `input`: what the sample stream carries: "events" (index and value of the non-zero inputs)
    or "raw" (every input value in order; the engine packs them into events).
    `memory`: what holds the synapses: "block" RAM, which reads and writes in one cycle, or "spram",
    the iCE40UP's large single-port RAM, which reads or writes and holds nothing after power-up.
    `bank_rows`: rows of one bank of block RAM, a power of two in 1024..16384: deeper banks need
    fewer multiplexers behind them, and more block RAMs.
    """

    lanes: Annotated[int, power_of_two(1, 256)] = 8
    input: Annotated[Literal["events", "raw"], WORD] = "events"
    memory: Annotated[Literal["block", "spram"], WORD] = "block"
    bank_rows: Annotated[int, power_of_two(1024, 16384)] = 1024

    @property
    def single_port(self) -> bool:
        """Whether the synapse memory reads or writes in a cycle, never both."""
        return self.memory == "spram"


class Training(Part):
    """Defaults of `pulsetrain train`; no bit of the hardware depends on them."""

    epochs: Annotated[int, integer(0, 100000)] = 10
    data: str | None = None
