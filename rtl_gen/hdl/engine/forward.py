"""Forward: one accumulator for each lane."""

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.copy import copied
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .shapes import products_layout, sums_layout


class ForwardLanes(Component):
    """Each lane adds up its products, up to the row marked `last`.

    Equals `golden.forward.forward` for the units of one group; the sums are exact, as the
    accumulators are wide enough for the worst case. The last row of a group, and a reset, clear the
    accumulators for the next group: this costs no logic, as opposed to choosing 0 for the first
    row. Timing: one row per cycle; `z` is complete `latency` cycles after `last`, and stays until
    the next group is complete. Each slice of lanes has its own copy of the control signals.

    Members:
        valid: In(1), `products` holds a row's products in the next cycle.
        last: In(1), with `valid`: the row is the last of its group.
        products: In(products_layout), of the row whose `valid` was in the previous cycle.
        ending: Out(1), strobe: `z` is new in the next cycle.
        done: Out(1), strobe: `z` is new.
        z: Out(sums_layout), the exact sums of the group finished last.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "valid": In(1), "last": In(1),
            "products": In(products_layout(config)),
            "ending": Out(1), "done": Out(1), "z": Out(sums_layout(config))})

    @property
    def latency(self) -> int:
        """Cycles from a group's `last` to its sums."""
        return self._config.design.stages.forward

    def elaborate(self, platform: object) -> Module:
        m = Module()
        accumulators = Signal(sums_layout(self._config), reset_less=True)
        z = Signal(sums_layout(self._config), reset_less=True)
        closes = self.valid & self.last
        m.d.comb += [
            self.z.eq(z),
            self.ending.eq(delayed(m, closes, self.latency - 1, "ending", control=True)),
            self.done.eq(delayed(m, self.ending, 1, "done", control=True)),
        ]
        for lanes in slices(self._config):
            adds = copied(m, self.valid, f"adds_{lanes[0]}", control=True)
            ends = copied(m, closes, f"ends_{lanes[0]}", control=True, init=1)
            for lane in lanes:
                total = accumulators[lane] + self.products[lane]
                with m.If(adds):
                    m.d.sync += accumulators[lane].eq(total)
                with m.If(ends):
                    m.d.sync += [accumulators[lane].eq(0), z[lane].eq(total)]
        return m
