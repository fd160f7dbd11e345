"""The sub-commands by name; the module of a sub-command is imported only when it is used."""

import ast
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

FUNCTIONS = {
    "demo": "demo",
    "train": "train",
    "data": "data",
    "tune": "tune",
    "sweep": "sweep",
    "report": "report",
    "watch": "watch",
    "import": "import_command",
    "export": "export",
    "generate": "generate",
    "verify": "verify",
    "estimate": "estimate",
    "build": "build",
    "area": "area",
    "bench": "bench",
    "program": "program",
    "board": "board",
    "doctor": "doctor",
    "loopback": "loopback",
    "run": "run",
    "devices": "listing",
}
"""The module of each sub-command in this folder, and its function there, in the order of the
help."""

PASSING = {"watch"}
"""Commands that pass options that they do not know on to another."""

GROUPS = {"devices"}
"""Modules with sub-commands: each holds a `typer.Typer` with the module's name."""


class Commands(TyperGroup):
    """All sub-commands. Showing their list, or the version, imports none of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = dict.fromkeys(FUNCTIONS)

    def get_command(self, context: Any, name: str) -> TyperCommand | None:
        """What the list of commands shows for `name`; None if there is no such command."""
        return TyperCommand(name, help=_documentation(name)) if name in FUNCTIONS else None

    def resolve_command(self, context: Any, arguments: list[str]) -> tuple[Any, Any, list[str]]:
        """(name, real command, remaining arguments)."""
        name, _, rest = super().resolve_command(context, arguments)
        return name, load(name), rest

    def format_help(self, context: Any, formatter: Any) -> None:
        """Show the help; `{names}` becomes the names of the built-in configurations."""
        from pulsetrain.spec import builtin_names

        self.help = self.help.format(names=", ".join(builtin_names()))
        super().format_help(context, formatter)


def load(name: str) -> Any:
    """The command `name`, with its options."""
    module = import_module(f"{__package__}.{name}")
    if name in GROUPS:
        return typer.main.get_command(getattr(module, name))
    alone = typer.Typer(name=name, add_completion=False, rich_markup_mode="rich")
    passing = {"allow_extra_args": True, "ignore_unknown_options": True}
    alone.command(name, context_settings=passing if name in PASSING else {})(
        getattr(module, FUNCTIONS[name]))
    return typer.main.get_command(alone)


def _documentation(name: str) -> str:
    """The docstring of the command `name`, read without importing its module."""
    source = find_spec(f"{__package__}.{name}").loader.get_source(f"{__package__}.{name}")
    function, = (node for node in ast.parse(source).body
                 if isinstance(node, ast.FunctionDef) and node.name == FUNCTIONS[name])
    return ast.get_docstring(function)
