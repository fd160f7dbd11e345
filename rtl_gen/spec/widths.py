"""Widths that more than one module derives."""


def index_width(count: int) -> int:
    """Bits of an unsigned index 0..count - 1; at least 1."""
    return max(1, (count - 1).bit_length())
