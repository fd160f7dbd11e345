"""Bench of the sequencer: every row of a sample, in order and just in time.

The bench plays the engine around it, which answers as late as the real one and no earlier; what is
not yet valid is unknown. The counts of a sample are random, so that corner cases occur that no
trained network shows.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pulsetrain.golden.cycles import LayerEvents, predicted_cycles
from pulsetrain.hdl.engine.sequencer import Sequencer
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_reset
from .stimuli import group_sizes

QUIET = {"run": 0, "host_request": 0, "loader__ready": 0, "loader__next_ready": 0, "drained": 0,
         "outputs_done": 0, "result_free": 0}
SAMPLES = 30

Row = tuple[bool, int, int, int | str, bool, bool]
"""One row: update, layer, group (in update: visit), line, first, last.

A line is the bias, or an address of the loader in the first layer, or an entry of a list.
"""


@bench_test
async def samples_take_their_rows_and_cycles(block: Block) -> None:
    """Each row once and in order, and as many cycles as the model predicts."""
    bench = Bench(block, Sequencer, QUIET)
    await bench.reset()
    host, begun = _Host(bench), False
    samples = [_random_sample(bench) for _ in range(SAMPLES + 1)]
    for sample, following in pairwise(samples):
        if not begun:
            await _wait(bench, host)
            await _begin(bench, sample)
        rows, begun = await _Surroundings(bench, host, sample, following).work()
        assert rows == sample.rows(bench.config)


@bench_test
async def resets(block: Block) -> None:
    """A reset ends a sample."""
    await check_reset(Bench(block, Sequencer, QUIET), [
        "token", "group", "delta__visit", "host_grant", "start", "delta__advance", "finish", "busy",
        "holds", "starving"])


@dataclass(kw_only=True)
class Sample:
    """Counts of one sample.

    A sample that is not trained still has outputs that miss their targets.
    """

    events: list[LayerEvents]
    train: int

    @property
    def has_events(self) -> int:
        """Whether it has an event."""
        return int(self.events[0].inputs > 0)

    @property
    def worked_on(self) -> list[LayerEvents]:
        """The counts that lead to rows."""
        if self.train:
            return self.events
        return [replace(layer, groups=0, pulses=False) for layer in self.events]

    def rows(self, config: Config) -> list[Row]:
        """The rows that the sample needs, in order."""
        rows: list[Row] = []
        for index, layer in enumerate(self.events):
            lines = [*(self.line(config, index, event) for event in range(layer.inputs)), "bias"]
            for group in range(len(layer.units)):
                rows += [(False, index, config.design.layers[index].first_group + group, line,
                          line == lines[0], line == "bias") for line in lines]
        for index, layer in reversed(list(enumerate(self.worked_on))):
            count = layer.inputs if index else layer.strong
            lines = [self.line(config, index, event) for event in range(count)]
            lines += ["bias"] * layer.pulses
            if not lines or not layer.groups:
                break
            rows += [(True, index, visit, line, visit == 0, visit == layer.groups - 1)
                     for line in lines for visit in range(layer.groups)]
        return rows

    def line(self, config: Config, index: int, event: int) -> int:
        """The address of event `event` of a layer; weak events in the loader go down from -1."""
        first = self.events[0]
        if index or event < first.strong:
            return event
        return (first.strong - event - 1) % _loader_addresses(config)


class _Host:
    """A host that requests the memory at random; `waits`: it did so in the previous cycle."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.waits = self._wants = False

    def next_cycle(self) -> int:
        """Whether it requests the memory in the cycle that begins."""
        self.waits, self._wants = self._wants, self._bench.chance(0.5)
        return int(self._wants)

    def rest(self) -> None:
        """It requests nothing in the cycle that begins."""
        self.waits, self._wants = self._wants, False


