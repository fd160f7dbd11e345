"""Running the benches of blocks on their emitted Verilog, for named configurations.

Starting a simulator takes longer than most benches, so one simulation runs many: all configurations
of a block, or many blocks.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from amaranth.lib.wiring import Component
from small import small_config

from pulsetrain.emit import emit_all
from pulsetrain.errors import PulsetrainError
from pulsetrain.sim import runner
from pulsetrain.sim.testbench.scaffold import CONFIGURATIONS as CONFIGURATIONS_FILE
from pulsetrain.sim.testbench.scaffold import SEED, port_name
from pulsetrain.spec import Config

STIMULI_SEED = 20
TOP = "benches"

MakeComponent = Callable[[Config], Component]

_PADDED = {"network": {"inputs": 13, "hidden": [10], "outputs": 7}}
_DEEP = {
    "network": {"inputs": 21, "hidden": [18, 9], "outputs": 6, "activation": "hard_sigmoid"},
    "numbers": {"activation_bits": 4, "forward_shift": [5, 4, 3], "backward_shift": [3, 2],
                "error_bits": 6, "margin": 1},
    "update": {"row_threshold": [7, 3, 0], "delta_threshold": [1, 2, 3]},
    "engine": {"lanes": 4},
}

_CURVED = {"numbers": {"forward_shift": 8},
           "device": {"kind": "exponential", "levels": 20, "potentiation": {"u": 5.0},
                      "cycle_noise": 30}}

_DISPLACED = {"kind": "exponential", "levels": 20, "potentiation": {"u": 5.0}, "cycle_sigma": 0.07}

CONFIGURATIONS: dict[str, dict] = {
    # One lane, so one group per unit.
    "lanes-1": {"engine": {"lanes": 1}},
    # Layers whose size is not a multiple of the lanes.
    "lanes-4": {**_PADDED, "engine": {"lanes": 4}},
    # More lanes than any layer has units.
    "lanes-16": {**_PADDED, "engine": {"lanes": 16}},
    # Not a power of two; two outputs per chunk, so that each group of outputs ends with one.
    "lanes-9": {"network": {"inputs": 13, "hidden": [22], "outputs": 21}, "engine": {"lanes": 9}},
    # Three layers, hard sigmoids, 4-bit activations, different numbers in each layer.
    "deep": _DEEP,
    "deep-lanes-1": {**_DEEP, "engine": {"lanes": 1}},
    "deep-lanes-16": {**_DEEP, "engine": {"lanes": 16}},
    # Rows of two slices, the last one of three lanes; of an odd number of bits, and of banks.
    "lanes-19": {"network": {"inputs": 9, "hidden": [20], "outputs": 7}, "device": {"levels": 5},
                 "numbers": {"forward_shift": 8}, "engine": {"lanes": 19}},
    "lanes-35": {"network": {"inputs": 40, "hidden": [], "outputs": 36}, "engine": {"lanes": 35}},
    "spram-lanes-33": {"network": {"inputs": 9, "hidden": [], "outputs": 40},
                       "engine": {"lanes": 33, "memory": "spram"}},
    # The other update methods; 17 levels are 2^k + 1.
    "bidirectional": {**_PADDED, "update": {"method": "bidirectional"}, "engine": {"lanes": 4}},
    "single": {**_PADDED, "device": {"levels": 17}, "update": {"method": "single"},
               "engine": {"lanes": 8}},
    # Conductances of 7 units per state, an early refresh, wide deltas, one input threshold of 0.
    "wide": {**_PADDED, "device": {"levels": 32, "conductance_bits": 8},
             "numbers": {"forward_shift": 9, "error_bits": 16},
             "update": {"refresh_state": 19, "row_threshold": 0, "delta_threshold": 0},
             "engine": {"lanes": 2}},
    # 256 levels, the sizes of the built-in configurations.
    "levels-256": {**_PADDED, "device": {"levels": 256}, "engine": {"lanes": 8}},
    # Two states per device.
    "levels-2": {**_PADDED, "device": {"levels": 2}, "engine": {"lanes": 4}},
    # Devices with a curve: tables of conductances, next and nearest states.
    "curved": {**_PADDED, **_CURVED, "engine": {"lanes": 4}},
    # Curves that differ up and down, with substates and a lowest reading above 0.
    "asymmetric": {**_PADDED, "numbers": {"forward_shift": 8},
                   "device": {"kind": "exponential", "levels": 12, "on_off_ratio": 5.0,
                              "potentiation": {"nl": 2.4}, "depression": {"nl": -4.88}},
                   "update": {"method": "bidirectional"}, "engine": {"lanes": 4}},
    # Few measured levels, one of them in the wrong direction; refresh from state 3 on.
    "measured": {**_PADDED, "numbers": {"forward_shift": 8},
                 "device": {"kind": "measured", "levels": 5,
                            "ltp": [1e-6, 2.2e-6, 3.1e-6, 2.9e-6, 4e-6]},
                 "update": {"refresh_state": 3}, "engine": {"lanes": 2}},
    # Every way in which devices can differ, in tables and in arithmetic.
    "varied": {**_PADDED, **_CURVED,
               "variation": {"classes": 8, "step": 0.3, "range": 0.2, "up_down": 0.1,
                             "stuck_low": 0.05, "stuck_high": 0.05},
               "update": {"refresh_swaps": True}, "engine": {"lanes": 4}},
    "varied-single": {**_PADDED, **_CURVED, "variation": {"classes": 2, "step": 0.3},
                      "update": {"method": "single"}, "engine": {"lanes": 16}},
    # Three blocks of two columns per group, looked up; three of one in many groups, added.
    "varied-lanes-6": {**_PADDED, **_CURVED, "variation": {"classes": 4, "step": 0.3},
                       "update": {"refresh_sigma": 0.1}, "engine": {"lanes": 6}},
    "varied-lanes-3": {"network": {"inputs": 4, "hidden": [40], "outputs": 11},
                       "device": {"levels": 16, "cycle_noise": 90},
                       "variation": {"stuck_low": 0.1}, "engine": {"lanes": 3}},
    "noisy": {**_PADDED, "device": {"levels": 16, "cycle_noise": 90},
              "variation": {"stuck_low": 0.1, "stuck_high": 0.1},
              "update": {"refresh_swaps": True}, "engine": {"lanes": 1}},
    "noisy-bidirectional": {**_DEEP, "device": {"levels": 16, "cycle_noise": 127},
                            "update": {**_DEEP["update"], "method": "bidirectional"}},
    # Noise as displacements in states, and errors of refreshes, in tables and in arithmetic.
    "displaced": {**_PADDED, **_CURVED, "device": _DISPLACED,
                  "variation": {"classes": 4, "bend": 1.0, "stuck_low": 0.1, "stuck_high": 0.1},
                  "update": {"refresh_swaps": True, "refresh_sigma": 0.1},
                  "engine": {"lanes": 4}},
    "displaced-linear": {**_PADDED, "device": {"levels": 16, "cycle_sigma": 0.2},
                         "update": {"refresh_sigma": 0.1, "refresh_state": 12},
                         "engine": {"lanes": 2}},
    "displaced-single": {**_PADDED, **_CURVED, "device": _DISPLACED,
                         "update": {"method": "single"}, "engine": {"lanes": 2}},
    "displaced-bidirectional": {
        **_DEEP, "device": {"levels": 200, "cycle_sigma": 0.3}, "variation": {"stuck_low": 0.1},
        "update": {**_DEEP["update"], "method": "bidirectional"}},
    "error": {**_PADDED, "device": {"levels": 30}, "update": {"refresh_sigma": 0.03},
              "engine": {"lanes": 2}},
    # Multipliers in look-up tables, also in lanes with deltas, and some of them; even and odd bits.
    "multipliers": {**_DEEP, "engine": {"lanes": 4, "multipliers": "lut"}},
    "some-multipliers": {**_PADDED, "device": {"levels": 64},
                         "engine": {"lanes": 9, "multipliers": 3}},
    # No hidden layer; 16 inputs are the most that their index can number.
    "one-layer": {"network": {"inputs": 16, "hidden": [], "outputs": 5}, "engine": {"lanes": 4}},
    # Every input value of a sample, in order.
    "raw": {**_PADDED, "engine": {"lanes": 4, "input": "raw"}},
    # Single-port memory: rows of three cells, written back as early and as late as possible.
    "spram": {**_DEEP, "device": {"levels": 64}, "engine": {"lanes": 4, "memory": "spram"}},
    "spram-bidirectional": {**_PADDED, "update": {"method": "bidirectional"},
                            "engine": {"lanes": 2, "memory": "spram"}},
    "spram-curved": {**_DEEP, **_CURVED, "numbers": _DEEP["numbers"],
                     "engine": {"lanes": 1, "memory": "spram"}},
    # More rows than one bank has; banks with half of the lanes.
    "banks": {"network": {"inputs": 1000, "hidden": [], "outputs": 33}, "engine": {"lanes": 8}},
    "deep-banks": {"network": {"inputs": 1000, "hidden": [], "outputs": 33},
                   "engine": {"lanes": 16, "bank_rows": 2048}},
    # Parities of rows of one slice and of two, beside memories with two ports and with one.
    "parity": {**_PADDED, "engine": {"lanes": 4, "parity": True}},
    "parity-lanes-19": {"network": {"inputs": 9, "hidden": [20], "outputs": 7},
                        "engine": {"lanes": 19, "parity": True}},
    "parity-spram": {**_DEEP, "engine": {"lanes": 2, "memory": "spram", "parity": True}},
    # More rows than one cell has.
    "spram-banks": {"network": {"inputs": 1000, "hidden": [], "outputs": 33},
                    "engine": {"lanes": 1, "memory": "spram"}},
}


def configuration(name: str) -> Config:
    """One of `CONFIGURATIONS`."""
    return small_config(**CONFIGURATIONS[name], name=name)


@dataclass(frozen=True)
class Outcome:
    """The result of one simulation of benches: the failures of every case, by block and
    configuration.

    `error` is the error of the runner, also if nothing was built or the simulator stopped early.
    """

    failures: dict[tuple[str, str], list[str]]
    error: PulsetrainError | None

    def check(self, block: str, name: str) -> None:
        """Fail unless tests of `block` ran for the configuration `name`, and all of them passed."""
        case = f"bench of {block}, configuration {name}"
        if self.error and not any(self.failures.values()):
            pytest.fail(f"{case}: {self.error}")
        assert (block, name) in self.failures, f"{case}: no test ran"
        failed = self.failures[block, name]
        assert not failed, "\n".join([f"{case}: {len(failed)} tests failed", *failed])


def block_of(make: MakeComponent) -> str:
    """The block that `make` makes: its bench is `sim.testbench.<block>`."""
    return make.__module__.rpartition(".")[2]


def simulate(cases: Sequence[tuple[MakeComponent, str]], simulator: str, folder: Path) -> Outcome:
    """Run the benches of all `cases`, each a component and a configuration's name, in one process.

    Each component is a module of its own; the top only passes its ports on. The files go to
    `folder`, which is made.
    """
    components: dict[str, Component] = {}
    configurations: dict[str, dict[str, dict]] = {}
    for make, name in cases:
        block, config = block_of(make), configuration(name)
        configurations.setdefault(block, {})[name] = config.model_dump(mode="json")
        components[_module(block, name)] = make(config)
    text, ports, instances = emit_all(components), [], []
    for block, named in configurations.items():
        for name in named:
            module = _module(block, name)
            declarations, connections = _ports(text, module, block, name)
            ports += declarations
            instances.append(f"  {module} instance_{module} ({', '.join(connections)});")
    top = [f"module {TOP}({', '.join(ports)});", *instances, "endmodule", ""]
    verilog, settings = folder / f"{TOP}.v", folder / "configurations.json"
    folder.mkdir()
    verilog.write_text("\n".join([text, *top]))
    settings.write_text(json.dumps(configurations))
    error = None
    try:
        runner.build(verilog, TOP, simulator, folder / "build")
        runner.run(TOP, simulator, folder / "build",
                   [f"pulsetrain.sim.testbench.{block}" for block in configurations],
                   environment={CONFIGURATIONS_FILE: str(settings), SEED: str(STIMULI_SEED)})
    except PulsetrainError as failure:
        error = failure
    return Outcome(_failures(folder / "build" / "results.xml"), error)


def bench_test(make: MakeComponent, *names: str) -> Callable:
    """A test of one block in Icarus: a case for each configuration, in one simulation."""
    @cache
    def outcome(session_folder: Path) -> Outcome:
        folder = session_folder / f"bench-{block_of(make)}"
        return simulate([(make, name) for name in names], "icarus", folder)

    @pytest.mark.parametrize("name", names)
    def test(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
        outcome(tmp_path_factory.getbasetemp()).check(block_of(make), name)

    return test


def _module(block: str, name: str) -> str:
    """The module of a block for the configuration `name`."""
    return f"block_{port_name(block, name, '')}"


def _ports(verilog: str, module: str, block: str, name: str) -> tuple[list[str], list[str]]:
    """Declarations of a module's ports as ports of the top, and their connections."""
    [header] = re.findall(rf"^module {module}\((.*?)\);", verilog, re.DOTALL | re.MULTILINE)
    body = verilog[verilog.index(f"module {module}("):]
    declarations, connections = [], []
    for port in (entry.strip().removeprefix("\\") for entry in header.split(",")):
        [(direction, bits)] = re.findall(
            rf"^  (input|output) (\[\d+:0\] )?\\?{port} ?;", body.partition("endmodule")[0],
            re.MULTILINE)
        outer = port_name(block, name, port)
        declarations.append(f"{direction} {bits}{outer}")
        connections.append(f".\\{port} ({outer})")
    return declarations, connections


def _failures(results: Path) -> dict[tuple[str, str], list[str]]:
    """The failures in a cocotb report, by block and configuration; a case that ran without any has
    an empty entry."""
    failures: dict[tuple[str, str], list[str]] = {}
    if not results.is_file():
        return failures
    for entry in ElementTree.parse(results).iter("testcase"):
        test, _, name = entry.get("name").partition("/configuration=")
        case = entry.get("classname").rpartition(".")[2], name
        assert entry.find("skipped") is None
        failed = [*entry.iter("failure"), *entry.iter("error")]
        failures.setdefault(case, []).extend(
            f"{test}: {found.get('message') or found.text}" for found in failed)
    return failures
