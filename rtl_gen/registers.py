"""The one declaration of the engine's registers.

The register bank in hardware, the drivers on the host, and the manifest are made from it. An engine
with `engine.parity` has one register more than others, the last.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import __version__

if TYPE_CHECKING:  # simulators import this at every start, and need no configuration
    from .spec import Config

IDENTITY = 0x50554C53  # "PULS"
MODE_HALT, MODE_RUN = 0, 1

RESET_CYCLES = 16
"""Clocks for which a reset must be held: registers of data have none, and after so many clocks they
hold nothing that counts."""


@dataclass(frozen=True, kw_only=True)
class RegisterField:
    """Bits of a register, `offset` above its lowest; `values` are those that have a name."""

    name: str
    offset: int
    bits: int
    description: str
    values: tuple[tuple[str, int], ...] = ()

    @property
    def mask(self) -> int:
        """Its bits in the register."""
        return ((1 << self.bits) - 1) << self.offset

    def entry(self) -> dict[str, Any]:
        """Its entry in the manifest."""
        return {"name": self.name, "offset": self.offset, "width": self.bits,
                "description": self.description,
                **({"values": dict(self.values)} if self.values else {})}


def stacked_fields(*entries: tuple[Any, ...]) -> tuple[RegisterField, ...]:
    """Fields from bit 0 on, one above the other, of (name, bits, description, (name, value) of each
    value that has one)."""
    found, offset = [], 0
    for name, bits, description, *values in entries:
        found.append(RegisterField(name=name, offset=offset, bits=bits, description=description,
                                   values=tuple(values)))
        offset += bits
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Register:
    """One register of up to 32 bits at a word address.

    `kind`: "constant" (fixed when generated), "control" (written by the host, read by the
    engine), "status" (the reverse), "counter" (counts up modulo 2^32, writable) or "state"
    (kept by the engine, writable while it is idle). A writable register takes values from `least`
    to `most`. `reading` and `writing`: what a read gives, and what a write does.
    """

    name: str
    address: int
    kind: str
    description: str
    fields: tuple[RegisterField, ...]
    reading: str
    writing: str
    least: int
    most: int
    initial: int = 0

    @property
    def bits(self) -> int:
        """Bits from the lowest to the highest that it has."""
        return self.fields[-1].offset + self.fields[-1].bits

    @property
    def writable(self) -> bool:
        """Whether the host can write it."""
        return self.kind in ("control", "counter", "state")

    @property
    def access(self) -> str:
        """How the host can access it: "read-only" or "read-write"."""
        return "read-write" if self.writable else "read-only"


_IGNORED = "ignored"
_EFFECTS = {
    "constant": ("constant", _IGNORED),
    "control": ("what was written", ""),
    "status": ("changes with the engine's work", _IGNORED),
    "counter": ("the count until two cycles before `bus__ready`", "replaces the count"),
    "state": ("the word of the next sample; changes when a training sample ends", ""),
}
"""What a read of a register of a kind gives, and what a write does unless its declaration says."""


def _entry(name: str, kind: str, description: str, *, bits: int = 32,
           values: tuple[tuple[str, int], ...] = (), fields: tuple[RegisterField, ...] = (),
           **others: Any) -> Register:
    reading, writing = _EFFECTS[kind]
    whole = RegisterField(name=name, offset=0, bits=bits, description=description, values=values)
    return Register(name=name, address=0, kind=kind, description=description, **{
        "fields": fields or (whole,), "reading": reading, "writing": writing, "least": 0,
        "most": (1 << bits) - 1, **others})


REGISTERS = tuple(replace(entry, address=address) for address, entry in enumerate((
    _entry("identity", "constant", 'the letters "PULS"'),
    _entry("version", "constant", "version of the generator", fields=stacked_fields(
        ("patch", 8, "third number of the version"),
        ("minor", 8, "second number of the version"),
        ("major", 16, "first number of the version"))),
    _entry("digest_high", "constant", "bits 63..32 of the engine digest's first eight bytes"),
    _entry("digest_low", "constant", "bits 31..0 of the same eight bytes"),
    _entry("mode", "control", "0: halt after the current sample; 1: run", bits=1,
           values=(("halt", MODE_HALT), ("run", MODE_RUN)),
           writing="1: samples may begin; 0: none begins after the one in work"),
    _entry("status", "status", "what the engine does", fields=(
        *stacked_fields(("busy", 1, "a sample is in work, or waits behind a result"),
                        ("sample_ready", 1, "a complete sample is buffered")),
        RegisterField(name="result", offset=4, bits=1,
                      description="a result waits to be taken"))),
    _entry("gate", "control",
           "pulse gate of the current epoch, 0..256; at 256 every row fires",
           bits=9, most=256, initial=256,
           writing="applies to rows from then on: change it while `busy` of `status` is 0. Values "
                   "above 256 act as 256"),
    _entry("generator", "state", "the xorshift32 word", least=1, initial=1,
           writing="replaces it. 0 would stay 0 for ever: do not write it"),
    _entry("samples", "counter", "training samples"),
    _entry("errors", "counter", "training samples classified wrongly"),
    _entry("pulses", "counter", "synapses pulsed"),
    _entry("refreshes", "counter", "pairs refreshed"),
    _entry("cycles", "counter", "cycles spent on samples",
           reading="as above; also samples that are only classified count"),
    _entry("starved", "counter", "cycles spent waiting for a sample in mode run"),
    _entry("dropped", "counter", "inputs refused: no such input, or not in rising order"),
    _entry("refused", "counter", "training samples whose label no output has, and requests of the "
                                 "host for rows that do not exist"),
)))

"""The registers of every engine."""

PARITY = replace(_entry(
    "parity", "state", "the first row that was read with a flipped bit", fields=stacked_fields(
        ("row", 31, "address of the row"),
        ("error", 1, "1: a bit of this row has flipped")),
    reading="0, or the error and its row; later errors do not change it",
    writing="clears it; only 0 may be written", most=0), address=len(REGISTERS))
"""The register that only engines with `engine.parity` have."""

PARITY_ERROR = PARITY.fields[-1].mask


def registers_of(config: "Config") -> tuple[Register, ...]:
    """The registers of the engine of `config`."""
    return (*REGISTERS, PARITY) if config.engine.parity else REGISTERS


def address_bits(config: "Config") -> int:
    """Bits of the address of a register of the engine of `config`."""
    return (len(registers_of(config)) - 1).bit_length()


def register(name: str) -> Register:
    """The register called `name`; KeyError if there is none."""
    for entry in (*REGISTERS, PARITY):
        if entry.name == name:
            return entry
    raise KeyError(name)


STATUS_BUSY, STATUS_SAMPLE_READY, STATUS_RESULT = (
    entry.mask for entry in register("status").fields)


def version_word() -> int:
    """The generator's version as the `version` register holds it."""
    numbers = reversed(__version__.split("."))
    return sum(int(number) << part.offset
               for number, part in zip(numbers, register("version").fields, strict=True))


def constants(digest: str) -> dict[str, int]:
    """The values of the registers of kind "constant"; `digest` is the engine's, in hex."""
    high, low = digest_words(digest)
    return {"identity": IDENTITY, "version": version_word(), "digest_high": high, "digest_low": low}


def reset_values(digest: str, seed: int) -> dict[str, int]:
    """The value of every register after a reset of an engine with this `digest` and `seed`."""
    return {entry.name: entry.initial for entry in (*REGISTERS, PARITY)} | constants(digest) | {
        "generator": seed}


def digest_words(digest: str) -> tuple[int, int]:
    """(digest_high, digest_low) of a digest in hex."""
    return int(digest[:8], 16), int(digest[8:16], 16)
