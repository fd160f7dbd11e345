"""A configuration as a TOML file."""

import json
from typing import Any

from .config import Config


def toml_text(config: Config, comment: str = "") -> str:
    """`config` as a TOML file that `load_config` reads as an equal configuration.

    Only what differs from the defaults is written, below the lines of `comment`.
    """
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    content = config.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return "\n".join([*lines, *_table(content, "")]) + "\n"


def _table(table: dict[str, Any], name: str) -> list[str]:
    values = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = ["", f"[{name}]"] if name and values else []
    lines += [f"{key} = {_value(value)}" for key, value in values.items()]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _table(value, f"{name}.{key}" if name else key)
    return lines


def _value(value: Any) -> str:
    """A text, number, truth value or list of them; as JSON writes them, TOML reads them too."""
    return json.dumps(value)
