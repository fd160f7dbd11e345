"""The one declaration of the registers of a bus: what a processor finds at which byte address.

The hardware behind every bus, the manifest and all exported descriptions are made from it. A
register has 32 bits, at a multiple of four bytes. The engine's own registers (`registers`) come
first; those that a bus adds follow, and then the words of one slice of a row.
"""

from dataclasses import dataclass, replace
from typing import Any

from .device import engine_digest
from .formats import bus as bus_formats
from .formats import engine as formats
from .registers import Register, RegisterField, registers_of, reset_values, stacked_fields
from .spec import Config
from .spec.memories import slices

BUSES = ("axi", "wishbone", "wishbone-pipelined")
"""The buses that an engine can be given."""

ADDRESS_BITS = 12
"""Bits of a byte address; no register is where the map has none."""

WORD_BYTES = 4
OWN_BASE, DATA_BASE = 0x080, 0x100

ROW_READ, ROW_WRITE = 1, 2
"""What `row_command` asks for."""

ENGINE_CELL, DMA_CELL, RESET_CELL = "engine", "dma", "reset"
"""The cells of a block design around an engine behind AXI, by which a driver finds them: the
engine, the DMA of its streams, and the GPIO of its reset."""

SAMPLE_FIFO, RESULT_FIFO = 256, 32
"""Words of samples and of results that wait between the registers of a bus without streams and the
engine."""


@dataclass(frozen=True, kw_only=True)
class BusRegister:
    """One register, or `count` registers at consecutive addresses.

    `access`: "read-only", "read-write", "write-only" or "write-1-to-clear". A write takes values
    from `least` to `most`. `volatile`: the hardware changes it too. `takes`: a read takes what it
    gives. `by_bytes`: single bytes can be written, otherwise only all four. `indexed`: it is a word
    of a memory, of which there may be one only. `engine`: it is one of the engine's own.
    """

    name: str
    address: int
    access: str
    description: str
    fields: tuple[RegisterField, ...]
    reset: int = 0
    least: int = 0
    most: int = (1 << 32) - 1
    count: int = 1
    volatile: bool = False
    takes: bool = False
    by_bytes: bool = False
    indexed: bool = False
    engine: bool = False

    @property
    def readable(self) -> bool:
        """Whether a read is answered."""
        return self.access != "write-only"

    @property
    def writable(self) -> bool:
        """Whether a write is taken."""
        return self.access != "read-only"

    @property
    def clears(self) -> bool:
        """Whether writing a 1 clears a bit."""
        return self.access == "write-1-to-clear"


INTERRUPTS = {
    "result": "a result has come out of the engine",
    "row_done": "a row command is done",
    "access_error": "an access was answered with an error",
    "sample_error": "a sample was not as declared: bytes of an event left out, an input or a label "
                    "that the network does not have",
}
"""The reasons of an interrupt of every engine, from bit 0 on."""


def interrupts(config: Config) -> dict[str, str]:
    """The reasons of an interrupt of the engine of `config`, from bit 0 on, as `interrupt_pending`
    and `interrupt_enable` hold them."""
    return INTERRUPTS | ({"parity_error": "a row was read with a flipped bit, while the register "
                                          "`parity` held no error"} if config.engine.parity else {})


def bus_registers(config: Config, bus: str) -> tuple[BusRegister, ...]:
    """All registers of the engine of `config` behind `bus`, in the order of their addresses."""
    resets = reset_values(engine_digest(config), config.seed)
    own = [*_common(config), *(_packets() if bus == "axi" else _fifos(config))]
    return (*(_of_engine(entry, resets[entry.name]) for entry in registers_of(config)),
            *(_placed(register, OWN_BASE + WORD_BYTES * place)
              for place, register in enumerate(own)),
            _data(config))


def data_words(config: Config) -> int:
    """Words of one slice of a row."""
    return formats.row_slice(config).words


def bus_register(config: Config, bus: str, name: str) -> BusRegister:
    """The register called `name`; KeyError if there is none."""
    return {entry.name: entry for entry in bus_registers(config, bus)}[name]


