"""Conformance: what every component must fulfil.

Run as a program (`conformance.py FILE`), it prints digests of what is made from components, and
which components it made.
"""

import gc
import hashlib
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from unittest.mock import patch

from amaranth.hdl import Shape
from amaranth.lib.wiring import Component, Out

from pulsetrain.emit import emit_verilog, rtlil_to_verilog
from pulsetrain.emit import verilog as verilog_of
from pulsetrain.hdl.bus.access import BusAccess
from pulsetrain.hdl.bus.registers import RegisterAccess
from pulsetrain.hdl.bus.rows import RowAccess
from pulsetrain.hdl.bus.samples import SampleWords
from pulsetrain.hdl.engine.activation import Activation
from pulsetrain.hdl.engine.address import RowAddress
from pulsetrain.hdl.engine.backward import BackwardTree
from pulsetrain.hdl.engine.conductance import PairConductance
from pulsetrain.hdl.engine.delta import DeltaMemory
from pulsetrain.hdl.engine.device import DeviceDraw, RowDevices
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.engine.events import HiddenEvents
from pulsetrain.hdl.engine.forward import ForwardLanes
from pulsetrain.hdl.engine.generator import Generator
from pulsetrain.hdl.engine.host import HostPort
from pulsetrain.hdl.engine.loader import Loader
from pulsetrain.hdl.engine.output import OutputError
from pulsetrain.hdl.engine.packer import Packer
from pulsetrain.hdl.engine.parity import RowParity
from pulsetrain.hdl.engine.product import Products
from pulsetrain.hdl.engine.pulse import PulseUpdate
from pulsetrain.hdl.engine.refresh import Refresh
from pulsetrain.hdl.engine.registers import RegisterBank
from pulsetrain.hdl.engine.sequencer import Sequencer
from pulsetrain.hdl.engine.spram import SpramMemory
from pulsetrain.hdl.engine.step import PairStep
from pulsetrain.hdl.engine.synapse import SynapseBank, SynapseMemory
from pulsetrain.hdl.link.executor import Executor
from pulsetrain.hdl.link.linked import LinkedEngine
from pulsetrain.hdl.store.feeder import Feeder
from pulsetrain.hdl.store.order import KeyedOrder
from pulsetrain.hdl.store.reader import Reader
from pulsetrain.hdl.store.sdram import SdramController
from pulsetrain.hdl.store.store import Store
from pulsetrain.hdl.store.stored import StoredEngine
from pulsetrain.registers import registers_of
from pulsetrain.sim import runner
from pulsetrain.sim.testbench.copy import copy_control
from pulsetrain.sim.testbench.crc import frame_crc
from pulsetrain.sim.testbench.framer import framer
from pulsetrain.sim.testbench.inbox import inbox
from pulsetrain.sim.testbench.multiplier import multiplier
from pulsetrain.sim.testbench.table import read_table
from pulsetrain.sim.testbench.uart import DIVISOR, uart_receiver, uart_transmitter
from pulsetrain.sim.testbench.unframer import unframer
from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_json
from pulsetrain.spec.memories import MemorySize
from pulsetrain.store.chips import CHIPS, Memory, strictest

DESCRIBED = ("pulsetrain.hdl.engine", "pulsetrain.hdl.library")
"""Rooms whose docstrings say the width or shape of every port."""

_MODULE = re.compile(r"((?:^\(\*.*?\*\)\n)*^module \\?(\S+?) ?\(.*?^endmodule\n)",
                     re.DOTALL | re.MULTILINE)

MEMORY = Memory(chip=strictest(CHIPS.values()), period=20.0)
"""The memory of components that have one."""

OPTIONAL = {"backward", "deltas", "devices", "error",
            "parity_error", "pins", "o_word", "job_address", "job_write", "job_write_data",
            "job_read_data",
            "working", "keeps", "stays", "failed",
            "results_per_packet", "rests", "o_sample", "i_result", "sample_room", "results_held"}
