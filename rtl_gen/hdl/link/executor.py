"""Executor: carries out the commands in the stream to the board."""

from collections.abc import Callable

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.engine.engine import input_layout, result_layout
from pulsetrain.hdl.engine.host import host_layout
from pulsetrain.hdl.engine.registers import RegisterBank, RegisterBus
from pulsetrain.hdl.engine.shapes import row_layout
from pulsetrain.protocol import (
    COMMAND_HEADER,
    COMMANDS,
    REFUSALS,
    STATUS_REFUSED,
    command,
    items,
    refusal,
    size,
    spaces,
)
from pulsetrain.registers import ADDRESS_BITS, REGISTERS, Register, register
from pulsetrain.spec import Config

from .unframer import header_layout

_IN_WORK = 3
"""Samples that an engine holds until a result is taken: two in its loader, one at its output."""


class Executor(Component):
    """Takes commands of `link.COMMANDS` and gives their answers, one item after the other.

    A command is checked before any of its items is carried out, and every item before it is. The
    first that is to be refused (`link.REFUSALS`) is not carried out, and nothing after it is taken
    until a reset. Timing: beside the bytes of a command, its header takes three cycles, and an item
    four and what the engine needs.

    Members:
        i: In, stream of bytes: `link.COMMAND_HEADER` and the items that the command takes.
        o: Out, stream of bytes: the items that it gives.
        o_sample: Out, stream of samples, for the engine's `i_sample`.
        i_result: In, stream of results.
        o_host, i_host: Out, In, streams of requests and of rows read.
        bus: Out, the engine's registers.
        refusal: Out, code of the refusal; 0 so far there is none.
        was_refused: In, is read as `link.STATUS_REFUSED` of the register `status`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sizes = {name: item.size for name, item in items(config).items()} | {"": 0}
        self._bytes = max(size(COMMAND_HEADER), *self._sizes.values())
        super().__init__({
            "i": In(stream.Signature(8)), "o": Out(stream.Signature(8)),
            "o_sample": Out(stream.Signature(input_layout(config))),
            "i_result": In(stream.Signature(result_layout(config))),
            "o_host": Out(stream.Signature(host_layout(config))),
            "i_host": In(stream.Signature(row_layout(config))),
            "bus": Out(RegisterBus()), "refusal": Out(range(len(REFUSALS) + 1)),
            "was_refused": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Bytes come in at the top, the first of them ends lowest; and go out at the bottom.
        self._content = content = Signal(8 * self._bytes)
        taken = data.View(header_layout(COMMAND_HEADER), self._top(size(COMMAND_HEADER)))
        code = Signal(range(len(COMMANDS) + 1))
        chosen = Signal(len(COMMANDS) + 1)  # a bit a code: decoded ahead, for the clock's sake
        count = Signal(taken.count.shape())
        self._address = address = Signal(max(ADDRESS_BITS, len(self.o_host.payload.address)))
        left = Signal(range(self._bytes + 1), init=size(COMMAND_HEADER))
        waited = Signal(range(RegisterBank.latency + 1))
        # Of the sample that is sent: the lowest input that can come next; and of those before it,
        # how many have a result that was not taken.
        self._lowest = Signal(range(self._config.network.inputs + 1))
        self._in_work = Signal(range(_IN_WORK + 1))
        of_command, of_item = self._refused_command(m, taken), self._refused_item(m, chosen)

        m.d.comb += self.o.payload.eq(content[:8])
        with m.FSM():
            with m.State("COMMAND"):
                self._take(m, left)
                with m.If(left == 0):
                    m.next = "CHECK"
            with m.State("CHECK"):
                m.d.sync += [code.eq(taken.code), count.eq(taken.count), address.eq(taken.address),
                             self.refusal.eq(of_command)]
                m.next = "ITEM"
                with m.If(of_command != 0):
                    m.next = "REFUSED"
            with m.State("ITEM"):
                m.d.sync += [left.eq(self._size_of(m, code, "takes")), waited.eq(0),
                             chosen.eq(1 << code)]
                m.next = "TAKE"
                with m.If(count == 0):
                    m.d.sync += left.eq(size(COMMAND_HEADER))
                    m.next = "COMMAND"
            with m.State("TAKE"):
                self._take(m, left)
                with m.If((left == 0) & (of_item != 0)):
                    m.d.sync += self.refusal.eq(of_item)
                    m.next = "REFUSED"
                with m.Elif(left == 0):
                    # What is offered to the engine comes from registers: it judges at once.
                    m.d.sync += [
                        self.o_sample.valid.eq(chosen[command("send_samples").code]),
                        self.o_host.valid.eq(chosen[command("write_rows").code]
                                             | chosen[command("read_rows").code])]
                    self._count(m, chosen)
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
            with m.State("REFUSED"):
                pass
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

    def _refused_command(self, m: Module, header: data.View) -> Signal:
        """Code of the refusal of a command with this header, 0 if it can be carried out."""
        code = Signal.like(self.refusal, name="refused_command")
        limits = spaces(self._config)
        bits = max(limits.values()).bit_length()
        start, beyond = header.address[:bits], header.address[bits:].any()
        end = Signal(max(bits, len(header.count)) + 1)
        m.d.comb += end.eq(start + header.count)
        busy = self._in_work != 0
        writable = self._end_of_run(m, start, "writable", lambda entry: entry.writable)
        at_once = self._end_of_run(m, start, "at_once", lambda entry: entry.name == "mode")
        with m.Switch(header.code):
            for entry in COMMANDS:
                with m.Case(entry.code):
                    outside = header.address != 0
                    if entry.space:
                        outside = beyond | (end >= limits[entry.space] + 1)
                    with m.If(outside):
                        m.d.comb += code.eq(refusal("address").code)
                    if entry.name == "write_registers":
                        with m.Elif(end[:ADDRESS_BITS] > writable):
                            m.d.comb += code.eq(refusal("register").code)
                        with m.Elif(busy & (end[:ADDRESS_BITS] > at_once)):
                            m.d.comb += code.eq(refusal("busy").code)
                    if entry.name == "write_rows":
                        with m.Elif(busy):
                            m.d.comb += code.eq(refusal("busy").code)
            with m.Default():
                m.d.comb += code.eq(refusal("command").code)
        return code

    def _end_of_run(self, m: Module, start: Value, name: str,
                    belongs: Callable[[Register], bool]) -> Signal:
        """The first address from `start` on that is no register which `belongs`."""
        found, end = Signal(ADDRESS_BITS, name=f"end_of_{name}"), len(REGISTERS)
        with m.Switch(start[:ADDRESS_BITS]):
            for entry in reversed(REGISTERS):
                end = end if belongs(entry) else entry.address
                with m.Case(entry.address):
                    m.d.comb += found.eq(end)
            with m.Default():
                m.d.comb += found.eq(len(REGISTERS))
        return found

    def _refused_item(self, m: Module, chosen: Signal) -> Signal:
        """Code of the refusal of the item that has come, 0 if it can be carried out."""
        code = Signal.like(self.refusal, name="refused_item")
        for name, reason, refused in (
                ("write_registers", "register", self._is_no_value(m)),
                ("write_rows", "row", self._is_no_row()),
                ("send_samples", "sample", self._is_no_transfer()),
                ("take_results", "result", self._in_work == 0)):
            with m.If(chosen[command(name).code] & refused):
                m.d.comb += code.eq(refusal(reason).code)
        return code

    def _is_no_value(self, m: Module) -> Value:
        """Whether the register must not hold the value that has come for it."""
        refused, value = Signal(name="is_no_value"), self._top(self._sizes["register"])
        with m.Switch(self._address):
            for entry in REGISTERS:
                if entry.writable:
                    with m.Case(entry.address):
                        m.d.comb += refused.eq(value[entry.bits:].any()
                                               | _exceeds(value[:entry.bits], entry.most)
                                               | value.matches(*range(entry.least)))
        return refused

    def _is_no_row(self) -> Value:
        """Whether the row that has come holds a state that no device has."""
        bits, layout = self._top(self._sizes["row"]), row_layout(self._config)
        row, most = data.View(layout, bits[:layout.size]), self._config.design.states - 1
        return Cat(bits[layout.size:].any(), *(
            _exceeds(state, most) for pair in row for state in (pair.plus, pair.minus))).any()

    def _is_no_transfer(self) -> Value:
        """Whether the transfer that has come is none of a sample."""
        bits, layout = self._top(self._sizes["transfer"]), input_layout(self._config)
        network = self._config.network
        sent = data.View(layout, bits[:layout.size])
        if self._config.engine.input == "events":
            misplaced = (_exceeds(sent.index, network.inputs - 1)
                         | (sent.index < self._lowest))
        else:
            misplaced = sent.last != (self._lowest == network.inputs - 1)
        return (bits[layout.size:].any() | misplaced
                | (sent.last & _exceeds(sent.label, network.outputs - 1)))

    def _count(self, m: Module, chosen: Signal) -> None:
        """Note what an item that is to be carried out makes of the samples."""
        sent = self.o_sample.payload
        latest = sent.index if self._config.engine.input == "events" else self._lowest
        with m.If(chosen[command("send_samples").code]):
            m.d.sync += [self._lowest.eq(Mux(sent.last, 0, latest + 1)),
                         self._in_work.eq(self._in_work + sent.last)]
        with m.If(chosen[command("take_results").code]):
            m.d.sync += self._in_work.eq(self._in_work - 1)

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
            shows = self.was_refused & (self._address == register("status").address)
            m.d.comb += done.eq(waited == RegisterBank.latency)
            m.d.sync += self._content.eq(self.bus.read_data | Mux(shows, STATUS_REFUSED, 0))
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
        with m.Else():
            m.d.comb += done.eq(1)
            m.d.sync += self._content.eq(self._top(self._sizes["byte"]))
        return done


def _exceeds(value: Value, most: int) -> Value:
    """Whether `value` is above `most`; nothing is built where it cannot be."""
    return Const(0) if most == (1 << len(value)) - 1 else value > most
