"""What the site has beside the pages in this folder: texts that are made from the code, pages from
the repository's root, and files that pages link to outside of this folder. A hook of MkDocs, which
`mkdocs.yml` names.
"""

import posixpath
import re
import sys
from pathlib import Path

import api
import commands
import keys
import nbformat
import notebooks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)\s]*)?(\))")
FROM_ROOT = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md",
             "README.md": "index.md"}
"""Pages of the repository's root, and where they are in the site."""

MADE = {"commands": commands.sections, "keys": keys.configuration, "names": api.names,
        "sweep keys": keys.sweep}
"""What pages have at marks `<!-- made by NAME -->`."""


def on_startup(**_) -> None:
    """Forget the folder of programs: mkdocstrings would take the command there for the package."""
    sys.path[:] = [path for path in sys.path if Path(path) != Path(sys.executable).parent]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is not in this folder."""
    for path in notebooks.notebooks():
        page, drawings = notebooks.page(nbformat.read(path, 4), path.stem)
        files.append(File.generated(config, f"tutorials/{path.stem}.md", content=page))
        for name, drawing in drawings.items():
            files.append(File.generated(config, f"tutorials/{name}", content=drawing))
    for name, location in FROM_ROOT.items():
        if not files.get_file_from_path(location):
            files.append(File.generated(config, location, abs_src_path=str(ROOT / name)))
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for target in re.findall(LINK, path.read_text(encoding="utf-8")):
            outside = _outside(f"docs/{path.relative_to(ROOT / 'docs').as_posix()}", target[1])
            location = f"source/{outside}"
            if outside and outside not in FROM_ROOT and (ROOT / outside).is_file() \
                    and not files.get_file_from_path(location):
                files.append(File.generated(config, location, abs_src_path=str(ROOT / outside)))
    return files


def on_page_markdown(markdown: str, page: Page, **_) -> str:
    """`markdown` with what is made from the code, and with links as they are in the site."""
    markdown = re.sub("<!-- made by (.*) -->", lambda found: MADE[found[1]](), markdown)
    # The page of a notebook, except where its file is named: [`lesson.ipynb`](lesson.ipynb).
    markdown = re.sub(r"(?<!`)\]\(([\w./-]+)\.ipynb\)", r"](\1.md)", markdown)
    location = page.file.src_uri
    # A link whose text is the name of a page shows the page's title.
    markdown = re.sub(r"\[`?[\w/-]+\.md`?\]\((?=([\w./-]+\.md))", lambda found: (
        f"[{_title(posixpath.join(posixpath.dirname(_source(location)), found[1]))}]("), markdown)
    source = _source(location)

    def inside(found: re.Match) -> str:
        outside = _outside(source, found[2])
        if not outside:
            return found[0]
        there = FROM_ROOT.get(outside) or f"source/{outside}"
        here = posixpath.relpath(there, posixpath.dirname(location) or ".")
        return f"{found[1]}{here}{found[3] or ''}{found[4]}"

    markdown = LINK.sub(inside, markdown)
    return re.sub(r"\]\((?:\.\./)*docs/", "](", markdown) if source in FROM_ROOT else markdown


def _source(location: str) -> str:
    """The path in the repository of the page at `location` in the site."""
    return next((name for name, made in FROM_ROOT.items() if made == location),
                f"docs/{location}")


def _title(path: str) -> str:
    """The first heading of the page `path` of the repository, or its name if there is none."""
    page = ROOT / posixpath.normpath(path)
    first = page.read_text(encoding="utf-8").partition("\n")[0] if page.is_file() else ""
    return first.removeprefix("# ").partition(":")[0] or posixpath.basename(path)


def _outside(source: str, target: str) -> str | None:
    """The path in the repository of what `target` in the file `source` means, if it is a file
    outside the folder of the site."""
    if ":" in target:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    return None if path.startswith("docs/") else path
