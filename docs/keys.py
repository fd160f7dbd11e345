"""Tables of all keys: of a configuration, of the reading of measured points, and of a sweep.

Keys, defaults and ranges are those of the models in `rtl_gen/spec`; a range is what a value's check
says is allowed. The meaning is the docstring below each field.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from textwrap import dedent
from typing import Annotated, get_args

from declared import table
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from pulsetrain.spec import Config
from pulsetrain.spec.fields import Part
from pulsetrain.spec.reading.options import Reading
from pulsetrain.sweep.file import Sweep

HEAD = ("key", "default", "allowed", "unit", "meaning")


def configuration() -> str:
    """The sections of a configuration, in Markdown."""
    return "".join((*_sections(Config, "", 2), _section(Reading, "device.reading", 2)))


def sweep() -> str:
    """The sections of a sweep file, in Markdown."""
    return "".join(_sections(Sweep, "", 3))


def keys(model: type[Part], prefix: str = "") -> Iterator[str]:
    """Every dotted key of `model`, sections left out."""
    for name, field in model.model_fields.items():
        inside = _part(field)
        if inside:
            yield from keys(inside, f"{prefix}{name}.")
        else:
            yield prefix + name


def meanings(model: type[Part]) -> dict[str, str]:
    """The docstring below each field of `model`."""
    body = ast.parse(dedent(inspect.getsource(model))).body[0].body
    return {field.target.id: inspect.cleandoc(text.value.value)
            for field, text in pairwise(body)
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)}


def allowed(field: FieldInfo) -> str:
    """What the check of `field` says is allowed, asked with a value that never is."""
    checked = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    try:
        TypeAdapter(checked).validate_python(object())
    except ValidationError as error:
        found = [entry["ctx"]["allowed"] for entry in error.errors() if "allowed" in entry.get(
            "ctx", {})]
        return found[0] if found else "a text"
    raise AssertionError(f"{field} allows anything")


def _part(field: FieldInfo) -> type[Part] | None:
    """The model of a section, or None if `field` holds a value."""
    for found in (field.annotation, *get_args(field.annotation)):
        if isinstance(found, type) and issubclass(found, Part):
            return found
    return None


def _sections(model: type[Part], prefix: str, level: int) -> Iterator[str]:
    yield _section(model, prefix, level)
    for name, field in model.model_fields.items():
        inside = _part(field)
        if inside:
            yield from _sections(inside, f"{prefix}.{name}".lstrip("."), level)


def _section(model: type[Part], prefix: str, level: int) -> str:
    """The section of the keys of `model`, without those in sections inside it."""
    texts = meanings(model)
    rows = [_row(name, field, texts[name]) for name, field in model.model_fields.items()
            if not _part(field)]
    brackets = f"[[{prefix}]]" if prefix == "case" else f"[{prefix}]"
    title = f"`{brackets}`" if prefix else "At the top"
    about = inspect.cleandoc(model.__doc__).partition("\n\nRaises:")[0]
    return f"\n{'#' * level} {title}\n\n{_linked(about)}\n\n{table(HEAD, rows)}"


def _row(name: str, field: FieldInfo, text: str) -> tuple[str, ...]:
    meaning, _, unit = " ".join(text.split()).partition(" Unit: ")
    return tuple(cell.replace("|", "\\|") for cell in (
        f"`{name}`", _default(field), allowed(field), unit.rstrip("."), _linked(meaning)))


def _default(field: FieldInfo) -> str:
    if field.is_required() or field.default_factory:
        return ""
    value = field.get_default()
    if value is None or value == {}:
        return "not given"
    return f'"{value}"' if isinstance(value, str) else str(
        list(value) if isinstance(value, tuple) else value).lower()


def _linked(text: str) -> str:
    """`text` with the pages that it names as links."""
    return re.sub(r"docs/([\w-]+/)(\w+)\.md", r"[\2](../\1\2.md)", text)
