"""Frames of the link in bytes."""

import logging
import zlib
from collections.abc import Iterator

from pulsetrain.protocol import (
    BOARD_HEADER,
    CRC_BYTES,
    DELIMITER,
    ESCAPE,
    ESCAPE_FLIP,
    HOST_HEADER,
    MAX_PAYLOAD,
    PROTOCOL,
)

_LOG = logging.getLogger(__name__)

_TRACED_BYTES = 2 * BOARD_HEADER.size
"""How many bytes of a broken frame the log shows: at least its header."""

_DELIMITER, _ESCAPE = bytes([DELIMITER]), bytes([ESCAPE])
_ESCAPED = {byte: bytes([ESCAPE, byte[0] ^ ESCAPE_FLIP]) for byte in (_ESCAPE, _DELIMITER)}
_LONGEST = 2 * (BOARD_HEADER.size + MAX_PAYLOAD + CRC_BYTES)


def frame(payload: bytes, **header: int) -> bytes:
    """A frame to the board, between delimiters; `header` has all fields except `length`."""
    content = HOST_HEADER.to_bytes({**header, "length": len(payload)}) + payload
    content += zlib.crc32(content).to_bytes(CRC_BYTES, "little")
    for byte, escaped in _ESCAPED.items():
        content = content.replace(byte, escaped)
    return _DELIMITER + content + _DELIMITER


class Deframer:
    """Finds the frames of a board in the bytes of a line, which may contain anything.

    At level DEBUG, the logger of this module logs why each broken frame was refused.
    """

    def __init__(self) -> None:
        self._pending = b""

    def take(self, octets: bytes) -> Iterator[tuple[dict[str, int], bytes] | None]:
        """The header and the payload of every frame that ends in `octets`; None for a broken one.

        Bytes without a delimiter that are longer than any frame are a broken frame as well. If a
        frame has another revision of the link, only the `protocol` of its header is valid.
        """
        *ended, self._pending = (self._pending + octets).split(_DELIMITER)
        yield from (_content(part) for part in ended if part)
        if len(self._pending) > _LONGEST:
            _refuse(self._pending, "it is longer than any frame")
            self._pending = b""
            yield None


def _content(part: bytes) -> tuple[dict[str, int], bytes] | None:
    """Header and payload of the frame whose bytes between delimiters are `part`."""
    plain, *escaped = part.split(_ESCAPE)
    if not all(escaped):
        _refuse(part, "an escape is not followed by a byte to escape")
        return None
    content = plain + b"".join(bytes([piece[0] ^ ESCAPE_FLIP]) + piece[1:] for piece in escaped)
    start, end = BOARD_HEADER.size, len(content) - CRC_BYTES
    if end < 1:
        _refuse(part, "it is too short")
        return None
    if zlib.crc32(content[:end]) != int.from_bytes(content[end:], "little"):
        _refuse(part, "its CRC is wrong")
        return None
    header = BOARD_HEADER.from_bytes(content)
    if header["protocol"] == PROTOCOL and header["length"] != end - start:
        _refuse(part, "its length differs from its header")
        return None
    return header, content[start:end]


def _refuse(part: bytes, reason: str) -> None:
    """Log a broken frame; its header may be wrong, so its first bytes are shown in hexadecimal."""
    if _LOG.isEnabledFor(logging.DEBUG):
        _LOG.debug("refused: %s: %d bytes: %s", reason, len(part), part[:_TRACED_BYTES].hex(" ")
                   + (" ..." if len(part) > _TRACED_BYTES else ""))
