"""Any number of lanes: the emitted engine equals the model in every state and cycle.

`pytest tests/test_engine_lanes.py --every-lanes` is the long run: all of `LANES` with each of
`DEVICES`.
"""

import pytest
from engines import assert_equal, lockstep
from small import small_config, small_data

SAMPLES = 24
LANES = (*range(1, 41), 50, 67, 72, 80, 100, 128, 200, 256)
DEVICES = {
    "linear": {},
    "table": {"device": {"kind": "exponential", "levels": 8, "potentiation": {"u": 3.0}},
              "numbers": {"forward_shift": 8}},
    "varied": {"variation": {"stuck_low": 0.1, "stuck_high": 0.1}},
}
QUICK = (("varied", 11),)
"""Cases that always run; tests/small.py draws few lanes with every device."""


def pytest_generate_tests(metafunc):
    every = metafunc.config.getoption("--every-lanes")
    metafunc.parametrize(("device", "lanes"), [
        (device, lanes) for device in DEVICES for lanes in LANES
        if every or (device, lanes) in QUICK])


@pytest.mark.timeout(0)
@pytest.mark.usefixtures("soon_compiled")
def test_lanes(device, lanes):
    """Several groups in each layer, the last of them not full, and chunks of outputs."""
    config = small_config(
        **DEVICES[device], engine={"lanes": lanes},
        network={"hidden": [lanes + 3 if lanes > 40 else 2 * lanes + 3],
                 "outputs": min(lanes + 3, 30)})
    data = small_data(config, train=SAMPLES)
    report, reference = lockstep(config, data.x_train, data.y_train, simulator="native", every=8)
    assert_equal(report, SAMPLES)
    counters = reference.read().counters
    assert min(counters.values()) > 0
