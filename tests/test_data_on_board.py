"""`run` and `Trainer` with the data in a board's memory, on one board in this process."""

import json
import re
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from lines import CutLine
from small import save_data, small_config, small_data
from wrong import OneStateWrong

from pulsetrain import Trainer
from pulsetrain.golden import GoldenEngine
from pulsetrain.host import (
    BoardLostError,
    BoardStore,
    MemoryMissingError,
    MemoryTooSmallError,
    RecordFaultError,
)
from pulsetrain.host.commands import command_bytes
from pulsetrain.run import read_checkpoint
from pulsetrain.run.divergence import state_differences
from pulsetrain.sim.native_board import NativeBoard

CONFIG = small_config(training={"order": "keyed"})
DATA = small_data(CONFIG)


@pytest.fixture(scope="module")
def board():
    made = NativeBoard(CONFIG)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with the configuration and its data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("keyed").mkdir()
    Path("keyed/config.json").write_text(CONFIG.model_dump_json())
    save_data(DATA, "small.npz")


class Line(CutLine):
    """A line to the board, which `Trainer` does not close."""

    baud = 3_000_000

    def __init__(self, board, limit=1 << 30):
        super().__init__(board, limit)


@pytest.fixture
def on_the_board(run, board, monkeypatch):
    """Runs `pulsetrain run` on the board: status, what is shown, errors, and figures."""
    @contextmanager
    def port(*_):
        yield Line(board)

    def command(*arguments):
        status, shown, error = run("run", "keyed", "--data", "npz:small.npz", "--port", "there",
                                   *arguments, "--json", "run.json")
        figures = json.loads(Path("run.json").read_text()) if Path("run.json").exists() else None
        return status, shown, error, figures

    monkeypatch.setattr("pulsetrain.cli.run.board_port", port)
    return command


def same_as_trained(run, checkpoint, *arguments):
    """Whether the golden model, trained by `train`, has the same state."""
    assert run("train", "keyed", "--data", "npz:small.npz", "--engine", "numpy", *arguments,
               "--checkpoint", "golden.npz")[0] == 0
    found, expected = (read_checkpoint(Path(name)) for name in (checkpoint, "golden.npz"))
    return ((found.epoch, found.position) == (expected.epoch, expected.position)
            and not list(state_differences(0, expected.state, found.state)))


def test_run_stores_the_data_where_it_pays(run, on_the_board):
    status, shown, _, figures = on_the_board("--epochs", 2, "--clock", 50, "--checkpoint", "a.npz")
    assert status == 0
    assert "Storing the data on the board: 1,040 bytes, about 0.0 s at 3,000,000 baud" in shown
    assert "Stored and compared in " in shown
    assert " at 50 MHz, and would take " in shown
    assert figures["bytes_on_board"] > 52 * (8 + 4)
    assert figures["samples"] == 80
    waited = figures["starved_cycles"]
    assert 0 < waited < 0.1 * figures["core_cycles"]
    assert re.search(rf"waited for a sample from the memory +│ +{waited:,} \(", shown)
    assert same_as_trained(run, "a.npz", "--epochs", 2)
    for arguments, on_board in ((("--epochs", 1), False), (("--epochs", 3, "--samples", 30), False),
                                (("--epochs", 2, "--data-on-board", "no"), False),
                                (("--epochs", 1, "--data-on-board", "yes"), True)):
        status, shown, _, figures = on_the_board(*arguments)
        assert status == 0
        assert ("They are there already." in shown) == on_board == bool(figures["bytes_on_board"])
        assert (figures["starved_cycles"] is not None) == on_board


def test_run_checks_every_result_and_continues_in_the_middle_of_an_epoch(run, on_the_board):
    """With samples held out; also the parts that another run began."""
    held = ("--validation", 6, "--checkpoint", "a.npz", "--check")
    status, shown, _, figures = on_the_board(*held, "--epochs", 3, "--samples", 50)
    assert status == 0
    assert (figures["epochs"], figures["position"], figures["mismatches"]) == (1, 16, 0)
    status, shown, _, figures = on_the_board("--resume", "a.npz", *held, "--epochs", 3)
    assert status == 0
    assert "Equal: every class and cycle count" in shown
    assert figures["mismatches"] == 0
    assert figures["bytes_on_board"]
    assert same_as_trained(run, "a.npz", "--epochs", 3, "--validation", 6)


