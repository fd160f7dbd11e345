"""The one declaration of the engine's registers.

The register bank in hardware, the drivers on the host, and the manifest are made from it.
"""

from dataclasses import dataclass

from . import __version__

IDENTITY = 0x50554C53  # "PULS"
ADDRESS_BITS = 4
MODE_HALT, MODE_RUN = 0, 1
STATUS_BUSY, STATUS_SAMPLE_READY = 1, 2

RESET_CYCLES = 16
"""Clocks for which a reset must be held: registers of data have none, and after so many clocks they
hold nothing that counts."""


@dataclass(frozen=True, kw_only=True)
class Register:
    """One register of up to 32 bits at a word address.

    `kind`: "constant" (fixed when generated), "control" (written by the host, read by the
    engine), "status" (the reverse), "counter" (counts up modulo 2^32, writable) or "state"
    (kept by the engine, writable while it is idle). A writable register takes values from `least`
    to `most`.
    """

    name: str
    address: int
    bits: int
    kind: str
    description: str
    least: int
    most: int
    initial: int = 0

    @property
    def writable(self) -> bool:
        """Whether the host can write it."""
        return self.kind in ("control", "counter", "state")


def _declare(*entries: tuple[str, int, str, str]) -> tuple[Register, ...]:
    return tuple(Register(name=name, address=address, bits=bits, kind=kind,
                          description=description, least=1 if name == "generator" else 0,
                          most=256 if name == "gate" else (1 << bits) - 1,
                          initial={"gate": 256, "generator": 1}.get(name, 0))
                 for address, (name, bits, kind, description) in enumerate(entries))


REGISTERS = _declare(
    ("identity", 32, "constant", 'the letters "PULS"'),
    ("version", 32, "constant", "major << 16 | minor << 8 | patch of the generator"),
    ("digest_high", 32, "constant", "bits 63..32 of the engine digest's first eight bytes"),
    ("digest_low", 32, "constant", "bits 31..0 of the same eight bytes"),
    ("mode", 1, "control", "0: halt after the current sample; 1: run"),
    ("status", 2, "status", "bit 0: a sample is in work; bit 1: a complete sample is buffered"),
    ("gate", 9, "control", "pulse gate of the current epoch, 0..256; at 256 every row fires"),
    ("generator", 32, "state", "the xorshift32 word"),
    ("samples", 32, "counter", "training samples"),
    ("errors", 32, "counter", "training samples classified wrongly"),
    ("pulses", 32, "counter", "synapses pulsed"),
    ("refreshes", 32, "counter", "pairs refreshed"),
    ("cycles", 32, "counter", "cycles spent on samples"),
    ("starved", 32, "counter", "cycles spent waiting for a sample in mode run"),
    ("dropped", 32, "counter", "input events refused: no such input, or too many"),
)


def register(name: str) -> Register:
    """The register called `name`; KeyError if there is none."""
    for entry in REGISTERS:
        if entry.name == name:
            return entry
    raise KeyError(name)


def version_word() -> int:
    """The generator's version as the `version` register holds it."""
    major, minor, patch = (int(part) for part in __version__.split("."))
    return major << 16 | minor << 8 | patch


def digest_words(digest: str) -> tuple[int, int]:
    """(digest_high, digest_low) of a digest in hex."""
    return int(digest[:8], 16), int(digest[8:16], 16)
