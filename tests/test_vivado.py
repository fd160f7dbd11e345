"""Vivado: its reports are read; a project is complete without it; and what a build does with it.

Vivado is not here. The reports in `tests/vivado` were written by hand in the format of its own, and
a program of its name copies them.
"""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from small import TINY, TINY_SETTINGS, small_config
from test_boards import replace_core

from pulsetrain.boards.clock import auto_clock
from pulsetrain.boards.registry import BOARDS
from pulsetrain.boards.top import CORE, TOP, make_top
from pulsetrain.errors import ELSEWHERE, FAILED
from pulsetrain.fpga.synthesis import synthesise
from pulsetrain.fpga.vivado import VivadoReportError, outcome

REPORTS = Path(__file__).with_name("vivado")

BUILD = ("build", "digits", *TINY_SETTINGS, "--board", "arty-a7-35")

CORE_STUB = f"""
module {CORE}(input clk, input rst, input rx, output reg tx, output activity, output error);
  assign activity = tx, error = ~tx;
  always @(posedge clk) tx <= rx & ~rst;
endmodule
"""

PROJECT = ("board.v", "board.xdc", "board.tcl", "manifest.json", "report.json")


@pytest.fixture
def reports(tmp_path):
    """A folder with both reports."""
    return Path(shutil.copytree(REPORTS, tmp_path / "reports"))


@pytest.fixture
def vivado(tmp_path, monkeypatch):
    """Let a program called vivado be on the path; returns the file in which it notes its runs.

    It fails if the script that it is given does not name files of its folder.
    """
    folder, runs = tmp_path / "bin", tmp_path / "runs"
    folder.mkdir()
    program = folder / "vivado"
    program.write_text(f"""#!/bin/sh
set -e
echo "$@" >> {runs}
[ "$1 $2 $3" = "-mode batch -source" ]
for file in $(sed -n 's/^add_files //p; s/^read_xdc //p' "$4"); do [ -f "$file" ]; done
cp {REPORTS}/* .
echo bits > board.bit
""")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return runs


def test_reports_are_read(reports):
    found = outcome(reports, "board")
    assert found.used == {"lut6": 2431, "ff": 2987, "block_ram": 11, "dsp": 4}
    assert found.clock == "pll_clock"
    assert found.target == pytest.approx(48.957, abs=0.001)
    assert found.reached == pytest.approx(1000 / (20.426 - 5.302))
    assert (found.path.start, found.path.end) == ("synapse.row", "backward.exact")
    assert found.path.blocks == ("synapse", "backward")
    assert found.path.nanoseconds == 14.914
    assert found.version.startswith("Vivado v.2023.2")


def test_the_clock_with_the_least_slack_counts(reports):
    """A clock with more slack, however slow, does not limit the design."""
    path = reports / "board_timing.rpt"
    path.write_text(path.read_text().replace("  pll_feedback  ", "  other         ").replace(
        "  pll_feedback      ", f"  other      9.000 {'0.0 ' * 10}").replace(
            " 5.302        0.000 ", "-1.074        0.000 "))
    assert outcome(reports, "board").reached == pytest.approx(1000 / 21.5)


@pytest.mark.parametrize(("name", "lost", "message"), [
    ("board_timing.rpt", "Source:", "must hold clocks with their slack and the slowest path"),
    ("board_timing.rpt", "| Intra Clock Table", "must hold clocks with their slack"),
    ("board_utilization_place.rpt", "| DSPs", "must hold the row DSPs")])
def test_a_report_without_what_is_read_is_refused(reports, name, lost, message):
    path = reports / name
    path.write_text(path.read_text().replace(lost, "?"))
    with pytest.raises(VivadoReportError, match=rf"{name}: {message}"):
        outcome(reports, "board")
    path.unlink()
    with pytest.raises(VivadoReportError, match=rf"{name}: does not exist"):
        outcome(reports, "board")


def test_yosys_finds_the_pads_of_the_top(tmp_path, monkeypatch):
    """Yosys would add a pad, or a clock buffer, where one is missing. The core is only a register.
    """
    config, board = small_config(**TINY), BOARDS["arty-a7-35"]
    replace_core(monkeypatch, lambda config, *others, **named: CORE_STUB)
    verilog = tmp_path / f"{TOP}.v"
    verilog.write_text(make_top(config, board, auto_clock(config, board)).verilog)
    family = board.part.family
    with_pads = replace(family, synthesis=replace(
        family.synthesis, command="synth_xilinx -family xc7"))
    netlist = synthesise(verilog, TOP, with_pads, tmp_path / "synthesis")
    found = {cell: count for cell, count in netlist.cells.items() if "BUF" in cell or "PLL" in cell}
    assert found == {"IBUF": 2, "OBUFT": 3, "BUFG": 1, "PLLE2_BASE": 1}


def test_without_vivado_the_project_is_complete_and_not_built(run, tmp_path):
    built = tmp_path / "built"
    status, _, error = run(*BUILD, "-o", built)
    assert status == ELSEWHERE
    assert error.startswith("error: the project for arty-a7-35 is complete, but not built: vivado "
                            "is not on this machine.")
    assert "vivado -mode batch -source board.tcl" in error
    assert all((built / name).is_file() for name in PROJECT)
    report = json.loads((built / "report.json").read_text())
    assert (report["board"], report["digest"] != "") == ("arty-a7-35", True)
    assert report["bitstream"] is report["timing_met"] is None
    assert "xc7a35ticsg324-1L" in (built / "board.tcl").read_text()
    assert "PLLE2_BASE" in (built / "board.v").read_text()
    constraints = (built / "board.xdc").read_text()
    assert 'LOC A9 [get_ports "uart_0__rx__io"]' in constraints
    assert "create_clock -name clk100_0__io -period 10.0" in constraints
    status, _, error = run("program", built)
    assert (status, "is not the report of a build for a board" in error) == (2, True)


def test_vivado_is_run_once_and_its_reports_are_read(run, tmp_path, vivado):
    built = tmp_path / "built"
    status, shown, error = run(*BUILD, "-o", built)
    assert (status, error) == (0, "")
    report = json.loads((built / "report.json").read_text())
    assert report["resources"]["lut6"] == {"used": 2431, "total": 20_800}
    assert report["resources"]["block_ram"] == {"used": 11, "total": 100}
    assert report["clocks"]["pll_clock"]["achieved_mhz"] == pytest.approx(66.1, abs=0.1)
    assert (report["timing_met"], report["bitstream"]) == (True, "board.bit")
    assert report["clock"]["expected_mhz"] is None
    assert "expected by the estimate" not in shown
    assert report["tools"]["vivado"].startswith("Vivado v.2023.2")
    assert run(*BUILD, "-o", built)[0] == 0  # the same project: its reports are read again
    assert len(vivado.read_text().splitlines()) == 1
    status, _, error = run(*BUILD, "-o", built, "--clock", "72")  # another one: it is built
    assert len(vivado.read_text().splitlines()) == 2
    assert (status, "misses its target of 72 MHz" in error) == (FAILED, True)


def test_a_search_for_the_fastest_clock_is_refused(run, tmp_path):
    status, _, error = run(*BUILD, "-o", tmp_path / "built", "--clock", "max")
    assert (status, "--clock must be auto or a number of MHz for arty-a7-35" in error) == (2, True)


@pytest.mark.parametrize("command", ["estimate", "run"])
def test_other_commands_say_that_a_processor_board_is_for_build(run, command):
    port = ("--port", "virtual") if command == "run" else ()
    status, _, error = run(command, "digits", "--board", "pynq-z2", *port)
    assert (status, "`estimate --part xc7z020`" in error) == (2, True)
