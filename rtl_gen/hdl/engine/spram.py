"""SPRAM: synapse memory in the single-port RAMs of iCE40UP devices."""

from amaranth.hdl import Array, ClockSignal, Const, Instance, Module, Mux, Signal
from amaranth.lib.wiring import Component

from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config
from pulsetrain.spec.memories import SLICE_LANES, SPRAM_BITS, SPRAM_ROWS, spram_grid

from .interfaces import MemoryInterface

_CELL_BITS = (SPRAM_ROWS - 1).bit_length()


class SpramMemory(Component):
    """Rows of `lanes` synapses (s+, s-), one read or one write per cycle; has the ports of
    `synapse.SynapseMemory`.

    Several `SB_SPRAM256KA` cells of 16 bits side by side make the width of a row, and several banks
    of them the number of rows. One cycle of the latency is in the cells; the others are
    registers, the first before the cells and the rest behind them. Timing: `row` is the row at the
    `read_address` of `latency` cycles before, and unknown if there was a write in that cycle. The
    contents after power-up are unknown; a reset does not change them.

    Members:
        read_address: In(address_shape), row to read; ignored while a slice is written.
        row: Out(row_layout), the row read, `latency` cycles later.
        write: In(written_shape), strobes: write these slices of `write_row` at `write_address`.
        write_address: In(address_shape), row to write.
        write_row: In(row_layout), its new contents.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(MemoryInterface(config))

    @property
    def latency(self) -> int:
        """Cycles from an address to its row."""
        return self._config.design.stages.memory

    def elaborate(self, platform: object) -> Module:
        m = Module()
        columns, banks = spram_grid(self._config)
        before = min(1, self.latency - 1)
        behind = self.latency - 1 - before
        row_bits = len(self.write_row.as_value())
        pair_bits = self._config.design.pair_bits
        address = Signal(max(_CELL_BITS, len(self.read_address)))
        written = Signal(columns * SPRAM_BITS)
        chosen_address = Mux(self.write.any(), self.write_address, self.read_address)
        m.d.comb += [
            address.eq(delayed(m, chosen_address, before, "address_before")),
            written.eq(delayed(m, self.write_row.as_value(), before, "row_before")),
        ]
        write = delayed(m, self.write, before, "write_before")
        cell_address, bank = address[:_CELL_BITS], address[_CELL_BITS:]
        read = [Signal(columns * SPRAM_BITS, name=f"read_{number}") for number in range(banks)]
        for number in range(banks):
            chosen = Const(1) if banks == 1 else bank == number
            for column in range(columns):
                # A slice is a whole number of columns.
                written_slice = column * SPRAM_BITS // (SLICE_LANES * pair_bits)
                bits = slice(column * SPRAM_BITS, (column + 1) * SPRAM_BITS)
                m.submodules[f"cell_{number}_{column}"] = Instance(
                    "SB_SPRAM256KA",
                    i_CLOCK=ClockSignal(), i_POWEROFF=Const(1), i_SLEEP=Const(0),
                    i_STANDBY=Const(0), i_CHIPSELECT=chosen, i_WREN=write[written_slice],
                    i_MASKWREN=Const(0b1111), i_ADDRESS=cell_address, i_DATAIN=written[bits],
                    o_DATAOUT=read[number][bits])
        last_bank = delayed(m, bank, 1, "last_bank") if banks > 1 else Const(0)
        row = Array(read)[last_bank][:row_bits]
        m.d.comb += self.row.eq(delayed(m, row, behind, "row_behind"))
        return m
