"""The notebooks of the tutorials give what is kept in them, and the Python of the other tutorials
works. `test_wheel.py` runs their commands, and `test_bus.py` those of the bus."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

import pulsetrain

DOCS = Path(__file__).parent.parent / "docs"
TUTORIALS = DOCS / "tutorials"

pytestmark = pytest.mark.filterwarnings("ignore")  # of Jupyter

FLOATING = {"pretrain": 3.0}
"""Notebooks whose numbers follow from a training in floating point, and by how much these may
differ on another machine."""


@pytest.fixture
def notebooks(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import notebooks
    return notebooks


def printed(notebook) -> list[str]:
    """What each cell prints, and the kinds of its drawings."""
    return [output.get("text") or " ".join(sorted(output["data"]))
            for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_every_notebook_prints_what_is_kept(notebooks):
    paths = notebooks.notebooks()
    assert len(paths) >= 3
    kept = [nbformat.read(path, 4) for path in paths]
    again = [nbformat.read(path, 4) for path in paths]
    notebooks.run(again)
    for path, before, after in zip(paths, kept, again, strict=True):
        assert len(printed(before)) >= 4
        tolerance = FLOATING.get(path.stem, 0)
        for old, new in zip(printed(before), printed(after), strict=True):
            assert words(old) == words(new)
            assert numbers(new) == pytest.approx(numbers(old), abs=tolerance, rel=0)


def words(text: str) -> str:
    return re.sub(r"[\d.]+", "0", text)


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))]


def test_outputs_are_small(notebooks):
    for path in notebooks.notebooks():
        assert path.stat().st_size < 60_000, path


def test_a_failing_cell_fails(notebooks):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    with pytest.raises(Exception, match="ZeroDivisionError"):
        notebooks.run([notebook])


def test_the_python_of_the_virtual_board_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (TUTORIALS / "board.md").read_text(encoding="utf-8")
    text, = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    config = pulsetrain.load_config("digits", settings={"network.hidden": [], "engine.lanes": 1})
    start = tmp_path / "run"
    pulsetrain.train(config, epochs=1, samples=20).save(start)
    shutil.copy(start / "checkpoint.npz", "board.npz")
    assert text.count('"virtual"') == 1  # test_wheel.py trains one
    names = {}
    exec(compile(text.replace('"virtual"', '"compiled"'), "board.md", "exec"), names)
    assert names["history"].samples.sum() == 10
