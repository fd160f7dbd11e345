"""Running the bench of one block on its emitted Verilog, for configurations by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.lib.wiring import Component
from small import small_config

from rtl_gen.emit import emit_verilog
from rtl_gen.spec import Config
from sim import runner
from sim.bench.scaffold import CONFIGURATION, SEED

STIMULI_SEED = 20

_PADDED = {"network": {"inputs": 13, "hidden": [10], "outputs": 7}}
_DEEP = {
    "network": {"inputs": 21, "hidden": [18, 9], "outputs": 6, "activation": "hard_sigmoid"},
    "numbers": {"activation_bits": 4, "forward_shift": [5, 4, 3], "backward_shift": [3, 2],
                "error_bits": 6, "margin": 1},
    "update": {"row_threshold": [7, 3, 0], "delta_threshold": [1, 2, 3]},
    "engine": {"lanes": 4},
}

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
    # No hidden layer; 16 inputs are all that their index can say.
    "one-layer": {"network": {"inputs": 16, "hidden": [], "outputs": 5}, "engine": {"lanes": 4}},
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
    """Run `sim.bench.<block>` on the component; returns the number of tests that ran."""
    block = make.__module__.rpartition(".")[2]
    top = f"block_{block}"  # a simulator may look a port up by the name of its module
    config = configuration(name)
    verilog, settings = folder / f"{top}.v", folder / "config.json"
    verilog.write_text(emit_verilog(make(config), top))
    settings.write_text(config.model_dump_json())
    runner.build(verilog, top, simulator, folder / "build")
    return runner.run(top, simulator, folder / "build", f"sim.bench.{block}",
                      environment={CONFIGURATION: str(settings), SEED: str(STIMULI_SEED)})
