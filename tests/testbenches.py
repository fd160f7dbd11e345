"""Running the bench of one block on its emitted Verilog, for configurations by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.lib.wiring import Component
from small import small_config

from pulsetrain.emit import emit_verilog
from pulsetrain.sim import runner
from pulsetrain.sim.testbench.scaffold import CONFIGURATION, SEED
from pulsetrain.spec import Config

STIMULI_SEED = 20

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

CONFIGURATIONS: dict[str, dict] = {
    # One lane, so a group a unit.
    "lanes-1": {"engine": {"lanes": 1}},
    # Layers that are no multiple of the lanes.
    "lanes-4": {**_PADDED, "engine": {"lanes": 4}},
    # More lanes than any layer has units.
    "lanes-16": {**_PADDED, "engine": {"lanes": 16}},
    # Three layers, hard sigmoids, 4-bit activations, numbers of each layer its own.
    "deep": _DEEP,
    "deep-lanes-1": {**_DEEP, "engine": {"lanes": 1}},
    "deep-lanes-16": {**_DEEP, "engine": {"lanes": 16}},
    # The other update methods; 17 levels are 2^k + 1.
    "bidirectional": {**_PADDED, "update": {"method": "bidirectional"}, "engine": {"lanes": 4}},
    "single": {**_PADDED, "device": {"levels": 17}, "update": {"method": "single"},
               "engine": {"lanes": 8}},
    # Conductances of 7 units a state, an early refresh, wide deltas, one input threshold of 0.
    "wide": {**_PADDED, "device": {"levels": 32, "conductance_bits": 8},
             "numbers": {"forward_shift": 9, "error_bits": 16},
             "update": {"refresh_state": 19, "row_threshold": 0, "delta_threshold": 0},
             "engine": {"lanes": 2}},
    # 256 levels, the sizes of the built-in configurations.
    "levels-256": {**_PADDED, "device": {"levels": 256}, "engine": {"lanes": 8}},
    # Two states a device.
    "levels-2": {**_PADDED, "device": {"levels": 2}, "engine": {"lanes": 4}},
    # Devices of a curve: tables of conductances, next and nearest states.
    "curved": {**_PADDED, **_CURVED, "engine": {"lanes": 4}},
    # Curves that differ up and down, in substates, on a read offset.
    "asymmetric": {**_PADDED, "numbers": {"forward_shift": 8},
                   "device": {"kind": "exponential", "levels": 12, "on_off_ratio": 5.0,
                              "potentiation": {"nl": 2.4}, "depression": {"nl": -4.88}},
                   "update": {"method": "bidirectional"}, "engine": {"lanes": 4}},
    # Few measured levels, one of them the wrong way; refresh from state 3 on.
    "measured": {**_PADDED, "numbers": {"forward_shift": 8},
                 "device": {"kind": "measured", "levels": 5,
                            "ltp": [1e-6, 2.2e-6, 3.1e-6, 2.9e-6, 4e-6]},
                 "update": {"refresh_state": 3}, "engine": {"lanes": 2}},
    # All that sets devices apart, in tables and in arithmetic.
    "varied": {**_PADDED, **_CURVED,
               "variation": {"classes": 8, "step": 0.3, "range": 0.2, "up_down": 0.1,
                             "stuck_low": 0.05, "stuck_high": 0.05},
               "update": {"refresh_swaps": True}, "engine": {"lanes": 4}},
    "varied-single": {**_PADDED, **_CURVED, "variation": {"classes": 2, "step": 0.3},
                      "update": {"method": "single"}, "engine": {"lanes": 16}},
    "noisy": {**_PADDED, "device": {"levels": 16, "cycle_noise": 90},
              "variation": {"stuck_low": 0.1, "stuck_high": 0.1},
              "update": {"refresh_swaps": True}, "engine": {"lanes": 1}},
    "noisy-bidirectional": {**_DEEP, "device": {"levels": 16, "cycle_noise": 127},
                            "update": {**_DEEP["update"], "method": "bidirectional"}},
    # No hidden layer; 16 inputs are all that their index can say.
    "one-layer": {"network": {"inputs": 16, "hidden": [], "outputs": 5}, "engine": {"lanes": 4}},
    # Every input value of a sample, in order.
    "raw": {**_PADDED, "engine": {"lanes": 4, "input": "raw"}},
    # Single-port memory: rows of three cells; the shortest and the longest way back to it.
    "spram": {**_DEEP, "device": {"levels": 64}, "engine": {"lanes": 4, "memory": "spram"}},
    "spram-bidirectional": {**_PADDED, "update": {"method": "bidirectional"},
                            "engine": {"lanes": 2, "memory": "spram"}},
    "spram-curved": {**_DEEP, **_CURVED, "numbers": _DEEP["numbers"],
                     "engine": {"lanes": 1, "memory": "spram"}},
    # More rows than one bank has; banks of half of the lanes.
    "banks": {"network": {"inputs": 1000, "hidden": [], "outputs": 33}, "engine": {"lanes": 8}},
    "deep-banks": {"network": {"inputs": 1000, "hidden": [], "outputs": 33},
                   "engine": {"lanes": 16, "bank_rows": 2048}},
    # More rows than one cell has.
    "spram-banks": {"network": {"inputs": 1000, "hidden": [], "outputs": 33},
                    "engine": {"lanes": 1, "memory": "spram"}},
}


def configuration(name: str) -> Config:
    """One of `CONFIGURATIONS`."""
    return small_config(**CONFIGURATIONS[name], name=name)


def cases(*names: str, verilator: str = "deep") -> pytest.MarkDecorator:
    """Parameters `simulator` and `name`: all `names` on Icarus, `verilator` on Verilator."""
    return pytest.mark.parametrize(
        ("simulator", "name"), [*(("icarus", name) for name in names), ("verilator", verilator)])


def run_bench(make: Callable[[Config], Component], simulator: str, name: str,
              folder: Path) -> int:
    """Run `sim.testbench.<block>` on the component; returns the number of tests that ran."""
    block = make.__module__.rpartition(".")[2]
    top = f"block_{block}"  # a simulator may look a port up by the name of its module
    config = configuration(name)
    verilog, settings = folder / f"{top}.v", folder / "config.json"
    verilog.write_text(emit_verilog(make(config), top))
    settings.write_text(config.model_dump_json())
    runner.build(verilog, top, simulator, folder / "build")
    return runner.run(top, simulator, folder / "build", f"pulsetrain.sim.testbench.{block}",
                      environment={CONFIGURATION: str(settings), SEED: str(STIMULI_SEED)})
