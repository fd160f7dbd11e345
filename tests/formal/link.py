"""Link: what frames change, whatever bytes the line delivers, and that both streams arrive once and
in order."""

from unittest.mock import patch

from amaranth.hdl import Cat, Mux, Signal, Value
from formal.prover import Claims

from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.link import framer as framer_module
from pulsetrain.hdl.link.framer import Framer, _Part
from pulsetrain.hdl.link.inbox import POSITION_BITS, Inbox
from pulsetrain.hdl.link.linked import LinkedEngine
from pulsetrain.hdl.link.unframer import Unframer
from pulsetrain.protocol import (
    CRC_BYTES,
    DELIMITER,
    ESCAPE,
    ESCAPE_FLIP,
    HOST_HEADER,
    KIND_HELLO,
    LEAST_WINDOWS,
    MAX_PAYLOAD,
    MIN_DIVISOR,
    NO_SESSION,
)
from pulsetrain.registers import RESET_CYCLES
from pulsetrain.spec import Config

FEW_BITS, FEW_BYTES = 6, 8
"""Bits of a position, and bytes of the ring, of the framer in its proof."""


def unframer_claims() -> Claims:
    """A frame is good exactly if its length, its escapes, its CRC and its kind are right, and
    everything else is bad; the CRC is that of its bytes; and only its payload is given on.

    Whether the CRC matches is free: whatever it says is obeyed.
    """
    unframer = Unframer()
    claims = Claims(unframer)
    m, size = claims.m, HOST_HEADER.size
    matches = claims.wires("checksum")["match"]
    claims.cut(matches)
    lost, byte = unframer.error, unframer.byte
    claims.assume(~(unframer.valid & lost))
    delimits, escapes = (unframer.valid & (byte == code) for code in (DELIMITER, ESCAPE))
    taken = unframer.valid & (byte != DELIMITER) & (byte != ESCAPE)

    count = Signal(range(size + MAX_PAYLOAD + CRC_BYTES + 2))  # bytes of the frame, unescaped
    header, begun, escaped, broken = Signal(8 * size), Signal(), Signal(), Signal()
    length, whole = header[-8:], Signal.like(count)
    content = Mux(escaped, byte ^ ESCAPE_FLIP, byte)
    kind, session = header[:8], header[8:16]
    m.d.comb += whole.eq(size + length + CRC_BYTES)
    with m.If(unframer.valid | lost):
        m.d.sync += [begun.eq(~delimits), escaped.eq(escapes),
                     broken.eq(~delimits & (broken | lost | (escapes & escaped)))]
    with m.If(delimits):
        m.d.sync += count.eq(0)
    with m.Elif(taken & ((count < size) | (count <= whole))):
        m.d.sync += count.eq(count + 1)
    with m.If(taken & (count < size) & ~broken):
        m.d.sync += header.eq(Cat(header[8:], content))

    is_right = ((count >= size) & (count == whole) & ~escaped & ~broken & matches
                & ((kind < KIND_HELLO) | ((kind == KIND_HELLO) & (session != NO_SESSION))))
    is_payload = taken & ~broken & (count >= size) & (count < size + length)
    checksum = claims.wires()
    for name, latency, value, expected in (
            ("good_frame", 2, unframer.good, delimits & is_right),
            ("bad_frame", 2, unframer.bad, delimits & ~is_right & begun),
            ("payload", 2, unframer.payload_valid, is_payload),
            ("crc_begins", 1, checksum["start"], delimits),
            ("crc_takes_all", 1, checksum["valid"], taken)):
        claims.claim(name, value == delayed(m, expected, latency, name, control=True))
    claims.claim("byte_of_payload", ~unframer.payload_valid | (
        unframer.payload == delayed(m, content, 2, "content_of_payload")))
    claims.claim("byte_of_crc", ~checksum["valid"] | (
        checksum["byte"] == delayed(m, content, 1, "content_of_crc")))
    claims.claim("header", unframer.header.as_value() == delayed(m, header, 1, "header_before"))

    # Where the unframer is in the frame: the claims above hold by induction with these.
    for name, value, expected in (("escape", claims.register("escaped"), escaped),
                                  ("begun", ~claims.register("empty"), begun)):
        claims.claim(name, value == delayed(m, expected, 1, f"{name}_before", control=True))
    part, left = claims.register("part"), claims.register("left")
    seen, ended = (delayed(m, value, 1, name, init=init) for value, name, init in (
        (count, "seen", 0), (broken | ((count >= size) & (count > whole)), "ended", 0)))
    limit = delayed(m, whole, 1, "limit", init=size + CRC_BYTES)
    begins = [size, limit - CRC_BYTES, limit]
    for number, end in enumerate(begins):
        inside = ~ended & (seen < end) & (seen >= (begins[number - 1] if number else 0))
        claims.claim(f"part_{number}", (part == number) == inside)
        claims.claim(f"left_of_part_{number}", ~inside | (left == end - seen))
    claims.claim("part_end", (part == 3) == (~ended & (seen == limit) & (seen >= size)))
    claims.claim("part_broken", (part == 4) == ended)
    return claims


