"""Copy: a register that synthesis does not merge with equal ones, for signals with many loads."""

from amaranth.hdl import Cat, Module, Value, unsigned
from amaranth.lib.wiring import In, Out

from pulsetrain.spec.stages import Stages

from .delay import delayed
from .shared import SharedComponent


class Copy(SharedComponent):
    """`o` is `i` one cycle later, in a register of its own.

    Copies are made so that each is near what it drives. Synthesis would merge them into one
    register; it does not merge registers of this component.

    Members:
        i: In(bits), unsigned.
        o: Out(bits), `i` one cycle later.
    """

    kept = True
    latency = Stages.copy

    def __init__(self, bits: int, *, control: bool = False, init: int = 0) -> None:
        self._bits, self._control, self._init = bits, control, init
        super().__init__({"i": In(unsigned(bits)), "o": Out(unsigned(bits))})

    @property
    def digest(self) -> str:
        """The same for equal registers only."""
        init = f"_{self._init}" if self._init else ""
        return f"{'control' if self._control else 'data'}_{self._bits}{init}"

    def body(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.o.eq(
            delayed(m, self.i, 1, "copy", control=self._control, init=self._init))
        return m


def copied(m: Module, value: Value, name: str, *, control: bool = False, init: int = 0) -> Value:
    """`value` one cycle later, in a `Copy`; a reset sets it to `init` if `control` is set."""
    m.submodules[name] = copy = Copy(len(value), control=control, init=init)
    m.d.comb += copy.i.eq(value)
    return copy.o


def copies(m: Module, near: list[range], value: Value, name: str, *,
           control: bool = False) -> Value:
    """`copied`, once for each range of neighbouring lanes, the first in the lowest bits."""
    return Cat(copied(m, value, f"{name}_{lanes[0]}", control=control) for lanes in near)
