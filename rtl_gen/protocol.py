"""The one declaration of the link between a host and a board.

It gives the link in hardware, the driver on the host, and the tables of `docs/link.md`.

Each direction is a stream of bytes that arrive once and in order, whatever happens to the line: a
frame carries a part of the stream, its position and a CRC, and is sent again until it has been
acknowledged. Commands lie in the stream to the board and their answers in the stream back.

What is not declared here is refused: a frame before anything of it counts, a command before
anything of it is carried out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .memory_map import MemorySize, row_bits
from .registers import REGISTERS
from .spec import Config

PROTOCOL = 2
"""Revision of all of this; the first byte of every frame of a board."""

DELIMITER, ESCAPE, ESCAPE_FLIP = 0x7E, 0x7D, 0x20
"""A frame lies between delimiters; within it, a byte equal to either of the first two is sent as
ESCAPE and the byte exclusive-or ESCAPE_FLIP."""

CRC_BYTES = 4
"""CRC-32/ISO-HDLC (`zlib.crc32`) of the header and the payload, low byte first."""

POSITION_BYTES = 2
MAX_PAYLOAD = 255
RECEIVE_BYTES, TRANSMIT_BYTES = 1024, 512
"""What a board holds of either stream: commands not yet carried out, answers not yet
acknowledged."""

CREDIT_STEP = 256
"""A board speaks up, unasked, whenever it has consumed another so many bytes."""

BITS_A_BYTE = 10
"""Of the UART: a start bit, eight of data, no parity, a stop bit."""

KIND_DATA, KIND_RESEND, KIND_HELLO = 0, 1, 2

NO_SESSION = 0
"""Of a board that nobody has greeted; no hello and no payload can be of it."""

STATUS_REFUSED = 4
"""Bit of the register `status` that a board's link adds: a command was refused since power-up."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One unsigned number of a frame's header, low byte first."""

    name: str
    size: int
    description: str


def _header(*entries: tuple[str, int, str]) -> tuple[Field, ...]:
    return tuple(Field(name=name, size=size, description=text) for name, size, text in entries)


HOST_HEADER = _header(
    ("kind", 1, "0: data; 1: data, and send again what I lack; 2: hello, begins a session"),
    ("session", 1, "1..255, chosen with the hello; frames of another session are not obeyed"),
    ("position", POSITION_BYTES, "of the payload's first byte in the stream to the board"),
    ("acknowledged", POSITION_BYTES, "bytes of the stream to the host that have come"),
    ("length", 1, "bytes of payload"),
)
BOARD_HEADER = _header(
    ("protocol", 1, "revision of the link"),
    ("session", 1, "the present one; 0 after power-up"),
    ("position", POSITION_BYTES, "of the payload's first byte in the stream to the host"),
    ("acknowledged", POSITION_BYTES, "bytes of the stream to the board that have come"),
    ("consumed", POSITION_BYTES, "of those, bytes whose place in the board is free again"),
    ("rejected", 1, "frames refused since power-up, modulo 256"),
    ("refused", 1, "commands refused since power-up, modulo 256"),
    ("refusal", 1, "0; or why the session has ended at a command, as listed below"),
    ("length", 1, "bytes of payload"),
)
"""Headers, in the order they are sent. Positions count from 0 at the hello, modulo 65,536."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command: `code`, and what each of its items takes and gives ("" is nothing)."""

    name: str
    code: int
    takes: str
    gives: str
    description: str

    @property
    def space(self) -> str:
        """What its items are addressed in, "register" or "row"; "" if they have no addresses."""
        found = self.takes or self.gives
        return found if found in SPACES else ""


SPACES = ("register", "row")
"""Items that have addresses."""


def _declare(*entries: tuple[str, str, str, str]) -> tuple[Command, ...]:
    return tuple(Command(name=name, code=code, takes=takes, gives=gives, description=text)
                 for code, (name, takes, gives, text) in enumerate(entries, 1))


COMMANDS = _declare(
    ("write_registers", "register", "", "write registers from `address` on"),
    ("read_registers", "", "register", "read registers from `address` on"),
    ("write_rows", "row", "", "write rows of synapse memory from `address` on"),
    ("read_rows", "", "row", "read rows of synapse memory from `address` on"),
    ("send_samples", "transfer", "", "transfers of the sample stream: events, or raw values"),
    ("take_results", "", "result", "wait for results, one a sample, in order"),
    ("loopback", "byte", "byte", "send bytes back"),
)

