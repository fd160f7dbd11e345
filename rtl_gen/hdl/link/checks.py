"""Checks: why the executor refuses a command, or one of its items.

What is checked stays as it is for some cycles, so that every step of a check can be a register.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data

from pulsetrain.hdl.library.limits import is_outside, refuses_slice
from pulsetrain.protocol import REFUSALS, commands, refusal, spaces
from pulsetrain.registers import Register, address_bits, registers_of
from pulsetrain.spec import Config
from pulsetrain.store import job
from pulsetrain.store.chips import Memory

from .samples import SampleDecoder

REFUSAL_SHAPE = range(len(REFUSALS) + 1)
"""Shape of the code of a refusal; 0 is none."""

CHECK_CYCLES = 3
"""Cycles from a header or an item to its refusal."""

_CONTROL = job.job_register("control").address
"""The last register of a job that can be written."""


@dataclass(frozen=True, kw_only=True)
class JobState:
    """What the job does, as `StoredEngine` says it; 1 bit each."""

    working: Value
    keeps: Value
    stays: Value
    failed: Value

    @property
    def occupies(self) -> Value:
        """Whether the engine works for it, or holds a part of its sample."""
        return self.working | self.failed


def refused_command(m: Module, config: Config, memory: Memory | None, header: data.View,
                    samples: SampleDecoder, state: JobState | None) -> Signal:
    """Code of the refusal of a command with this `header`, 0 if it can be carried out; valid
    after `CHECK_CYCLES`. `state` is that of the job, None without a `memory`."""
    code = Signal(REFUSAL_SHAPE, name="refused_command")
    limits = spaces(config, memory)
    bits = max(limits.values()).bit_length()
    start, beyond, has_address = header.address[:bits], Signal(), Signal()
    end = Signal(max(bits, len(header.count)) + 1)
    m.d.sync += [end.eq(start + header.count), beyond.eq(header.address[bits:].any()),
                 has_address.eq(header.address != 0)]
    busy = samples.in_work != 0
    of_job: dict[str, tuple[tuple[str, Value], ...]] = {}
    if state:
        busy |= state.occupies
        of_job = _refused_of_job(m, start, end, samples, state)
    unwritable = _ends_behind(m, config, start, end, "writable", lambda entry: entry.writable)
    not_at_once = _ends_behind(m, config, start, end, "at_once",
                               lambda entry: entry.name == "mode")
    outside = {"": has_address}
    for space, limit in limits.items():
        outside[space] = Signal(name=f"outside_{space}")
        m.d.sync += outside[space].eq(beyond | (end >= limit + 1))
    with m.Switch(header.code):
        for entry in commands(memory):
            with m.Case(entry.code):
                m.d.sync += code.eq(0)
                with m.If(outside[entry.space]):
                    m.d.sync += code.eq(refusal("address").code)
                if entry.name == "write_registers":
                    with m.Elif(unwritable):
                        m.d.sync += code.eq(refusal("register").code)
                    with m.Elif(busy & not_at_once):
                        m.d.sync += code.eq(refusal("busy").code)
                if entry.name == "write_rows":
                    with m.Elif(busy):
                        m.d.sync += code.eq(refusal("busy").code)
                for reason, refused in of_job.get(entry.name, ()):
                    with m.Elif(refused):
                        m.d.sync += code.eq(refusal(reason).code)
        with m.Default():
            m.d.sync += code.eq(refusal("command").code)
    return code


def _refused_of_job(m: Module, start: Value, end: Value, samples: SampleDecoder, state: JobState,
                    ) -> dict[str, tuple[tuple[str, Value], ...]]:
    """Reasons of commands to be refused because of a job, and when they are; a cycle after `end`.
    """
    past_control, before_control = Signal(), Signal()
    m.d.sync += [past_control.eq(end > _CONTROL + 1), before_control.eq(start < _CONTROL)]
    return {
        "send_samples": (("busy", state.occupies | state.stays),),
        "write_words": (("busy", state.occupies),),
        "write_job": (("register", past_control),
                      ("busy", samples.any | (state.occupies & before_control)))}


def refused_item(m: Module, config: Config, is_command: Mapping[str, Value],
                 items: Mapping[str, Value], address: Value, is_last_slice: Value,
                 samples: SampleDecoder, state: JobState | None) -> Signal:
    """Code of the refusal of the item that was received, 0 if it can be carried out; valid after
    `CHECK_CYCLES`.

    `items` has its bits as each item that a command can take; `address` is its address. A row is
    checked slice by slice. `state` is that of the job, None without a memory.
    """
    no_result: Value = samples.in_work == 0
    of_job: tuple[tuple[str, str, Value], ...] = ()
    if state:
        no_result &= ~state.keeps
        begins = Signal()
        m.d.sync += begins.eq((address == _CONTROL) & (items["job"] & job.RUN).any())
        of_job = (("write_job", "register", _refuses_setting(m, items["job"], address)),
                  ("write_job", "busy", begins & state.occupies))
    code = Signal(REFUSAL_SHAPE, name="refused_item")
    m.d.sync += code.eq(0)
    for name, reason, refused in (
            ("write_registers", "register", _refuses_value(m, config, items["register"], address)),
            ("write_rows", "row", refuses_slice(m, config, items["row"], is_last_slice)),
            ("send_samples", "sample", samples.refuses()),
            ("take_results", "result", no_result), *of_job):
        with m.If(is_command[name] & refused):
            m.d.sync += code.eq(refusal(reason).code)
    return code


def _ends_behind(m: Module, config: Config, start: Value, end: Value, name: str,
                 belongs: Callable[[Register], bool]) -> Signal:
    """Whether a register from `start` on does not belong, and is before `end`, which is a cycle
    later than `start`; a cycle after `end`."""
    registers = registers_of(config)
    found, behind = (Signal(shape, name=f"{kind}_{name}") for shape, kind in (
        (range(len(registers) + 1), "end_of"), (1, "ends_behind")))
    first = len(registers)
    with m.Switch(start[:len(found)]):
        for entry in reversed(registers):
            first = first if belongs(entry) else entry.address
            with m.Case(entry.address):
                m.d.sync += found.eq(first)
        with m.Default():
            m.d.sync += found.eq(len(registers))
    m.d.sync += behind.eq(end[:len(found)] > found)
    return behind


def _refuses_value(m: Module, config: Config, value: Value, address: Value) -> Value:
    """Whether the register at `address` must not hold `value`; two cycles later."""
    refused = Signal(name="refuses_value")
    m.d.sync += refused.eq(0)
    with m.Switch(address[:address_bits(config)]):
        for entry in registers_of(config):
            if entry.writable:
                wrong = Signal(name=f"wrong_{entry.name}")
                m.d.sync += wrong.eq(is_outside(value, entry.least, entry.most))
                with m.Case(entry.address):
                    m.d.sync += refused.eq(wrong)
    return refused


def _refuses_setting(m: Module, value: Value, address: Value) -> Value:
    """Whether the register of the job at `address` must not hold `value`; a cycle later."""
    refused = Signal(name="refuses_setting")
    with m.Switch(address):
        for entry in job.REGISTERS[:_CONTROL + 1]:
            with m.Case(entry.address):
                m.d.sync += refused.eq(value[entry.bits:].any())
    return refused
