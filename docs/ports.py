"""Writes the tables of ports.md from the declaration of the engine's registers:

    python docs/ports.py
"""

from pathlib import Path

from declared import fields_table, table, with_tables

from pulsetrain.registers import REGISTERS

PAGE = Path(__file__).parent / "reference" / "ports.md"


def tables() -> dict[str, str]:
    """The tables of the page, by name."""
    return {
        "registers": table(("address", "register", "", "bits", "reading", "writing"), [
            (entry.address, f"`{entry.name}`", entry.description, entry.bits, entry.reading,
             entry.writing) for entry in REGISTERS]),
        "fields": fields_table((entry.name, entry.fields) for entry in REGISTERS),
    }


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