COMMAND_HEADER = _header(
    ("code", 1, "which command"),
    ("count", 2, "number of items"),
    ("address", 3, "of the first item, the next has the next; 0 where items have no address"),
)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One reason to refuse a command; `code` is the `refusal` of a board's header."""

    name: str
    code: int
    description: str


_REASONS = {
    "command": "there is no command of this code",
    "address": "its items lie past the last register or row, or have no address and are given one",
    "register": "a register that cannot be written, or must not hold the value",
    "row": "a row with a state that no device has, or with a spare bit",
    "sample": "a transfer with an input, order, label or spare bit that no sample has",
    "result": "no sample was sent whose result is still to come",
    "busy": "only `mode` can be written while results of samples are still to be taken",
}

REFUSALS = tuple(Refusal(name=name, code=code, description=text)
                 for code, (name, text) in enumerate(_REASONS.items(), 1))
"""Why a command is refused."""


def command(name: str) -> Command:
    """The command called `name`; KeyError if there is none."""
    return {entry.name: entry for entry in COMMANDS}[name]


def refusal(name: str) -> Refusal:
    """The refusal called `name`; KeyError if there is none."""
    return {entry.name: entry for entry in REFUSALS}[name]


def spaces(config: Config) -> dict[str, int]:
    """How many items there are in each of `SPACES`."""
    return {"register": len(REGISTERS), "row": config.design.rows}


def link_memories() -> list[MemorySize]:
    """What a board's link holds of the streams."""
    return [MemorySize(depth=depth, bits=8) for depth in (RECEIVE_BYTES, TRANSMIT_BYTES)]


def size(header: tuple[Field, ...]) -> int:
    """Bytes of a header."""
    return sum(field.size for field in header)


def pack_header(header: tuple[Field, ...], **values: int) -> bytes:
    """The bytes of a header with a value for every field; OverflowError if one does not fit."""
    return b"".join(values[field.name].to_bytes(field.size, "little") for field in header)


def unpack_header(header: tuple[Field, ...], packed: bytes) -> dict[str, int]:
    """The value of every field; `packed` begins with the header."""
    values, offset = {}, 0
    for field in header:
        values[field.name] = int.from_bytes(packed[offset:offset + field.size], "little")
        offset += field.size
    return values


@dataclass(frozen=True, kw_only=True)
class Item:
    """What a command takes or gives: unsigned fields (name -> bits), the first in the lowest bits
    of `size` bytes, the low byte first."""

    fields: Mapping[str, int]

    @property
    def bits(self) -> int:
        """Bits of all fields."""
        return sum(self.fields.values())

    @property
    def size(self) -> int:
        """Bytes."""
        return -(-self.bits // 8)

    def pack_all(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Items of at most 8 bytes as (n, size) uint8, from an array (n,) for every field.

        Raises:
            ValueError: a value does not fit its field.
        """
        packed, offset = 0, 0
        for name, bits in self.fields.items():
            numbers = values[name].astype(np.uint64)
            if (numbers >> np.uint64(bits)).any():
                raise ValueError(f"{name} must fit {bits} bits, not {numbers.max()}")
            packed, offset = packed | numbers << np.uint64(offset), offset + bits
        return packed.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :self.size]

    def unpack_all(self, packed: bytes) -> dict[str, np.ndarray]:
        """The reverse of `pack_all`: name of every field -> (n,) int64."""
        octets = np.zeros((len(packed) // self.size, 8), np.uint8)
        octets[:, :self.size] = np.frombuffer(packed, np.uint8).reshape(-1, self.size)
        numbers, offset, values = octets.view("<u8")[:, 0], 0, {}
        for name, bits in self.fields.items():
            mask = np.uint64((1 << bits) - 1)
            values[name] = (numbers >> np.uint64(offset) & mask).astype(np.int64)
            offset += bits
        return values


def items(config: Config) -> dict[str, Item]:
    """The items of the commands by name, as the engine of `config` has them."""
    value = {"value": config.numbers.activation_bits}
    index = {"index": max(1, (config.network.inputs - 1).bit_length())}
    kind = {"last": 1, "label": config.design.label_bits, "train": 1}
    events = config.engine.input == "events"
    return {
        "register": Item(fields={"register": 32}),
        "row": Item(fields={"row": row_bits(config)}),
        "transfer": Item(fields={**(index if events else {}), **value, **kind}),
        "result": Item(fields={"klass": config.design.label_bits, "error": 1, "train": 1,
                               "cycles": 32}),
        "byte": Item(fields={"byte": 8})}
