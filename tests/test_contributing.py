"""CONTRIBUTING names every room, and README and docs name only files and modules that exist."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = "rtl_gen|boards|sim|tests|docs"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXTENSIONS = {"bin", "bit", "hwh", "tcl", "v"}
"""Of `pulsetrain.bin` and `pulsetrain.v`, which are files and not modules."""


def test_every_room_is_named():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "rtl_gen").glob("*/__init__.py")}
    assert rooms == set(re.findall(r"`rtl_gen/(\w+)`", page)) & rooms


def missing_paths(text: str) -> list[str]:
    """The paths in `text` that do not exist.

    A path of the tree begins with one of `FOLDERS`. A Python file can also be named by the end of
    its path, such as `families/__init__.py`.
    """
    whole = re.findall(rf"(?<![\w./-])(?:{FOLDERS})/[\w./-]*\w", text)
    ends = set(re.findall(r"`([\w/-]+\.py)`", text)) - set(whole)
    return [*(path for path in whole if not (ROOT / path).exists()),
            *(end for end in sorted(ends)
              if not any(path for folder in FOLDERS.split("|")
                         for path in (ROOT / folder).rglob(end)))]


def missing_names(text: str) -> list[str]:
    """The dotted names below `pulsetrain` in `text` that cannot be imported."""
    return [name for name in re.findall(r"(?<![\w./-])pulsetrain(?:\.[A-Za-z_]\w*)+", text)
            if name.split(".")[1] not in EXTENSIONS and not _exists(name)]


def _exists(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    try:
        return hasattr(import_module(module), attribute) or bool(import_module(name))
    except ImportError:
        return False


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_names_only_what_exists(page):
    text = page.read_text(encoding="utf-8")
    assert not missing_paths(text)
    assert not missing_names(text)


def test_a_missing_file_and_a_missing_name_are_found():
    assert missing_paths("`rtl_gen/emit.py`, `sim/models`, `absent.py`, `fit.py`") == [
        "rtl_gen/emit.py", "absent.py"]
    assert missing_names("`pulsetrain.fpga.parts`, pulsetrain.Trainer, pulsetrain.sim.virtual") == [
        "pulsetrain.fpga.parts"]
