"""Devices: which tables the devices of a row use, which are stuck, how far a pulse moves them."""

import numpy as np
from amaranth.hdl import Array, Const, Module, Mux, Value, unsigned
from amaranth.lib import data
from amaranth.lib.wiring import Component, In, Member, Out

from pulsetrain.golden.device import CLASS_BITS
from pulsetrain.golden.generator import (
    DEVICE_BITS,
    DEVICE_SPREAD,
    PROGRAMMING_MARK,
    ROUNDS,
    device_word,
)
from pulsetrain.hdl.library.arithmetic import by_layer
from pulsetrain.hdl.library.array import ArrayLayout
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.spec import Config
from pulsetrain.spec.stages import Stages
from pulsetrain.spec.variation import STUCK_BITS

from .generator import last_mix, mix, row_word, spread
from .noise import SUM, byte_sum
from .shapes import group_shape, index_shape, layer_shape

_ROUNDS_BEFORE_REGISTER = 3

_LOOKED_UP_GROUPS = 16
"""With at most this many groups, columns are looked up, otherwise added: one look-up table of four
inputs is smaller than an adder."""


def device_layout(config: Config) -> data.StructLayout:
    """The properties of one device, in configurations in which devices differ.

    `kind`: its class, which selects its tables. `stuck`: it stays in state 0. `high`: it reads as
    its last state. `still`: this pulse does not move it. `twice`: this pulse moves it two steps.
    `noise`: the sum that gives this pulse's displacement.
    """
    fields = {}
    if config.variation.spreads:
        fields["kind"] = unsigned(config.variation.classes.bit_length() - 1)
    if config.variation.sticks:
        fields |= {"stuck": 1, "high": 1}
    if config.device.cycle_noise:
        fields |= {"still": 1, "twice": 1}
    if config.design.cycle_scale:
        fields["noise"] = SUM
    return data.StructLayout(fields)


def pair_devices_layout(config: Config) -> data.StructLayout:
    """The plus and the minus device of a pair, and the sum that gives the `error` of a refresh."""
    device = device_layout(config)
    error = {"error": SUM} if config.design.refresh_scale else {}
    return data.StructLayout({"plus": device, "minus": device, **error})


def devices_layout(config: Config) -> ArrayLayout:
    """The devices of every lane's pair."""
    return ArrayLayout(pair_devices_layout(config), config.engine.lanes)


def pair_devices(config: Config) -> dict[str, Member]:
    """The port `devices` of a component that works on one pair; none if devices do not differ."""
    return {"devices": In(pair_devices_layout(config))} if config.design.draws else {}


def row_devices(config: Config) -> dict[str, Member]:
    """The port `devices` of a component that works on a row; none if devices do not differ."""
    return {"devices": In(devices_layout(config))} if config.design.draws else {}


def trait(component: Component, role: str, name: str) -> Value:
    """Field `name` of the device in `role` ("plus" or "minus") of a component that works on one
    pair; constant 0 if devices do not differ in that field."""
    if "devices" in component.signature.members:
        device = component.devices[role]
        if name in device.shape().members:
            return Value.cast(device[name])
    return Const(0, 1)


class DeviceDraw(SharedComponent):
    """The random word of a device, a hash of the word of its position.

    Equals `golden.generator.mix`. Timing: one word per cycle, latency two cycles.

    Members:
        word: In(32), the word of the device's position.
        draw: Out(32), the random word, `latency` cycles later.
    """

    latency = Stages.draw

    def __init__(self) -> None:
        super().__init__({"word": In(32), "draw": Out(32)})

    def body(self, platform: object) -> Module:
        m = Module()
        half_way = delayed(m, mix(m, self.word, _ROUNDS_BEFORE_REGISTER, "early"), 1, "half_way")
        mixed = last_mix(m, half_way, ROUNDS - _ROUNDS_BEFORE_REGISTER, "late")
        m.d.comb += self.draw.eq(delayed(m, mixed, 1, "mixed"))
        return m


