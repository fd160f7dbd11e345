"""The simulator runner, on a small accumulator: what must pass, and what must not."""

import os
from pathlib import Path

import pytest
from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from pulsetrain.emit import emit_verilog
from pulsetrain.sim import runner

TOP = "accumulator"


class Accumulator(wiring.Component):
    """total <- total + value in every cycle, wrapping at 12 bits."""

    value: In(signed(8))
    total: Out(signed(12))

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.total.eq(self.total + self.value)
        return m


@pytest.fixture(scope="session")
def accumulator(tmp_path_factory):
    """The emitted Verilog of the accumulator."""
    path = tmp_path_factory.mktemp("verilog") / f"{TOP}.v"
    path.write_text(emit_verilog(Accumulator(), TOP))
    return path


@pytest.fixture(scope="session", params=runner.SIMULATORS)
def built(request, accumulator, tmp_path_factory):
    """(simulator, folder) of the accumulator, compiled."""
    folder = tmp_path_factory.mktemp(request.param)
    runner.build(accumulator, TOP, request.param, folder)
    return request.param, folder


def test_passing_tests_are_counted(built, capfd):
    environment, working_folder = dict(os.environ), Path.cwd()
    assert runner.run(TOP, *built, "cocotb_smoke", testcase="adds") == 1
    assert runner.run(TOP, *built, "cocotb_smoke") == 3
    assert capfd.readouterr() == ("", "")
    assert dict(os.environ) == environment
    assert Path.cwd() == working_folder


def test_compiled_text_does_not_name_its_folder(built):
    """So ccache has what was compiled from the same text in another folder."""
    simulator, folder = built
    texts = [path.read_text() for path in folder.glob("*.cpp")]
    assert bool(texts) == (simulator == "verilator")
    assert not [text for text in texts if str(folder) in text]


def test_log_goes_where_it_is_asked(built, tmp_path):
    log = tmp_path / "logs" / "smoke.log"
    runner.run(TOP, *built, "cocotb_smoke", log=log)
    assert "cocotb_smoke.wraps" in log.read_text()


def test_caller_s_filter_does_not_choose_the_tests(built, monkeypatch):
    monkeypatch.setenv("COCOTB_TEST_FILTER", "adds")
    monkeypatch.setenv("COCOTB_TESTCASE", "adds")
    assert runner.run(TOP, *built, "cocotb_smoke") == 3


def test_failing_test_raises(built):
    with pytest.raises(runner.SimulationFailedError, match="1 of 4 tests of cocotb_smoke") as info:
        runner.run(TOP, *built, "cocotb_smoke", environment={"SMOKE_FAILS": "1"})
    assert "assert 6 == 7" in info.value.tail


@pytest.mark.parametrize("module", ["colorsys", "no_such_module"])
def test_module_without_tests_raises(built, module):
    with pytest.raises(runner.SimulationFailedError, match=module):
        runner.run(TOP, *built, module)


def test_testcase_without_match_raises(built):
    with pytest.raises(runner.SimulationFailedError, match="no test of cocotb_smoke"):
        runner.run(TOP, *built, "cocotb_smoke", testcase="dds")


def test_module_with_only_skipped_tests_raises(built, tmp_path, monkeypatch):
    source = "import cocotb\n\n@cocotb.test(skip=True)\nasync def never(dut):\n    pass\n"
    (tmp_path / "cocotb_skipped.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(runner.SimulationFailedError, match="no test of cocotb_skipped"):
        runner.run(TOP, *built, "cocotb_skipped")


@pytest.mark.parametrize("simulator", runner.SIMULATORS)
def test_broken_verilog_raises(simulator, tmp_path):
    path = tmp_path / "broken.v"
    path.write_text("module broken(input a, output b);\n  assign b = no_such_signal\nendmodule\n")
    with pytest.raises(runner.SimulationFailedError, match="cannot build 'broken'") as info:
        runner.build(path, "broken", simulator, tmp_path / "build")
    assert "syntax error" in info.value.tail


@pytest.mark.parametrize("simulator", runner.SIMULATORS)
def test_missing_simulator_raises(simulator, accumulator, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(runner.SimulatorMissingError,
                       match=f"{simulator} needs .*`make simulators`"):
        runner.build(accumulator, TOP, simulator, tmp_path / "build")


def test_unknown_simulator_raises(tmp_path):
    message = "simulator must be one of icarus, verilator, not 'modelsim'"
    with pytest.raises(ValueError, match=message):
        runner.build(tmp_path / "any.v", TOP, "modelsim", tmp_path)
    with pytest.raises(ValueError, match=message):
        runner.run(TOP, "modelsim", tmp_path, "cocotb_smoke")
    with pytest.raises(ValueError, match=message):
        runner.version("modelsim")


@pytest.mark.parametrize("simulator", runner.SIMULATORS)
def test_version_is_a_number(simulator):
    assert runner.version(simulator).split(".")[0].isdigit()


def test_version_of_a_missing_simulator_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert runner.version("icarus") is None


def test_lint_accepts_emitted_verilog(accumulator):
    runner.lint(accumulator, TOP)


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("WIDTHTRUNC", "assign b = a;"),
        ("LATCH", "reg [3:0] c; assign b = c; always @* if (a[0]) c = a[3:0];"),
        ("UNDRIVEN", "wire [3:0] c; assign b = c;"),
    ],
)
def test_lint_rejects_a_defect(rule, body, tmp_path):
    path = tmp_path / "defect.v"
    path.write_text(f"module defect(input [7:0] a, output [3:0] b);\n  {body}\nendmodule\n")
    with pytest.raises(runner.SimulationFailedError, match="rejects 'defect'") as info:
        runner.lint(path, "defect")
    assert f"%Warning-{rule}" in info.value.tail
