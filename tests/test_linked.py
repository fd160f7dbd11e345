"""The linked engine: what docs/link.md does not define is refused and counted, and changes
nothing."""

from collections.abc import Iterator

import pytest
from small import small_config, small_data

from pulsetrain.formats.dense import dense_header
from pulsetrain.golden import GoldenEngine
from pulsetrain.host import BoardEngine, CommandRefusedError, Link
from pulsetrain.host.frames import Deframer, frame
from pulsetrain.memory_map import pack_rows
from pulsetrain.protocol import (
    COMMAND_HEADER,
    KIND_DATA,
    KIND_HELLO,
    KIND_RESEND,
    STATUS_REFUSED,
    command,
    items,
)
from pulsetrain.registers import REGISTERS, register
from pulsetrain.run.divergence import state_differences
from pulsetrain.sim.native_board import NativeBoard

CONFIG = small_config(device={"levels": 13}, engine={"lanes": 4})
"""6 inputs, 3 outputs and 13 states: their fields can also hold larger values."""

ROWS = CONFIG.design.rows
ITEMS = items(CONFIG)
MODE, STATUS, GATE, GENERATOR = (register(name).address for name in (
    "mode", "status", "gate", "generator"))


def words(*values):
    return b"".join(value.to_bytes(4, "little") for value in values)


def row(*states):
    """A row with these pairs of states, s+ and s- in turn; the others are 0."""
    word = sum(state << 4 * index for index, state in enumerate(states))
    return word.to_bytes(ITEMS["row"].size, "little")


def sample(*octets, label=0, spare=0):
    """The dense form of a training sample of the label, with these bytes for its inputs."""
    form = dense_header(CONFIG)
    word = form.pack({"label": label, "train": 1}) | spare << form.bits
    return word.to_bytes(form.size, "little") + bytes(octets)


def sent(octets):
    """The command that sends bytes of samples."""
    return header("send_samples", len(octets)) + octets


def header(code, count=1, address=0):
    code = command(code).code if isinstance(code, str) else code
    return COMMAND_HEADER.to_bytes({"code": code, "count": count, "address": address})


SAMPLE = header("write_registers", 1, MODE) + words(1) + sent(sample(200, 0, 4))
"""A sample in progress, whose result was not taken."""

UNDEFINED = {
    **{f"code {code}": ("command", header(code, 1) + row(1, 2, 3)) for code in (
        0, 8, 11, 19, 67, 131, 255)},
    "code 11, no items": ("command", header(11, 0)),
    "rows past the end": ("address", header("write_rows", 1, ROWS) + row(1, 2)),
    "rows at 512": ("address", header("write_rows", 1, 512) + row(1, 2)),
    "rows at the highest address": ("address", header("write_rows", 1, (1 << 24) - 1) + row(1)),
    "rows that run past the end": ("address", header("write_rows", 2, ROWS - 1) + 2 * row(1, 2)),
    "rows read past the end": ("address", header("read_rows", 1, ROWS)),
    "rows read that run past the end": ("address", header("read_rows", 65535, 0)),
    "no rows past the end": ("address", header("write_rows", 0, ROWS + 1)),
    "registers at 40": ("address", header("write_registers", 1, 40) + words(1)),
    "the register after the last": ("address", header("write_registers", 1, 15) + words(1)),
    "registers that run past the end": ("address", header("write_registers", 2, 14) + words(1, 1)),
    "registers read past the end": ("address", header("read_registers", 2, len(REGISTERS) - 1)),
    "results at an address": ("address", header("take_results", 1, 1)),
    "bytes at an address": ("address", header("loopback", 1, 1 << 23) + b"x"),
    "samples at an address": ("address", header("send_samples", 1, 4) + sample()),
    "a constant register": ("register", header("write_registers", 1, 0) + words(1)),
    "the status": ("register", header("write_registers", 1, STATUS) + words(0)),
    "over the status": ("register", header("write_registers", 3, MODE) + words(1, 0, 256)),
    "mode 2": ("register", header("write_registers", 1, MODE) + words(2)),
    "mode 3": ("register", header("write_registers", 1, MODE) + words(3)),
    "gate 257": ("register", header("write_registers", 1, GATE) + words(257)),
    "gate 512": ("register", header("write_registers", 1, GATE) + words(512)),
    "generator 0": ("register", header("write_registers", 1, GENERATOR) + words(0)),
    "a state that no device has": ("row", header("write_rows", 1, 2) + row(0, 0, 0, 13)),
    "an input too many": ("sample", sent(sample(0, 6))),
    "inputs too many": ("sample", sent(sample(7, 0, 2, 9, 0, 255))),
    "a label too many": ("sample", sent(sample(label=3))),
    "a spare bit of a label": ("sample", sent(sample(spare=1))),
    "the last spare bit of a label": ("sample", sent(sample(spare=16))),
    "a result of no sample": ("result", header("take_results", 1)),
    "rows while a sample is in work": ("busy", SAMPLE + header("write_rows", 1, 0) + row(1)),
    "the gate while a sample is in work": (
        "busy", SAMPLE + header("write_registers", 1, GATE) + words(5)),
}
"""By name: the expected refusal, and the bytes of the stream."""

