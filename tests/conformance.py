"""Conformance: what every component promises, whatever it does.

Run as a program (`conformance.py CONFIG NAME...`), it prints the digests of the Verilog of
components.
"""

import hashlib
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from amaranth.lib.wiring import Component, Out

from rtl_gen.emit import emit_verilog
from rtl_gen.hdl.activation import Activation
from rtl_gen.hdl.address import RowAddress
from rtl_gen.hdl.backward import BackwardTree
from rtl_gen.hdl.conductance import PairConductance
from rtl_gen.hdl.delta import DeltaMemory
from rtl_gen.hdl.device import DeviceDraw, RowDevices
from rtl_gen.hdl.engine import Engine
from rtl_gen.hdl.events import HiddenEvents
from rtl_gen.hdl.executor import Executor
from rtl_gen.hdl.forward import ForwardLanes
from rtl_gen.hdl.generator import Generator
from rtl_gen.hdl.host import HostPort
from rtl_gen.hdl.linked import LinkedEngine
from rtl_gen.hdl.loader import Loader
from rtl_gen.hdl.output import OutputError
from rtl_gen.hdl.packer import Packer
from rtl_gen.hdl.product import Products
from rtl_gen.hdl.pulse import PulseUpdate
from rtl_gen.hdl.refresh import Refresh
from rtl_gen.hdl.registers import RegisterBank
from rtl_gen.hdl.sequencer import Sequencer
from rtl_gen.hdl.spram import SpramMemory
from rtl_gen.hdl.step import PairStep
from rtl_gen.hdl.synapse import SynapseBank, SynapseMemory
from rtl_gen.registers import REGISTERS
from rtl_gen.spec import Config
from rtl_gen.spec.load import config_from_json
from sim import runner
from sim.bench.copy import copy_control
from sim.bench.crc import frame_crc
from sim.bench.framer import framer
from sim.bench.inbox import inbox
from sim.bench.table import read_table
from sim.bench.uart import DIVISOR, uart_receiver, uart_transmitter
from sim.bench.unframer import unframer

ROOT = Path(__file__).parent.parent
OPTIONAL = {"devices"}
"""Ports that a component has for some configurations only."""



def linked_engine(config: Config) -> LinkedEngine:
    """The linked engine, with a divisor."""
    return LinkedEngine(config, DIVISOR)


def device_draw(_: Config) -> DeviceDraw:
    """What a device draws: the same for every configuration."""
    return DeviceDraw()


def synapse_bank(_: Config) -> SynapseBank:
    """A bank of synapse memory, the same for every configuration."""
    return SynapseBank(12, 100)


COMPONENTS: dict[str, Callable[[Config], Component]] = {
    **{component.__name__: component for component in (
        Activation, BackwardTree, DeltaMemory, Engine, Executor, ForwardLanes, Generator,
        HiddenEvents, HostPort, Loader, OutputError, Packer, PairConductance, PairStep, Products,
        PulseUpdate, Refresh, RegisterBank, RowAddress, RowDevices, Sequencer, SpramMemory,
        SynapseMemory)},
    "Copy": copy_control, "DeviceDraw": device_draw, "FrameCrc": frame_crc, "Framer": framer,
    "Inbox": inbox, "LinkedEngine": linked_engine, "SynapseBank": synapse_bank,
    "Table": read_table, "UartReceiver": uart_receiver, "UartTransmitter": uart_transmitter,
    "Unframer": unframer}


def exists(name: str, config: Config) -> bool:
    """Whether an engine of `config` can have the component at all."""
    return {"RowDevices": config.draws, "Activation": len(config.layers) > 1}.get(name, True)


def check_component(make: Callable[[Config], Component], config: Config, digest: str,
                    folder: Path) -> set[str]:
    """Check one component for one configuration; returns its outputs that are constants.

    It says what all its ports are; it becomes Verilog without a warning, the same that `digest`
    was made from elsewhere; no name in it can be taken for a bit of another; and Verilator's lint
    finds nothing in it.
    """
    component = make(config)
    check_docstring(component)
    verilog = emit_verilog(component, make.__name__)
    assert _digest(verilog) == digest, "the Verilog differs from run to run"
    assert not re.search(r"\\\S*\[", verilog), "an element of an array is named like a bit"
    path = folder / f"{make.__name__}.v"
    path.write_text(verilog)
    runner.lint(path, make.__name__)
    return constant_outputs(component, verilog)


def check_docstring(component: Component) -> None:
    """The class says what it does, and names every port, and nothing else, under `Members`."""
    summary, heading, members = inspect.getdoc(type(component)).partition("Members")
    assert summary.strip()
    assert heading, "the docstring has no section `Members`"
    ports = set(component.signature.members)
    if isinstance(component, RegisterBank):
        kinds = {entry.name: "NAME" for entry in REGISTERS}
        ports = {re.sub("|".join(kinds), "NAME", port) for port in ports}
        named = set(re.findall(r"\b(?:\w+_)?NAME\b|`bus`", members))
        named = {name.strip("`") for name in named}
    else:
        named = {name for names in re.findall(r"(\w+(?:, \w+)*): (?:In|Out)\b", members)
                 for name in names.split(", ")}
    assert ports <= named <= ports | OPTIONAL, (
        f"the docstring does not name its ports {ports}, but {named}")


def constant_outputs(component: Component, verilog: str) -> set[str]:
    """The outputs that the Verilog ties to a constant: those that nothing drives are among them."""
    outputs = {"__".join(map(str, path)) for path, member, _ in component.signature.flatten(
        component) if member.flow == Out}
    tied = set(re.findall(r"assign (\w+) = \d+'h[0-9a-f]+;", verilog))
    return outputs & tied


def digests_elsewhere(config: Config, names: Sequence[str], folder: Path) -> dict[str, str]:
    """Digests of the Verilog of components, made by another process in another folder."""
    path = folder / "config.json"
    path.write_text(config.model_dump_json())
    ended = subprocess.run(
        [sys.executable, __file__, str(path), *names], cwd=folder, capture_output=True, text=True,
        check=False, env=os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)})
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def _digest(verilog: str) -> str:
    return hashlib.sha256(verilog.encode()).hexdigest()


if __name__ == "__main__":
    chosen = config_from_json(Path(sys.argv[1]).read_text())
    print(json.dumps({name: _digest(emit_verilog(COMPONENTS[name](chosen),
                                                 COMPONENTS[name].__name__))
                      for name in sys.argv[2:] if exists(name, chosen)}))
