"""Bench of the framer: a host that loses frames, asks for them again, and acknowledges late."""

from pulsetrain.hdl.link.framer import Framer
from pulsetrain.host.frames import Deframer
from pulsetrain.protocol import PROTOCOL
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_reset
from .streams import Sink, Source

STATUS = {"session": 7, "received": 0x7E7D, "consumed": 0x1234, "rejected": 0x7E,
          "refused": 0x7D, "refusal": 5}
SHOWN = ("session", "consumed", "rejected", "refused", "refusal")
"""Fields of a header that have the values of `STATUS`."""
QUIET = {"i__valid": 0, "reply": 0, "resend": 0, "acknowledge": 0, "o__ready": 0, **STATUS}
BYTES = 4000


def framer(config: Config) -> Framer:
    """The component; it is the same for every configuration."""
    return Framer()


@bench_test
async def the_stream_survives_its_frames(block: Block) -> None:
    """The frames carry the whole stream, whichever of them are lost."""
    bench = Bench(block, framer, QUIET)
    await bench.reset()
    stream = bench.random.bytes(BYTES).replace(b"\0", b"\x7e").replace(b"\1", b"\x7d")
    source, sink = Source(bench, "i", stream), Sink(bench, "o")
    deframer, received, lost, silent = Deframer(), bytearray(), 0, 0
    strobes: dict[str, int] = {}
    while len(received) < BYTES:
        if strobes:
            strobes = {}
        elif silent > 2000 or bench.chance(0.0005):
            silent, strobes = 0, {"resend": 1, "acknowledge": 1, "acknowledged": len(received)}
        elif bench.chance(0.002):
            stale = int(bench.random.integers(len(received) + 1))
            strobes = {"acknowledge": 1,
                       "acknowledged": stale if bench.chance(0.3) else len(received)}
        await bench.cycle(**source.drive(), **sink.drive(), **strobes)
        source.taken()
        byte, silent = sink.taken(), silent + 1
        for content in deframer.take(bytes([] if byte is None else [byte])):
            assert content is not None, "a broken frame"
            header, payload = content
            assert {name: header[name] for name in SHOWN} == {name: STATUS[name] for name in SHOWN}
            assert (header["protocol"], header["acknowledged"]) == (PROTOCOL, STATUS["received"])
            if bench.chance(0.3):
                lost += 1
            elif header["position"] <= len(received):
                received += payload[len(received) - header["position"]:]
                silent = 0
    assert received == stream
    assert lost


@bench_test
async def replies(block: Block) -> None:
    """A reply is one frame, even without payload; otherwise nothing is sent."""
    bench = Bench(block, framer, QUIET)
    await bench.reset()
    deframer = Deframer()
    for strobes in ({"reply": 1}, {}):
        await bench.cycle(**strobes, o__ready=1)
        received = bytearray()
        for _ in range(600):
            await bench.cycle(o__ready=1)
            received += bytes([bench.get("o__payload")] if bench.get("o__valid") else [])
        payloads = [payload for _, payload in deframer.take(bytes(received))]
        assert payloads == ([b""] if strobes else [])


@bench_test
async def resets(block: Block) -> None:
    """A reset discards the stream, and requests."""
    await check_reset(Bench(block, framer, QUIET), ["o__valid", "i__ready"])
