"""Options, marks and fixtures of the tests."""

import gc
import json
import signal
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from yosys_here import run_yosys

from pulsetrain.cli import main
from pulsetrain.emit import verilog
from pulsetrain.files import temporary_folder
from pulsetrain.sim import runner
from pulsetrain.spec.points import read_points

# Elaborating hardware makes many long-lived objects: with Python's default threshold a fifth of
# the time is spent on searching them for garbage.
gc.set_threshold(200_000, 50, 50)

# A shell's background job ignores Ctrl-C, and so would the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SLOW = {
    # Benches of single blocks; those of the network's arithmetic are among the fast tests.
    "test_address", "test_benches_verilator", "test_conductance", "test_conformance", "test_copy",
    "test_crc", "test_delta", "test_device", "test_events", "test_executor", "test_framer",
    "test_generator_bench", "test_host", "test_inbox", "test_loader", "test_packer",
    "test_order_bench",
    "test_refresh", "test_registers", "test_sdram",
    "test_sequencer", "test_spram", "test_step", "test_store", "test_synapse",
    "test_table", "test_uart", "test_unframer",
    # Whole engines in simulators, and faults in them.
    "test_bus", "test_cli_bench", "test_cli_verify", "test_collisions", "test_emit", "test_engine",
    "test_engine_devices",
    "test_engine_lanes", "test_engine_random", "test_engine_spram", "test_engine_verilator",
    "test_mutants", "test_native", "test_netlist", "test_planted_faults", "test_scaling",
    "test_stored", "test_wave",
    # Boards: synthesis, place and route, and virtual ones.
    "test_boards", "test_build", "test_cli_run", "test_fit", "test_link_torture", "test_linked",
    "test_litex",
    "test_pynq", "test_virtual", "test_vivado",
    # Commands that are run many times: with hostile input, or ended at any time.
    "test_fuzz", "test_fuzz_link", "test_hostile", "test_kills", "test_outputs",
    "test_site", "test_tutorials", "test_watch", "test_wheel",
    # Trainings.
    "test_cli_sweep", "test_cli_tune", "test_cli_weights", "test_plain", "test_sweep",
    "test_tuning",
}
"""Test files that `make check` leaves out."""


def pytest_collection_modifyitems(config, items) -> None:
    """Mark the tests of slow files; leave out those of bitstreams unless there are boards, and
    those of netlists unless there are all proofs."""
    if not config.getoption("--bitstreams"):
        items[:] = [item for item in items if "unpacked_board" not in item.fixturenames]
    if not config.getoption("--proofs"):
        items[:] = [item for item in items
                    if not {"netlist_family", "netlist_fault"} & {*item.fixturenames}]
    missing = SLOW - {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    if missing:
        raise pytest.UsageError(f"no such files of tests: {', '.join(sorted(missing))}")
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker("slow")
    # Its one long test is not the last, for which the other cores would wait.
    items.sort(key=lambda item: item.path.stem != "test_wheel")


def pytest_addoption(parser) -> None:
    parser.addoption("--configurations", type=int, default=16, metavar="N",
                     help="whole configurations drawn at random and simulated (default 16)")
    parser.addoption("--draw", type=int, default=10, metavar="N",
                     help="which configurations are drawn; the first 16 of the default draw have "
                          "every option among them (default 10)")
    parser.addoption("--every-lanes", action="store_true",
                     help="simulate engines of all numbers of lanes, not only of some")
    parser.addoption("--frames", type=int, default=4000, metavar="N",
                     help="frames of the link's torture (default 4000)")
    parser.addoption("--examples", type=int, default=30, metavar="N",
                     help="hostile inputs of each kind (default 30)")
    parser.addoption("--fuzz-seed", type=int, default=1, metavar="N",
                     help="which hostile inputs (default 1)")
    parser.addoption("--proofs", action="store_true",
                     help="all formal proofs and breaks of them, not only some (make prove)")
    parser.addoption("--bitstreams", default="", metavar="BOARDS",
                     help="boards, separated by commas, whose bitstreams are built, unpacked and "
                          "trained (default none)")
    parser.addoption("--kills", type=int, default=13, metavar="N",
                     help="commands that are ended at a random time (default 13)")


@pytest.fixture(scope="session", autouse=True)
def own_yosys():
    """Designs are emitted by a Yosys inside this process; this is the function that starts one in a
    process of its own, as the commands do. tests/test_emit.py compares them."""
    own = verilog.run_yosys
    with patch.object(verilog, "run_yosys", run_yosys):
        yield own


@pytest.fixture
def run(capsys):
    """Run the command in this process: (status, standard output, standard error)."""
    def run(*arguments):
        with pytest.raises(SystemExit) as info:
            main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return info.value.code or 0, shown.out, shown.err
    return run


@cache
def _generated(config):
    """The files of an engine by name."""
    from pulsetrain.emit.generate import generate  # loads Amaranth, which few tests need

    with temporary_folder() as folder:
        generate(config, folder)
        return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def generated_once(monkeypatch):
    """Generate an engine once for all tests that do not read its Verilog."""
    def copied(config, folder):
        for name, content in _generated(config).items():
            (folder / name).write_bytes(content)
        return json.loads(_generated(config)["manifest.json"])

    monkeypatch.setattr("pulsetrain.emit.generate", copied)


@pytest.fixture
def soon_compiled(monkeypatch):
    """Compile engines that learn few samples in less time."""
    monkeypatch.setattr(runner, "_FAST_MAKE_VARIABLES", {"OPT_FAST": "-O0", "OPT_SLOW": "-O0"})


@pytest.fixture
def read(tmp_path):
    """Read a text as a CSV file of measured points."""
    def read(text):
        path = tmp_path / "points.csv"
        path.write_text(text, encoding="utf-8")
        return read_points(path)
    return read