def linked_claims(config: Config) -> Claims:
    """Only a good frame of the session can change a position, and only a good hello of another
    session resets anything, or changes the session: no other frame changes what the executor is
    given, and only the executor reaches registers and rows.

    What the unframer and the executor say is free.
    """
    linked = LinkedEngine(config, MIN_DIVISOR)
    claims = Claims(linked)
    m, own = claims.m, claims.registers()
    said = claims.registers("unframer")
    header, good, bad = (said[name] for name in ("header", "good", "bad"))
    executor = claims.registers("executor")
    for cut in (header, good, bad, executor["i__ready"], executor["o__valid"]):
        claims.cut(cut)
    part = {field.name: Value.cast(header)[field.offset:field.offset + field.format.bits]
            for field in HOST_HEADER.fields}
    before = delayed(m, Value.cast(header), 1, "header_before")
    claims.assume(~good | ((Value.cast(header) == before) & (part["kind"] <= KIND_HELLO)))
    claims.assume(~(good & bad))
    strobes = good | bad
    claims.assume(~strobes | ~delayed(m, strobes, 1, "strobed", control=True))

    session = claims.wires()["session"]
    hello = good & (part["kind"] == KIND_HELLO)
    begins = hello & (part["session"] != session)
    obeyed = (good & (part["kind"] < KIND_HELLO) & (part["session"] == session)
              & (session != NO_SESSION))
    inbox, framer = claims.registers("inbox"), claims.registers("framer")
    since = Signal(range(RESET_CYCLES + 3))  # the last hello that began a session, or power-up
    m.d.sync += since.eq(Mux(begins, 0, Mux(since == RESET_CYCLES + 2, since, since + 1)))
    for name, value, may, latency in (
            ("session", session, hello, 1), ("received", inbox["received"], obeyed, 1),
            ("acknowledged", framer["oldest"], obeyed, 2)):
        old = Signal(len(value), name=f"old_{name}")
        m.d.sync += old.eq(value)
        allowed = delayed(m, may, latency, f"may_change_{name}", control=True)
        claims.claim(f"{name}_changes_by_frames", claims.begins | (value == old) | allowed
                     | ((value == 0) & (since <= 2)))
    claims.claim("engine_is_reset_by_hello", ~own["engine_reset"] | (since <= RESET_CYCLES))
    claims.claim("link_is_reset_by_hello", ~own["work_reset"] | (since <= 1))
    claims.claim("kept_frames_are_obeyed", ~claims.wires()["keep"] | obeyed)
    return claims


