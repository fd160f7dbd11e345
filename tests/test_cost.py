"""Cost: the estimates equal what the hardware has."""

from collections import defaultdict

import pytest
from amaranth.back import rtlil
from amaranth.lib.wiring import Component
from small import small_config
from testbenches import CONFIGURATIONS, configuration

from pulsetrain.cost import displacement_bits, hashes, parity_luts, table_bits
from pulsetrain.fpga.families import PARTS
from pulsetrain.fpga.fit import estimated
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.engine.table import Table
from pulsetrain.hdl.library.shared import ModuleLibrary, SharedComponent
from pulsetrain.spec import load_config
from pulsetrain.spec.noise import additions


class Counting(ModuleLibrary):
    """Collects the shared components of every module of a design."""

    def __init__(self, top: Component) -> None:
        super().__init__("counted", top)
        self.parts: dict[Component, list[str]] = defaultdict(list)

    def add(self, component: SharedComponent) -> str:
        name = super().add(component)
        self.parts[self.top].append(name)
        return name


def bits_of_tables(design: Component) -> int:
    """The bits of every table of `design`."""
    library, made = Counting(design), {}
    for name, part in library.modules():
        made[name] = part
        rtlil.convert(part, platform=library, emit_src=False)

    def bits(component: Component) -> int:
        if isinstance(component, Table):
            width = component.word.shape().elem_shape.width
            return width << component.address.shape().elem_shape
        return sum(bits(made[name]) for name in library.parts[component])

    return bits(design)


@pytest.mark.parametrize("name", ["lanes-4", "curved", "asymmetric", "measured", "varied",
                                  "varied-single", "noisy", "displaced"])
def test_table_bits_are_those_of_the_design(name):
    config = configuration(name)
    bits = bits_of_tables(Engine(config))
    assert bits == config.engine.lanes * sum(table_bits(config).values())
    assert bool(bits) == config.design.tabulated


def test_hashes_are_counted_for_all_that_is_drawn():
    counts = {name: hashes(configuration(name)) for name in CONFIGURATIONS}
    assert counts["lanes-4"] == counts["asymmetric"] == 0
    assert counts["curved"] == 2  # noise
    assert hashes(small_config(variation={"stuck_low": 0.1})) == 2
    assert counts["varied"] == counts["noisy"] == 4
    assert counts["displaced-bidirectional"] == 4
    assert counts["displaced"] == 5
    assert counts["error"] == 1


def test_displacements_are_counted_by_their_adders():
    counts = {name: displacement_bits(configuration(name)) for name in CONFIGURATIONS}
    assert {name for name, bits in counts.items() if bits} == {
        name for name in CONFIGURATIONS
        if name.startswith("displaced") or name in ("error", "varied-lanes-6")}
    config = configuration("error")  # 5-bit states
    factor = config.design.refresh_scale.factor
    width = (1019 * factor).bit_length()
    assert counts["error"] == 25 + 14 + (additions(factor) + 1) * width


@pytest.mark.parametrize(("part", "settings", "memory", "blocks"), [
    ("ecp5-85f", [], 21 * 5, 0),  # 104 in the build of docs/how-to/parity.md
    ("gw1nr-9c", ["network.hidden=[16]", "engine.lanes=2"], 38 * 9, 0),  # 364 there
    ("gw1nr-9c", ["network.hidden=[100]", "engine.lanes=2"], 0, 1)])
def test_a_memory_of_parities_is_estimated_in_look_up_tables_or_block_rams(
        part, settings, memory, blocks):
    without, parity = (load_config("digits", settings=[*settings, f"engine.parity={value}"])
                       for value in ("false", "true"))
    before, after = (estimated(config, PARTS[part]) for config in (without, parity))
    assert after["lut4"] - before["lut4"] == parity_luts(parity) + memory
    assert after["block_ram"] - before["block_ram"] == blocks
