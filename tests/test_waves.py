"""docs/reference/ports.md: its timing diagrams are what a simulation of today's engine records,
its tables those of the declaration."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "reference" / "ports.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def waves() -> ModuleType:
    """The script that records the diagrams."""
    spec = importlib.util.spec_from_file_location("waves", DOCS / "waves.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_what_is_recorded(waves):
    recorded = waves.record()
    assert recorded == json.loads(waves.RECORDED.read_text(encoding="utf-8"))
    shown = dict(re.findall(r"!\[(.*)\]\(\.\./figures/ports-(\w+)\.svg\)", PAGE))
    assert shown == {diagram["head"]["text"]: name for name, diagram in recorded.items()}
    for name, diagram in recorded.items():
        assert len({len(signal["wave"]) for signal in diagram["signal"]}) == 1
        drawn = (waves.FIGURES / f"ports-{name}.svg").read_text(encoding="utf-8")
        assert drawn == waves.draw(diagram)


def test_the_page_s_tables_are_the_declaration(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    ports = importlib.import_module("ports")
    assert ports.with_tables(PAGE, ports.tables()) == PAGE
    assert PAGE.count("<!-- table of ") == len(ports.tables())
