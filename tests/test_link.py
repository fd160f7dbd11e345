"""The link's declaration, its frames, and how a host treats a board that does not follow it."""

import importlib
import zlib
from pathlib import Path

import pytest

from pulsetrain.hdl.link.uart import check_divisor
from pulsetrain.host import (
    BoardRefusedError,
    BoardSilentError,
    BoardStalledError,
    CommandRefusedError,
    Link,
)
from pulsetrain.host.frames import Deframer, frame
from pulsetrain.host.windows import POSITIONS
from pulsetrain.protocol import (
    BOARD_HEADER,
    CREDIT_STEP,
    LEAST_WINDOWS,
    MOST_WINDOW,
    PROTOCOL,
    REFUSALS,
    Windows,
)

DOCS = Path(__file__).parent.parent / "docs"


def board_frame(payload=b"", *, protocol=PROTOCOL, **header):
    """A frame as a board sends it; fields that are not in `header` are 0."""
    fields = dict.fromkeys([field.name for field in BOARD_HEADER.fields
                            if field.name not in ("protocol", "length")], 0)
    content = BOARD_HEADER.to_bytes(
        {"protocol": protocol, **fields, **header, "length": len(payload)}) + payload
    content += zlib.crc32(content).to_bytes(4, "little")
    escaped = content.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
    return b"\x7e" + escaped + b"\x7e"


class Answers:
    """A transport that reads one entry of `answers` after the other, and repeats the last for
    ever."""

    def __init__(self, *answers):
        self._answers = list(answers)

    def write(self, octets):
        pass

    def read(self):
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def close(self):
        pass


@pytest.mark.parametrize("sizes", [{"commands": 512}, {"commands": 1500}, {"answers": 16384},
                                   {"answers": 0}], ids=str)
def test_windows_that_no_board_has_are_refused(sizes):
    with pytest.raises(ValueError, match="must be a power of two in"):
        Windows(**sizes)


def test_a_status_tells_the_windows():
    told = {Windows(commands=commands, answers=answers)
            for commands in (1024, 2048, 8192) for answers in (512, 1024, 8192)}
    assert {Windows.of_status(sizes.status | 7) for sizes in told} == told
    assert Windows.of_status(7) == LEAST_WINDOWS
    assert CREDIT_STEP < LEAST_WINDOWS.commands < MOST_WINDOW < POSITIONS // 2
    with pytest.raises(ValueError, match="not 16384"):
        Windows.of_status(5 << 28)


def test_a_divisor_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="divisor must be at least 4, not 3"):
        check_divisor(3)


def test_a_frame_of_a_host_is_as_declared():
    sent = frame(b"\x7e", kind=1, session=2, position=0x0403, acknowledged=0x7D05)
    content = bytes([1, 2, 3, 4, 5, 0x7D, 1, 0x7E])
    escaped = content.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
    assert sent.startswith(b"\x7e" + escaped)
    assert sent.count(b"\x7e") == 2


def test_every_damaged_frame_is_broken():
    whole = board_frame(bytes(range(0x70, 0x82)), session=3, position=9)
    assert [payload for _, payload in Deframer().take(whole)] == [bytes(range(0x70, 0x82))]
    inner = whole[1:-1]
    for place in range(len(inner)):
        for bit in range(8):
            changed = inner[:place] + bytes([inner[place] ^ 1 << bit]) + inner[place + 1:]
            assert not any(Deframer().take(b"\x7e" + changed + b"\x7e")), (place, bit)
        assert not any(Deframer().take(b"\x7e" + inner[:place] + inner[place + 1:] + b"\x7e"))
        twice = inner[:place + 1] + inner[place:]
        assert not any(Deframer().take(b"\x7e" + twice + b"\x7e"))


def test_noise_without_an_end_is_broken():
    deframer = Deframer()
    assert None in [content for _ in range(4) for content in deframer.take(b"x" * 200)]


@pytest.mark.parametrize("answer", [b"", b"\x00\xff" * 40, b"\x7eabc\x7e"],
                         ids=["nothing", "noise", "broken frames"])
