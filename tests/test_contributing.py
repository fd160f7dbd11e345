"""CONTRIBUTING: every file that it sends a contributor to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:rtl_gen|boards|sim|tests|docs)(?:/[\w./-]+)?)`", PAGE)))


@pytest.mark.parametrize("path", PATHS)
def test_a_path_of_the_page_exists(path):
    assert (ROOT / path).exists()


def test_every_room_is_named():
    rooms = {path.parent.name for path in (ROOT / "rtl_gen").glob("*/__init__.py")}
    assert rooms == set(re.findall(r"`rtl_gen/(\w+)`", PAGE)) & rooms
