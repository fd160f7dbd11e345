"""Writes the tables of design.md from the declaration of the registers of a bus:

    python docs/bus.py
"""

from pathlib import Path

from declared import table, with_tables

from pulsetrain.bus_map import BusRegister, bus_registers
from pulsetrain.formats import bus as bus_formats
from pulsetrain.formats.struct import Struct
from pulsetrain.spec import load_config

PAGE = Path(__file__).parent / "how-to" / "design.md"
EXAMPLE = "digits"
"""The page shows the registers of this configuration."""


def tables() -> dict[str, str]:
    """The tables of the page, by name."""
    config = load_config(EXAMPLE)
    axi = bus_registers(config, "axi")
    names = {entry.name for entry in axi}
    return {
        "registers": _registers([entry for entry in axi if not entry.engine]),
        "FIFOs": _registers([entry for entry in bus_registers(config, "wishbone")
                             if entry.name not in names]),
        "sample word": _struct(bus_formats.sample_word(config)),
        "sample user": _struct(bus_formats.sample_user(config)),
        "result": _struct(bus_formats.result_words(config)),
        "interrupts": table(("bit", "name", "what has happened"), [
            (field.offset, f"`{field.name}`", field.description)
            for field in next(entry for entry in axi if entry.name == "interrupt_enable").fields]),
    }


def _registers(entries: list[BusRegister]) -> str:
    return table(("address", "register", "access", "reset", ""), [
        (_places(entry), f"`{entry.name}`", entry.access, entry.reset, entry.description)
        for entry in entries])


def _places(entry: BusRegister) -> str:
    first, last = entry.address, entry.address + 4 * (entry.count - 1)
    return f"0x{first:03X}" if first == last else f"0x{first:03X} to 0x{last:03X}"


def _struct(declared: Struct) -> str:
    return table(("bits", "field", ""), [
        (f"{field.offset + field.format.bits - 1}:{field.offset}", f"`{field.name}`",
         field.description) for field in declared.fields])


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
