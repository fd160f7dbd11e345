"""Refresh: erases a full pair and programs its difference again."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal, Value, unsigned
from amaranth.lib.wiring import In, Out

from pulsetrain.device import device_tables
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.spec import Config

from .conductance import PairConductance
from .device import pair_devices, trait
from .noise import displaced, displacement_shape
from .shapes import pair_layout
from .table import Table


def error_shape(config: Config) -> Shape:
    """The error of programming in states, in configurations that have it."""
    scale = config.design.refresh_scale
    assert scale
    return displacement_shape(scale)


class Refresh(SharedComponent):
    """The refreshed states of one pair, by arithmetic or by a table of nearest states.

    Equals `golden.refresh.refresh`. With equal steps the state nearest to a difference of
    conductances is the difference of the states: the outputs are combinational. Otherwise they
    come `latency` cycles later, one pair per cycle: conductances, then magnitude and sign of their
    difference, then the state nearest to it. Each lane has its own table of nearest states. With
    an error of programming, the error is added in one more cycle.

    Members:
        pair: In(pair_layout), states after a pulse.
        devices: In(pair_devices_layout), only if devices differ.
        error: In(error_shape), the error of programming, only if there is any.
        due: Out(1), one device is full while the other is above state 0.
        refreshed: Out(pair_layout), the states after a refresh, if it is `due`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        pair = pair_layout(config)
        error = {"error": In(error_shape(config))} if config.design.refresh_scale else {}
        super().__init__({"pair": In(pair), **pair_devices(config), **error, "due": Out(1),
                          "refreshed": Out(pair)})

    @property
    def latency(self) -> int:
        """Cycles from a pair to its refreshed states."""
        return self._config.design.stages.refresh

    def body(self, platform: object) -> Module:
        m = Module()
        if self._config.design.tabulated:
            self._look_up(m)
        else:
            self._compute(m)
        return m

    def _compute(self, m: Module) -> None:
        plus, minus = self.pair.plus, self.pair.minus
        limit, last = self._config.design.refresh_state, self._config.design.states - 1
        reached = [state == last if limit == last else state >= limit for state in (plus, minus)]
        full = [at & ~self._stuck(role)
                for role, at in zip(("plus", "minus"), reached, strict=True)]
        due = (full[0] & (minus > 0)) | (full[1] & (plus > 0))
        if self._config.design.refresh_scale or limit < last:
            difference = plus - minus
            higher, lower = ~difference[-1] & difference.any(), difference[-1]
            magnitude = (difference ^ lower.replicate(len(difference))) + lower
            target = magnitude[:self._config.design.state_bits]
        if self._config.design.refresh_scale:
            self._program(m, due, target, higher, lower)
            return
        if limit == last:
            # One device of a pair that is due is in its last state: so the difference takes one
            # constant and no sign, and only an inversion if there are 2^k states.
            targets = [Mux(at, last - other if last & (last + 1) else ~other, 0)
                       for at, other in zip(reached, (minus, plus), strict=True)]
        else:
            targets = [Mux(higher, target, 0), Mux(lower, target, 0)]
        m.d.comb += [
            self.due.eq(due),
            self.refreshed.plus.eq(targets[0]),
            self.refreshed.minus.eq(targets[1]),
        ]
        if self._config.update.refresh_swaps:
            m.d.comb += self.refreshed.polarity.eq(~self.pair.polarity)

    def _look_up(self, m: Module) -> None:
        config, tables = self._config, device_tables(self._config)
        swaps, limit = config.update.refresh_swaps, config.design.conductance_limit
        m.submodules.conductance = conductance = PairConductance(config)
        m.d.comb += conductance.pair.eq(self.pair)
        if config.design.draws:
            m.d.comb += conductance.devices.eq(self.devices)
        can_refresh = Cat(~self._stuck(role) & (self.pair[other] > 0)
                          for role, other in (("plus", "minus"), ("minus", "plus")))

        full = conductance.full & delayed(m, can_refresh, 1, "can_refresh")
        plus, minus = conductance.plus, conductance.minus
        higher, lower = plus > minus, plus < minus
        difference = Mux(higher, plus - minus, minus - plus)[:config.design.read_bits]
        aim = difference + int(tables.read[0, 0])
        aim_2 = Signal(config.design.read_bits)
        m.d.sync += aim_2.eq(Mux(aim > limit, limit, aim))
        higher_2, lower_2 = delayed(m, higher, 1, "higher"), delayed(m, lower, 1, "lower")
        due_2 = delayed(m, full.any(), 1, "due")

        device_class = []
        if config.variation.spreads:
            # The class of the device that is programmed. The sign of the difference gives its new
            # role; if refreshes swap the roles, it had the other role before.
            of_plus, of_minus = (delayed(m, trait(self, role, "kind"), 2, f"kind_{role}")
                                 for role in (("minus", "plus") if swaps else ("plus", "minus")))
            device_class = [Mux(higher_2, of_plus, of_minus)]
        words = [state for row in tables.nearest
                 for state in [*row.tolist(), *[0] * ((1 << config.design.read_bits) - limit - 1)]]
        m.submodules.table = table = Table(words, unsigned(config.design.state_bits), ports=1)
        m.d.comb += table.address[0].eq(Cat(aim_2, *device_class))

        target = table.word[0]
        due_3, higher_3, lower_3 = (delayed(m, value, 1, f"{name}_3") for name, value in (
            ("due", due_2), ("higher", higher_2), ("lower", lower_2)))
        if config.design.refresh_scale:
            self._program(m, due_3, target, higher_3, lower_3)
            return
        m.d.comb += [
            self.due.eq(due_3),
            self.refreshed.plus.eq(Mux(higher_3, target, 0)),
            self.refreshed.minus.eq(Mux(lower_3, target, 0)),
        ]
        if swaps:
            m.d.comb += self.refreshed.polarity.eq(~delayed(m, self.pair.polarity, 3, "polarity"))

    def _program(self, m: Module, due: Value, target: Value, higher: Value, lower: Value) -> None:
        """In one more cycle: the error is added to the state `target` of the device that is
        programmed, unless this is 0."""
        error = delayed(m, self.error, self.latency - 1, "error")
        reached = displaced(target, error, self._config.design.states - 1)
        programmed = delayed(m, Mux(target.any(), reached, 0), 1, "programmed")
        m.d.comb += [
            self.due.eq(delayed(m, due, 1, "due_programmed")),
            self.refreshed.plus.eq(Mux(delayed(m, higher, 1, "to_plus"), programmed, 0)),
            self.refreshed.minus.eq(Mux(delayed(m, lower, 1, "to_minus"), programmed, 0)),
        ]
        if self._config.update.refresh_swaps:
            m.d.comb += self.refreshed.polarity.eq(
                ~delayed(m, self.pair.polarity, self.latency, "polarity"))

    def _stuck(self, role: str) -> Value:
        return Value.cast(trait(self, role, "stuck"))
