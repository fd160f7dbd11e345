"""The virtual board: a serial port like any other."""


import pytest
from small import save_small, small_config, small_data

from pulsetrain.golden import GoldenEngine
from pulsetrain.host import BoardEngine, BoardLostError, BoardRefusedError, Link, SerialTransport
from pulsetrain.sim.virtual import VirtualBoard

BAUD = 115200  # has no effect on a pseudo-terminal


def test_a_run_continues_after_the_cable_was_pulled(tmp_path):
    """One error when the board is gone; the last state that it sent continues to equal bits."""
    save_small(tmp_path)
    config, source = small_config(), str(tmp_path / "small.toml")
    data, reference = small_data(config, train=60), GoldenEngine(config, count_cycles=True)
    first, second = ((data.x_train[part], data.y_train[part])
                     for part in (slice(0, 30), slice(30, 60)))
    with VirtualBoard(source) as board:
        with pytest.raises(BoardRefusedError, match=r"must hold the engine .* of 'small', not "):
            BoardEngine(small_config(seed=2), Link(SerialTransport(board.port, BAUD)))
        engine = BoardEngine(config, Link(SerialTransport(board.port, BAUD)))
        engine.load(reference.read())
        assert engine.train(*first).classes.tolist() == reference.train(*first).classes.tolist()
        kept = engine.read()
        board.close()
        with pytest.raises(BoardLostError, match="the line to the board is gone"):
            engine.train(*second)
    resumed = GoldenEngine(config)
    resumed.load(kept)
    for engine in (resumed, reference):
        engine.train(*second)
    found, expected = resumed.read(), reference.read()
    assert found.counters == expected.counters
    assert found.generator == expected.generator
    for a, b in zip((*found.plus, *found.minus), (*expected.plus, *expected.minus), strict=True):
        assert (a == b).all()


def test_an_impossible_board_is_explained(tmp_path):
    with pytest.raises(RuntimeError, match=r"the virtual board ended: .*none\.toml: [^\n]*\n$"):
        VirtualBoard(str(tmp_path / "none.toml"))