def test_run_tells_a_wrong_answer(on_the_board):
    for answer in ("maybe", "True"):
        status, _, error, _ = on_the_board("--data-on-board", answer)
        assert status == 2
        assert f"must be auto, yes or no, not {answer}" in error.replace("\n", " ")


def test_run_finds_what_differs_from_the_model(on_the_board, monkeypatch):
    monkeypatch.setattr("pulsetrain.cli.run.GoldenEngine", OneStateWrong)
    status, _, error, figures = on_the_board("--check", "--epochs", 1, "--data-on-board", "yes")
    assert status == 1
    assert error == "error: the board and the golden model differ\n"
    assert figures["mismatches"]


def test_a_trainer_stores_what_pays(board):
    model = GoldenEngine(CONFIG)
    with Trainer(CONFIG, Line(board)) as trainer, Trainer(CONFIG, "numpy") as golden:
        for epochs, on_board, most in ((1, None, 80), (2, None, 20), (1, True, 20), (2, False, 80)):
            sent = trainer.board.bytes_sent
            found = trainer.fit(DATA, epochs=epochs, data_on_board=on_board, checkpoint="a.npz")
            expected = golden.fit(DATA, epochs=epochs)
            assert found.accuracy.tolist() == expected.accuracy.tolist()
            each = (trainer.board.bytes_sent - sent) / (40 * epochs)
            assert (each < 17) == (most == 20), each
            state = trainer.backend.read()
            assert not list(state_differences(0, golden.backend.read(), state))
        with pytest.raises(MemoryMissingError, match="data can only lie on a board, and this back"):
            golden.fit(DATA, data_on_board=True)
    model.load(read_checkpoint(Path("a.npz"), CONFIG).state)
    assert not list(state_differences(0, model.read(), state))


def test_data_that_do_not_fit_are_sent(board, monkeypatch):
    with Trainer(CONFIG, Line(board)) as trainer:
        words = len(trainer.stored(DATA, None, 2).words)
        for there, fits in ((words, True), (words - 1, False)):
            monkeypatch.setattr(BoardStore, "registers", lambda _, there=there: {"words": there})
            assert bool(trainer.stored(DATA, None, 2)) == fits
        with pytest.raises(MemoryTooSmallError, match=f"must have {words:,} words for 52 samples"):
            trainer.stored(DATA, True, 2)


def test_a_trainer_continues_after_the_cable_was_pulled(board):
    """From its checkpoint, although the board has gone on."""
    with Trainer(CONFIG, Line(board, 6_000)) as trainer:
        with pytest.raises(BoardLostError, match="the cable was pulled"):
            trainer.fit(DATA, epochs=100_000, checkpoint="a.npz")
    with Trainer(CONFIG, Line(board), start="a.npz") as trainer:
        assert trainer.epoch > 0
        epochs = trainer.epoch + 2
        trainer.fit(DATA, epochs=2)
        state = trainer.backend.read()
    with Trainer(CONFIG, "numpy") as golden:
        golden.fit(DATA, epochs=epochs)
        assert not list(state_differences(0, golden.backend.read(), state))


def test_a_damaged_sample_is_an_error(board):
    with Trainer(CONFIG, Line(board)) as trainer:
        stored = trainer.stored(DATA, True, 1)
        stored.upload()
        entry = stored.words[4 * 7:4 * 7 + 2]
        trainer.board.link.exchange(
            command_bytes("write_words", 1, int(entry[0])) + b"\1\2", 0)
        with pytest.raises(RecordFaultError, match="sample 7 in the board's memory is damaged"):
            stored.train(0, 0, np.arange(40))
    with Trainer(CONFIG, Line(board)) as trainer:
        assert trainer.stored(DATA, True, 1).upload()  # it differs, so it is stored again
        trainer.fit(DATA, epochs=2)
