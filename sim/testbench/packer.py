"""Bench of the packer: raw samples to events, hostile streams on both sides."""

from typing import Any

from pulsetrain.hdl.engine.packer import Packer

from .scaffold import Bench, Block, bench_test, check_reset
from .stimuli import activations
from .streams import Sink, Source

QUIET = {"i__valid": 0, "o__ready": 0}
SAMPLES = 60


@bench_test
async def events_equal_the_samples(block: Block) -> None:
    """All-zero, sparse and full samples; zeros are taken even while the sink stalls."""
    bench = Bench(block, Packer, QUIET)
    await bench.reset()
    samples = [_sample(bench) for _ in range(SAMPLES)]
    inputs = bench.config.network.inputs
    expected = [{"index": index, **transfer, "value": transfer["value"] * (index < inputs)}
                for sample in samples for index, transfer in enumerate(sample)
                if (transfer["value"] and index < inputs) or transfer["last"]]
    past = [index >= inputs for sample in samples for index in range(len(sample))]
    source = Source(bench, "i", (transfer for sample in samples for transfer in sample))
    sink = Sink(bench, "o")
    received: list[Any] = []
    while len(received) < len(expected):
        await bench.cycle(**source.drive(), **sink.drive())
        transfer, event = source.taken(), sink.taken()
        is_past = past.pop(0) if transfer is not None else False
        bench.expect("dropped", int(is_past and transfer["value"] > 0))
        if transfer is not None and ((transfer["value"] and not is_past) or transfer["last"]):
            assert event is not None, "a value was taken without its event"
        if event is not None:
            assert _known(event) == _known(expected[len(received)])
            received.append(event)
    assert not source.left


@bench_test
async def resets(block: Block) -> None:
    """A reset forgets the values of a sample that was not finished."""
    bench = Bench(block, Packer, QUIET)
    await check_reset(bench, ["o__valid"])
    await bench.cycle(i__valid=1, o__ready=1, i__payload={
        "value": 1, "last": 0, "label": None, "train": None})
    bench.expect("o__payload", {"index": 0, "value": 1, "last": 0})


def _sample(bench: Bench) -> list[dict[str, Any]]:
    """The values of one sample: of all inputs, or one in five times of fewer or more."""
    layer = bench.config.design.layers[0]
    count = int(bench.random.integers(1, 3 * layer.inputs)) if bench.chance(0.2) else layer.inputs
    values = activations(bench, layer, count)
    if bench.chance(0.2):
        values[:] = 0
    transfers = [{"value": value, "last": 0, "label": None, "train": None}
                 for value in values.tolist()]
    transfers[-1] |= {"last": 1, "train": int(bench.chance(0.5)),
                      "label": int(bench.random.integers(bench.config.network.outputs))}
    return transfers


def _known(event: dict[str, Any]) -> dict[str, Any]:
    """The known parts of an event: only the last one has `label` and `train`, and only one with a
    value has an index."""
    return {name: value for name, value in event.items()
            if (event["last"] or name not in ("label", "train"))
            and (event["value"] or name != "index")}