SOUND = header("write_rows", ROWS, 0) + ROWS * row(5, 6, 7, 8)
"""A command, after these, that would change every row."""


@pytest.fixture(scope="module")
def board() -> Iterator[NativeBoard]:
    made = NativeBoard(CONFIG)
    yield made
    made.close()


@pytest.fixture
def trained(board) -> tuple[BoardEngine, Link, GoldenEngine]:
    """A trained engine on the board, and the golden engine."""
    link, golden = Link(board), GoldenEngine(CONFIG)
    engine, data = BoardEngine(CONFIG, link), small_data(CONFIG, train=20)
    engine.load(golden.read())
    for backend in (engine, golden):
        backend.train(data.x_train, data.y_train)
    return engine, link, golden


def rows_of(engine: BoardEngine) -> list[int]:
    """The rows on the board, without the counters."""
    return pack_rows(CONFIG, engine.read())


@pytest.mark.parametrize("name", UNDEFINED)
def test_an_undefined_command_is_refused_and_changes_nothing(trained, board, name):
    reason, octets = UNDEFINED[name]
    engine, link, golden = trained
    learned = octets.startswith(SAMPLE)
    if learned:
        result = ITEMS["result"].size
        link.exchange(SAMPLE + header("take_results"), result)
        learned = rows_of(engine)
        engine.load(golden.read())
    with pytest.raises(CommandRefusedError) as info:
        link.exchange(octets + SOUND + header("loopback", 1) + b"x", 1000)
    assert info.value.refusal == reason
    with pytest.raises(CommandRefusedError):  # and nothing is executed later in the session
        link.exchange(SOUND, 1)
    link.begin()
    assert rows_of(engine) == (learned or pack_rows(CONFIG, golden.read()))
    assert engine.read_register("status") == STATUS_REFUSED


def test_commands_before_a_refusal_keep_their_effect(trained):
    engine, link, _ = trained
    with pytest.raises(CommandRefusedError):
        link.exchange(header("write_rows", 2, 3) + row(1, 2) + row(13), 1)
    link.begin()
    packed = rows_of(engine)
    assert packed[3] == int.from_bytes(row(1, 2), "little")


def test_every_writable_register_takes_its_lowest_and_highest_value(trained):
    engine, _, _ = trained
    for entry in REGISTERS:
        for value in {entry.least, entry.most} if entry.writable else ():
            engine.write_register(entry.name, value)
            if entry.name not in ("starved", "mode"):
                assert engine.read_register(entry.name) == value
            engine.write_register("mode", 0)


def test_a_refusal_of_one_write_is_raised_at_once(trained):
    engine, _, _ = trained
    reason = "a register that cannot be written, or a value that it must not hold"
    with pytest.raises(CommandRefusedError, match=f"^the board refused a command: {reason}$"):
        engine.write_register("gate", 300)


# Frames -----------------------------------------------------------------------------------------


def answers(board: NativeBoard, octets: bytes) -> list[tuple[dict[str, int], bytes]]:
    board.write(octets)
    deframer, received = Deframer(), []
    while octets := board.read():
        received += deframer.take(octets)
    return received


@pytest.mark.parametrize("kind", [3, 4, 7, 64, 128, 129, 130, 254, 255])
def test_a_frame_of_an_undefined_kind_is_refused_and_counted(trained, board, kind):
    engine, _, golden = trained
    (before, _), = answers(board, frame(b"", kind=KIND_RESEND, session=0, position=0,
                                        acknowledged=0))
    (after, _), = answers(board, frame(
        header("write_rows", 1, 0) + row(1, 2, 3), kind=kind, session=before["session"],
        position=before["acknowledged"], acknowledged=before["position"]))
    assert after == {**before, "rejected": (before["rejected"] + 1) % 256}
    assert not list(state_differences(0, golden.read(), engine.read()))


def test_session_0_is_refused_and_has_no_payload(board):
    """Right after power-up, when the board's session is 0."""
    config = small_config(engine={"lanes": 2})
    fresh = NativeBoard(config)
    size = items(config)["row"].size
    (before, _), = answers(fresh, frame(b"", kind=KIND_RESEND, session=0, position=0,
                                        acknowledged=0))
    assert before["session"] == 0
    (after, _), = answers(fresh, frame(
        header("write_rows", 1, 0) + bytes([1] * size), kind=KIND_DATA, session=0, position=0,
        acknowledged=0))
    assert after == before
    (after, _), = answers(fresh, frame(b"", kind=KIND_HELLO, session=0, position=0,
                                       acknowledged=0))
    assert after == {**before, "rejected": 1}
    engine = BoardEngine(config, Link(fresh))
    assert not any(pack_rows(config, engine.read()))
    fresh.close()


def test_refusals_are_counted(trained, board):
    _, link, _ = trained
    found = []
    for _ in range(2):
        with pytest.raises(CommandRefusedError):
            link.exchange(header(9), 1)
        link.begin()
        (shown, _), = answers(board, frame(b"", kind=KIND_RESEND, session=0, position=0,
                                          acknowledged=0))
        assert shown["refusal"] == 0
        found.append(shown["refused"])
    assert (found[1] - found[0]) % 256 == 1
