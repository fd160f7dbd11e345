"""The small parts: engine and training defaults."""

from .fields import Part, choice, integer, power_of_two


class Engine(Part):
    """The hardware that the learning does not depend on.

    `lanes`: synapses processed a cycle, a power of two in 1..256.
    `input`: what the sample stream carries: "events" (index and value of the non-zero inputs)
    or "raw" (every input value in order; the engine packs them into events).
    `memory`: what holds the synapses: "block" RAM, which reads and writes in one cycle, or "spram",
    the iCE40UP's large single-port RAM, which reads or writes and holds nothing after power-up.
    `bank_rows`: rows of one bank of block RAM, a power of two in 1024..16384: deeper banks need
    fewer multiplexers behind them, and more block RAMs.
    """

    lanes: power_of_two(1, 256) = 8
    input: choice("events", "raw") = "events"
    memory: choice("block", "spram") = "block"
    bank_rows: power_of_two(1024, 16384) = 1024

    @property
    def single_port(self) -> bool:
        """Whether the synapse memory reads or writes in a cycle, never both."""
        return self.memory == "spram"


class Training(Part):
    """Defaults of `pulsetrain train`; no bit of the hardware depends on them."""

    epochs: integer(0, 100000) = 10
    data: str | None = None
