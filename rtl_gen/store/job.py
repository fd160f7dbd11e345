"""Job: what a board does with the samples in its memory, as registers of 32 bits."""

from dataclasses import dataclass

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
    """One register: its name, its address, its bits, and whether the host can write it."""

    name: str
    address: int
    bits: int
    writable: bool
    description: str


def _declare(*entries: tuple[str, int, bool, str]) -> tuple[JobRegister, ...]:
    return tuple(JobRegister(name=name, address=address, bits=bits, writable=writable,
                             description=text)
                 for address, (name, bits, writable, text) in enumerate(entries))


_CONTROL = ("bit 0: run, 1: learn, 2: results go to the host, 3: a new session does not end it, "
            "4 and 5: the order; writing it begins a job, or stops one after the samples that were "
            "fetched")

REGISTERS = _declare(
    ("count", 27, True, "number of samples that the keyed order permutes"),
    ("key", 32, True, "key of the keyed order"),
    ("halves", 5, True, "bits of the low half of a number; bit 4: the high half has one more"),
    ("directory", 24, True, "word at which the directory begins; for a scan, the first word"),
    ("list", 24, True, "word at which the list of samples begins, two words each"),
    ("first", 26, True, "number of the sample that the order calls 0"),
    ("begin", 26, True, "position in the order at which the job begins"),
    ("end", 27, True, "position before which it ends; for a scan, the number of words"),
    ("control", 6, True, _CONTROL),
    ("done", 27, False, "samples of the job that have a result"),
    ("errors", 27, False, "those whose class is not their label"),
    ("fault", 2, False, "0, or why the job ended before its end"),
    ("faulty", 26, False, "number of the sample that has the fault"),
    ("state", 2, False, "bit 0: the job is in work, bit 1: the memory is in use"),
    ("checksum", 32, False, "CRC-32 of the words of a scan"),
)


def job_register(name: str) -> JobRegister:
    """The register called `name`; KeyError if there is none."""
    return {entry.name: entry for entry in REGISTERS}[name]
