"""Options, marks and fixtures of the tests."""

import gc

import pytest

from pulsetrain.cli import main
from pulsetrain.spec.points import read_points

# Elaborating hardware makes many objects that live long: with Python's own threshold a fifth of the
# time goes into looking for garbage among them.
gc.set_threshold(200_000, 50, 50)


def pytest_addoption(parser) -> None:
    parser.addoption("--configurations", type=int, default=30, metavar="N",
                     help="whole configurations drawn at random and simulated (default 30)")
    parser.addoption("--draw", type=int, default=4, metavar="N",
                     help="which configurations are drawn; the first 30 of the default draw have "
                          "every option among them (default 4)")
    parser.addoption("--frames", type=int, default=4000, metavar="N",
                     help="frames of the link's torture (default 4000)")
    parser.addoption("--examples", type=int, default=30, metavar="N",
                     help="hostile inputs of each kind (default 30)")
    parser.addoption("--fuzz-seed", type=int, default=1, metavar="N",
                     help="which hostile inputs (default 1)")
    parser.addoption("--kills", type=int, default=13, metavar="N",
                     help="commands that are ended at a random time (default 13)")


@pytest.fixture
def run(capsys):
    """Run the command in this process: (status, standard output, standard error)."""
    def run(*arguments):
        with pytest.raises(SystemExit) as info:
            main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return info.value.code or 0, shown.out, shown.err
    return run


@pytest.fixture
def read(tmp_path):
    """Read a text as a CSV file of measured points."""
    def read(text):
        path = tmp_path / "points.csv"
        path.write_text(text, encoding="utf-8")
        return read_points(path)
    return read
