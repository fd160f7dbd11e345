"""Multiplier: a product in look-up tables, for an FPGA with too few multipliers."""

from amaranth.hdl import Cat, Mux, Value


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
