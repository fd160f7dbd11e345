"""Families: each is one file and one entry; and the example board of the page."""

import ast
import re
from pathlib import Path

import pytest
from small import small_config

from pulsetrain.boards.clock import auto_clock
from pulsetrain.boards.top import make_top
from pulsetrain.fpga.families import FAMILIES, PARTS, SIMULATED
from pulsetrain.fpga.family import RESOURCES
from pulsetrain.sim.netlist import MODELS

ROOT = Path(__file__).parent.parent
FILES = ROOT / "rtl_gen" / "fpga" / "families"


def test_no_other_file_names_a_family():
    found = 0
    for folder in ("rtl_gen", "boards", "sim"):
        for path in (ROOT / folder).rglob("*.py"):
            named = {node.value for node in ast.walk(ast.parse(path.read_text()))
                     if isinstance(node, ast.Constant) and node.value in FAMILIES}
            if path.parent == FILES:
                found += len(named)
            else:
                assert not named, path
    assert found == len(FAMILIES)


def test_every_file_is_registered():
    assert {path.stem for path in FILES.glob("[!_]*.py")} == set(FAMILIES)
    assert {part.family.name for part in PARTS.values()} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_family_is_complete(family):
    counted = family.synthesis.counted
    assert set(counted) | {"lut4", "lut6"} == set(RESOURCES)
    assert family.luts in counted
    assert (family.vendor is None) == (family.placer is not None) == (family.packer is not None)
    for part in (part for part in PARTS.values() if part.family is family):
        assert set(counted) <= set(part.totals)
        if family.placer:
            assert part.place
            assert set(family.placer.cells.values()) <= set(part.totals)
    if family.packer:
        assert f"design.{family.packer.suffix}" in family.packer.arguments
    assert (MODELS / f"{family.pll.cell}.v").is_file()


def test_families_differ_in_suffixes_of_bitstreams_and_constraints():
    """Bitstreams that are made by a vendor's tool are in a project's folder of their own."""
    made = [family for family in FAMILIES.values() if family.packer]
    for suffixes in ([family.packer.suffix for family in made],
                     [family.placer.constraints for family in made]):
        assert len(set(suffixes)) == len(made)


def test_our_models_of_cells_exist():
    ours = [name for family in SIMULATED for name in FAMILIES[family].models.ours]
    assert ours
    assert all((MODELS / name).is_file() for name in ours)


def test_the_board_of_the_page_can_be_made():
    page = (ROOT / "docs" / "how-to" / "boards.md").read_text(encoding="utf-8")
    [code] = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL)
              if "ICEPI_ZERO" in block]
    scope = {"__name__": "pulsetrain.boards.icepi_zero", "__package__": "pulsetrain.boards"}
    exec(code, scope)
    board = scope["ICEPI_ZERO"]
    top = make_top(small_config(), board, auto_clock(small_config(), board))
    assert top.rx_pin in top.constraints
