"""`pulsetrain estimate`: cycles, memory and multipliers before anything is generated."""

from rich.table import Table

from pulsetrain.boards.fit import check_estimate
from pulsetrain.face import estimation

from . import options
from .output import Output, percent


def estimate(
    config: options.Source,
    data: options.Data = None,
    board: options.Board = None,
    lanes: options.BoardLanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Estimate cycles per training sample, memory, multipliers and tables of an engine.

    With --board, also estimate how much of the board the bitstream takes, and say what to change
    if it does not fit.

    Cycles are counted by the golden model on training samples; without data, on random inputs
    and labels, which cause more pulses than those of a trained network.

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
    chosen = options.samples(data, loaded, output) if data or loaded.training.data else None
    output.check_files()
    with output.progress() as progress:
        task = progress.add_task("training")
        found = estimation.estimate(
            loaded, chosen, board=on_board,
            progress=lambda done, total: progress.update(task, completed=done, total=total))
    output.console.print(_table(found))
    output.console.print(f"Cycles are the mean of {found.cycles_from}.")
    if on_board:
        output.console.print(_fit(found))
    output.write(found.figures())
    if on_board:
        check_estimate(loaded, on_board)


def _table(found: estimation.Estimate) -> Table:
    config = found.config
    table = Table("", title=f"{config.name}: {config.engine.lanes} lanes", title_style="bold",
                  show_header=False)
    table.add_column("", justify="right")
    table.add_row("cycles per training sample, predicted", f"{found.cycles:,.1f}")
    table.add_row("cycles per training sample, ideal", f"{found.ideal_cycles:,.1f}")
    table.add_row("efficiency (ideal / predicted)", percent(found.efficiency))
    table.add_row("synapse memory, bits", f"{found.memory_bits:,}")
    table.add_row("synapse memory, rows x bits", f"{found.memory_rows:,} x {found.row_bits:,}")
    if found.spram_cells:
        table.add_row("... in SPRAMs of 256 Kibit", f"{found.spram_cells:,}")
    table.add_row("multipliers", f"{found.multipliers:,}")
    table.add_row("... each of bits", "{} x {} signed".format(*found.multiplier_bits))
    for name, bits in found.table_bits.items():
        table.add_row(f"tables of {name}, bits", f"{bits:,}")
    if found.hash_circuits:
        table.add_row("hash circuits", f"{found.hash_circuits:,}")
    return table


def _fit(found: estimation.Estimate) -> Table:
    """The resources that the board's bitstream takes."""
    table = Table("", title=f"on {found.board.name}, estimated", title_style="bold")
    for heading in ("used", "of"):
        table.add_column(heading, justify="right")
    for name, (used, total) in found.resources.items():
        table.add_row(options.RESOURCE_NAMES[name], f"{used:,}", f"{total:,}")
    return table
