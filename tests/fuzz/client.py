"""Examples: the input of a command, and checks of what the command does with it."""

import base64
import io
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

ROOT = Path(__file__).parents[2]

SECONDS, BYTES = 10.0, 2**30
"""The CPU time and memory that an example may use.

The slowest valid example, a report with plots, took 2.1 s on a slow machine with other work on its
cores. Work without a bound takes more than 10 s.
"""

MOST = 4100
"""The longest message, in characters."""

_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e"
                          "\u2066-\u2069]")
"""Characters that control a terminal."""

_LINKS = {"zero": "/dev/zero", "nowhere": "no/where", "absent": "absent.file"}
"""Names of links, and their targets."""

SPECIAL = ("fifo", "folder", "unreadable", "loop", *_LINKS)
"""What can be at a path instead of a file."""


class BrokenError(AssertionError):
    """An example did something that is not allowed."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A command's `arguments` and the `files` that it finds, by path: bytes, or one of `SPECIAL`.

    It may write the files `writes`, and nothing else.
    """

    arguments: tuple[str, ...]
    files: dict[str, bytes | str]
    writes: tuple[str, ...] = ()

    def script(self) -> str:
        """Shell commands that run the example by hand, in an empty folder."""
        lines = [line for path, content in self.files.items() for line in _making(path, content)]
        return "\n".join([*lines, " ".join(map(_quoted, ("pulsetrain", *self.arguments)))])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the example to Hypothesis; the message of `BrokenError` has the rest."""
        printer.text(" ".join(("pulsetrain", *self.arguments))[:1000])


def _making(path: str, content: bytes | str) -> list[str]:
    """Shell commands that make a file."""
    made = []
    if "/" in path:
        made.append(f"mkdir -p {_quoted(str(PurePath(path).parent))}")
    match content:
        case bytes():
            packed = base64.b64encode(zlib.compress(content)).decode()
            made.append(f"echo {packed} | base64 -d | python3 -c 'import sys, zlib; "
                        "sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' > "
                        + _quoted(path))
        case "fifo":
            made.append(f"mkfifo {_quoted(path)}")
        case "folder":
            made.append(f"mkdir -p {_quoted(path)}")
        case "unreadable":
            made.append(f"touch {_quoted(path)}; chmod 000 {_quoted(path)}")
        case _:
            made.append(f"ln -s {_quoted(_leads(path, content))} {_quoted(path)}")
    return made


def _leads(path: PurePath | str, link: str) -> str:
    """The target of the link `path`; in a loop, the link itself."""
    return _LINKS.get(link) or PurePath(path).name


def _quoted(word: str) -> str:
    if word.isascii() and word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(f"\\x{octet:02x}" for octet in os.fsencode(word)) + "'"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command did: see `server`."""

    status: int
    seconds: float
    bytes: int
    left: int
    stdout: str
    stderr: str


class Server:
    """A process of `server` with its files in `folder`; a context manager.

    Loading the command takes half a second, so many commands share one process that has loaded it
    and forks for each of them. `environment` holds variables on top of this process's own.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] = {}) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "fuzz.server"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, encoding="utf-8", env={
                **os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
                "COLUMNS": "100", "NO_COLOR": "1", "MPLCONFIGDIR": str(folder / "matplotlib"),
                **environment})

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def run(self, arguments: Sequence[str | bytes], work: Path, temporary: Path,
            defect: str = "") -> Outcome:
        """Run the command with `arguments` in the folder `work`, with temporary files in
        `temporary` and a defect of `defects` planted."""
        outputs = {name: self._folder / name for name in ("stdout", "stderr")}
        self._process.stdin.write(json.dumps({
            "folder": str(work), "temporary": str(temporary), "defect": defect,
            "arguments": list(map(os.fsdecode, arguments)),
            **{name: str(file) for name, file in outputs.items()}}) + "\n")
        self._process.stdin.flush()
        written = json.loads(self._process.stdout.readline())
        return Outcome(**written, **{
            name: file.read_text(encoding="utf-8", errors="surrogateescape")
            for name, file in outputs.items()})


class Client:
    """Runs examples in `folder`; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.work, self._temporary = folder / "work", folder / "temporary"
        self._server = Server(folder)

    def __enter__(self) -> "Client":
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.__exit__(*exception)

    def run(self, example: Example, defect: str = "", seconds: float = SECONDS) -> Outcome:
        """Run `example`, with a defect of `defects` planted, and check all that it did.

        It may use CPU time of `seconds`.

        Raises:
            BrokenError: it did something that is not allowed; the message says what.
        """
        for folder in (self.work, self._temporary):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        for path, content in example.files.items():
            _make(self.work / path, content)
        before = _files(self.work)
        outcome = self._server.run(example.arguments, self.work, self._temporary, defect)
        faults = [*_faults(outcome, seconds), *_lost(before, _files(self.work), example, outcome)]
        faults += [f"left {path.name} among temporary files" for path in self._temporary.iterdir()]
        if faults:
            used = f"{outcome.seconds:.2f} s, {outcome.bytes / 2**20:.0f} MiB"
            raise BrokenError("\n".join([
                *faults, f"status {outcome.status}, {used}, standard error:",
                outcome.stderr[:3000], example.script()]))
        return outcome


