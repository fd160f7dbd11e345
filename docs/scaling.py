"""Writes the tables of scaling.md and draws its figures, from the rows in results/scaling.csv
(engines that were simulated) and results/lanes.csv (the model's cycles for every number of lanes):

    python docs/scaling.py

With data, the rows are measured first, which takes some minutes: every engine is generated and
simulated natively, and must agree with the golden model in every state and cycle.

    python docs/scaling.py --data mnist:FOLDER

This measures only the model's cycles, in a minute:

    python docs/scaling.py --predict mnist:FOLDER
"""

import argparse
import csv
import io
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from science import BI, FLOAT, STYLE, UNI, table, with_tables

from pulsetrain.bench import Continuation, measure
from pulsetrain.data import DataSet, load_data
from pulsetrain.files import write_atomically
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.cycles import cycles_of
from pulsetrain.run import compare
from pulsetrain.sim.verify import simulated
from pulsetrain.spec import load_config
from pulsetrain.spec.lanes import choices
from pulsetrain.spec.parts import MOST_LANES

DOCS = Path(__file__).parent
ROWS = DOCS / "results" / "scaling.csv"
EVERY = DOCS / "results" / "lanes.csv"

SAMPLES = 50
LANES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Numbers of lanes of simulated engines."""
HIDDEN = (64, 200)
"""Hidden units of the networks whose lanes vary."""
FEWEST_IN_TABLE = 16
"""Fewest lanes in the table of numbers worth having."""
WIDTHS = (16, 32, 64, 128, 200, 256, 512)
"""Hidden units of the networks at `WIDTH_LANES` lanes."""
WIDTH_LANES = 64


@dataclass(frozen=True, kw_only=True)
class Row:
    """Cycles of `samples` training samples of 784-`hidden`-10, after one epoch.

    `forward` counts the cycles of `ideal` that read a row for the forward pass only.
    """

    hidden: int
    lanes: int
    samples: int
    simulated: int
    predicted: int
    ideal: int
    forward: int

    @property
    def cycles(self) -> float:
        """Simulated cycles per sample."""
        return self.simulated / self.samples

    @property
    def ideal_cycles(self) -> float:
        """Ideal cycles per sample."""
        return self.ideal / self.samples

    @property
    def two_rows_cycles(self) -> float:
        """Fewest cycles per sample if forward read two rows per cycle."""
        return (self.simulated - self.forward / 2) / self.samples

    @property
    def efficiency(self) -> float:
        """Ideal over simulated cycles."""
        return self.ideal / self.simulated


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The model's cycles of `samples` training samples of 784-`hidden`-10, after one epoch."""

    hidden: int
    lanes: int
    samples: int
    predicted: int
    ideal: int

    @property
    def cycles(self) -> float:
        """Predicted cycles per sample."""
        return self.predicted / self.samples

    @property
    def ideal_cycles(self) -> float:
        """Ideal cycles per sample."""
        return self.ideal / self.samples

    @property
    def efficiency(self) -> float:
        """Ideal over predicted cycles."""
        return self.ideal / self.predicted


# Measuring ---------------------------------------------------------------------------------------

def engines() -> Iterator[tuple[int, int]]:
    """(hidden units, lanes) of every engine that is measured."""
    yield from sorted({*((hidden, lanes) for hidden in HIDDEN for lanes in LANES),
                       *((hidden, WIDTH_LANES) for hidden in WIDTHS)})


def trained(hidden: int, data: DataSet) -> Continuation:
    """A network's state after one epoch, which does not depend on lanes."""
    config = load_config("mnist", settings=[f"network.hidden=[{hidden}]"])
    return measure(config, data, epochs=1, samples=SAMPLES)[1]


def measured(hidden: int, lanes: int, start: Continuation) -> Row:
    """The row of one engine. Ends the program if engine and golden model differ."""
    config = load_config("mnist", settings=[f"network.hidden=[{hidden}]", f"engine.lanes={lanes}"])
    golden = GoldenEngine(config, count_cycles=True)
    start.begin(golden)
    forward = int(golden.infer(start.x, start.labels).ideal.sum())
    with simulated(config, "native") as engine:
        report = compare(golden, engine, start.x, start.labels, every=SAMPLES)
    if not report.equal:
        sys.exit(f"784-{hidden}-10, {lanes} lanes: {report.first_divergence}")
    return Row(hidden=hidden, lanes=lanes, samples=report.samples,
               simulated=report.cycles_simulated, predicted=report.cycles_predicted,
               ideal=report.cycles_ideal, forward=forward)


