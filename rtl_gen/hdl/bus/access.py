"""Access: the registers of a bus (`bus_map`), behind the protocol of any bus."""

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.bus_map import (
    ADDRESS_BITS,
    RESULT_FIFO,
    ROW_WRITE,
    SAMPLE_FIFO,
    WORD_BYTES,
    BusRegister,
    bus_registers,
    data_words,
    interrupts,
)
from pulsetrain.formats import bus as bus_formats
from pulsetrain.formats import engine as formats
from pulsetrain.hdl.engine.shapes import slice_layout
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.library.limits import is_outside, refuses_slice
from pulsetrain.registers import address_bits
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

WORD_ADDRESS_BITS = ADDRESS_BITS - (WORD_BYTES - 1).bit_length()


@dataclass(frozen=True)
class _Part:
    """What an access to a register does.

    `value`: what a read gives, if not 0. `act`: adds what an access does that is not refused.
    `refusal`: high if the access is refused, whatever the declaration says.
    """

    value: Value | None = None
    act: Callable[[], None] | None = None
    refusal: Value | None = None


class BusAccess(Component):
    """Carries out one access to a bus after the other, and checks each before.

    An access is refused, and changes nothing, if there is no register at its address, if the
    register cannot be accessed so or must not hold the value, if only some bytes of a register
    other than `row_data` are written, if a row command is not done and a register of rows is
    written, or if a FIFO has no room or no result. A write of no byte changes nothing and is not
    refused.

    Timing: one access per cycle, answered in the next one; an access to one of the engine's own
    registers waits for its answer, and `row_command` until what was written before it is checked.

    Members:
        i: In(stream of `formats.bus.access_request`), accesses.
        o: Out(stream of `formats.bus.access_response`), one for each.
        o_register: Out(stream of `formats.bus.register_request`), to the engine's registers.
        i_register: In(stream of 32 bits), their answers.
        o_host: Out(stream of `formats.host_request`), to the engine's rows.
        i_host: In(stream of slice_layout), their answers: the slice read, or any after a write.
        result: In(1), strobe: a result has come out of the engine.
        sample_error: In(1), strobe: a sample was not as declared.
        parity_error: In(1), strobe, only with `engine.parity`: a row was read with a flipped bit.
        irq: Out(1), something is pending and enabled.
        results_per_packet: Out(16), of a bus with streams.
        o_sample: Out(stream of `formats.bus.sample_beat`), of a bus without: samples.
        i_result: In(stream of `formats.bus.result_words`), results.
        sample_room, results_held: In, how many there is room for, how many there are.
    """

    def __init__(self, config: Config, bus: str) -> None:
        self._config, self._bus = config, bus
        self._registers = bus_registers(config, bus)
        fifos = {
            "o_sample": Out(stream.Signature(layout(bus_formats.sample_beat(config)))),
            "i_result": In(stream.Signature(layout(bus_formats.result_words(config)))),
            "sample_room": In(range(SAMPLE_FIFO + 1)), "results_held": In(range(RESULT_FIFO + 1))}
        super().__init__({
            "i": In(stream.Signature(layout(bus_formats.access_request(WORD_ADDRESS_BITS)))),
            "o": Out(stream.Signature(layout(bus_formats.access_response()))),
            "o_register": Out(stream.Signature(layout(
                bus_formats.register_request(address_bits(config))))),
            "i_register": In(stream.Signature(32)),
            "o_host": Out(stream.Signature(layout(formats.host_request(config)))),
            "i_host": In(stream.Signature(slice_layout(config))),
            "result": In(1), "sample_error": In(1), "irq": Out(1),
            **({"parity_error": In(1)} if config.engine.parity else {}),
            **({"results_per_packet": Out(16, init=1)} if bus == "axi" else fifos)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        request = self.i.payload
        some, all_bytes = request.strobes.any(), request.strobes.all()
        refused, of_engine, waits, read = Signal(), Signal(), Signal(), Signal(32)
        acts = self.i.valid & self.i.ready & ~refused & (~request.write | some)
        content = Signal(32 * data_words(self._config), name="row_data")
        written = Signal(2, name="written")  # in the cycles that the check of a slice takes
        errs = Signal()
        parts = {**self._interrupts(m, errs), **self._rows(m, content), **(
            {"results_per_packet": self._held(m, self.results_per_packet)}
            if self._bus == "axi" else self._fifos(m))}

        with m.Switch(request.address):
            for entry in self._registers:
                part = parts.get(entry.name, _Part())
                places = range(entry.address // WORD_BYTES, entry.address // WORD_BYTES
                               + entry.count)
                with m.Case(*places):
                    if entry.name == "row_command":
                        m.d.comb += waits.eq(written.any())
                    m.d.comb += [
                        of_engine.eq(entry.engine),
                        refused.eq(self._refuses(entry, part.refusal, some, all_bytes))]
                    if part.value is not None:
                        m.d.comb += read.eq(part.value)
                    if part.act:
                        with m.If(acts):
                            part.act()
            with m.Default():
                m.d.comb += refused.eq(1)
        self._words(m, content, acts, read)

        asked, free = Signal(), ~self.o.valid | self.o.ready
        m.d.sync += written.eq(Cat(acts & request.write, written[:-1]))
        asks = self.i.valid & of_engine & ~refused & (~request.write | some)
        done = (~asks | (asked & self.i_register.valid)) & ~waits
        m.d.comb += [
            self.o_register.valid.eq(asks & ~asked),
            self.o_register.payload.write.eq(request.write),
            self.o_register.payload.address.eq(request.address),
            self.o_register.payload.data.eq(request.data),
            self.i_register.ready.eq(asked & free),
            self.i.ready.eq(free & done),
            errs.eq(self.i.valid & self.i.ready & refused),
        ]
        with m.If(self.o_register.valid & self.o_register.ready):
            m.d.sync += asked.eq(1)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                asked.eq(0), self.o.valid.eq(1), self.o.payload.error.eq(refused),
                self.o.payload.data.eq(Mux(
                    refused | request.write, 0, Mux(asks, self.i_register.payload, read)))]
        return m

    def _refuses(self, entry: BusRegister, refusal: Value | None, some: Value,
                 all_bytes: Value) -> Value:
        """Whether the access to the register `entry` is refused."""
        request = self.i.payload
        if refusal is None:
            refusal = Const(0)
        if not entry.writable:
            return request.write | refusal
        wrong = is_outside(request.data, entry.least, entry.most)
        if not entry.by_bytes:
            wrong |= ~all_bytes
        return Mux(request.write, some & (wrong | refusal), not entry.readable)

    def _held(self, m: Module, value: Value, refusal: Value | None = None) -> _Part:
        """A register that holds `value`, which is written by the bus."""
        def write() -> None:
            with m.If(self.i.payload.write):
                m.d.sync += value.eq(self.i.payload.data)

        return _Part(value, write, refusal)

    def _interrupts(self, m: Module, access_error: Value) -> dict[str, _Part]:
        happens = {"access_error": access_error, "sample_error": self.sample_error,
                   "result": self.result, "row_done": self.i_host.valid}
        if self._config.engine.parity:
            happens["parity_error"] = self.parity_error
        reasons = interrupts(self._config)
        enabled = Signal(len(reasons), name="interrupt_enable")
        pending, cleared = Signal.like(enabled, name="interrupt_pending"), Signal.like(enabled)

        def clear() -> None:
            with m.If(self.i.payload.write):
                m.d.comb += cleared.eq(self.i.payload.data)

        m.d.sync += pending.eq((pending & ~cleared) | Cat(happens[name] for name in reasons))
        m.d.comb += self.irq.eq((pending & enabled).any())
        return {"interrupt_enable": self._held(m, enabled),
                "interrupt_pending": _Part(pending, clear)}

    def _rows(self, m: Module, content: Signal) -> dict[str, _Part]:
        """The registers of rows; `content` is the slice that is read or written."""
        config, sent, request = self._config, self.o_host, self.i.payload
        rows, last_slice = config.design.rows, len(slices(config)) - 1
        address, number = Signal(range(rows)), Signal(range(last_slice + 1))
        busy = Signal(name="row_busy")
        form = formats.row_slice(config)
        bits = len(Value.cast(self.i_host.payload))
        used = data.View(slice_layout(config), content[:bits])

        def command() -> None:
            m.d.sync += [busy.eq(1), sent.valid.eq(1),
                         sent.payload.write.eq(request.data == ROW_WRITE)]

        m.d.comb += [sent.payload.address.eq(address), sent.payload.pairs.eq(used),
                     self.i_host.ready.eq(1)]
        if last_slice:
            m.d.comb += sent.payload.slice.eq(number)
        ends = self.i_host.valid
        with m.If(sent.ready):
            m.d.sync += sent.valid.eq(0)
        with m.If(ends & ~sent.payload.write):
            m.d.sync += content.eq(self.i_host.payload)
        with m.If(ends):
            m.d.sync += [busy.eq(0), number.eq(number + 1)]
            with m.If(number == last_slice):
                m.d.sync += [number.eq(0), address.eq(Mux(address == rows - 1, 0, address + 1))]
        wrong = refuses_slice(m, config, content[:8 * form.size], number == last_slice)
        return {
            "row_address": self._held(m, address, busy),
            "row_slice": self._held(m, number, busy),
            "row_command": _Part(
                act=command, refusal=busy | ((request.data == ROW_WRITE) & wrong)),
            "bus_status": _Part(busy),
            "row_data": _Part(refusal=busy),
        }

    def _words(self, m: Module, content: Signal, acts: Value, read: Signal) -> None:
        """The words of a slice: `row_data`."""
        request, entry = self.i.payload, self._registers[-1]
        with m.Switch(request.address):
            for number in range(entry.count):
                with m.Case(entry.address // WORD_BYTES + number):
                    word = content.word_select(number, 32)
                    m.d.comb += read.eq(word)
                    for byte in range(WORD_BYTES):
                        with m.If(acts & request.write & request.strobes[byte]):
                            m.d.sync += word.word_select(byte, 8).eq(
                                request.data.word_select(byte, 8))

    def _fifos(self, m: Module) -> dict[str, _Part]:
        request, sent, config = self.i.payload, self.o_sample.payload, self._config
        user = Signal(bus_formats.sample_user(config).bits, name="sample_user")
        cycles = Signal(32, name="result_cycles")
        m.d.comb += [sent.data.eq(request.data), sent.keep.eq(request.strobes), sent.user.eq(user)]

        def send(last: bool) -> None:
            m.d.comb += [self.o_sample.valid.eq(1), sent.last.eq(last)]

        def take() -> None:
            m.d.comb += self.i_result.ready.eq(1)
            m.d.sync += cycles.eq(self.i_result.payload.cycles)

        full = ~self.o_sample.ready
        return {
            "sample_user": self._held(m, user),
            "sample_data": _Part(act=lambda: send(False), refusal=full),
            "sample_last": _Part(act=lambda: send(True), refusal=full),
            "sample_room": _Part(self.sample_room),
            "results_held": _Part(self.results_held),
            "result": _Part(Value.cast(self.i_result.payload)[32:], take, ~self.i_result.valid),
            "result_cycles": _Part(cycles),
        }
