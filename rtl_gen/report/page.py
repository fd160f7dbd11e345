"""The page: sections of figures and tables in one HTML file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from pulsetrain import __version__

from .plot import VARIABLES, Plot

_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                           lstrip_blocks=True)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of texts under `heading`; the first `labels` columns are words, the others numbers. If
    it `wraps`, long words continue on the next line."""

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: int = 1
    wraps: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section: a `text`, a list of `notes`, figures (side by side if there is room), then a
    table.

    If `folded`, the table and the text `listing` are hidden under this title until it is opened.
    """

    name: str
    title: str
    text: str = ""
    notes: Sequence[str] = ()
    plots: Sequence[Plot] = ()
    table: Table | None = None
    listing: str = ""
    folded: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: a title, a sentence, facts as (name, value), and sections."""

    title: str
    lead: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]


def figures(page: Page) -> list[Plot]:
    """All figures of `page`, in order."""
    return [plot for section in page.sections for plot in section.plots]


def render(page: Page) -> str:
    """`page` as HTML; equal pages give equal texts."""
    html = filled(resources.files(__package__) / "page.html", page=page)
    return html.encode("utf-8", "replace").decode()  # a file name may have bytes that are not UTF-8


def filled(template: Traversable, **values: object) -> str:
    """The page `template` with `values`, the version, and the style that all pages have."""
    style = resources.files(__package__) / "style.css"
    colours = _ENVIRONMENT.from_string(style.read_text("utf-8")).render(colours=VARIABLES.items())
    return _ENVIRONMENT.from_string(template.read_text("utf-8")).render(
        **values, version=__version__, style=Markup(colours))