def predictions(hidden: int, start: Continuation) -> list[Prediction]:
    """The model's cycles with every number of lanes; what it computes does not depend on lanes."""
    golden = GoldenEngine(load_config("mnist", settings=[f"network.hidden=[{hidden}]"]))
    start.begin(golden)
    traces = []
    for index in range(len(start.x)):
        golden.train(start.x[index:index + 1], start.labels[index:index + 1])
        traces.append(golden.trace)
    rows = []
    for lanes in range(1, MOST_LANES + 1):
        config = load_config("mnist", settings=[f"network.hidden=[{hidden}]",
                                                f"engine.lanes={lanes}"])
        cycles = [cycles_of(config, trace) for trace in traces]
        rows.append(Prediction(hidden=hidden, lanes=lanes, samples=len(cycles),
                               predicted=sum(predicted for predicted, _ in cycles),
                               ideal=sum(ideal for _, ideal in cycles)))
    return rows


def measure_all(data: DataSet) -> list[Row]:
    """The rows of all engines; shows each as it is measured."""
    rows: list[Row] = []
    states: dict[int, Continuation] = {}
    for hidden, lanes in engines():
        started = time.perf_counter()
        if hidden not in states:
            states[hidden] = trained(hidden, data)
        rows.append(measured(hidden, lanes, states[hidden]))
        print(f"784-{hidden}-10, {lanes} lanes: {rows[-1].cycles:,.1f} cycles per sample, "
              f"{100 * rows[-1].efficiency:.2f} %, in {time.perf_counter() - started:.0f} s",
              flush=True)
    return rows


def write_rows(rows: Sequence[Row] | Sequence[Prediction], path: Path) -> None:
    """Write `rows`, all of one class, as a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(rows[0])], lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(asdict, rows))
    write_atomically(path, text.getvalue().encode())


def read_rows(path: Path = ROWS) -> list[Row]:
    """The rows of a CSV file that `write_rows` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Row(**{name: int(value) for name, value in row.items()})
                for row in csv.DictReader(file)]


def every_row(hidden: int) -> list[Prediction]:
    """The predictions for one network, by lanes."""
    with EVERY.open(newline="", encoding="utf-8") as file:
        rows = [Prediction(**{name: int(value) for name, value in row.items()})
                for row in csv.DictReader(file)]
    return [row for row in rows if row.hidden == hidden]


def lanes_rows(hidden: int) -> list[Row]:
    """The rows of one network, by lanes."""
    return [row for row in read_rows() if row.hidden == hidden and row.lanes in LANES]


def width_rows() -> list[Row]:
    """The rows of all networks at `WIDTH_LANES` lanes, by hidden units."""
    return [row for row in read_rows() if row.lanes == WIDTH_LANES and row.hidden in WIDTHS]


# Tables and figures ------------------------------------------------------------------------------

def cells(row: Row | Prediction) -> tuple[str, str, str]:
    """Cycles, ideal cycles and efficiency as texts."""
    return f"{row.cycles:,.1f}", f"{row.ideal_cycles:,.1f}", f"{100 * row.efficiency:.1f} %"


def lanes_table() -> str:
    headings = [heading for hidden in HIDDEN
                for heading in (f"784-{hidden}-10", "ideal", "efficiency")]
    return table(("lanes", *headings), [
        (str(group[0].lanes), *(text for row in group for text in cells(row)))
        for group in zip(*map(lanes_rows, HIDDEN), strict=True)])


def counts_table() -> str:
    """The numbers of lanes worth having, and for comparison the powers of two, for the last of
    `HIDDEN`."""
    hidden = HIDDEN[-1]
    network = load_config("mnist", settings=[f"network.hidden=[{hidden}]"]).network
    worth = [lanes for lanes in choices(network) if lanes >= FEWEST_IN_TABLE]
    return table(("lanes", "groups of 784-200-10", "cycles per sample", "ideal", "efficiency"), [
        (str(row.lanes), f"{-(-hidden // row.lanes)} + {-(-network.outputs // row.lanes)}",
         *cells(row))
        for row in every_row(hidden) if row.lanes in worth
        or (row.lanes in LANES and row.lanes >= FEWEST_IN_TABLE)])


