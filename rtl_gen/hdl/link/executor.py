"""Executor: carries out the commands in the stream to the board."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, ValueLike
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.engine.registers import RegisterBus
from pulsetrain.hdl.engine.shapes import slice_layout
from pulsetrain.hdl.library.layout import layout
from pulsetrain.protocol import COMMAND_HEADER, COMMANDS, STATUS_REFUSED, items
from pulsetrain.registers import ADDRESS_BITS, register
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .checks import REFUSAL_SHAPE, refused_command, refused_item
from .samples import SampleDecoder


class _Buffer:
    """The `content` of a command's header or of one item, of at most `size` bytes.

    Bytes enter at the top, so the first one ends up lowest, and leave at the bottom. `left` is the
    number still to be taken or given.
    """

    def __init__(self, size: int, *, left: int) -> None:
        self.content = Signal(8 * size)
        self.left = Signal(range(size + 1), init=left)
        self._size = size

    def last(self, count: int) -> Value:
        """The `count` bytes that entered last."""
        return self.content[8 * (self._size - count):]

    def take(self, m: Module, octets: stream.Interface) -> None:
        """Take bytes from `octets` while any are left."""
        m.d.comb += octets.ready.eq(self.left != 0)
        with m.If(octets.valid & octets.ready):
            self._enter(m, octets.payload)

    def take_padded(self, m: Module, octets: stream.Interface, padding: int, padded: Value) -> None:
        """The same, but if `padded`, the last `padding` bytes are zeros that are not taken."""
        pads = padded & (self.left != 0) & (self.left <= padding)
        m.d.comb += octets.ready.eq((self.left != 0) & ~pads)
        with m.If(pads):
            self._enter(m, 0)
        with m.Elif(octets.valid & octets.ready):
            self._enter(m, octets.payload)

    def give(self, m: Module, octets: stream.Interface) -> None:
        """Give bytes to `octets` while any are left."""
        m.d.comb += octets.valid.eq(self.left != 0)
        with m.If(octets.valid & octets.ready):
            self._enter(m, 0)

    def _enter(self, m: Module, byte: ValueLike) -> None:
        m.d.sync += [self.left.eq(self.left - 1), self.content.eq(Cat(self.content[8:], byte))]


class _Rows:
    """The rows of a command, which are taken and given in slices of `size` bytes.

    `number` is that of the slice in work; the last one of a row has `last_size` bytes.
    """

    def __init__(self, config: Config) -> None:
        lanes, self.form = slices(config), formats.row_slice(config)
        self.size = self.form.size
        self.last_size = -(-len(lanes[-1]) * formats.pair(config).bits // 8)
        self.number = Signal(range(len(lanes)))
        self.is_last = self.number == len(lanes) - 1
        self.are_even = self.size == self.last_size

    def next(self, m: Module, is_row: Value) -> Value:
        """Go on to the next slice if the item `is_row`; returns whether there is none."""
        if not len(self.number):
            return Const(1)
        with m.If(is_row):
            m.d.sync += self.number.eq(Mux(self.is_last, 0, self.number + 1))
        return ~is_row | self.is_last


class Executor(Component):
    """Takes commands of `protocol.COMMANDS` and gives their answers, one item after the other.

    A command is checked before any of its items is carried out, and each item before it is carried
    out. The first one that is refused (`protocol.REFUSALS`) is not carried out, and nothing after
    it is taken until a reset. Each slice of a row (`spec.memories.slices`) counts as an item here.
    Timing: in addition to the bytes of a command, its header takes three cycles, and an item takes
    four plus those that the engine needs; the last slice of a row takes a cycle more for each byte
    that it is shorter.

    Members:
        i: In, stream of 8 bits: `protocol.COMMAND_HEADER` and the items that the command takes.
        o: Out, stream of 8 bits: the items that the command gives.
        o_sample: Out, stream of `formats.sample_transfer`, for the engine's `i_sample`.
        i_result: In, stream of `formats.result`, the engine's `o_result`.
        o_host: Out, stream of `formats.host_request`: a request to write or read a slice of a row.
        i_host: In, stream of `slice_layout`: slices read.
        bus: Out, `RegisterBus`, the engine's registers.
        refusal: Out, 3 bits (0..`len(REFUSALS)`), code of the refusal; 0 while there is none.
        was_refused: In, 1 bit, read by the host as `protocol.STATUS_REFUSED` of the register
            `status`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._rows = _Rows(config)
        self._sizes = {name: item.size for name, item in items(config).items()}
        self._sizes |= {"row": self._rows.size, "": 0}
        self._bytes = max(COMMAND_HEADER.size, *self._sizes.values())
        super().__init__({
            "i": In(stream.Signature(8)), "o": Out(stream.Signature(8)),
            "o_sample": Out(stream.Signature(layout(formats.sample_transfer(config)))),
            "i_result": In(stream.Signature(layout(formats.result(config)))),
            "o_host": Out(stream.Signature(layout(formats.host_request(config)))),
            "i_host": In(stream.Signature(slice_layout(config))),
            "bus": Out(RegisterBus()), "refusal": Out(REFUSAL_SHAPE), "was_refused": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows = self._rows
        buffer = _Buffer(self._bytes, left=COMMAND_HEADER.size)
        header = data.View(layout(COMMAND_HEADER), buffer.last(COMMAND_HEADER.size))
        item = {name: buffer.last(count) for name, count in self._sizes.items()}
        code = Signal(range(len(COMMANDS) + 1))
        chosen = Signal(len(COMMANDS) + 1)  # a bit for each code: decoded early, for timing
        is_command = {entry.name: chosen[entry.code] for entry in COMMANDS}
        count = Signal(header.count.shape())
        address = Signal(max(ADDRESS_BITS, len(self.o_host.payload.address)))
        waited = Signal()
        samples = SampleDecoder(self._config, item["byte"])
        of_command = refused_command(m, self._config, header, samples)
        of_item = refused_item(m, self._config, is_command, item, address, rows.is_last, samples)

        m.d.comb += self.o.payload.eq(buffer.content[:8])
        with m.FSM():
            with m.State("COMMAND"):
                buffer.take(m, self.i)
                with m.If(buffer.left == 0):
                    m.next = "CHECK"
            with m.State("CHECK"):
                m.d.sync += [code.eq(header.code), count.eq(header.count),
                             address.eq(header.address), self.refusal.eq(of_command)]
                m.next = "ITEM"
                with m.If(of_command != 0):
                    m.next = "REFUSED"
            with m.State("ITEM"):
                m.d.sync += [buffer.left.eq(self._size_of(m, code, "takes")),
                             chosen.eq(1 << code)]
                m.next = "TAKE"
                with m.If(count == 0):
                    m.d.sync += buffer.left.eq(COMMAND_HEADER.size)
                    m.next = "COMMAND"
            with m.State("TAKE"):
                if rows.are_even:
                    buffer.take(m, self.i)
                else:
                    buffer.take_padded(m, self.i, rows.size - rows.last_size,
                                       is_command["write_rows"] & rows.is_last)
                with m.If((buffer.left == 0) & (of_item != 0)):
                    m.d.sync += self.refusal.eq(of_item)
                    m.next = "REFUSED"
                with m.Elif(buffer.left == 0):
                    # What is offered to the engine comes from registers: the engine checks it in
                    # the same cycle.
                    m.d.sync += [
                        self.o_sample.valid.eq(is_command["send_samples"] & samples.gives),
                        self.o_host.valid.eq(is_command["write_rows"] | is_command["read_rows"])]
                    samples.begin(m)
                    m.next = "ACT"
            with m.State("ACT"):
                m.d.sync += buffer.left.eq(self._size_of(m, code, "gives"))
                shows_refused = self.was_refused & (address == register("status").address)
                done = self._act(m, is_command, buffer, item["byte"], samples, shows_refused,
                                 waited)
                with m.If(done):
                    m.next = "GIVE"
            with m.State("GIVE"):
                buffer.give(m, self.o)
                with m.If(buffer.left == 0):
                    ends = rows.next(m, is_command["write_rows"] | is_command["read_rows"])
                    m.d.sync += [count.eq(count - ends), address.eq(address + ends)]
                    m.next = "ITEM"
            with m.State("REFUSED"):
                pass
        m.d.comb += [
            self.bus.address.eq(address),
            self.bus.write_data.eq(item["register"]),
            self.o_host.payload.address.eq(address),
            self.o_host.payload.write.eq(is_command["write_rows"]),
            self.o_host.payload.pairs.eq(item["row"]),
        ]
        samples.connect(m, self.o_sample)
        if len(rows.number):
            m.d.comb += self.o_host.payload.slice.eq(rows.number)
        return m

    def _size_of(self, m: Module, code: Signal, side: str) -> Signal:
        """Bytes of an item that the command `takes` or `gives`, as `side` says; the last slice of
        a row is filled up when it is taken."""
        found, rows = Signal(range(self._bytes + 1), name=f"size_it_{side}"), self._rows
        with m.Switch(code):
            for entry in COMMANDS:
                with m.Case(entry.code):
                    m.d.comb += found.eq(self._sizes[getattr(entry, side)])
                    if entry.gives == "row" and side == "gives" and not rows.are_even:
                        m.d.comb += found.eq(Mux(rows.is_last, rows.last_size, rows.size))
        return found

    def _act(self, m: Module, is_command: Mapping[str, Value], buffer: _Buffer, byte: Value,
             samples: SampleDecoder, shows_refused: Value, waited: Signal) -> Signal:
        """Carry out one item, and put what it gives into `buffer`; high in its last cycle.

        `byte` is the item of a loopback. `shows_refused` adds its bit to a register that is read;
        `waited` is set while that register is on the bus.
        """
        done = Signal()
        for offered in (self.o_sample, self.o_host):
            with m.If(offered.ready):
                m.d.sync += offered.valid.eq(0)

        with m.If(is_command["write_registers"]):
            m.d.comb += [self.bus.write.eq(1), done.eq(self.bus.ready)]
        with m.Elif(is_command["read_registers"]):
            m.d.comb += done.eq(waited)
            m.d.sync += waited.eq(self.bus.ready & ~waited)
            m.d.sync += buffer.content.eq(self.bus.read_data
                                          | Mux(shows_refused, STATUS_REFUSED, 0))
        with m.Elif(is_command["write_rows"]):
            m.d.comb += done.eq(self.o_host.ready)
        with m.Elif(is_command["read_rows"]):
            asked = ~self.o_host.valid
            m.d.comb += [self.i_host.ready.eq(asked), done.eq(self.i_host.valid & asked)]
            with m.If(asked):
                m.d.sync += buffer.content.eq(self.i_host.payload)
        with m.Elif(is_command["send_samples"]):
            m.d.comb += done.eq(samples.carry_out(m, self.o_sample))
        with m.Elif(is_command["take_results"]):
            m.d.comb += [self.i_result.ready.eq(1), done.eq(self.i_result.valid)]
            m.d.sync += buffer.content.eq(self.i_result.payload)
            with m.If(done):
                samples.take_result(m)
        with m.Else():
            m.d.comb += done.eq(1)
            m.d.sync += buffer.content.eq(byte)
        return done