def inbox_claims() -> Claims:
    """The bytes that come out are those of the stream, once and in order, and of frames that were
    kept; a frame that is dropped, out of order or too long changes nothing.

    Any frame can come at any time, as often as the line likes. Only a frame that is kept must
    carry the bytes of the stream; the byte at one position is followed, whichever it is.
    """
    inbox = Inbox()
    claims = Claims(inbox)
    m = claims.m
    followed, octet = claims.constant("followed", POSITION_BITS), claims.constant("octet", 8)
    count, damaged = Signal(POSITION_BITS + 1), Signal()  # of the frame that comes
    ends = inbox.keep | inbox.drop
    at = (inbox.position + count)[:POSITION_BITS]
    with m.If(ends):
        m.d.sync += [count.eq(0), damaged.eq(0)]
    with m.Elif(inbox.valid):
        m.d.sync += [count.eq(count + 1),
                     damaged.eq(damaged | ((at == followed) & (inbox.byte != octet)))]
    claims.assume(~inbox.keep | ~(damaged | inbox.drop))
    claims.assume(~inbox.valid | (count < 1 << POSITION_BITS))
    # The header is there before the payload, and stays until its end; bytes are not too near.
    strobes, before = inbox.valid | ends, Signal(POSITION_BITS)
    m.d.sync += before.eq(inbox.position)
    claims.assume(~strobes | ~delayed(m, strobes, 1, "strobed", control=True))
    claims.assume(Mux(inbox.position == before, ~strobes | ~claims.begins, (count == 0) & ~strobes))

    received, consumed, o = inbox.received, inbox.consumed, inbox.o
    was_received, was_consumed = Signal(POSITION_BITS), Signal(POSITION_BITS)
    m.d.sync += [was_received.eq(received), was_consumed.eq(consumed)]
    keeps, counted, is_next = (delayed(m, value, 1, name) for value, name in (
        (inbox.keep, "keeps"), (count, "counted"), (inbox.position == received, "is_next")))
    takes = delayed(m, o.valid & o.ready, 1, "takes", control=True)
    waits = delayed(m, o.valid & ~o.ready, 1, "waits", control=True)
    claims.claim("offer_stays", ~waits | o.valid)
    claims.claim("byte_of_stream", ~o.valid | (consumed != followed) | (o.payload == octet))
    claims.claim("one_after_the_other", claims.begins | (
        consumed == (was_consumed + takes)[:POSITION_BITS]))
    claims.claim("whole_frames", claims.begins | (received == was_received) | (
        keeps & is_next & (received == (was_received + counted)[:POSITION_BITS])))
    claims.claim("has_room", (received - consumed)[:POSITION_BITS] <= LEAST_WINDOWS.commands)
    end, overflows = claims.register("end"), claims.register("overflowed")
    stored, used = (end - received)[:POSITION_BITS], (end - consumed)[:POSITION_BITS]
    claims.claim("frame_is_stored", Mux(
        inbox.position == received, overflows | (stored == count), stored == 0))
    claims.claim("room_for_frame", (used <= LEAST_WINDOWS.commands) & (stored <= used)
                 & (stored <= count))
    held = _follow(claims, followed, consumed, o.payload, 1)
    offset = (followed - consumed)[:POSITION_BITS]
    claims.claim("followed_byte_is_stored", (held == octet) | (offset >= Mux(
        damaged | overflows, (received - consumed)[:POSITION_BITS], used)))
    claims.claim("no_underrun", ~o.valid | (received != consumed))
    return claims


