"""Product: every lane's one multiplier, shared by forward and backward."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib.wiring import Component, In, Out

from rtl_gen.spec import Config

from .shapes import activation_shape, delta_row_layout, products_layout, row_layout


class Products(Component):
    """weight * operand in every lane; the weight is read[s+] - read[s-], one step a state.

    Equals `golden.synapse.weights` times the operand: the activation, the same in every lane
    (forward), or the lane's own delta (backward). Timing: one row a cycle, latency two cycles.

    Members:
        row: In, device states.
        value: In, activation of the row's input line.
        deltas: In, deltas of the row's group.
        backward: In, take `deltas` instead of `value`.
        products: Out.
    """

    latency = 2

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "row": In(row_layout(config)), "value": In(activation_shape(config)),
            "deltas": In(delta_row_layout(config)), "backward": In(1),
            "products": Out(products_layout(config))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        for lane in range(config.engine.lanes):
            weight = Signal(signed(config.weight_bits), name=f"weight_{lane}")
            operand = Signal(signed(config.operand_bits), name=f"operand_{lane}")
            pair = self.row[lane]
            m.d.sync += [
                weight.eq((pair.plus - pair.minus) * config.conductance_step),
                operand.eq(Mux(self.backward, self.deltas[lane], self.value)),
                self.products[lane].eq(weight * operand),
            ]
        return m
