"""The small parts: device, engine and training defaults."""

from .fields import Part, choice, integer, power_of_two


class Device(Part):
    """A linear synapse device of `levels` states: read[s] = s * step.

    `conductance_bits` is the width of a read value; by default the least that gives every
    state its own conductance. A wider one spreads the states: step = (2^bits - 1) // (levels - 1).
    """

    kind: choice("linear") = "linear"
    levels: integer(2, 4096)
    conductance_bits: integer(1, 12) | None = None

    @property
    def state_bits(self) -> int:
        """Bits of a state 0..levels - 1."""
        return (self.levels - 1).bit_length()


class Engine(Part):
    """The hardware that the learning does not depend on.

    `lanes`: synapses processed a cycle, a power of two in 1..256.
    `input`: what the sample stream carries: "events" (index and value of the non-zero inputs)
    or "raw" (every input value in order; the engine packs them into events).
    """

    lanes: power_of_two(1, 256) = 8
    input: choice("events", "raw") = "events"


class Training(Part):
    """Defaults of `pulsetrain train`; no bit of the hardware depends on them."""

    epochs: integer(0, 100000) = 10
    data: str | None = None
