"""Every component fulfils what all components promise; and the checks can fail."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

import pytest
from amaranth.hdl import Module
from amaranth.lib.wiring import Component, In, Out
from conformance import (
    COMPONENTS,
    check_component,
    check_docstring,
    constant_outputs,
    digests_elsewhere,
    emit_components,
    exists,
)
from testbenches import configuration

import pulsetrain.hdl
from pulsetrain.emit import emit_verilog
from pulsetrain.hdl.library.shared import SharedComponent

SIMULATION = Path(__file__).parent.parent / "sim"

NAMES = ("varied", "lanes-1", "spram")
"""Configurations for which every component is checked. The first has every option, so that no
output may be a constant."""
WHOLE = ("deep", "bidirectional", "one-layer", "displaced")
"""Configurations for which only the engine is checked, with everything in it."""

ALIKE = {"Copy", "DeviceDraw", "FrameCrc", "Framer", "Inbox", "KeyedOrder", "SdramController",
         "SynapseBank", "UartReceiver",
         "UartTransmitter", "Unframer"}
"""Components that are the same for every configuration."""

ONCE = {*ALIKE, "Feeder", "Reader", "Store", "StoredEngine"}
"""Components that are checked for the first configuration only."""

CASES = [*((case, name) for case in NAMES for name in sorted(COMPONENTS)
           if case == NAMES[0] or name not in ONCE), *((case, "Engine") for case in WHOLE),
         ("displaced", "Refresh")]


@pytest.fixture(scope="module")
def emitted(tmp_path_factory):
    """By name: a configuration, its emitted components, and their digests from another process."""
    @cache
    def emit(name):
        config = configuration(name)
        checked = [component for case, component in CASES
                   if case == name and exists(component, config)]
        return (config, emit_components(config, checked),
                digests_elsewhere(config, checked, tmp_path_factory.mktemp(name)))

    return emit


@pytest.mark.parametrize(("case", "name"), CASES)
def test_component_conforms(emitted, case, name, tmp_path):
    config, components, digests = emitted(case)
    assert set(components) == set(digests)
    if not exists(name, config):
        assert name not in digests
        return
    constants = check_component(components[name], config, digests[name], tmp_path)
    assert not constants or case != NAMES[0]


def test_every_component_is_checked_and_has_a_bench():
    found = {}
    for entry in pkgutil.walk_packages(pulsetrain.hdl.__path__, "pulsetrain.hdl."):
        module = importlib.import_module(entry.name)
        found |= {name: entry.name.rpartition(".")[2] for name, item in vars(module).items()
                  if isinstance(item, type) and issubclass(item, Component)
                  and item.__module__ == module.__name__ and item is not SharedComponent}
    assert set(found) == set(COMPONENTS)
    for block in found.values():
        bench = {"engine": "cocotb_server", "linked": "native_board", "stored": "native_stored",
                 "feeder": "testbench/store", "reader": "testbench/store"}.get(
                     block, f"testbench/{block}")
        assert (SIMULATION / f"{bench}.py").is_file()


class Forgetful(Component):
    """Drives one of its outputs.

    Members:
        i: In.
        o: Out.
    """

    def __init__(self):
        super().__init__({"i": In(1), "o": Out(1), "p": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.o.eq(self.i)
        return m


def test_verilog_that_differs_is_found(tmp_path):
    config = configuration("deep")
    refresh = emit_components(config, ["Refresh"])["Refresh"]
    with pytest.raises(AssertionError, match="differs from run to run"):
        check_component(refresh, config, "another", tmp_path)


def test_output_that_nothing_drives_is_found():
    component = Forgetful()
    assert constant_outputs(component, emit_verilog(component, "forgetful")) == {"p"}


def test_port_without_a_description_is_found():
    component = Forgetful()
    emit_verilog(component, "forgetful")
    with pytest.raises(AssertionError, match="does not name its ports"):
        check_docstring(component, configuration("deep"))
