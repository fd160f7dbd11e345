"""Synapse memory: reads one row of device pairs per cycle, and writes one."""

from amaranth.hdl import Cat, Module, Value, unsigned
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import selected
from pulsetrain.hdl.library.copy import copied
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.spec import Config
from pulsetrain.spec.memories import SLICE_LANES, MemorySize, bank_grid
from pulsetrain.spec.stages import Stages
from pulsetrain.spec.widths import index_width

from .interfaces import MemoryInterface

_CHOOSING_LANES = 4
"""Number of neighbouring lanes that one copy of the bank's number can reach in time."""


class SynapseBank(SharedComponent):
    """Block RAMs of one `MemorySize`, one read and one write per cycle, initially zero.

    Members:
        read_address: In(address bits), word to read, which must not be written in this cycle.
        word: Out(bits), the word read, one cycle later.
        write: In(1), strobe: write `write_word` at `write_address`.
        write_address: In(address bits), word to write.
        write_word: In(bits), its new contents.
    """

    latency = Stages.memory_read

    def __init__(self, size: MemorySize) -> None:
        self._size = size
        address, bits = index_width(size.depth), size.bits
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
    """Rows of `lanes` synapses (s+, s-), one read and one write per cycle.

    There are registers before and behind the block RAMs, which form banks
    (`spec.memories.bank_grid`). Each bank has its own register behind it, from which one bank is
    selected, and its own address registers, because one register cannot reach the whole FPGA within
    a cycle.

    Timing: `row` is the row at the `read_address` of `latency` cycles before; the row must not be
    written in the cycle in which it is read. The contents after power-up are zero; a reset does not
    change them.

    Members:
        read_address: In(address_shape), row to read.
        row: Out(row_layout), the row read, `latency` cycles later.
        write: In(written_shape), strobes: write these slices of `write_row` at `write_address`.
        write_address: In(address_shape), row to write.
        write_row: In(row_layout), its new contents.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._bank_bits = (config.engine.bank_rows - 1).bit_length()
        super().__init__(MemoryInterface(config))

    @property
    def latency(self) -> int:
        """Cycles from an address to its row."""
        return self._config.design.stages.memory

    def elaborate(self, platform: object) -> Module:
        m = Module()
        _, lane_groups = bank_grid(self._config)
        row = []
        for beside, sizes in zip(lane_groups, self._config.design.memories.synapse_banks,
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
            for index, lane in enumerate(beside):
                if index % _CHOOSING_LANES == 0:
                    chosen = copied(m, bank, f"chosen_{lane}")
                row.append(selected(chosen, [states[index] for states in banks]))
        m.d.comb += self.row.eq(Cat(row))
        return m

    def _bank(self, m: Module, number: int, lanes: range, size: MemorySize,
              written: Value) -> list[Value]:
        """The part of a bank for some lanes, with its own address registers; returns the states of
        each of these lanes."""
        name = f"{number}_{lanes[0]}"
        m.submodules[f"bank_{name}"] = bank = SynapseBank(size)
        write = self.write[lanes[0] // SLICE_LANES]  # no bank has lanes of two slices
        here = write & (self.write_address[self._bank_bits:] == number)
        bits = len(bank.read_address)
        m.d.comb += [
            bank.read_address.eq(copied(m, self.read_address[:bits], f"reading_{name}")),
            bank.write_address.eq(copied(m, self.write_address[:bits], f"writing_{name}")),
            bank.write_word.eq(written),
            bank.write.eq(copied(m, here, f"writes_{name}", control=True)),
        ]
        row = delayed(m, bank.word, 1, f"row_{name}")
        return [row.word_select(index, len(row) // len(lanes)) for index in range(len(lanes))]
