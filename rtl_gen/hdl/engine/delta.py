"""Delta memory: the deltas of every group, and the lists of groups worth a visit."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import by_layer, tree
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.memory_map import slices
from pulsetrain.spec import Config

from .shapes import delta_chunk_layout, delta_row_layout, group_shape, layer_shape, unit_shape


class DeltaMemory(Component):
    """Deltas by group, written in rising order, one unit at a time or some, read a group a cycle.

    While a layer's deltas are written, the groups that backward and update must visit are
    listed: those with a non-zero delta, or with a non-zero trit in the first layer, which has
    no backward pass. `advance` makes the layer just written the one that is walked through.

    Timing: `group` is the list's entry at the `visit` of the previous cycle, `deltas` the row
    of the `read_groups` of the previous cycle; a clear shows one cycle later, a write in both and
    in what is written two.

    Members:
        start: In, a new sample begins: the lists are empty.
        clear, clear_group: In, strobe: a group's deltas become 0 (none is written then).
        write: In, strobes, one for each of the `output_units` neighbours that `write_index` is
            one of. write_layer, write_index, write_deltas: In, their layer, any of them, and
            their deltas.
        advance: In, strobe.
        layer, visit: In, entry `visit` of the list of `layer`.
        group: Out, that group, numbered through all layers.
        read_groups: In, one for each of `memory_map.slices`, all the same. deltas: Out.
        some_groups, some_trits: Out, of the layer being written a group is listed, a trit is not
            zero.
        groups, single, trits, pulses: Out, of the layer being walked through: entries listed,
            whether it is one, trits that are not zero, and whether there is one.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        layer, group, unit = layer_shape(config), group_shape(config), unit_shape(config)
        listed = range(max(entry.groups for entry in config.design.layers) + 1)
        trits = range(max(entry.outputs for entry in config.design.layers) + 1)
        super().__init__({
            "start": In(1), "clear": In(1), "clear_group": In(group),
            "write": In(config.design.output_units), "write_layer": In(layer),
            "write_index": In(unit), "write_deltas": In(delta_chunk_layout(config)),
            "advance": In(1), "layer": In(layer), "visit": In(group), "group": Out(group),
            "read_groups": In(data.ArrayLayout(group, len(slices(config)))),
            "deltas": Out(delta_row_layout(config)),
            "some_groups": Out(1), "some_trits": Out(1),
            "groups": Out(listed), "single": Out(1), "trits": Out(trits), "pulses": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        lanes, layers = config.engine.lanes, config.design.layers
        sizes = config.design.memories
        lane_bits, units = (lanes - 1).bit_length(), len(self.write)
        unit_bits = (units - 1).bit_length()

        threshold = by_layer(self.write_layer, [layer.delta_threshold for layer in layers])
        trit = Cat(self.write[place] & ((delta > threshold) | (delta < -threshold))
                   for place, delta in enumerate(self.write_deltas))
        speaks = Cat(self.write[place] & (delta != 0)
                     for place, delta in enumerate(self.write_deltas))
        trits = delayed(m, trit, 1, "trits_written", control=True)
        worth = delayed(m, Mux(self.write_layer == 0, trit, speaks), 1, "worth", control=True).any()
        write = delayed(m, self.write, 1, "writes", control=True)
        index = delayed(m, self.write_index, 1, "index")
        written = delayed(m, self.write_deltas, 1, "written")
        first_group = by_layer(self.write_layer, [layer.first_group for layer in layers])
        first_group = delayed(m, first_group, 1, "first_group")

        group = Signal(group_shape(config))
        m.d.comb += [
            group.eq(first_group + (index >> lane_bits)),
        ]
        chunk = index[unit_bits:lane_bits]
        strobes = Mux(self.clear, (1 << lanes) - 1, write << (chunk << unit_bits))
        for number, (near, size) in enumerate(zip(slices(config), sizes.group_deltas,
                                                  strict=True)):
            m.submodules[f"deltas_{near[0]}"] = deltas = separate_memory(
                data.ArrayLayout(signed(config.design.delta_bits), len(near)), size)
            rows_out, rows_in = deltas.read_port(), deltas.write_port(granularity=1)
            m.d.comb += [
                rows_out.addr.eq(self.read_groups[number]),
                rows_out.en.eq(1),
                rows_in.addr.eq(Mux(self.clear, self.clear_group, group)),
                rows_in.en.eq(strobes[near[0]:near[-1] + 1]),
            ]
            for place, lane in enumerate(near):
                m.d.comb += [
                    self.deltas[lane].eq(rows_out.data[place]),
                    rows_in.data[place].eq(Mux(self.clear, 0, written[lane % units])),
                ]

        m.submodules.visits = visits = separate_memory(
            group_shape(config), sizes.group_visits)
        visits_out, visits_in = visits.read_port(), visits.write_port()
        groups_so_far, trits_so_far = Signal.like(self.groups), Signal.like(self.trits)
        newest = Signal.like(group)
        append = worth & ~(self.some_groups & (newest == group))
        m.d.comb += [
            visits_in.addr.eq(first_group + groups_so_far),
            visits_in.data.eq(group),
            visits_in.en.eq(append),
            visits_out.addr.eq(
                by_layer(self.layer, [layer.first_group for layer in layers]) + self.visit),
            visits_out.en.eq(1),
            self.group.eq(visits_out.data),
        ]
        with m.If(append):
            m.d.sync += [
                groups_so_far.eq(groups_so_far + 1), self.some_groups.eq(1), newest.eq(group)]
        m.d.sync += [
            trits_so_far.eq(trits_so_far + tree(list(trits))),
            self.some_trits.eq(self.some_trits | trits.any()),
        ]
        with m.If(self.advance):
            m.d.sync += [self.groups.eq(groups_so_far), self.single.eq(groups_so_far == 1),
                         self.trits.eq(trits_so_far), self.pulses.eq(self.some_trits)]
        with m.If(self.start | self.advance):
            m.d.sync += [groups_so_far.eq(0), trits_so_far.eq(0), self.some_groups.eq(0),
                         self.some_trits.eq(0)]
        return m