def test_a_silent_board_is_an_error(answer):
    with pytest.raises(BoardSilentError, match="the board does not answer: is it powered"):
        Link(Answers(answer))


def test_a_board_that_becomes_silent_is_an_error():
    link = Link(Answers(board_frame(), board_frame(session=1), b""))
    with pytest.raises(BoardSilentError, match="the board does not answer"):
        link.exchange(b"abc", 0)


def other_frame(protocol, octets):
    """A whole frame of another revision of the link, in which `octets` follow the revision."""
    content = bytes([protocol]) + octets
    return b"\x7e" + content + zlib.crc32(content).to_bytes(4, "little") + b"\x7e"


@pytest.mark.parametrize("octets", [b"", bytes(9), bytes(40)], ids=len)
@pytest.mark.parametrize("revision", [1, 2, 4])
def test_another_revision_of_the_link_is_refused(revision, octets):
    """With any header: those of revision 1 have ten bytes."""
    message = f"must be of revision 3, not {revision}: build it with"
    with pytest.raises(BoardRefusedError, match=message):
        Link(Answers(other_frame(revision, octets)))
    link = Link(Answers(board_frame(), board_frame(session=1), other_frame(revision, octets)))
    with pytest.raises(BoardRefusedError, match=message):
        link.exchange(b"abc", 0)


@pytest.mark.parametrize("reason", REFUSALS, ids=lambda reason: reason.name)
def test_a_refused_command_is_one_error(reason):
    """It names the session and what came before; a refusal of an earlier session is forgotten."""
    fields = {"refused": 7, "refusal": reason.code}
    link = Link(Answers(board_frame(**fields), board_frame(session=1, refused=7), board_frame(
        b"xy", session=1, acknowledged=3, consumed=3, **fields)))
    with pytest.raises(CommandRefusedError) as info:
        link.exchange(b"abc", 5)
    assert str(info.value) == f"the board refused a command: {reason.description}"
    assert info.value.refusal == reason.name


def test_a_refusal_for_an_unknown_reason_is_an_error():
    link = Link(Answers(board_frame(), board_frame(session=1), board_frame(session=1, refusal=99)))
    with pytest.raises(CommandRefusedError,
                       match="refused a command: its reason, 99, is not known"):
        link.exchange(b"abc", 0)


def test_a_missing_answer_is_distinguished_from_silence():
    answer = board_frame(b"xy", session=1, acknowledged=3, consumed=3)

    class Stalled(Answers):
        def read(self):
            self.turn = not getattr(self, "turn", False)
            return super().read() if self.turn or len(self._answers) > 1 else b""

    link = Link(Stalled(board_frame(), board_frame(session=1), answer))
    with pytest.raises(BoardStalledError,
                       match="the board answers, but gives 2 of 5 bytes") as info:
        link.exchange(b"abc", 5)
    assert info.value.received == 2


@pytest.mark.timeout(60)
def test_a_board_that_sends_the_same_without_end_is_an_error():
    with pytest.raises(BoardSilentError):
        Link(Answers(board_frame(), board_frame(session=9)))
    link = Link(Answers(board_frame(), board_frame(session=1), board_frame(session=1)))
    with pytest.raises(BoardStalledError, match="the board answers, but gives 0 of 5 bytes"):
        link.exchange(b"abc", 5)


def test_a_session_in_use_is_skipped():
    used = board_frame(session=1, position=7, acknowledged=7)
    link = Link(Answers(board_frame(), used, board_frame(session=2), b""))
    with pytest.raises(BoardSilentError):
        link.exchange(b"abc", 0)


def test_the_page_has_the_tables_of_the_declaration(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    page = importlib.import_module("link")
    text = (DOCS / "reference" / "link.md").read_text()
    assert page.with_tables(text, page.tables()) == text
    assert set(page.tables()) == {"host header", "board header", "commands", "command header",
                                  "limits", "refusals", "sample", "result", "pair", "job",
                                  "job fields", "status", "faults"}
