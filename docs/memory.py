"""Writes the tables of memory.md from the rows in results/memory.csv:

    python docs/memory.py

With data, the rows are measured first, which takes some minutes: engines of `CASES` train from the
model of a memory chip in the native simulator, and must agree with the compiled model in every
state and counter, and in the classes of test samples.

    python docs/memory.py --data mnist:FOLDER
"""

import argparse
import csv
import io
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import clocks
import numpy as np
from science import table, with_tables

from pulsetrain.compiled.engine import CompiledEngine
from pulsetrain.data import DataSet, load_data
from pulsetrain.files import write_atomically
from pulsetrain.golden.order import keyed_order, order_key
from pulsetrain.sim.native_stored import NativeStored
from pulsetrain.spec import Config, load_config
from pulsetrain.store.records import stored

DOCS = Path(__file__).parent
ROWS = DOCS / "results" / "memory.csv"

SAMPLES, TESTS = 5000, 500
"""Most training and test samples that are stored; the first of the data set."""
EPOCHS = 2
CASES = (("digits", 8, 50.0), ("mnist-small", 16, 50.0), ("mnist-64", 100, 85.0))
"""Configuration, lanes, and the MHz of engine and memory."""
WHOLE = "mnist-64"
"""The engine of the table of whole epochs."""
IMAGES, IMAGE_WORDS = 60_000, 6_476_838
"""Training samples of MNIST, and the words of their records with directory."""
LINES = (("as events of three bytes", 489.4, 1_000_000), ("in the dense form", 225.0, 3_000_000))
"""Bytes to the board for an image (link.md), and the rate of the line."""
LINE_PER_BYTE = 1.101
"""Bytes on the line for a byte that is stored: 46,486 for the 21,115 words of 200 images."""
BITS_PER_BYTE = 10


@dataclass(frozen=True, kw_only=True)
class Row:
    """An epoch of one engine: its cycles when samples come from the memory, those of the engine
    alone, and those in which it was idle because no sample was there."""

    name: str
    lanes: int
    mhz: float
    words: int
    samples: int
    epoch: int
    cycles: int
    core: int
    starved: int


# Measuring ---------------------------------------------------------------------------------------

def measured(config: Config, mhz: float, data: DataSet) -> list[Row]:
    """The rows of one engine. Ends the program if it differs from the model."""
    x, labels = data.x_train[:SAMPLES], data.y_train[:SAMPLES]
    x_test, labels_test = data.x_test[:TESTS], data.y_test[:TESTS]
    content = stored(config, np.concatenate([x, x_test]), np.concatenate([labels, labels_test]))
    model, rows = CompiledEngine(config), []
    with NativeStored(config, 1000 / mhz) as engine:
        engine.store(content)
        for epoch in range(EPOCHS):
            start = model.read()
            order = keyed_order(order_key(config.seed, epoch), len(x))
            engine.gate = model.gate = config.design.gate(epoch)
            engine.load(start)
            core = int(engine.train(x[order], labels[order]).cycles.sum())
            engine.load(start)
            starved = engine.read_register("starved")
            cycles = engine.train_keyed(len(x), epoch)
            model.train(x[order], labels[order])
            rows.append(Row(name=config.name, lanes=config.engine.lanes, mhz=mhz,
                            words=len(content.words), samples=len(x), epoch=epoch, cycles=cycles,
                            core=core, starved=engine.read_register("starved") - starved))
            wrong = int(model.infer(x_test, labels_test).errors.sum())
            if not same(engine, model) or engine.classify(len(x), len(x) + len(x_test)) != wrong:
                sys.exit(f"{config.name}, {config.engine.lanes} lanes: not equal to the model "
                         f"after epoch {epoch}")
    return rows


def same(engine: NativeStored, model: CompiledEngine) -> bool:
    """Whether both have the same states and counters."""
    one, other = engine.read(), model.read()
    return (one.counters == other.counters and one.generator == other.generator
            and all((mine == its).all() for mine, its in zip(
                (*one.plus, *one.minus), (*other.plus, *other.minus), strict=True)))


