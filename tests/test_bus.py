"""Engines behind buses, driven by drivers that are not ours: one simulation for each bus."""

import json
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from amaranth.hdl import Fragment
from bus_checks import FOLDER
from lints import check_icarus, check_slang
from small import TINY_SETTINGS, small_config

from pulsetrain.cli import main
from pulsetrain.emit import CROSSING_WAIVERS, generate
from pulsetrain.sim import runner

EXAMPLES = Path(__file__).parent.parent / "docs" / "example"
ENGINES = {
    "events": small_config(),
    # Another seed, two slices of unlike width, inputs that are no multiple of four, activations of
    # five bits.
    "values": small_config(seed=7, network={"inputs": 6, "hidden": [3], "outputs": 3},
                           numbers={"activation_bits": 5}, device={"levels": 12},
                           engine={"lanes": 17, "input": "raw"}),
}
CROSSING = "crossing"
"""The engine "events" again, with a clock of its own."""
UNKNOWN = "unknown"
"""An engine of `SINGLE_PORT` without initial values, behind AXI."""
PARITY = "parity"
"""An engine that tells flipped bits, with a clock of its own, behind AXI."""
SINGLE_PORT = small_config(engine={"lanes": 2, "memory": "spram"})

BUSES = {"axi": ("axi", "axi", 15), "wishbone": ("wishbone", "wishbone-pipelined", 11)}
"""For each top the buses of `ENGINES`, and the number of its tests."""


def emit_each_engine_once(patch):
    """Let `generate` emit the engine of each name once, and only elaborate it again: Amaranth warns
    of a component that is made for nothing."""
    module = import_module("pulsetrain.emit.generate")
    texts, emit = {}, module.emit_verilog

    def emitted(engine, name, **options):
        if name in texts:
            Fragment.get(engine, None)
        else:
            texts[name] = emit(engine, name, **options)
        return texts[name]

    patch.setattr(module, "emit_verilog", emitted)


@pytest.fixture(scope="module")
def emitted(tmp_path_factory) -> dict[str, Path]:
    """For each of `BUSES` the folder of the emitted engines."""
    folders = {bus: tmp_path_factory.mktemp(bus) for bus in BUSES}
    with pytest.MonkeyPatch.context() as patch:
        emit_each_engine_once(patch)
        for top, folder in folders.items():
            for (name, config), bus in zip(ENGINES.items(), BUSES[top], strict=False):
                generate(config, folder / name, name, bus=bus)
                (folder / f"{name}.json").write_text(config.model_dump_json())
            generate(ENGINES["events"], folder / CROSSING, CROSSING, bus=BUSES[top][0],
                     crosses=True)
            (folder / f"{CROSSING}.json").write_text(ENGINES["events"].model_dump_json())
    parity = small_config(engine={"lanes": 2, "parity": True})
    generate(parity, folders["axi"] / PARITY, PARITY, bus="axi", crosses=True)
    (folders["axi"] / f"{PARITY}.json").write_text(parity.model_dump_json())
    generate(SINGLE_PORT, folders["axi"] / UNKNOWN, UNKNOWN, initial_values=False, bus="axi")
    (folders["axi"] / f"{UNKNOWN}.json").write_text(SINGLE_PORT.model_dump_json())
    return folders


@pytest.mark.parametrize("bus", BUSES)
def test_engines_behind_a_bus(bus, emitted, monkeypatch):
    folder = emitted[bus]
    monkeypatch.syspath_prepend(EXAMPLES)
    verilog = folder / "both.v"
    verilog.write_text("".join(path.read_text() for path in sorted(folder.glob("*/*.v"))))
    tops = [*(top for name in ENGINES for top in (f"{name}_{bus}", name)), f"{CROSSING}_{bus}",
            *[f"{UNKNOWN}_axi", f"{PARITY}_axi"] * (bus == "axi")]
    runner.build(verilog, tops[0], "icarus", folder / "build", more_tops=tops[1:])
    assert runner.run(tops[0], "icarus", folder / "build", f"cocotb_{bus}",
                      environment={FOLDER: str(folder)}) == BUSES[bus][-1]


@pytest.mark.parametrize("bus", BUSES)
def test_a_top_gives_no_warnings(bus, emitted):
    folder = emitted[bus]
    for name in (*ENGINES, CROSSING):
        both = folder / f"{name}_lint.v"
        both.write_text("".join((folder / name / f"{part}.v").read_text()
                                for part in (name, f"{name}_{bus}")))
        runner.lint(both, f"{name}_{bus}",
                    [*runner.WAIVERS, *[CROSSING_WAIVERS] * (name == CROSSING)])
        check_icarus(both, f"{name}_{bus}")
        check_slang(both, f"{name}_{bus}")


