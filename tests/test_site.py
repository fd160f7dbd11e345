"""The documentation site: it is built strictly, needs nothing from a network, and a broken link or
anchor fails."""

import logging
import re
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import chromium
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.filterwarnings("ignore")  # of MkDocs and its plugins


@pytest.fixture(autouse=True)
def no_advertisement(monkeypatch):
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")


def built(folder: Path, **changes) -> Path:
    """The site, built strictly in `folder` with `changes` to mkdocs.yml.

    Raises:
        Abort: the build warned.
    """
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True, **changes)
    config.plugins.run_event("startup", command="build", dirty=False)
    build(config)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_MKDOCS_2_WARNING", "1")
        return built(tmp_path_factory.mktemp("site"))


def test_every_page_is_in_the_site(site):
    for path in (ROOT / "docs").rglob("*.md"):
        page = path.relative_to(ROOT / "docs").with_suffix(".html")
        page = page.with_name("index.html") if page.stem == "README" else page
        assert (site / page).is_file(), page


def test_nothing_is_fetched_from_a_network(site):
    """Links to pages elsewhere are for readers to follow; nothing else leaves the folder."""
    fetched = re.compile(r'<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)="?(\w+:)?//')
    for page in site.rglob("*.html"):
        assert not fetched.search(page.read_text(encoding="utf-8")), page
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\([\"']?(?:\w+:)?//", text), sheet


PAGES = ("index", "tutorials/lesson", "reference/configuration", "explanation/rule")


def test_pages_are_shown_from_a_folder_at_any_width(site, tmp_path):
    with chromium(tmp_path) as browser:
        for name, width in product(PAGES, (1280, 390)):
            with browser.page((site / f"{name}.html").as_uri(), width) as page:
                page.wait("document.querySelector('article') && document.readyState === 'complete'")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name
                assert page.evaluate("[...document.images].every(image => image.naturalWidth)")
                assert page.complaints == []
        with browser.page(f"{(site / 'index.html').as_uri()}?q=forward_shift") as page:
            page.wait("document.querySelectorAll('.md-search-result__item').length")
            shown = page.evaluate("document.querySelector('.md-search-result').innerText")
            assert "numbers" in shown
            assert page.complaints == []


@pytest.mark.parametrize(("text", "complaint"), [
    ("[there](other.md#absent)", "does not contain an anchor '#absent'"),
    ("[there](absent.md)", "'absent.md'"),
    ("![it](absent.svg)", "'absent.svg'"),
    ("[there](other.md#present)", None)])
def test_a_broken_link_or_anchor_fails(tmp_path, text, complaint, caplog):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text(f"# One\n\n{text}\n", encoding="utf-8")
    (docs / "other.md").write_text("# Two\n\n## Present\n", encoding="utf-8")
    changes = {"docs_dir": str(docs), "nav": ["index.md", "other.md"], "plugins": [], "hooks": []}
    if complaint:
        with caplog.at_level(logging.WARNING), pytest.raises(Abort):
            built(tmp_path / "site", **changes)
        assert complaint in caplog.text
    else:
        built(tmp_path / "site", **changes)


def test_the_pictures_are_what_the_script_draws(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    import pictures
    for name, drawn in pictures.PICTURES.items():
        kept = (pictures.FIGURES / f"{name}.svg").read_text(encoding="utf-8")
        assert kept == drawn().svg(), name
        root = ElementTree.fromstring(kept)
        width, height = int(root.get("width")), int(root.get("height"))
        for box in root.iter("{http://www.w3.org/2000/svg}rect"):
            x, y = (float(box.get(key, 0)) for key in ("x", "y"))
            assert x + float(box.get("width")) <= width
            assert y + float(box.get("height")) <= height
