"""Product: one multiplier for each lane, shared by forward and backward."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.array import ArrayLayout
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.multiplier import Multiplier, product_in_luts
from pulsetrain.spec import Config
from pulsetrain.spec.memories import backward_slices, slices

from .conductance import PairConductance
from .device import row_devices
from .shapes import activation_shape, delta_row_layout, products_layout, row_layout


class Products(Component):
    """weight * operand in every lane; the weight is read[s+] - read[s-].

    Equals `golden.synapse.Synapses.weight` times the operand. In forward the operand is the
    activation of the input line, the same for all lanes; in backward it is the lane's own delta, in
    the lanes that take part in it.
    Lanes past `engine.multipliers` have their multiplier in look-up tables, with the same timing.
    Timing: one row per cycle, latency `latency` cycles: a look-up of the conductances if they
    are tabulated, then weight, then product.

    Members:
        row: In(row_layout), device states.
        devices: In(devices_layout), only if devices differ.
        values: In(array of activation_shape), the activation of the row's input line, once for each
            of `spec.memories.slices`.
        deltas: In(delta_row_layout), of the row's group; only with hidden layers.
        backward: In(number of backward slices), the operands are `deltas`, not `values`: the same
            bit, once for each of `spec.memories.backward_slices`; only with hidden layers.
        products: Out(products_layout), `latency` cycles later.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        backward = {"deltas": In(delta_row_layout(config)),
                    "backward": In(len(backward_slices(config)))}
        super().__init__({
            "row": In(row_layout(config)), **row_devices(config),
            "values": In(ArrayLayout(activation_shape(config), len(slices(config)))),
            **(backward if config.network.hidden else {}),
            "products": Out(products_layout(config))})

    @property
    def latency(self) -> int:
        """Cycles from a row to its products."""
        return self._config.design.stages.states_to_products

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        for number, lanes in enumerate(slices(config)):
            for lane in lanes:
                chosen = self.values[number]
                if lane < config.design.backward_lanes:
                    chosen = Mux(self.backward[number], self.deltas[lane], chosen)
                if config.design.tabulated:
                    chosen = delayed(m, chosen, config.design.stages.conductance,
                                     f"chosen_{lane}")
                m.d.comb += self.products[lane].eq(self._product(m, lane, chosen))
        return m

    def _product(self, m: Module, lane: int, chosen: Value) -> Value:
        design, weight = self._config.design, self._weight(m, lane)
        shapes = signed(design.weight_bits), chosen.shape(), signed(design.product_bits)
        if lane < design.dsp_lanes:
            m.submodules[f"multiplier_{lane}"] = multiplier = Multiplier(*shapes)
            m.d.comb += [multiplier.weight.eq(weight), multiplier.operand.eq(chosen)]
            return multiplier.result
        held_weight, operand, product = (
            Signal(shape, name=f"{name}_{lane}", reset_less=True)
            for name, shape in zip(("weight", "operand", "product"), shapes, strict=True))
        m.d.sync += [held_weight.eq(weight), operand.eq(chosen),
                     product.eq(product_in_luts(operand, held_weight))]
        return product

    def _weight(self, m: Module, lane: int) -> Value:
        config, pair = self._config, self.row[lane]
        if config.design.tabulated:
            m.submodules[f"conductance_{lane}"] = conductance = PairConductance(config)
            m.d.comb += conductance.pair.eq(pair)
            if config.design.draws:
                m.d.comb += conductance.devices.eq(self.devices[lane])
            return conductance.plus - conductance.minus
        plus, minus = pair.plus, pair.minus
        if config.variation.sticks:
            last, devices = config.design.states - 1, self.devices[lane]
            plus, minus = Mux(devices.plus.high, last, plus), Mux(devices.minus.high, last, minus)
        return (plus - minus) * config.design.conductance_step