def widths_table() -> str:
    return table(("network", "cycles per sample", "ideal", "efficiency"),
                 [(f"784-{row.hidden}-10", *cells(row)) for row in width_rows()])


def two_rows_table() -> str:
    headings = [heading for hidden in HIDDEN
                for heading in (f"784-{hidden}-10", "two rows per cycle", "twice the lanes")]
    return table(("lanes", *headings), [
        (str(lanes), *(text for hidden in HIDDEN for text in two_rows_cells(hidden, index)))
        for index, lanes in enumerate(LANES[:-1])])


def two_rows_cells(hidden: int, index: int) -> tuple[str, str, str]:
    """Cycles of the engine with `LANES[index]` lanes, and of two with twice its multipliers."""
    row, doubled = lanes_rows(hidden)[index:index + 2]
    return f"{row.cycles:,.1f}", f"{row.two_rows_cycles:,.1f}", f"{doubled.cycles:,.1f}"


TABLES: dict[str, Callable[[], str]] = {
    "lanes": lanes_table, "counts": counts_table, "widths": widths_table,
    "two-rows": two_rows_table}


def line(axes: Axes, x: Sequence[int], rows: Sequence[Row] | Sequence[Prediction], label: str,
         colour: str, marker: str = "o") -> None:
    """Draw cycles and ideal cycles over `x`."""
    axes.plot(x, [row.ideal_cycles for row in rows], color=colour, linestyle="--",
              linewidth=1)
    axes.plot(x, [row.cycles for row in rows], label=label, color=colour, marker=marker)


def finish(axes: Axes, ticks: Sequence[int], label: str) -> None:
    """Make the axes logarithmic, with `ticks` and a legend."""
    axes.plot([], [], color=FLOAT, linestyle="--", linewidth=1, label="ideal")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda cycles, _: f"{cycles:,.0f}"))
    axes.set_xlabel(label)
    axes.set_ylabel("cycles per training sample")
    axes.legend()


def draw_lanes(figure: Figure) -> None:
    axes = figure.add_subplot()
    for hidden, colour in zip(HIDDEN, (UNI, BI), strict=True):
        rows = every_row(hidden)
        line(axes, [row.lanes for row in rows], rows, f"784-{hidden}-10", colour, marker="")
        axes.plot(LANES, [row.cycles for row in lanes_rows(hidden)], color=colour, marker="o",
                  linestyle="")
    finish(axes, LANES, "lanes")


def draw_widths(figure: Figure) -> None:
    axes = figure.add_subplot()
    line(axes, WIDTHS, width_rows(), f"{WIDTH_LANES} lanes", UNI)
    finish(axes, WIDTHS, "hidden units of 784-N-10")


FIGURES: dict[str, Callable[[Figure], None]] = {
    "scaling-lanes": draw_lanes, "scaling-widths": draw_widths}


def draw(name: str, folder: Path, ending: str = "svg") -> None:
    """Draw the figure `name` into `folder`."""
    with rc_context(STYLE):
        figure = Figure(figsize=(5.0, 3.4), layout="constrained")
        FIGURES[name](figure)
        figure.savefig(folder / f"{name}.{ending}", metadata={"Date": None} if ending == "svg"
                       else None, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw how engines scale, or measure it first.")
    parser.add_argument("--data", metavar="NAME", help="measure on this data set: mnist:FOLDER")
    parser.add_argument("--predict", metavar="NAME", help="measure the model's cycles only")
    chosen = parser.parse_args()
    if chosen.data:
        write_rows(measure_all(load_data(chosen.data)), ROWS)
    if chosen.data or chosen.predict:
        data = load_data(chosen.data or chosen.predict)
        write_rows([row for hidden in HIDDEN
                    for row in predictions(hidden, trained(hidden, data))], EVERY)
    page = DOCS / "explanation" / "scaling.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8"), TABLES), encoding="utf-8")
    for name in FIGURES:
        draw(name, DOCS / "figures")


if __name__ == "__main__":
    main()
