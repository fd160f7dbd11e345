"""Further tests of the link, which take too long for every run of the tests.

`python tests/mutation.py linked --again` tries survivors with them.
"""

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from lines import LateLine
from small import small_data
from test_linked import CONFIG, MODE, TOLD, header, row, sample, sent, words

from pulsetrain.formats.dense import encode_samples
from pulsetrain.golden import GoldenEngine
from pulsetrain.host import BoardEngine, CommandRefusedError, Link
from pulsetrain.host.frames import Deframer, frame
from pulsetrain.memory_map import pack_rows
from pulsetrain.protocol import (
    COMMAND_HEADER,
    DELIMITER,
    ESCAPE,
    ESCAPE_FLIP,
    HOST_HEADER,
    KIND_DATA,
    KIND_HELLO,
    KIND_RESEND,
    STATUS_REFUSED,
    commands,
    items,
    spaces,
)
from pulsetrain.registers import MODE_HALT, MODE_RUN, REGISTERS
from pulsetrain.run.divergence import state_differences
from pulsetrain.sim.native_board import CYCLES_PER_BYTE, DEFAULT_BOARD, NativeBoard

QUIET = 2000
"""Cycles after which nothing comes any more, without a sample in work."""


@pytest.fixture(scope="module")
def board() -> Iterator[NativeBoard]:
    made = NativeBoard(CONFIG, DEFAULT_BOARD.without_memory)
    yield made
    made.close()


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(3)


class Frames:
    """A host that sends single frames in a session of its own."""

    def __init__(self, board: NativeBoard, session: int = 0) -> None:
        self._board, self.position = board, 0
        (shown, _), = self.ask(session=0)
        self.session = session or shown["session"] % 255 + 1
        if self.session == shown["session"]:
            Frames(board, self.session % 255 + 1)
        (self.begun, _), = self.send(kind=KIND_HELLO)

    def write(self, octets: bytes) -> list[tuple[dict[str, int], bytes]]:
        """The frames that bytes are answered with."""
        self._board.write(octets)
        deframer, received = Deframer(), []
        while octets := self._board.run(QUIET):
            received += deframer.take(octets)
        assert None not in received
        return received

    def send(self, payload: bytes = b"", *, kind: int = KIND_DATA, acknowledged: int = 0,
             session: int | None = None) -> list[tuple[dict[str, int], bytes]]:
        """The frames that one frame is answered with; it has the next position."""
        position, self.position = self.position, (self.position + len(payload)) % 65536
        return self.write(frame(
            payload, kind=kind, session=self.session if session is None else session,
            position=position % 65536, acknowledged=acknowledged))

    def ask(self, **fields: int) -> list[tuple[dict[str, int], bytes]]:
        """The frames that the board repeats."""
        return self.send(kind=KIND_RESEND, **fields)


def refused(link: Link, octets: bytes) -> str:
    """Why a command is refused, in a session of its own."""
    link.begin()
    with pytest.raises(CommandRefusedError) as info:
        link.exchange(octets, 1000)
    return info.value.refusal


def enclosed(content: bytes) -> bytes:
    """The frame with this content, and its CRC."""
    content += zlib.crc32(content).to_bytes(4, "little")
    escaped = b"".join(bytes([ESCAPE, byte ^ ESCAPE_FLIP] if byte in (DELIMITER, ESCAPE)
                             else [byte]) for byte in content)
    return bytes([DELIMITER]) + escaped + bytes([DELIMITER])


# Frames and streams -----------------------------------------------------------------------------


def test_every_length_of_a_payload(board, random):
    frames, answered = Frames(board), 0
    for length in range(1, 256 - COMMAND_HEADER.size):
        octets = random.choice([DELIMITER, ESCAPE, 0, 255, 17], length).astype(np.uint8).tobytes()
        found = frames.send(header("loopback", length) + octets, acknowledged=answered)
        assert b"".join(payload for _, payload in found) == octets
        answered += length
        assert found[-1][0]["acknowledged"] == found[-1][0]["consumed"] == frames.position
        assert found[-1][0]["position"] + len(found[-1][1]) == answered


