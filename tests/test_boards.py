"""Boards: every top elaborates or is refused with the reason; clocks, estimates and bitstreams."""

import json
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from small import TINY, TINY_SETTINGS, save_small, small_config, small_data
from test_dense import encoded

from pulsetrain import emit, estimate
from pulsetrain.boards import clock, top
from pulsetrain.boards.build import build_board
from pulsetrain.boards.clock import Try, auto_clock, best, next_clock
from pulsetrain.boards.fit import auto_lanes, check_estimate
from pulsetrain.boards.registry import BOARDS
from pulsetrain.boards.top import CORE, TOP, clock_below, make_top, pll_settings, slowest_clock
from pulsetrain.device import engine_digest
from pulsetrain.emit import emit_verilog
from pulsetrain.face.hardware import board_at_rate
from pulsetrain.fpga import flow
from pulsetrain.fpga.build import TimingMissedError, check_timing
from pulsetrain.fpga.families import FAMILIES
from pulsetrain.fpga.fit import (
    NoRoomError,
    best_lanes,
    estimated,
    shortage,
    with_section,
)
from pulsetrain.fpga.path import path_of
from pulsetrain.fpga.place import DoesNotFitError, NotRoutedError, Placement
from pulsetrain.fpga.synthesis import Netlist
from pulsetrain.fpga.tools import TimeLimitError
from pulsetrain.golden import GoldenEngine
from pulsetrain.hdl.link.linked import LinkedEngine
from pulsetrain.host import BoardEngine, Link, sample_bytes
from pulsetrain.protocol import MIN_DIVISOR
from pulsetrain.sim.native_board import NativeBoard
from pulsetrain.spec import builtin_names, load_config

REFUSED = {
    ("arty-a7-35", "mnist"), ("arty-a7-35", "mnist-64"), ("arty-a7-35", "mnist-ice40"),
    ("arty-a7-100", "mnist-ice40"),
    ("ecpix5-45f", "mnist"), ("ecpix5-45f", "mnist-64"), ("ecpix5-45f", "mnist-ice40"),
    ("icebreaker", "mnist"), ("icebreaker", "mnist-64"), ("icebreaker", "mnist-small"),
    ("tang-nano-9k", "mnist"), ("tang-nano-9k", "mnist-64"), ("tang-nano-9k", "mnist-ice40"),
    ("tang-nano-9k", "mnist-small"), ("ulx3s-25f", "mnist"), ("ulx3s-25f", "mnist-64"),
    ("ulx3s-25f", "mnist-ice40"), ("ulx3s-85f", "mnist-ice40"),
}
"""Boards and the built-in configurations that do not fit them."""

QUICK_LANES = 8
"""More elaborate to more of the same, and fewer to more banks of memory."""

WITH_CORE = "digits"
"""The configuration for which the core of a smaller network is elaborated for every board. Those of
others differ from board to board only in the clock cycles per bit, so each is elaborated once."""

TAKEN = (
    ("icebreaker", "digits", 2, False, {"lut4": 3773, "block_ram": 22}),
    ("icebreaker", "digits", 4, False, {"lut4": 4676, "block_ram": 24}),
    ("tang-nano-9k", "digits", 8, False, {"lut4": 4936, "block_ram": 7}),
    ("ulx3s-85f", "digits", 8, False, {"lut4": 5024, "ff": 3606, "block_ram": 11}),
    ("arty-a7-100", "digits", 2, False, {"lut6": 2217, "ff": 2118, "block_ram": 9, "dsp": 2}),
    ("arty-a7-100", "digits", 8, False, {"lut6": 3290, "ff": 3269, "block_ram": 10, "dsp": 8}),
    ("arty-a7-100", "mnist-small", 64, False,
     {"lut6": 11_278, "ff": 12_067, "block_ram": 68, "dsp": 64}),
    ("ulx3s-85f", "digits", 8, True, {"lut4": 7436, "ff": 4599, "block_ram": 12}),
    ("ulx3s-85f", "digits", 32, True, {"lut4": 12_385, "block_ram": 24}),
    ("ulx3s-85f", "mnist-64", 100, True, {"lut4": 22_189, "ff": 16_610, "block_ram": 148}),
)
"""Resources counted by the tools, of tops that are not in the table of clocks: board,
configuration, lanes, whether with memory, resources; for the Arty without PLL and pins."""


