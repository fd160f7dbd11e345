"""Tables of pages that are made from declarations, after marks `<!-- table of NAME -->`."""

import re
from collections.abc import Iterable, Mapping, Sequence

from pulsetrain.registers import RegisterField


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def fields_table(registers: Iterable[tuple[str, Sequence[RegisterField]]]) -> str:
    """A table of the fields of those registers, of (name, fields), that have more than one."""
    return table(("register", "bits", "field", ""), [
        (f"`{name}`", _bits(field), f"`{field.name}`", field.description + (
            f" ({', '.join(f'{value}: {named}' for named, value in field.values)})"
            if field.values else ""))
        for name, fields in registers if len(fields) > 1 for field in fields])


def _bits(field: RegisterField) -> str:
    last = field.offset + field.bits - 1
    return f"{last}:{field.offset}" if field.bits > 1 else str(last)


def with_tables(text: str, tables: Mapping[str, str]) -> str:
    """The page `text` with the table after each mark replaced.

    Raises:
        AssertionError: the page has no mark for one of `tables`.
    """
    for name, made in tables.items():
        mark = f"<!-- table of {name} -->\n"
        assert mark in text, name
        text = re.sub(f"({re.escape(mark)}\n?)(\\|.*\n)*",
                      lambda found, made=made: found[1] + made, text)
    return text