class _Surroundings:
    """One sample: what the engine answers, cycle by cycle."""

    def __init__(self, bench: Bench, host: _Host, sample: Sample, following: Sample) -> None:
        self._bench = bench
        self._host = host
        self._sample = sample
        self._following = following
        self._now = 0
        count = len(sample.events)
        self._drained_at = -1
        self._listed_at: list[list[int]] = [[] for _ in range(count + 1)]
        self._complete_at: list[int | None] = [None] * (count + 1)
        self._written_at: int | None = None
        self._writing = count - 1
        self._walking: int | None = None
        self._drain: dict[str, int] = {}
        self._written_back_at: set[int] = set()

    async def work(self) -> tuple[list[Row], bool]:
        """The rows issued until it finishes, and whether the next sample begins at once; every
        other output is checked on the way."""
        bench = self._bench
        expected = predicted_cycles(bench.config, self._sample.worked_on)
        rows, busy, finished, next_begins = [], 0, False, False
        while not finished:
            may_begin, asks, result_free = await self._cycle()
            token = bench.get("token")
            finished = bool(bench.get("finish"))
            next_begins = finished and may_begin
            bench.expect("start", int(next_begins))
            bench.expect("starving", 0)
            for name, wanted in self._drain.items():
                bench.expect(name, wanted)
            holds = busy == expected - 1 and not result_free
            bench.expect("busy", int(not holds))
            bench.expect("holds", int(holds))
            bench.expect("host_grant", int(holds and asks))
            busy += not holds
            if token["valid"]:
                rows.append(self._issued(token))
            if bench.get("delta__advance"):
                self._walking, self._writing = self._writing, self._writing - 1
                self._written_at = None
            self._now += 1
            assert busy <= expected, f"not finished after the {expected} cycles predicted"
        bench.expect("elapsed", expected)
        assert busy == expected
        return rows, next_begins

    async def _cycle(self) -> tuple[bool, bool, bool]:
        """One cycle; returns whether a next sample could begin after it, whether the host has
        requested the memory for two cycles, and whether a result can be stored."""
        bench, sample = self._bench, self._sample
        first = sample.events[0]
        run, next_ready, result_free = bench.random.integers(2, size=3).tolist()
        request = self._host.next_cycle()
        inputs: dict[str, Any] = {
            "run": run, "host_request": request, "loader__ready": 1,
            "loader__next_ready": next_ready,
            "loader__strong": first.strong, "loader__some_strong": int(first.strong > 0),
            "loader__events": first.inputs, "loader__some_events": sample.has_events,
            "loader__train": sample.train,
            "drained": int(self._now == self._drained_at),
            "outputs_done": int(self._is_complete(len(sample.events))),
            "result_free": result_free}
        if self._walking is not None:
            walked = sample.events[self._walking]
            inputs |= {"delta__groups": walked.groups, "delta__single": int(walked.groups == 1),
                       "delta__pulses": int(walked.pulses)}
        if self._written_at is not None and self._now >= self._written_at:
            written = sample.events[self._writing]
            inputs |= {"delta__some_groups": int(written.groups > 0),
                       "delta__some_trits": int(written.pulses)}
        bench.drive(**inputs)
        await bench.settle()
        if bench.get("finish"):
            bench.change("loader__some_events", self._following.has_events)
        layer = bench.get("token")["layer"]
        above = self._listed_at[layer + 1]
        bench.change("events__some_above", int(any(time <= self._now + 1 for time in above)))
        if layer:
            listed = self._listed_at[layer]
            count = sum(time <= self._now for time in listed)
            bench.change("events__count", count)
            bench.change("events__some", int(count > 0))
            bench.change("events__grows", int(self._now + 1 in listed))
            bench.change("events__complete", int(self._is_complete(layer)))
        await bench.edge()
        waits = self._host.waits
        return bool(run and not waits and next_ready), bool(request and waits), bool(result_free)

    def _is_complete(self, layer: int) -> bool:
        """Whether all events of layer `layer` are listed; past the last layer: all outputs."""
        complete = self._complete_at[layer]
        return complete is not None and self._now >= complete

    def _issued(self, token: dict[str, int]) -> Row:
        """Note what follows from an issued row, and return it as a `Row`."""
        bench = self._bench
        stages = bench.config.design.stages
        index, update = token["layer"], bool(token["update"])
        if bench.config.engine.single_port:
            assert self._now not in self._written_back_at, "a row is read while one is written"
        if update:
            self._written_back_at.add(self._now + stages.write_back)
            self._written_at = self._now + stages.settle
        elif token["last"]:
            self._close(index, bench.get("group"))
        line: int | str = "bias"
        if not bench.get("bias"):
            line = bench.get("events__position")
            if index == 0:
                line = bench.get("loader__address") % _loader_addresses(bench.config)
        return (update, index, bench.get("delta__visit" if update else "group"), line,
                bool(token["first"]), bool(token["last"]))

    def _close(self, index: int, group: int) -> None:
        """A group is drained: note when that ends, and when its units are listed."""
        assert self._now > self._drained_at, "a group was closed while another was drained"
        design = self._bench.config.design
        stages, layer = design.stages, design.layers[index]
        number = group - layer.first_group
        units = self._sample.events[index].units[number]
        self._drained_at = self._now + stages.close_to_free - 1 + max(1, units)
        listed = self._now + stages.close_to_event
        self._listed_at[index + 1] += range(listed, listed + units)
        is_last = number == layer.groups - 1
        if is_last:
            self._complete_at[index + 1] = listed - 1 + max(1, units)
            if layer.is_output:
                self._written_at = self._complete_at[index + 1] = (
                    self._now + stages.close_to_error - 1 + units)
        self._drain = {"drain_layer": index, "drain_group": group, "drain_is_last": int(is_last),
                       "drain_first_unit": number * self._bench.config.engine.lanes}


