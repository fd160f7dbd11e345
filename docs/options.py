"""Measures what options cost after synthesis, and writes the table of engine.md:

    python docs/options.py
"""

import argparse
from pathlib import Path

from science import table, with_tables

from pulsetrain.fpga.area import measure
from pulsetrain.fpga.families import PARTS
from pulsetrain.spec import load_config

PAGE = Path(__file__).parent / "explanation" / "engine.md"
PART = PARTS["ecp5-85f"]

SETTINGS = ("device.levels=64", "device.conductance_bits=8")
"""Settings of every row, on the digits' network."""

EXPONENTIAL = ("device.kind=exponential", "device.potentiation={u = 5.0}")

OPTIONS = {
    "linear": (),
    "linear, swapping refreshes": ("update.refresh_swaps=true",),
    "linear, gate of 0.7": ("update.pulse_probability=0.7",),
    "linear, 1 % stuck": ("variation.stuck_low=0.01",),
    "linear, noise from cycle to cycle": ("device.cycle_noise=90",),
    "linear, cycle_sigma 0.05": ("device.cycle_sigma=0.05",),
    "linear, refresh_sigma 0.02": ("update.refresh_sigma=0.02",),
    "exponential": EXPONENTIAL,
    "exponential, noise": (*EXPONENTIAL, "device.cycle_noise=90"),
    "linear, 2 classes": ("variation.step=0.3", "variation.classes=2"),
    "linear, 16 classes": ("variation.step=0.3", "variation.classes=16"),
    "exponential, bidirectional": (*EXPONENTIAL, "update.method=bidirectional"),
}
"""Further settings of each row, by its name."""


def row_of(name: str) -> tuple[str, ...]:
    """Synthesise one of `OPTIONS`; returns its row of the table."""
    config = load_config("digits", settings=[*SETTINGS, *OPTIONS[name]])
    used = measure(config, PART)
    return (f"{name} ({config.design.states} states)" if config.design.substates > 1 else name,
            *(f"{used[resource]:,}" for resource in ("lut4", "ff", "block_ram", "dsp")))


def options_table() -> str:
    return table(("devices", "LUT4", "flip-flops", "block RAMs", "multipliers"),
                 map(row_of, OPTIONS))


def main() -> None:
    argparse.ArgumentParser(description=__doc__.partition(":")[0]).parse_args()
    page = with_tables(PAGE.read_text(encoding="utf-8"), {"options": options_table})
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
