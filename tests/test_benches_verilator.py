"""The benches of all blocks in Verilator: one build, one simulation."""

from functools import cache
from pathlib import Path

import pytest
from testbenches import Outcome, block_of, simulate

from pulsetrain.hdl.engine.activation import Activation
from pulsetrain.hdl.engine.address import RowAddress
from pulsetrain.hdl.engine.backward import BackwardTree
from pulsetrain.hdl.engine.conductance import PairConductance
from pulsetrain.hdl.engine.delta import DeltaMemory
from pulsetrain.hdl.engine.device import RowDevices
from pulsetrain.hdl.engine.events import HiddenEvents
from pulsetrain.hdl.engine.forward import ForwardLanes
from pulsetrain.hdl.engine.generator import Generator
from pulsetrain.hdl.engine.host import HostPort
from pulsetrain.hdl.engine.loader import Loader
from pulsetrain.hdl.engine.output import OutputError
from pulsetrain.hdl.engine.packer import Packer
from pulsetrain.hdl.engine.product import Products
from pulsetrain.hdl.engine.pulse import PulseUpdate
from pulsetrain.hdl.engine.refresh import Refresh
from pulsetrain.hdl.engine.registers import RegisterBank
from pulsetrain.hdl.engine.sequencer import Sequencer
from pulsetrain.hdl.engine.spram import SpramMemory
from pulsetrain.hdl.engine.step import PairStep
from pulsetrain.hdl.engine.synapse import SynapseMemory
from pulsetrain.hdl.link.executor import Executor
from pulsetrain.sim.testbench.copy import copy_control
from pulsetrain.sim.testbench.crc import frame_crc
from pulsetrain.sim.testbench.framer import framer
from pulsetrain.sim.testbench.inbox import inbox
from pulsetrain.sim.testbench.table import read_table
from pulsetrain.sim.testbench.uart import uart
from pulsetrain.sim.testbench.unframer import unframer

CASES = (
    (Activation, "deep"),
    (RowAddress, "deep"),
    (BackwardTree, "deep"),
    (PairConductance, "varied"),
    (copy_control, "deep"),
    (frame_crc, "deep"),
    (DeltaMemory, "deep"),
    (RowDevices, "displaced"),
    (HiddenEvents, "deep"),
    (Executor, "deep"),
    (ForwardLanes, "deep"),
    (framer, "deep"),
    (Generator, "deep"),
    (HostPort, "deep"),
    (inbox, "deep"),
    (Loader, "deep"),
    (OutputError, "deep"),
    (Packer, "deep"),
    (Products, "deep"),
    (PulseUpdate, "deep"),
    (Refresh, "displaced"),
    (RegisterBank, "deep"),
    (Sequencer, "deep"),
    (SpramMemory, "spram-banks"),
    (PairStep, "displaced"),
    (SynapseMemory, "banks"),
    (read_table, "varied"),
    (uart, "deep"),
    (unframer, "deep"),
)


@cache
def outcome(session_folder: Path) -> Outcome:
    return simulate(CASES, "verilator", session_folder / "benches-verilator")


@pytest.mark.parametrize(("block", "name"), [(block_of(make), name) for make, name in CASES])
def test_bench(block: str, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    outcome(tmp_path_factory.getbasetemp()).check(block, name)