def _of_engine(entry: Register, reset: int) -> BusRegister:
    return BusRegister(
        name=entry.name, address=WORD_BYTES * entry.address, access=entry.access,
        description=entry.description, reset=reset, least=entry.least, most=entry.most,
        fields=entry.fields,
        volatile=entry.kind in ("status", "counter", "state"), engine=True)


def _common(config: Config) -> list[BusRegister]:
    rows, parts = config.design.rows, len(slices(config))
    reasons = [(name, 1, text) for name, text in interrupts(config).items()]
    most = (1 << len(reasons)) - 1
    return [
        _register("interrupt_pending", "write-1-to-clear",
                  "what has happened since it was last cleared: writing a 1 clears a bit",
                  *reasons, most=most, volatile=True),
        _register("interrupt_enable", "read-write",
                  "the interrupt is high while a bit is pending and enabled", *reasons, most=most),
        _register("row_address", "read-write", "the row that the next row command reads or writes",
                  ("row_address", max(1, (rows - 1).bit_length()), "address of the row"),
                  most=rows - 1, volatile=True),
        _register("row_slice", "read-write", "the slice of that row",
                  ("row_slice", max(1, (parts - 1).bit_length()),
                   "16 lanes each, lane 0 in slice 0"), most=parts - 1, volatile=True),
        _register("row_command", "write-only",
                  "1: read the slice into `row_data`; 2: write `row_data` to it. Afterwards "
                  "`row_slice` and `row_address` are those of the next slice; row 0 follows the "
                  "last",
                  ("command", 2, "1: read, 2: write", ("read", ROW_READ), ("write", ROW_WRITE)),
                  least=ROW_READ, most=ROW_WRITE),
        _register("bus_status", "read-only", "the state of the bus",
                  ("row_busy", 1, "a row command is in work; writes to row registers are refused"),
                  volatile=True),
    ]


def _packets() -> list[BusRegister]:
    return [_register("results_per_packet", "read-write",
                      "TLAST of the results is 1 with each result that has this number in its "
                      "packet; a result that already waits keeps its TLAST",
                      ("results_per_packet", 16, "number of results"),
                      least=1, most=(1 << 16) - 1, reset=1)]


def _fifos(config: Config) -> list[BusRegister]:
    user = bus_formats.sample_user(config)
    word = [(field.name, field.format.bits, field.description)
            for field in bus_formats.sample_word(config).fields]
    cycles, *others = bus_formats.result_words(config).fields
    return [
        _register("sample_user", "read-write", "label and purpose of the samples that are written",
                  *((field.name, field.format.bits, field.description) for field in user.fields),
                  most=(1 << user.bits) - 1),
        _register("sample_data", "write-only",
                  "a word of a sample, of which the written bytes count; refused if there is no "
                  "room for it", *word, by_bytes=True),
        _register("sample_last", "write-only",
                  "the last word of a sample; as `sample_data`", *word, by_bytes=True),
        _register("sample_room", "read-only", "words of samples that there is room for",
                  ("sample_room", SAMPLE_FIFO.bit_length(), "number of words"),
                  reset=SAMPLE_FIFO, volatile=True),
        _register("results_held", "read-only", "results that can be read",
                  ("results_held", RESULT_FIFO.bit_length(), "number of results"), volatile=True),
        _register("result", "read-only",
                  "the next result, which a read takes; refused if there is none",
                  *((field.name, field.format.bits, field.description) for field in others),
                  volatile=True, takes=True),
        _register("result_cycles", "read-only", "of the result that was read last",
                  (cycles.name, cycles.format.bits, cycles.description), volatile=True),
    ]


def _data(config: Config) -> BusRegister:
    words = data_words(config)
    return BusRegister(
        name="row_data", address=DATA_BASE, access="read-write", count=words, volatile=True,
        by_bytes=True, indexed=True,
        description="a slice of a row, the first lane in the lowest bits of the first word; "
                    "bytes of it can be written",
        fields=stacked_fields(("row_data", 32, "a word of the slice")))


def _register(name: str, access: str, description: str, *fields: tuple[Any, ...],
              **others: Any) -> BusRegister:
    return BusRegister(name=name, address=0, access=access, description=description,
                       fields=stacked_fields(*fields), **others)


def _placed(register: BusRegister, address: int) -> BusRegister:
    return replace(register, address=address)
