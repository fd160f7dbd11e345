"""Engine: all blocks together, with streams, registers and the host's port to the synapses."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.arithmetic import by_layer
from pulsetrain.hdl.library.copy import copied, copies
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .activation import Activation
from .address import RowAddress
from .backward import BackwardTree
from .delta import DeltaMemory
from .device import RowDevices
from .events import HiddenEvents
from .forward import ForwardLanes
from .generator import Generator
from .host import HostPort, host_layout
from .loader import Loader
from .output import OutputError
from .packer import Packer
from .product import Products
from .pulse import PulseUpdate
from .registers import RegisterBank, RegisterBus
from .sequencer import Sequencer
from .shapes import row_layout
from .spram import SpramMemory
from .synapse import SynapseMemory


def input_layout(config: Config) -> data.StructLayout:
    """One transfer of a sample, see `formats.engine.sample_transfer`."""
    return layout(formats.sample_transfer(config))


def result_layout(config: Config) -> data.StructLayout:
    """The result of one sample, see `formats.engine.result`."""
    return layout(formats.result(config))


class Engine(Component):
    """The whole learning engine; equals `golden.engine.GoldenEngine` in every state bit.

    The engine works on one sample at a time, while the next sample's events are loaded. The cycles
    of a sample equal `golden.cycles.cycles_of`.

    Members:
        i_sample: In(stream of input_layout), samples.
        o_result: Out(stream of result_layout), one result per sample, in order.
        i_host: In(stream of host_layout), reads and writes of synapse memory, served between
            samples.
        o_host: Out(stream of row_layout), the rows that were read, in order.
        bus: In(RegisterBus), the registers.
        probe_sum: Out(sum_probe_layout), sums of hidden units, for observers; leave it open.
        probe_output: Out(chunk_layout), sums and errors of outputs, for observers; leave it open.
        probe_delta: Out(delta_probe_layout), deltas of hidden units, for observers; leave it open.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "i_sample": In(stream.Signature(input_layout(config))),
            "o_result": Out(stream.Signature(result_layout(config))),
            "i_host": In(stream.Signature(host_layout(config))),
            "o_host": Out(stream.Signature(row_layout(config))),
            "bus": In(RegisterBus()),
            **{name: Out(layout(probe)) for name, probe in formats.probes(config).items()}})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.sequencer = self._sequencer = Sequencer(config)
        m.submodules.loader = self._loader = Loader(config)
        m.submodules.events = self._events = HiddenEvents(config)
        memory = SpramMemory if config.engine.single_port else SynapseMemory
        m.submodules.synapse = self._synapse = memory(config)
        m.submodules.delta = self._delta = DeltaMemory(config)
        m.submodules.generator = self._generator = Generator(config)
        m.submodules.forward = self._forward = ForwardLanes(config)
        m.submodules.output = self._output = OutputError(config)
        m.submodules.registers = self._registers = RegisterBank(config)
        m.submodules.host = self._host = HostPort(config)
        self._connect_streams(m)
        self._connect_sequencer(m)
        self._connect_rows(m)
        self._connect_drain(m)
        self._connect_registers(m)
        return m

    def _connect_streams(self, m: Module) -> None:
        if self._config.engine.input == "raw":
            m.submodules.packer = packer = Packer(self._config)
            connect(m, flipped(self.i_sample), packer.i)
            connect(m, packer.o, self._loader.i)
        else:
            connect(m, flipped(self.i_sample), self._loader.i)
        connect(m, flipped(self.i_host), self._host.i)
        connect(m, self._host.o, flipped(self.o_host))

        sequencer, loader, output = self._sequencer, self._loader, self._output
        result = Signal(result_layout(self._config), reset_less=True)
        m.d.comb += [
            sequencer.result_free.eq(~self.o_result.valid),
            self.o_result.payload.eq(result),
        ]
        with m.If(self.o_result.ready):
            m.d.sync += self.o_result.valid.eq(0)
        with m.If(sequencer.finish):
            m.d.sync += [
                self.o_result.valid.eq(1),
                result.klass.eq(output.klass),
                result.error.eq(output.klass != loader.label),
                result.train.eq(loader.train),
                result.cycles.eq(sequencer.elapsed)]

    def _connect_sequencer(self, m: Module) -> None:
        sequencer, loader, events = self._sequencer, self._loader, self._events
        delta = self._delta
        begins = delayed(m, sequencer.start, 1, "begins", control=True)
        m.d.comb += [
            sequencer.run.eq(self._registers.mode),
            sequencer.host_request.eq(self._host.request),
            self._host.grant.eq(sequencer.host_grant),
            sequencer.ready.eq(loader.ready),
            sequencer.next_ready.eq(loader.next_ready),
            sequencer.strong.eq(loader.strong),
            sequencer.some_strong.eq(loader.some_strong),
            sequencer.events.eq(loader.events),
            sequencer.some_events.eq(loader.some_events),
            sequencer.train.eq(loader.train),
            sequencer.hidden_count.eq(events.count),
            sequencer.hidden_some.eq(events.some),
            sequencer.hidden_grows.eq(events.grows),
            sequencer.hidden_some_above.eq(events.some_above),
            sequencer.hidden_complete.eq(events.complete),
            sequencer.outputs_done.eq(self._output.done),
            sequencer.groups.eq(delta.groups),
            sequencer.single.eq(delta.single),
            sequencer.pulses.eq(delta.pulses),
            sequencer.some_groups.eq(delta.some_groups),
            sequencer.some_trits.eq(delta.some_trits),
            loader.address.eq(sequencer.input_address),
            loader.release.eq(sequencer.finish),
            events.start.eq(begins),
            events.layer.eq(sequencer.token.layer),
            events.position.eq(sequencer.position),
            delta.start.eq(begins),
            self._output.clear.eq(begins),
            delta.advance.eq(sequencer.advance),
            delta.layer.eq(sequencer.token.layer),
            delta.visit.eq(sequencer.visit),
            self._generator.step.eq(sequencer.finish & loader.train),
        ]

    def _connect_rows(self, m: Module) -> None:
        """The pipeline of a row. Names end in the number of cycles since it was issued, or in
        what there is of the row by then: its states ("row"), its products ("product")."""
        config, layers = self._config, self._config.design.layers
        stages = config.design.stages
        sequencer, delta, synapse = self._sequencer, self._delta, self._synapse
        m.submodules.address = address = RowAddress(config)

        token_1 = delayed(m, sequencer.token, stages.event, "token_1", control=True)
        bias_1 = delayed(m, sequencer.bias, stages.event, "bias_1")
        group_1 = Mux(token_1.update, delta.group,
                      delayed(m, sequencer.group, stages.event, "group_1"))
        event_1 = Mux(token_1.layer == 0, self._loader.event, self._events.event)
        event_1 = data.View(self._loader.event.shape(), event_1)
        index_1 = Mux(bias_1, by_layer(token_1.layer, [layer.inputs for layer in layers]),
                      event_1.index)
        value_1 = Mux(bias_1, config.numbers.full, event_1.value)
        m.d.comb += [
            address.group.eq(group_1),
            address.index.eq(index_1),
        ]

        token_2 = delayed(m, token_1, stages.address, "token_2", control=True)
        group_2 = delayed(m, group_1, stages.address, "group_2")
        value_2 = delayed(m, value_1, stages.address, "value_2")
        index_2 = delayed(m, index_1, stages.address, "index_2")
        bias_2 = delayed(m, bias_1, stages.address, "bias_2")
        group_near = delayed(m, group_2, stages.memory - stages.copy - stages.delta_read,
                             "group_near")
        strong_2 = bias_2 | (value_2 > by_layer(
            token_2.layer, [layer.row_threshold for layer in layers]))
        m.d.comb += [
            self._generator.layer.eq(token_2.layer),
            self._generator.index.eq(index_2),
            self._generator.pulses.eq(token_2.valid & token_2.update & strong_2),
            delta.read_groups.eq(copies(m, config, group_near, "read_group")),
            synapse.read_address.eq(Mux(sequencer.host_grant, self._host.i.payload.address,
                                        address.address)),
        ]

        token_row = delayed(m, token_2, stages.memory, "token_row", control=True)
        update = delayed(m, token_2.update, stages.memory - stages.copy, "update")
        value_near = delayed(m, value_2, stages.memory - stages.copy, "value_near")
        value_row = delayed(m, value_near, stages.copy, "value_row")
        fires_row = delayed(m, self._generator.fires, stages.memory - self._generator.latency,
                            "fires_row", control=True)
        product, pulse = self._connect_lanes(m, token_2, group_2, index_2, synapse.row)
        m.d.comb += [
            product.row.eq(synapse.row),
            product.values.eq(copies(m, config, value_near, "value")),
            product.deltas.eq(delta.deltas),
            product.backward.eq(copies(m, config, update, "backward")),
            pulse.row.eq(synapse.row),
            pulse.deltas.eq(delta.deltas),
            pulse.layer.eq(token_row.layer),
            pulse.fires.eq(copies(m, config, self._generator.fires, "fires", control=True)),
            self._registers.add_pulses.eq(Mux(fires_row & token_row.first, delta.trits, 0)),
            self._registers.add_refreshes.eq(pulse.refreshes),
        ]

        token_last = delayed(m, token_row, product.latency - stages.copy, "token_last",
                             control=True)
        m.d.comb += [
            self._forward.valid.eq(token_last.valid & ~token_last.update),
            self._forward.first.eq(token_last.first),
            self._forward.last.eq(token_last.last),
            self._forward.products.eq(product.products),
        ]
        if len(layers) > 1:
            token_product = delayed(m, token_last, stages.copy, "token_product", control=True)
            index_product = delayed(m, index_2, stages.memory + product.latency, "index_product")
            is_unit = ~bias_2 & (token_2.layer != 0)
            unit_product = delayed(m, is_unit, stages.memory + product.latency, "unit_product")
            active_product = delayed(m, value_row != config.numbers.full, product.latency,
                                     "active_product")
            self._connect_backward(m, product, token_product, index_product, unit_product,
                                   active_product)
        else:
            self._connect_deltas(m, 0, 0, 0, 0)

        host = self._host
        write = delayed(m, fires_row, pulse.latency - stages.copy, "write", control=True)
        writes = delayed(m, write, stages.copy, "writes", control=True)
        written = delayed(m, address.address, stages.write_back, "written")
        m.d.comb += [
            host.memory_row.eq(synapse.row),
            synapse.write.eq(writes | (sequencer.host_grant & host.i.payload.write)),
            synapse.write_address.eq(Mux(writes, written, host.i.payload.address)),
        ]
        for lanes in slices(config):
            pulsed = copied(m, write, f"writes_{lanes[0]}", control=True)
            m.d.comb += [synapse.write_row[lane].eq(Mux(
                pulsed, pulse.new_row[lane], host.i.payload.row[lane])) for lane in lanes]

    def _connect_lanes(self, m: Module, token: data.View, group: Value, index: Value,
                       states: data.View) -> tuple[Products, PulseUpdate]:
        """Products and pulse, and what sets their devices apart, from the row's place."""
        config = self._config
        m.submodules.product = product = Products(config)
        m.submodules.pulse = pulse = PulseUpdate(config)
        if config.design.draws:
            m.submodules.device = device = RowDevices(config)
            m.d.comb += [
                device.layer.eq(token.layer),
                device.group.eq(group),
                device.index.eq(index),
                device.word.eq(self._generator.word),
                product.devices.eq(device.devices),
                pulse.devices.eq(device.devices),
            ]
            if config.update.refresh_swaps:
                m.d.comb += [device.polarity[lane].eq(states[lane].polarity)
                             for lane in range(config.engine.lanes)]
        return product, pulse

    def _connect_backward(self, m: Module, product: Products, token: data.View, index: Value,
                          unit: Value, active: Value) -> None:
        m.submodules.backward = backward = BackwardTree(self._config)
        m.d.comb += [
            backward.valid.eq(token.valid & token.update & unit),
            backward.first.eq(token.first),
            backward.last.eq(token.last),
            backward.layer.eq(token.layer),
            backward.active.eq(active),
            backward.products.eq(product.products),
        ]
        below = delayed(m, token.layer - 1, backward.latency, "below")
        self._connect_deltas(m, backward.done, below,
                             delayed(m, index, backward.latency, "below_index"), backward.delta)

    def _connect_deltas(self, m: Module, done: Value | int, layer: Value | int,
                        index: Value | int, value: Value | int) -> None:
        """Deltas come from the output in OUTPUT and from the tree in UPDATE, never both."""
        delta, chunk, probe = self._delta, self._output.chunk, self.probe_delta
        place = probe.index[:(len(chunk.valid) - 1).bit_length()]
        m.d.comb += [
            probe.valid.eq(done), probe.layer.eq(layer), probe.index.eq(index),
            probe.value.eq(value),
            delta.write.eq(Mux(probe.valid, 1 << place, chunk.valid)),
            delta.write_layer.eq(Mux(probe.valid, probe.layer,
                                     len(self._config.design.layers) - 1)),
            delta.write_index.eq(Mux(probe.valid, probe.index, chunk.first)),
            *(delta.write_deltas[unit].eq(Mux(probe.valid, probe.value, chunk.delta[unit]))
              for unit in range(len(chunk.valid))),
        ]

    def _connect_drain(self, m: Module) -> None:
        sequencer, forward, output = self._sequencer, self._forward, self._output
        is_output = sequencer.drain_layer == len(self._config.design.layers) - 1
        m.d.comb += [
            self._delta.clear.eq(forward.done),
            self._delta.clear_group.eq(sequencer.drain_group),
            output.start.eq(forward.done & is_output),
            output.first_unit.eq(sequencer.drain_first_unit),
            output.is_last.eq(sequencer.drain_is_last),
            output.z.eq(forward.z),
            output.label.eq(self._loader.label),
            sequencer.drained.eq(output.free),
            self.probe_output.eq(output.chunk),
        ]
        if len(self._config.design.layers) > 1:
            m.submodules.activation = activation = Activation(self._config)
            unit = activation.unit
            m.d.comb += [
                activation.start.eq(forward.done & ~is_output),
                activation.layer.eq(sequencer.drain_layer),
                activation.first_unit.eq(sequencer.drain_first_unit),
                activation.is_last.eq(sequencer.drain_is_last),
                activation.z.eq(forward.z),
                sequencer.drained.eq(activation.free | output.free),
                self._events.unit.eq(unit),
                self.probe_sum.valid.eq(unit.valid),
                self.probe_sum.layer.eq(unit.layer),
                self.probe_sum.index.eq(unit.index),
                self.probe_sum.value.eq(unit.z),
            ]

    def _connect_registers(self, m: Module) -> None:
        registers, sequencer, generator = self._registers, self._sequencer, self._generator
        trained = sequencer.finish & self._loader.train
        connect(m, flipped(self.bus), registers.bus)
        m.d.comb += [
            registers.status.eq(sequencer.busy | self._loader.ready << 1),
            registers.generator.eq(generator.word),
            generator.write.eq(registers.write_generator),
            generator.write_word.eq(registers.bus.write_data),
            generator.gate.eq(registers.gate),
            registers.add_samples.eq(trained),
            registers.add_errors.eq(trained & (self._output.klass != self._loader.label)),
            registers.add_cycles.eq(sequencer.busy),
            registers.add_starved.eq(sequencer.starving),
            registers.add_dropped.eq(self._loader.dropped),
        ]
