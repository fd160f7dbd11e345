"""Texts of all commands and their options, which are those of the command line itself."""

import re
from collections.abc import Iterator
from typing import Any

from declared import table
from typer.core import TyperArgument, TyperGroup
from typer.main import get_command

from pulsetrain.cli.app import app
from pulsetrain.cli.commands import FUNCTIONS, load


def sections() -> str:
    """The section of each command, in Markdown."""
    parts = ["## Before the command\n\n", _options(get_command(app))]
    for name in FUNCTIONS:
        parts += _command(load(name), name)
    return "".join(parts)


def _command(command: Any, name: str) -> Iterator[str]:
    """The section of `command`, then those of its sub-commands."""
    arguments = [entry.metavar if entry.required or "[" in entry.metavar else f"[{entry.metavar}]"
                 for entry in command.params if isinstance(entry, TyperArgument)]
    usage = " ".join(["pulsetrain", name, "[OPTIONS]", *arguments])
    yield f"\n## `{name}`\n\n```text\n{usage}\n```\n\n{prose(command.help)}\n\n{_options(command)}"
    if isinstance(command, TyperGroup):
        for inner, found in command.commands.items():
            yield from _command(found, f"{name} {inner}")


def _options(command: Any) -> str:
    rows = [_row(entry) for entry in command.params if not entry.hidden]
    return table(("option", "default", "meaning"), rows)


def _row(entry: Any) -> tuple[str, ...]:
    is_argument = isinstance(entry, TyperArgument)
    spelled = entry.metavar if is_argument else " ".join(
        filter(None, (", ".join((*entry.opts, *entry.secondary_opts)), _value(entry))))
    cells = (f"`{spelled}`", _default(entry), prose(entry.help))
    return tuple(" ".join(cell.split()).replace("|", "\\|") for cell in cells)


def _value(entry: Any) -> str:
    return "" if entry.is_flag or entry.count else (entry.metavar or "")


def _default(entry: Any) -> str:
    if entry.required:
        return "must be given"
    if isinstance(entry.show_default, str):
        return entry.show_default
    if not entry.show_default or entry.default in (None, False, ()):
        return ""
    return f"{entry.default}"


def prose(text: str) -> str:
    """Help in Rich's marks as Markdown; lines that begin with `pulsetrain` are code."""
    text = re.sub(r"\[/?bold\]", "**", text)
    text = re.sub(r"docs/([\w-]+/)(\w+)\.md", r"[\2](../\1\2.md)", text)
    text = re.sub(r"(?<![`\w])(--[a-z][\w-]*)", r"`\1`", text)
    text = re.sub(r"(?m)(^pulsetrain .*\n?\n?)+",
                  lambda found: f"```bash\n{_lines(found[0])}\n```\n\n", text)
    return text.strip()


def _lines(block: str) -> str:
    return "\n".join(line.replace("`", "") for line in block.splitlines() if line)
