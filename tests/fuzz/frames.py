"""Hostile boards: transports that deliver frames which no real board sends."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from pulsetrain.device import engine_digest
from pulsetrain.protocol import (
    BOARD_HEADER,
    CRC_BYTES,
    DELIMITER,
    ESCAPE,
    ESCAPE_FLIP,
    HOST_HEADER,
    PROTOCOL,
)
from pulsetrain.registers import IDENTITY, REGISTERS, digest_words, version_word
from pulsetrain.spec import Config

from .hostile import damaged

MOST_READS = 5000
"""Number of reads after which a host should have given up."""


class EndlessError(AssertionError):
    """The host keeps reading although it receives nothing useful."""


def board_frame(payload: bytes, **header: int) -> bytes:
    """A frame of a board; each field of its header is cut to its size."""
    values = {entry.name: header[entry.name] % (1 << entry.format.bits)
              for entry in BOARD_HEADER.fields}
    content = BOARD_HEADER.to_bytes(values) + payload
    content += zlib.crc32(content).to_bytes(CRC_BYTES, "little")
    escaped = b"".join(bytes([ESCAPE, octet ^ ESCAPE_FLIP]) if octet in (DELIMITER, ESCAPE)
                       else bytes([octet]) for octet in content)
    return bytes([DELIMITER]) + escaped + bytes([DELIMITER])


def host_headers(octets: bytes) -> Iterator[dict[str, int]]:
    """The headers of the host's frames in `octets`; the frames are whole."""
    for part in octets.split(bytes([DELIMITER])):
        if part:
            plain, *escaped = part.split(bytes([ESCAPE]))
            content = plain + b"".join(bytes([piece[0] ^ ESCAPE_FLIP]) + piece[1:]
                                       for piece in escaped)
            yield HOST_HEADER.from_bytes(content[:HOST_HEADER.size])


@dataclass(kw_only=True)
class Answer:
    """One answer of a hostile board: a valid frame of `payload`, except for `changes` of its header
    and `damage` to its bytes (None: no damage)."""

    payload: bytes
    changes: dict[str, int] = field(default_factory=dict)
    damage: bytes | None = None


class HostileBoard:
    """A transport that keeps the session, acknowledges everything, and delivers `answers`."""

    def __init__(self, answers: list[Answer]) -> None:
        self._answers = iter(answers)
        self._session = self._received = self._given = self._reads = 0

    def write(self, octets: bytes) -> None:
        """Record what the host sends."""
        for header in host_headers(octets):
            if header["session"] != self._session:
                self._session, self._received, self._given = header["session"], 0, 0
            self._received = max(self._received, header["position"] + header["length"])

    def read(self) -> bytes:
        """The next answer; empty if none is left."""
        self._reads += 1
        if self._reads > MOST_READS:
            raise EndlessError
        answer = next(self._answers, None)
        if answer is None:
            return b""
        if answer.damage is not None:
            return answer.damage
        honest = {"protocol": PROTOCOL, "session": self._session, "position": self._given,
                  "acknowledged": self._received, "consumed": self._received,
                  "length": len(answer.payload)}
        header = {**{entry.name: 0 for entry in BOARD_HEADER.fields}, **honest, **answer.changes}
        self._given += len(answer.payload)
        return board_frame(answer.payload, **header)

    def close(self) -> None:
        """Nothing has to be closed."""


def registers(config: Config) -> bytes:
    """The registers of a board of `config`, as a host reads them."""
    high, low = digest_words(engine_digest(config))
    values = {"identity": IDENTITY, "version": version_word(), "digest_high": high,
              "digest_low": low}
    octets = bytearray(4 * (1 + max(entry.address for entry in REGISTERS)))
    for entry in REGISTERS:
        octets[4 * entry.address:4 * entry.address + 4] = values.get(entry.name, 1).to_bytes(
            4, "little")
    return bytes(octets)


def answers(config: Config) -> st.SearchStrategy[list[Answer]]:
    """A strategy of answers of a hostile board."""
    numbers = st.sampled_from((0, 1, 2, 127, 255, 256, 512, 513, 1023, 1024, 1025, 32767, 32768,
                               65535)) | st.integers(0, 65535)
    right = registers(config)
    payload = st.sampled_from((b"", right, right, right[:4], bytes(255), b"\xff" * 255,
                               b"\x01\0\0\0", bytes(33 * 2))) | st.binary(max_size=255)
    changes = st.just({}) | st.dictionaries(
        st.sampled_from([entry.name for entry in BOARD_HEADER.fields]), numbers, max_size=2)
    honest = board_frame(b"abc", **{entry.name: 3 for entry in BOARD_HEADER.fields})
    damage = st.none() | st.none() | st.none() | damaged(honest) | st.binary(max_size=40)
    hello = [Answer(payload=b""), Answer(payload=b"")]
    return st.builds(
        lambda beginning, rest: beginning + rest, st.sampled_from(([], hello, hello, hello)),
        st.lists(st.builds(Answer, payload=payload, changes=changes, damage=damage), max_size=12))
