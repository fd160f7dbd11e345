"""Small images in the terminal: two pixels in each character, one above the other."""

import numpy as np
from rich.text import Text

_MARKED = 0.35
"""Without colours, pixels above this are drawn."""


def image(values: np.ndarray, *, coloured: bool) -> Text:
    """An image of `values` (rows, columns), real numbers in -1..1; the number of rows is even.

    In colours, 0 is black, 1 white; below 0 blue and, if there is anything below 0, above it red.
    Without colours, only what is clearly above 0 is drawn.
    """
    signed = bool((values < 0).any())
    text = Text()
    for upper, lower in zip(values[::2], values[1::2], strict=True):
        for above, below in zip(upper.tolist(), lower.tolist(), strict=True):
            if coloured:
                text.append("▀", f"{_colour(above, signed)} on {_colour(below, signed)}")
            else:
                text.append(" ▄▀█"[2 * (above > _MARKED) + (below > _MARKED)])
        text.append("\n")
    text.right_crop(1)
    return text


def _colour(value: float, signed: bool) -> str:
    level = int(255 * min(abs(value), 1.0))
    if not signed:
        return f"#{level:02x}{level:02x}{level:02x}"
    return f"#{level:02x}2020" if value > 0 else f"#2020{level:02x}"
