"""Pulse: move the devices of a row by the signs of its columns, refresh full pairs."""

from amaranth.hdl import Module, Mux, Signal, Value, unsigned
from amaranth.lib.wiring import Component, In, Out

from rtl_gen.spec import Config

from .arithmetic import by_layer, tree
from .refresh import Refresh
from .shapes import delta_row_layout, layer_shape, row_layout


class PulseUpdate(Component):
    """The row that goes back to memory after at most one pulse a synapse.

    Equals `golden.pulse.pulse_update` with the trits of `golden.pulse.trits`. Timing: one row a
    cycle, latency three cycles: trits, pulse, refresh; `refreshes` comes one cycle later still.

    Members:
        row: In, states as they were read.
        deltas: In, deltas of the row's group.
        layer: In, from 0.
        fires: In, the row's input line pulses (past the gate).
        new_row: Out, states after pulse and refresh.
        refreshes: Out, number of pairs refreshed, four cycles after their row.
    """

    latency = 3

    def __init__(self, config: Config) -> None:
        self._config = config
        row = row_layout(config)
        super().__init__({
            "row": In(row), "deltas": In(delta_row_layout(config)),
            "layer": In(layer_shape(config)), "fires": In(1),
            "new_row": Out(row), "refreshes": Out(unsigned(config.engine.lanes.bit_length()))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        threshold = by_layer(self.layer, [layer.delta_threshold for layer in config.layers])
        refreshed = Signal(config.engine.lanes)
        for lane in range(config.engine.lanes):
            read = Signal.like(self.row[lane], name=f"read_{lane}")
            pulsed = Signal.like(self.row[lane], name=f"pulsed_{lane}")
            up, down = Signal(name=f"up_{lane}"), Signal(name=f"down_{lane}")
            touched = Signal(name=f"touched_{lane}")
            delta = self.deltas[lane]
            plus, minus = self._pulse(read.plus, read.minus, up, down)
            m.d.sync += [
                read.eq(self.row[lane]),
                up.eq(self.fires & (delta > threshold)),
                down.eq(self.fires & (delta < -threshold)),
                touched.eq(up | down),
                pulsed.plus.eq(plus),
                pulsed.minus.eq(minus),
                self.new_row[lane].eq(pulsed),
            ]
            if config.update.method == "unidirectional":
                m.submodules[f"refresh_{lane}"] = refresh = Refresh(config)
                m.d.comb += refresh.pair.eq(pulsed)
                m.d.sync += refreshed[lane].eq(touched & refresh.due)
                with m.If(touched & refresh.due):
                    m.d.sync += self.new_row[lane].eq(refresh.refreshed)
        m.d.sync += self.refreshes.eq(tree(list(refreshed)))
        return m

    def _pulse(self, plus: Value, minus: Value, up: Value, down: Value) -> tuple[Value, Value]:
        last = self._config.device.levels - 1

        def moved(state: Value, potentiate: Value, depress: Value | int) -> Value:
            more = Mux(state == last, last, state + 1)
            less = Mux(state == 0, 0, state - 1)
            return Mux(potentiate, more, Mux(depress, less, state))

        match self._config.update.method:
            case "unidirectional":
                return moved(plus, up, 0), moved(minus, down, 0)
            case "bidirectional":
                return moved(plus, up, down), moved(minus, down, up)
            case _:
                return moved(plus, up, down), minus