@pytest.fixture
def clocks(monkeypatch):
    """The module of the table of clocks."""
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / "docs")
    return import_module("clocks")


@cache
def core_of(config):
    """The RTLIL of the core of `config`."""
    with pytest.MonkeyPatch.context() as patch:
        without_yosys(patch)
        return emit_verilog(LinkedEngine(config, MIN_DIVISOR), CORE)


def as_rtlil(text, *others, **named):
    """What is emitted, if it stays RTLIL."""
    return text


def without_yosys(monkeypatch):
    """Let what is emitted be RTLIL."""
    for module in ("pulsetrain.emit.verilog", "pulsetrain.boards.top"):
        monkeypatch.setattr(f"{module}.rtlil_to_verilog", as_rtlil)


def replace_core(monkeypatch, text):
    """Let `make_top` take the core's Verilog from `text` of a configuration and a divisor."""
    monkeypatch.setattr(top, "LinkedEngine", text)
    monkeypatch.setattr(top, "emit_verilog", lambda core, name: core)


@pytest.mark.parametrize("name", builtin_names())
@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_every_top_elaborates_or_is_refused(board, name, monkeypatch):
    config = load_config(name)
    if (board.name, name) in REFUSED:
        with pytest.raises(NoRoomError,
                           match=rf"{name} with lanes=1 does not fit {board.name}: \w+ "
                                         r"must be at most [\d,]+, not about [\d,]+.*; set "):
            auto_lanes(config, board)
        return
    lanes = min(auto_lanes(config, board), QUICK_LANES)
    config = with_section(config, "engine", lanes=lanes)
    clock = auto_clock(config, board)
    if name == WITH_CORE:
        config = small_config(**TINY)
        monkeypatch.setattr("pulsetrain.emit.verilog.rtlil_to_verilog", as_rtlil)
    else:
        replace_core(monkeypatch, lambda config, *others, **named: core_of(config))
    made = make_top(config, board, clock)
    for module in (rf"{TOP}\(", rf"\\{CORE}$"):
        assert len(re.findall(f"^module {module}", made.verilog, re.MULTILINE)) == 1
    for pin in (made.clock_pin, made.rx_pin, made.tx_pin):
        assert pin in made.constraints
    assert made.constraints.count("led") >= 2