class RowDevices(Component):
    """The properties of the devices of a row, hashed from their positions.

    Only engines whose devices differ have it. Equals `golden.device.layer_devices`,
    `golden.device.noise_steps` and `golden.generator.byte_sum`, by role. Timing: one row per
    cycle; `devices` comes `latency` cycles after `layer`, `group` and `index`, together with the
    row's states, and follows `polarity` in the same cycle.

    Members:
        layer: In(layer_shape), of the row, from 0.
        group: In(group_shape), of the row, numbered through all layers.
        index: In(index_shape), input line of the row.
        word: In(32), the word of the generator.
        polarity: In(lanes), for each lane: physical device 1 is the plus device.
        devices: Out(devices_layout), of the row.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "layer": In(layer_shape(config)), "group": In(group_shape(config)),
            "index": In(index_shape(config)), "word": In(32),
            "polarity": In(config.engine.lanes), "devices": Out(devices_layout(config))})

    @property
    def latency(self) -> int:
        """Cycles from a row's coordinates to its devices."""
        return self._config.design.stages.memory

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        lanes, block_lanes = config.engine.lanes, self._block_lanes
        block_bits = block_lanes.bit_length() - 1
        row = row_word(self.layer, self.index)
        positions = [
            delayed(m, row ^ spread(
                block[:DEVICE_BITS - block_bits - 1], DEVICE_SPREAD << (block_bits + 1)),
                    self.latency - config.design.stages.draw, f"position_{number}")
            for number, block in enumerate(self._blocks(lanes // block_lanes))]
        for lane in range(lanes):
            position = positions[lane // block_lanes]
            devices = [self._device(m, position, lane, device) for device in range(2)]
            swapped = self.polarity[lane]
            for name in device_layout(config).members:
                first, second = (device[name] for device in devices)
                m.d.comb += [
                    self.devices[lane].plus[name].eq(Mux(swapped, second, first)),
                    self.devices[lane].minus[name].eq(Mux(swapped, first, second)),
                ]
            if config.design.refresh_scale:
                word = self._word(position, lane, 0) ^ PROGRAMMING_MARK
                m.d.comb += self.devices[lane].error.eq(
                    byte_sum(self._mixed(m, word ^ self.word, f"error_{lane}")))
        return m

    @property
    def _block_lanes(self) -> int:
        """Neighbouring columns whose numbers have the same upper bits: the largest power of two
        that divides the number of lanes."""
        lanes = self._config.engine.lanes
        return lanes & -lanes

    def _blocks(self, count: int) -> list[Value]:
        """The numbers of the `count` blocks of `_block_lanes` columns that the row's group
        holds."""
        layers = self._config.design.layers
        if count > 1 and self._config.design.groups <= _LOOKED_UP_GROUPS:
            groups = [group for layer in layers for group in range(layer.groups)]
            return [Value.cast(Array(Const(group * count + block, DEVICE_BITS)
                                     for group in groups)[self.group]) for block in range(count)]
        group = self.group - by_layer(self.layer, [layer.first_group for layer in layers])
        first = sum((group << bit for bit in range(1, count.bit_length()) if count >> bit & 1),
                    group)
        return [first + block if block else first for block in range(count)]

    def _device(self, m: Module, position: Value, lane: int, device: int) -> dict[str, Value]:
        """The fields of the physical device 0 or 1 of the pair in `lane`, whose block is at
        `position`."""
        variation, noise = self._config.variation, self._config.device.cycle_noise
        word = self._word(position, lane, device)
        fields: dict[str, Value] = {}
        if variation.spreads or variation.sticks:
            draw = self._mixed(m, word ^ (variation.seed or self._config.seed),
                               f"draw_{lane}_{device}")
            low, high = variation.stuck_thresholds
            share = draw[32 - STUCK_BITS:]
            stuck = share < high
            fields |= {
                "kind": draw[CLASS_BITS - variation.classes.bit_length() + 1:CLASS_BITS],
                "stuck": stuck,
                # Verilator refuses a comparison that always holds.
                "high": (share >= low) & stuck if low else stuck}
        if noise:
            share = self._mixed(m, word ^ self.word, f"noise_{lane}_{device}")[:8]
            fields |= {"still": share < noise, "twice": share >= 256 - noise}
        if self._config.design.cycle_scale:
            fields["noise"] = byte_sum(
                self._mixed(m, word ^ self.word, f"noise_{lane}_{device}"))
        return fields

    def _word(self, position: Value, lane: int, device: int) -> Value:
        """The word of that device's position."""
        return position ^ int(device_word(np.array(lane % self._block_lanes), device))

    @staticmethod
    def _mixed(m: Module, word: Value, name: str) -> Value:
        m.submodules[name] = draw = DeviceDraw()
        m.d.comb += draw.word.eq(word)
        return draw.draw
