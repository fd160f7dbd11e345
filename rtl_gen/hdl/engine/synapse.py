"""Synapse memory: one row of device pairs a cycle out, one in."""

from amaranth.hdl import Cat, Module, Mux, Value, unsigned
from amaranth.lib.wiring import Component, In, Member, Out

from pulsetrain.hdl.library.copy import copied
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.memory_map import MemorySize, bank_grid
from pulsetrain.spec import Config
from pulsetrain.spec.stages import Stages

from .shapes import address_shape, row_layout

_CHOOSING_LANES = 4
"""Neighbouring lanes whose bits one copy of the bank's number can reach in time."""


def memory_ports(config: Config) -> dict[str, Member]:
    """The ports of synapse memory, whatever it is made of."""
    row, address = row_layout(config), address_shape(config)
    return {"read_address": In(address), "row": Out(row),
            "write": In(1), "write_address": In(address), "write_row": In(row)}


class SynapseBank(SharedComponent):
    """Block RAMs of one `MemorySize`, one read and one write a cycle, zero at first.

    Members:
        read_address: In, word to read; none that is written in this cycle.
        word: Out, one cycle later.
        write: In, strobe.
        write_address, write_word: In, taken while `write` is high.
    """

    latency = Stages.memory_read

    def __init__(self, size: MemorySize) -> None:
        self._size = size
        address, bits = max(1, (size.depth - 1).bit_length()), size.bits
        super().__init__({"read_address": In(address), "word": Out(bits), "write": In(1),
                          "write_address": In(address), "write_word": In(bits)})

    @property
    def digest(self) -> str:
        """The same for equal banks only."""
        return f"{self._size.bits}x{self._size.depth}"

    def body(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = separate_memory(unsigned(self._size.bits), self._size)
        read, write = memory.read_port(), memory.write_port()
        m.d.comb += [
            read.addr.eq(self.read_address), read.en.eq(1), self.word.eq(read.data),
            write.addr.eq(self.write_address), write.data.eq(self.write_word),
            write.en.eq(self.write)]
        return m


class SynapseMemory(Component):
    """Rows of `lanes` synapses (s+, s-), one read and one write a cycle.

    Registers stand before and behind the block RAMs. There are banks (`memory_map.bank_grid`), so
    that what chooses between them is not in the way of their outputs, and each bank has its
    addresses for itself, as one register cannot reach over the whole FPGA in a cycle.

    Timing: `row` is the row at the `read_address` of `latency` cycles before; none is needed that
    is written in the cycle in which it is read. The contents after power-up are zero; a reset
    leaves them.

    Members:
        read_address: In, row to read.
        row: Out, the row read, `latency` cycles later.
        write: In, strobe.
        write_address, write_row: In, taken while `write` is high.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._bank_bits = (config.engine.bank_rows - 1).bit_length()
        super().__init__(memory_ports(config))

    @property
    def latency(self) -> int:
        """Cycles from an address to its row."""
        return self._config.design.stages.memory

    def elaborate(self, platform: object) -> Module:
        m = Module()
        _, lanes_together = bank_grid(self._config)
        row = []
        for beside, sizes in zip(lanes_together, self._config.design.memories.synapse_banks,
                                 strict=True):
            first = beside[0]
            written = Cat(delayed(m, self.write_row[lane].as_value(), 1, f"written_{lane}")
                          for lane in beside)
            banks = [self._bank(m, number, beside, size, written)
                     for number, size in enumerate(sizes)]
            if len(banks) == 1:
                row += banks[0]
                continue
            bank = delayed(m, self.read_address[self._bank_bits:], 2, f"bank_{first}")
            for place, lane in enumerate(beside):
                if place % _CHOOSING_LANES == 0:
                    chosen = copied(m, bank, f"chosen_{lane}")
                row.append(by_bank(chosen, [states[place] for states in banks]))
        m.d.comb += self.row.eq(Cat(row))
        return m

    def _bank(self, m: Module, number: int, lanes: range, size: MemorySize,
              written: Value) -> list[Value]:
        """Some lanes of a bank's rows, with addresses of their own; returns each one's states."""
        name = f"{number}_{lanes[0]}"
        m.submodules[f"bank_{name}"] = bank = SynapseBank(size)
        here = self.write & (self.write_address[self._bank_bits:] == number)
        place = len(bank.read_address)
        m.d.comb += [
            bank.read_address.eq(copied(m, self.read_address[:place], f"reading_{name}")),
            bank.write_address.eq(copied(m, self.write_address[:place], f"writing_{name}")),
            bank.write_word.eq(written),
            bank.write.eq(copied(m, here, f"writes_{name}", control=True)),
        ]
        row = delayed(m, bank.word, 1, f"row_{name}")
        return [row.word_select(place, len(row) // len(lanes)) for place in range(len(lanes))]


def by_bank(chosen: Value, rows: list[Value]) -> Value:
    """The one of the bank that the address bits `chosen` number: a tree of multiplexers."""
    for bit in chosen:
        pairs = zip(rows[::2], rows[1::2], strict=False)
        rows = [Mux(bit, high, low) for low, high in pairs] + rows[len(rows) // 2 * 2:]
    return rows[0]
