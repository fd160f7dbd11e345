"""Reading files of unknown content: within a limit, and with one type of error for any fault."""

import json
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pulsetrain.errors import LONGEST, cut, printable, shown

MEBIBYTE = 2**20

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
"""Bytes that no table in a one-byte encoding has."""

Refuse = Callable[[str], Exception]
"""Makes the exception to raise from its message; usually the class of an error."""


def user_path(text: str, error: Refuse) -> Path:
    """The path in `text`, which a user has given; ~ is the home folder.

    Raises:
        error: `text` cannot be a path; the message says why.
    """
    if not text or "\0" in text:
        raise error("a path must not be empty or contain NUL characters, not "
                    f"{shown(text)}")
    try:
        os.fsencode(text)
        return Path(text).expanduser()
    except UnicodeEncodeError:
        raise error(f"a path must be a text that can be encoded, not {shown(text)}") from None
    except RuntimeError:
        raise error(f"{shown(text)}: there is no such home folder") from None


def read_bytes(path: Path, what: str, error: Refuse, *, limit: int) -> bytes:
    """The content of the regular file `path`, which is a `what` of at most `limit` bytes.

    Raises:
        error: it cannot be read, is not a regular file, or is larger. Devices and pipes are not
            read at all, because they may never end.
    """
    name = cut(str(path), LONGEST)
    try:
        mode = path.stat().st_mode
        content = b""
        if stat.S_ISREG(mode):  # opening a pipe would wait for its writer
            with path.open("rb") as file:
                content = file.read(limit + 1)
    except FileNotFoundError:
        raise error(f"{name}: there is no such {what}") from None
    except OSError as failure:
        raise error(f"{name}: cannot be read: {failure.strerror}") from None
    except ValueError as failure:  # NUL characters, lone surrogates
        raise error(f"{shown(name)}: cannot be a path: {failure}") from None
    if not stat.S_ISREG(mode):
        found = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise error(f"{name}: a {what} must be a file, not {found}")
    if len(content) > limit:
        raise error(f"{name}: a {what} must have at most {size_text(limit)}, but this file has "
                    "more")
    return content


def read_text(path: Path, what: str, error: Refuse, *, limit: int = MEBIBYTE) -> str:
    """The text in the file `path`, which is UTF-8, with or without a byte order mark.

    Raises:
        error: as `read_bytes`, or it is not UTF-8.
    """
    return decode(read_bytes(path, what, error, limit=limit), str(path), what, error)


def decode(content: bytes, source: str, what: str, error: Refuse) -> str:
    """The text of `content`, which was read from `source`.

    Raises:
        error: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise error(f"{source}: a {what} must be text in UTF-8, not the byte "
                    f"0x{content[failure.start]:02x} at {failure.start:,}") from None


def decode_table(content: bytes, source: str, error: Refuse) -> tuple[str, str]:
    """(the text of a table that any program may have written, its encoding).

    It is UTF-16 if it begins with a byte order mark, else UTF-8, else Windows-1252, in which many
    instruments and spreadsheets write a µ or an umlaut.

    Raises:
        error: it is not text in one of these.
    """
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoding = "UTF-16" if marked else "UTF-8"
    try:
        return content.decode("utf-16" if marked else "utf-8-sig"), encoding
    except UnicodeDecodeError as failure:
        if not marked and not _CONTROL.search(content):
            with suppress(UnicodeDecodeError):
                return content.decode("cp1252"), "Windows-1252"
        line = content.count(b"\n", 0, failure.start) + 1
        raise error(f"{source}: cannot be read: line {line} has the byte "
                    f"0x{content[failure.start]:02x}, which is not {encoding} text; save the file "
                    "as UTF-8") from None


def read_json(path: Path, what: str, error: Refuse, *, limit: int = 64 * MEBIBYTE) -> Any:
    """The value in the JSON file `path`.

    Raises:
        error: as `read_text`, or it is not valid JSON.
    """
    text = read_text(path, what, error, limit=limit)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise error(f"{path}: is not a valid {what}: not valid JSON: "
                    f"{parse_failure(failure)}") from None


def parse_failure(failure: Exception) -> str:
    """The reason why a parser failed, on one line."""
    if isinstance(failure, RecursionError):
        return "it is nested too deeply"
    text = str(failure)
    if "integer string conversion" in text:
        return "an integer has too many digits"
    return cut(printable(text), 200)


def size_text(count: int) -> str:
    """A number of bytes with a unit, for people."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= unit:
            return f"{count / unit:.4g} {name}"
    return f"{count} bytes"
