"""Row parity: tells when a bit of a row of synapse memory has flipped since it was written."""

from amaranth.hdl import Cat, Module, Value
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .shapes import address_shape, row_layout, written_shape

_INPUT = 1
"""Cycles from a row to its first register; it has one like it in the memory of the rows."""

_TREE = 2
"""Cycles from a row to the parities of its slices: those of its lanes, and those of all lanes."""

_READ = 1
"""Cycles from an address to the parities there."""


class RowParity(Component):
    """Keeps the parity of every slice of every row, and compares it whenever a row is read.

    It sees what the synapse memory sees, and keeps the parities in a memory of its own, which lags
    behind by as many cycles as it takes to compute them: reads and writes of it are in the same
    order as those of the rows. So it adds nothing to the paths of the rows. Like the rows, the
    parities after power-up are zero, and a reset does not change them.

    Timing: `error` is high `latency` cycles after the address of a row with an error, or more than
    one. It stays high, with the row of the first, until it is cleared; a later error does not
    change the row.

    Members:
        reads: In(1), strobe: the row at `read_address` is read and must be right.
        read_address: In(address_shape), row to read.
        row: In(row_layout), the row read, `design.stages.memory` cycles later.
        write: In(written_shape), strobes: these slices of `write_row` are written.
        write_address: In(address_shape), row to write.
        write_row: In(row_layout), its new contents.
        clear: In(1), strobe: there was no error.
        error: Out(1), a bit of some row has flipped.
        error_row: Out(address_shape), the first such row; 0 without an error.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        address, row = address_shape(config), row_layout(config)
        super().__init__({
            "reads": In(1), "read_address": In(address), "row": In(row),
            "write": In(written_shape(config)), "write_address": In(address), "write_row": In(row),
            "clear": In(1), "error": Out(1), "error_row": Out(address)})

    @property
    def latency(self) -> int:
        """Cycles from the address of a row to its error."""
        return self._compared + 1

    @property
    def _compared(self) -> int:
        """Cycles from the address of a row to the comparison of its parities."""
        return self._config.design.stages.memory + _TREE

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lag = _INPUT + _TREE
        written = [delayed(m, pair.as_value(), _INPUT, f"written_{lane}")
                   for lane, pair in enumerate(self.write_row)]
        # A reset ends a write here exactly if it ends that of the row.
        writes = delayed(m, self.write, _INPUT, "writes_input",
                         control=not self._config.engine.single_port)
        writes = delayed(m, writes, _TREE, "writes")
        parities = self._parities(m, written, "written")
        read_address = delayed(m, self.read_address, lag, "read_address_late")
        write_address = delayed(m, self.write_address, lag, "write_address_late")
        stored = []
        for number, size in enumerate(self._config.design.memories.row_parities):
            m.submodules[f"memory_{number}"] = memory = separate_memory(1, size)
            read, write = memory.read_port(), memory.write_port()
            m.d.comb += [
                read.addr.eq(read_address), read.en.eq(1), write.addr.eq(write_address),
                write.data.eq(parities[number]), write.en.eq(writes[number])]
            stored.append(read.data)

        read_rows = [pair.as_value() for pair in self.row]
        found = Cat(self._parities(m, read_rows, "read"))
        expected = delayed(m, Cat(stored), self._compared - lag - _READ, "expected")
        compares = delayed(m, self.reads, self._compared, "compares", control=True)
        address = delayed(m, read_address, self._compared - lag, "compared_address")
        with m.If(self.clear):
            m.d.sync += [self.error.eq(0), self.error_row.eq(0)]
        with m.If(compares & (found != expected) & (self.clear | ~self.error)):
            m.d.sync += [self.error.eq(1), self.error_row.eq(address)]
        return m

    def _parities(self, m: Module, lanes: list[Value], name: str) -> list[Value]:
        """The parity of each slice of a row, `_TREE` cycles after its `lanes`."""
        each = [delayed(m, states.xor(), 1, f"{name}_parity_{lane}")
                for lane, states in enumerate(lanes)]
        return [delayed(m, Cat(each[lane] for lane in near).xor(), 1, f"{name}_slice_{near[0]}")
                for near in slices(self._config)]
