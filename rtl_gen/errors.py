"""Texts for messages."""

SHOWN = 80
"""Most characters of a value in a message."""


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
