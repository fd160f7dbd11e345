"""CSRs of LiteX, made from the one declaration of the registers of a bus (`bus_map`)."""

from dataclasses import replace
from itertools import pairwise

from litex.soc.interconnect.csr import CSRField, CSRStatus, CSRStorage

from pulsetrain.bus_map import WORD_BYTES, BusRegister, bus_registers
from pulsetrain.spec import Config

BUS = "axi"
"""The bus of the top that is placed in a SoC."""


def csr_of(entry: BusRegister) -> CSRStatus | CSRStorage:
    """The CSR that `entry` declares."""
    kind = CSRStorage if entry.writable else CSRStatus
    return kind(name=entry.name, description=entry.description, fields=[
        CSRField(field.name, size=field.bits, offset=field.offset, description=field.description,
                 reset=entry.reset >> field.offset & ((1 << field.bits) - 1))
        for field in entry.fields])


def described(config: Config) -> dict[str, tuple[int, list[CSRStatus | CSRStorage]]]:
    """The registers of the engine of `config` as LiteX lists CSRs: name of a block of them ->
    (byte address of the first, CSRs at consecutive addresses).

    They only describe the registers: these are in the top, not in LiteX's bank of CSRs. A register
    is read by its address, so a word of a row has an index at the end of its name.
    """
    blocks: dict[str, list[BusRegister]] = {"engine": [], "bus": [], "rows": []}
    for entry in bus_registers(config, BUS):
        block = "engine" if entry.engine else "rows" if entry.indexed else "bus"
        blocks[block] += _words(entry)
    for entries in blocks.values():
        assert all(after.address == before.address + WORD_BYTES
                   for before, after in pairwise(entries))
    return {block: (entries[0].address, [csr_of(entry) for entry in entries])
            for block, entries in blocks.items()}


def _words(entry: BusRegister) -> list[BusRegister]:
    """`entry` as registers of one word."""
    if not entry.indexed:
        return [entry]
    return [replace(entry, name=f"{entry.name}{word}", address=entry.address + WORD_BYTES * word,
                    count=1) for word in range(entry.count)]
