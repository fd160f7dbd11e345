"""Random configurations, each generated, simulated and compared bit by bit.

`pytest tests/test_engine_random.py --configurations 500` is the long run. Another `--draw` draws
other configurations, so that a second core can share the work.
"""

from collections import Counter

import pytest
from engines import assert_equal, lockstep
from hypothesis import HealthCheck, Phase, given, seed, settings
from small import configurations, small_data

from pulsetrain.spec import Config

SAMPLES = 16


@pytest.mark.timeout(0)
def test_any_configuration(pytestconfig: pytest.Config) -> None:
    drawn = Counter()

    @seed(pytestconfig.getoption("--draw"))
    @settings(max_examples=pytestconfig.getoption("--configurations"), deadline=None,
              database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(configurations(memories=("block", "block", "spram")))
    def simulate(config: Config) -> None:
        data = small_data(config, train=SAMPLES)
        report, reference = lockstep(config, data.x_train, data.y_train, every=8)
        assert_equal(report, SAMPLES)
        counters = reference.read().counters
        drawn.update({
            "all": 1, "table": config.design.tabulated, "arithmetic": not config.design.tabulated,
            "classes": config.variation.spreads, "stuck": config.variation.sticks,
            "noise": config.device.cycle_noise > 0, config.design.method: 1,
            "displacement": config.device.cycle_sigma > 0 and counters["pulses"] > 0,
            "error": config.update.refresh_sigma > 0 and counters["refreshes"] > 0,
            "bend": config.variation.bend > 0 and counters["pulses"] > 0,
            "swap": config.update.refresh_swaps and counters["refreshes"] > 0,
            "gate": config.design.gate(0) < 256, "pulsed": counters["pulses"] > 0,
            config.engine.memory: counters["pulses"] > 0,
            "refreshed": counters["refreshes"] > 0})
        if drawn["all"] % 50 == 0:
            print(f"{drawn['all']} configurations, no mismatch", flush=True)

    simulate()
    print(dict(drawn))
    missing = [name for name, count in drawn.items() if not count]
    assert drawn["all"] >= 25
    assert not missing, f"no configuration had {missing}"
