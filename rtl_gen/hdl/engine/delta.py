"""Delta memory: the deltas of every group, and the lists of groups that need an update."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import by_layer, tree
from pulsetrain.hdl.library.array import ArrayLayout
from pulsetrain.hdl.library.copy import copied
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.spec import Config
from pulsetrain.spec.memories import backward_slices, slices

from .interfaces import DeltaInterface
from .shapes import (
    delta_chunk_layout,
    delta_row_layout,
    group_shape,
    layer_shape,
    slot_shape,
    trit_layout,
    trit_row_layout,
    trits_shape,
)


class DeltaMemory(Component):
    """Stores deltas and trits, and lists the groups that backward and update must visit.

    Every unit has a trit; it is found when the delta is written. The delta itself is only stored in
    lanes that take part in backward.

    One layer at a time is *written*: its deltas come in, in the order of its units. A group is
    added to the layer's list when it gets its first delta that is not zero; in the first layer,
    which has no backward pass, its first trit that is not zero. Another layer at a time is *read*:
    the sequencer walks through its list, and deltas and trits of each listed group are read. The
    layers are written from the last to the first; `advance` ends the written layer and makes it
    the layer that is read.

    Before a sample's deltas are written, `clear` sets those of each group to 0, as not every unit
    gets one.

    Timing: `group` is one cycle after `layer` and `visit`; `trits` and `deltas` are one cycle after
    `read_groups`. What is cleared can be read two cycles after `clear`. What is written appears in
    `trits`, `deltas`, in the list and in the counts two cycles later.

    Members:
        start: In(1), strobe: a new sample begins; the written layer's list becomes empty.
        clear: In(1), strobe: deltas and trits of `clear_group` become 0; `write` must be 0.
        clear_group: In(group_shape), in the cycle after `clear`; numbered through all layers.
        write: In(output_units), a strobe for each unit of a chunk: `output_units` neighbouring
            units, the lowest in bit 0.
        write_layer: In(layer_shape), the layer of the chunk, from 0.
        write_slot: In(slot_shape), the slot of any unit of the chunk.
        write_deltas: In(delta_chunk_layout), the deltas of the chunk.
        sequencer: In(DeltaInterface), the lists.
        group: Out(group_shape), the group at `sequencer.visit`, numbered through all layers.
        trit_count: Out(trits_shape), number of non-zero trits of the layer that is read.
        read_groups: In(array of group_shape), the group that is read, once for each of
            `spec.memories.slices`.
        trits: Out(trit_row_layout), the trits of that group.
        deltas: Out(delta_row_layout), its deltas; only with hidden layers.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        layer, group = layer_shape(config), group_shape(config)
        super().__init__({
            "start": In(1), "clear": In(1), "clear_group": In(group),
            "write": In(config.design.output_units), "write_layer": In(layer),
            "write_slot": In(slot_shape(config)), "write_deltas": In(delta_chunk_layout(config)),
            "sequencer": In(DeltaInterface(config)), "group": Out(group),
            "read_groups": In(ArrayLayout(group, len(slices(config)))),
            "trits": Out(trit_row_layout(config)), "trit_count": Out(trits_shape(config)),
            **({"deltas": Out(delta_row_layout(config))} if config.network.hidden else {})})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        lanes, layers, sequencer = config.engine.lanes, config.design.layers, self.sequencer
        sizes = config.design.memories
        lane_bits, units = config.design.lane_bits, len(self.write)
        unit_bits = (units - 1).bit_length()

        threshold = by_layer(self.write_layer, [layer.delta_threshold for layer in layers])
        up, down = (Cat(write & beyond(delta)
                        for write, delta in zip(self.write, self.write_deltas, strict=True))
                    for beyond in (lambda delta: delta > threshold,
                                   lambda delta: delta < -threshold))
        trit = up | down
        not_zero = Cat(write & (delta != 0)
                       for write, delta in zip(self.write, self.write_deltas, strict=True))
        trits = delayed(m, trit, 1, "trits_written", control=True)
        written_trits = [
            Cat(*pair) for pair in zip(delayed(m, up, 1, "ups"), delayed(m, down, 1, "downs"),
                                       strict=True)]
        counts = delayed(m, Mux(self.write_layer == 0, trit, not_zero), 1, "counts", control=True)
        write = delayed(m, self.write, 1, "writes", control=True)
        slot = delayed(m, self.write_slot, 1, "slot")
        first_group = by_layer(self.write_layer, [layer.first_group for layer in layers])
        first_group = delayed(m, first_group, 1, "first_group")

        group = Signal(group_shape(config))
        m.d.comb += [
            group.eq(first_group + (slot >> lane_bits)),
        ]
        chunk = slot[unit_bits:lane_bits]
        strobes = (write << (chunk << unit_bits))[:lanes]
        stored = [("trits", trit_layout(), slices(config), sizes.group_trits, written_trits)]
        if config.network.hidden:
            written = delayed(m, self.write_deltas, 1, "written")
            stored.append(("deltas", signed(config.design.delta_bits), backward_slices(config),
                           sizes.group_deltas, list(written)))
        for name, shape, ranges, memory_sizes, new in stored:
            for number, (near, size) in enumerate(zip(ranges, memory_sizes, strict=True)):
                m.submodules[f"{name}_{near[0]}"] = memory = separate_memory(
                    ArrayLayout(shape, len(near)), size)
                rows_out, rows_in = memory.read_port(), memory.write_port(granularity=1)
                clear = copied(m, self.clear, f"clears_{name}_{near[0]}", control=True)
                m.d.comb += [
                    rows_out.addr.eq(self.read_groups[number]),
                    rows_out.en.eq(1),
                    rows_in.addr.eq(Mux(clear, self.clear_group, group)),
                    rows_in.en.eq(strobes[near[0]:near[-1] + 1] | clear.replicate(len(near))),
                ]
                for index_in_slice, lane in enumerate(near):
                    m.d.comb += [
                        getattr(self, name)[lane].eq(rows_out.data[index_in_slice]),
                        rows_in.data[index_in_slice].eq(Mux(clear, 0, new[lane % units])),
                    ]

        m.submodules.visits = visits = separate_memory(
            group_shape(config), sizes.group_visits)
        visits_out, visits_in = visits.read_port(), visits.write_port()
        groups_so_far, trits_so_far = Signal.like(sequencer.groups), Signal.like(self.trit_count)
        newest = Signal.like(group)
        append = counts.any() & ~(sequencer.some_groups & (newest == group))
        m.d.comb += [
            visits_in.addr.eq(first_group + groups_so_far),
            visits_in.data.eq(group),
            visits_in.en.eq(append),
            visits_out.addr.eq(
                by_layer(sequencer.layer, [layer.first_group for layer in layers])
                + sequencer.visit),
            visits_out.en.eq(1),
            self.group.eq(visits_out.data),
        ]
        with m.If(append):
            m.d.sync += [
                groups_so_far.eq(groups_so_far + 1), sequencer.some_groups.eq(1), newest.eq(group)]
        m.d.sync += [
            trits_so_far.eq(trits_so_far + tree(list(trits))),
            sequencer.some_trits.eq(sequencer.some_trits | trits.any()),
        ]
        with m.If(sequencer.advance):
            m.d.sync += [
                sequencer.groups.eq(groups_so_far), sequencer.single.eq(groups_so_far == 1),
                self.trit_count.eq(trits_so_far), sequencer.pulses.eq(sequencer.some_trits)]
        with m.If(self.start | sequencer.advance):
            m.d.sync += [groups_so_far.eq(0), trits_so_far.eq(0), sequencer.some_groups.eq(0),
                         sequencer.some_trits.eq(0)]
        return m
