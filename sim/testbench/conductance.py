"""Bench of the conductance: pairs against `golden.device.Devices`."""

from collections.abc import Iterator

from pulsetrain.hdl.engine.conductance import PairConductance

from .scaffold import Bench, Block, Values, bench_test, check_pipeline
from .stimuli import drawn, states, with_devices

PAIRS = 2000


@bench_test
async def pairs_equal_the_model(block: Block) -> None:
    """Random pairs with the ends among them; whether a stuck device is full is not checked."""
    bench = Bench(block, PairConductance)
    await bench.reset()
    await check_pipeline(bench, _rows(bench), dict.fromkeys(
        ("plus", "minus", "full"), bench.component.latency))


def _rows(bench: Bench) -> Iterator[tuple[Values, Values]]:
    chosen = drawn(bench, states(bench, PAIRS), states(bench, PAIRS))
    synapses = chosen.synapses
    plus, minus = synapses.plus_devices, synapses.minus_devices
    values = zip(plus.conductance(synapses.plus).tolist(),
                 minus.conductance(synapses.minus).tolist(),
                 plus.full(synapses.plus, bench.config.design.refresh_state).tolist(),
                 minus.full(synapses.minus, bench.config.design.refresh_state).tolist(),
                 strict=True)
    for pair, devices, (high, low, full_high, full_low) in zip(
            chosen.pairs, chosen.devices, values, strict=True):
        moves = not (devices["plus"]["stuck"] or devices["minus"]["stuck"])
        yield {"pair": pair, **with_devices(bench, devices)}, {
            "plus": high, "minus": low, "full": full_high | full_low << 1 if moves else None}
