"""For any input, a command succeeds or ends with one clear line, and nothing is lost.

`pytest -n 0 -s --examples 5000 tests/test_fuzz.py` is the long run; `--fuzz-seed` draws other
examples.
"""

from collections import Counter
from collections.abc import Iterator

import pytest
from fuzz.client import BrokenError, Client, Example
from fuzz.defects import DEFECTS, SPIN_SECONDS
from fuzz.kinds import KINDS
from fuzz.run import fuzz
from fuzz.valid import Valid

SEEN = {
    "raise": "lines to standard error", "defect": "ended with status 3",
    "silent": "wrote 0 lines", "talkative": "wrote 2 lines", "chatty": "but ended well",
    "coloured": "controls a terminal", "child": "left 1 processes",
    "overwrite": "changed small.toml", "lose": "lost small.toml",
    "litter": "left .small.toml.0123.part", "leave": "left pulsetrain-left among",
    "break": "changed a.json", "swell": r"took \d+ MiB", "spin": r"took \d+\.\d\d s",
    "kill": "ended with status -9"}
"""What the fuzzer reports for each planted defect."""


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[Client]:
    with Client(tmp_path_factory.mktemp("fuzz")) as made:
        yield made


@pytest.fixture(scope="module")
def valid(client) -> Valid:
    return Valid(client)


@pytest.mark.timeout(36000)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_input_ends_in_one_line(kind, client, valid, pytestconfig):
    statuses, most = Counter(), [0.0, 0]

    def check(example: Example) -> None:
        outcome = client.run(example)
        statuses[outcome.status] += 1
        most[:] = max(most[0], outcome.seconds), max(most[1], outcome.bytes)

    try:
        fuzz(KINDS[kind](valid), check, pytestconfig)
    finally:
        print(f"{kind}, seed {pytestconfig.getoption('fuzz_seed')}: {statuses.total()} examples, "
              f"statuses {dict(sorted(statuses.items()))}, at most {most[0]:.2f} s and "
              f"{most[1] / 2**20:.0f} MiB")
    assert len(statuses) > 1


@pytest.mark.parametrize("defect", [name for name in DEFECTS if name])
def test_every_defect_is_detected(defect, client, valid):
    example = Example(arguments=("devices", "--json", "a.json"), writes=("a.json",),
                      files={**valid.some("small.toml"), "a.json": b"{}\n"})
    assert client.run(example).status == 0
    with pytest.raises(BrokenError, match=SEEN[defect]) as info:
        client.run(example, defect, seconds=SPIN_SECONDS)
    assert "pulsetrain devices --json a.json" in str(info.value)
