"""Pulse: moves the devices of a row by the trits of its columns, and refreshes full pairs."""

from amaranth.hdl import Const, Module, Mux, Value, unsigned
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import tree_level
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices
from pulsetrain.spec.stages import COUNT_LEVELS_PER_STAGE

from .device import row_devices
from .noise import displacement
from .refresh import Refresh
from .shapes import row_layout, trit_row_layout
from .step import PairStep


class PulseUpdate(Component):
    """The row that is written back to memory, after at most one pulse per synapse.

    Equals `golden.pulse.pulse_update`. Timing: one row per cycle, latency `latency` cycles: trits
    of a row that fires, pulse, refresh; `refreshes` comes `stages.count` after `new_row`. Nothing
    here has a reset: `fires` is low while a reset is held for `registers.RESET_CYCLES`, which is
    longer than a row is under way.

    Members:
        row: In(row_layout), states as they were read.
        devices: In(devices_layout), only if devices differ.
        trits: In(trit_row_layout), of the row's group.
        fires: In(number of slices), the row fires: the same bit, once for each of
            `spec.memories.slices`.
        new_row: Out(row_layout), states after pulse and refresh.
        refreshes: Out(0..lanes), number of pairs that were refreshed.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        row = row_layout(config)
        super().__init__({
            "row": In(row), **row_devices(config), "trits": In(trit_row_layout(config)),
            "fires": In(len(slices(config))),
            "new_row": Out(row), "refreshes": Out(unsigned(config.engine.lanes.bit_length()))})

    @property
    def latency(self) -> int:
        """Cycles from a row to the row written back."""
        return self._config.design.stages.pulse

    def elaborate(self, platform: object) -> Module:
        m = Module()
        counts = [self._lane(m, lane, fires)
                  for fires, lanes in zip(self.fires, slices(self._config), strict=True)
                  for lane in lanes]
        for stage in range(self._config.design.stages.count):
            for _ in range(COUNT_LEVELS_PER_STAGE):
                counts = tree_level(counts)
            counts = [delayed(m, count, 1, f"count_{stage}_{index}")
                      for index, count in enumerate(counts)]
        m.d.comb += self.refreshes.eq(counts[0])
        return m

    def _lane(self, m: Module, lane: int, fires: Value) -> Value:
        """The pair of one lane; returns whether it is refreshed."""
        config, trit = self._config, self.trits[lane]
        m.submodules[f"step_{lane}"] = step = PairStep(config)
        m.d.comb += [
            step.pair.eq(delayed(m, self.row[lane], 1, f"pair_{lane}")),
            step.up.eq(delayed(m, fires & trit.up, 1, f"up_{lane}")),
            step.down.eq(delayed(m, fires & trit.down, 1, f"down_{lane}")),
        ]
        if config.design.draws:
            m.d.comb += step.devices.eq(
                delayed(m, self.devices[lane], 1, f"step_devices_{lane}"))
        if config.design.method != "unidirectional":
            m.d.comb += self.new_row[lane].eq(delayed(m, step.moved, 1, f"new_{lane}"))
            return Const(0, 1)
        m.submodules[f"refresh_{lane}"] = refresh = Refresh(config)
        m.d.comb += refresh.pair.eq(step.moved)
        if config.design.draws:
            m.d.comb += refresh.devices.eq(
                delayed(m, step.devices, step.latency, f"devices_{lane}"))
        if scale := config.design.refresh_scale:
            m.d.comb += refresh.error.eq(delayed(
                m, displacement(scale, step.devices.error), step.latency, f"error_{lane}"))
        touched = delayed(m, step.up | step.down, step.latency + refresh.latency,
                          f"touched_{lane}")
        pulsed = delayed(m, step.moved, refresh.latency, f"pulsed_{lane}")
        refreshes = touched & refresh.due
        after = Mux(refreshes, Value.cast(refresh.refreshed), Value.cast(pulsed))
        m.d.comb += self.new_row[lane].eq(delayed(m, after, 1, f"new_{lane}"))
        return delayed(m, refreshes, 1, f"refreshed_{lane}")
