"""Generator: the xorshift32 word, and whether a row passes the gate."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.golden.generator import LAYER_BITS, LAYER_SPREAD, ROUNDS, ROW_SPREAD
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config

from .shapes import index_shape, layer_shape

_ROUNDS_BEFORE_REGISTER = 4


class Generator(Component):
    """The generator's word, and which rows fire.

    `step` equals `golden.generator.step`, and `fires` equals `golden.generator.fires` of a row with
    `pulses`. Timing: one row per cycle; `fires` comes `latency` cycles after `layer`, `index` and
    `pulses`.

    Members:
        step: In(1), strobe: go to the next word.
        write: In(1), strobe: set the word to `write_word`.
        write_word: In(32), the new word.
        word: Out(32), the current word.
        gate: In(9), the probability that a row fires, in 256ths (0..256).
        layer: In(layer_shape), of the row, from 0.
        index: In(index_shape), input line of the row.
        pulses: In(1), the row fires if it passes the gate.
        fires: Out(1), the row fires.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "step": In(1), "write": In(1), "write_word": In(32),
            "word": Out(32, init=config.seed), "gate": In(9),
            "layer": In(layer_shape(config)), "index": In(index_shape(config)),
            "pulses": In(1), "fires": Out(1)})

    @property
    def latency(self) -> int:
        """Cycles from a row to whether it fires."""
        return self._config.design.stages.gate

    def elaborate(self, platform: object) -> Module:
        m = Module()
        with m.If(self.write):
            m.d.sync += self.word.eq(self.write_word)
        with m.Elif(self.step):
            m.d.sync += self.word.eq(_step(self.word))

        word = delayed(m, self.word ^ row_word(self.layer, self.index), 1, "row_word")
        # A row that does not pulse may have no event, and then its index is unknown.
        pulses = delayed(m, self.pulses, 1, "row_pulses", control=True)
        half_way = Mux(pulses, mix(m, word, _ROUNDS_BEFORE_REGISTER, "early"), 0)
        half_way = delayed(m, half_way, 1, "half_way")
        mixed = last_mix(m, half_way, ROUNDS - _ROUNDS_BEFORE_REGISTER, "late")
        odds = delayed(m, Mux(pulses, self.gate, 0), 1, "odds", control=True)
        m.d.comb += self.fires.eq(mixed[:8] < odds)
        return m


def _step(word: Value) -> Value:
    word = (word ^ (word << 13))[:32]
    word = word ^ (word >> 17)
    return (word ^ (word << 5))[:32]


def row_word(layer: Value, row: Value) -> Value:
    """`golden.generator.row_word`, 32 bits; the layer counts from 0."""
    return spread(row, ROW_SPREAD) ^ spread((layer + 1)[:LAYER_BITS], LAYER_SPREAD)


def spread(number: Value, factor: int) -> Value:
    """The carry-less product of `number` and `factor`, its lower 32 bits."""
    word = Const(0, 32)
    for bit, signal in enumerate(number):
        word = word ^ Mux(signal, factor << bit & 0xFFFFFFFF, 0)
    return word[:32]


def mix(m: Module, word: Value, rounds: int, name: str) -> Value:
    """The first `rounds` rounds of `golden.generator.mix`, whose halves are signals named after
    `name`.

    Amaranth writes an expression again wherever it is used, and each round uses the last one four
    times.
    """
    x, y = word[16:], word[:16]
    for number in range(rounds):
        mixed = Signal(16, name=f"{name}_{number}")
        m.d.comb += mixed.eq(y ^ (x.rotate_left(1) & x.rotate_left(8)) ^ x.rotate_left(2))
        x, y = mixed, x
    return Cat(y, x)


def last_mix(m: Module, word: Value, rounds: int, name: str) -> Value:
    """The last `rounds` rounds of `golden.generator.mix`, whose result has the half that was mixed
    last in its lower bits."""
    return mix(m, word, rounds, name).rotate_left(16)
