"""The one declaration of the link between a host and a board.

The link in hardware, the driver on the host, and the tables of `docs/link.md` are made from it.

Each direction is a stream of bytes that arrive once and in order, whatever happens on the line. A
frame carries a part of the stream, its position and a CRC, and is sent again until it is
acknowledged. The stream to the board carries commands, and the stream back carries their answers.

Anything that is not declared here is refused: a frame before any part of it takes effect, a
command before any of its items is carried out.
"""

from dataclasses import dataclass

from .formats import engine as formats
from .formats.struct import Format, struct
from .registers import REGISTERS
from .spec import Config
from .spec.memories import MemorySize

PROTOCOL = 3
"""Revision of this declaration; the first byte of every frame from a board."""

DELIMITER, ESCAPE, ESCAPE_FLIP = 0x7E, 0x7D, 0x20
"""A frame is enclosed in delimiters. Within it, a byte equal to DELIMITER or ESCAPE is sent as
ESCAPE, followed by the byte exclusive-or ESCAPE_FLIP."""

CRC_BYTES = 4
"""CRC-32/ISO-HDLC (`zlib.crc32`) of the header and the payload, low byte first."""

POSITION_BYTES = 2
MAX_PAYLOAD = 255
RECEIVE_BYTES, TRANSMIT_BYTES = 1024, 512
"""Sizes of a board's buffers in bytes: commands not yet carried out, answers not yet
acknowledged."""

CREDIT_STEP = 256
"""A board sends a frame unasked each time it has consumed this many more bytes."""

BITS_PER_BYTE = 10
"""Bits per byte of the UART: a start bit, eight data bits, no parity, a stop bit."""

KIND_DATA, KIND_RESEND, KIND_HELLO = 0, 1, 2

NO_SESSION = 0
"""Session of a board that has received no hello; no hello and no payload can belong to it."""

STATUS_REFUSED = 4
"""Bit that a board's link adds to the register `status`: a command was refused since power-up."""


HOST_HEADER = struct(
    ("kind", 8, "0: data; 1: data, and a request to resend; 2: hello, begins a session"),
    ("session", 8, "1..255, chosen with the hello; frames of another session are ignored"),
    ("position", 8 * POSITION_BYTES, "where the payload begins in the stream to the board"),
    ("acknowledged", 8 * POSITION_BYTES, "number of bytes received of the stream to the host"),
    ("length", 8, "number of bytes of payload"),
)
BOARD_HEADER = struct(
    ("protocol", 8, "revision of the link"),
    ("session", 8, "the current session; 0 after power-up"),
    ("position", 8 * POSITION_BYTES, "where the payload begins in the stream to the host"),
    ("acknowledged", 8 * POSITION_BYTES, "number of bytes received of the stream to the board"),
    ("consumed", 8 * POSITION_BYTES, "number of those that no longer occupy the board's memory"),
    ("rejected", 8, "frames rejected since power-up, modulo 256"),
    ("refused", 8, "commands refused since power-up, modulo 256"),
    ("refusal", 8, "0, or why a command ended the session, as listed below"),
    ("length", 8, "number of bytes of payload"),
)
"""Headers of frames: whole bytes, sent in this order. Positions count from 0 at the hello, modulo
65,536."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command: its code, and the names of the items it takes and gives ("" for none)."""

    name: str
    code: int
    takes: str
    gives: str
    description: str

    @property
    def space(self) -> str:
        """The address space of its items, "register" or "row"; "" if they have no addresses."""
        found = self.takes or self.gives
        return found if found in SPACES else ""


SPACES = ("register", "row")
"""The address spaces: items that have addresses."""


def _declare(*entries: tuple[str, str, str, str]) -> tuple[Command, ...]:
    return tuple(Command(name=name, code=code, takes=takes, gives=gives, description=text)
                 for code, (name, takes, gives, text) in enumerate(entries, 1))


COMMANDS = _declare(
    ("write_registers", "register", "", "write registers from `address` on"),
    ("read_registers", "", "register", "read registers from `address` on"),
    ("write_rows", "row", "", "write rows of synapse memory from `address` on"),
    ("read_rows", "", "row", "read rows of synapse memory from `address` on"),
    ("send_samples", "byte", "", "bytes of samples, in their dense form"),
    ("take_results", "", "result", "wait for results, one per sample, in order"),
    ("loopback", "byte", "byte", "send bytes back"),
)

COMMAND_HEADER = struct(
    ("code", 8, "which command"),
    ("count", 16, "number of items"),
    ("address", 24, "address of the first item, the others follow; 0 if items have none"),
)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One reason to refuse a command; `code` is the `refusal` of a board's header."""

    name: str
    code: int
    description: str


_REASONS = {
    "command": "no command has this code",
    "address": "an item past the last register or row, or an address for items that have none",
    "register": "a register that cannot be written, or a value that it must not hold",
    "row": "a row with a state that no device has, or with a spare bit that is not 0",
    "sample": "a label that no output has, an input above the largest activation, a run of zeros "
              "past the last input, or a spare bit that is not 0",
    "result": "no sample has a result that is still to be taken",
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
    """The number of items in each of `SPACES`."""
    return {"register": len(REGISTERS), "row": config.design.rows}


def link_memories() -> list[MemorySize]:
    """The memories of a board's link, which hold its streams."""
    return [MemorySize(depth=depth, bits=8) for depth in (RECEIVE_BYTES, TRANSMIT_BYTES)]


def items(config: Config) -> dict[str, Format]:
    """The items of the commands by name, as the engine of `config` has them.

    An item is sent in as few bytes as can hold it, low byte first.
    """
    return {
        "register": struct(("register", 32, "a register's value")),
        "row": formats.row(config),
        "result": formats.result(config),
        "byte": struct(("byte", 8, "any byte"))}
