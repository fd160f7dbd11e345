"""Windows of the link: both streams arrive once and in order, whatever the line does to frames."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulsetrain.host.windows import POSITIONS, ReceiveWindow, SendWindow

PATIENCE = 50
"""Rounds without a delivery after which a line that works again must deliver something."""


@dataclass
class Frame:
    """The content of one frame, with positions modulo 65,536."""

    position: int
    payload: bytes
    acknowledged: int
    asks: bool


@dataclass
class Side:
    """One end of the line."""

    stream: bytes
    max_payload: int
    arrived: bytearray = field(default_factory=bytearray)
    answers: bool = False

    def __post_init__(self) -> None:
        self.outgoing, self.incoming = SendWindow(self.max_payload), ReceiveWindow()
        self.outgoing.load(self.stream)

    def send(self) -> list[Frame]:
        """The frames of one turn: one of the stream, or one that asks or answers."""
        asks = self.incoming.asks_again()
        segments = self.outgoing.segments()
        if not segments and (asks or self.answers):
            segments = [self.outgoing.empty_segment()]
        self.answers = False
        return [Frame(segment.position % POSITIONS, segment.payload, self.incoming.acknowledge(),
                      asks) for segment in segments]

    def take(self, frame: Frame) -> None:
        self.outgoing.take(frame.acknowledged, frame.acknowledged)
        self.incoming.take(frame.position, frame.payload)
        self.arrived += self.incoming.octets
        self.incoming.octets.clear()
        self.answers = self.answers or bool(frame.payload) or frame.asks
        if frame.asks:
            self.outgoing.rewind()


def exchange(sides, draw_fates):
    """Let both sides send in turn until all has arrived; `draw_fates` says what the line does."""
    waiting, quiet = ([], []), 0
    while any(other.arrived != side.stream for side, other in zip(sides, sides[::-1], strict=True)):
        quiet += 1
        assert quiet < PATIENCE
        for side, other, late in zip(sides, sides[::-1], waiting, strict=True):
            before = len(other.arrived)
            heard = False
            frames = late + side.send()
            late.clear()
            for fate, frame in draw_fates(frames):
                match fate:
                    case "late":
                        late.append(frame)
                    case "twice" | "whole":
                        heard = True
                        for _ in range(1 + (fate == "twice")):
                            other.take(frame)
                    case "broken":
                        heard = True
                        other.incoming.take_broken()
            if not heard:
                other.incoming.take_silence()
                other.outgoing.rewind()
            if len(other.arrived) > before:
                quiet = 0
            assert side.stream.startswith(other.arrived)


@given(st.data(), st.binary(max_size=3000), st.binary(max_size=3000), st.integers(1, 255),
       st.integers(1, 255))
def test_both_streams_arrive_once_and_in_order(data, one, other, size, other_size):
    """On a line that loses, breaks, doubles, delays and reorders frames for a time."""
    fates = data.draw(st.lists(st.sampled_from(("lost", "broken", "twice", "late", "whole")),
                               max_size=60))
    random = data.draw(st.randoms(use_true_random=False))

    def draw_fates(frames):
        frames = frames.copy()
        if fates:
            random.shuffle(frames)
        return [(fates.pop() if fates else "whole", frame) for frame in frames]

    exchange((Side(one, size), Side(other, other_size)), draw_fates)


def test_a_long_stream_passes_the_end_of_the_positions():
    stream = bytes(range(256)) * 800
    assert len(stream) > 3 * POSITIONS
    turns = iter(range(10**6))
    exchange((Side(stream, 255), Side(stream[::-1], 97)),
             lambda frames: [("lost" if next(turns) % 7 == 0 else "whole", frame)
                             for frame in frames])


def test_no_more_is_sent_than_the_other_side_can_hold():
    window = SendWindow(100, 2048)
    window.load(bytes(3 * 2048))
    assert sum(len(segment.payload) for segment in window.segments()) == 2048
    assert window.segments() == []
    window.take(acknowledged=300, consumed=0)
    assert window.segments() == []
    window.take(acknowledged=300, consumed=120)
    assert [len(segment.payload) for segment in window.segments()] == [100, 20]


@pytest.mark.parametrize(("acknowledged", "consumed"), [(201, 0), (POSITIONS - 1, 0), (0, 1)])
def test_an_impossible_acknowledgement_is_ignored(acknowledged, consumed):
    window = SendWindow()
    window.load(bytes(200))
    window.segments()
    window.take(acknowledged, consumed)
    assert (window.acknowledged, window.consumed) == (0, 0)


def test_repeated_data_are_marked():
    window = SendWindow(100)
    window.load(bytes(200))
    assert [segment.repeated for segment in window.segments()] == [False, False]
    window.take(acknowledged=100, consumed=0)
    assert window.rewind()
    assert [(segment.position, segment.repeated) for segment in window.segments()] == [(100, True)]
    window.take(acknowledged=200, consumed=0)
    assert window.done
    assert not window.rewind()


def test_a_payload_after_a_gap_is_dropped_and_requested_once():
    window = ReceiveWindow()
    assert window.take(0, b"abc") == 3
    assert window.take(5, b"xyz") is None
    assert window.asks_again()
    assert window.take(5, b"xyz") is None
    assert not window.asks_again()
    assert window.take(1, b"bcdef") == 3
    assert bytes(window.octets) == b"abcdef"
    assert window.take(7, b"z") is None
    assert window.asks_again()


def test_an_acknowledgement_is_due_before_the_other_side_runs_out_of_room():
    window = ReceiveWindow(1024)
    window.take(0, bytes(255))
    assert not window.acknowledgement_due
    window.take(255, b"x")
    assert window.acknowledgement_due
    assert window.acknowledge() == 256
    assert not window.acknowledgement_due
