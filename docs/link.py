"""Writes the tables of link.md from the declaration of the link:

    python docs/link.py
"""

import re
from pathlib import Path

from pulsetrain import protocol
from pulsetrain.formats.dense import dense_header
from pulsetrain.formats.struct import Struct
from pulsetrain.spec import load_config

PAGE = Path(__file__).with_name("link.md")
EXAMPLE = "digits"
"""The page shows the items of this configuration."""


def tables() -> dict[str, str]:
    """The tables of the page, by name."""
    limits = {
        "bytes of payload in a frame": protocol.MAX_PAYLOAD,
        "bytes that a board holds of the commands": protocol.RECEIVE_BYTES,
        "bytes that a board holds of the answers": protocol.TRANSMIT_BYTES,
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
        "commands": _table(("code", "command", "an item takes", "and gives", ""), [
            (entry.code, f"`{entry.name}`", entry.takes or "-", entry.gives or "-",
             entry.description) for entry in protocol.COMMANDS]),
        "sample": _struct(dense_header(config)),
        "result": _struct(items["result"]),
        "pair": _struct(items["row"].element),
        "refusals": _table(("`refusal`", "", "what is refused"), [
            (entry.code, entry.name, entry.description) for entry in protocol.REFUSALS]),
        "limits": _table(("", ""), list(limits.items())),
    }


def with_tables(text: str) -> str:
    """The page with the tables after its marks, `<!-- table of NAME -->`, replaced."""
    for name, table in tables().items():
        mark = f"<!-- table of {name} -->\n"
        text = re.sub(f"{re.escape(mark)}(\\|.*\n)*", lambda _, new=mark + table: new, text)
    return text


def _struct(declared: Struct) -> str:
    return _table(("field", "size", ""), [(f"`{name}`", *others)
                                          for name, *others in declared.rows()])


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
