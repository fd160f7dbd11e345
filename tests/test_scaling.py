"""The page on scaling: its tables agree with the rows, and the rows with the engines."""

import hashlib
import importlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from pulsetrain.bench import stand_in
from pulsetrain.golden import GoldenEngine
from pulsetrain.spec import load_config
from pulsetrain.spec.stages import TREE_LEVELS_PER_STAGE, tree_stages

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture
def scaling(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("scaling")


def test_every_engine_has_its_row(scaling):
    rows = scaling.read_rows()
    assert [(row.hidden, row.lanes) for row in rows] == list(scaling.engines())
    assert len(rows) == 2 * 9 + 5
    for row in rows:
        assert row.samples == scaling.SAMPLES
        assert row.ideal <= row.simulated == row.predicted


def test_predictions_for_every_number_of_lanes_agree_with_the_rows(scaling):
    every = {hidden: scaling.every_row(hidden) for hidden in scaling.HIDDEN}
    for rows in every.values():
        assert [row.lanes for row in rows] == list(range(1, 257))
    for row in scaling.read_rows():
        if row.hidden in every:
            found = every[row.hidden][row.lanes - 1]
            assert (found.predicted, found.ideal) == (row.predicted, row.ideal)


MEASURED = "4774eaac46928c8b"
"""A digest of the cycles that the model predicts for `SAMPLED` synthetic samples on every engine
whose rows were measured: its adder tree adds the products of all lanes."""

PREDICTED = "385dc390c823bd7b"
"""The same of today's engines, whose adder tree adds those of the lanes that take part in backward.
If it changes, measure the rows again (`python docs/scaling.py --data mnist:FOLDER`); then one
digest is enough."""

SAMPLED = 10


def cycles_of_engines(rows, data, **stages):
    """Cycles and ideal cycles of each row's engine, whose `stages` are functions of its lanes."""
    counted = []
    for row in rows:
        config = load_config("mnist", settings=[f"network.hidden=[{row.hidden}]",
                                                f"engine.lanes={row.lanes}"])
        config.design.__dict__["stages"] = replace(config.design.stages, **{
            name: stage(row.lanes) for name, stage in stages.items()})
        results = GoldenEngine(config, count_cycles=True).train(data.x_train, data.y_train)
        counted.append((row.hidden, row.lanes, int(results.cycles.sum()),
                        int(results.ideal.sum())))
    return counted


def digest(counted):
    return hashlib.sha256(repr(counted).encode()).hexdigest()[:16]


def test_today_s_cycles_are_up_to_two_less_than_those_of_the_rows(scaling):
    rows, data = scaling.read_rows(), stand_in(load_config("mnist"), train=SAMPLED, test=1)
    today = cycles_of_engines(rows, data)
    measured = cycles_of_engines(rows, data, adder_tree=lambda lanes: tree_stages(
        lanes, TREE_LEVELS_PER_STAGE))
    assert (digest(today), digest(measured)) == (PREDICTED, MEASURED)
    for (_, lanes, now, _), (_, _, before, _) in zip(today, measured, strict=True):
        assert before - now == SAMPLED * ((lanes > 16) + (lanes > 64))


def test_cycles_scale_with_groups(scaling):
    for hidden in scaling.HIDDEN:
        rows = scaling.lanes_rows(hidden)
        assert [row.lanes for row in rows] == list(scaling.LANES)
        assert all(few.cycles > more.cycles for few, more in pairwise(rows[:7]))
        assert rows[0].efficiency > 0.99
    widths = scaling.width_rows()
    assert [row.hidden for row in widths] == list(scaling.WIDTHS)
    assert widths[-1].cycles > 4 * widths[0].cycles


def test_tables_and_figures_are_those_of_the_rows(scaling, tmp_path):
    page = (DOCS / "explanation" / "scaling.md").read_text()
    assert scaling.with_tables(page, scaling.TABLES) == page
    for name in scaling.TABLES:
        assert page.count(f"<!-- table of {name} -->\n") == 1
    for name in scaling.FIGURES:
        assert f"(../figures/{name}.svg)" in page
        scaling.draw(name, tmp_path)
        text = (tmp_path / f"{name}.svg").read_text()
        assert "cycles per training sample" in text
        assert text == (DOCS / "figures" / f"{name}.svg").read_text()


def test_a_row_is_measured_in_the_emitted_engine(scaling, tmp_path):
    data = stand_in(load_config("mnist"), train=200, test=10)
    row = scaling.measured(4, 2, scaling.trained(4, data))
    assert (row.hidden, row.lanes, row.samples) == (4, 2, scaling.SAMPLES)
    assert row.simulated == row.predicted > row.ideal > 1000
    scaling.write_rows([row], tmp_path / "rows.csv")
    assert scaling.read_rows(tmp_path / "rows.csv") == [row]
