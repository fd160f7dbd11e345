"""Link: the two streams between a host and a board, over a line that may damage and lose bytes."""

import logging
from dataclasses import dataclass

from pulsetrain.protocol import (
    KIND_DATA,
    KIND_HELLO,
    KIND_RESEND,
    LEAST_WINDOWS,
    MAX_PAYLOAD,
    PROTOCOL,
    REFUSALS,
    Windows,
)

from .errors import (
    SILENCE,
    BoardLostError,
    BoardRefusedError,
    BoardSilentError,
    BoardStalledError,
    CommandRefusedError,
)
from .frames import Deframer, frame
from .transport import Transport
from .windows import POSITIONS, ReceiveWindow, SendWindow

PATIENCE = 30
"""How many times the host tries again without progress before it gives up."""

USELESS_FRAMES = 4096
"""How many whole frames in a row may bring no progress. All that fits into the windows of a board
takes fewer, so only a board that sends without end reaches this."""

_LOG = logging.getLogger(__name__)

_SESSIONS = 255
_REJECTIONS = 256
_TYPES = {KIND_DATA: "data", KIND_RESEND: "resend", KIND_HELLO: "hello"}


@dataclass(kw_only=True)
class LinkCounts:
    """Counts of a link: frames `sent`, and how many of them were repeats (`retried`); frames
    `received` complete, and `broken` ones; frames that the board `refused`; how many times the
    host started again from the last acknowledged byte (`repeats`); and the bytes on the line."""

    sent: int = 0
    retried: int = 0
    received: int = 0
    broken: int = 0
    refused: int = 0
    repeats: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0

    @property
    def figures(self) -> dict[str, int]:
        """The counts of frames and bytes, by the names that they have in reports."""
        return {
            "frames_sent": self.sent,
            "frames_retried": self.retried,
            "frames_refused": self.refused,
            "frames_received": self.received,
            "frames_broken": self.broken,
            "bytes_sent": self.bytes_sent,
            "bytes_received": self.bytes_received,
        }


