"""Random configurations, each generated, simulated and compared bit by bit.

`pytest tests/test_engine_random.py --configurations 500` is the long run. Another `--draw` draws
other configurations, so that a second core can share the work.
"""

from collections import Counter

import pytest
from engines import Engines, assert_equal, engines
from hypothesis import HealthCheck, Phase, given, seed, settings
from small import configurations, small_data

from pulsetrain.spec import Config

SAMPLES = 16
TOGETHER = 8
"""Engines in one simulation."""


@pytest.mark.timeout(0)
def test_any_configuration(pytestconfig: pytest.Config) -> None:
    drawn: list[Config] = []

    @seed(pytestconfig.getoption("--draw"))
    @settings(max_examples=pytestconfig.getoption("--configurations"), deadline=None,
              database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(configurations(memories=("block", "block", "spram")))
    def draw(config: Config) -> None:
        drawn.append(config)

    draw()
    counts: Counter[str] = Counter()
    for start in range(0, len(drawn), TOGETHER):
        configs = drawn[start:start + TOGETHER]
        with engines(*configs) as simulated:
            for config in configs:
                counts.update(compared(config, simulated))
        print(f"{counts['all']} configurations, no mismatch", flush=True)
    print(dict(counts))
    missing = [name for name, count in counts.items() if not count]
    assert counts["all"] >= 16
    assert not missing, f"no configuration had {missing}"


def compared(config: Config, simulated: Engines) -> dict[str, bool]:
    """Compare one engine; returns which options its configuration has, and whether they did
    something."""
    data = small_data(config, train=SAMPLES)
    report, reference = simulated.lockstep(config, data.x_train, data.y_train, every=SAMPLES)
    assert_equal(report, SAMPLES)
    counters = reference.read().counters
    return {
        "all": True, "table": config.design.tabulated, "arithmetic": not config.design.tabulated,
        "classes": config.variation.spreads, "stuck": config.variation.sticks,
        "noise": config.device.cycle_noise > 0, config.design.method: True,
        "displacement": config.device.cycle_sigma > 0 and counters["pulses"] > 0,
        "error": config.update.refresh_sigma > 0 and counters["refreshes"] > 0,
        "bend": config.variation.bend > 0 and counters["pulses"] > 0,
        "swap": config.update.refresh_swaps and counters["refreshes"] > 0,
        "gate": config.design.gate(0) < 256, "pulsed": counters["pulses"] > 0,
        config.engine.memory: counters["pulses"] > 0, "parity": config.engine.parity,
        "products in look-up tables": config.design.dsp_lanes < config.engine.lanes,
        "refreshed": counters["refreshes"] > 0}
