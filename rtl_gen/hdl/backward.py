"""Backward: an adder tree over the lanes, then shift, saturation and the derivative bit."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib.wiring import Component, In, Out

from rtl_gen.golden.cycles import TREE_LEVELS_PER_STAGE, stages, tree_cycles
from rtl_gen.spec import Config

from .arithmetic import by_layer, saturate, tree_level, truncate_shift
from .shapes import layer_shape, products_layout


class BackwardTree(Component):
    """Sums the products of an input line over lanes and groups to its delta.

    Equals `golden.backward.backward` for one input line: rows of the same line follow each
    other, from `first` to `last`. Timing: one row a cycle; `done` and `delta` come `latency`
    cycles after `last`: a register every two levels of the tree, one for the sum over groups, one
    for the delta.

    Members:
        valid, first, last: In, a row's products are there; first, last group of its line.
        layer: In, the layer whose weights are read, from 0.
        active: In, derivative bit of the line's unit.
        products: In.
        done, delta: Out.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "valid": In(1), "first": In(1), "last": In(1), "layer": In(layer_shape(config)),
            "active": In(1), "products": In(products_layout(config)),
            "done": Out(1), "delta": Out(signed(config.delta_bits))})

    @property
    def latency(self) -> int:
        """Cycles from a line's last products to its delta."""
        return tree_cycles(self._config)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        terms = [self.products[lane] for lane in range(config.engine.lanes)]
        control = [self.valid, self.first, self.last, self.layer, self.active]
        for stage in range(stages(config.engine.lanes, TREE_LEVELS_PER_STAGE)):
            for _ in range(TREE_LEVELS_PER_STAGE):
                terms = tree_level(terms)
            terms = [self._register(m, term, f"tree_{stage}_{place}")
                     for place, term in enumerate(terms)]
            control = [self._register(m, signal, f"{name}_{stage}") for signal, name in zip(
                control, ("valid", "first", "last", "layer", "active"), strict=True)]
        valid, first, last, layer, active = control

        exact = Signal(signed(config.backward_bits))
        place = Signal.like(layer)
        alive = Signal()
        summed = Signal()
        m.d.sync += [summed.eq(valid & last), place.eq(layer), alive.eq(active)]
        with m.If(valid):
            m.d.sync += exact.eq(Mux(first, 0, exact) + terms[0])
        shifted = by_layer(place, [truncate_shift(exact, layer.backward_shift)
                                   for layer in config.layers])
        m.d.sync += [
            self.done.eq(summed),
            self.delta.eq(Mux(alive, saturate(shifted, config.numbers.delta_limit), 0)),
        ]
        return m

    @staticmethod
    def _register(m: Module, value: object, name: str) -> Signal:
        register = Signal(value.shape(), name=name)
        m.d.sync += register.eq(value)
        return register
