"""Executor: carries out the commands in the stream to the board."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, ValueLike
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.engine.registers import RegisterBus
from pulsetrain.hdl.engine.shapes import slice_layout
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.store.store import written_layout
from pulsetrain.protocol import (
    COMMAND_HEADER,
    LEAST_WINDOWS,
    STATUS_MEMORY,
    STATUS_REFUSED,
    Windows,
    commands,
    items,
)
from pulsetrain.registers import register
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices
from pulsetrain.store.chips import Memory
from pulsetrain.store.job import REGISTERS

from .checks import CHECK_CYCLES, REFUSAL_SHAPE, JobState, refused_command, refused_item
from .samples import SampleDecoder


class _Buffer:
    """The `content` of a command's header or of one item, of at most `size` bytes.

    Bytes enter at the top, so the first one ends up lowest, and leave at the bottom. `left` is the
    number still to be taken or given, and `done` says that it is 0. The content is large and its
    registers are far apart, so it moves only by strobes that are registers: it `moves` by a byte,
    and `byte` enters; or, if it `loads` too, it is replaced. A byte takes three cycles.
    """

    def __init__(self, size: int, *, left: int) -> None:
        self.content = Signal(8 * size, reset_less=True)
        self.left = Signal(range(size + 1), init=left)
        self.done = Signal()
        self.moves, self.loads = Signal(), Signal()
        self.byte = Signal(8, reset_less=True)
        self._size = size

    def last(self, count: int) -> Value:
        """The `count` bytes that entered last."""
        return self.content[8 * (self._size - count):]

    def connect(self, m: Module, octets: stream.Interface, loaded: Value) -> None:
        """Make the content and its strobes: bytes are taken from `octets`, or all of it is
        `loaded`. What the methods below do is to follow in the module."""
        m.d.sync += [self.moves.eq(0), self.loads.eq(0), octets.ready.eq(0)]
        with m.If(octets.ready):
            m.d.sync += [self.byte.eq(octets.payload), self.moves.eq(1)]
        with m.If(self.moves):
            m.d.sync += [
                self.content.eq(Mux(self.loads, loaded, Cat(self.content[8:], self.byte))),
                self.left.eq(self.left - 1), self.done.eq(self.left == 1)]

    def expect(self, m: Module, count: ValueLike) -> None:
        """`count` bytes are to be taken or given from the next cycle on."""
        m.d.sync += [self.left.eq(count), self.done.eq(count == 0)]

    def load(self, m: Module) -> None:
        """Load in the next cycle."""
        m.d.sync += [self.moves.eq(1), self.loads.eq(1)]

    def take(self, m: Module, octets: stream.Interface) -> None:
        """Take bytes from `octets` while any are left."""
        m.d.sync += octets.ready.eq(octets.valid & ~octets.ready & ~self.moves & ~self.done)

    def pad(self, m: Module) -> None:
        """Let zeros enter while any are left."""
        m.d.sync += [self.byte.eq(0), self.moves.eq(~self.moves & ~self.done)]

    def give(self, m: Module, octets: stream.Interface) -> Value:
        """Give bytes to `octets` while any are left; returns whether all are given."""
        idle = ~octets.valid & ~self.moves
        with m.If(octets.valid & octets.ready):
            m.d.sync += [octets.valid.eq(0), self.moves.eq(1)]
        with m.Elif(idle & ~self.done):
            m.d.sync += octets.valid.eq(1)
        return idle & self.done


class _Rows:
    """The rows of a command, which are taken and given in slices of `size` bytes.

    `number` is that of the slice in work; the last one of a row has `last_size` bytes.
    """

    def __init__(self, config: Config) -> None:
        lanes, self.form = slices(config), formats.row_slice(config)
        self.size = self.form.size
        self.last_size = -(-len(lanes[-1]) * formats.pair(config).bits // 8)
        self._most = len(lanes) - 1
        self.number = Signal(range(len(lanes)))
        self.is_last = Signal(name="is_last_slice") if self._most else Const(1)
        self.are_even = self.size == self.last_size

    def next(self, m: Module, is_row: Value) -> Value:
        """Go on to the next slice if the item `is_row`; returns whether there is none."""
        if not self._most:
            return Const(1)
        with m.If(is_row):
            m.d.sync += [self.number.eq(Mux(self.is_last, 0, self.number + 1)),
                         self.is_last.eq(~self.is_last & (self.number == self._most - 1))]
        return ~is_row | self.is_last


class Executor(Component):
    """Takes commands of `protocol.commands` and gives their answers, one item after the other.

    A command is checked before any of its items is carried out, and each item before it is carried
    out. The first one that is refused (`protocol.REFUSALS`) is not carried out, and nothing after
    it is taken until a reset. Each slice of a row (`spec.memories.slices`) counts as an item here.
    Timing: each byte takes three cycles. In addition, a header takes six cycles, and an item takes
    nine plus those that the engine needs; the last slice of a row takes two cycles more for each
    byte that it is shorter. Every step is a register: bytes come and go slowly. While the results
    of a job are for the host, a result is waited for as long as the job is in work; if none comes,
    a result of zeros is given. A host reads the sizes `windows` of the link's buffers in the
    register `status`.

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

    With a `memory`, also:
        o_word: Out, stream of `written_layout`, words to store.
        job_address, job_write, job_write_data: Out, the registers of the job (`Feeder`).
        job_read_data: In, 32 bits.
        working, keeps, stays, failed: In, of the job (`Feeder`).
    """

    def __init__(self, config: Config, memory: Memory | None = None, *,
                 windows: Windows = LEAST_WINDOWS) -> None:
        self._config, self._memory, self._windows = config, memory, windows
        self._commands = commands(memory)
        self._rows = _Rows(config)
        self._sizes = {name: item.size for name, item in items(config).items()}
        self._sizes |= {"row": self._rows.size, "": 0}
        self._bytes = max(COMMAND_HEADER.size, *self._sizes.values())
        of_memory = {
            "o_word": Out(stream.Signature(written_layout(memory.chip))),
            "job_address": Out(range(len(REGISTERS))), "job_write": Out(1),
            "job_write_data": Out(32), "job_read_data": In(32), "working": In(1), "keeps": In(1),
            "stays": In(1), "failed": In(1)} if memory else {}
        super().__init__({
            "i": In(stream.Signature(8)), "o": Out(stream.Signature(8)),
            "o_sample": Out(stream.Signature(layout(formats.sample_transfer(config)))),
            "i_result": In(stream.Signature(layout(formats.result(config)))),
            "o_host": Out(stream.Signature(layout(formats.host_request(config)))),
            "i_host": In(stream.Signature(slice_layout(config))),
            "bus": Out(RegisterBus(config)), "refusal": Out(REFUSAL_SHAPE), "was_refused": In(1),
            **of_memory})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows = self._rows
        buffer = _Buffer(self._bytes, left=COMMAND_HEADER.size)
        header = data.View(layout(COMMAND_HEADER), buffer.last(COMMAND_HEADER.size))
        item = {name: buffer.last(count) for name, count in self._sizes.items()}
        code = Signal(range(len(self._commands) + 1))
        chosen = Signal(len(self._commands) + 1)  # a bit for each code: decoded early, for timing
        is_command = {entry.name: chosen[entry.code] for entry in self._commands}
        is_row = is_command["write_rows"] | is_command["read_rows"]
        count = Signal(header.count.shape())
        empty = Signal()
        address = Signal(max(len(self.bus.address), len(self.o_host.payload.address),
                             len(self.o_word.payload.address) if self._memory else 0))
        settled = Signal(CHECK_CYCLES)
        samples = SampleDecoder(self._config, item["byte"])
        state = JobState(working=self.working, keeps=self.keeps, stays=self.stays,
                         failed=self.failed) if self._memory else None
        of_command = refused_command(m, self._config, self._memory, header, samples, state)
        of_item = refused_item(m, self._config, is_command, item, address, rows.is_last, samples,
                               state)
        samples.prepare(m)

        buffer.connect(m, self.i, self._loaded(m, is_command, item["byte"], address))
        m.d.comb += self.o.payload.eq(buffer.content[:8])
        m.d.sync += [settled.eq(0), empty.eq(count == 0)]
        with m.FSM():
            with m.State("COMMAND"):
                buffer.take(m, self.i)
                with m.If(buffer.done):
                    m.next = "CHECK"
            with m.State("CHECK"):
                m.d.sync += [settled.eq(Cat(1, settled)), code.eq(header.code),
                             count.eq(header.count), address.eq(header.address)]
                with m.If(settled[-1]):
                    m.d.sync += self.refusal.eq(of_command)
                    m.next = "NEXT"
                    with m.If(of_command != 0):
                        m.next = "REFUSED"
            with m.State("NEXT"):  # `empty` is valid in the next cycle
                m.next = "ITEM"
            with m.State("ITEM"):
                m.d.sync += chosen.eq(1 << code)
                with m.If(empty):
                    buffer.expect(m, Const(COMMAND_HEADER.size))
                    m.next = "COMMAND"
                with m.Else():
                    buffer.expect(m, self._size_of(m, code, "takes"))
                    m.next = "TAKE"
            with m.State("TAKE"):
                buffer.take(m, self.i)
                with m.If(buffer.done):
                    m.next = "CHECK_ITEM"
                    if not rows.are_even:
                        with m.If(is_command["write_rows"] & rows.is_last):
                            buffer.expect(m, Const(rows.size - rows.last_size))
                            m.next = "PAD"
            if not rows.are_even:
                with m.State("PAD"):
                    buffer.pad(m)
                    with m.If(buffer.done):
                        m.next = "CHECK_ITEM"
            with m.State("CHECK_ITEM"):
                m.d.sync += settled.eq(Cat(1, settled))
                with m.If(settled[-1]):
                    m.d.sync += self.refusal.eq(of_item)
                    with m.If(of_item != 0):
                        m.next = "REFUSED"
                    with m.Else():
                        # What is offered to the engine comes from registers: the engine checks it
                        # in the same cycle.
                        m.d.sync += [
                            self.o_sample.valid.eq(is_command["send_samples"] & samples.gives),
                            self.o_host.valid.eq(is_row),
                            self.bus.write.eq(is_command["write_registers"])]
                        if self._memory:
                            m.d.sync += self.o_word.valid.eq(is_command["write_words"])
                        samples.begin(m)
                        m.next = "ACT"
            with m.State("ACT"):
                with m.If(self._act(m, is_command, samples)):
                    buffer.load(m)
                    m.next = "LOAD"
            with m.State("LOAD"):
                m.d.comb += [self.i_host.ready.eq(is_command["read_rows"]),
                             self.i_result.ready.eq(is_command["take_results"])]
                takes = is_command["take_results"]
                with m.If(takes & (samples.in_work != 0) if self._memory else takes):
                    samples.take_result(m)
                buffer.expect(m, self._size_of(m, code, "gives"))
                m.next = "GIVE"
            with m.State("GIVE"):
                with m.If(buffer.give(m, self.o)):
                    ends = rows.next(m, is_row)
                    m.d.sync += [count.eq(count - ends), address.eq(address + ends)]
                    m.next = "NEXT"
            with m.State("REFUSED"):
                pass
        m.d.comb += [
            self.bus.address.eq(address),
            self.bus.write_data.eq(item["register"]),
            self.o_host.payload.address.eq(address),
            self.o_host.payload.write.eq(is_command["write_rows"]),
            self.o_host.payload.pairs.eq(item["row"]),
        ]
        if self._memory:
            m.d.comb += [
                self.o_word.payload.address.eq(address), self.o_word.payload.word.eq(item["word"]),
                self.job_address.eq(address), self.job_write_data.eq(item["job"])]
        samples.connect(m, self.o_sample)
        if len(rows.number):
            m.d.comb += self.o_host.payload.slice.eq(rows.number)
        return m

    def _size_of(self, m: Module, code: Signal, side: str) -> Signal:
        """Bytes of an item that the command `takes` or `gives`, as `side` says."""
        found, rows = Signal(range(self._bytes + 1), name=f"size_it_{side}"), self._rows
        with m.Switch(code):
            for entry in self._commands:
                with m.Case(entry.code):
                    m.d.comb += found.eq(self._sizes[getattr(entry, side)])
                    if getattr(entry, side) == "row" and not rows.are_even:
                        m.d.comb += found.eq(Mux(rows.is_last, rows.last_size, rows.size))
        return found

    def _loaded(self, m: Module, is_command: Mapping[str, Value], byte: Value,
                address: Value) -> Signal:
        """What an item gives, as the content of the buffer; `byte` is the item of a loopback.

        The register `status` also shows whether a command was refused, whether there is a memory,
        and how large the link's buffers are.
        """
        loaded = Signal(8 * self._bytes)
        is_status = Signal()
        m.d.sync += is_status.eq(address == register("status").address)
        told = (self._windows.status | (STATUS_MEMORY if self._memory else 0)
                | Mux(self.was_refused, STATUS_REFUSED, 0))
        register_read = self.bus.read_data | Mux(is_status, told, 0)
        result = self.i_result.payload.as_value()
        if self._memory:
            result = Mux(self.i_result.valid, result, 0)
        with m.If(is_command["read_registers"]):
            m.d.comb += loaded.eq(register_read)
        with m.Elif(is_command["take_results"]):
            m.d.comb += loaded.eq(result)
        if self._memory:
            with m.Elif(is_command["read_job"]):
                m.d.comb += loaded.eq(self.job_read_data)
        with m.Elif(is_command["loopback"]):
            m.d.comb += loaded.eq(byte)
        with m.Else():
            m.d.comb += loaded.eq(self.i_host.payload)
        return loaded

    def _act(self, m: Module, is_command: Mapping[str, Value], samples: SampleDecoder) -> Signal:
        """Carry out one item; high in its last cycle, before what it gives is loaded."""
        done = Signal()
        for offered in (self.o_sample, self.o_host, *([self.o_word] if self._memory else [])):
            with m.If(offered.ready):
                m.d.sync += offered.valid.eq(0)
        with m.If(self.bus.ready):
            m.d.sync += self.bus.write.eq(0)

        with m.If(is_command["write_registers"] | is_command["read_registers"]):
            m.d.comb += done.eq(self.bus.ready)
        with m.Elif(is_command["write_rows"]):
            m.d.comb += done.eq(self.o_host.ready)
        with m.Elif(is_command["read_rows"]):
            m.d.comb += done.eq(self.i_host.valid & ~self.o_host.valid)
        with m.Elif(is_command["send_samples"]):
            m.d.comb += done.eq(samples.carry_out(m, self.o_sample))
        with m.Elif(is_command["take_results"]):
            m.d.comb += done.eq(self.i_result.valid)
            if self._memory:
                with m.If((samples.in_work == 0) & ~self.working):
                    m.d.comb += done.eq(1)
        if self._memory:
            with m.Elif(is_command["write_words"]):
                m.d.comb += done.eq(self.o_word.ready)
            with m.Elif(is_command["write_job"]):
                m.d.comb += [self.job_write.eq(1), done.eq(1)]
        with m.Else():
            m.d.comb += done.eq(1)
        return done