def test_positions_count_modulo_65536(board, random):
    link = Link(board)
    link.use(DEFAULT_BOARD.part.family.windows)
    for size in (65535, 65535, 2000):
        octets = random.bytes(size)
        assert link.exchange(header("loopback", size) + octets, size) == octets


def test_positions_of_single_frames_count_modulo_65536(board, random):
    frames, answered, size = Frames(board), 0, 240
    for turn in range(300):
        octets = random.bytes(size)
        found = frames.send(header("loopback", size) + octets, acknowledged=answered)
        if turn % 16 == 0:
            found = frames.ask(acknowledged=(answered + turn % size) % 65536)
            assert found[0][0]["position"] == (answered + turn % size) % 65536
            octets = octets[turn % size:]
        assert b"".join(payload for _, payload in found) == octets
        answered = (answered + size) % 65536
        assert found[-1][0]["acknowledged"] == found[-1][0]["consumed"] == frames.position


def test_what_is_acknowledged_is_not_repeated_and_the_rest_is(board, random):
    for size in (1, 200, 300, 510):
        octets = random.bytes(size)
        for acknowledged in {0, 1, *random.integers(0, size + 1, 6).tolist(), size}:
            frames = Frames(board)
            stream, got = header("loopback", size) + octets, b""
            for start in range(0, len(stream), 250):
                got += b"".join(payload for _, payload in frames.send(stream[start:start + 250]))
            assert got == octets
            for value in (acknowledged, 0, (size + 1), 65535, 32768, acknowledged):
                found = frames.ask(acknowledged=value)
                assert found[0][0]["position"] == acknowledged
                assert b"".join(payload for _, payload in found) == octets[acknowledged:]


def test_a_window_can_be_full_in_both_directions(board, random):
    told = DEFAULT_BOARD.part.family.windows
    for latency in (30, 1500):
        line = LateLine(board, latency * CYCLES_PER_BYTE)
        link = Link(line)
        BoardEngine(CONFIG, link)
        link.use(told)
        octets = random.bytes(12_000)
        assert link.exchange(header("loopback", 12_000) + octets, 12_000) == octets


def test_answers_wait_until_there_is_room(board, random):
    """A host that acknowledges nothing gets as many bytes as the board keeps, each right."""
    told = DEFAULT_BOARD.part.family.windows
    size = told.answers + told.commands
    octets, frames, got, stored = random.bytes(size), Frames(board), b"", 0
    stream = header("loopback", size) + octets
    for start in range(0, len(stream), 128):
        found = frames.send(stream[start:start + 128])
        got += b"".join(payload for _, payload in found)
        if not found or found[-1][0]["acknowledged"] != frames.position:
            break
        stored = start + 128
    assert got == octets[:len(got)]
    assert told.answers - 2 <= len(got) <= told.answers
    assert len(got) + told.commands - 128 <= stored <= len(got) + told.commands + 16
    for acknowledged in range(1, 300, 29):
        found = frames.ask(acknowledged=acknowledged)
        assert b"".join(payload for _, payload in found)[:len(got) - acknowledged] == got[
            acknowledged:]


def test_every_session(board):
    for session in (*range(1, 256), 1, 255):
        frames = Frames(board, session)
        assert {name: frames.begun[name] for name in ("session", "position", "acknowledged",
                                                     "consumed", "refusal")} == {
            "session": session, "position": 0, "acknowledged": 0, "consumed": 0, "refusal": 0}
        for bit in range(8 if session & session - 1 == 0 else 0):
            other = session ^ 1 << bit
            (shown, payload), = frames.send(header("loopback", 1) + b"a", session=other)
            assert (shown["session"], shown["acknowledged"], payload) == (session, 0, b"")
            frames.position = 0
        (shown, payload), = frames.send(header("loopback", 1) + b"b")[-1:]
        assert (shown["acknowledged"], payload) == (frames.position, b"b")