class Link:
    """A session with a board; everything that is sent arrives once and in order.

    `max_payload` limits the payload of frames to the board. `windows`: how many bytes of
    the board's buffers are used. At level DEBUG, the logger of this module logs every frame: sent,
    received, or refused and why. Every method may raise:

        BoardSilentError: no complete frame arrives.
        BoardLostError: the line is gone, or the board has another session: it was restarted, or
            another program uses it.
        BoardRefusedError: the board uses another revision of the link.
        CommandRefusedError: the board refused a command of this or an earlier exchange.
    """

    def __init__(self, transport: Transport, *, max_payload: int = MAX_PAYLOAD) -> None:
        self._transport = transport
        self._max_payload = max_payload
        self._deframer = Deframer()
        self.windows = LEAST_WINDOWS
        self.counts = LinkCounts()
        self.begin()

    def begin(self) -> None:
        """Begin a session: reset the engine except for its synapses, and empty the streams."""
        header = self._ask(KIND_RESEND, 0)
        for _ in range(_SESSIONS):
            self._session = header["session"] % _SESSIONS + 1
            header = self._ask(KIND_HELLO, self._session)
            if not any(header[name] for name in ("position", "acknowledged", "consumed")):
                break
        self._outgoing = SendWindow(self._max_payload, self.windows.commands)
        self._incoming = ReceiveWindow(self.windows.answers)
        self._rejected = header["rejected"]
        _LOG.info("session %d with the board has begun", self._session)

    def exchange(self, commands: bytes, expected: int) -> bytes:
        """Send `commands`, and return the `expected` bytes of their answers.

        Raises:
            BoardStalledError: frames arrive from the board, but not all answers.
            BoardLostError: more bytes arrive than expected.
        """
        self._outgoing.load(commands)
        answers = self._incoming.octets
        answers.clear()
        tries, useless = 0, 0
        while not self._outgoing.done or len(answers) < expected:
            if tries > PATIENCE or useless > USELESS_FRAMES:
                raise self._failure(useless > 0, expected)
            self._send()
            before = self._progress
            octets = self._read()
            frames = list(self._deframer.take(octets))
            for content in frames:
                self._take(content)
            if self._progress > before:
                tries, useless = 0, 0
            else:
                useless += sum(map(bool, frames))
                tries += not octets or None in frames
            if not octets:
                _LOG.debug("silence: the host sends again what is not acknowledged")
                self._rewind()
                self._incoming.take_silence()
        if len(answers) > expected:
            raise BoardLostError(f"the board gives {len(answers)} bytes of answers, but {expected} "
                                 "were expected")
        return bytes(answers)

    def use(self, windows: Windows) -> None:
        """Use all of the board's buffers, whose sizes `windows` it has told."""
        self.windows = windows
        self._outgoing.room, self._incoming.kept = windows.commands, windows.answers

    def close(self) -> None:
        """Close the line."""
        self._transport.close()

    @property
    def _progress(self) -> int:
        """A number that grows with each byte that is acknowledged, consumed or received."""
        return self._outgoing.acknowledged + self._outgoing.consumed + self._incoming.received

    def _send(self) -> None:
        """Send as much as the board has room for, and an acknowledgement if one is due."""
        resend = self._incoming.asks_again()
        segments = self._outgoing.segments()
        if not segments and (resend or self._incoming.acknowledgement_due):
            segments = [self._outgoing.empty_segment()]
        frames = []
        for segment in segments:
            frames.append(self._frame(
                KIND_RESEND if resend and not frames else KIND_DATA, session=self._session,
                position=segment.position % POSITIONS, payload=segment.payload,
                acknowledged=self._incoming.acknowledge(), repeated=segment.repeated))
        if frames:
            self._write(b"".join(frames))

    def _take(self, content: tuple[dict[str, int], bytes] | None) -> None:
        """Handle a frame from the board; None is a broken one."""
        if content is None:
            self.counts.broken += 1
            self._incoming.take_broken()
            return
        header, payload = self._of_this_revision(content)
        self.counts.received += 1
        if header["session"] != self._session:
            raise BoardLostError(
                "another program has begun a session with the board" if header["session"] else
                "the board was restarted: its session and everything in it are lost")
        self._outgoing.take(header["acknowledged"], header["consumed"])
        rejections = (header["rejected"] - self._rejected) % _REJECTIONS
        if rejections:
            _LOG.debug("refused by the board: broken frames: %d; the host sends again what is not "
                       "acknowledged", rejections)
            self._rejected = header["rejected"]
            self.counts.refused += rejections
            self._rewind()
        expected = self._incoming.received
        if self._incoming.take(header["position"], payload) is None:
            _LOG.debug("refused: the payload at position %d is not the next, which is at %d",
                       header["position"], expected % POSITIONS)
        if header["refusal"]:
            raise _refused(header["refusal"])

    def _rewind(self) -> None:
        """Start again after the last byte that the board has acknowledged."""
        self.counts.repeats += self._outgoing.rewind()

    def _ask(self, kind: int, session: int) -> dict[str, int]:
        """Send an empty frame, and return the header of the board's answer; the answer to a hello
        has its session."""
        for tries in range(PATIENCE):
            self._write(self._frame(kind, session=session, position=0, payload=b"",
                                    acknowledged=0, repeated=tries > 0))
            broken, useless = 0, 0
            while (broken <= PATIENCE and useless <= USELESS_FRAMES
                   and (octets := self._read())):
                for content in self._deframer.take(octets):
                    if content is None:
                        broken += 1
                        continue
                    header, _ = self._of_this_revision(content)
                    if kind != KIND_HELLO or header["session"] == session:
                        return header
                    useless += 1
        raise BoardSilentError(SILENCE)

    def _failure(self, answered: bool, expected: int) -> Exception:
        if not answered:
            return BoardSilentError(SILENCE)
        received = len(self._incoming.octets)
        return BoardStalledError(f"the board answers, but gives {received} of {expected} bytes",
                                 received)

    def _frame(self, kind: int, *, session: int, position: int, payload: bytes, acknowledged: int,
               repeated: bool) -> bytes:
        """A frame to the board, counted and logged."""
        self.counts.sent += 1
        self.counts.retried += repeated
        if _LOG.isEnabledFor(logging.DEBUG):
            _LOG.debug("sent %s: session %d, position %d, length %d, acknowledged %d%s",
                       _TYPES[kind], session, position, len(payload), acknowledged,
                       ", repeated" if repeated else "")
        return frame(payload, kind=kind, session=session, position=position,
                     acknowledged=acknowledged)

    def _of_this_revision(self, content: tuple[dict[str, int], bytes],
                          ) -> tuple[dict[str, int], bytes]:
        """`content`, logged; raises an error if the board uses another revision of the link."""
        header, payload = content
        if header["protocol"] != PROTOCOL:
            raise BoardRefusedError(f"the board's link must be of revision {PROTOCOL}, not "
                                    f"{header['protocol']}: build it with this version")
        if _LOG.isEnabledFor(logging.DEBUG):
            _LOG.debug("received: session %d, position %d, length %d, acknowledged %d, consumed "
                       "%d, rejected %d", header["session"], header["position"], len(payload),
                       header["acknowledged"], header["consumed"], header["rejected"])
        return content

    def _write(self, octets: bytes) -> None:
        self.counts.bytes_sent += len(octets)
        try:
            self._transport.write(octets)
        except OSError as error:
            raise BoardLostError(f"the line to the board is gone: {error}") from error

    def _read(self) -> bytes:
        try:
            octets = self._transport.read()
        except OSError as error:
            raise BoardLostError(f"the line to the board is gone: {error}") from error
        self.counts.bytes_received += len(octets)
        return octets


def _refused(code: int) -> CommandRefusedError:
    known = {entry.code: entry for entry in REFUSALS}.get(code)
    reason = known.description if known else f"its reason, {code}, is not known"
    return CommandRefusedError(f"the board refused a command: {reason}",
                               known.name if known else "")
