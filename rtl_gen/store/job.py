"""Job: what a board does with the samples in its memory, as registers of 32 bits."""

from dataclasses import dataclass
from typing import Any

from pulsetrain.registers import RegisterField, stacked_fields

SEQUENCE, KEYED, LIST, SCAN = range(4)
"""Orders of a job: sample after sample, in the keyed order, in the order of a list in the memory;
or no sample at all, but the CRC of a range of words."""

FAULTS = {
    "none": "nothing is wrong",
    "check": "the CRC of a record is wrong, or it is the record of another sample",
    "form": "a record has too many or too few words or inputs",
}
"""Why a job ended before its end: the name of each value of the register `fault`."""


@dataclass(frozen=True, kw_only=True)
class JobRegister:
    """One register: its name, its address, its fields, and whether the host can write it."""

    name: str
    address: int
    writable: bool
    description: str
    fields: tuple[RegisterField, ...]

    @property
    def bits(self) -> int:
        """Bits of all fields."""
        return sum(field.bits for field in self.fields)


def _declare(*entries: tuple[str, int | tuple[tuple[Any, ...], ...], bool, str]
             ) -> tuple[JobRegister, ...]:
    """Registers of (name, bits or `stacked_fields`, writable, description)."""
    return tuple(JobRegister(
        name=name, address=address, writable=writable, description=text,
        fields=stacked_fields(*([(name, form, text)] if isinstance(form, int) else form)))
        for address, (name, form, writable, text) in enumerate(entries))


_CONTROL = (
    ("run", 1, "the job is to go on"),
    ("learn", 1, "samples are learned, not only classified"),
    ("keep", 1, "results go to the host"),
    ("stay", 1, "a new session neither ends the job nor resets the engine, even after its end"),
    ("order", 2, "the order of the samples", ("sequence", SEQUENCE), ("keyed", KEYED),
     ("list", LIST), ("scan", SCAN)),
)

REGISTERS = _declare(
    ("count", 27, True, "number of samples that the keyed order permutes"),
    ("key", 32, True, "key of the keyed order"),
    ("halves", (("low", 4, "bits of the low half of a number"),
                ("longer", 1, "the high half has one bit more")), True,
     "the halves of a number in the keyed order"),
    ("directory", 24, True, "word at which the directory begins; for a scan, the first word"),
    ("list", 24, True, "word at which the list of samples begins, two words each"),
    ("first", 26, True, "number of the sample that the order calls 0"),
    ("begin", 26, True, "position in the order at which the job begins"),
    ("end", 27, True, "position before which it ends; for a scan, the number of words"),
    ("control", _CONTROL, True,
     ("writing it begins a job. While a job is in work, only `stay` can be changed, and `run` "
      "cleared, which stops the job after the samples that were fetched")),
    ("done", 27, False, "samples of the job that have a result"),
    ("errors", 27, False, "those whose class is not their label"),
    ("fault", 2, False, "0, or why the job ended before its end"),
    ("faulty", 26, False, "number of the sample that has the fault"),
    ("state", (("working", 1, "the job is in work"),
               ("uses_memory", 1, "the memory is in use")), False, "what the board does"),
    ("checksum", 32, False, "CRC-32 of the words of a scan"),
    ("words", 25, False, "number of words of the memory"),
)


def job_register(name: str) -> JobRegister:
    """The register called `name`; KeyError if there is none."""
    return {entry.name: entry for entry in REGISTERS}[name]


RUN, LEARN, KEEP, STAY, _ = (field.mask for field in job_register("control").fields)
"""Bits of the register `control`."""

ORDER_BIT = job_register("control").fields[-1].offset
"""Lowest bit of the order in `control`."""
