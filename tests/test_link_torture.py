"""Torture of the link: no fault of the line and no command changes a synapse wrongly.

`pytest --frames 100000 tests/test_link_torture.py` is the long run.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import pytest
from lines import CutLine, FaultyLine
from small import small_config, small_data
from undefined import ForgingLine, undefined_command

from pulsetrain.boards.registry import BOARDS
from pulsetrain.cli.logs import begin_logging, end_logging
from pulsetrain.golden import GoldenEngine, State
from pulsetrain.host import BoardEngine, BoardLostError, CommandRefusedError, Link
from pulsetrain.host.commands import command_bytes
from pulsetrain.protocol import STATUS_REFUSED, items
from pulsetrain.sim.native_board import NativeBoard

SEED = 9
RATE = 0.002
FORGED = 0.05
"""Share of frames that are preceded by an undefined one."""
MAX_PAYLOAD = 20
KILL_EVERY = 5
BOARD = BOARDS["ecpix5-45f"]
"""The one of `test_cli_run`, which is compiled once."""

TOLD = BOARD.part.family.windows.status
REFUSE_EVERY = 3
ROUND = 12
"""Samples between comparisons."""


@pytest.fixture(scope="module")
def board() -> Iterator[NativeBoard]:
    made = NativeBoard(small_config(), BOARD)
    yield made
    made.close()


class Torture:
    """An engine on a faulty line, and the golden engine."""

    def __init__(self, board: NativeBoard, seed: int) -> None:
        self.config = small_config()
        self.data = small_data(self.config, train=400)
        self.random = np.random.default_rng(seed)
        self.reference = GoldenEngine(self.config, count_cycles=True)
        self.faulty = FaultyLine(board, RATE, seed)
        self.line = ForgingLine(self.faulty, self.config, FORGED, seed)
        self.refusals = Counter()
        self.counts = Counter()
        self.compared = 0
        self._board = board
        self._begin(self.reference.read())

    @property
    def frames(self) -> int:
        """Frames sent and received so far."""
        return sum(self.counted()[name] for name in ("sent", "received", "broken"))

    def train(self, *, killed: bool) -> None:
        """Train and compare; if `killed`, after another host began the same and died while doing
        so."""
        chosen = self.random.integers(0, len(self.data.x_train), ROUND)
        samples = self.data.x_train[chosen], self.data.y_train[chosen]
        before = self.reference.read()
        expected = self.reference.train(*samples)
        if killed:
            self._kill(before, samples)
            with pytest.raises(BoardLostError, match="another program has begun a session"):
                self.engine.train(*samples)
            self.counts = self.counted()
            self._begin(before)
        got = self.engine.train(*samples)
        assert got.classes.tolist() == expected.classes.tolist()
        assert got.cycles.tolist() == expected.cycles.tolist()
        found, model = self.engine.read(), self.reference.read()
        assert found.counters == model.counters
        assert found.generator == model.generator
        self._compare(found, model)
        noise = self.random.bytes(40)
        assert self.engine.loopback(noise) == noise

    def ask_what_is_undefined(self) -> None:
        """Send a command that is refused, followed by others that would change every row."""
        reason, octets = undefined_command(self.config, self.random)
        rows = self.config.design.rows
        noise = self.random.bytes(rows * items(self.config)["row"].size)
        with pytest.raises(CommandRefusedError) as info:
            self._link.exchange(octets + command_bytes("write_rows", rows) + noise, 1000)
        assert info.value.refusal == reason
        self.refusals[reason] += 1
        self._link.begin()
        assert self.engine.read_register("status") == STATUS_REFUSED | TOLD
        self._compare(self.engine.read(), self.reference.read())
        self.engine.load(self.reference.read())

    def counted(self) -> Counter:
        """The sum of `LinkCounts` of all hosts on the faulty line."""
        return self.counts + Counter(asdict(self._link.counts))

    def _compare(self, found: State, model: State) -> None:
        for a, b in zip((*found.plus, *found.minus), (*model.plus, *model.minus), strict=True):
            assert (a == b).all()
            self.compared += a.size

    def _begin(self, state: State) -> None:
        self._link = Link(self.line, max_payload=MAX_PAYLOAD)
        self.engine = BoardEngine(self.config, self._link)
        self.engine.load(state)

    def _kill(self, state: State, samples: tuple[np.ndarray, np.ndarray]) -> None:
        with pytest.raises(BoardLostError, match="the cable was pulled"):
            self._use_up(CutLine(self._board, int(self.random.integers(100, 2500))), state, samples)

    def _use_up(self, line: CutLine, state: State, samples: tuple[np.ndarray, np.ndarray]) -> None:
        other = BoardEngine(self.config, Link(line))
        while True:
            other.load(state)
            other.train(*samples)


@pytest.mark.timeout(7200)
def test_no_fault_on_the_line_changes_a_state(board, pytestconfig):
    limit = pytestconfig.getoption("frames")
    torture = Torture(board, SEED)
    rounds = 0
    while torture.frames < limit:
        rounds += 1
        torture.train(killed=rounds % KILL_EVERY == 0)
        if rounds % REFUSE_EVERY == 0:
            torture.ask_what_is_undefined()
    counts = torture.counted()
    print(f"{rounds} rounds, {torture.compared} states, {dict(counts)}, "
          f"faults {dict(torture.faulty.faults)}, {torture.line.forged} frames forged, commands "
          f"refused {dict(torture.refusals)}")
    assert torture.compared
    assert all(counts[name] for name in ("broken", "refused", "repeats"))
    assert torture.line.forged
    assert torture.refusals
    assert len(torture.faulty.faults) == 6


def test_a_log_names_every_frame_that_a_lossy_line_damages(board, tmp_path):
    """As many as the counts say, each with its reason."""
    begin_logging(0, tmp_path / "link.log")
    link = Link(FaultyLine(board, 2 * RATE, SEED), max_payload=MAX_PAYLOAD)
    engine = BoardEngine(small_config(), link)
    noise = np.random.default_rng(SEED).bytes(40)
    for _ in range(60):
        assert engine.loopback(noise) == noise
    end_logging()
    _, *records = (tmp_path / "link.log").read_text().splitlines()
    lines = [record.split(": ", 1)[1] for record in records]
    reasons = Counter(line.split(": ")[1] for line in lines if line.startswith("refused: ")
                      and not line.startswith("refused: the payload"))
    by_the_board = [int(line.split(": ")[2].split(";")[0]) for line in lines
                    if line.startswith("refused by the board")]
    counts = link.counts
    print(dict(reasons), by_the_board, counts)
    assert sum(line.startswith("sent ") for line in lines) == counts.sent
    assert sum(line.endswith(", repeated") for line in lines) == counts.retried
    assert sum(by_the_board) == counts.refused
    assert by_the_board
    # A broken answer to a hello is counted nowhere.
    assert reasons.total() >= counts.broken > 0
    assert set(reasons) <= {"it is too short", "its CRC is wrong",
                            "an escape is not followed by a byte to escape"}