async def _wait(bench: Bench, host: _Host) -> None:
    """Cycles without a sample: halted, starving, or with the memory granted to the host, which in
    the end requests nothing."""
    waiting = True
    while waiting:
        run, ready = bench.random.integers(2, size=2).tolist()
        waiting = bench.chance(0.7)
        request = host.next_cycle() if waiting else 0
        if not waiting:
            host.rest()
        if not host.waits:
            ready = 0
        await bench.cycle(run=run, loader__ready=ready, host_request=request,
                          result_free=int(bench.chance(0.5)))
        bench.expect("token", {"valid": 0})
        bench.expect("host_grant", int(request and host.waits))
        bench.expect("starving", int(run and not host.waits))
        for name in ("start", "delta__advance", "finish", "busy", "holds"):
            bench.expect(name, 0)


async def _begin(bench: Bench, sample: Sample) -> None:
    """The cycle in which a sample is ready; its own cycles begin with the next."""
    await bench.cycle(run=1, loader__ready=1, loader__some_events=sample.has_events)
    for name in ("start", "starving"):
        bench.expect(name, 1)
    for name in ("host_grant", "delta__advance", "finish", "busy"):
        bench.expect(name, 0)


def _random_sample(bench: Bench) -> Sample:
    """Consistent counts: none, all or some in every layer."""
    train = int(bench.chance(0.75))
    inputs = _some(bench, bench.config.network.inputs)
    events = []
    for layer in bench.config.design.layers:
        sizes = group_sizes(bench.config, layer)
        share = bench.random.choice([0.0, 0.5, 1.0])
        units = [-(-size // bench.config.design.output_units) for size in sizes]
        if not layer.is_output:
            units = [_some(bench, size) if share == 0.5 else int(share * size) for size in sizes]
        groups = _some(bench, layer.groups)
        pulses = bool(groups) and (layer.number == 1 or bench.chance(0.7))
        events.append(LayerEvents(
            inputs=inputs, strong=_some(bench, inputs), visited=0, units=tuple(units),
            groups=groups, pulses=pulses))
        inputs = sum(units)
    return Sample(events=events, train=train)


def _some(bench: Bench, most: int) -> int:
    """A number in 0..most, often one of its ends."""
    return int(bench.random.choice([0, most, bench.random.integers(most + 1)]))


def _loader_addresses(config: Config) -> int:
    return 1 << config.design.input_bits