def test_a_hello_of_the_same_session_changes_nothing(board):
    frames = Frames(board)
    found = frames.send(header("loopback", 3) + b"abc")
    assert found[-1][1] == b"abc"
    (shown, _), = frames.send(kind=KIND_HELLO)[-1:]
    assert (shown["acknowledged"], shown["session"]) == (frames.position, frames.session)
    assert frames.ask(acknowledged=1)[0][1] == b"bc"


def test_a_position_that_is_not_the_next_is_not_taken(board):
    frames = Frames(board)
    for bit in range(16):
        before = frames.position
        frames.position = before ^ 1 << bit
        (shown, payload), = frames.send(header("loopback", 1) + b"a")
        assert (shown["acknowledged"], payload) == (before, b"")
        frames.position = before
        assert frames.send(header("loopback", 1) + b"b", acknowledged=bit)[-1][1] == b"b"


def test_every_byte_of_a_frame_counts(board):
    """A bit that flips anywhere, a byte that is left out or added, a wrong length with a right CRC:
    the frame is rejected, and each is counted."""
    frames = Frames(board)
    content = frame(header("loopback", 1) + b"a", kind=KIND_DATA, session=frames.session,
                    position=0, acknowledged=0)[1:-1]
    damaged = [content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1:]
               for place in range(len(content)) for bit in range(8)]
    damaged = [octets for octets in damaged if DELIMITER not in octets and ESCAPE not in octets]
    damaged += [content[:end] for end in range(1, len(content))]
    damaged += [content + bytes(more) for more in range(1, 20)]
    whole = [bytes([DELIMITER]) + octets + bytes([DELIMITER]) for octets in damaged]
    plain = content[:-4]
    for length in range(256):
        if length != plain[HOST_HEADER.size - 1]:
            whole.append(enclosed(plain[:HOST_HEADER.size - 1] + bytes([length])
                                  + plain[HOST_HEADER.size:]))
    whole += [bytes([DELIMITER]) + content + bytes([ESCAPE, DELIMITER]),
              bytes([DELIMITER]) + content[:9] + bytes([ESCAPE, ESCAPE]) + content[9:]
              + bytes([DELIMITER])]
    count = frames.begun["rejected"]
    for octets in whole:
        count = (count + 1) % 256
        (shown, payload), = frames.write(octets)
        assert (shown["rejected"], shown["acknowledged"], payload) == (count, 0, b"")
    assert frames.write(bytes([DELIMITER]) + content + bytes([DELIMITER]))[-1][1] == b"a"


def test_frames_that_share_a_delimiter_and_frames_of_nothing(board):
    frames = Frames(board)
    contents = [frame(header("loopback", 1) + bytes([turn]), kind=KIND_DATA, position=7 * turn,
                      session=frames.session, acknowledged=0)[:-1] for turn in range(20)]
    found = frames.write(b"".join(contents) + bytes([DELIMITER]) * 9)
    assert b"".join(payload for _, payload in found) == bytes(range(20))
    assert found[-1][0]["rejected"] == frames.begun["rejected"]


# Commands ---------------------------------------------------------------------------------------


def test_every_code_that_no_command_has(board):
    link, known = Link(board), len(commands())
    before = Frames(board).begun["refused"]
    codes = [code for code in range(256) if not 1 <= code <= known]
    for count, code in enumerate(codes, 1):
        assert refused(link, header(code, 1) + row(1, 2)) == "command"
        if count % 16 == 0:
            link.begin()
            assert Frames(board).begun["refused"] == (before + count) % 256


