"""Memory of a board: which boards have one, its clock, its pins, and what a build can be asked."""

import importlib
import re
from pathlib import Path

import pytest
from small import small_config

from pulsetrain.boards.board import board_for
from pulsetrain.boards.clock import Try, next_clock
from pulsetrain.boards.registry import BOARDS
from pulsetrain.boards.top import clock_below, make_top
from pulsetrain.fpga.fit import estimated
from pulsetrain.store.chips import strictest

ULX3S = BOARDS["ulx3s-85f"]
PINS = {"clk": 1, "clk_en": 1, "cs": 1, "ras": 1, "cas": 1, "we": 1, "ba": 2, "a": 13, "dqm": 2,
        "dq": 16}
"""Bits of each pin of the chip."""


def test_the_page_has_what_was_measured(monkeypatch):
    docs = Path(__file__).parent.parent / "docs"
    monkeypatch.syspath_prepend(docs)
    memory = importlib.import_module("memory")
    rows = memory.read_rows()
    assert len(rows) == len(memory.CASES) * memory.EPOCHS
    for row in rows:
        assert row.core <= row.cycles <= 1.03 * row.core
        assert row.starved < 0.02 * row.cycles
    page = (docs / "explanation" / "memory.md").read_text()
    assert memory.with_tables(page, memory.TABLES) == page
    assert page.count("<!-- table of ") == len(memory.TABLES)


def test_boards_with_a_memory_have_pins_and_cells_for_it():
    found = {name for name, board in BOARDS.items() if board.chips}
    assert found == {"ulx3s-25f", "ulx3s-85f"}
    for board in BOARDS.values():
        assert board.part.store == bool(board.chips)
        family = board.part.family
        assert not board.chips or (family.pin_register and family.pin_clock and family.line.store)


def test_the_clock_is_not_too_fast_for_any_of_the_chips():
    shortest = strictest(ULX3S.chips).times.clock
    assert 90 < clock_below(ULX3S, 150) <= 1000 / shortest
    assert clock_below(ULX3S.without_memory, 150) > 140
    assert ULX3S.memory(75).period == pytest.approx(13.33, abs=0.01)
    with pytest.raises(ValueError, match="clock must be at most 100 MHz for the memory MT48"):
        ULX3S.memory(105)


def test_a_search_for_a_clock_ends_at_that_of_the_memory():
    tried = [Try(target=90.0, reached=150.0)]
    found = next_clock(small_config(), ULX3S, "max", tried)
    assert found == clock_below(ULX3S, 100) > 96
    assert next_clock(small_config(), ULX3S, "max",
                      [*tried, Try(target=found, reached=150.0)]) is None


def test_a_top_has_every_pin_of_the_chip_with_registers_in_their_cells():
    top = make_top(small_config(), ULX3S, 75.0)
    for pin, width in PINS.items():
        assert top.constraints.count(f'LOCATE COMP "{top.memory_pins[pin]}') == width
    assert set(top.memory_pins) == set(PINS)
    assert top.verilog.count("syn_useioff") == sum(PINS.values()) - 1 + 2 * PINS["dq"]
    assert top.verilog.count('.CLKMUX("INV")') == PINS["dq"]
    # A simulation without delays does not see whether the chip's clock is the inverse of ours.
    assert len(re.findall(r"ODDRX1F .*\n    \.D0\(1'h0\),\n    \.D1\(1'h1\),\n", top.verilog)) == 1
    assert (top.memory, top.memory.registered) == (ULX3S.memory(75.0), True)


def test_a_top_without_memory_has_none_of_it():
    top = make_top(small_config(), ULX3S.without_memory, 75.0)
    assert (top.memory, top.memory_pins) == (None, {})
    for text in ("syn_useioff", "sdram"):
        assert text not in top.verilog + top.constraints


def test_an_engine_with_raw_inputs_does_without():
    raw = small_config(engine={"input": "raw"})
    assert board_for(raw, ULX3S) == ULX3S.without_memory
    assert board_for(small_config(), ULX3S) is ULX3S


def test_the_estimate_contains_the_store():
    config = small_config()
    one, other = (estimated(config, board.part) for board in (ULX3S, ULX3S.without_memory))
    assert one["lut4"] - other["lut4"] > 2000
    assert one["block_ram"] == other["block_ram"] + 1


@pytest.mark.parametrize(("arguments", "message"), [
    (("--board", "icebreaker", "--memory"),
     "--memory needs a board that has one, not icebreaker"),
    (("--part", "ecp5-85f", "--memory"), "--memory needs a board that has one, not a part"),
    (("--board", "ulx3s-85f", "--memory", "--set", "engine.input=raw"),
     '--memory needs engine.input = "events", not "raw"'),
    (("--board", "ulx3s-85f", "--clock", 120),
     ("--clock must be at most 100 MHz for the memory MT48LC16M16A2-75 or AS4C32M16SB-7, not 120 "
      "MHz, or leave the memory out by --no-memory")),
], ids=range(4))
def test_a_memory_that_cannot_be_used_is_refused(run, tmp_path, arguments, message):
    status, _, error = run("build", "digits", "-o", tmp_path / "built", *arguments)
    assert status == 2
    assert message in " ".join(error.split())
    assert not (tmp_path / "built").exists()
