"""Writes the tables of link.md from the declaration of the link:

    python docs/link.py
"""

import re
from pathlib import Path

from rtl_gen import link

PAGE = Path(__file__).with_name("link.md")


def tables() -> dict[str, str]:
    """Every table of the page by its name."""
    limits = {
        "bytes of payload in a frame": link.MAX_PAYLOAD,
        "bytes that a board holds of the commands": link.RECEIVE_BYTES,
        "bytes that a board holds of the answers": link.TRANSMIT_BYTES,
        "bytes consumed after which a board speaks up": link.CREDIT_STEP,
        "delimiter, escape": f"0x{link.DELIMITER:02X}, 0x{link.ESCAPE:02X}",
        "an escaped byte is exclusive-or": f"0x{link.ESCAPE_FLIP:02X}",
        "revision of the link": link.PROTOCOL,
    }
    return {
        "host header": _header(link.HOST_HEADER),
        "board header": _header(link.BOARD_HEADER),
        "command header": _header(link.COMMAND_HEADER),
        "commands": _table(("code", "command", "an item takes", "and gives", ""), [
            (entry.code, f"`{entry.name}`", entry.takes or "-", entry.gives or "-",
             entry.description) for entry in link.COMMANDS]),
        "refusals": _table(("`refusal`", "", "what is refused"), [
            (entry.code, entry.name, entry.description) for entry in link.REFUSALS]),
        "limits": _table(("", ""), list(limits.items())),
    }


def with_tables(text: str) -> str:
    """The page with every table after its mark, `<!-- table of NAME -->`, as it is declared."""
    for name, table in tables().items():
        mark = f"<!-- table of {name} -->\n"
        text = re.sub(f"{re.escape(mark)}(\\|.*\n)*", lambda _, new=mark + table: new, text)
    return text


def _header(header: tuple[link.Field, ...]) -> str:
    return _table(("field", "bytes", ""), [
        (f"`{field.name}`", field.size, field.description) for field in header])


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
