"""The one declaration of the link between a host and a board.

The link in hardware, the driver on the host, and the tables of `docs/reference/link.md` are made
from it.

Each direction is a stream of bytes that arrive once and in order, whatever happens on the line. A
frame carries a part of the stream, its position and a CRC, and is sent again until it is
acknowledged. The stream to the board carries commands, and the stream back carries their answers.

Anything that is not declared here is refused: a frame before any part of it takes effect, a
command before any of its items is carried out.
"""

from dataclasses import dataclass, fields

from .formats import engine as formats
from .formats.struct import Format, struct
from .registers import RegisterField, registers_of
from .spec import Config
from .spec.memories import MemorySize
from .store import job
from .store.chips import Memory

PROTOCOL = 3
"""Revision of this declaration; the first byte of every frame from a board."""

DELIMITER, ESCAPE, ESCAPE_FLIP = 0x7E, 0x7D, 0x20
"""A frame is enclosed in delimiters. Within it, a byte equal to DELIMITER or ESCAPE is sent as
ESCAPE, followed by the byte exclusive-or ESCAPE_FLIP."""

CRC_BYTES = 4
"""CRC-32/ISO-HDLC (`zlib.crc32`) of the header and the payload, low byte first."""

POSITION_BYTES = 2
MAX_PAYLOAD = 255

CREDIT_STEP = 256
"""A board sends a frame unasked each time it has consumed this many more bytes."""

BITS_PER_BYTE = 10
"""Bits per byte of the UART: a start bit, eight data bits, no parity, a stop bit."""

MIN_DIVISOR = 4
"""Clock cycles per bit that a UART's receiver needs to find the middle of a bit."""

KIND_DATA, KIND_RESEND, KIND_HELLO = 0, 1, 2

NO_SESSION = 0
"""Session of a board that has received no hello; no hello and no payload can belong to it."""

MOST_WINDOW = 8192
"""The largest buffer of a board, in bytes."""

STATUS_FIELDS = tuple(
    RegisterField(name=name, offset=offset, bits=bits, description=description)
    for name, offset, bits, description in (
        ("refused", 2, 1, "a command was refused since power-up"),
        ("memory", 3, 1, "the board has a memory for samples"),
        ("commands", 24, 4, "how often the 1,024 bytes for commands are doubled"),
        ("answers", 28, 4, "how often the 512 bytes for answers are doubled")))
"""What a board's link adds to the register `status` when it is read."""

STATUS_REFUSED, STATUS_MEMORY = (field.mask for field in STATUS_FIELDS[:2])


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Sizes of a board's buffers in bytes: of `commands` not yet carried out, and of `answers` not
    yet acknowledged. Each is a power of two from its default, which every board has, to
    `MOST_WINDOW`.

    Raises:
        ValueError: a size is another number.
    """

    commands: int = 1024
    answers: int = 512

    def __post_init__(self) -> None:
        for field in fields(self):
            size = getattr(self, field.name)
            if not field.default <= size <= MOST_WINDOW or size & (size - 1):
                raise ValueError(f"window of {field.name} must be a power of two in "
                                 f"{field.default}..{MOST_WINDOW}, not {size}")

    @property
    def status(self) -> int:
        """What a board's link adds to the register `status`: how often each size is doubled, in
        four bits; so a board that adds nothing has the least."""
        return sum((getattr(self, field.name) // field.default).bit_length() - 1
                   << _STATUS_SHIFTS[field.name] for field in fields(self))

    @classmethod
    def of_status(cls, status: int) -> "Windows":
        """The sizes that the register `status` of a board tells.

        Raises:
            ValueError: no board has them.
        """
        return cls(**{field.name: field.default << (status >> _STATUS_SHIFTS[field.name] & 15)
                      for field in fields(cls)})


_STATUS_SHIFTS = {field.name: field.offset for field in STATUS_FIELDS}

LEAST_WINDOWS = Windows()

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

    @property
    def of_memory(self) -> bool:
        """Whether only a board with a memory has it."""
        return self.space in ("word", "job")


SPACES = ("register", "row", "word", "job")
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
    ("write_words", "word", "", "write words of the board's memory from `address` on"),
    ("write_job", "job", "", "write registers of the job from `address` on"),
    ("read_job", "", "job", "read registers of the job from `address` on"),
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
    "address": "an item past the last register, row or word, or an address for items that have "
               "none",
    "register": "a register that cannot be written, or a value that it must not hold",
    "row": "a row with a state that no device has, or with a spare bit that is not 0",
    "sample": "a label that no output has, an input above the largest activation, a run of zeros "
              "past the last input, or a spare bit that is not 0",
    "result": "no sample has a result that is still to be taken",
    "busy": "while results of samples are still to be taken, only `mode` can be written and no job "
            "begins; while a job is in work or has a fault, only `mode` can be written and the job "
            "be ended; while a job stays, no samples are taken",
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


def commands(memory: Memory | None = None) -> tuple[Command, ...]:
    """The commands of a board that has this `memory`, or none."""
    return tuple(entry for entry in COMMANDS if memory or not entry.of_memory)


def spaces(config: Config, memory: Memory | None = None) -> dict[str, int]:
    """The number of items in each of `SPACES` that a board has with this `memory`, or none."""
    found = {"register": len(registers_of(config)), "row": config.design.rows}
    return found | ({"word": memory.chip.words, "job": len(job.REGISTERS)} if memory else {})


def link_memories(windows: Windows) -> list[MemorySize]:
    """The memories of a board's link, which hold its streams: commands and answers."""
    return [MemorySize(depth=depth, bits=8) for depth in (windows.commands, windows.answers)]


REGISTER = struct(("register", 32, "a register's value"))
"""The item of the commands that write and read registers."""


def items(config: Config) -> dict[str, Format]:
    """The items of the commands by name, as the engine of `config` has them.

    An item is sent in as few bytes as can hold it, low byte first.
    """
    return {
        "register": REGISTER,
        "row": formats.row(config),
        "result": formats.result(config),
        "byte": struct(("byte", 8, "any byte")),
        "word": struct(("word", 16, "a word of the memory")),
        "job": struct(("register", 32, "the value of a register of the job"))}
