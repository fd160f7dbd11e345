"""The base class of the exceptions of this package, and helpers for their messages."""

import re

FAILED, USAGE, DEFECT, ELSEWHERE, INTERRUPTED = 1, 2, 3, 4, 130
"""Exit statuses: the work failed; an input or an option cannot be used; a defect of Pulsetrain
itself; a project is complete, but a tool that is not on this machine must build it; interrupted by
Ctrl-C, SIGTERM or SIGHUP. 0 is success."""

SHOWN, LONGEST = 80, 255
"""Most characters of a value, and of a path, in a message."""

_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
                          "\ud800-\udfff]")
"""Characters that move a terminal's cursor, change its direction of text, or cannot be encoded,
except the line feed."""


class PulsetrainError(Exception):
    """Base class of the errors of this package: it cannot do what was requested.

    The message says what was given, what is allowed and what to change. `status` is the exit
    status of a command that ends with it.
    """

    status = USAGE


def shown(value: object, limit: int = SHOWN) -> str:
    """`value` as a message shows it: its `repr`, cut in the middle to `limit` characters.

    Never raises: integers with too many digits for Python, and values that are nested too deeply,
    are described instead.
    """
    try:
        return cut(repr(value), limit)
    except ValueError:
        if isinstance(value, int):
            return f"an integer of {value.bit_length():,} bits"
    except (RecursionError, MemoryError):
        pass
    return f"a {type(value).__name__} that cannot be shown"


def cut(text: str, limit: int = SHOWN) -> str:
    """`text`, without its middle if it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    end = (limit - 3) // 3
    return f"{text[:limit - 3 - end]}...{text[len(text) - end:]}"


def printable(text: str) -> str:
    r"""`text` with every character that controls a terminal as its code, such as `\x1b`."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)
