"""A parsed page of a report, and what every page must fulfil."""

import re
from html.parser import HTMLParser

import pulsetrain.report

_VOID = {"meta", "link", "br", "img", "hr", "input"}
_LINKS = ("src", "href", "xlink:href", "srcset", "data", "poster", "action")


class Page(HTMLParser):
    """The elements of an HTML text: `links`, `ids`, `labels`, `titles`, `captions` and all `text`.

    Raises:
        AssertionError: an element is not closed at the right position.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self._note(tag, dict(attributes))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self._note(tag, dict(attributes))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self._open[-1] if self._open else "", " ".join(data.split())))

    def _note(self, tag, attributes):
        self.links += [(tag, attributes[name]) for name in _LINKS if name in attributes]
        self.ids += [attributes["id"]] if "id" in attributes else []
        if attributes.get("role") == "img":
            self.labels.append(attributes["aria-label"])

    def of(self, tag: str) -> list[str]:
        """The texts directly in elements `tag`."""
        return [text for found, text in self.texts if found == tag]

    @property
    def text(self) -> str:
        """All text except the style sheet."""
        return " ".join(text for tag, text in self.texts if tag != "style")


def check_page(html: str) -> Page:
    """Check that `html` is self-contained, well formed, and accessible to screen readers."""
    page = Page(html)
    for tag, link in page.links:
        assert link.startswith(("#", "data:")) or (tag, link) == (
            "a", "https://arxiv.org/abs/1707.06381"), (tag, link)
    for target in re.findall(r"url\(([^)]*)\)", html):
        assert target.startswith("#"), target
    assert not {"script", "link", "iframe", "object", "embed", "base"} & set(page.tags)
    assert "@import" not in html
    assert len(page.ids) == len(set(page.ids))
    used = [link[1:] for _, link in page.links if link.startswith("#")]
    used += re.findall(r"url\(#([^)]*)\)", html)
    assert set(used) <= set(page.ids)
    assert page.tags.count("svg") == len(page.labels) == len(page.of("figcaption"))
    assert all(page.labels)
    assert len(page.of("h1")) == 1
    assert page.of("h2")
    assert 'name="viewport"' in html
    return page


def words(page: pulsetrain.report.Page, *drawn: str) -> Page:
    """`page`, rendered and checked with empty figures except those `drawn`: drawing all of a run
    takes a second."""
    plots = pulsetrain.report.figures(page)
    assert {*drawn} <= {plot.name for plot in plots}
    for plot in plots:
        if plot.name not in drawn:
            vars(plot)["svg"] = "<svg></svg>"  # where the property keeps what it has drawn
    return check_page(pulsetrain.report.render(page))
