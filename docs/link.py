"""Writes the tables of link.md from the declaration of the link:

    python docs/link.py
"""

from pathlib import Path

from declared import fields_table, table, with_tables

from pulsetrain import protocol
from pulsetrain.formats.dense import dense_header
from pulsetrain.formats.struct import Struct
from pulsetrain.spec import load_config
from pulsetrain.store import job

PAGE = Path(__file__).parent / "reference" / "link.md"
EXAMPLE = "digits"
"""The page shows the items of this configuration."""


def tables() -> dict[str, str]:
    """The tables of the page, by name."""
    limits = {
        "bytes of payload in a frame": protocol.MAX_PAYLOAD,
        "bytes that a board holds of the commands":
            f"{protocol.LEAST_WINDOWS.commands} to {protocol.MOST_WINDOW}",
        "bytes that a board holds of the answers":
            f"{protocol.LEAST_WINDOWS.answers} to {protocol.MOST_WINDOW}",
        "bytes consumed after which a board sends a frame unasked": protocol.CREDIT_STEP,
        "delimiter, escape": f"0x{protocol.DELIMITER:02X}, 0x{protocol.ESCAPE:02X}",
        "an escaped byte is exclusive-or": f"0x{protocol.ESCAPE_FLIP:02X}",
        "revision of the link": protocol.PROTOCOL,
    }
    config = load_config(EXAMPLE)
    items = protocol.items(config)
    return {
        "host header": _struct(protocol.HOST_HEADER),
        "board header": _struct(protocol.BOARD_HEADER),
        "command header": _struct(protocol.COMMAND_HEADER),
        "commands": table(("code", "command", "an item takes", "and gives", ""), [
            (entry.code, f"`{entry.name}`", entry.takes or "-", entry.gives or "-",
             entry.description) for entry in protocol.COMMANDS]),
        "sample": _struct(dense_header(config)),
        "result": _struct(items["result"]),
        "pair": _struct(items["row"].element),
        "refusals": table(("`refusal`", "", "what is refused"), [
            (entry.code, entry.name, entry.description) for entry in protocol.REFUSALS]),
        "job": table(("address", "register", "bits", "", ""), [
            (entry.address, f"`{entry.name}`", entry.bits, "written" if entry.writable else "read",
             entry.description) for entry in job.REGISTERS]),
        "job fields": fields_table((entry.name, entry.fields) for entry in job.REGISTERS),
        "status": fields_table([("status", protocol.STATUS_FIELDS)]),
        "faults": table(("`fault`", "", ""), [
            (code, name, text) for code, (name, text) in enumerate(job.FAULTS.items())]),
        "limits": table(("", ""), list(limits.items())),
    }


def _struct(declared: Struct) -> str:
    return table(("field", "size", ""), [(f"`{name}`", *others)
                                         for name, *others in declared.rows()])


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