"""Ports that a component has only for some configurations, with a memory, or for some buses."""

VARIANTS = {"ExecutorOfMemory": "Executor", "LinkedEngineOfMemory": "LinkedEngine",
            "BusAccessOfWords": "BusAccess"}
"""Components with other arguments than those under the name of their class."""

IN_A_TOP = {"AxiLite", "AxiTop", "BatchTop", "PlacedEngine", "Wishbone", "WishboneTop"}
"""Components with the ports of a bus. They are checked as whole tops, by `test_bus`."""


def linked_engine(config: Config) -> LinkedEngine:
    """The linked engine, with a divisor."""
    return LinkedEngine(config, DIVISOR)


OUTERMOST = ("LinkedEngineOfMemory", "LinkedEngine", "BusAccess")
"""Components that contain most others: another process makes them, and what they do not contain."""


def device_draw(_: Config) -> DeviceDraw:
    """The circuit that draws a device: the same for every configuration."""
    return DeviceDraw()


def synapse_bank(_: Config) -> SynapseBank:
    """A bank of synapse memory, the same for every configuration."""
    return SynapseBank(MemorySize(bits=12, depth=100))


def keyed_order(_: Config) -> KeyedOrder:
    """The keyed order, the same for every configuration."""
    return KeyedOrder()


def sdram_controller(_: Config) -> SdramController:
    """A controller, the same for every configuration."""
    return SdramController(MEMORY)


def feeder(config: Config) -> Feeder:
    """A feeder for a memory."""
    return Feeder(config, MEMORY.chip)


def store(config: Config) -> Store:
    """A store for a memory."""
    return Store(config, MEMORY)


def stored_engine(config: Config) -> StoredEngine:
    """An engine with a memory."""
    return StoredEngine(config, MEMORY)


def executor_of_memory(config: Config) -> Executor:
    """An executor with the commands of a memory."""
    return Executor(config, MEMORY)


def linked_engine_of_memory(config: Config) -> LinkedEngine:
    """The linked engine, with a memory."""
    return LinkedEngine(config, DIVISOR, MEMORY)


def bus_access(config: Config) -> BusAccess:
    """Accesses of a bus with streams."""
    return BusAccess(config, "axi")


def bus_access_of_words(config: Config) -> BusAccess:
    """Accesses of a bus without streams."""
    return BusAccess(config, "wishbone")


def register_access(config: Config) -> RegisterAccess:
    """Accesses to registers, the same for every configuration without parity."""
    return RegisterAccess(config)


_LINKED = (linked_engine.__name__, linked_engine_of_memory.__name__)
"""Modules whose Verilog is compared too, not only their RTLIL."""

COMPONENTS: dict[str, Callable[[Config], Component]] = {
    **{component.__name__: component for component in (
        Activation, BackwardTree, DeltaMemory, Engine, Executor, ForwardLanes, Generator,
        HiddenEvents, HostPort, Loader, OutputError, Packer, PairConductance, PairStep, Products,
        PulseUpdate, Reader, Refresh, RegisterBank, RowAccess, RowAddress, RowDevices,
        RowParity, SampleWords,
        Sequencer, SpramMemory, SynapseMemory)},
    "BusAccess": bus_access, "BusAccessOfWords": bus_access_of_words,
    "Copy": copy_control, "DeviceDraw": device_draw, "Feeder": feeder, "FrameCrc": frame_crc,
    "ExecutorOfMemory": executor_of_memory, "Framer": framer,
    "Inbox": inbox, "KeyedOrder": keyed_order, "LinkedEngine": linked_engine,
    "LinkedEngineOfMemory": linked_engine_of_memory, "Multiplier": multiplier,
    "RegisterAccess": register_access,
    "SynapseBank": synapse_bank,
    "SdramController": sdram_controller, "Store": store, "StoredEngine": stored_engine,
    "Table": read_table, "UartReceiver": uart_receiver, "UartTransmitter": uart_transmitter,
    "Unframer": unframer}


