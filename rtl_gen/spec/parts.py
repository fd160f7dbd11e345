"""The sections for the engine and for training."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from .fields import WORD, Part, Truth, integer, is_integer, power_of_two, refuse
from .memories import LEAST_BANK_ROWS
from .scaling import Scaling

MOST_LANES = 256
"""Most lanes of an engine."""

MOST_EPOCHS = 1_000_000
"""Most epochs of a training."""


def _lanes(value: Any) -> int:
    if not is_integer(value, 1, MOST_LANES):
        raise refuse(f"an integer in 1..{MOST_LANES}, or auto", value)
    return value


def _multipliers(value: Any) -> int | str:
    if value not in ("dsp", "lut") and not is_integer(value, 1, MOST_LANES):
        raise refuse(f"dsp, lut, auto, or an integer in 1..{MOST_LANES}", value)
    return value


class Engine(Part):
    """Properties of the hardware that do not change what it learns."""

    lanes: Annotated[int, BeforeValidator(_lanes)] = 8
    """Synapses processed per cycle. Files and settings can also have "auto", which is replaced when
    they are read (`spec.lanes`)."""
    input: Annotated[Literal["events", "raw"], WORD] = "events"
    """Content of the sample stream: "events" (index and value of the non-zero inputs) or "raw"
    (every input value in order; the engine packs them into events)."""
    memory: Annotated[Literal["block", "spram"], WORD] = "block"
    """The memory of the synapses: "block" RAM, which can read and write in the same cycle, or
    "spram", the iCE40UP's large single-port RAM, which either reads or writes, and is undefined
    after power-up."""
    multipliers: Annotated[int | Literal["dsp", "lut"], BeforeValidator(_multipliers)] = "dsp"
    """Where the lanes multiply: each in one of the FPGA's multipliers ("dsp"), all in look-up
    tables ("lut"), or so many lanes in multipliers and the others in look-up tables. Files and
    settings can also have "auto": as many as the FPGA has."""
    bank_rows: Annotated[int, power_of_two(LEAST_BANK_ROWS, 16384)] = LEAST_BANK_ROWS
    """Rows of one bank of block RAM: deeper banks need fewer multiplexers behind them, but more
    block RAMs. Unit: row."""
    parity: Truth = False
    """Keep a parity bit for each slice of a row, and tell when a bit of synapse memory has flipped
    (docs/how-to/parity.md)."""

    @property
    def single_port(self) -> bool:
        """Whether the synapse memory can either read or write in a cycle, but not both."""
        return self.memory == "spram"


class Training(Part):
    """Defaults of `pulsetrain train`; the hardware does not depend on them.

    What is learned depends on `order` and `epochs`, and on nothing else here.
    """

    epochs: Annotated[int, integer(0, MOST_EPOCHS)] = 10
    """Of a whole training; an automatic gate closes over them. Unit: epoch."""
    order: Annotated[Literal["numpy", "keyed"], WORD] = "numpy"
    """Of the samples in an epoch: "numpy", which NumPy's generator draws, or "keyed", which
    hardware can compute as well."""
    data: str | None = None
    """The data set, as for `--data`."""
    scaling: Scaling | None = None
