"""Frames of the link in bytes."""

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
    pack_header,
    size,
    unpack_header,
)

_DELIMITER, _ESCAPE = bytes([DELIMITER]), bytes([ESCAPE])
_ESCAPED = {byte: bytes([ESCAPE, byte[0] ^ ESCAPE_FLIP]) for byte in (_ESCAPE, _DELIMITER)}
_LONGEST = 2 * (size(BOARD_HEADER) + MAX_PAYLOAD + CRC_BYTES)


def frame(payload: bytes, **header: int) -> bytes:
    """A frame to the board, between delimiters; `header` has the other fields of its header."""
    content = pack_header(HOST_HEADER, **header, length=len(payload)) + payload
    content += zlib.crc32(content).to_bytes(CRC_BYTES, "little")
    for byte, escaped in _ESCAPED.items():
        content = content.replace(byte, escaped)
    return _DELIMITER + content + _DELIMITER


class Deframer:
    """The frames of a board, out of whatever bytes the line brings."""

    def __init__(self) -> None:
        self._open = b""

    def take(self, octets: bytes) -> Iterator[tuple[dict[str, int], bytes] | None]:
        """The header and the payload of every frame that ends in `octets`; None for what is none.

        What does not end for longer than any frame is none either. Of a frame of another revision
        of the link nothing is to be believed but the `protocol` of its header.
        """
        *ended, self._open = (self._open + octets).split(_DELIMITER)
        yield from (_content(part) for part in ended if part)
        if len(self._open) > _LONGEST:
            self._open = b""
            yield None


def _content(part: bytes) -> tuple[dict[str, int], bytes] | None:
    plain, *escaped = part.split(_ESCAPE)
    if not all(escaped):
        return None
    content = plain + b"".join(bytes([piece[0] ^ ESCAPE_FLIP]) + piece[1:] for piece in escaped)
    start, end = size(BOARD_HEADER), len(content) - CRC_BYTES
    if end < 1 or zlib.crc32(content[:end]) != int.from_bytes(content[end:], "little"):
        return None
    header = unpack_header(BOARD_HEADER, content)
    known = header["protocol"] != PROTOCOL or header["length"] == end - start
    return (header, content[start:end]) if known else None
