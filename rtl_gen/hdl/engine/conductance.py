"""Conductance: the read values of the two devices of a pair."""

from amaranth.hdl import Cat, Module, Mux, unsigned
from amaranth.lib.wiring import In, Out

from pulsetrain.device import device_tables
from pulsetrain.golden.device import full_states
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.spec import Config
from pulsetrain.spec.stages import TABLE

from .device import pair_devices, trait
from .shapes import padded, pair_layout
from .table import Table


class PairConductance(SharedComponent):
    """read[s] of both devices of a pair, and whether they are full, from a table.

    Equals `golden.device.Devices.conductance` and `Devices.full`. Timing: one pair per cycle,
    latency one cycle. Each lane has its own table, as in `step.PairStep`.

    Members:
        pair: In(pair_layout), states.
        devices: In(pair_devices_layout), only if devices differ.
        plus: Out(read_bits), unsigned conductance of the plus device.
        minus: Out(read_bits), unsigned conductance of the minus device.
        full: Out(2), bit 0: the plus device is full; bit 1: the minus device is full.
    """

    latency = TABLE

    def __init__(self, config: Config) -> None:
        self._config = config
        conductance = unsigned(config.design.read_bits)
        super().__init__({"pair": In(pair_layout(config)), **pair_devices(config),
                          "plus": Out(conductance), "minus": Out(conductance), "full": Out(2)})

    def body(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.table = table = Table(
            self._words(), unsigned(config.design.read_bits + 1), ports=2)
        for index, role in enumerate(("plus", "minus")):
            device_class = [trait(self, role, "kind")] if config.variation.spreads else []
            state = Mux(trait(self, role, "high"), config.design.states - 1, self.pair[role])
            m.d.comb += [
                table.address[index].eq(Cat(state[:config.design.state_bits], *device_class)),
                getattr(self, role).eq(table.word[index][:config.design.read_bits]),
                self.full[index].eq(table.word[index][config.design.read_bits]),
            ]
        return m

    def _words(self) -> list[int]:
        """For each class and state: the conductance, and above it whether the device is full."""
        config, tables = self._config, device_tables(self._config)
        full = full_states(tables, config.design.refresh_state)
        words = tables.read | full.astype(tables.read.dtype) << config.design.read_bits
        return padded(words, config.design.state_bits).ravel().tolist()
