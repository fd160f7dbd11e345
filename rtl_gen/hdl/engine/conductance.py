"""Conductance: what the two devices of a pair read as."""

from amaranth.hdl import Cat, Module, Mux, unsigned
from amaranth.lib.wiring import In, Out

from pulsetrain.device import device_tables
from pulsetrain.golden.device import full_states
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.spec import Config

from .device import pair_devices, trait
from .shapes import padded, pair_layout
from .table import Table


class PairConductance(SharedComponent):
    """read[s] of both devices of a pair, and whether they are full; looked up in a table.

    Equals `golden.device.Devices.conductance` and `Devices.full`. Timing: one pair a cycle,
    latency one cycle. The table is the lane's own, as in `step.PairStep`.

    Members:
        pair: In, states.
        devices: In, where devices differ, see `device.device_layout`.
        plus, minus: Out, conductances.
        full: Out, bit 0: of the plus device, bit 1: of the minus device.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        conductance = unsigned(config.design.read_bits)
        super().__init__({"pair": In(pair_layout(config)), **pair_devices(config),
                          "plus": Out(conductance), "minus": Out(conductance), "full": Out(2)})

    @property
    def latency(self) -> int:
        """Cycles from a pair to its conductances."""
        return self._config.design.stages.conductance

    def body(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.table = table = Table(
            self._words(), unsigned(config.design.read_bits + 1), ports=2)
        for place, role in enumerate(("plus", "minus")):
            kind = [trait(self, role, "kind")] if config.variation.spreads else []
            state = Mux(trait(self, role, "high"), config.design.states - 1, self.pair[role])
            m.d.comb += [
                table.address[place].eq(Cat(state[:config.design.state_bits], *kind)),
                getattr(self, role).eq(table.word[place][:config.design.read_bits]),
                self.full[place].eq(table.word[place][config.design.read_bits]),
            ]
        return m

    def _words(self) -> list[int]:
        """For each class and state the conductance, and above it whether the device is full."""
        config, tables = self._config, device_tables(self._config)
        full = full_states(tables, config.design.refresh_state)
        words = tables.read | full.astype(tables.read.dtype) << config.design.read_bits
        return padded(words, config.design.state_bits).ravel().tolist()
