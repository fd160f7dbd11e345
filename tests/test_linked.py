"""The linked engine: what docs/reference/link.md does not define is refused and counted, and
changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from lines import FaultyLine, LateLine
from small import small_config, small_data

from pulsetrain.formats.dense import dense_header, encode_samples
from pulsetrain.golden import GoldenEngine
from pulsetrain.host import (
    BoardEngine,
    BoardStore,
    CommandRefusedError,
    Link,
    MemoryMissingError,
    WrongEchoError,
    measure,
)
from pulsetrain.host.frames import Deframer, frame
from pulsetrain.memory_map import pack_rows
from pulsetrain.protocol import (
    COMMAND_HEADER,
    KIND_DATA,
    KIND_HELLO,
    KIND_RESEND,
    STATUS_MEMORY,
    STATUS_REFUSED,
    Windows,
    command,
    items,
)
from pulsetrain.registers import REGISTERS, register
from pulsetrain.run.divergence import state_differences
from pulsetrain.sim.native_board import CYCLES_PER_BYTE, DEFAULT_BOARD, NativeBoard

CONFIG = small_config(device={"levels": 13}, engine={"lanes": 4})
"""6 inputs, 3 outputs and 13 states: their fields can also hold larger values."""

ROWS = CONFIG.design.rows
ITEMS = items(CONFIG)
MODE, STATUS, GATE, GENERATOR = (register(name).address for name in (
    "mode", "status", "gate", "generator"))


TOLD = DEFAULT_BOARD.part.family.windows.status
"""What the link of the board adds to `status`, whatever happens."""


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
        0, 8, 9, 10, 11, 19, 67, 131, 255)},
    "code 11, no items": ("command", header(11, 0)),
    "rows past the end": ("address", header("write_rows", 1, ROWS) + row(1, 2)),
    "rows at 512": ("address", header("write_rows", 1, 512) + row(1, 2)),
    "rows at the highest address": ("address", header("write_rows", 1, (1 << 24) - 1) + row(1)),
    "rows that run past the end": ("address", header("write_rows", 2, ROWS - 1) + 2 * row(1, 2)),
    "rows read past the end": ("address", header("read_rows", 1, ROWS)),
    "rows read that run past the end": ("address", header("read_rows", 65535, 0)),
    "no rows past the end": ("address", header("write_rows", 0, ROWS + 1)),
    "registers at 40": ("address", header("write_registers", 1, 40) + words(1)),
    "the register after the last": (
        "address", header("write_registers", 1, len(REGISTERS)) + words(1)),
    "registers that run past the end": (
        "address", header("write_registers", 2, len(REGISTERS) - 1) + words(1, 1)),
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


@dataclass(frozen=True)
class PowerUp:
    """What a board answers right after power-up, when its session is 0: to nothing, to a command,
    to a hello, each a header and a payload; and its rows."""

    first: list[tuple[dict[str, int], bytes]]
    commanded: list[tuple[dict[str, int], bytes]]
    greeted: list[tuple[dict[str, int], bytes]]
    rows: list[int]


@pytest.fixture(scope="module")
def power_up_and_board() -> Iterator[tuple[PowerUp, NativeBoard]]:
    made = NativeBoard(CONFIG, DEFAULT_BOARD.without_memory)
    first, commanded, greeted = (
        answers(made, frame(octets, kind=kind, session=0, position=0, acknowledged=0))
        for octets, kind in ((b"", KIND_RESEND), (header("write_rows", 1, 0) + row(1), KIND_DATA),
                             (b"", KIND_HELLO)))
    yield PowerUp(first, commanded, greeted, rows_of(BoardEngine(CONFIG, Link(made)))), made
    made.close()


@pytest.fixture(scope="module")
def board(power_up_and_board: tuple[PowerUp, NativeBoard]) -> NativeBoard:
    return power_up_and_board[1]


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
    assert engine.read_register("status") & ~TOLD == STATUS_REFUSED


def test_commands_before_a_refusal_keep_their_effect(trained):
    engine, link, _ = trained
    with pytest.raises(CommandRefusedError):
        link.exchange(header("write_rows", 2, 3) + row(1, 2) + row(13), 1)
    link.begin()
    packed = rows_of(engine)
    assert packed[3] == int.from_bytes(row(1, 2), "little")


def test_rows_can_be_read_while_results_wait(trained):
    engine, link, golden = trained
    engine.load(golden.read())
    result, packed = ITEMS["result"].size, ITEMS["row"].size
    octets = (header("write_registers", 1, MODE) + words(1) + 2 * sent(sample(200, 0, 4))
              + header("read_rows", ROWS) + header("take_results", 2))
    answer = link.exchange(octets, ROWS * packed + 2 * result)
    x, labels = np.array([[200, 0, 0, 0, 0, 0]], np.uint8), np.array([0])
    read = [int.from_bytes(answer[start:start + packed], "little")
            for start in range(0, ROWS * packed, packed)]
    for _ in range(2):
        golden.train(x, labels)
    assert rows_of(engine) == pack_rows(CONFIG, golden.read())
    assert read[-1] == pack_rows(CONFIG, golden.read())[-1]  # read when both were finished


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


# Windows ----------------------------------------------------------------------------------------


def seconds_of_bytes(board: NativeBoard, latency: int, sizes: Windows) -> tuple[float, float]:
    """How many times longer than on an ideal line it takes to send 24,000 bytes to the board, and
    12,000 from it, if bytes take as long as `latency` others each way, and if it tells `sizes`."""
    line = LateLine(board, latency * CYCLES_PER_BYTE)
    link = Link(line)
    BoardEngine(CONFIG, link)
    link.use(sizes)
    taken = []
    for commands, answers, size in ((4000 * header("loopback", 0), 0, 24_000),
                                    (200 * header("read_registers", 15), 12_000, 12_000)):
        before = line.clock
        link.exchange(commands, answers)
        taken.append((line.clock - before) / (size * CYCLES_PER_BYTE))
    return taken[0], taken[1]


def test_windows_hide_the_latency_of_the_line(board):
    """With 5 ms of 3 Mbaud each way: more than 1 kB, and less than the board keeps."""
    told = DEFAULT_BOARD.part.family.windows
    wide, narrow = (seconds_of_bytes(board, 1500, sizes) for sizes in (told, Windows()))
    print(wide, narrow)
    assert wide[0] < 1.4
    assert wide[1] < 1.8
    assert narrow[0] > 2.5 * wide[0]


def test_what_is_measured_on_a_line(board):
    """Against the clock of the model of the line, in bytes of it."""
    line = LateLine(board, 200 * CYCLES_PER_BYTE)
    link = Link(line)
    rows = rows_of(BoardEngine(CONFIG, link))
    found = measure(link, 6000, rounds=5, clock=lambda: line.clock / CYCLES_PER_BYTE)
    print(found)
    assert 2 * 200 < found.latency < 2 * 200 + 100
    assert found.answers == pytest.approx((found.latency,) * 5)
    # A frame of 255 bytes has 14 more, or 20 from the board; what is escaped, and one latency.
    assert 0.7 < found.to_board < 255 / 269
    assert 0.7 < found.from_board < 255 / 275
    assert 0.4 < found.both < 255 / 275
    assert found.bytes_sent > 2 * 6000
    assert found.bytes_received > 2 * 6000
    assert found.frames_sent > 2 * 6000 / 255
    assert (found.frames_retried, found.frames_refused, found.frames_broken) == (0, 0, 0)
    assert rows_of(BoardEngine(CONFIG, Link(board))) == rows


def test_a_measurement_counts_what_a_line_damages(board):
    faulty = FaultyLine(board, 0.001, seed=3)
    found = measure(Link(faulty), 6000, rounds=5)
    print(found, faulty.faults)
    assert min(found.frames_retried, found.frames_refused, found.frames_broken) > 0


def test_other_bytes_than_those_sent_are_an_error(board, monkeypatch):
    link = Link(board)
    exchange = link.exchange
    monkeypatch.setattr(link, "exchange", lambda commands, expected: bytes(
        byte ^ (expected == 700 and place == 9)
        for place, byte in enumerate(exchange(commands, expected))))
    with pytest.raises(WrongEchoError, match="sent back 1 of 700 bytes wrongly"):
        measure(link, 700, rounds=1)


def test_a_board_tells_its_windows(board):
    link = Link(board)
    status = BoardEngine(CONFIG, link).read_register("status")
    assert Windows.of_status(status) == DEFAULT_BOARD.part.family.windows != Windows()


def test_a_board_keeps_no_more_than_it_tells(board):
    """While a command waits, it takes bytes until its buffer is full, and no byte after that."""
    link = Link(board)
    engine = BoardEngine(CONFIG, link)
    size = DEFAULT_BOARD.part.family.windows.commands
    stream = 5 * sent(sample(200, 0, 4)) + bytes(size)  # the engine is halted, and holds two
    link.begin()
    (shown, _), = answers(board, frame(b"", kind=KIND_RESEND, session=0, position=0,
                                       acknowledged=0))
    *_, (last, _) = answers(board, b"".join(
        frame(stream[start:start + 128], kind=KIND_DATA, position=start, session=shown["session"],
              acknowledged=0) for start in range(0, len(stream), 128)))
    assert size - 128 < last["acknowledged"] - last["consumed"] <= size
    assert last["refusal"] == 0  # what follows the samples is no command
    link.begin()
    engine.read()


# Restart ----------------------------------------------------------------------------------------


def test_a_session_can_begin_while_refreshes_are_in_flight():
    """Devices of two levels are full after a pulse, and samples are far longer than a hello."""
    config = small_config(network={"inputs": 40, "hidden": [64]}, device={"levels": 2},
                          engine={"lanes": 1})
    data, golden = small_data(config, train=2), GoldenEngine(config)
    initial = golden.read()
    learned = [pack_rows(config, initial)]
    for sample in range(2):
        golden.train(data.x_train[sample:sample + 1], data.y_train[sample:sample + 1])
        learned.append(pack_rows(config, golden.read()))
    assert golden.read().counters["refreshes"] > 100
    packed, _ = encode_samples(config, data.x_train, data.y_train, train=True)
    octets = packed.tobytes()
    board, in_update = NativeBoard(config, DEFAULT_BOARD.without_memory), 0
    link = Link(board)
    engine = BoardEngine(config, link)
    for delay in range(960, 1800, 120):
        engine.load(initial)
        link.exchange(sent(octets), 0)
        link.exchange(header("write_registers", 1, MODE) + words(1), 0)
        board.run(delay, delay + 1)
        link.begin()
        restarted = engine.read()
        assert not any(restarted.counters.values())
        assert restarted.generator == config.seed
        in_update += pack_rows(config, restarted) not in learned
        engine.load(initial)
        engine.train(data.x_train, data.y_train)
        assert not list(state_differences(0, golden.read(), engine.read()))
    board.close()
    assert in_update > 1


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


def test_a_frame_that_is_refused_acknowledges_nothing(board):
    """The board repeats what a damaged frame, or one of another session, says has arrived."""
    link = Link(board)
    (shown, _), = answers(board, frame(b"", kind=KIND_RESEND, session=0, position=0,
                                       acknowledged=0))

    def sent_frame(payload=b"", **fields):
        return frame(payload, **{"kind": KIND_DATA, "session": shown["session"], "position": 0,
                                 "acknowledged": 0, **fields})

    octets = bytes(range(40))
    found = answers(board, sent_frame(header("loopback", 40) + octets))
    assert b"".join(payload for _, payload in found) == octets
    damaged = bytearray(sent_frame(acknowledged=40))
    damaged[-2] ^= 1
    answers(board, bytes(damaged) + sent_frame(session=shown["session"] ^ 1, acknowledged=40))
    for acknowledged in (0, 21, 31):
        *_, (asked, payload) = answers(board, sent_frame(
            kind=KIND_RESEND, acknowledged=acknowledged))
        assert (asked["position"], payload) == (acknowledged, octets[acknowledged:])
    # A frame that does not ask for it is answered without what was sent before.
    found = answers(board, sent_frame(header("loopback", 1) + b"x", position=46, acknowledged=31))
    assert [(said["position"], payload) for said, payload in found if payload] == [(40, b"x")]
    link.begin()


def test_session_0_is_refused_and_has_no_payload(power_up_and_board):
    power_up, _ = power_up_and_board
    (first, _), = power_up.first
    assert first["session"] == 0
    (commanded, _), = power_up.commanded
    assert commanded == first
    (greeted, _), = power_up.greeted
    assert greeted == {**first, "rejected": 1}
    assert not any(power_up.rows)


def test_a_board_without_a_memory_says_so(trained):
    engine, _, _ = trained
    assert not engine.read_register("status") & STATUS_MEMORY
    with pytest.raises(MemoryMissingError, match="the board must have a memory for samples"):
        BoardStore(engine)


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
