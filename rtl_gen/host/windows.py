"""Windows: one side's progress in the two streams of the link, the sent and the received one.

Positions are counted from 0 at the beginning of a session, without an upper limit; a frame carries
them modulo 65,536.
"""

from dataclasses import dataclass

from pulsetrain.protocol import CREDIT_STEP, LEAST_WINDOWS, MAX_PAYLOAD, POSITION_BYTES

POSITIONS = 1 << 8 * POSITION_BYTES
"""Number of different positions in a frame."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A part of the stream for one frame; `repeated` if some of it was sent before."""

    position: int
    payload: bytes
    repeated: bool


class SendWindow:
    """The stream to the other side: what is acknowledged, and what may be sent.

    `acknowledged` bytes have arrived; `consumed` of them have left the other side's buffer of
    `room` bytes. A segment has at most `max_payload` bytes.
    """

    def __init__(self, max_payload: int = MAX_PAYLOAD, room: int = LEAST_WINDOWS.commands) -> None:
        self.room = room
        self.acknowledged = self.consumed = 0
        self._max_payload = max_payload
        self._sent = self._farthest = 0
        self._start, self._octets = 0, b""

    @property
    def done(self) -> bool:
        """Whether everything is acknowledged."""
        return self.acknowledged >= self._end

    def load(self, octets: bytes) -> None:
        """Continue the stream with `octets`, from the last byte that was acknowledged."""
        self._start = self._sent = self.acknowledged
        self._octets = octets

    def segments(self) -> list[Segment]:
        """The bytes not sent yet for which the other side has room; they then count as sent."""
        found = []
        limit = min(self._end, self.consumed + self.room)
        while self._sent < limit:
            offset = self._sent - self._start
            length = min(self._max_payload, limit - self._sent)
            found.append(Segment(position=self._sent, repeated=self._sent < self._farthest,
                                 payload=self._octets[offset:offset + length]))
            self._sent += length
        self._farthest = max(self._farthest, self._sent)
        return found

    def empty_segment(self) -> Segment:
        """A segment without bytes, for a frame that only carries an acknowledgement."""
        return Segment(position=self._sent, payload=b"", repeated=False)

    def take(self, acknowledged: int, consumed: int) -> None:
        """Update both numbers from a frame, modulo 65,536; impossible values are ignored."""
        more = (acknowledged - self.acknowledged) % POSITIONS
        if more <= min(self.room, self._end - self.acknowledged):
            self.acknowledged += more
            self._sent = max(self._sent, self.acknowledged)
        more = (consumed - self.consumed) % POSITIONS
        if more <= self.acknowledged - self.consumed:
            self.consumed += more

    def rewind(self) -> bool:
        """Go back to the first byte that is not acknowledged; returns whether any must be sent
        again."""
        rewound = self._sent > self.acknowledged
        self._sent = self.acknowledged
        return rewound

    @property
    def _end(self) -> int:
        return self._start + len(self._octets)


class ReceiveWindow:
    """The stream from the other side: `received` bytes so far; `octets` holds the last of them.

    The other side keeps `kept` bytes until they are acknowledged.
    """

    def __init__(self, kept: int = LEAST_WINDOWS.answers) -> None:
        self.kept = kept
        self.received = 0
        self.octets = bytearray()
        self._acknowledged = 0
        self._lacks_bytes = self._asked = False

    @property
    def acknowledgement_due(self) -> bool:
        """Whether to acknowledge the received bytes now, before the other side runs out of room."""
        return self.received - self._acknowledged >= min(self.kept // 4, CREDIT_STEP)

    def take(self, position: int, payload: bytes) -> int | None:
        """Add the new bytes of `payload`, which is at `position` modulo 65,536; returns how many.

        Returns None if bytes before it are missing, or if it is older than what the other side
        keeps.
        """
        known = (self.received - position) % POSITIONS
        if known > self.kept:
            self._lacks_bytes = True
            return None
        new = payload[known:]
        self.received += len(new)
        self.octets += new
        self._asked = self._asked and not new
        return len(new)

    def take_broken(self) -> None:
        """Note that a frame was broken: bytes may be missing."""
        self._lacks_bytes = True

    def take_silence(self) -> None:
        """Note that nothing arrives: bytes may be missing, and a request for them may be lost."""
        self._lacks_bytes, self._asked = True, False

    def asks_again(self) -> bool:
        """Whether the next frame must request the missing bytes; true once until they arrive."""
        request = self._lacks_bytes and not self._asked
        self._asked, self._lacks_bytes = self._asked or request, False
        return request

    def acknowledge(self) -> int:
        """The position to acknowledge in a frame that is sent now, modulo 65,536."""
        self._acknowledged = self.received
        return self.received % POSITIONS
