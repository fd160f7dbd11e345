"""Host port: reads and writes slices of rows of synapse memory between samples."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.arithmetic import selected
from pulsetrain.hdl.library.copy import copied
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.library.limits import is_below
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .shapes import address_shape, row_layout, slice_layout, written_shape


class HostPort(Component):
    """Passes the host's requests to the synapse memory when the sequencer grants the memory.

    Timing: a request is carried out and taken in the cycle after it was granted, so that nothing of
    it reaches the memory in the cycle in which it arrives. The slice of a read is in `o` `latency`
    cycles after its request was taken, and no other read is requested until it is taken. A request
    for a row that does not exist, or for a slice that no row has, is taken too, but a write changes
    nothing, and a read gives a slice of zeros.

    Members:
        i: In(stream of `formats.host_request`), requests.
        o: Out(stream of slice_layout), the slices that were read, in order.
        request: Out(1), there is a request, and room for its result.
        grant: In(1), the host has the memory in the next cycle.
        accesses: Out(1), the host has the memory in this cycle: it reads or writes a row.
        address: Out(address_shape), with `accesses`: that row.
        writes: Out(written_shape), strobes: `pairs` is written to this slice.
        pairs: Out(slice_layout), with `writes`: what is written.
        refused: Out(1), strobe: the request that is taken is for no row, or no slice.
        memory_row: In(row_layout), the row that comes out of the memory.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "i": In(stream.Signature(layout(formats.host_request(config)))),
            "o": Out(stream.Signature(slice_layout(config))),
            "request": Out(1), "grant": In(1), "accesses": Out(1),
            "address": Out(address_shape(config)), "writes": Out(written_shape(config)),
            "pairs": Out(slice_layout(config)), "refused": Out(1),
            "memory_row": In(row_layout(config))})

    @property
    def latency(self) -> int:
        """Cycles from a request to its slice."""
        return self._config.design.stages.host

    def elaborate(self, platform: object) -> Module:
        m = Module()
        numbers = range(len(self.writes))
        write = self.i.payload.write
        number = self.i.payload.slice if len(numbers) > 1 else Const(0, 0)
        exists = self._exists(number)
        writes = Cat(write & exists & (number == each) for each in numbers)
        # A request stays as it is until it is taken, so these need no strobe. Its address and its
        # pairs go to all slices: if there are several, both have a register on the way to them.
        exists, writes = delayed(m, exists, 1, "exists"), delayed(m, writes, 1, "is_written")
        way = 1 if len(numbers) > 1 else 0
        waits = delayed(m, self.i.valid & ~self.accesses, 1, "waits", control=True)
        busy = Signal()
        reads = self.accesses & ~write
        read = delayed(m, reads, self.latency - 1, "read", control=True)
        pairs = Signal(self.o.payload.shape(), reset_less=True)
        missing = Signal(reset_less=True)
        m.d.sync += self.accesses.eq(self.grant)
        m.d.comb += [
            self.request.eq(waits & ~self.accesses & (write | ~busy)),
            self.i.ready.eq(self.accesses),
            self.address.eq(delayed(m, self.i.payload.address, way, "address")),
            self.writes.eq(writes & self.accesses.replicate(len(numbers))),
            self.pairs.as_value().eq(
                delayed(m, self.i.payload.pairs.as_value(), way, "written")),
            self.refused.eq(self.accesses & ~exists),
            self.o.payload.eq(pairs),
        ]
        chosen = self._chosen(m, reads, number)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [self.o.valid.eq(0), busy.eq(0)]
        with m.If(reads):
            m.d.sync += [busy.eq(1), missing.eq(~exists)]
        with m.If(read):
            m.d.sync += [self.o.valid.eq(1), pairs.eq(Mux(missing, 0, chosen))]
        return m

    def _exists(self, number: Value) -> Value:
        """Whether there is the row that is asked for, and its slice `number`."""
        return (is_below(self.i.payload.address, self._config.design.rows)
                & is_below(number, len(self.writes)))

    def _chosen(self, m: Module, reads: Value, number: Value) -> Value:
        """The slice of `memory_row` that the last read asked for, filled up with zeros."""
        asked = Signal(number.shape(), reset_less=True)
        with m.If(reads):
            m.d.sync += asked.eq(number)
        values = [Cat(self.memory_row[lane] for lane in lanes)
                  for lanes in slices(self._config)]
        if self._config.design.stages.chosen_slice == 1:
            return selected(asked, values)
        of_two = []
        for first in range(0, len(values), 2):
            is_odd = copied(m, asked[:1], f"is_odd_{first}")
            of_two.append(delayed(m, selected(is_odd, values[first:first + 2]), 1,
                                  f"of_two_{first}"))
        return selected(asked[1:], of_two)
