"""Reading a configuration by name, from a TOML file or from a generated folder."""

import json
import re
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pulsetrain.errors import PulsetrainError, cut, shown
from pulsetrain.files import read_text, user_path
from pulsetrain.files.read import parse_failure

from .config import Config
from .lanes import USUAL, Choice
from .measurement import file_name
from .points import Points, PointsError, read_points
from .presets import presets
from .reading.options import Reading
from .reading.readings import files_of, holds_points

_REPLACING = {
    **dict.fromkeys(("preset", "file"), ("device",)),
    **dict.fromkeys(("u", "pulses", "nl"), ("potentiation", "depression")),
}
"""Keys of `settings` that replace all other keys of their section, which would contradict them;
what `device.reading` says about `device.file` stays."""


Setting = str | tuple[str, Any]
"""One changed value: a text "section.key=value", or ("section.key", value)."""

_QUOTED = re.compile(r"""\\.|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_DOTTED = re.compile(r"[\w. \t-]{200,}")
_PART = re.compile(r"[\w-][ \t]*\.")
MOST_PARTS = 100
"""Most parts of a key such as `a.b.c`. After removing `_QUOTED` texts, a longer key matches
`_DOTTED`, and each of its parts except the last matches `_PART`."""

_LINES = 10
"""Most wrong keys in one message."""


class ConfigError(PulsetrainError, ValueError):
    """The configuration cannot be used; the message names key, value and what is allowed."""


def builtin_names(package: str = __package__) -> list[str]:
    """Names of the built-in configurations; another `package` gives the names of its files."""
    folder = resources.files(package) / "builtin"
    return sorted(Path(entry.name).stem for entry in folder.iterdir()
                  if entry.name.endswith(".toml"))


def builtin_text(name: str, package: str = __package__) -> str:
    """The TOML text of the built-in `name`."""
    return (resources.files(package) / "builtin" / f"{name}.toml").read_text("utf-8")


def load_config(source: str, *, settings: Sequence[Setting] = (),
                files: list[Path] | None = None, choice: Choice = USUAL) -> Config:
    """Load the configuration `source`.

    `source` is a built-in name, a TOML file, or a folder that `pulsetrain generate` wrote.
    `settings` are "section.key=value" texts, the value in TOML syntax (a bare word is a string), or
    pairs of a key and a value; the value of `device.file` may be `Points` that were read before.
    They replace values of the source; `device.preset` and `device.file` replace the whole device.
    The path of a `device.file` is relative to the TOML file that names it; in `settings`, to the
    working folder; `device.reading` says how it is read (`reading/options.py`). Its points, the
    keys of a preset, and what `choice` has for keys of the engine that are "auto", become part of
    the configuration. The files that were read are added to
    `files`.

    Raises:
        ConfigError: `source` does not exist or is not a valid configuration.
    """
    if source in builtin_names():
        return config_from_mapping(read_toml(builtin_text(source), source), settings=settings,
                                   source=source, files=files, choice=choice)
    path = _file(source)
    text = read_text(path, "configuration", ConfigError)
    files = [] if files is None else files
    files.append(path)
    if path.suffix == ".json":
        return config_from_json(text, settings=settings, source=source, files=files,
                                choice=choice)
    mapping = read_toml(text, source)
    device = mapping.get("device")
    if isinstance(device, dict) and isinstance(device.get("file"), str):
        device["file"] = str(path.parent / device["file"])
    return config_from_mapping(mapping, settings=settings, source=source, files=files,
                               choice=choice)


def _file(source: str) -> Path:
    """The file that holds the configuration `source`, which is not built in.

    Raises:
        ConfigError: there is none.
    """
    path = user_path(source, ConfigError)
    if path.is_dir():
        path = path / "config.json"
        if not path.is_file():
            raise ConfigError(f"{source}: the folder holds no config.json; "
                              "`pulsetrain generate` writes one")
    elif not path.exists() and not path.is_symlink():
        raise ConfigError(
            f"{cut(source)}: no such configuration; built in are "
            f"{', '.join(builtin_names())}; or give a TOML file, or a folder that "
            "`pulsetrain generate` wrote")
    return path


def config_from_json(text: str, *, settings: Sequence[Setting] = (), source: str = "JSON",
                     files: list[Path] | None = None,
                     choice: Choice = USUAL) -> Config:
    """The configuration that `Config.model_dump_json` wrote.

    Raises:
        ConfigError: `text` is not a valid configuration.
    """
    try:
        mapping = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{source}: is not valid JSON: {parse_failure(error)}") from None
    if not isinstance(mapping, dict):
        raise ConfigError(f"{source}: must be a JSON object")
    return config_from_mapping(mapping, settings=settings, source=source, files=files,
                               choice=choice)


def config_from_mapping(mapping: dict[str, Any], *, settings: Sequence[Setting] = (),
                        source: str = "configuration", files: list[Path] | None = None,
                        choice: Choice = USUAL) -> Config:
    """The configuration in `mapping`, with `settings` applied.

    A `device.file` that it names is read, and added to `files`. `choice` replaces what is
    "auto" in the section `engine`.

    Raises:
        ConfigError: some key or value is not allowed; the message lists all of them.
    """
    for setting in settings:
        mapping = _with_setting(mapping, setting)
    if isinstance(mapping.get("device"), dict):
        mapping = _with_device_file(mapping, source, files)
        device = _with_preset(mapping["device"], source)
        if "file" in device:
            device, file = _with_points(device, files)
            source = f"{source} with {file}"
        elif "reading" in device:
            raise ConfigError(f"{source}: device.reading: must be left out unless device.file is "
                              f"given, not {shown(device['reading'])}")
        mapping = {**mapping, "device": device}
    engine = mapping.get("engine")
    try:
        if isinstance(engine, dict) and choice.is_needed(engine):
            mapping = {**mapping, "engine": choice.replaced(
                engine, lambda section: Config.model_validate({**mapping, "engine": section}))}
        return Config.model_validate(mapping)
    except ValidationError as error:
        raise refusals(error, Config, source) from None


def refusals(error: ValidationError, model: type[BaseModel], source: str) -> ConfigError:
    """The error for a `source` that is not a valid `model`: a line for each wrong key."""
    entries = error.errors()
    lines = [f"{source}: {_line(entry, model)}" for entry in entries[:_LINES]]
    if len(entries) > _LINES:
        lines.append(f"and {len(entries) - _LINES:,} more")
    return ConfigError("\n".join(lines))


def read_toml(text: str, source: str) -> dict[str, Any]:
    """The tables and values in `text`.

    Raises:
        ConfigError: `text` is not valid TOML.
    """
    try:
        return _tables(text)
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError is a ValueError
        raise ConfigError(f"{source}: is not valid TOML: {parse_failure(error)}") from None


def _tables(text: str) -> dict[str, Any]:
    """The result of `tomllib.loads`, which would take too long for keys of very many parts.

    Raises:
        tomllib.TOMLDecodeError: `text` is not valid TOML.
        ValueError: a number in it has too many digits.
        RecursionError: it is nested too deeply, or a key has too many parts.
    """
    keys = _DOTTED.findall(_QUOTED.sub("_", text))
    if any(len(_PART.findall(key)) >= MOST_PARTS for key in keys):
        raise RecursionError
    return tomllib.loads(text)


def _with_device_file(mapping: dict[str, Any], source: str,
                      files: list[Path] | None) -> dict[str, Any]:
    """The configuration with the sections of a `device.file` that holds a device and not points, as
    `pulsetrain devices fit` writes it; its own keys override them."""
    file = mapping["device"].get("file")
    if not isinstance(file, str) or not holds_device(Path(file)):
        return mapping
    text = read_text(Path(file), "device", ConfigError)
    if files is not None:
        files.append(Path(file))
    kept = read_toml(text, file)
    for key, section in kept.items():
        if key not in ("device", "variation") or not isinstance(section, dict):
            raise ConfigError(f"{file}: {cut(key)}: a file of a device must hold the sections "
                              "[device] and [variation] only")
    own = {key: value for key, value in mapping["device"].items() if key != "file"}
    if "file" in kept.get("device", {}) or "reading" in own:
        raise ConfigError(f"{source}: device.reading and device.file must be left out with a file "
                          f"of a device, {cut(file)}")
    merged = {**mapping, "device": {**kept.get("device", {}), **own}}
    if "variation" in kept:
        given = mapping.get("variation", {})
        merged["variation"] = {**kept["variation"], **given} if isinstance(given, dict) else given
    return merged


def holds_device(path: Path) -> bool:
    """Whether the file `path` is TOML, and not points with such a name."""
    return path.suffix.lower() == ".toml" and path.is_file() and not holds_points(path)


def _with_preset(device: dict[str, Any], source: str) -> dict[str, Any]:
    """The section with the keys of its preset; its own keys override them."""
    name = device.get("preset")
    if name is None:
        return device
    if not isinstance(name, str) or name not in presets():
        raise ConfigError(f"{source}: device.preset: must be one of {', '.join(presets())}, not "
                          f"{shown(name)}")
    preset = presets()[name].device
    merged = {**preset, **device}
    if isinstance(device.get("energy"), dict) and "energy" in preset:
        merged["energy"] = _with_energy(preset["energy"], device["energy"])
    return merged


def _with_energy(preset: dict[str, Any], energy: dict[str, Any]) -> dict[str, Any]:
    """The section [device.energy] with the keys of that of a preset; its own keys override them,
    and joules of a pulse its volts."""
    merged = {**preset, **energy}
    for name, pulse in energy.items():
        other = preset.get(name)
        if isinstance(pulse, dict) and isinstance(other, dict):
            measured = not pulse.keys().isdisjoint(("volts", "joules"))
            merged[name] = {**{key: value for key, value in other.items()
                               if not measured or key not in ("volts", "joules")}, **pulse}
    return merged


def _with_points(device: dict[str, Any],
                 files: list[Path] | None) -> tuple[dict[str, Any], str]:
    """(the section with the points of its file instead of the file, the file's name)."""
    device = dict(device)
    file = device.pop("file")
    reading = reading_options(device.pop("reading", {}))
    if not isinstance(file, str | Points):
        raise ConfigError("device.file: must be the name of a file of measured points, not "
                          f"{shown(file)}")
    for key in ("preset", "ltp", "ltd"):
        if key in device:
            raise ConfigError(f"device.{key}: must be left out if device.file is given, not "
                              f"{shown(device[key])}")
    if isinstance(file, str) and files is not None:
        files += files_of(Path(file), reading)
    try:
        points = read_points(Path(file), reading) if isinstance(file, str) else file
    except PointsError as error:
        raise ConfigError(str(error)) from None
    measurement = {"file": file_name(points.source), **points.by_cycle}
    return {"kind": "measured", "ltp": points.ltp, "ltd": points.ltd, "measurement": measurement,
            **device}, points.source


def reading_options(given: object) -> Reading:
    """How to read a file of points, from the section `[device.reading]`.

    Raises:
        ConfigError: some key or value is not allowed; the message lists all of them.
    """
    try:
        return Reading.model_validate(given)
    except ValidationError as error:
        lines = [f"device.reading.{_line(entry, Reading)}" for entry in error.errors()[:_LINES]]
        raise ConfigError("\n".join(lines)) from None


def reading_in(settings: Sequence[Setting]) -> Reading:
    """How to read a file of points, from the values of `settings` in `device.reading`.

    Raises:
        ConfigError: some key or value is not allowed.
    """
    mapping: dict[str, Any] = {}
    for setting in settings:
        mapping = _with_setting(mapping, setting)
    device = mapping.get("device")
    return reading_options(device.get("reading", {}) if isinstance(device, dict) else {})


def _with_setting(mapping: dict[str, Any], setting: Setting) -> dict[str, Any]:
    if isinstance(setting, str):
        given = "--set " + cut(" ".join(setting.splitlines()))
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"{given}: must be KEY=VALUE, such as "
                              "update.method=bidirectional or network.hidden=[64,32]")
        value = _value(given, text)
    else:
        key, value = setting
        given = key
    *sections, name = key.strip().split(".")
    result = dict(mapping)
    section = result
    for part in sections:
        inner = section.get(part)
        if not isinstance(inner, dict | None):
            raise ConfigError(f"{given}: {cut(part)} is not a section")
        section[part] = dict(inner or {})
        section = section[part]
    if sections and sections[-1] in _REPLACING.get(name, ()):
        kept = {"reading": section["reading"]} if name == "file" and "reading" in section else {}
        section.clear()
        section.update(kept)
    section[name] = value
    return result


def _value(given: str, text: str) -> Any:
    """The value of `text` in TOML syntax; if it is not TOML, the text itself.

    Raises:
        ConfigError: something follows the value, or it is too long or nested too deeply.
    """
    line = f"value = {text}"
    try:
        value, *others = _tables(line).values()
        if not others and not _is_toml(f"{line.rstrip()} !"):  # valid only if a comment is there
            return value
    except tomllib.TOMLDecodeError:
        return text.strip()
    except (ValueError, RecursionError):
        raise ConfigError(f"{given}: the value is a number with too many digits, or nested too "
                          "deeply") from None
    raise ConfigError(f"{given}: must be one key and one value, with nothing after it; give "
                      "--set once for every key")


def _is_toml(text: str) -> bool:
    try:
        _tables(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _line(entry: ErrorDetails, model: type[BaseModel]) -> str:
    """The message for one pydantic error: key, what is allowed, what was given."""
    location = [str(part) for part in entry["loc"] if part not in ("constrained-int", "int")]
    key = cut(".".join(location))
    match entry["type"]:
        case "extra_forbidden":
            allowed = [*_section(model, entry["loc"][:-1]).model_fields]
            allowed += ["file", "reading"] * (location[:-1] == ["device"])
            return (f"{key}: unknown key (value {shown(entry['input'])}); allowed here: "
                    + ", ".join(allowed))
        case "missing":
            return f"{key}: is missing"
        case "model_type" | "model_attributes_type":
            return f"{key}: must be a section (table), not {shown(entry['input'])}"
        case "misfit":
            return entry["msg"]
        case "string_type" | "string_unicode":
            return f"{key}: must be a text, not {shown(entry['input'])}"
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