def _make(path: Path, content: bytes | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match content:
        case bytes():
            path.write_bytes(content)
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "unreadable":
            path.touch(0o000)
        case _:
            path.symlink_to(_leads(path, content))


def _files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Kind and content of everything in `folder`."""
    found = {}
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        content = b""
        if stat.S_ISLNK(mode):
            content = os.fsencode(path.readlink())
        elif stat.S_ISREG(mode) and mode & 0o400:
            content = path.read_bytes()
        found[str(path.relative_to(folder))] = mode, content
    return found


def _faults(outcome: Outcome, seconds: float) -> list[str]:
    """The faults in how a command ended that may take `seconds`."""
    faults, error = [], outcome.stderr
    if outcome.status not in (0, 1, 2):
        faults.append(f"ended with status {outcome.status}")
    if outcome.seconds >= seconds:
        faults.append(f"took {outcome.seconds:.2f} s")
    if outcome.bytes >= BYTES or "not enough memory" in error:
        faults.append(f"took {outcome.bytes / 2**20:.0f} MiB")
    if outcome.left:
        faults.append(f"left {outcome.left} processes")
    lines = error.split("\n")
    if lines.pop():
        faults.append("wrote an unfinished line to standard error")
    if outcome.status == 0:
        if not all(line.startswith("warning: ") for line in lines):
            faults.append("wrote to standard error, but ended well")
    elif len(lines) != 1 or not error.startswith("error: "):
        faults.append(f"wrote {len(lines)} lines to standard error, not one `error: ...`")
    if len(error) > MOST:
        faults.append(f"wrote {len(error):,} characters to standard error")
    for name in ("stdout", "stderr"):
        control = _UNPRINTABLE.search(getattr(outcome, name))
        if control or any("\ud800" <= character <= "\udfff" for character in
                           getattr(outcome, name)):
            faults.append(f"wrote to {name} what controls a terminal, or is not UTF-8")
    return faults


def _lost(before: dict[str, tuple[int, bytes]], after: dict[str, tuple[int, bytes]],
          example: Example, outcome: Outcome) -> list[str]:
    """The faults in the files after a command."""
    faults = [f"lost {path}" for path in before if path not in after]
    for path, (mode, content) in after.items():
        written = any(path == output or path.startswith(f"{output}/") for output in example.writes)
        if path not in before:
            if not written:
                faults.append(f"left {path}")
        elif before[path] != (mode, content) and (not written or outcome.status):
            faults.append(f"changed {path}")
        if written and before.get(path) != (mode, content) and not _whole(path, content):
            faults.append(f"wrote only a part of {path}")
    return faults


def _whole(path: str, content: bytes) -> bool:
    """Whether an output is complete, as far as its format shows."""
    match Path(path).suffix:
        case ".npz":
            return zipfile.is_zipfile(io.BytesIO(content))
        case ".json":
            return content.endswith((b"}\n", b"]\n"))
        case ".html":
            return content.rstrip().endswith(b"</html>")
        case ".csv":
            return not content or content.endswith(b"\n")
    return True
