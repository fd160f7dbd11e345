"""Sequencer: decides which row is read in which cycle, from a sample's first event to its result.
"""

from dataclasses import dataclass

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import by_layer
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config

from .interfaces import DeltaInterface, EventsInterface, LoaderInterface
from .shapes import (
    count_shape,
    group_shape,
    layer_shape,
    row_token_layout,
    unit_shape,
)


@dataclass(frozen=True)
class _Walk:
    """The walk through a layer's events: the row of this cycle belongs to event `position`.

    `following`: the event after it. `moves`: the next row belongs to `following`. `returns`: the
    next row belongs to the first event. The phase that issues rows drives `moves` and `returns`.
    """

    following: Signal
    moves: Signal
    returns: Signal


@dataclass(frozen=True)
class _UpdateRow:
    """Properties of the current row of an update, determined one cycle earlier.

    `issues`: a row is issued; the update drives it. `is_last_visit`: it belongs to the last group
    that is visited, if there are several. `is_last_event`: it belongs to the last event.
    `is_bias`: it belongs to the bias line.
    """

    issues: Signal
    is_last_visit: Signal
    is_last_event: Signal
    is_bias: Signal


class Sequencer(Component):
    """Takes a sample through forward, output and update; issues at most one row per cycle.

    The cycles of a sample equal `golden.cycles.cycles_of`. Events of a hidden layer are read as
    soon as they are listed. The bias line closes a group, but not before the previous group is
    drained. Layers without a delta or trit are skipped. If another sample is buffered when a sample
    retires, it begins in the next cycle. If the memory has a single port, an update issues
    `stages.write_back` rows, then leaves as many cycles for their writes, and so on.

    Timing: `token`, `bias` and `group` describe the row that is issued in this cycle. Its event is
    at `loader.address` or `events.position`, and its group in update at `delta.visit`; they are
    read in the next cycle.

    Members:
        run: In(1), new samples may begin.
        host_request: In(1), the host requests the memory.
        host_grant: Out(1), the host has the memory in the next cycle; it also requested it in the
            cycle before. No sample is in work, or it is finished and `holds` is high.
        loader: Out(LoaderInterface), the buffered samples.
        events: Out(EventsInterface), the events of the layer of the row.
        delta: Out(DeltaInterface), the groups to visit, in update.
        drained: In(1), the last unit of the group that was closed last is taken.
        outputs_done: In(1), all outputs are drained.
        result_free: In(1), a result can be stored in this cycle.
        token: Out(row_token_layout), the row that is issued.
        bias: Out(1), it belongs to the bias line.
        group: Out(group_shape), in forward: its group, numbered through all layers.
        drain_layer: Out(layer_shape), layer of the group that was closed last.
        drain_group: Out(group_shape), that group, numbered through all layers.
        drain_first_unit: Out(unit_shape), its first unit.
        drain_is_last: Out(1), it is the last of its layer.
        start: Out(1), strobe: a sample begins in the next cycle.
        finish: Out(1), strobe: the sample is finished.
        elapsed: Out(32), with `finish`: the cycles that the sample has taken, this one included.
        busy: Out(1), a sample has begun and is not finished.
        holds: Out(1), a sample is finished, but for its result, which cannot be stored yet.
        starving: Out(1), the engine runs and waits for a sample.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        layer, group = layer_shape(config), group_shape(config)
        unit = unit_shape(config)
        super().__init__({
            "run": In(1), "host_request": In(1), "host_grant": Out(1),
            "loader": Out(LoaderInterface(config)), "events": Out(EventsInterface(config)),
            "delta": Out(DeltaInterface(config)),
            "drained": In(1), "outputs_done": In(1), "result_free": In(1),
            "token": Out(row_token_layout(config)), "bias": Out(1), "group": Out(group),
            "drain_layer": Out(layer), "drain_group": Out(group), "drain_first_unit": Out(unit),
            "drain_is_last": Out(1), "start": Out(1), "finish": Out(1), "elapsed": Out(32),
            "busy": Out(1), "holds": Out(1), "starving": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layers = self._config.design.layers
        host_waits = delayed(m, self.host_request, 1, "host_waits", control=True)
        layer = Signal(layer_shape(self._config))
        final = Signal()
        draining = Signal()
        stages = self._config.design.stages
        settle, last_settle = stages.settle, stages.last_settle
        settling = Signal(range(max(settle, last_settle)))
        settled = Signal()
        elapsed = Signal(32)
        is_input = layer == 0
        # Whether the next event is listed, determined one cycle earlier.
        is_event = Signal()
        retires = Signal()
        opens = Mux(is_input | retires, self.loader.some_events,
                    self.events.some | self.events.grows)
        m.d.sync += is_event.eq(opens)
        walk = self._walk(m)
        row = self._look_ahead(m, walk, is_input)

        has_rows = delayed(m, is_input | self.events.some, 1, "has_rows")
        needs_update = self.delta.some_groups & (has_rows | self.delta.some_trits)
        m.d.comb += [
            self.token.layer.eq(layer),
            self.events.layer.eq(layer),
            self.delta.layer.eq(layer),
            self.loader.release.eq(self.finish),
            self.elapsed.eq(elapsed + 1),
        ]
        m.d.sync += elapsed.eq(self.elapsed)
        with m.If(self.drained):
            m.d.sync += draining.eq(0)

        # No group is closed in the cycle after another one, or after the layer has changed.
        is_last_group = self.group == by_layer(
            layer, [entry.first_group + entry.groups - 1 for entry in layers])
        is_last_group = delayed(m, Mux(retires, layers[0].groups == 1, is_last_group), 1,
                                "is_last_group")

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.host_grant.eq(self.host_request & host_waits)
                m.d.sync += elapsed.eq(0)
                with m.If(self.run & ~host_waits):
                    m.d.comb += [self.start.eq(self.loader.ready), self.starving.eq(1)]
                    with m.If(self.loader.ready):
                        m.next = "FORWARD"
            with m.State("FORWARD"):
                m.d.comb += self.busy.eq(1)
                closed = self._forward(m, walk, is_event, layer, draining, is_last_group)
                with m.If(closed & is_last_group):
                    with m.If(layer == len(layers) - 1):
                        m.d.sync += self.group.eq(0)
                        m.next = "OUTPUT"
                    with m.Else():
                        m.d.sync += layer.eq(layer + 1)
            with m.State("OUTPUT"):
                m.d.comb += self.busy.eq(1)
                with m.If(self.outputs_done):
                    with m.If(self.loader.train & needs_update):
                        m.d.comb += self.delta.advance.eq(1)
                        m.next = "UPDATE"
                    with m.Else():
                        m.next = "RETIRE"
            with m.State("UPDATE"):
                m.d.comb += self.busy.eq(1)
                m.d.sync += [settling.eq(Mux(is_input, last_settle, settle) - 1),
                             final.eq(is_input)]
                with m.If(self._update(m, walk, row)):
                    with m.If(~is_input):
                        m.d.sync += layer.eq(layer - 1)
                    m.next = "SETTLE"
            with m.State("SETTLE"):
                m.d.comb += self.busy.eq(1)
                m.d.sync += [settling.eq(settling - 1), settled.eq(settling == 1)]
                with m.If(settled):
                    with m.If(~final & needs_update):
                        m.d.comb += self.delta.advance.eq(1)
                        m.next = "UPDATE"
                    with m.Else():
                        m.next = "RETIRE"
            with m.State("RETIRE"):
                m.d.comb += [retires.eq(1), self.finish.eq(self.result_free)]
                m.d.comb += [self.holds.eq(~self.result_free), self.host_grant.eq(
                    self.host_request & host_waits & ~self.result_free)]
                m.d.sync += [layer.eq(0), elapsed.eq(Mux(self.result_free, 0, elapsed))]
                with m.If(self.result_free):
                    m.d.comb += [self.busy.eq(1), self.start.eq(
                        self.run & ~host_waits & self.loader.next_ready)]
                    m.next = "IDLE"
                    with m.If(self.start):
                        m.next = "FORWARD"
        return m

    def _walk(self, m: Module) -> _Walk:
        """Make `position` follow the walk."""
        moves = Signal()
        returns = Signal()
        following = Signal(count_shape(self._config), init=1)
        with m.If(returns):
            m.d.sync += [self.events.position.eq(0), following.eq(1)]
        with m.Elif(moves):
            m.d.sync += [self.events.position.eq(following), following.eq(following + 1)]
        return _Walk(following=following, moves=moves, returns=returns)

    def _look_ahead(self, m: Module, walk: _Walk, is_input: Value) -> _UpdateRow:
        """Determine the next row of an update; its events were listed long before."""
        issues = Signal()
        is_last_visit = Signal()
        m.d.sync += is_last_visit.eq(Mux(
            issues, self.delta.visit + 2 == self.delta.groups,
            self.delta.visit + 1 == self.delta.groups))
        is_bias = Signal()
        is_last_event = Signal()
        count = Mux(is_input, self.loader.strong, self.events.count)
        count, but_one = delayed(m, count, 1, "count"), delayed(m, count - 1, 1, "count_but_one")
        m.d.sync += [
            is_bias.eq(Mux(walk.moves, is_last_event, self.events.position == count)),
            is_last_event.eq(walk.following == Mux(walk.moves, but_one, count)),
        ]
        return _UpdateRow(issues=issues, is_last_visit=is_last_visit,
                          is_last_event=is_last_event, is_bias=is_bias)

    def _forward(self, m: Module, walk: _Walk, is_event: Signal, layer: Signal,
                 draining: Signal, is_last_group: Value) -> Signal:
        """Issue the events of a group, then its bias line; returns whether it is closed.

        Drives `is_event` while events are issued, and sets `draining` when the group is closed.
        """
        is_input = layer == 0
        opened = Signal()
        closed = Signal()
        first_unit = Signal(unit_shape(self._config))
        weak = Signal(count_shape(self._config))
        strong = delayed(m, walk.following < self.loader.strong, 1, "more_strong")
        is_strong = Mux(opened, strong, self.loader.some_strong)
        m.d.comb += [
            self.loader.address.eq(Mux(is_strong, self.events.position, ~weak)),
            walk.moves.eq(is_event),
            walk.returns.eq(closed),
            closed.eq(~is_event & ~draining & (is_input | self.events.complete)),
            self.bias.eq(~is_event),
            self.token.valid.eq(is_event | closed),
            self.token.first.eq(~opened),
            self.token.last.eq(closed),
        ]
        # The next row: one more event, the first of this layer or the one above, or none yet.
        grows = self.events.grows & ~is_input
        more = grows | (walk.following != Mux(is_input, self.loader.events, self.events.count))
        with m.If(is_event):
            m.d.sync += is_event.eq(more)
        with m.Elif(closed & is_last_group):
            m.d.sync += is_event.eq(self.events.some_above)
        with m.Elif(opened & ~closed):
            m.d.sync += is_event.eq(grows)
        with m.If(is_event):
            m.d.sync += [opened.eq(1), weak.eq(weak + ~is_strong)]
        with m.If(closed):
            m.d.sync += [
                weak.eq(0), opened.eq(0), draining.eq(1), self.group.eq(self.group + 1),
                first_unit.eq(Mux(is_last_group, 0, first_unit + self._config.engine.lanes)),
                self.drain_layer.eq(layer), self.drain_group.eq(self.group),
                self.drain_first_unit.eq(first_unit), self.drain_is_last.eq(is_last_group)]
        return closed

    def _update(self, m: Module, walk: _Walk, row: _UpdateRow) -> Signal:
        """Issue the listed groups of each input line; returns whether this row is the last."""
        finished = Signal()
        issues = self._turn(m, finished) if self._config.engine.single_port else Const(1, 1)
        is_first = Signal(init=1)
        last_visit = Mux(is_first, self.delta.single, row.is_last_visit)
        without_bias = ~self.delta.pulses & row.is_last_event
        m.d.comb += [
            row.issues.eq(issues),
            walk.moves.eq(issues & last_visit),
            walk.returns.eq(finished),
            self.bias.eq(row.is_bias),
            self.loader.address.eq(self.events.position),
            self.token.valid.eq(issues),
            self.token.update.eq(1),
            self.token.first.eq(is_first),
            self.token.last.eq(last_visit),
            finished.eq(walk.moves & (row.is_bias | without_bias)),
        ]
        with m.If(issues):
            m.d.sync += [self.delta.visit.eq(self.delta.visit + 1), is_first.eq(last_visit)]
            with m.If(last_visit):
                m.d.sync += self.delta.visit.eq(0)
        return finished

    def _turn(self, m: Module, finished: Signal) -> Signal:
        """Whether rows are read in this cycle, not written.

        An update begins with reads: all writes of the previous update were made while it settled.
        """
        most = self._config.design.stages.write_back - 1
        left = Signal(range(most + 1), init=most)
        reads = Signal(init=1)
        m.d.sync += left.eq(left - 1)
        with m.If(left == 0):
            m.d.sync += [left.eq(most), reads.eq(~reads)]
        with m.If(finished):
            m.d.sync += [left.eq(most), reads.eq(1)]
        return reads
