"""Reading a configuration by name, from a TOML file or from a generated folder."""

import json
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from .config import Config


class ConfigError(ValueError):
    """The configuration cannot be used; the message names key, value and what is allowed."""


def builtin_names(package: str = __package__) -> list[str]:
    """Names of the configurations that come with the package; `package` may have other files."""
    folder = resources.files(package) / "builtin"
    return sorted(Path(entry.name).stem for entry in folder.iterdir()
                  if entry.name.endswith(".toml"))


def builtin_text(name: str, package: str = __package__) -> str:
    """The TOML text of the built-in `name`."""
    return (resources.files(package) / "builtin" / f"{name}.toml").read_text()


def load_config(source: str, *, settings: Sequence[str] = ()) -> Config:
    """Load the configuration `source`.

    `source` is a built-in name, a TOML file, or a folder that `pulsetrain generate` wrote.
    `settings` are "section.key=value" texts, the value in TOML syntax (a bare word is a string);
    they replace what the source says.

    Raises:
        ConfigError: `source` does not exist or is no valid configuration.
    """
    if source in builtin_names():
        return config_from_mapping(read_toml(builtin_text(source), source), settings=settings,
                                   source=source)
    path = Path(source)
    if path.is_dir():
        path = path / "config.json"
        if not path.is_file():
            raise ConfigError(f"{source}: the folder holds no config.json; "
                              "`pulsetrain generate` writes one")
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise ConfigError(
            f"{source}: no such configuration; built in are {', '.join(builtin_names())}; "
            "or give a TOML file, or a folder that `pulsetrain generate` wrote") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{source}: cannot be read: {error}") from None
    if path.suffix == ".json":
        return config_from_json(text, settings=settings, source=source)
    return config_from_mapping(read_toml(text, source), settings=settings, source=source)


def config_from_json(text: str, *, settings: Sequence[str] = (), source: str = "JSON") -> Config:
    """The configuration that `Config.model_dump_json` wrote.

    Raises:
        ConfigError: `text` is no valid configuration.
    """
    try:
        mapping = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{source}: no JSON: {error}") from None
    if not isinstance(mapping, dict):
        raise ConfigError(f"{source}: must be a JSON object")
    return config_from_mapping(mapping, settings=settings, source=source)


def config_from_mapping(mapping: dict[str, Any], *, settings: Sequence[str] = (),
                        source: str = "configuration") -> Config:
    """The configuration in `mapping`, with `settings` applied.

    Raises:
        ConfigError: some key or value is not allowed; the message lists all of them.
    """
    for setting in settings:
        mapping = _with_setting(mapping, setting)
    try:
        return Config.model_validate(mapping)
    except ValidationError as error:
        raise refusals(error, Config, source) from None


def refusals(error: ValidationError, model: type[BaseModel], source: str) -> ConfigError:
    """What kept `source` from being a `model`, in this project's words: a line for each key."""
    return ConfigError("\n".join(f"{source}: {_line(entry, model)}" for entry in error.errors()))


def read_toml(text: str, source: str) -> dict[str, Any]:
    """The tables and values in `text`.

    Raises:
        ConfigError: `text` is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: no TOML: {error}") from None


def _with_setting(mapping: dict[str, Any], setting: str) -> dict[str, Any]:
    key, equals, text = setting.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {setting}: must be KEY=VALUE, such as "
                          "update.method=bidirectional or network.hidden=[64,32]")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    *sections, name = key.strip().split(".")
    result = dict(mapping)
    section = result
    for part in sections:
        inner = section.get(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {setting}: {part} is no section")
        section[part] = dict(inner)
        section = section[part]
    section[name] = value
    return result


def _line(entry: dict[str, Any], model: type[BaseModel]) -> str:
    """One pydantic error in this project's words: key, what is allowed, what was given."""
    location = [str(part) for part in entry["loc"] if part not in ("constrained-int", "int")]
    key = ".".join(location)
    match entry["type"]:
        case "extra_forbidden":
            allowed = ", ".join(_section(model, entry["loc"][:-1]).model_fields)
            return f"{key}: unknown key (value {entry['input']!r}); allowed here: {allowed}"
        case "missing":
            return f"{key}: is missing"
        case "model_type" | "model_attributes_type":
            return f"{key}: must be a section (table), not {entry['input']!r}"
        case "misfit":
            return entry["msg"]
        case "string_type":
            return f"{key}: must be a text, not {entry['input']!r}"
        case _:
            return f"{key}: {entry['msg']}"


def _section(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The part of `model` at `location`; an entry of a list has the list's type."""
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        candidates = (annotation, *get_args(annotation))
        model = next(item for item in candidates
                     if isinstance(item, type) and issubclass(item, BaseModel))
    return model
