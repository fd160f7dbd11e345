"""The Python of the README works as written; `test_wheel.py` runs its commands."""

import re

from readme import ROOT


def test_the_python_works_with_a_model_instead_of_a_board(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert text.count("/dev/ttyUSB1") == 1
    exec(compile(text.replace("/dev/ttyUSB1", "compiled"), "README.md", "exec"), {})
    assert (tmp_path / "board.npz").exists()
