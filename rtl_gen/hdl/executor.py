"""Executor: carries out the commands in the stream to the board."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out

from rtl_gen.link import COMMAND_HEADER, COMMANDS, command, items, size
from rtl_gen.registers import ADDRESS_BITS
from rtl_gen.spec import Config

from .engine import input_layout, result_layout
from .host import host_layout
from .registers import RegisterBank, RegisterBus
from .shapes import row_layout
from .unframer import header_layout


class Executor(Component):
    """Takes commands of `link.COMMANDS` and gives their answers, one item after the other.

    A command with a code that there is none of does nothing, `count` times. Timing: beside the
    bytes of a command, its header takes two cycles, and an item four and what the engine needs.

    Members:
        i: In, stream of bytes: `link.COMMAND_HEADER` and the items that the command takes.
        o: Out, stream of bytes: the items that it gives.
        o_sample: Out, stream of samples, for the engine's `i_sample`.
        i_result: In, stream of results.
        o_host, i_host: Out, In, streams of requests and of rows read.
        bus: Out, the engine's registers.
    """

    def __init__(self, config: Config) -> None:
        self._sizes = {name: item.size for name, item in items(config).items()} | {"": 0}
        self._bytes = max(size(COMMAND_HEADER), *self._sizes.values())
        super().__init__({
            "i": In(stream.Signature(8)), "o": Out(stream.Signature(8)),
            "o_sample": Out(stream.Signature(input_layout(config))),
            "i_result": In(stream.Signature(result_layout(config))),
            "o_host": Out(stream.Signature(host_layout(config))),
            "i_host": In(stream.Signature(row_layout(config))),
            "bus": Out(RegisterBus())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Bytes come in at the top, the first of them ends lowest; and go out at the bottom.
        self._content = content = Signal(8 * self._bytes)
        taken = data.View(header_layout(COMMAND_HEADER), self._top(size(COMMAND_HEADER)))
        code = Signal(range(len(COMMANDS) + 1))
        chosen = Signal(len(COMMANDS) + 1)  # a bit a code: decoded ahead, for the clock's sake
        count = Signal(taken.count.shape())
        address = Signal(max(ADDRESS_BITS, len(self.o_host.payload.address)))
        left = Signal(range(self._bytes + 1), init=size(COMMAND_HEADER))
        waited = Signal(range(RegisterBank.latency + 1))

        m.d.comb += self.o.payload.eq(content[:8])
        with m.FSM():
            with m.State("COMMAND"):
                self._take(m, left)
                with m.If(left == 0):
                    m.d.sync += [code.eq(taken.code), count.eq(taken.count),
                                 address.eq(taken.address)]
                    m.next = "ITEM"
            with m.State("ITEM"):
                m.d.sync += [left.eq(self._size_of(m, code, "takes")), waited.eq(0),
                             chosen.eq(1 << code)]
                m.next = "TAKE"
                with m.If(count == 0):
                    m.d.sync += left.eq(size(COMMAND_HEADER))
                    m.next = "COMMAND"
            with m.State("TAKE"):
                self._take(m, left)
                with m.If(left == 0):
                    # What is offered to the engine comes from registers: it judges at once.
                    m.d.sync += [
                        self.o_sample.valid.eq(chosen[command("send_samples").code]),
                        self.o_host.valid.eq(chosen[command("write_rows").code]
                                             | chosen[command("read_rows").code])]
                    m.next = "ACT"
            with m.State("ACT"):
                m.d.sync += [left.eq(self._size_of(m, code, "gives")), waited.eq(waited + 1)]
                done = self._act(m, chosen, waited)
                with m.If(done):
                    m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += self.o.valid.eq(left != 0)
                with m.If(self.o.valid & self.o.ready):
                    m.d.sync += [left.eq(left - 1), content.eq(content >> 8)]
                with m.If(left == 0):
                    m.d.sync += [count.eq(count - 1), address.eq(address + 1)]
                    m.next = "ITEM"
        m.d.comb += [
            self.bus.address.eq(address),
            self.bus.write_data.eq(self._top(self._sizes["register"])),
            self.o_host.payload.address.eq(address),
            self.o_host.payload.write.eq(chosen[command("write_rows").code]),
            self.o_host.payload.row.eq(self._top(self._sizes["row"])),
            self.o_sample.payload.eq(self._top(self._sizes["transfer"])),
        ]
        return m

    def _top(self, count: int) -> Value:
        """The `count` bytes that came in last."""
        return self._content[8 * (self._bytes - count):]

    def _take(self, m: Module, left: Signal) -> None:
        m.d.comb += self.i.ready.eq(left != 0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [left.eq(left - 1),
                         self._content.eq(Cat(self._content[8:], self.i.payload))]

    def _size_of(self, m: Module, code: Signal, side: str) -> Signal:
        """Bytes that an item of the command takes or gives."""
        found = Signal(range(self._bytes + 1), name=f"size_it_{side}")
        with m.Switch(code):
            for entry in COMMANDS:
                with m.Case(entry.code):
                    m.d.comb += found.eq(self._sizes[getattr(entry, side)])
        return found

    def _act(self, m: Module, chosen: Signal, waited: Signal) -> Signal:
        """Carry out one item; high in the cycle in which it is done."""
        done = Signal()
        for offered in (self.o_sample, self.o_host):
            with m.If(offered.ready):
                m.d.sync += offered.valid.eq(0)

        def acts(name: str) -> Value:
            return chosen[command(name).code]

        with m.If(acts("write_registers")):
            m.d.comb += [self.bus.write.eq(1), done.eq(1)]
        with m.Elif(acts("read_registers")):
            m.d.comb += done.eq(waited == RegisterBank.latency)
            m.d.sync += self._content.eq(self.bus.read_data)
        with m.Elif(acts("write_rows")):
            m.d.comb += done.eq(self.o_host.ready)
        with m.Elif(acts("read_rows")):
            asked = ~self.o_host.valid
            m.d.comb += [self.i_host.ready.eq(asked), done.eq(self.i_host.valid & asked)]
            with m.If(asked):
                m.d.sync += self._content.eq(self.i_host.payload)
        with m.Elif(acts("send_samples")):
            m.d.comb += done.eq(self.o_sample.ready)
        with m.Elif(acts("take_results")):
            m.d.comb += [self.i_result.ready.eq(1), done.eq(self.i_result.valid)]
            m.d.sync += self._content.eq(self.i_result.payload)
        with m.Elif(acts("loopback")):
            m.d.comb += done.eq(1)
            m.d.sync += self._content.eq(self._top(1))
        with m.Else():
            m.d.comb += done.eq(1)
        return done