def exists(name: str, config: Config) -> bool:
    """Whether an engine of `config` can have the component."""
    design, single_port = config.design, config.engine.single_port
    return {"RowDevices": design.draws, "Activation": len(design.layers) > 1,
            "RowParity": config.engine.parity, "SpramMemory": single_port,
            "SynapseMemory": not single_port}.get(name, True)


@dataclass(frozen=True)
class Emitted:
    """A component, its module's name, its RTLIL and Verilog, and the modules in it that synthesis
    must not open."""

    component: Component
    module: str
    rtlil: str
    kept: list[str]
    verilog: str


def emit_components(config: Config, names: Sequence[str]) -> dict[str, Emitted]:
    """Emit components of `config`, without a warning and with one start of Yosys."""
    components: dict[str, Component] = {}
    texts: dict[str, str] = {}
    kept: dict[str, list[str]] = {}
    for name in names:
        make = COMPONENTS[name]
        components[name] = make(config)
        texts[name], kept[name] = _rtlil(components[name], make.__name__)
    verilog = dict.fromkeys(names, "")
    by_module = {COMPONENTS[name].__name__: name for name in names}
    text = rtlil_to_verilog("\n".join(texts.values()), "components", kept=[*chain(*kept.values())])
    for module, top in _MODULE.findall(text):
        owner = max((found for found in by_module if re.match(rf"{found}(\W|_|$)", top)), key=len)
        verilog[by_module[owner]] += module
    return {name: Emitted(components[name], COMPONENTS[name].__name__, texts[name], kept[name],
                          verilog[name]) for name in names}


def check_component(emitted: Emitted, config: Config, digest: str | None,
                    folder: Path) -> set[str]:
    """Check one component for one configuration; returns its outputs that are constants.

    Its docstring describes all its ports, and `digest` is what another process computed, if it
    did (see `made_elsewhere`). No name in it can be confused with a bit of another. Verilator's
    lint finds nothing in it.
    """
    check_docstring(emitted.component, config)
    if digest is not None:
        assert _digest(emitted.module, emitted.rtlil, emitted.kept) == digest, (
            "differs from run to run")
    assert not re.search(r"\\\S*\[", emitted.verilog), "an element of an array is named like a bit"
    path = folder / f"{emitted.module}.v"
    path.write_text(emitted.verilog)
    runner.lint(path, emitted.module)
    return constant_outputs(emitted.component, emitted.verilog)


def check_docstring(component: Component, config: Config) -> None:
    """The docstring says what the class does, and names exactly its ports under `Members`."""
    summary, heading, members = inspect.getdoc(type(component)).partition("Members")
    assert summary.strip()
    assert heading, "the docstring has no section `Members`"
    ports = set(component.signature.members)
    if isinstance(component, RegisterBank):
        names = [entry.name for entry in registers_of(config)]
        ports = {re.sub("|".join(names), "NAME", port) for port in ports}
        named = set(re.findall(r"\b(?:\w+_)?NAME\b|`bus`", members))
        named = {name.strip("`") for name in named}
    else:
        named = {name for names in re.findall(r"(\w+(?:, \w+)*): (?:In|Out)\b", members)
                 for name in names.split(", ")}
    assert ports <= named <= ports | OPTIONAL, (
        f"the docstring does not name its ports {ports}, but {named}")
    # The registers declare their widths themselves.
    if (type(component).__module__.startswith(DESCRIBED)
            and not isinstance(component, RegisterBank)):
        check_members(component, config, members)


