"""Step: one pulse on the two devices of a pair."""

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data
from amaranth.lib.wiring import In, Out

from pulsetrain.device import device_tables
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.spec import Config
from pulsetrain.spec.noise import Scale

from .device import pair_devices, trait
from .noise import displaced, displacement
from .shapes import padded, pair_layout
from .table import Table

Pulses = dict[str, tuple[Value | int, Value | int]]
"""(potentiate, depress) of each device of a pair."""


class PairStep(SharedComponent):
    """The states of a pair after a pulse, by arithmetic or by a table of next states.

    Equals `golden.pulse.pulse` for one pair. Timing: one pair per cycle, latency `latency` cycles:
    one for the step, and one for the displacement if there is any. Each lane has its own table,
    because it looks up two states per cycle, and a block RAM has no more than two ports.

    Members:
        pair: In(pair_layout), states before the pulse.
        devices: In(pair_devices_layout), only if devices differ.
        up: In(1), the pulse is positive. With neither `up` nor `down` there is no pulse.
        down: In(1), the pulse is negative.
        moved: Out(pair_layout), states after the pulse.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        pair = pair_layout(config)
        super().__init__({"pair": In(pair), **pair_devices(config), "up": In(1), "down": In(1),
                          "moved": Out(pair)})

    @property
    def latency(self) -> int:
        """Cycles from a pair to its new states."""
        return self._config.design.stages.step + self._config.design.stages.noise

    def body(self, platform: object) -> Module:
        m = Module()
        up, down = self.up, self.down
        match self._config.design.method:
            case "unidirectional":
                pulses = {"plus": (up, 0), "minus": (down, 0)}
            case "bidirectional":
                pulses = {"plus": (up, down), "minus": (down, up)}
            case _:
                pulses = {"plus": (up, down)}
        scale = self._config.design.cycle_scale
        stepped = Signal(self.pair.shape(), reset_less=True) if scale else self.moved
        if self._config.design.tabulated:
            self._look_up(m, pulses, stepped)
        else:
            self._compute(m, pulses, stepped)
        m.d.comb += [stepped[name].eq(delayed(m, self.pair[name], 1, f"moved_{name}"))
                     for name in self.pair.shape().members if name not in pulses]
        if scale:
            self._displace(m, pulses, stepped, scale)
        return m

    def _compute(self, m: Module, pulses: Pulses, stepped: data.View) -> None:
        last = self._config.design.states - 1
        for role, (potentiate, depress) in pulses.items():
            state, still = self.pair[role], self._still(role)
            if (self._config.design.method == "unidirectional"
                    and not self._config.device.cycle_noise):
                steps = potentiate & (state != last) & ~still
                m.d.comb += stepped[role].eq(
                    delayed(m, (state + steps)[:len(state)], 1, f"moved_{role}"))
                continue
            twice = trait(self, role, "twice")
            more = Mux(twice & (state < last - 1), state + 2, Mux(state == last, last, state + 1))
            less = Mux(twice & (state > 1), state - 2, Mux(state == 0, 0, state - 1))
            moved = Mux(potentiate, more, Mux(depress, less, state))
            moved = Mux(still, state, moved)[:self._config.design.state_bits]
            m.d.comb += stepped[role].eq(delayed(m, moved, 1, f"moved_{role}"))

    def _look_up(self, m: Module, pulses: Pulses, stepped: data.View) -> None:
        m.submodules.table = table = Table(
            self._next_states(), unsigned(self._config.design.state_bits), ports=len(pulses))
        for index, (role, (potentiate, depress)) in enumerate(pulses.items()):
            state = self.pair[role]
            address = [state, *self._modes(role, depress)]
            keeps = self._still(role) | ~(potentiate | depress)
            m.d.comb += [
                table.address[index].eq(Cat(*address)),
                stepped[role].eq(Mux(delayed(m, keeps, 1, f"keeps_{role}"),
                                     delayed(m, state, 1, f"held_{role}"),
                                     table.word[index])),
            ]

    def _displace(self, m: Module, pulses: Pulses, stepped: data.View, scale: Scale) -> None:
        """The displacement is computed together with the step, and added to it in the next
        cycle."""
        sums = {role: trait(self, role, "noise") for role in pulses}
        if self._config.design.method == "unidirectional":  # a pulse moves one of the devices
            pulsed = Mux(self.up, sums["plus"], sums["minus"])
            shifts = dict.fromkeys(pulses, displacement(scale, pulsed))
        else:
            shifts = {role: displacement(scale, total) for role, total in sums.items()}
        for role in self.pair.shape().members:
            moved = stepped[role]
            if role in pulses:
                potentiate, depress = pulses[role]
                moves = (potentiate | depress) & ~trait(self, role, "stuck")
                shift = delayed(m, Mux(moves, shifts[role], 0), 1, f"shift_{role}")
                moved = displaced(moved, shift, self._config.design.states - 1)
            m.d.comb += self.moved[role].eq(delayed(m, moved, 1, f"displaced_{role}"))

    def _still(self, role: str) -> Value:
        return Value.cast(trait(self, role, "still") | trait(self, role, "stuck"))

    def _modes(self, role: str, depress: Value | int) -> list[Value]:
        """The bits of the table's address above the state, each only if it can vary: class,
        direction of the pulse, and whether it moves the device twice."""
        config = self._config
        modes = [trait(self, role, "kind")] if config.variation.spreads else []
        if config.design.method != "unidirectional":
            modes.append(depress)
        if config.device.cycle_noise:
            modes.append(trait(self, role, "twice"))
        return modes

    def _next_states(self) -> list[int]:
        """The words of the table, in the order of its addresses."""
        config, tables = self._config, device_tables(self._config)
        directions = [tables.potentiate]
        if config.design.method != "unidirectional":
            directions.append(tables.depress)
        once = np.concatenate([padded(table, config.design.state_bits) for table in directions])
        if not config.device.cycle_noise:
            return once.ravel().tolist()
        twice = np.concatenate([
            padded(np.take_along_axis(table, table, axis=1), config.design.state_bits)
            for table in directions])
        return np.concatenate([once, twice]).ravel().tolist()