def test_every_bit_of_an_address_and_of_a_count(board):
    link, limits = Link(board), spaces(CONFIG)
    for entry in commands():
        limit = limits.get(entry.space, 0)
        for bit in range(24):
            wrong = [(1, 1 << bit)] if 1 << bit >= max(limit, 1) else [(limit + 1 - (1 << bit),
                                                                      1 << bit)]
            if limit and bit < 16:
                wrong += [(1 << bit, limit)]
                wrong += [(1 << bit, 0)] if 1 << bit > limit else [(limit, 1 << bit)]
            for count, address in wrong:
                if count > 0:
                    assert refused(link, header(entry.name, count, address)) == "address"


def test_commands_up_to_the_last_address(board, random):
    link, limits = Link(board), spaces(CONFIG)
    engine, sizes = BoardEngine(CONFIG, link), items(CONFIG)
    golden = GoldenEngine(CONFIG)
    engine.load(golden.read())
    rows, size = pack_rows(CONFIG, golden.read()), sizes["row"].size
    whole = b"".join(word.to_bytes(size, "little") for word in rows)
    limit = limits["row"]
    for first in range(limit + 1):
        for count in range(limit - first + 1):
            assert link.exchange(header("read_rows", count, first), count * size) == whole[
                first * size:(first + count) * size]
    registers = link.exchange(header("read_registers", len(REGISTERS)), 4 * len(REGISTERS))
    for first in range(len(REGISTERS) + 1):
        count = len(REGISTERS) - first
        assert link.exchange(header("read_registers", count, first), 4 * count) == registers[
            4 * first:]
    for count in (0, 1, 255, 256, 257, 4096, 32768):
        octets = random.bytes(count)
        assert link.exchange(header("loopback", count) + octets, count) == octets


def test_every_bit_of_every_register(board):
    link = Link(board)
    engine = BoardEngine(CONFIG, link)
    for entry in REGISTERS:
        near = {value + more for value in (entry.least, entry.most) for more in (-1, 0, 1)}
        values = {1 << bit for bit in range(32)} | {0, 0xFFFFFFFF, 0x5A5A5A5A} | near
        for value in sorted(value for value in values if 0 <= value < 1 << 32):
            if entry.writable and entry.least <= value <= entry.most:
                engine.write_register(entry.name, value)
                if entry.name not in ("starved", "mode"):
                    assert engine.read_register(entry.name) == value
                if entry.name == "mode":
                    assert engine.read_register(entry.name) == value
                engine.write_register("mode", 0)
            else:
                assert refused(link, header("write_registers", 1, entry.address)
                               + words(value)) == "register"
                assert engine_status(link) == STATUS_REFUSED


def engine_status(link: Link) -> int:
    """What the status says besides what it always tells, in a new session."""
    link.begin()
    return BoardEngine(CONFIG, link).read_register("status") & ~TOLD


def test_every_register_that_a_write_runs_over(board):
    link = Link(board)
    for first in range(len(REGISTERS)):
        for count in range(1, len(REGISTERS) - first + 1):
            chosen = REGISTERS[first:first + count]
            octets = header("write_registers", count, first) + words(
                *(entry.least for entry in chosen))
            if all(entry.writable for entry in chosen):
                link.begin()
                assert link.exchange(octets + header("loopback", 1) + b"x", 1) == b"x"
            else:
                assert refused(link, octets) == "register"


def test_every_state_of_every_device_of_a_row(board, random):
    link, size, limit = Link(board), items(CONFIG)["row"].size, spaces(CONFIG)["row"]
    for place in range(2 * size):
        for state in range(16):
            word = (state << 4 * place).to_bytes(size, "little")
            address = int(random.integers(limit))
            if state < CONFIG.device.levels:
                assert link.exchange(header("write_rows", 1, address) + word
                                     + header("read_rows", 1, address), size) == word
            else:
                assert refused(link, header("write_rows", 1, address) + word) == "row"
                link.begin()
    states = random.integers(0, CONFIG.device.levels, (limit, 2 * size))
    whole = b"".join(row(*map(int, line)) for line in states)
    link.exchange(header("write_rows", limit) + whole, 0)
    assert link.exchange(header("read_rows", limit), limit * size) == whole


