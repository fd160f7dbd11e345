"""Defects to plant in the process of an example, one for each fault that the fuzzer must find."""

import os
import subprocess
import sys
import time
from pathlib import Path

BALLAST = 5 * 2**28
"""Bytes: more than a gibibyte."""

SPIN_SECONDS = 2.5
"""CPU time that a defect wastes."""


def _raise() -> None:
    raise ValueError("planted")


def _defect() -> None:
    sys.stderr.write("error: a defect of Pulsetrain\n")
    sys.exit(3)


def _silent() -> None:
    sys.exit(2)


def _talkative() -> None:
    sys.stderr.write("error: one\nerror: two\n")
    sys.exit(2)


def _chatty() -> None:
    sys.stderr.write("something\n")
    sys.exit(0)


def _coloured() -> None:
    sys.stdout.write("\x1b[31mred\n")
    sys.exit(0)


def _child() -> None:
    subprocess.Popen(["sleep", "60"], start_new_session=True)


def _overwrite() -> None:
    Path("small.toml").write_text("", encoding="utf-8")


def _lose() -> None:
    Path("small.toml").unlink()


def _litter() -> None:
    Path(".small.toml.0123.part").touch()


def _leave() -> None:
    (Path(os.environ["TMPDIR"]) / "pulsetrain-left").touch()


def _break() -> None:
    """An existing output is damaged by a command that fails."""
    Path("a.json").write_text("{", encoding="utf-8")
    _talk()


def _talk() -> None:
    sys.stderr.write("error: planted\n")
    sys.exit(2)


def _swell() -> None:
    bytearray(BALLAST)[::4096] = b"\1" * (BALLAST // 4096)


def _spin() -> None:
    end = time.process_time() + SPIN_SECONDS
    while time.process_time() < end:
        pass


def _kill() -> None:
    os.kill(os.getpid(), 9)


DEFECTS = {
    "": lambda: None, "raise": _raise, "defect": _defect, "silent": _silent,
    "talkative": _talkative, "chatty": _chatty, "coloured": _coloured, "child": _child,
    "overwrite": _overwrite, "lose": _lose, "litter": _litter, "leave": _leave, "break": _break,
    "swell": _swell, "spin": _spin, "kill": _kill,
}
"""By name, the function that causes the defect; "" does nothing."""