def check_members(component: Component, config: Config, members: str) -> None:
    """Every member has its direction, its width or shape in brackets, and a description.

    A number in the brackets is the width of each port; a name is one of the component's module,
    such as `layer_shape`, or of the design, such as `label_bits`. Anything else is text.
    """
    described = re.findall(r"(\w+): (In|Out)\(([^()]+)\),", members)
    ports = component.signature.members
    assert {name for name, _, _ in described} >= set(ports), (
        "these ports have no width in brackets: "
        f"{sorted(set(ports) - {name for name, _, _ in described})}")
    module = vars(sys.modules[type(component).__module__])
    for name, direction, shape in described:
        if name not in ports:
            continue
        assert ports[name].flow.name == direction, f"{name} is not {direction}"
        if not ports[name].is_port:
            continue
        width = Shape.cast(ports[name].shape).width
        if shape.isdecimal():
            assert width == int(shape), f"{name} has {width} bits, not {shape}"
        elif callable(module.get(shape)):
            value = module[shape](config)
            expected = value if isinstance(value, int) else Shape.cast(value).width
            assert width == expected, f"{name} has {width} bits, {shape} has {expected}"
        elif hasattr(type(config.design), shape):
            expected = getattr(config.design, shape)
            assert width == expected, f"{name} has {width} bits, {shape} is {expected}"


def constant_outputs(component: Component, verilog: str) -> set[str]:
    """The outputs that the Verilog ties to a constant, including those without a driver."""
    outputs = {"__".join(map(str, path)) for path, member, _ in component.signature.flatten(
        component) if member.flow == Out}
    tied = set(re.findall(r"assign (\w+) = \d+'h[0-9a-f]+;", verilog))
    return outputs & tied


def made_elsewhere(cases: Mapping[str, tuple[Config, Sequence[str]]],
                   folder: Path) -> dict[str, tuple[dict[str, str], set[str]]]:
    """By case: digests of components of a configuration, made by another process in another folder,
    and the names of all classes of components in them.

    There is no digest of a component whose class is in another one. The digests are of the RTLIL
    that Yosys translates, and, for a linked engine, of the Verilog, so that Yosys takes part.
    """
    path = folder / "cases.json"
    path.write_text(json.dumps({case: (config.model_dump_json(), names)
                                for case, (config, names) in cases.items()}))
    ended = subprocess.run(
        [sys.executable, __file__, str(path)], cwd=folder, capture_output=True, text=True,
        check=False, env=os.environ | {"PYTHONHASHSEED": "4711"})
    assert ended.returncode == 0, ended.stderr
    return {case: (digests, set(made))
            for case, (digests, made) in json.loads(ended.stdout).items()}


def _digest(module: str, rtlil: str, kept: Sequence[str]) -> str:
    text = rtlil_to_verilog(rtlil, module, kept=kept) if module in _LINKED else rtlil
    return hashlib.sha256(text.encode()).hexdigest()


def _rtlil(component: Component, name: str) -> tuple[str, list[str]]:
    """The RTLIL of a component, and the modules that synthesis must not open."""
    with patch.object(verilog_of, "rtlil_to_verilog", return_value="") as translate:
        emit_verilog(component, name)
    [rtlil, _] = translate.call_args.args
    return rtlil, translate.call_args.kwargs["kept"]


def _made_here(config: Config, names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    digests: dict[str, str] = {}
    classes: set[str] = set()
    initialise = Component.__init__

    def record(self: Component, *arguments: object, **named: object) -> None:
        classes.add(type(self).__name__)
        initialise(self, *arguments, **named)

    for name in (*(name for name in OUTERMOST if name in names), *names):
        component, module = COMPONENTS[name](config), COMPONENTS[name].__name__
        if type(component).__name__ in classes:
            continue
        classes.add(type(component).__name__)
        with patch.object(Component, "__init__", record):
            rtlil, kept = _rtlil(component, module)
        assert config.engine.parity or "parity" not in rtlil, name  # the option is off
        digests[name] = _digest(module, rtlil, kept)
    return digests, sorted(classes)


if __name__ == "__main__":
    gc.set_threshold(200_000, 50, 50)
    print(json.dumps({
        case: _made_here(config_from_json(config), names)
        for case, (config, names) in json.loads(Path(sys.argv[1]).read_text()).items()}))
