"""The one kind of exception that the command line turns into a message, and texts for messages."""

import re

FAILED, USAGE, DEFECT, INTERRUPTED = 1, 2, 3, 130
"""Exit statuses: the work failed; something given cannot be used; a defect of Pulsetrain itself;
interrupted by Ctrl-C, SIGTERM or SIGHUP. 0 is success."""

SHOWN, LONGEST = 80, 255
"""Most characters of a value, and of a path, in a message."""

_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
                          "\ud800-\udfff]")
"""What moves a terminal's cursor, turns its text round, or cannot be encoded; but not a line's
end."""


class PulsetrainError(Exception):
    """What this package raises where it cannot do what it was asked to.

    The message says what was given, what is allowed and what to change. `status` is the exit
    status of a command that ends with it.
    """

    status = USAGE


def shown(value: object, limit: int = SHOWN) -> str:
    """`value` as a message shows it: its `repr`, cut in the middle to `limit` characters.

    Never raises: integers of more digits than Python writes, and values nested deeper than it can
    follow, are described.
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
    """`text`, without its middle where it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    end = (limit - 3) // 3
    return f"{text[:limit - 3 - end]}...{text[len(text) - end:]}"


def printable(text: str) -> str:
    r"""`text` with every character that would steer a terminal as its code, such as `\x1b`."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)
