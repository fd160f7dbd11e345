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
    IN_A_TOP,
    VARIANTS,
    check_component,
    check_docstring,
    constant_outputs,
    emit_components,
    exists,
    made_elsewhere,
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

ALIKE = {"Copy", "DeviceDraw", "FrameCrc", "Framer", "Inbox", "KeyedOrder", "Multiplier",
         "SdramController", "SynapseBank", "UartReceiver",
         "UartTransmitter", "Unframer"}
"""Components that are the same for every configuration."""

ONCE = {*ALIKE, *VARIANTS, "BusAccess", "Feeder", "Reader", "RegisterAccess", "RowAccess",
        "SampleWords", "Store", "StoredEngine"}
"""Components that are checked for the first configuration only."""

ALWAYS = {"BusAccess": {"i_host__ready"}, "BusAccessOfWords": {"i_host__ready"}}
"""Outputs of components that are constants: these take every answer in the cycle it comes."""

CASES = [*((case, name) for case in NAMES for name in sorted(COMPONENTS)
           if case == NAMES[0] or name not in ONCE), *((case, "Engine") for case in WHOLE),
         ("displaced", "Refresh"),
         *(("parity", name) for name in ("BusAccess", "Engine", "RowParity"))]


@pytest.fixture(scope="module")
def emitted():
    """By name: a configuration and its emitted components."""
    @cache
    def emit(case):
        config = configuration(case)
        return config, emit_components(config, [
            name for other, name in CASES if other == case and exists(name, config)])

    return emit


@pytest.fixture(scope="module")
def elsewhere(emitted, tmp_path_factory):
    """By name of a configuration: digests of components made by another process, and the classes
    of all that are in them."""
    made = {case: emitted(case) for case in dict.fromkeys(case for case, _ in CASES)}
    return made_elsewhere({case: (config, sorted(components))
                           for case, (config, components) in made.items()},
                          tmp_path_factory.mktemp("elsewhere"))


@pytest.mark.parametrize(("case", "name"), CASES)
def test_component_conforms(emitted, elsewhere, case, name, tmp_path):
    config, components = emitted(case)
    digests, classes = elsewhere[case]
    if not exists(name, config):
        assert name not in components
        return
    assert name in digests or type(components[name].component).__name__ in classes
    constants = check_component(components[name], config, digests.get(name), tmp_path)
    assert constants <= ALWAYS.get(name, set()) or case != NAMES[0]


def test_every_component_is_checked_and_has_a_bench():
    found = {}
    for entry in pkgutil.walk_packages(pulsetrain.hdl.__path__, "pulsetrain.hdl."):
        module = importlib.import_module(entry.name)
        room, _, block = entry.name.removeprefix("pulsetrain.hdl.").partition(".")
        found |= {name: room if room == "bus" else block for name, item in vars(module).items()
                  if isinstance(item, type) and issubclass(item, Component)
                  and item.__module__ == module.__name__ and item is not SharedComponent}
    assert set(found) == set(COMPONENTS) - set(VARIANTS) | IN_A_TOP
    assert set(VARIANTS.values()) <= set(found)
    for block in found.values():
        bench = {"bus": "../tests/bus_checks", "engine": "cocotb_server", "linked": "native_board",
                 "stored": "native_stored", "feeder": "testbench/store",
                 "reader": "testbench/store"}.get(
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
