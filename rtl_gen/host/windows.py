"""Windows: what one side of the link has sent of one stream, and received of the other.

Positions are counted from 0 at the beginning of a session, without an upper limit; a frame carries
them modulo 65,536.
"""

from dataclasses import dataclass

from pulsetrain.protocol import MAX_PAYLOAD, POSITION_BYTES, RECEIVE_BYTES, TRANSMIT_BYTES

POSITIONS = 1 << 8 * POSITION_BYTES
"""Positions that a frame can tell apart."""

ACKNOWLEDGE_BYTES = TRANSMIT_BYTES // 4
"""Bytes received after which an acknowledgement is due, even if nothing else is to be sent."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A part of the stream for one frame; `repeated` if some of it was sent before."""

    position: int
    payload: bytes
    repeated: bool


class SendWindow:
    """The stream to the other side: what is acknowledged, and what may be sent.

    `acknowledged` bytes have arrived; `consumed` of them no longer take up room there, where
    `RECEIVE_BYTES` are stored. A segment has at most `max_payload` bytes.
    """

    def __init__(self, max_payload: int = MAX_PAYLOAD) -> None:
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
        """Everything that is not sent yet and for which the other side has room; now it is sent."""
        found = []
        limit = min(self._end, self.consumed + RECEIVE_BYTES)
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
        """Note what a frame says, both modulo 65,536; impossible values are ignored."""
        more = (acknowledged - self.acknowledged) % POSITIONS
        if more <= min(RECEIVE_BYTES, self._end - self.acknowledged):
            self.acknowledged += more
            self._sent = max(self._sent, self.acknowledged)
        more = (consumed - self.consumed) % POSITIONS
        if more <= self.acknowledged - self.consumed:
            self.consumed += more

    def rewind(self) -> bool:
        """Send again from the first byte that is not acknowledged; whether any was sent."""
        rewound = self._sent > self.acknowledged
        self._sent = self.acknowledged
        return rewound

    @property
    def _end(self) -> int:
        return self._start + len(self._octets)


class ReceiveWindow:
    """The stream from the other side: `received` bytes so far, of which `octets` are the last.

    The other side keeps `TRANSMIT_BYTES` bytes until they are acknowledged.
    """

    def __init__(self) -> None:
        self.received = 0
        self.octets = bytearray()
        self._acknowledged = 0
        self._lacks_bytes = self._asked = False

    @property
    def acknowledgement_due(self) -> bool:
        """Whether the other side should be told of what was received, lest it run out of room."""
        return self.received - self._acknowledged >= ACKNOWLEDGE_BYTES

    def take(self, position: int, payload: bytes) -> int | None:
        """Add what is new in `payload`, which is at `position` modulo 65,536; the bytes added.

        None if bytes before it are lacking, or if it is older than what the other side keeps.
        """
        known = (self.received - position) % POSITIONS
        if known > TRANSMIT_BYTES:
            self._lacks_bytes = True
            return None
        new = payload[known:]
        self.received += len(new)
        self.octets += new
        self._asked = self._asked and not new
        return len(new)

    def take_broken(self) -> None:
        """Note that a frame was broken: bytes may be lacking."""
        self._lacks_bytes = True

    def take_silence(self) -> None:
        """Note that nothing arrives: bytes may be lacking, and a request for them may be lost."""
        self._lacks_bytes, self._asked = True, False

    def asks_again(self) -> bool:
        """Whether the next frame must ask for what is lacking; once it has, it waits for that."""
        asks = self._lacks_bytes and not self._asked
        self._asked, self._lacks_bytes = self._asked or asks, False
        return asks

    def acknowledge(self) -> int:
        """The position to acknowledge in a frame that is sent now, modulo 65,536."""
        self._acknowledged = self.received
        return self.received % POSITIONS
