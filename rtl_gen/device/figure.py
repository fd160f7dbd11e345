"""Settings of all figures: texts are shown literally, never as markup."""

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backend_bases import get_registered_canvas_class
from matplotlib.figure import Figure

_UNDATED = {"png": None, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@contextmanager
def drawing_in(style: Mapping[Any, Any]) -> Iterator[None]:
    """Figures made and saved inside have this `style` of Matplotlib's settings.

    Dollar signs are literal, so a logarithmic axis needs its own formatter: Matplotlib's writes
    labels as formulas. A character that is not in the font is drawn as a box, without a warning.
    """
    with rc_context({**style, "text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)
        yield


def image_of(figure: Figure, image: str) -> bytes:
    """`figure` as the bytes of an image in the format `image`: "png", "svg" or "pdf".

    They contain no date, so the same figure always gives the same bytes. The canvas draws it once;
    `Figure.savefig` would draw it twice, which takes seconds for all figures of a page.
    """
    content = io.BytesIO()
    figure.dpi = 130
    canvas: Any = get_registered_canvas_class(image)(figure)
    getattr(canvas, f"print_{image}")(content, metadata=_UNDATED[image])
    return content.getvalue()


def second_axis(axes: Axes, side: Literal["top", "right"], factor: float, label: str) -> None:
    """Add an axis on the other `side`, which shows `factor` times the values of the first."""
    functions = (lambda value: value * factor, lambda value: value / factor)
    if side == "top":
        other = axes.secondary_xaxis(side, functions=functions)
        other.set_xlabel(label)
    else:
        other = axes.secondary_yaxis(side, functions=functions)
        other.set_ylabel(label)
    other.spines[side].set_visible(True)


def showable(text: str) -> str:
    """`text` with a replacement character for each one that no picture can contain: controls and
    parts of undecodable names."""
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text)
