"""Floorplans: each block RAM and multiplier of a lane has a site, near those of its neighbours."""

import json
from itertools import pairwise

import pytest

from pulsetrain.boards.registry import BOARDS
from pulsetrain.fpga.families import FAMILIES
from pulsetrain.fpga.floorplan import FEWEST_PLANNED, Group, groups_of, plan
from pulsetrain.fpga.place import place
from pulsetrain.fpga.synthesis import Netlist
from pulsetrain.fpga.tools import Tool, ToolFailedError

BOARD = BOARDS["ulx3s-85f"]


def group(number: int, block_rams: int, multipliers: int) -> Group:
    return Group(block_rams=[f"r{number}_{index}" for index in range(block_rams)],
                 multipliers=[f"m{number}_{index}" for index in range(multipliers)])


def hundred_lanes() -> list[Group]:
    """The groups of 100 lanes with up to 2,048 rows of 12 bits."""
    return [*(group(number, 11, 8) for number in range(12)), group(12, 6, 4)]


def test_each_cell_has_a_site_of_its_kind():
    found = plan(hundred_lanes(), BOARD.sites)
    assert len(found) == len({str(site) for site in found.values()}) == 138 + 100
    for cell, site in found.items():
        assert site.name.startswith("EBR" if cell.startswith("r") else "MULT18_")


def test_block_rams_are_near_those_of_their_group_and_of_the_next():
    found = plan(hundred_lanes(), BOARD.sites)
    path = [site for cell, site in found.items() if cell.startswith("r")]
    for one, other in pairwise(path):
        assert abs(one.column - other.column) <= 9
        assert abs(one.row - other.row) <= 24
    for cell, site in found.items():
        if cell.startswith("m"):
            assert min(abs(site.column - ram.column) + abs(site.row - ram.row)
                       for name, ram in found.items()
                       if name.startswith(f"r{cell[1:].split('_')[0]}_")) <= 45


def test_a_design_of_more_lanes_takes_the_whole_part():
    few, many = (plan([group(number, 11, 12) for number in range(count)], BOARD.sites)
                 for count in (10, 13))
    assert min(site.column for site in few.values()) >= 31
    assert len({str(site) for site in many.values()}) == 13 * 23
    assert min(site.column for site in many.values()) == 4


@pytest.mark.parametrize("groups", [
    [group(number, 11, 8) for number in range(19)],  # 209 block RAMs
    [group(number, 6, 20) for number in range(8)],  # 160 multipliers
    []])
def test_without_enough_sites_or_without_groups_there_is_no_plan(groups):
    assert plan(groups, BOARD.sites) == {}


def test_groups_are_read_from_the_names_of_a_netlist():
    ram, product = "core.engine.synapse.bank", "core.engine.product.multiplier"
    module = {"cells": {
        **{name: {"type": "DP16KD"} for name in (
            f"{ram}_1_0.memory.0.0", f"{ram}_0_0.memory.0.10", f"{ram}_0_0.memory.0.2",
            f"{ram}_0_8.memory.0.0", "core.inbox.memory.0.0", "core.engine.loader.memory.0.0",
            "core.engine.events.memory.0.0")},
        **{name: {"type": "MULT18X18D"} for name in (
            f"{product}_9.dsp", f"{product}_0.dsp", "core.other.dsp")},
        f"{product}_1.other": {"type": "LUT4"}}}
    assert groups_of(module) == [
        Group(block_rams=["core.engine.events.memory.0.0", "core.engine.loader.memory.0.0"]),
        Group(block_rams=[f"{ram}_{rest}" for rest in (
            "1_0.memory.0.0", "0_0.memory.0.2", "0_0.memory.0.10")],
            multipliers=[f"{product}_0.dsp"]),
        Group(block_rams=[f"{ram}_0_8.memory.0.0"], multipliers=[f"{product}_9.dsp"])]


@pytest.mark.parametrize(("lanes", "sites", "is_planned"), [
    (FEWEST_PLANNED, BOARD.sites, True), (FEWEST_PLANNED - 1, BOARD.sites, False),
    (FEWEST_PLANNED, BOARD.without_memory.sites, True),
    (FEWEST_PLANNED, BOARDS["ulx3s-25f"].sites, False)])
def test_large_designs_are_planned_before_they_are_placed(
        tmp_path, monkeypatch, lanes, sites, is_planned):
    cells = {f"synapse.bank_0_{lane}.memory.0.0": {
        "type": "DP16KD", "attributes": {}, "connections": {}} for lane in range(lanes)}
    cells |= {f"product.multiplier_{lane}.dsp": {
        "type": "MULT18X18D", "attributes": {}, "connections": {}} for lane in range(lanes)}
    netlist = tmp_path / "synthesised.json"
    netlist.write_text(json.dumps({"modules": {
        "unused": {"attributes": {}, "cells": {}},
        "board": {"attributes": {"top": "1"}, "cells": cells}}}))

    def run(tool, arguments, *, folder, **options):
        placed = json.loads((folder / "netlist.json").read_text())["modules"]["board"]["cells"]
        found = [cell["attributes"]["BEL"] for cell in placed.values() if cell["attributes"]]
        assert len(set(found)) == len(found) == (2 * lanes if is_planned else 0)
        raise ToolFailedError("seen")

    monkeypatch.setattr(Tool, "run", run)
    made = Netlist(family=FAMILIES["ecp5"], json=netlist, verilog=tmp_path / "v",
                   cells={"MULT18X18D": lanes})
    with pytest.raises(ToolFailedError, match="seen"):
        place(made, BOARD.part, 50.0, 1, tmp_path / "seed-1", sites=sites)