# Samples ----------------------------------------------------------------------------------------


def test_every_run_of_zeros_and_every_label(board):
    link = Link(board)
    inputs = CONFIG.network.inputs
    for first in range(inputs):
        for run in sorted({1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 32, 64, 128, 129, 255, 256}):
            octets = sample(*([7] * first), 0, run - 1)
            if first + run > inputs:
                assert refused(link, sent(octets)) == "sample"
    for label in range(1 << CONFIG.design.label_bits):
        for spare in range(1 << 5):
            if label >= CONFIG.network.outputs or spare:
                assert refused(link, sent(sample(label=label, spare=spare))) == "sample"


def test_samples_with_zeros_anywhere(board, random):
    engine = BoardEngine(CONFIG, Link(board))
    zeros = np.where(np.arange(64)[:, np.newaxis] >> np.arange(6) & 1,
                     random.integers(1, 256, (64, 6)), 0)
    x = np.concatenate([zeros, 1 << random.integers(0, 8, (64, 6))]).astype(np.uint8)
    labels = random.integers(0, 3, len(x))
    golden = GoldenEngine(CONFIG, count_cycles=True)
    engine.load(golden.read())
    for method in ("train", "infer", "train"):
        found, expected = (getattr(backend, method)(x, labels) for backend in (engine, golden))
        assert found.classes.tolist() == expected.classes.tolist()
        assert found.errors.tolist() == expected.errors.tolist()
        assert found.cycles.tolist() == expected.cycles.tolist()
    assert not list(state_differences(0, golden.read(), engine.read()))


def test_what_is_refused_while_any_number_of_samples_is_in_work(board):
    link, size = Link(board), items(CONFIG)["result"].size
    one = sent(sample(200, 0, 4))
    for count in (0, 1, 2, 3):
        begun = header("write_registers", 1, MODE) + words(MODE_RUN) + count * one
        for taken in range(count + 1):
            engine = BoardEngine(CONFIG, link)
            engine.load(GoldenEngine(CONFIG).read())
            link.exchange(begun + header("take_results", taken), taken * size)
            assert link.exchange(header("write_registers", 1, MODE) + words(MODE_HALT)
                                 + header("loopback", 1) + b"x", 1) == b"x"
            octets = header("write_rows", 1) + row(1)
            if taken == count:
                assert link.exchange(octets + header("loopback", 1) + b"y", 1) == b"y"
                assert refused_now(link, header("take_results", 1)) == "result"
            else:
                assert refused_now(link, octets) == "busy"
            link.begin()
            link.exchange(begun + header("take_results", taken), taken * size)
            for entry in REGISTERS:
                if entry.writable and entry.name != "mode" and taken < count:
                    assert refused_now(link, header("write_registers", 1, entry.address)
                                       + words(entry.least)) == "busy"
                    link.begin()
                    link.exchange(begun + header("take_results", taken), taken * size)


def refused_now(link: Link, octets: bytes) -> str:
    """Why a command is refused, in this session."""
    with pytest.raises(CommandRefusedError) as info:
        link.exchange(octets, 1000)
    return info.value.refusal


def test_a_session_can_begin_at_any_time(board):
    """Whatever the engine does then, a training afterwards is that of the model."""
    data, golden, link = small_data(CONFIG, train=8), GoldenEngine(CONFIG), Link(board)
    engine, initial = BoardEngine(CONFIG, link), golden.read()
    golden.train(data.x_train, data.y_train)
    learned = golden.read()
    octets = encode_samples(CONFIG, data.x_train[:3], data.y_train[:3], train=True)[0].tobytes()
    for delay in range(80):
        engine.load(initial)
        link.exchange(header("write_registers", 1, MODE) + words(MODE_RUN) + sent(octets), 0)
        board.run(delay, delay + 1)
        link.begin()
        restarted = engine.read()
        assert not any(restarted.counters.values())
        assert restarted.generator == CONFIG.seed
        assert engine.read_register("status") & ~TOLD & ~STATUS_REFUSED == 0
        engine.load(initial)
        engine.train(data.x_train, data.y_train)
        assert not list(state_differences(0, learned, engine.read()))


