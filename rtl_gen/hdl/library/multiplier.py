"""Multiplier: a product and its registers, or in look-up tables where an FPGA has none left."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal, Value
from amaranth.lib.wiring import In, Out

from .shared import SharedComponent


class Multiplier(SharedComponent):
    """`weight` * `operand`, with registers for both and for the product.

    A family can replace the module by a multiplier that contains these registers
    (`fpga.family.Synthesis.multiplier`), so that no wire leads from one to the other.

    Members:
        weight: In(signed), one factor.
        operand: In(signed or not), the other factor.
        result: Out(signed), their product, `latency` cycles later; not called `product`, as an
            engine's instance of all lanes is, which Verilator takes for hidden then.
    """

    latency = 2

    def __init__(self, weight: Shape, operand: Shape, product: Shape) -> None:
        self._widths = weight.width, operand.width, product.width
        self._sign = "s" if operand.signed else "u"
        super().__init__({"weight": In(weight), "operand": In(operand), "result": Out(product)})

    @property
    def digest(self) -> str:
        """The same for equal multipliers only; `fpga.synthesis` reads it in the module's name."""
        weight, operand, product = self._widths
        return f"s{weight}_{self._sign}{operand}_s{product}"

    def body(self, platform: object) -> Module:
        m = Module()
        weight, operand, result = (
            Signal(getattr(self, name).shape(), name=f"{name}_held", reset_less=True)
            for name in ("weight", "operand", "result"))
        m.d.sync += [weight.eq(self.weight), operand.eq(self.operand), result.eq(weight * operand)]
        m.d.comb += self.result.eq(result)
        return m


def product_in_luts(one: Value, other: Value) -> Value:
    """`one` * `other`, of which `other` is signed: a tree of carry chains over the bits of `other`.

    Each adder leaves out the bits that only one of its operands has. The top bit of `other` counts
    negatively: its term is subtracted. Yosys would make twice as many look-up tables of a `*`
    without multipliers, and of a plain sum of shifted values.
    """
    terms = [(Mux(bit, one, 0), shift) for shift, bit in enumerate(other)]
    negative = len(terms) > 1
    while len(terms) > 1:
        pairs = list(zip(terms[::2], terms[1::2], strict=False))
        is_top = [negative and index == len(pairs) - 1 and len(terms) % 2 == 0
                  for index in range(len(pairs))]
        negative = negative and not any(is_top)
        terms = [_joined(*pair, subtract=top) for pair, top in zip(pairs, is_top, strict=True)
                 ] + terms[2 * len(pairs):]
    [(product, _)] = terms
    return product if len(other) > 1 else -product


def _joined(low: tuple[Value, int], high: tuple[Value, int], *,
            subtract: bool) -> tuple[Value, int]:
    """The sum or the difference of two (value, number of bits that it is shifted left by)."""
    (value, shift), (higher, higher_shift) = low, high
    below = higher_shift - shift
    upper = value >> below
    total = upper - higher if subtract else upper + higher
    joined = Cat(value[:below], total)
    return joined.as_signed() if total.shape().signed else joined, shift
