"""The settings of a configuration: those that differ from its built-in, and all of them."""

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from pulsetrain.spec import Config, builtin_names, load_config
from pulsetrain.spec.units import unit_of

from .page import Section, Table
from .words import NOTHING, count

_FEW = 6
"""Lists with more entries are described and not shown."""

_WIDTH = 96


def settings_sections(config: Config) -> list[Section]:
    """The settings that differ from the built-in configuration or the defaults, and all of them."""
    is_builtin = config.name in builtin_names()
    heading = f"built-in {config.name}" if is_builtin else "default"
    rows = [(key, shown(key, value), shown(key, before))
            for key, value, before in differences(config)]
    than = (f"the built-in configuration {config.name}" if is_builtin
            else "the defaults, which every key has that a configuration leaves out")
    text = f"What differs from {than}." if rows else f"Nothing differs from {than}."
    return [
        Section(name="settings", title="Settings", text=text,
                table=Table(heading=("setting", "here", heading), rows=rows, labels=3,
                            wraps=True) if rows else None),
        configuration_section(config, "All settings: a configuration file that trains the same. "
                              "Runs with equal digests learn equal bits."),
    ]


def configuration_section(config: Config, text: str) -> Section:
    """All settings of `config`, folded away; `text` introduces them."""
    return Section(name="configuration", title="Configuration", text=text,
                   folded="Show it as TOML", listing=as_toml(config))


def differences(config: Config) -> list[tuple[str, Any, Any]]:
    """(dotted key, its value, its value in the built-in configuration of the same name or by
    default) of every setting that differs; None if it has no value."""
    base = (load_config(config.name).model_dump() if config.name in builtin_names()
            else _defaults(Config))
    before, now = _flat(base), _flat(config.model_dump())
    keys = dict.fromkeys((*now, *before))
    return [(key, now.get(key), before.get(key)) for key in keys
            if now.get(key) != before.get(key) and key != "name"]


def as_toml(config: Config) -> str:
    """All settings of `config` as the text of a TOML file, which `load_config` reads."""
    return "\n".join(_line(key, value) for key, value in _flat(config.model_dump()).items())


def shown(key: str, value: Any) -> str:
    """The value of the setting `key` in a table: as in TOML, but long lists in words."""
    if value is None:
        return NOTHING
    if isinstance(value, (list, tuple)) and key.startswith("device.measurement."):
        return count(len(value), "cycle")
    if key in ("device.ltp", "device.ltd"):
        size, unit = unit_of(max(value))
        return f"{len(value):,} points, {min(value) / size:.3g} to {max(value) / size:.3g} {unit}"
    if isinstance(value, (list, tuple)) and len(value) > _FEW:
        return f"{len(value):,} values"
    return value if isinstance(value, str) else json.dumps(value)


def _line(key: str, value: Any) -> str:
    text = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    if isinstance(value, str):
        return text
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_long_words=False)


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted key to value of every value in nested tables, except None and missing cycles."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        elif value is not None and not (value == () and prefix == "device.measurement."):
            found[prefix + key] = value
    return found


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    """The defaults of all keys that have one, section by section."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found[name] = _defaults(kind)
        elif not field.is_required():
            found[name] = field.get_default(call_default_factory=True)
    return found