def test_an_estimate_says_what_the_memory_of_a_board_gives():
    """A row is closed and another one opened for the entry and for the record of each sample."""
    config, data = small_config(), small_data(small_config())
    found = estimate(config, data, board="ulx3s-85f")
    clock = found.clock_mhz * 1e6
    period = 1e9 / clock
    samples = encoded(config, data.x_train, data.y_train, False)
    most = max(map(len, samples)) / 2 + 1 + 2 + 4
    opened = 2 * (2 * -(-21 // period) + 6)
    assert clock / (most + opened) <= found.rates["memory"] < clock / (2 + 4 + opened)
    assert (found.limit, found.limit_with_memory) == ("line", "core")
    assert estimate(config, data, board="icebreaker").limit_with_memory is None


def test_a_top_is_the_same_text_again(monkeypatch):
    without_yosys(monkeypatch)
    board, config = BOARDS["ulx3s-85f"], small_config(**TINY)
    made = make_top(config, board, 50.0)
    assert made == make_top(config, board, 50.0)
    assert str(Path(__file__).parent.parent) not in made.verilog + made.constraints


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_next_slower_clock_is_possible(board):
    clock = auto_clock(small_config(), board)
    assert board.divisor(clock) == pytest.approx(clock * 1e6 / board.baud, rel=0.02)
    below = clock_below(board, clock - 0.1)
    assert 0.9 * clock < below < clock
    assert pll_settings(board, float(f"{below:g}")).megahertz == below


def test_a_clock_without_the_rate_of_the_uart_is_refused():
    with pytest.raises(ValueError, match="near a multiple of 3 MHz, the rate of the UART of ulx3s"):
        BOARDS["ulx3s-85f"].divisor(6.5)


@pytest.mark.parametrize("board", ["icebreaker", "ecpix5-45f"])
def test_a_faster_line_takes_a_clock_that_gives_its_rate(board):
    """12 Mbaud, if the clock is fast enough: a bit has four cycles or more."""
    fast = BOARDS[board].at_rate(12_000_000)
    assert (fast.baud, BOARDS[board].baud) == (12_000_000, 6_000_000)
    assert slowest_clock(fast) == pytest.approx(48, rel=0.02)
    assert fast.divisor(slowest_clock(fast)) == 4
    assert fast.divisor(96) == 8
    with pytest.raises(ValueError, match=r"must be in 1\.\.12,000,000, what"):
        fast.at_rate(12_000_001)


@pytest.mark.parametrize(("board", "baud", "message"), [
    ("ulx3s-85f", 6_000_000, "--baud must be in 1..3,000,000, what the bridge of ulx3s-85f can do"),
    ("icebreaker", 12_000_000, "--baud 12000000 needs a clock of at least 4"),
    (None, 1_000_000, "--baud needs --board")])
def test_a_rate_that_cannot_be_built_is_refused(run, tmp_path, board, baud, message):
    target = ["--board", board] if board else []
    status, _, error = run("build", "digits", *target, "--baud", baud, "-o", tmp_path / "built")
    assert status == 2
    assert error.startswith(f"error: {message}")
    assert not (tmp_path / "built").exists()


def test_a_board_is_built_at_the_rate_that_is_asked_for():
    config, board = load_config("digits"), BOARDS["ecpix5-45f"]
    fast = board_at_rate(board, 12_000_000, config)
    clock = auto_clock(config, fast)
    assert clock > 48
    divisor = fast.divisor(clock)
    assert clock * 1e6 / divisor == pytest.approx(12e6, rel=0.02)
    assert board_at_rate(board, None, config) is board


@pytest.mark.parametrize(("board", "name", "lanes", "memory", "taken"), TAKEN)
def test_estimates_are_near_the_counts_of_the_tools(board, name, lanes, memory, taken):
    config = load_config(name, settings=[f"engine.lanes={lanes}"])
    board = BOARDS[board] if memory else BOARDS[board].without_memory
    found = estimated(config, board.part)
    assert {key: found[key] for key in taken} == pytest.approx(taken, rel=0.12)


def test_estimates_are_near_the_tops_that_were_placed(clocks):
    """Place and route does not look for the fastest clock of a top that is asked for a slow one."""
    for built, rows in clocks.by_top(clocks.read_rows()).items():
        if built.asked > 0.8 * built.expected:
            assert built.expected == pytest.approx(clocks.reached(rows), rel=0.12), built
        found = estimated(built.loaded, built.on.part)
        for name in ("lut4", "block_ram", "dsp"):
            assert found[name] == pytest.approx(getattr(rows[0], name), rel=0.12), (built, name)


def test_a_top_has_the_multipliers_of_its_board(clocks):
    asked = {"config": "mnist-64", "board": "ulx3s-85f", "lanes": 200, "memory": False,
             "asked": 50.0}
    assert clocks.Top(settings="engine.multipliers=auto", **asked).loaded.design.dsp_lanes == 156
    with pytest.raises(NoRoomError, match="dsp must be at most 156, not about 200"):
        clocks.synthesised(clocks.Top(settings="", **asked), None)


def test_the_page_shows_the_clocks(clocks, tmp_path):
    page = clocks.PAGE.read_text(encoding="utf-8")
    assert clocks.with_tables(page, {"clocks": clocks.clocks_table}) == page
    assert page.count("<!-- table of clocks -->") == 1
    rows = clocks.read_rows()
    clocks.write_rows(clocks.added(rows, rows[:1]), tmp_path / "again.csv")
    assert clocks.read_rows(tmp_path / "again.csv") == [*rows[1:], rows[0]]


@pytest.mark.parametrize(("board", "name", "settings", "advice"), [
    ("icebreaker", "digits", ["engine.lanes=8"], r"set engine\.lanes to 4"),
    ("icebreaker", "mnist-small", ["engine.lanes=1"], r"set engine\.memory to spram"),
    ("icebreaker", "mnist", ["engine.lanes=1"],
     r"set engine\.memory to spram and network\.hidden to \[82\]"),
    ("ulx3s-85f", "mnist-ice40", [], r"set engine\.memory to block"),
    ("ulx3s-25f", "mnist-64", ["engine.lanes=1"], r"set network\.hidden to \[96\]"),
    ("icebreaker", "digits",
     ["device.preset=hzo-fefet", "variation.step=0.3", "engine.lanes=1"], "a larger board")])
def test_the_suggested_settings_fit(board, name, settings, advice):
    board, config = BOARDS[board], load_config(name, settings=settings)
    with pytest.raises(NoRoomError, match=rf"does not fit {board.name}: .*; .*{advice}$") as info:
        check_estimate(config, board)
    for section, key, value in re.findall(r"(engine|network)\.(\w+) to (\w+|\[\d+\])",
                                          str(info.value)):
        config = with_section(config, section,
                              **{key: json.loads(value) if value[-1] in "0123456789]" else value})
    assert "larger" in advice or best_lanes(config, board.part)


def test_auto_lanes_are_at_most_the_units():
    assert auto_lanes(load_config("digits"), BOARDS["ulx3s-85f"]) == 32


def test_auto_lanes_are_as_few_as_give_the_fewest_groups_that_fit():
    board = BOARDS["ulx3s-85f"]
    assert auto_lanes(load_config("mnist-64"), board) == 100
    fitting = {lanes for lanes in range(1, 257) if not shortage(
        with_section(load_config("mnist-64"), "engine", lanes=lanes), board.part)}
    assert {100, 128, 147} < fitting < set(range(148))


# From pin to pin --------------------------------------------------------------------------------


def test_a_top_with_single_port_memory_learns_from_pin_to_pin():
    config = small_config(engine={"lanes": 2, "memory": "spram"})
    data, reference = small_data(config), GoldenEngine(config)
    transport = NativeBoard(config, BOARDS["icebreaker"])
    engine = BoardEngine(config, Link(transport))
    engine.load(reference.read())
    trained = engine.train(data.x_train, data.y_train)
    assert trained.classes.tolist() == reference.train(data.x_train, data.y_train).classes.tolist()
    found, expected = engine.read(), reference.read()
    transport.close()
    expected_bytes = len(data.x_train) * sample_bytes(config, data.x_train, data.y_train)
    assert expected_bytes <= engine.bytes_sent < 1.25 * expected_bytes + 100
    assert found.counters == expected.counters
    for a, b in zip((*found.plus, *found.minus), (*expected.plus, *expected.minus), strict=True):
        assert (a == b).all()


# Bitstreams -------------------------------------------------------------------------------------


@pytest.fixture
def no_tools(monkeypatch):
    """Let builds work without tools: placements reach the clocks in the dictionary, by seed; those
    of 0 MHz are not routed; others find no room, or with a limit are stopped. The core is a line
    with its clock cycles per bit, the rest of the top RTLIL, and no engine is beside them."""
    reached: dict[int, float] = {}

    def place(netlist, part, clock, seed, folder, *, constraints, sites, watch, limit):
        if seed not in reached:
            raise (TimeLimitError(f"seed {seed} was stopped") if limit
                   else DoesNotFitError("the design does not fit"))
        if not reached[seed]:
            raise NotRoutedError(f"seed {seed} was not routed")
        folder.mkdir(exist_ok=True)
        watch("Info: Packing LUTs...\n")
        watch("Info:     iter=2 wires=99 overused=5 overuse=6 archfail=NA\n")
        (folder / "design.bit").write_bytes(b"%d" % seed)
        return Placement(seed=seed, clocks={"clk": reached[seed]}, used={"lut4": 9},
                         path=path_of(["core.engine.a.b"], 1.0, "_LUT4.*"))

    without_yosys(monkeypatch)
    replace_core(monkeypatch, lambda config, divisor, *others, **named: f"// divisor {divisor}\n")
    monkeypatch.setattr(emit, "generate", lambda config, folder: None)
    monkeypatch.setattr(flow, "synthesise", lambda *given, **named: Netlist(
        family=FAMILIES["ecp5"], json=Path("n.json"), verilog=Path("n.v"), cells={}))
    monkeypatch.setattr(flow, "place", place)
    monkeypatch.setattr(flow, "pack", lambda part, folder: folder / "design.bit")
    return reached


@pytest.mark.parametrize(("wish", "reached", "targets"), [
    (50.0, [40.0], [50.0]),
    ("auto", [99.0], [62.5]),
    ("auto", [62.0, 61.0], [62.5, 60.0]),
    ("auto", [50.0, 49.9, 60.0], [62.5, 50.0, 45.833333333333336]),
    ("max", [66.0, 68.0, 66.0], [62.5, 65.625, 67.85714285714286]),
    ("max", [62.0, 64.0], [62.5, 60.0]),
    ("max", [90.0, 89.0], [62.5, 90.0])], ids=str)
def test_which_clocks_are_tried(wish, reached, targets, monkeypatch):
    monkeypatch.setattr(clock, "expected_mhz", lambda config, part: 62.5 / clock.SAFE)
    tried = []
    for found in reached:
        target = next_clock(small_config(), BOARDS["ulx3s-25f"], wish, tried)
        tried.append(Try(target=target, reached=found))
    assert [one.target for one in tried] == targets
    assert next_clock(small_config(), BOARDS["ulx3s-25f"], wish, tried) is None
    met = [one.target for one in tried if one.met]
    assert tried[best(tried)].target == max(met, default=targets[0])


def test_a_search_for_a_clock_ends(monkeypatch):
    for share in (0.5, 1.5):  # of every target
        tried, board = [], BOARDS["ulx3s-25f"].without_memory
        while target := next_clock(small_config(), board, "max", tried):
            tried.append(Try(target=target, reached=share * target))
        assert 3 <= len(tried) <= clock.MOST_TRIES
        assert len({one.target for one in tried}) == len(tried)


def test_the_bitstream_for_the_fastest_clock_is_kept(no_tools, tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "expected_mhz", lambda config, part: 62.5 / clock.SAFE)
    no_tools[1] = 70.0
    steps = []
    built = build_board(small_config(), BOARDS["ulx3s-25f"], clock="max", seeds=1,
                        folder=tmp_path, progress=lambda *told: steps.append(told))
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["clock"]["asked"] == "max"
    assert report["clock"]["tried"] == [{"target_mhz": 62.5, "reached_mhz": 70.0},
                                        {"target_mhz": 70.0, "reached_mhz": 70.0},
                                        {"target_mhz": 71.875, "reached_mhz": 70.0}]
    assert report["clock"]["built_mhz"] == report["clocks"]["clk"]["target_mhz"] == 70
    assert {"clock-62.5", "clock-70"} < {path.name for path in tmp_path.iterdir()}
    divisor = BOARDS["ulx3s-25f"].divisor(70.0)
    assert f"// divisor {divisor}\n" in (tmp_path / "clock-70/board.v").read_text()
    assert ("clock of 70 MHz", "") in steps
    assert steps.count(("place and route, seed 1", "")) == len(built.tried) == 3
    assert ("place and route, seed 1",
            "routing, iteration 2: 5 wires are used more than once") in steps
    check_timing(built)


def test_a_time_limit_says_what_to_change(no_tools, tmp_path):
    no_tools[1] = 40.0
    build_board(small_config(), BOARDS["ulx3s-25f"], clock=50, seeds=2, folder=tmp_path, limit=1)
    no_tools.clear()
    with pytest.raises(TimeLimitError, match=(
            r"seed 1 was stopped: set engine\.lanes to 1, or raise --time-limit")):
        build_board(small_config(), BOARDS["ulx3s-25f"], clock=50, seeds=2, folder=tmp_path,
                    limit=1)


def test_a_placement_that_is_not_routed_is_left_out(no_tools, tmp_path):
    no_tools.update(enumerate((0.0, 40.0, 0.0), 1))
    built = build_board(small_config(), BOARDS["ulx3s-25f"], clock=50, seeds=3, folder=tmp_path)
    assert [placed.seed for placed in built.placements] == [2]
    no_tools[2] = 0.0
    with pytest.raises(NotRoutedError, match="seed 3 was not routed"):
        build_board(small_config(), BOARDS["ulx3s-25f"], clock=50, seeds=3, folder=tmp_path)


@pytest.mark.parametrize(("reached", "kept", "seeds"), [
    ((40.0, 52.0, 60.0), 2, 2), ((40.0, 49.0, 45.0), 2, 3)], ids=["met", "missed"])
def test_the_fastest_bitstream_is_kept(no_tools, tmp_path, reached, kept, seeds):
    no_tools.update(enumerate(reached, 1))
    board = BOARDS["ulx3s-25f"]
    built = build_board(small_config(), board, clock=50, seeds=3, folder=tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["seeds"] == list(range(1, seeds + 1))
    assert report["clocks"]["clk"]["achieved_mhz"] == reached[kept - 1]
    assert (tmp_path / report["bitstream"]).read_bytes() == b"%d" % kept
    if report["timing_met"]:
        check_timing(built)
        return
    with pytest.raises(TimingMissedError, match=(
            r"50 MHz on ulx3s-25f: 49\.0 MHz reached \(best of 3 seeds, 40\.0 to 49\.0\); set "
            r"--clock to 45\.8333 or less, or lower engine\.lanes")):
        check_timing(built)


def test_tops_get_the_sites_of_the_board(no_tools, tmp_path, monkeypatch):
    seen, place = [], flow.place

    def told(*given, sites, **named):
        seen.append(sites)
        return place(*given, sites=sites, **named)

    monkeypatch.setattr(flow, "place", told)
    no_tools[1] = 60.0
    board = BOARDS["ulx3s-85f"]
    for one in (board, board.without_memory):
        build_board(small_config(), one, clock=50, seeds=1, folder=tmp_path)
    assert seen == [board.sites, board.sites]
    assert board.sites


def test_placement_without_room_suggests_settings(no_tools, tmp_path):
    (tmp_path / "pulsetrain.bit").write_bytes(b"of an earlier build")
    with pytest.raises(DoesNotFitError, match=r"the design does not fit: set engine\.lanes to 1"):
        build_board(small_config(), BOARDS["ulx3s-25f"], clock=50, seeds=1, folder=tmp_path)
    assert not (tmp_path / "pulsetrain.bit").exists()


def test_a_bitstream_from_end_to_end(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    status, shown, error = run("build", "small.toml", "--board", "ulx3s-25f", "--no-memory",
                               "--lanes", 1, "--seeds", 1, "-o", "built", *TINY_SETTINGS)
    assert (status, error) == (0, "")
    report = json.loads(Path("built/report.json").read_text())
    assert (report["board"], report["part"], report["lanes"]) == ("ulx3s-25f", "ecp5-25f", 1)
    assert report["digest"] == engine_digest(small_config(**TINY, engine={"lanes": 1}))
    found = report["clock"]
    assert found["asked"] == "auto"
    assert 60 < found["built_mhz"] < found["expected_mhz"] < 110
    assert report["clocks"]["clk"]["target_mhz"] == found["built_mhz"]
    assert report["clocks"]["clk"]["achieved_mhz"] >= found["built_mhz"]
    assert f"Clock: auto was wanted, {found['expected_mhz']:.1f} MHz expected" in shown
    assert report["resources"]["lut4"]["total"] == 24_288
    assert Path("built", emit.VERILOG).is_file()
    assert Path("built", report["bitstream"]).stat().st_size > 10_000
    assert b"LFE5U-25F-6CABGA381" in Path("built", report["bitstream"]).read_bytes()
    assert "Bitstream: pulsetrain.bit" in shown


@pytest.mark.parametrize(("arguments", "status", "message"), [
    (("--board", "ulx4s"), 2, "--board must be one of arty-a7-35, arty-a7-100, ecpix5-45f, "),
    (("--board", "ulx3s-25f", "--part", "ecp5-25f"), 2, "give --board or --part, not both"),
    (("--board", "ulx3s-25f", "--clock", 48), 2, "--clock must be one that the PLL makes"),
    (("--board", "ulx3s-25f", "--clock", 12.5), 2, "--clock must be near a multiple of 3 MHz"),
    (("--board", "ulx3s-25f", "--clock", "min"), 2,
     "--clock must be a number of MHz, auto or max, not 'min'"),
    (("--board", "icebreaker", "--lanes", 8), 1,
     "digits with lanes=8 does not fit icebreaker: lut4 must be at most 5,016, not about "),
    (("--board", "ulx3s-25f", "--lanes", "many"), 2, "--lanes must be a number or auto, not"),
    (("--part", "ice40up5k", "--lanes", "auto", "--set", "network.hidden=[2000]"), 1,
     "digits with lanes=1 does not fit ice40up5k: "),
    (("--board", "icebreaker", "--set", "network.hidden=[2000]"), 1, "network.hidden to ["),
], ids=range(9))
def test_unusable_options_are_refused(run, tmp_path, monkeypatch, arguments, status, message):
    monkeypatch.chdir(tmp_path)
    ended, _, error = run("build", "digits", "-o", "built", *arguments)
    assert ended == status
    assert message in error
    assert not Path("built").exists()


@pytest.mark.parametrize(("lanes", "fits"), [(["--lanes", "auto"], True), ([], True),
                                             (["--lanes", 8], False)], ids=str)
def test_estimate_of_a_board(run, tmp_path, lanes, fits):
    figures = tmp_path / "figures.json"
    save_small(tmp_path)
    status, shown, error = run("estimate", "digits", "--board", "icebreaker", *lanes,
                           "--json", figures)
    found = json.loads(figures.read_text())
    assert (found["board"], found["fits"], found["lanes"]) == ("icebreaker", fits, 4 if fits else 8)
    assert found["resources"]["dsp"] == {"estimated": found["lanes"], "total": 8}
    rates, clock = found["samples_per_second"], found["clock_mhz"]
    assert 30 <= clock < 36
    assert rates["core"] == clock * 1e6 / found["cycles_per_sample"]["predicted"]
    line_bytes = BOARDS["icebreaker"].baud / 10 / rates["line"]
    assert line_bytes == pytest.approx(69.4, rel=0.02)  # measured: docs/reference/link.md
    assert (found["limited_by"], found["limited_by_with_memory"]) == ("line", None)
    assert f"the serial line {rates['line']:,.0f}. Limited by the serial line." in shown
    assert status == (not fits)
    assert ("set engine.lanes to 4" in error) is not fits
