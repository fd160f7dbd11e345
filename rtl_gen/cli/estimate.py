"""`pulsetrain estimate`: cycles, memory and multipliers before anything is generated."""

from dataclasses import dataclass
from math import prod

import numpy as np
from rich.table import Table

from pulsetrain.boards.board import Board as FpgaBoard
from pulsetrain.boards.fit import check_estimate
from pulsetrain.cost import hashes, table_bits
from pulsetrain.data import DataSet
from pulsetrain.fpga.fit import estimated, shortage
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import chunks, schedule
from pulsetrain.spec import Config
from pulsetrain.spec.memories import row_bits, spram_grid

from . import options
from .output import Output, percent

WARM_UP, COUNTED = 2000, 500
CHUNK = 50
SHARE_OF_EVENTS = 0.19
"""Share of MNIST's inputs that are not zero."""


@dataclass(frozen=True, kw_only=True)
class Cycles:
    """Mean cycles of a training sample, and in words which samples."""

    ideal: float
    predicted: float
    source: str


def estimate(
    config: options.Source,
    data: options.Data = None,
    board: options.Board = None,
    lanes: options.BoardLanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Estimate cycles a training sample, memory, multipliers and tables of an engine.

    With --board also what its bitstream takes of the board, and what to change where that is too
    much.

    Cycles are counted by the golden model on training samples; without data, on random inputs
    and labels, which pulse more often than a trained network's.

    [bold]Examples[/bold]

    pulsetrain estimate digits

    pulsetrain estimate mnist --data mnist:FOLDER --lanes 32

    pulsetrain estimate mnist-64 --board ulx3s-25f --lanes 8

    pulsetrain estimate digits --set device.preset=hzo-fefet --set variation.step=0.3

    docs/engine.md says what each option costs in logic.
    """
    output = Output(json)
    on_board = options.board(board)
    loaded = options.board_configuration(config, on_board, lanes, settings, output)
    chosen = (options.samples(data, loaded, output) if data or loaded.training.data else None)
    output.check_files()
    cycles = (_real_cycles(output, loaded, chosen) if chosen else _random_cycles(output, loaded))
    efficiency = cycles.ideal / cycles.predicted if cycles.predicted else None
    bits = row_bits(loaded)
    table = Table("", title=f"{loaded.name}: {loaded.engine.lanes} lanes", title_style="bold",
                  show_header=False)
    table.add_column("", justify="right")
    table.add_row("cycles a training sample, predicted", f"{cycles.predicted:,.1f}")
    table.add_row("cycles a training sample, ideal", f"{cycles.ideal:,.1f}")
    table.add_row("efficiency (ideal / predicted)", percent(efficiency))
    table.add_row("synapse memory, bits", f"{loaded.design.rows * bits:,}")
    table.add_row("synapse memory, rows x bits", f"{loaded.design.rows:,} x {bits:,}")
    cells = prod(spram_grid(loaded)) if loaded.engine.memory == "spram" else 0
    if cells:
        table.add_row("... in SPRAMs of 256 Kibit", f"{cells:,}")
    table.add_row("multipliers", f"{loaded.engine.lanes:,}")
    design = loaded.design
    table.add_row("... each of bits", f"{design.weight_bits} x {design.operand_bits} signed")
    tables, count = table_bits(loaded), loaded.engine.lanes
    for name, size in tables.items():
        table.add_row(f"tables of {name}, bits", f"{count * size:,}")
    if hashes(loaded):
        table.add_row("hash circuits", f"{count * hashes(loaded):,}")
    output.console.print(table)
    output.console.print(f"Cycles are the mean of {cycles.source}.")
    fitted = _show_fit(output, loaded, on_board) if on_board else {}
    output.write({
        "config": loaded.name,
        "lanes": loaded.engine.lanes,
        "cycles_per_sample": {"ideal": cycles.ideal, "predicted": cycles.predicted},
        "cycles_from": cycles.source,
        "efficiency": efficiency,
        "synapse_memory_bits": loaded.design.rows * bits,
        "synapse_memory_rows": loaded.design.rows,
        "synapse_memory_row_bits": bits,
        "spram_cells": cells,
        "multipliers": loaded.engine.lanes,
        "multiplier_bits": [loaded.design.weight_bits, loaded.design.operand_bits],
        "table_bits": {name: count * size for name, size in tables.items()},
        "hash_circuits": count * hashes(loaded),
        **fitted,
    })
    if on_board:
        check_estimate(loaded, on_board)


def _show_fit(output: Output, config: Config, board: FpgaBoard) -> dict:
    """Show what `config` takes of `board` by estimate; returns it for scripts."""
    used = {name: count for name, count in estimated(config, board.part).items()
            if name in board.part.totals}
    table = Table("", title=f"on {board.name}, estimated", title_style="bold")
    for heading in ("used", "of"):
        table.add_column(heading, justify="right")
    for name, count in used.items():
        table.add_row(options.RESOURCE_NAMES[name], f"{count:,}", f"{board.part.totals[name]:,}")
    output.console.print(table)
    return {"board": board.name, "fits": not shortage(config, board.part),
            "resources": {name: {"estimated": count, "total": board.part.totals[name]}
                          for name, count in used.items()}}


def _real_cycles(output: Output, config: Config, data: DataSet) -> Cycles:
    order, gates = schedule(config, len(data.x_train), WARM_UP + COUNTED)
    return _count(output, config, data.x_train[order], data.y_train[order], gates,
                  f"{COUNTED} training samples of {data.name}, after {WARM_UP:,} trained ones")


def _random_cycles(output: Output, config: Config) -> Cycles:
    random = np.random.default_rng(config.seed)
    shape = (COUNTED, config.network.inputs)
    least = 1 << (8 - config.numbers.activation_bits)  # of an input that is an event
    x = random.integers(least, 256, shape) * (random.random(shape) < SHARE_OF_EVENTS)
    labels = random.integers(0, config.network.outputs, COUNTED)
    gates = np.full(COUNTED, config.update.gate(0))
    return _count(output, config, x.astype(np.uint8), labels, gates,
                  f"{COUNTED} random samples with {100 * SHARE_OF_EVENTS:.0f} % of the inputs not "
                  "zero and random labels; --data counts real ones")


def _count(output: Output, config: Config, x: np.ndarray, labels: np.ndarray, gates: np.ndarray,
           source: str) -> Cycles:
    """Train on all of `x`; the last `COUNTED` samples count."""
    engine = GoldenEngine(config, count_cycles=True)
    cycles, ideal = [], []
    with output.progress() as progress:
        task = progress.add_task("training", total=len(x))
        for start, stop in chunks(gates, CHUNK):
            engine.gate = int(gates[start])
            results = engine.train(x[start:stop], labels[start:stop])
            cycles.append(results.cycles)
            ideal.append(results.ideal)
            progress.update(task, completed=stop)
    return Cycles(ideal=float(np.concatenate(ideal)[-COUNTED:].mean()),
                  predicted=float(np.concatenate(cycles)[-COUNTED:].mean()), source=source)
