"""Backward: an adder tree over lanes, then shift, saturation and the derivative."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import by_layer, saturate, tree_level
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config
from pulsetrain.spec.stages import TREE_LEVELS_PER_STAGE

from .shapes import backward_products_layout, layer_shape


class BackwardTree(Component):
    """Sums the products of an input line over lanes and groups to its delta.

    Equals `golden.backward.backward` for one input line. Lanes that hold no unit of a layer past
    the first take no part. The rows of one line, one for each group, come one after the other, from
    `first` to `last`. Timing: one row per cycle; `done` and `delta` come `latency` cycles after
    `last`: one register for every two levels of the tree, one for the sum over groups, and one for
    the delta.

    Members:
        valid: In(1), `products` holds a row's products.
        first: In(1), with `valid`: the row is the first of its input line.
        last: In(1), with `valid`: the row is the last of its input line.
        layer: In(layer_shape), the layer whose weights are read, from 0.
        active: In(1), the derivative bit of the line's unit.
        products: In(backward_products_layout), of the row.
        done: Out(1), strobe: `delta` is new.
        delta: Out(delta_bits), signed, of the line's unit.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "valid": In(1), "first": In(1), "last": In(1), "layer": In(layer_shape(config)),
            "active": In(1), "products": In(backward_products_layout(config)),
            "done": Out(1), "delta": Out(signed(config.design.delta_bits))})

    @property
    def latency(self) -> int:
        """Cycles from a line's last products to its delta."""
        return self._config.design.stages.backward

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        terms = [self.products[lane] for lane in range(config.design.backward_lanes)]
        control = [self.valid, self.first, self.last, self.layer, self.active]
        for stage in range(config.design.stages.adder_tree):
            for _ in range(TREE_LEVELS_PER_STAGE):
                terms = tree_level(terms)
            terms = [delayed(m, term, 1, f"tree_{stage}_{index}")
                     for index, term in enumerate(terms)]
            control = [delayed(m, signal, 1, f"{name}_{stage}", control=name == "valid")
                       for signal, name in zip(
                           control, ("valid", "first", "last", "layer", "active"), strict=True)]
        valid, first, last, layer, active = control

        exact = Signal(signed(config.design.backward_bits), reset_less=True)
        layer = delayed(m, layer, 1, "layer_summed")
        active = delayed(m, active, 1, "active_summed")
        with m.If(valid):
            m.d.sync += exact.eq(Mux(first, 0, exact) + terms[0])
        # Lines of the first layer have no delta, so any shift will do for layer 0.
        limit = config.numbers.delta_limit
        shifted = by_layer(layer, [saturate(exact, entry.backward_shift, limit)
                                   for entry in (
                                        config.design.layers[-1], *config.design.layers[1:])])
        delta = Mux(active, shifted, 0)
        m.d.comb += [
            self.done.eq(delayed(m, valid & last, 2, "summed", control=True)),
            self.delta.eq(delayed(m, delta, 1, "shifted")),
        ]
        return m
