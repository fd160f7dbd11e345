"""Link: the two streams between a host and a board, over a line that may do anything to bytes."""

from dataclasses import dataclass

from pulsetrain.protocol import (
    KIND_DATA,
    KIND_HELLO,
    KIND_RESEND,
    MAX_PAYLOAD,
    POSITION_BYTES,
    PROTOCOL,
    RECEIVE_BYTES,
    REFUSALS,
    TRANSMIT_BYTES,
)

from .errors import BoardLost, BoardRefused, BoardSilent, BoardStalled, CommandRefused
from .frames import Deframer, frame
from .transport import Transport

PATIENCE = 30
"""Times that the host tries again, with nothing gained, before it gives up."""

_SESSIONS = 255
_POSITIONS = 1 << 8 * POSITION_BYTES
_REFUSALS = 256
_ACKNOWLEDGE_BYTES = TRANSMIT_BYTES // 4
_SILENCE = ("the board does not answer: is it powered and programmed, and are the port and its "
            "speed right?")


@dataclass(kw_only=True)
class LinkCounts:
    """What has happened on a link: frames sent, and how many of them were sent again; frames that
    came whole and broken; frames that the board refused; the times that the host began again from
    what is acknowledged; and the bytes of all that, as they were on the line."""

    sent: int = 0
    retried: int = 0
    came: int = 0
    broken: int = 0
    refused: int = 0
    repeats: int = 0
    bytes_sent: int = 0
    bytes_came: int = 0


