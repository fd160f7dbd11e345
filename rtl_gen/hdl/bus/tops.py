"""Tops: the component of each bus."""

from amaranth.lib.wiring import Component

from pulsetrain.spec import Config

from .axi_top import AxiTop
from .wishbone_top import WishboneTop


def make_top(config: Config, name: str, bus: str, *, crosses: bool) -> Component:
    """The top that puts the engine of `config`, the module `name`, behind `bus`, one of
    `bus_map.BUSES`; if it `crosses`, the engine has a clock of its own."""
    if bus == "axi":
        return AxiTop(config, name, crosses=crosses)
    return WishboneTop(config, name, pipelined=bus == "wishbone-pipelined", crosses=crosses)
