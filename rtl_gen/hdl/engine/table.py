"""Table: a read-only table of numbers in block RAM or LUTs."""

import hashlib
from collections.abc import Sequence

from amaranth.hdl import Module, Shape
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from pulsetrain.hdl.library.array import ArrayLayout
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.spec.stages import TABLE
from pulsetrain.spec.widths import index_width


class Table(SharedComponent):
    """A read-only table of `words` of one `shape`, with `ports` read ports.

    Timing: one word per port and cycle, latency one cycle.

    Members:
        address: In(array of address bits), an index into `words` for each port.
        word: Out(array of shape), the word at that index for each port, one cycle later.
    """

    latency = TABLE

    def __init__(self, words: Sequence[int], shape: Shape, *, ports: int) -> None:
        self._words, self._shape = list(words), shape
        address = index_width(len(self._words))
        super().__init__({"address": In(ArrayLayout(address, ports)),
                          "word": Out(ArrayLayout(shape, ports))})

    @property
    def digest(self) -> str:
        """The same for equal tables only."""
        content = repr((self._words, self._shape, self.word.shape().length))
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def body(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(
            shape=self._shape, depth=len(self._words), init=self._words)
        for index, address in enumerate(self.address):
            port = memory.read_port()
            m.d.comb += [port.addr.eq(address), port.en.eq(1), self.word[index].eq(port.data)]
        return m
