"""Plot: one figure with its caption, as inline SVG of a page and as a file for a paper."""

import io
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from pulsetrain.device.figure import drawing_in, image_of
from pulsetrain.errors import cut

INK, FAINT = "#1d2329", "#e2e0da"
SERIES = ("#1f66ad", "#c4511b", "#2b7d4f", "#8440a5", "#957000", "#0b7481", "#b3245c")
"""Colours of text, of grids and of up to seven series on a light background. In a page, each is
replaced by a variable of the style sheet, so that one figure suits light and dark pages."""

DIVERGING = "RdBu_r"
"""Colour map of signed values: blue below 0, red above."""

VARIABLES = {"--ink": INK, "--faint": FAINT} | {
    f"--series-{number}": colour for number, colour in enumerate(SERIES, 1)}
"""The variables of the style sheet, and their colours on a light page."""

FORMATS = ("svg", "pdf")
"""The formats of figures in files."""

_LABEL_LINES = 4

_STYLE = {
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
}


_IN_PAGE = {"svg.fonttype": "none"}
"""Text stays text: small, sharp, and in the font of the page."""

_IN_FILE = {"svg.fonttype": "path", "pdf.fonttype": 42}
"""Text looks the same everywhere: its outlines are in an SVG, its font (TrueType) is in a PDF."""

_UNMARKED = {"Creator": None, "Date": None, "Format": None, "Type": None}
"""No metadata, so that equal figures have equal texts."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A figure: its `name`, which is unique on its page, one line that says what it shows, and a
    caption. It is drawn when it is first needed."""

    name: str
    alt: str
    caption: str
    figure: Figure

    @cached_property
    def svg(self) -> str:
        """The figure as an element of a page, on the page's background."""
        buffer = io.StringIO()
        self.figure.patch.set_visible(False)
        with drawing_in(_STYLE | _IN_PAGE | {"svg.hashsalt": self.name}):
            FigureCanvasSVG(self.figure).print_svg(buffer, metadata=_UNMARKED)
        return _inline(buffer.getvalue())

    def image(self, image: str) -> bytes:
        """The figure as a file in the format `image`, one of `FORMATS`: vectors on white, fonts
        included, and as wide as a column of a page (4.1 inches). Equal figures give equal bytes."""
        self.figure.patch.set_visible(True)
        with drawing_in(_STYLE | _IN_FILE | {"svg.hashsalt": self.name}):
            return image_of(self.figure, image)


class Canvas:
    """A figure of `width` and `height` inches with one `axes`; `name` is unique on the page."""

    def __init__(self, name: str, width: float, height: float) -> None:
        self._name = name
        self.figure = Figure(figsize=(width, height), layout="constrained")
        self.axes: Axes = self.figure.add_subplot()

    def legend(self, columns: int = 2) -> None:
        """Name the series below the axes, so that no line runs through the names.

        The figure grows by the height of the names.
        """
        handles, labels = self.axes.get_legend_handles_labels()
        wrapped = [folded(label, 52 // columns) for label in labels]
        rows = -(-len(wrapped) // columns)
        in_columns = [wrapped[first:first + rows] for first in range(0, len(wrapped), rows)]
        lines = max(sum(label.count("\n") + 1 for label in column) for column in in_columns)
        self.figure.set_figheight(self.figure.get_figheight() + 0.12 * lines + 0.08 * rows)
        self.figure.legend(handles, wrapped, ncols=columns, loc="outside lower left")

    def plot(self, alt: str, caption: str) -> Plot:
        """The finished figure with its texts."""
        return Plot(name=self._name, alt=alt, caption=caption, figure=self.figure)


def slug(text: str) -> str:
    """`text` as a part of a file's name: letters, digits, dots and hyphens, at most 40."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)[:40].strip("-.") or "other"


def folded(label: str, width: int) -> str:
    """`label` in lines of `width` characters; its middle is left out if there were too many lines.
    """
    return textwrap.fill(cut(label, _LABEL_LINES * width), width)


@contextmanager
def drawing(name: str, *, width: float = 4.1, height: float = 2.7) -> Iterator[Canvas]:
    """A canvas in the style of all figures; it must be finished inside the context.

    With the default size, text is legible if the figure is as wide as a phone's screen.
    """
    with drawing_in(_STYLE):
        yield Canvas(name, width, height)


def _inline(svg: str) -> str:
    """An SVG document as an element of a page: no prologue, no unused ids, the page's colours."""
    svg = svg[svg.index("<svg"):]
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for variable, colour in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg.strip()
