"""Named devices and rules on the embedded digits, as a user would verify them."""

from pathlib import Path

import pytest
from engines import assert_equal

from pulsetrain.data import load_data
from pulsetrain.sim.verify import verify
from pulsetrain.spec import load_config

SMALLER = ("network.hidden=[9]", "engine.lanes=4")
"""Units and lanes that a simulator of Verilog has done with in seconds: no rule depends on them."""

EXAMPLE = Path(__file__).parent.parent / "docs" / "example" / "device.csv"
CURVED = ("device.kind=exponential", "device.levels=64", "device.conductance_bits=8",
          "numbers.forward_shift=[11,8]")
GATED = ("update.pulse_probability=0.25", "update.pulse_decay=0.7")

RULES = {
    "exponential u = 5, 64 levels, gate": (
        *CURVED, *GATED, "device.potentiation.u=5"),
    "bidirectional, asymmetric": (
        *CURVED, *GATED, "update.method=bidirectional", "device.potentiation.nl=2.4",
        "device.depression.nl=-4.88"),
    "measured, 16 levels": (
        f"device.file={EXAMPLE}", "numbers.forward_shift=[11,8]", *GATED),
    "16 classes, stuck devices, swap": (
        "device.levels=64", "numbers.forward_shift=[11,8]", "variation.classes=16",
        "variation.step=0.3", "variation.range=0.2", "variation.up_down=0.1",
        "variation.stuck_low=0.02", "variation.stuck_high=0.02", "update.refresh_swaps=true"),
    "cycle-to-cycle noise": ("device.cycle_noise=60",),
    "4-bit activations": (
        "numbers.activation_bits=4", "numbers.backward_shift=4", "update.row_threshold=7"),
    "preset HZO FeFET": ("device.preset=hzo-fefet", "numbers.forward_shift=[11,8]", *GATED),
}


@pytest.mark.parametrize("rule", RULES)
def test_rule(rule: str) -> None:
    config = load_config("digits", settings=[*SMALLER, *RULES[rule]])
    report = verify(config, load_data("digits"), samples=24, every=24, simulator="icarus")
    assert_equal(report, 24)


@pytest.mark.usefixtures("soon_compiled")
def test_everything_in_verilator() -> None:
    config = load_config("digits", settings=[
        *SMALLER, *RULES["16 classes, stuck devices, swap"], "device.cycle_noise=40"])
    report = verify(config, load_data("digits"), samples=200, every=50, simulator="native")
    assert_equal(report, 200)
