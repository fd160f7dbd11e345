"""Netlists from synthesis against the golden model; and a wrong netlist, which is caught."""

import json
import re
from pathlib import Path

import pytest
from small import small_config, small_data

from pulsetrain.emit import TOP, VERILOG, generate
from pulsetrain.fpga.families import FAMILIES, SIMULATED
from pulsetrain.fpga.floorplan import groups_of
from pulsetrain.fpga.synthesis import JSON
from pulsetrain.run import LockstepReport
from pulsetrain.sim.netlist import cell_models, make_netlist
from pulsetrain.sim.runner import SimulationFailedError
from pulsetrain.sim.verify import verify

SAMPLES = 3

CONFIG = small_config(network={"inputs": 66, "hidden": [2], "outputs": 2}, engine={"lanes": 1})
"""Deep enough for a block RAM in every family, and with a multiplier."""


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engine")
    generate(CONFIG, folder)
    return folder


@pytest.fixture(scope="module", params=SIMULATED)
def netlist(request: pytest.FixtureRequest, emitted: Path) -> Path:
    return make_netlist(emitted / VERILOG, request.param, emitted / request.param)


def compared(verilog: Path) -> LockstepReport:
    return verify(CONFIG, small_data(CONFIG), samples=SAMPLES, every=SAMPLES, simulator="icarus",
                  verilog=verilog)


def test_the_netlist_is_the_golden_model(netlist: Path) -> None:
    assert re.search(r"^  (DP16KD|SB_RAM40_4K|RAMB18E1) ", netlist.read_text(), re.MULTILINE)
    report = compared(netlist)
    assert report.first_divergence is None
    assert report.samples == SAMPLES
    assert report.states_compared > 0
    assert report.cycles_simulated == report.cycles_predicted > 0


def with_constant_product(netlist: str) -> str:
    """`netlist` with the product of its one multiplier held at 0."""
    multiplier = re.compile(r"^  (?:MULT18X18D|SB_MAC16|DSP48E1) .*?\n  \);\n",
                            re.DOTALL | re.MULTILINE)
    [instance] = multiplier.findall(netlist)
    [found] = re.findall(
        r"\.P0\((\\\S+ )\[0\]\)|\.O\(\{.*, (\\\S+ ) \}\)|\.O\((\\\S+ )\)"
        r"|\.P\(\{ _\d+_\[47:\d+\], (\\\S+ ) \}\)", instance)
    product = "".join(found)
    unused = f"  wire [47:0] unused;\n  assign {product} = 0;\n"
    return netlist.replace(instance, unused + instance.replace(product, "unused "))


def test_a_constant_product_is_caught(netlist: Path, request: pytest.FixtureRequest,
                                      tmp_path: Path) -> None:
    wrong = tmp_path / VERILOG
    wrong.write_text(with_constant_product(netlist.read_text()))
    report = compared(wrong)
    assert not report.equal
    # On ECP5 the engine stalls: no result comes before a sum is compared.
    family = request.node.callspec.params["netlist"]
    phase = {"ecp5": "result", "ice40": "forward", "xc7": "forward"}[family]
    assert report.first_divergence.phase == phase


@pytest.mark.parametrize("netlist", ["ecp5"], indirect=True)
def test_a_floorplan_finds_block_rams_and_multipliers_by_their_names(netlist: Path) -> None:
    module = json.loads(netlist.with_name(JSON).read_text())["modules"][TOP]
    assert groups_of(module) == []  # synapse memory is in distributed RAM
    for cell in module["cells"].values():
        if cell["type"] == "TRELLIS_DPR16X4":
            cell["type"] = "DP16KD"
    lists, group = groups_of(module)
    assert {name.partition(".")[0] for name in lists.block_rams} == {"events", "loader"}
    assert all(name.startswith("synapse.bank_0_0.memory.") for name in group.block_rams)
    assert group.block_rams
    [multiplier] = group.multipliers
    assert module["cells"][multiplier]["type"] == "MULT18X18D"


def test_a_cell_without_a_model_is_named() -> None:
    with pytest.raises(SimulationFailedError, match="the cell DCUA has no model"):
        cell_models(FAMILIES["ecp5"].models, ["LUT4", "DCUA"])


def test_only_models_of_used_cells_are_read() -> None:
    text = cell_models(FAMILIES["ecp5"].models, ["CCU2C"])
    assert re.findall(r"^module (\w+)", text, re.MULTILINE) == ["CCU2C", "LUT2", "LUT4"]
    assert "specify" not in text