class Link:
    """A session with a board; everything that is sent arrives once and in order.

    `max_payload` limits the frames to the board. Every method may raise:

        BoardSilent: no whole frame comes.
        BoardLost: the line is gone, or the board has another session: it was restarted, or
            another program talks to it.
        BoardRefused: the board speaks another revision of the link.
        CommandRefused: the board refused a command, of this exchange or of one before.
    """

    def __init__(self, transport: Transport, *, max_payload: int = MAX_PAYLOAD) -> None:
        self._transport = transport
        self._max_payload = max_payload
        self._deframer = Deframer()
        self.counts = LinkCounts()
        self.begin()

    def begin(self) -> None:
        """Begin a session: the engine is reset, but for its synapses, and the streams are empty."""
        found = self._ask(KIND_RESEND, 0)
        for _ in range(_SESSIONS):
            self._session = found["session"] % _SESSIONS + 1
            found = self._ask(KIND_HELLO, self._session)
            if not any(found[name] for name in ("position", "acknowledged", "consumed")):
                break
        # Of the stream to the board: bytes acknowledged, sent, and consumed; of that to the host:
        # bytes that came, and how many of them the board has been told of. What lies before the
        # farthest byte ever sent is sent again.
        self._acknowledged = self._sent = self._consumed = self._came = self._told = 0
        self._farthest = 0
        self._start, self._commands, self._answers = 0, b"", bytearray()
        self._refused, self._lacks, self._asked = found["rejected"], False, False

    def exchange(self, commands: bytes, expected: int) -> bytes:
        """Send `commands`, and return the `expected` bytes of their answers.

        Raises:
            BoardStalled: the board is heard, but the answers do not come.
            BoardLost: more comes than was asked for.
        """
        self._start, self._commands = self._acknowledged, commands
        self._answers.clear()
        tries, heard = 0, False
        while self._acknowledged < self._end or len(self._answers) < expected:
            if tries > PATIENCE:
                raise self._failure(heard, expected)
            self._send()
            before = self._acknowledged + self._consumed + self._came
            octets = self._read()
            frames = list(self._deframer.take(octets))
            for content in frames:
                self._take(content)
            if self._acknowledged + self._consumed + self._came > before:
                tries, heard = 0, False
            else:
                heard = heard or any(frames)
                tries += not octets or None in frames
            if not octets:
                self._repeat()
                self._lacks, self._asked = True, False
        if len(self._answers) > expected:
            raise BoardLost(f"the board gives {len(self._answers)} bytes of answers, but "
                            f"{expected} were asked for")
        return bytes(self._answers)

    def close(self) -> None:
        """Give the line back."""
        self._transport.close()

    @property
    def _end(self) -> int:
        return self._start + len(self._commands)

    def _send(self) -> None:
        """Send what the board has room for, or whatever else it has to be told."""
        frames = []
        kind = KIND_DATA
        if self._lacks and not self._asked:
            kind, self._asked = KIND_RESEND, True
        self._lacks = False
        tells = kind == KIND_RESEND or self._came - self._told >= _ACKNOWLEDGE_BYTES
        limit = min(self._end, self._consumed + RECEIVE_BYTES)
        while self._sent < limit or tells:
            place = self._sent - self._start
            length = min(self._max_payload, limit - self._sent)
            frames.append(frame(
                self._commands[place:place + length], kind=kind, session=self._session,
                position=self._sent % _POSITIONS, acknowledged=self._came % _POSITIONS))
            self.counts.retried += length > 0 and self._sent < self._farthest
            self._sent, kind, tells = self._sent + length, KIND_DATA, False
        self._farthest = max(self._farthest, self._sent)
        if frames:
            self._told = self._came
            self.counts.sent += len(frames)
            self._write(b"".join(frames))

    def _take(self, content: tuple[dict[str, int], bytes] | None) -> None:
        """Note what a frame says; None is a broken one."""
        if content is None:
            self.counts.broken += 1
            self._lacks = True
            return
        header, payload = _of_this_revision(content)
        self.counts.came += 1
        if header["session"] != self._session:
            raise BoardLost(
                "another program has begun to talk to the board" if header["session"] else
                "the board was restarted: it has forgotten all that it had been told")
        more = (header["acknowledged"] - self._acknowledged) % _POSITIONS
        if more <= min(RECEIVE_BYTES, self._end - self._acknowledged):
            self._acknowledged += more
            self._sent = max(self._sent, self._acknowledged)
        more = (header["consumed"] - self._consumed) % _POSITIONS
        if more <= self._acknowledged - self._consumed:
            self._consumed += more
        refused = (header["rejected"] - self._refused) % _REFUSALS
        if refused:
            self._refused = header["rejected"]
            self.counts.refused += refused
            self._repeat()
        known = (self._came - header["position"]) % _POSITIONS
        if known <= TRANSMIT_BYTES:
            new = payload[known:]
            self._came += len(new)
            self._answers += new
            self._asked = self._asked and not new
        else:
            self._lacks = True
        if header["refusal"]:
            raise _refused(header["refusal"])

    def _repeat(self) -> None:
        """Begin again from what the board has acknowledged."""
        self.counts.repeats += self._sent > self._acknowledged
        self._sent = self._acknowledged

    def _ask(self, kind: int, session: int) -> dict[str, int]:
        """The header of the board's answer to an empty frame; to a hello, one of its session."""
        for tries in range(PATIENCE):
            self.counts.sent += 1
            self.counts.retried += tries > 0
            self._write(frame(b"", kind=kind, session=session, position=0, acknowledged=0))
            broken = 0
            while broken <= PATIENCE and (octets := self._read()):
                for content in self._deframer.take(octets):
                    if content is None:
                        broken += 1
                        continue
                    header, _ = _of_this_revision(content)
                    if kind != KIND_HELLO or header["session"] == session:
                        return header
        raise BoardSilent(_SILENCE)

    def _failure(self, heard: bool, expected: int) -> Exception:
        if not heard:
            return BoardSilent(_SILENCE)
        came = len(self._answers)
        return BoardStalled(f"the board answers, but gives {came} of {expected} bytes", came)

    def _write(self, octets: bytes) -> None:
        self.counts.bytes_sent += len(octets)
        try:
            self._transport.write(octets)
        except OSError as error:
            raise BoardLost(f"the line to the board is gone: {error}") from error

    def _read(self) -> bytes:
        try:
            octets = self._transport.read()
        except OSError as error:
            raise BoardLost(f"the line to the board is gone: {error}") from error
        self.counts.bytes_came += len(octets)
        return octets


def _of_this_revision(content: tuple[dict[str, int], bytes]) -> tuple[dict[str, int], bytes]:
    header, _ = content
    if header["protocol"] != PROTOCOL:
        raise BoardRefused(f"the board's link must be of revision {PROTOCOL}, not "
                           f"{header['protocol']}: build it with this version")
    return content


def _refused(code: int) -> CommandRefused:
    known = {entry.code: entry for entry in REFUSALS}.get(code)
    reason = known.description if known else f"its reason, {code}, is not known"
    return CommandRefused(f"the board refused a command: {reason}", known.name if known else "")
