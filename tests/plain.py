"""SPEC section 2 in plain Python, one synapse at a time: written apart from the golden model.

Slow, and only for identical linear devices; it exists to disagree with `rtl_gen.golden`.
"""

from rtl_gen.golden import State
from rtl_gen.spec import Config


class PlainModel:
    """A network of lists; `train` returns the class of each sample."""

    def __init__(self, config: Config, state: State) -> None:
        self.config = config
        self.plus = [layer.tolist() for layer in state.plus]
        self.minus = [layer.tolist() for layer in state.minus]
        self.word = state.generator
        self.counters = dict(state.counters)

    def train(self, pixels: list[int], label: int, gate: int) -> int:
        config, full = self.config, self.config.numbers.full
        x = [[pixel >> (8 - config.numbers.activation_bits) for pixel in pixels]]
        for place, layer in enumerate(config.layers):
            z = [sum(value * self._weight(place, row, column)
                     for row, value in enumerate([*x[place], full]))
                 for column in range(layer.outputs)]
            x.append([min(max(value // 2**layer.forward_shift + layer.offset, 0), full)
                      for value in z])
        klass = z.index(max(z))
        margin = config.numbers.margin
        delta = [max(0, full - margin - y) if column == label else min(0, margin - y)
                 for column, y in enumerate(x[-1])]
        for place in reversed(range(len(config.layers))):
            below = self._backward(place, x[place], delta)
            self._update(place, x[place], delta, gate)
            delta = below
        self.word ^= self.word << 13 & 0xFFFFFFFF
        self.word ^= self.word >> 17
        self.word ^= self.word << 5 & 0xFFFFFFFF
        self.counters["samples"] += 1
        self.counters["errors"] += klass != label
        return klass

    def _weight(self, place: int, row: int, column: int) -> int:
        difference = self.plus[place][row][column] - self.minus[place][row][column]
        return difference * self.config.conductance_step

    def _backward(self, place: int, x: list[int], delta: list[int]) -> list[int]:
        limit = self.config.numbers.delta_limit
        below = []
        for row, value in enumerate(x):
            b = sum(self._weight(place, row, column) * d for column, d in enumerate(delta))
            magnitude = min(abs(b) // 2**self.config.layers[place].backward_shift, limit)
            flat = value in (0, self.config.numbers.full)
            below.append(0 if flat else magnitude if b > 0 else -magnitude)
        return below

    def _update(self, place: int, x: list[int], delta: list[int], gate: int) -> None:
        layer = self.config.layers[place]
        for row in range(layer.rows):
            is_bias = row == layer.inputs
            if not (is_bias or x[row] > layer.row_threshold) or not self._fires(place, row, gate):
                continue
            for column, d in enumerate(delta):
                if abs(d) > layer.delta_threshold:
                    self.counters["pulses"] += 1
                    self._pulse(place, row, column, d > 0)

    def _fires(self, place: int, row: int, gate: int) -> bool:
        spread = place + 1 << 29
        for bit in range(13):
            if row >> bit & 1:
                spread ^= 0x9E3779B9 << bit
        word = (spread ^ self.word) & 0xFFFFFFFF

        def rotated(half: int, by: int) -> int:
            return (half << by | half >> 16 - by) & 0xFFFF

        x, y = word >> 16, word & 0xFFFF
        for _ in range(5):
            x, y = y ^ rotated(x, 1) & rotated(x, 8) ^ rotated(x, 2), x
        return (x & 0xFF) < gate

    def _pulse(self, place: int, row: int, column: int, up: bool) -> None:
        method, last = self.config.update.method, self.config.states - 1
        plus, minus = self.plus[place][row][column], self.minus[place][row][column]
        if method == "unidirectional":
            if up:
                plus = min(plus + 1, last)
            else:
                minus = min(minus + 1, last)
            full = self.config.refresh_state
            if (plus >= full and minus > 0) or (minus >= full and plus > 0):
                self.counters["refreshes"] += 1
                plus, minus = max(plus - minus, 0), max(minus - plus, 0)
        else:
            plus = min(plus + 1, last) if up else max(plus - 1, 0)
            if method == "bidirectional":
                minus = max(minus - 1, 0) if up else min(minus + 1, last)
        self.plus[place][row][column], self.minus[place][row][column] = plus, minus
