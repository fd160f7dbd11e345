"""Every command and the Python of the README work as written."""

import re
import sys
from pathlib import Path

import pytest
from readme import ROOT, commands, run_commands


@pytest.mark.timeout(1200)
def test_every_command_works_in_order(tmp_path: Path) -> None:
    assert run_commands(commands(), tmp_path, Path(sys.executable).parent) >= 9


def test_the_python_works_with_a_model_instead_of_a_board(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert text.count("/dev/ttyUSB1") == 1
    exec(compile(text.replace("/dev/ttyUSB1", "compiled"), "README.md", "exec"), {})
    assert (tmp_path / "board.npz").exists()