def measure_all(mnist: DataSet) -> list[Row]:
    """The rows of all engines; shows each as it is measured."""
    rows: list[Row] = []
    for name, lanes, mhz in CASES:
        started = time.perf_counter()
        config = load_config(name, settings=[f"engine.lanes={lanes}"])
        rows += measured(config, mhz, load_data("digits") if name == "digits" else mnist)
        print(f"{rows[-1]}, in {time.perf_counter() - started:.0f} s", flush=True)
    return rows


def write_rows(rows: list[Row]) -> None:
    """Write the file of rows."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(asdict, rows))
    write_atomically(ROWS, text.getvalue().encode())


def read_rows() -> list[Row]:
    """The rows of the file."""
    with ROWS.open(newline="", encoding="utf-8") as file:
        return [Row(**{field.name: field.type(row[field.name]) for field in fields(Row)})
                for row in csv.DictReader(file)]


# Tables ------------------------------------------------------------------------------------------

def epochs_table() -> str:
    return table(
        ("configuration", "lanes", "MHz", "samples", "epoch", "cycles a sample, from the memory",
         "of the engine alone", "starved"),
        [(f"`{row.name}`", str(row.lanes), f"{row.mhz:g}", f"{row.samples:,}", str(row.epoch),
          f"{row.cycles / row.samples:,.1f}", f"{row.core / row.samples:,.1f}",
          f"{100 * row.starved / row.cycles:.2f} %") for row in read_rows()])


def seconds(value: float) -> str:
    """A time, in minutes if it is long."""
    return f"{value:.1f} s" if value < 100 else f"{value / 60:.1f} min"


def whole_mhz() -> float:
    """The fastest clock that was asked for and met, by the median of the seeds, by tops of `WHOLE`
    with a memory."""
    return max(top.asked for top, rows in clocks.by_top(clocks.read_rows()).items()
               if top.config == WHOLE and top.memory and clocks.reached(rows) >= top.asked)


def whole_table() -> str:
    """Computed: whole epochs of MNIST over the line, and from the memory after an upload."""
    found, mhz = [row for row in read_rows() if row.name == WHOLE], whole_mhz()
    rates = [mhz * 1e6 * row.samples / row.cycles for row in found]
    rows = []
    for text, line_bytes, baud in LINES:
        rate = baud / BITS_PER_BYTE / line_bytes
        rows.append((f"{text}, {baud / 1e6:g} Mbaud", f"{line_bytes:.1f} bytes", f"{rate:,.0f}",
                     *(seconds(epochs * IMAGES / rate) for epochs in (1, 10))))
    upload = 2 * IMAGE_WORDS * LINE_PER_BYTE * BITS_PER_BYTE / LINES[-1][2]
    times = [IMAGES / rates[min(epoch, EPOCHS - 1)] for epoch in range(10)]
    rows.append((f"from the memory, {found[0].lanes} lanes at {mhz:g} MHz",
                 " and ".join(f"{row.cycles / row.samples:,.0f}" for row in found) + " cycles",
                 " and ".join(f"{rate:,.0f}" for rate in rates),
                 *(seconds(upload + sum(times[:epochs])) for epochs in (1, 10))))
    return table(("samples come", "a sample", "samples a second", "one epoch", "ten epochs"), rows)


TABLES: dict[str, Callable[[], str]] = {"epochs": epochs_table, "whole": whole_table}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the tables of memory.md.")
    parser.add_argument("--data", metavar="NAME", help="measure on this data set: mnist:FOLDER")
    chosen = parser.parse_args()
    if chosen.data:
        write_rows(measure_all(load_data(chosen.data)))
    page = DOCS / "explanation" / "memory.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8"), TABLES), encoding="utf-8")


if __name__ == "__main__":
    main()
