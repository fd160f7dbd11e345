"""What all figures share: a text is shown as it is, and never read as markup."""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from matplotlib import rc_context

_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@contextmanager
def drawing_in(style: Mapping[Any, Any]) -> Iterator[None]:
    """Figures made and saved inside have this `style` of Matplotlib's settings.

    A dollar sign is a dollar sign, so a logarithmic axis needs a formatter of its own: Matplotlib's
    writes its labels as formulas. A character that the font lacks is drawn as a box, silently.
    """
    with rc_context({**style, "text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)
        yield


def showable(text: str) -> str:
    """`text` with a replacement character for each that no picture can hold: controls and parts of
    undecodable names."""
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text)