# Pins -------------------------------------------------------------------------------------------


@pytest.fixture
def line(board: NativeBoard):
    """The line as `linked_mutants` has it, with pins that a test can hold and see."""
    if not hasattr(board, "lights"):
        pytest.skip("a board's pins cannot be held")
    return board


def bits_of(octets: bytes) -> list[int]:
    """The bits of bytes on a line: start bits, the lowest first, stop bits."""
    return [bit for byte in octets for bit in (0, *(byte >> place & 1 for place in range(8)), 1)]


def test_the_line_is_read_in_the_middle_of_each_bit(line):
    frames = Frames(line)
    content = frame(header("loopback", 4) + bytes([0, 255, 0x55, 0xAA]), kind=KIND_DATA,
                    session=frames.session, position=0, acknowledged=0)
    for place, bit in enumerate(bits_of(content)):
        starts = place % 10 == 0
        for level in (bit, bit, bit, bit) if starts else (bit ^ 1, bit, bit, bit):
            line.hold(level, 1)
    assert frames.write(b"")[-1][1] == bytes([0, 255, 0x55, 0xAA])
    frames = Frames(line)
    content = frame(header("loopback", 4) + bytes([0, 255, 0x55, 0xAA]), kind=KIND_DATA,
                    session=frames.session, position=0, acknowledged=0)
    for bit in bits_of(content):
        for level in (bit, bit, bit, bit ^ 1 if bit == 0 else bit):
            line.hold(level, 1)
    assert frames.write(b"")[-1][1] == bytes([0, 255, 0x55, 0xAA])


def test_a_short_low_level_is_no_byte(line):
    frames = Frames(line)
    content = frame(header("loopback", 1) + b"a", kind=KIND_DATA, session=frames.session,
                    position=0, acknowledged=0)
    for place, byte in enumerate(content[:-1]):
        line.write(bytes([byte]))
        assert not line.run(80)
        line.hold(0, 1)
        line.hold(1, 4 + place)
    assert frames.write(content[-1:])[-1][1] == b"a"


def test_a_low_stop_bit_breaks_a_frame(line):
    """Also a line that stays low: it is one error, and ends when the line is high again."""
    frames = Frames(line)
    count = frames.begun["rejected"]
    content = frame(header("loopback", 1) + b"a", kind=KIND_DATA, session=frames.session,
                    position=0, acknowledged=0)
    for place in range(1, len(content) - 1):
        for low in (40, 41, 400, 4000):
            line.write(content[:place])
            line.run(80)
            line.hold(0, low)
            line.hold(1, 4)
            count = (count + 1) % 256
            (shown, payload), = frames.write(content[place:])
            assert (shown["rejected"], payload) == (count, b"")
    for byte in (0, 0x55, 0xFF, content[8]):
        for bit in bits_of(content[:8]) + bits_of(bytes([byte]))[:9] + [0]:
            line.hold(bit, 4)
        line.hold(1, 8)
        count = (count + 1) % 256
        (shown, payload), = frames.write(content[9 if byte == content[8] else 8:])
        assert (shown["rejected"], payload) == (count, b"")
    assert frames.write(content)[-1][1] == b"a"


def test_the_lights(line):
    link = Link(line)
    frames = Frames(line)
    activity, error = line.lights()
    assert not error
    for _ in range(4):
        frames.ask()
        assert line.lights() == (activity ^ 1, 0)
        activity ^= 1
    frames.write(bytes([DELIMITER, 1, DELIMITER]))
    assert line.lights() == (activity, 1)
    frames.ask()
    assert line.lights() == (activity ^ 1, 0)
    for _ in range(3):
        assert refused(link, header(9)) == "command"
        assert line.lights()[1] == 1
        frames = Frames(line)
        assert line.lights()[1] == 0
