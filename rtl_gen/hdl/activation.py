"""Activation: drain a finished group, one unit with something to say a cycle."""

from operator import or_

from amaranth.hdl import Const, Module, Mux, Signal, signed
from amaranth.lib import data
from amaranth.lib.wiring import Component, In, Out

from rtl_gen.spec import Config

from .arithmetic import by_layer, clamp, floor_shift, tree
from .shapes import activation_shape, layer_shape, sums_layout, unit_shape


def unit_layout(config: Config) -> data.StructLayout:
    """One drained unit.

    `valid`: a unit is there. `layer`: from 0. `index`: the unit. `z`: its exact sum.
    `y`: its activation. `complete`: this closes its layer (also without a valid unit).
    """
    return data.StructLayout({
        "valid": 1, "layer": layer_shape(config), "index": unit_shape(config),
        "z": signed(config.accumulator_bits), "y": activation_shape(config), "complete": 1})


class Activation(Component):
    """Walks a finished group from its lowest lane: units with y > 0, or all output units.

    `y` equals `golden.activation.activate`; silent hidden units cost nothing. Timing: the first
    unit comes out `latency` cycles after `start`, then one a cycle; `free` is high in the cycle
    that takes the last one out of `z`, at the earliest the one after `start`: from the next
    cycle on, `z` may change.

    Members:
        start: In, `z` holds a new group, which stays until `free`.
        layer, first_unit, is_last: In, with `start`: the group's layer, its first unit, and
            whether it is the layer's last group.
        z: In, exact sums.
        free: Out.
        unit: Out, see `unit_layout`.
    """

    latency = 2

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "start": In(1), "layer": In(layer_shape(config)),
            "first_unit": In(unit_shape(config)), "is_last": In(1),
            "z": In(sums_layout(config)),
            "free": Out(1), "unit": Out(unit_layout(config))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        lanes, layers = config.engine.lanes, config.layers

        speaking = Signal(lanes)
        for lane in range(lanes):
            m.d.comb += speaking[lane].eq(by_layer(self.layer, [
                Const(1, 1) if layer.is_output
                else self.z[lane] >= (1 - layer.offset) * (1 << layer.forward_shift)
                for layer in layers]))
        present = Mux(self.is_last, by_layer(self.layer, [
            (1 << (layer.outputs - (layer.groups - 1) * lanes)) - 1 for layer in layers]),
            (1 << lanes) - 1)

        waiting = Signal(lanes)
        draining = Signal()
        layer = Signal.like(self.layer, name="draining_layer")
        first_unit = Signal.like(self.first_unit, name="draining_first_unit")
        is_last = Signal.like(self.is_last, name="draining_is_last")
        with m.If(self.free):
            m.d.sync += draining.eq(0)
        with m.If(self.start):
            m.d.sync += [
                waiting.eq(speaking & present), draining.eq(1),
                layer.eq(self.layer), first_unit.eq(self.first_unit), is_last.eq(self.is_last)]
        with m.Else():
            m.d.sync += waiting.eq(waiting & (waiting - 1))

        lowest = waiting & -waiting
        selected_z = tree([Mux(lowest[lane], self.z[lane], 0) for lane in range(lanes)], or_)
        selected_lane = tree([Mux(lowest[lane], lane, 0) for lane in range(lanes)], or_)
        m.d.comb += self.free.eq(draining & ((waiting & (waiting - 1)) == 0))
        m.d.sync += [
            self.unit.valid.eq(waiting != 0),
            self.unit.layer.eq(layer),
            self.unit.index.eq(first_unit | selected_lane),
            self.unit.z.eq(selected_z),
            self.unit.complete.eq(self.free & is_last),
        ]
        m.d.comb += self.unit.y.eq(by_layer(self.unit.layer, [
            clamp(floor_shift(self.unit.z, layer.forward_shift) + layer.offset,
                  0, config.numbers.full)
            for layer in layers]))
        return m