def framer_claims() -> Claims:
    """Payload of frames is the stream that was taken, each byte at its position, and no byte is
    overwritten before it is acknowledged, whatever acknowledgements and requests come.

    The byte at one position is followed, whichever it is.
    """
    with patch.object(framer_module, "POSITION_BITS", FEW_BITS):
        framer = Framer(FEW_BYTES)
        claims = Claims(framer)
    m = claims.m
    followed, octet = claims.constant("followed", FEW_BITS), claims.constant("octet", 8)
    register = claims.registers()
    end, sent, oldest, load, part, content = (
        register[name] for name in ("end", "sent", "oldest", "load", "part", "content"))
    claims.assume(~(framer.i.valid & framer.i.ready & (end == followed))
                  | (framer.i.payload == octet))
    claims.assume(~framer.acknowledge | ~delayed(m, framer.acknowledge, 1, "acknowledged",
                                                 control=True))
    held = _follow(claims, followed, sent, register["stored"], 2)
    loads, top = load & (part == _Part.PAYLOAD), Signal(FEW_BITS)  # the end of what was sent
    stored, offset, sent_part, lag, waiting, news = (
        (later - earlier)[:FEW_BITS] for later, earlier in (
            (end, oldest), (followed, oldest), (top, oldest), (top, sent), (end, sent),
            (framer.acknowledged, oldest)))
    with m.If(loads & (lag == 0)):
        m.d.sync += top.eq(top + 1)
    claims.assume(~framer.acknowledge | (news <= sent_part) | (news > FEW_BYTES))

    claims.claim("byte_of_stream", ~loads | (sent != followed) | (offset >= stored)
                 | (content == octet))
    claims.claim("only_what_was_taken", ~loads | (waiting != 0))
    claims.claim("nothing_is_overwritten", stored <= FEW_BYTES)
    # With these, the claims above hold by induction.
    left, length, bare = (register[name] for name in ("left", "length", "bare"))
    claims.claim("followed_byte_is_stored", (offset >= stored) | (held == octet))
    claims.claim("sent_was_taken", (sent_part <= stored) & (lag <= FEW_BYTES))
    claims.claim("payload_was_taken", (part != _Part.PAYLOAD) | ((left <= waiting) & (left != 0)))
    since, crc_left = Signal(range(11), init=10), claims.register("checksum.left")
    m.d.sync += since.eq(Mux(load, 1, since + (since < 10)))
    claims.claim("crc_takes_time", (part != _Part.PAYLOAD) | (since > 8)
                 | (crc_left == 9 - since))
    claims.claim("crc_ends", (since != 0) & ((crc_left == 0) | (crc_left + since == 9)))
    claims.claim("planned_was_taken", (part != _Part.REST) | ~(register["settled"][1] | register[
        "begins"]) | (register["length$$1"] <= waiting))
    claims.claim("frame_was_taken", bare | (length <= waiting) & (length != 0)
                 | (part == _Part.REST) | (part == _Part.PAYLOAD) | (part == _Part.CRC)
                 | (part == _Part.END))
    return claims


def room_claims(size: int) -> Claims:
    """The ring of a framer never holds more than its `size`, whatever acknowledgements come."""
    framer = Framer(size)
    claims = Claims(framer)
    register = claims.registers()
    claims.assume(~framer.acknowledge | ~register["acknowledges"])
    held, stored = register["held"], (register["end"] - register["oldest"])[:POSITION_BITS]
    claims.claim("ring_has_room", (held <= size) & (stored <= size))
    # With these, the claim above holds by induction.
    claims.claim("one_more_at_most", stored <= held + 1)
    claims.claim("stops_in_time", register["full"] | (held <= size - 2))
    claims.claim("nothing_is_freed_before", ~register["acknowledges"] | (held <= stored))
    return claims


def _follow(claims: Claims, row: Value, address: Value, data: Value, latency: int) -> Signal:
    """Cut the memory of a buffer to one row, which is what was written there last; all other rows
    read as anything. `data` is what is read `latency` cycles after `address`. Returns the row."""
    m, ports, held = claims.m, claims.wires(), Signal(8)
    claims.cut(data)
    row = row[:len(ports["write__addr"])]
    writes = ports["write__en"] & (ports["write__addr"] == row)
    with m.If(writes):
        m.d.sync += held.eq(ports["write__data"])
    reads = delayed(m, (address[:len(row)] == row) & ~writes, latency, "reads", control=True)
    claims.assume(~reads | (data == delayed(m, held, latency, "read")))
    return held
