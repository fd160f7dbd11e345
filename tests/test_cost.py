"""Cost: what is estimated is what the hardware has."""

import pytest
from amaranth.back import rtlil
from amaranth.lib.wiring import Component
from benches import CONFIGURATIONS, configuration
from small import small_config

from rtl_gen.cost import hashes, table_bits
from rtl_gen.hdl import Engine
from rtl_gen.hdl.library import ModuleLibrary
from rtl_gen.hdl.table import Table


class Counting(ModuleLibrary):
    """Counts the bits of every table of a design."""

    bits = 0

    def add(self, component: Component) -> str:
        if isinstance(component, Table):
            shape = component.word.shape()
            address = component.address.shape().elem_shape
            self.bits += shape.elem_shape.width << address
        return super().add(component)


@pytest.mark.parametrize("name", ["lanes-4", "curved", "asymmetric", "measured", "varied",
                                  "varied-single", "noisy"])
def test_table_bits_are_those_of_the_design(name):
    config = configuration(name)
    library = Counting("counted")
    rtlil.convert(Engine(config), platform=library, emit_src=False)
    assert library.bits == config.engine.lanes * sum(table_bits(config).values())
    assert bool(library.bits) == config.tabulated


def test_hashes_are_counted_by_what_is_drawn():
    counts = {name: hashes(configuration(name)) for name in CONFIGURATIONS}
    assert counts["lanes-4"] == counts["asymmetric"] == 0
    assert counts["curved"] == 2  # noise
    assert hashes(small_config(variation={"stuck_low": 0.1})) == 2
    assert counts["varied"] == counts["noisy"] == 4
