"""Writes the table of clocks in boards.md from the rows in results/clocks.csv:

    python docs/clocks.py

With a board, its top is made first, and placed and routed with each seed by the steps of `build`,
also after one has met the clock. The rows replace those of the same top:

    python docs/clocks.py mnist-64 --board ulx3s-85f --lanes 100 --no-memory --clock 90
"""

import argparse
import csv
import io
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

from science import DOCS, table, with_tables

from pulsetrain.boards.board import Board
from pulsetrain.boards.fit import check_estimate
from pulsetrain.boards.registry import BOARDS
from pulsetrain.boards.top import CORE, TOP, make_top, pll_settings
from pulsetrain.face.hardware import choice_for
from pulsetrain.files import write_atomically
from pulsetrain.fpga.fit import expected_mhz
from pulsetrain.fpga.flow import Flow
from pulsetrain.fpga.place import NotRoutedError
from pulsetrain.fpga.synthesis import Netlist
from pulsetrain.spec import Config, load_config

ROWS = DOCS / "results" / "clocks.csv"
PAGE = DOCS / "how-to" / "boards.md"


@dataclass(frozen=True, kw_only=True)
class Top:
    """A board's top of a configuration: its settings, lanes, whether it has the memory, and the
    MHz that are asked for."""

    config: str
    settings: str
    board: str
    lanes: int
    memory: bool
    asked: float

    @property
    def loaded(self) -> Config:
        """The configuration, with its settings and lanes, and what the board has for "auto"."""
        return load_config(self.config, choice=choice_for(self.on, None),
                           settings=[*self.settings.split(), f"engine.lanes={self.lanes}"])

    @property
    def on(self) -> Board:
        """The board, without its memory if that is not used."""
        return BOARDS[self.board] if self.memory else BOARDS[self.board].without_memory

    @property
    def expected(self) -> float | None:
        """The MHz that the estimate expects."""
        return expected_mhz(self.loaded, self.on.part)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one seed gave: resources, the MHz that were reached (0: not routed), the minutes of
    place and route, and the ends of the slowest path."""

    top: Top
    seed: int
    lut4: int
    ff: int
    block_ram: int
    dsp: int
    mhz: float
    minutes: float
    path: str


# Measuring ---------------------------------------------------------------------------------------

def synthesised(top: Top, flow: Flow) -> Netlist:
    """The netlist of a top, made in the folder of `flow`, if the estimate has room for it."""
    check_estimate(top.loaded, top.on)
    made = make_top(top.loaded, top.on, top.asked)
    flow.begin()
    (flow.folder / f"{TOP}.v").write_text(made.verilog, encoding="utf-8")
    constraints_of(top, flow).write_text(made.constraints, encoding="utf-8")
    return flow.synthesise(TOP, separate=f"{CORE}.engine")


def constraints_of(top: Top, flow: Flow) -> Path:
    """The file of constraints of a top."""
    return flow.folder / f"{TOP}.{top.on.part.family.constraints}"


def placed(top: Top, flow: Flow, netlist: Netlist, seed: int) -> Row:
    """The row of one seed."""
    started = time.perf_counter()
    clock = pll_settings(top.on, top.asked).megahertz
    try:
        found = flow.place(netlist, clock, seed, constraints_of(top, flow), top.on.sites)
    except NotRoutedError:
        used, mhz, path = netlist.resources, 0.0, ""
    else:
        used, mhz, path = found.used, found.slowest, f"{found.path.start} to {found.path.end}"
    return Row(top=top, seed=seed, mhz=round(mhz, 1), path=path,
               minutes=round((time.perf_counter() - started) / 60, 1),
               **{name: used.get(name, 0) for name in ("lut4", "ff", "block_ram", "dsp")})


# Rows --------------------------------------------------------------------------------------------

def write_rows(rows: Sequence[Row], path: Path = ROWS) -> None:
    """Write the file of rows."""
    text = io.StringIO()
    flat = [{**asdict(row.top), **{name: value for name, value in asdict(row).items()
                                   if name != "top"}} for row in rows]
    writer = csv.DictWriter(text, list(flat[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    write_atomically(path, text.getvalue().encode())


def read_rows(path: Path = ROWS) -> list[Row]:
    """The rows of the file."""
    def values(kind: type, row: dict[str, str]) -> dict:
        return {field.name: row[field.name] == "True" if field.type is bool
                else field.type(row[field.name])
                for field in fields(kind) if field.name in row}

    with path.open(newline="", encoding="utf-8") as file:
        return [Row(top=Top(**values(Top, row)), **values(Row, row))
                for row in csv.DictReader(file)]


def added(rows: Sequence[Row], more: Sequence[Row]) -> list[Row]:
    """`rows` without those of the tops and seeds in `more`, and then `more`."""
    new = {(row.top, row.seed) for row in more}
    return [*(row for row in rows if (row.top, row.seed) not in new), *more]


def by_top(rows: Sequence[Row]) -> dict[Top, list[Row]]:
    """The rows of each top."""
    return {top: [row for row in rows if row.top == top] for top in
            dict.fromkeys(row.top for row in rows)}


def reached(rows: Sequence[Row]) -> float:
    """The median of the MHz of a top's rows."""
    return median(row.mhz for row in rows)


# The table ---------------------------------------------------------------------------------------

def clocks_table() -> str:
    return table(
        ("configuration", "board", "lanes", "memory", "LUT4", "flip-flops", "block RAMs",
         "multipliers", "asked", "reached, by seed", "median", "expected", "minutes a seed"),
        [(" ".join([f"`{top.config}`", *(f"`{each}`" for each in top.settings.split())]),
          f"`{top.board}`", str(top.lanes),
          ("yes" if top.memory else "`--no-memory`") if BOARDS[top.board].chips else "-",
          *(f"{count:,}" if count else "-" for count in (
              rows[0].lut4, rows[0].ff, rows[0].block_ram, rows[0].dsp)),
          f"{top.asked:g}", ", ".join(f"{row.mhz:.1f}" if row.mhz else "not routed"
                                      for row in rows),
          f"{reached(rows):.1f}", f"{top.expected:.1f}",
          ", ".join(f"{row.minutes:g}" for row in rows))
         for top, rows in by_top(read_rows()).items()])


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the table of clocks in boards.md.")
    parser.add_argument("config", nargs="?")
    parser.add_argument("--board", choices=BOARDS)
    parser.add_argument("--lanes", type=int)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--clock", type=float)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("-o", "--output", type=Path, default=Path("build"))
    chosen = parser.parse_args()
    if chosen.config:
        top = Top(config=chosen.config, settings=" ".join(chosen.set), board=chosen.board,
                  lanes=chosen.lanes, asked=chosen.clock,
                  memory=bool(BOARDS[chosen.board].chips) and not chosen.no_memory)
        flow = Flow(part=top.on.part, folder=chosen.output, progress=lambda step, activity: None)
        netlist = synthesised(top, flow)
        for seed in chosen.seeds:
            row = placed(top, flow, netlist, seed)
            print(row, flush=True)
            write_rows(added(read_rows(), [row]))
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), {"clocks": clocks_table}),
                    encoding="utf-8")


if __name__ == "__main__":
    main()