@pytest.mark.parametrize("top", BUSES)
def test_the_manifest_lists_the_registers_of_the_bus(top, emitted):
    for name, config in ENGINES.items():
        manifest = json.loads((emitted[top] / name / "manifest.json").read_text())
        bus = manifest["bus"]
        assert (bus["top"], bus["files"]) == (f"{name}_{top}", [f"{name}.v", f"{name}_{top}.v"])
        assert [(entry["name"], entry["address"] // 4, entry["reset"])
                for entry in bus["registers"][:len(manifest["registers"])]] == [
            (entry["name"], entry["address"], entry["reset"]) for entry in manifest["registers"]]
        assert [entry["access"] for entry in bus["registers"] if entry["name"] in (
            "identity", "gate", "interrupt_pending", "row_command")] == [
            "read-only", "read-write", "write-1-to-clear", "write-only"]
        taken = [entry["address"] + 4 * place for entry in bus["registers"]
                 for place in range(entry["count"])]
        assert len(set(taken)) == len(taken)
        for entry in bus["registers"]:
            ends = [field["offset"] + field["width"] for field in entry["fields"]]
            begins = [field["offset"] for field in entry["fields"]]
            assert all(end <= begin for end, begin in zip([0, *ends], [*begins, 32], strict=True))
            assert entry["description"]
            assert all(field["description"] for field in entry["fields"])
        ports = {port["name"]: port["width"] for port in bus["ports"]}
        assert {bus["clock"]["port"], bus["reset"]["port"]} <= ports.keys()
        for port, structure in bus["streams"].items():
            assert ports[port] >= bus["structures"][structure]["width"]
        words = bus["registers"][-1]
        assert 32 * words["count"] >= bus["structures"]["row_data"]["width"]
        assert config.engine.lanes == manifest["memory_map"]["lanes"]


def test_the_command_writes_the_top(run, tmp_path):
    status, _, _ = run("generate", "digits", "--bus", "axi", *TINY_SETTINGS, "-o",
                       tmp_path / "engine")
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "engine").iterdir()) == [
        "config.json", "manifest.json", "pulsetrain.v", "pulsetrain.vlt",
        "pulsetrain_axi.core", "pulsetrain_axi.h", "pulsetrain_axi.rdl", "pulsetrain_axi.svd",
        "pulsetrain_axi.v", "pulsetrain_axi.vlt", "pulsetrain_axi.xml"]


def test_the_page_s_tables_are_the_map(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES.parent)
    page = (EXAMPLES.parent / "how-to" / "design.md").read_text(encoding="utf-8")
    bus = import_module("bus")
    assert bus.with_tables(page, bus.tables()) == page


TUTORIAL = EXAMPLES.parent / "tutorials" / "soc.md"


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """The folder of the tutorial's engine, made by its command."""
    folder = tmp_path_factory.mktemp("example") / "engine"
    line, = (line for line in TUTORIAL.read_text(encoding="utf-8").splitlines()
             if line.startswith("pulsetrain generate "))
    arguments = shlex.split(line)[1:]
    assert arguments[-1] == "engine"
    with pytest.raises(SystemExit) as ended:
        main([*arguments[:-1], str(folder)])
    assert not ended.value.code
    return folder


def run_example(script, folder) -> str:
    """What the tutorial's command that runs `script` prints, which the tutorial shows."""
    page = TUTORIAL.read_text(encoding="utf-8")
    samples, = re.findall(rf"^python docs/example/{script} engine (\d+)$", page, re.MULTILINE)
    ended = subprocess.run([sys.executable, EXAMPLES / script, folder, samples],
                           capture_output=True, text=True, check=False, timeout=250)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    shown, = (line for line in ended.stdout.splitlines() if "learned" in line)
    assert f"```\n{shown.strip()}\n```" in page
    return shown


def test_the_example_trains_over_axi(example, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # cocotb's runner behaves otherwise under pytest
    monkeypatch.setenv("COCOTB_REWRITE_ASSERTION_FILES", "axi_bench.py")  # not all of SciPy
    assert "samples learned over AXI" in run_example("axi_bench.py", example)


def test_a_program_in_c_trains_over_axi(example):
    assert "samples learned from C" in run_example("c_bench.py", example)
