"""Host port: reads and writes rows of synapse memory between samples."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.copy import copied
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .shapes import row_layout


class HostPort(Component):
    """Passes the host's requests to the synapse memory when the sequencer grants the memory.

    One request is held in registers, so that no path leads from the host to the block RAMs within
    a cycle. Timing: a request is taken when none is held, and carried out in the cycle in which it
    is granted; the row of a read is in `o` `latency` cycles later, and no other read is requested
    until it is taken.

    Members:
        i: In(stream of `formats.host_request`), requests.
        o: Out(stream of row_layout), the rows that were read, in order.
        request: Out(1), a request is held, and there is room for its result.
        held: Out(`formats.host_request`), the request that is held.
        grant: In(1), the host has the memory in this cycle.
        memory_row: In(row_layout), the row that comes out of the memory.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        row, request = row_layout(config), layout(formats.host_request(config))
        super().__init__({
            "i": In(stream.Signature(request)), "o": Out(stream.Signature(row)),
            "request": Out(1), "held": Out(request), "grant": In(1), "memory_row": In(row)})

    @property
    def latency(self) -> int:
        """Cycles from the grant of a read to its row."""
        return self._config.design.stages.host

    def elaborate(self, platform: object) -> Module:
        m = Module()
        holds = Signal()
        busy = Signal()
        held = Signal(self.held.shape(), reset_less=True)
        reads = self.grant & ~held.write
        coming = delayed(m, reads, self._config.design.stages.memory - 1, "coming", control=True)
        read = delayed(m, coming, 1, "read", control=True)
        row = Signal(self.o.payload.shape(), reset_less=True)
        m.d.comb += [
            self.o.payload.eq(row),
            self.held.eq(held),
            self.request.eq(holds & (held.write | ~busy)),
            self.i.ready.eq(~holds),
        ]
        with m.If(~holds):
            m.d.sync += [holds.eq(self.i.valid), held.eq(self.i.payload)]
        with m.If(self.grant):
            m.d.sync += holds.eq(0)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [self.o.valid.eq(0), busy.eq(0)]
        with m.If(reads):
            m.d.sync += busy.eq(1)
        with m.If(read):
            m.d.sync += self.o.valid.eq(1)
        for lanes in slices(self._config):
            with m.If(copied(m, coming, f"read_{lanes[0]}", control=True)):
                m.d.sync += [row[lane].eq(self.memory_row[lane]) for lane in lanes]
        return m
