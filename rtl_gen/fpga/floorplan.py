"""Floorplan: where the block RAMs and the multipliers of lanes go, before nextpnr places the rest.

nextpnr's placer draws the logic to the pins, and puts block RAMs and multipliers, which are in a
few rows all over an FPGA, where some are free. With many lanes the logic then fills a corner, in
which it cannot be routed, far from both. With block RAMs and multipliers fixed, lane after lane,
the logic of each lane is drawn to them. The lists of events, whose words address all lanes, are in
the middle.
"""

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

FEWEST_PLANNED = 64
"""Designs with at least this number of multipliers are planned; smaller ones are left to the
placer."""

_BANK = re.compile(r"\bsynapse\.bank_(\d+)_(\d+)\.memory\.\d+\.(\d+)$")
_LIST = re.compile(r"\b(?:loader|events)\.memory\.\d+\.\d+$")
_MULTIPLIER = re.compile(r"\bproduct\.multiplier_(\d+)\.\w+$")


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place for a cell, in nextpnr's columns (X) and rows (Y)."""

    column: int
    row: int
    name: str

    def __str__(self) -> str:
        return f"X{self.column}/Y{self.row}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Sites:
    """The block RAMs and multipliers of a part that a floorplan may use.

    Both repeat in blocks that begin at the columns `blocks`. Designs for which the last `usual` of
    these suffice get no others. In a block, each is (column from its beginning, name). They are in
    the rows `block_ram_rows`, of which there are four, and `multiplier_rows`.
    """

    blocks: tuple[int, ...]
    usual: int
    block_rams: tuple[tuple[int, str], ...]
    multipliers: tuple[tuple[int, str], ...]
    block_ram_rows: tuple[int, int, int, int]
    multiplier_rows: tuple[int, ...]

    def block_ram_path(self) -> list[Site]:
        """All block RAMs along a path in two loops, each from the middle of an inner row to its
        right, back along the outer row, and from the left to the middle again."""
        rows = [self._row(self.block_rams, row) for row in self.block_ram_rows]
        middle = len(rows[0]) // 2
        return [site for outer, inner in ((rows[0], rows[1]), (rows[3], rows[2]))
                for site in (*inner[middle:], *outer[::-1], *inner[:middle])]

    def all_multipliers(self) -> list[Site]:
        """All multipliers, row by row."""
        return [site for row in self.multiplier_rows for site in self._row(self.multipliers, row)]

    def _row(self, in_block: tuple[tuple[int, str], ...], row: int) -> list[Site]:
        return [Site(column=first + column, row=row, name=name)
                for first in self.blocks for column, name in in_block]


@dataclass(kw_only=True)
class Group:
    """Cells that are to be near each other, such as those of neighbouring lanes that share banks of
    synapse memory: names of block RAMs and of multipliers, both in the order of lanes."""

    block_rams: list[str] = field(default_factory=list)
    multipliers: list[str] = field(default_factory=list)


def write_planned(netlist: Path, sites: Sites, planned: Path) -> None:
    """Write the netlist `netlist` of Yosys to `planned`, with a site for each block RAM of synapse
    memory and of the lists of events, and for each multiplier of a lane; unchanged if they do not
    fit into the pairs of rows."""
    design = json.loads(netlist.read_text(encoding="utf-8"))
    [module] = [module for module in design["modules"].values()
                if int(module["attributes"].get("top", "0"), 2)]
    for cell, site in plan(groups_of(module), sites).items():
        module["cells"][cell]["attributes"]["BEL"] = str(site)
    planned.write_text(json.dumps(design), encoding="utf-8")


def groups_of(module: dict) -> list[Group]:
    """The groups of lanes of a netlist's top module, in the order of lanes, and before them one of
    the lists of events; none without block RAMs of synapse memory. Multipliers of lanes before the
    first of these are left out."""
    banks: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    multipliers: list[tuple[int, str]] = []
    lists: list[str] = []
    for name, cell in module["cells"].items():
        if cell["type"] == "DP16KD" and (found := _BANK.search(name)):
            number, first, column = map(int, found.groups())
            banks[first].append((column, number, name))
        elif cell["type"] == "DP16KD" and _LIST.search(name):
            lists.append(name)
        elif cell["type"] == "MULT18X18D" and (found := _MULTIPLIER.search(name)):
            multipliers.append((int(found[1]), name))
    firsts = sorted(banks)
    groups = [Group(block_rams=[name for _, _, name in sorted(banks[first])]) for first in firsts]
    for lane, name in sorted(multipliers):
        index = bisect_right(firsts, lane) - 1
        if index >= 0:
            groups[index].multipliers.append(name)
    return [Group(block_rams=sorted(lists)), *groups] if groups else []


def plan(groups: Sequence[Group], sites: Sites) -> dict[str, Site]:
    """The site of each cell of `groups`, by its name; empty if there are too few sites."""
    usual = replace(sites, blocks=sites.blocks[-sites.usual:])
    return _plan(groups, usual) or _plan(groups, sites)


def _plan(groups: Sequence[Group], sites: Sites) -> dict[str, Site]:
    """The same with all blocks of `sites`.

    Block RAMs go along the path of `sites`, so that the first groups, the lists and the lanes that
    take part in backward, are in the middle. The multipliers of a group are those nearest to its
    block RAMs.
    """
    path, free = sites.block_ram_path(), sites.all_multipliers()
    total = sum(len(group.block_rams) for group in groups)
    if total > len(path) or sum(len(group.multipliers) for group in groups) > len(free):
        return {}
    spread = iter(path[index * len(path) // total] for index in range(total))
    found: dict[str, Site] = {}
    for group in groups:
        found |= dict(zip(group.block_rams, spread, strict=False))
    for group in reversed(groups):  # the last ones are far from most multipliers
        near = [found[name] for name in group.block_rams]
        for name in group.multipliers:
            found[name] = min(free, key=lambda site, near=near: _distance(site, near))
            free.remove(found[name])
    return found


def _distance(site: Site, others: Sequence[Site]) -> int:
    """Columns and rows from `site` to all `others`."""
    return sum(abs(site.column - other.column) + abs(site.row - other.row) for other in others)
