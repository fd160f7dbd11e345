"""`pulsetrain run` on a virtual board whose synapse memory flips bits."""

import subprocess
import sys
from pathlib import Path

import pytest
from flipping_board import ROW
from flipping_board import __file__ as PROGRAM
from small import save_small

from pulsetrain.run import read_checkpoint
from pulsetrain.run.divergence import state_differences

SMALL = ("small.toml", "--data", "npz:small.npz")
PARITY = ("--set", "engine.parity=true")
FLIPS = (300, 800)
"""Writes of rows before a flip: the first is in the first training, the other in the second."""


@pytest.fixture
def port(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    save_small(tmp_path)
    with subprocess.Popen([sys.executable, PROGRAM, "small.toml", *map(str, FLIPS)], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_run_tells_a_flipped_bit_and_a_scrubbed_one_mends_it(run, port):
    on_board = ("run", *SMALL, *PARITY, "--port", port, "--checkpoint", "board.npz", "--epochs")
    status, _, error = run(*on_board, "3")
    assert status == 1
    assert f"flipped in row {ROW} (layer 1, units 1 to 2, the bias)" in error
    Path("board.npz").unlink(missing_ok=True)
    status, output, _ = run(*on_board, "4", "--scrub", "--check")
    assert status == 0
    assert f"Mended: a bit had flipped in row {ROW} (layer 1" in output
    assert run("train", *SMALL, "--epochs", "4", "--checkpoint", "golden.npz")[0] == 0
    golden, found = (read_checkpoint(Path(file)) for file in ("golden.npz", "board.npz"))
    assert not list(state_differences(0, golden.state, found.state))


def test_scrub_needs_parity(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    status, _, error = run("run", *SMALL, "--port", "virtual", "--scrub")
    assert (status, "engine.parity must be true" in error) == (2, True)
