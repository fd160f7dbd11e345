"""Refresh: erase a full pair and program its difference again, for a linear device."""

from amaranth.hdl import Module, Mux
from amaranth.lib.wiring import Component, In, Out

from rtl_gen.spec import Config

from .shapes import pair_layout


class Refresh(Component):
    """The refreshed states of one pair; combinational.

    Equals `golden.refresh.refresh`: on a linear device the state nearest to a difference of
    conductances is the difference of the states, so no table is searched.

    Members:
        pair: In, states straight after a pulse.
        due: Out, one device is full while the other is above state 0.
        refreshed: Out, the states that `due` calls for.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        pair = pair_layout(config)
        super().__init__({"pair": In(pair), "due": Out(1), "refreshed": Out(pair)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        plus, minus = self.pair.plus, self.pair.minus
        full = self._config.refresh_state
        higher = plus > minus
        m.d.comb += [
            self.due.eq(((plus >= full) & (minus > 0)) | ((minus >= full) & (plus > 0))),
            self.refreshed.plus.eq(Mux(higher, plus - minus, 0)),
            self.refreshed.minus.eq(Mux(higher, 0, minus - plus)),
        ]
        return m
