"""Engine: all blocks together, with streams, registers and the host's port to the synapses."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Member, Out, connect, flipped

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.arithmetic import by_layer
from pulsetrain.hdl.library.copy import copied, copies
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.library.pipe import Pipe
from pulsetrain.hdl.library.ring import ring_delayed
from pulsetrain.registers import register
from pulsetrain.spec import Config
from pulsetrain.spec.memories import backward_slices, slices

from .activation import Activation
from .address import RowAddress
from .backward import BackwardTree
from .delta import DeltaMemory
from .device import RowDevices
from .events import HiddenEvents
from .forward import ForwardLanes
from .generator import Generator
from .host import HostPort
from .interfaces import MemoryInterface
from .loader import Loader
from .output import OutputError
from .packer import Packer
from .parity import RowParity
from .product import Products
from .pulse import PulseUpdate
from .registers import RegisterBank, RegisterBus
from .sequencer import Sequencer
from .shapes import slice_layout, slot_shape
from .slot import unit_slot
from .spram import SpramMemory
from .synapse import SynapseMemory


class Engine(Component):
    """The whole learning engine; equals `golden.engine.GoldenEngine` in every state bit.

    The engine works on one sample at a time, while the next sample's events are loaded. The cycles
    of a sample equal `golden.cycles.cycles_of`. The probes are for observers; leave them open.

    Members:
        i_sample: In(stream of `formats.sample_transfer`), samples.
        o_result: Out(stream of `formats.result`), one result per sample, in order.
        i_host: In(stream of `formats.host_request`), reads and writes of slices of rows, served
            between samples, and while a finished sample waits until its result can be given.
        o_host: Out(stream of slice_layout), the slices that were read, in order.
        bus: In(RegisterBus), the registers.
        probe_sum: Out(`formats.sum_probe`), sums of hidden units.
        probe_output: Out(`formats.output_probe`), sums and errors of outputs.
        probe_delta: Out(`formats.delta_probe`), deltas of hidden units.
        parity_error: Out(1), only with `engine.parity`: a row was read with a flipped bit; the
            register `parity` says which.
        rests: In(1), only with `has_rests`: waiting for a sample is not counted.
    """

    def __init__(self, config: Config, *, has_rests: bool = False) -> None:
        self._config, self._has_rests = config, has_rests
        super().__init__(engine_ports(config) | ({"rests": In(1)} if has_rests else {}))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.sequencer = self._sequencer = Sequencer(config)
        m.submodules.loader = self._loader = Loader(config)
        m.submodules.events = self._events = HiddenEvents(config)
        memory = SpramMemory if config.engine.single_port else SynapseMemory
        m.submodules.synapse = synapse = memory(config)
        self._memory = MemoryInterface(config).flip().create(path=("memory",))
        connect(m, self._memory, synapse)
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
            self._dropped = self._loader.dropped | packer.dropped
        else:
            self._dropped = self._loader.dropped
            connect(m, flipped(self.i_sample), self._loader.i)
        connect(m, flipped(self.i_host), self._host.i)
        connect(m, self._host.o, flipped(self.o_host))

        sequencer, loader, output = self._sequencer, self._loader, self._output
        result = Signal(layout(formats.result(self._config)), reset_less=True)
        m.d.comb += [
            sequencer.result_free.eq(~self.o_result.valid),
            self.o_result.payload.eq(result),
        ]
        with m.If(self.o_result.ready):
            m.d.sync += self.o_result.valid.eq(0)
        with m.If(sequencer.finish):
            m.d.sync += [
                self.o_result.valid.eq(1),
                result.prediction.eq(output.prediction),
                result.error.eq(output.prediction != loader.label),
                result.train.eq(sequencer.loader.train),
                result.cycles.eq(sequencer.elapsed)]

    def _connect_sequencer(self, m: Module) -> None:
        sequencer = self._sequencer
        connect(m, sequencer.loader, self._loader.sequencer)
        connect(m, sequencer.events, self._events.sequencer)
        connect(m, sequencer.delta, self._delta.sequencer)
        begins = delayed(m, sequencer.start, 1, "begins", control=True)
        m.d.comb += [
            sequencer.run.eq(self._registers.mode),
            sequencer.host_request.eq(self._host.request),
            self._host.grant.eq(sequencer.host_grant),
            sequencer.outputs_done.eq(self._output.done),
            self._events.start.eq(begins),
            self._delta.start.eq(begins),
            self._output.clear.eq(begins),
            self._generator.step.eq(sequencer.finish & sequencer.loader.train),
        ]

    def _stages(self) -> dict[str, int]:
        """The stages of a row, named after what is available there, in cycles since its issue.

        A stage "before" another makes copies of what the other needs.
        """
        stages = self._config.design.stages
        states, products = stages.issue_to_states, stages.issue_to_products
        return {
            "issue": 0,
            "event": stages.event,
            "address": stages.issue_to_address,
            "before_deltas": states - stages.delta_read - stages.copy,
            "before_states": states - stages.copy,
            "gate": stages.issue_to_address + stages.gate,
            "states": states,
            "before_products": products - stages.copy,
            "products": products,
            "before_write": states + stages.pulse - stages.copy,
            "write": states + stages.pulse,
        }

    def _connect_rows(self, m: Module) -> None:
        """The pipeline of a row, from its issue to its products and to the write of its states."""
        pipe = Pipe(m, self._stages())
        self._connect_address(m, pipe)
        self._connect_generator(m, pipe)
        product, pulse = self._connect_lanes(m, pipe)
        sums = pipe.at("before_products")
        m.d.comb += [
            self._forward.valid.eq(sums.token.valid & ~sums.token.update),
            self._forward.last.eq(sums.token.last),
            self._forward.products.eq(product.products),
        ]
        if len(self._config.design.layers) > 1:
            self._connect_backward(m, pipe, product)
        else:
            self._connect_deltas(m, 0, 0, 0, 0, 0)
        self._connect_write(m, pipe, pulse)
        if self._config.engine.parity:
            self._connect_parity(m, pipe)

    def _connect_address(self, m: Module, pipe: Pipe) -> None:
        """From a row's token to its input line and value, and to its address in the memory."""
        config, layers = self._config, self._config.design.layers
        sequencer, host = self._sequencer, self._host
        m.submodules.address = address = RowAddress(config)
        pipe.put("issue", token=sequencer.token, control=True)
        pipe.put("issue", bias=sequencer.bias, forward_group=sequencer.group)

        row = pipe.at("event")
        layer = row.token.layer
        event = data.View(self._loader.event.shape(),
                          Mux(layer == 0, self._loader.event, self._events.event))
        pipe.put("event",
                 group=Mux(row.token.update, self._delta.group, row.forward_group),
                 index=Mux(row.bias, by_layer(layer, [layer.inputs for layer in layers]),
                           event.index),
                 value=Mux(row.bias, config.numbers.full, event.value))
        m.d.comb += [
            address.group.eq(row.group),
            address.index.eq(row.index),
        ]
        self._read_address = address.address
        m.d.comb += self._memory.read_address.eq(
            Mux(host.accesses, host.address, address.address))

    def _connect_generator(self, m: Module, pipe: Pipe) -> None:
        """Whether the row fires."""
        generator, row = self._generator, pipe.at("address")
        strong = row.bias | (row.value > by_layer(
            row.token.layer, [layer.row_threshold for layer in self._config.design.layers]))
        m.d.comb += [
            generator.layer.eq(row.token.layer),
            generator.index.eq(row.index),
            generator.pulses.eq(row.token.valid & row.token.update & strong),
        ]
        pipe.put("gate", fires=generator.fires, control=True)

    def _connect_lanes(self, m: Module, pipe: Pipe) -> tuple[Products, PulseUpdate]:
        """Products and pulse of a row, from its states, its deltas and its devices."""
        config, states, delta = self._config, self._memory.row, self._delta
        m.submodules.product = product = Products(config)
        m.submodules.pulse = pulse = PulseUpdate(config)
        before, row, near = pipe.at("before_states"), pipe.at("states"), slices(config)
        m.d.comb += [
            delta.read_groups.eq(copies(m, near, pipe.at("before_deltas").group, "read_group")),
            product.row.eq(states),
            product.values.eq(copies(m, near, before.value, "value")),
            pulse.row.eq(states),
            pulse.trits.eq(delta.trits),
            pulse.fires.eq(copies(m, near, pipe.at("gate").fires, "fires", control=True)),
            self._registers.add_pulses.eq(Mux(row.fires & row.token.first, delta.trit_count, 0)),
            self._registers.add_refreshes.eq(pulse.refreshes),
        ]
        if config.network.hidden:
            # No reset: so it is not merged with the token's registers, and can be near its copies.
            pipe.put("address", backward=pipe.at("address").token.update)
            m.d.comb += [
                product.deltas.eq(delta.deltas),
                product.backward.eq(copies(
                    m, backward_slices(config), before.backward, "backward")),
            ]
        if config.design.draws:
            address = pipe.at("address")
            m.submodules.device = device = RowDevices(config)
            m.d.comb += [
                device.layer.eq(address.token.layer),
                device.group.eq(address.group),
                device.index.eq(address.index),
                device.word.eq(self._generator.word),
                product.devices.eq(device.devices),
                pulse.devices.eq(device.devices),
            ]
            if config.update.refresh_swaps:
                m.d.comb += [device.polarity[lane].eq(states[lane].polarity)
                             for lane in range(config.engine.lanes)]
        return product, pulse

    def _connect_backward(self, m: Module, pipe: Pipe, product: Products) -> None:
        """From a line's products to the delta of its unit in the layer below."""
        row, states = pipe.at("address"), pipe.at("states")
        pipe.put("address", has_unit=~row.bias & (row.token.layer != 0))
        pipe.put("states", active=states.value != self._config.numbers.full)
        row = pipe.at("products")
        m.submodules.backward = backward = BackwardTree(self._config)
        m.d.comb += [
            backward.valid.eq(row.token.valid & row.token.update & row.has_unit),
            backward.first.eq(row.token.first),
            backward.last.eq(row.token.last),
            backward.layer.eq(row.token.layer),
            backward.active.eq(row.active),
            *(backward.products[lane].eq(product.products[lane])
              for lane in range(self._config.design.backward_lanes)),
        ]
        below = delayed(m, row.token.layer - 1, backward.latency, "below")
        slot = unit_slot(m, self._config, row.index, max(self._config.network.hidden),
                         backward.latency, "below_slot")
        self._connect_deltas(m, backward.done, below,
                             delayed(m, row.index, backward.latency, "below_index"), slot,
                             backward.delta)

    def _connect_write(self, m: Module, pipe: Pipe, pulse: PulseUpdate) -> None:
        """The writes of new states, and those of the host."""
        memory, host = self._memory, self._host
        before, row = pipe.at("before_write"), pipe.at("write")
        design = self._config.design
        address = ring_delayed(m, self._read_address, design.stages.write_back,
                               design.memories.written_rows, "written_rows")
        m.d.comb += [
            host.memory_row.eq(memory.row),
            memory.write.eq(row.fires.replicate(len(host.writes)) | host.writes),
            memory.write_address.eq(Mux(row.fires, address, host.address)),
        ]
        for lanes in slices(self._config):
            pulsed = copied(m, before.fires, f"writes_{lanes[0]}", control=True)
            m.d.comb += [memory.write_row[lane].eq(Mux(
                pulsed, pulse.new_row[lane], host.pairs[lane - lanes[0]]))
                for lane in lanes]

    def _connect_parity(self, m: Module, pipe: Pipe) -> None:
        """The parity of rows that the engine or the host reads."""
        memory, host, registers = self._memory, self._host, self._registers
        m.submodules.row_parity = parity = RowParity(self._config)
        host_reads = host.accesses & ~host.i.payload.write & ~host.refused
        m.d.comb += [
            parity.reads.eq(pipe.at("address").token.valid | host_reads),
            *(getattr(parity, name).eq(getattr(memory, name)) for name in (
                "read_address", "row", "write", "write_address", "write_row")),
            parity.clear.eq(registers.write_parity),
            registers.parity.eq(parity.error_row | (parity.error << 31)),
            self.parity_error.eq(parity.error),
        ]

    def _connect_deltas(self, m: Module, done: Value | int, layer: Value | int,
                        index: Value | int, slot: Value | int, value: Value | int) -> None:
        """Deltas come from the output in OUTPUT and from the tree in UPDATE, never both.

        `slot` is that of unit `index`.
        """
        delta, chunk, probe = self._delta, self._output.chunk, self.probe_delta
        layers = self._config.design.layers
        hidden_slot = Signal(slot_shape(self._config))
        output_slot = unit_slot(m, self._config, chunk.first, layers[-1].outputs, 0, "output_slot")
        in_chunk = hidden_slot[:(len(chunk.valid) - 1).bit_length()]
        m.d.comb += [
            probe.valid.eq(done), probe.layer.eq(layer), probe.index.eq(index),
            probe.value.eq(value),
            delta.write.eq(Mux(probe.valid, 1 << in_chunk, chunk.valid)),
            hidden_slot.eq(slot),
            delta.write_layer.eq(Mux(probe.valid, probe.layer, len(layers) - 1)),
            delta.write_slot.eq(Mux(probe.valid, hidden_slot, output_slot)),
            *(delta.write_deltas[unit].eq(Mux(probe.valid, probe.value, chunk.delta[unit]))
              for unit in range(len(chunk.valid))),
        ]

    def _connect_drain(self, m: Module) -> None:
        sequencer, forward, output = self._sequencer, self._forward, self._output
        is_output = sequencer.drain_layer == len(self._config.design.layers) - 1
        m.d.comb += [
            self._delta.clear.eq(forward.ending),
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
                activation.start.eq(forward.ending & ~is_output),
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
        trained = sequencer.finish & sequencer.loader.train
        shown = {"busy": sequencer.busy | sequencer.holds, "sample_ready": sequencer.loader.ready,
                 "result": self.o_result.valid}
        status = {field.offset: shown[field.name] for field in register("status").fields}
        connect(m, flipped(self.bus), registers.bus)
        m.d.comb += [
            registers.status.eq(Cat(status.get(bit, Const(0)) for bit in range(
                register("status").bits))),
            registers.generator.eq(generator.word),
            generator.write.eq(registers.write_generator),
            generator.write_word.eq(registers.bus.write_data),
            generator.gate.eq(registers.gate),
            registers.add_samples.eq(trained),
            registers.add_errors.eq(trained & (self._output.prediction != self._loader.label)),
            registers.add_cycles.eq(sequencer.busy),
            registers.add_starved.eq(
                sequencer.starving & ~self.rests if self._has_rests else sequencer.starving),
            registers.add_dropped.eq(self._dropped),
            registers.add_refused.eq(self._loader.refused + self._host.refused),
        ]


def engine_ports(config: Config) -> dict[str, Member]:
    """The members of `Engine`, also for components around it that have the same ports."""
    return {
        "i_sample": In(stream.Signature(layout(formats.sample_transfer(config)))),
        "o_result": Out(stream.Signature(layout(formats.result(config)))),
        "i_host": In(stream.Signature(layout(formats.host_request(config)))),
        "o_host": Out(stream.Signature(slice_layout(config))),
        "bus": In(RegisterBus(config)),
        **({"parity_error": Out(1)} if config.engine.parity else {}),
        **{name: Out(layout(probe)) for name, probe in formats.probes(config).items()}}
