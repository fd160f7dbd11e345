"""`pulsetrain run`: training and testing on a board."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pulsetrain.data import DataSet
from pulsetrain.device import engine_digest
from pulsetrain.errors import FAILED
from pulsetrain.face.start import starting_point
from pulsetrain.face.trainer import VIRTUAL, Trainer, check_scrub
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.host import MOST_BAUD, LinkError, StoredSamples, sample_bytes
from pulsetrain.protocol import BITS_PER_BYTE
from pulsetrain.run import BackendStalledError, Checkpoint, FlippedBitError, Summary, accuracy
from pulsetrain.run.parity import row_words
from pulsetrain.spec.units import quantity

from . import options
from .console import styled
from .failure import CliError
from .output import Output, percent
from .port import board_port
from .record import Record
from .training import Training

_ANSWERS = {"auto": None, "yes": True, "no": False}
_COUNTED = 50
"""Samples whose bytes and cycles stand for those of all."""


def _answer(value: str) -> str:
    """`value`, if it is an answer.

    Raises:
        typer.BadParameter: it is none.
    """
    if value not in _ANSWERS:
        raise typer.BadParameter(f"must be auto, yes or no, not {value}")
    return value


def run(
    config: options.Source,
    port: Annotated[str, typer.Option(
        "--port", metavar="PORT", show_default=False,
        help=f"The board's serial port, such as /dev/ttyUSB1, or {VIRTUAL}: a simulated board. "
             "`pulsetrain doctor` lists the ports.")],
    board: options.Board = None,
    data: options.Data = None,
    epochs: options.Epochs = None,
    samples: options.Samples = None,
    validation: options.Validation = None,
    check: Annotated[bool, typer.Option(
        "--check", help="Run the golden model beside the board, and compare every result, and "
                        "every state that is read.")] = False,
    checkpoint: options.CheckpointFile = None,
    folder: options.RunFolder = None,
    resume: options.Resume = None,
    scrub: Annotated[bool, typer.Option(
        "--scrub", help="If a bit of synapse memory flips, go back to the last checkpoint, or the "
                        "last state that was read, and repeat what was learned since. The engine "
                        "must have engine.parity.")] = False,
    baud: Annotated[int | None, typer.Option(
        min=1, max=MOST_BAUD, metavar="BAUD", show_default="the first at which the board answers",
        help="Speed of the port; it must be that of the board's UART.")] = None,
    clock: Annotated[float | None, typer.Option(
        min=0.001, max=10_000, callback=options.finite, metavar="MHZ", show_default="the board's",
        help="The board's clock, to show how many samples per second its core could do.")] = None,
    data_on_board: Annotated[str, typer.Option(
        "--data-on-board", metavar="auto|yes|no", callback=_answer,
        help="Store the data in the board's memory, and train and test from there; auto: if the "
             "board has one and that pays.")] = "auto",
    lanes: options.BoardLanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Train and test on a board, real or virtual: it learns the same bits as the golden model.

    The checkpoint is also written several times within an epoch, so that little is lost if the
    cable is pulled. Ctrl-C stops after the samples being processed and writes it. With --board,
    the number of lanes is that of a build for this board. Data that lie in the board's memory
    already are not sent again. An engine with engine.parity tells when a bit of its synapse memory
    has flipped; the run then ends with the row, or with --scrub goes on.

    [bold]Examples[/bold]

    pulsetrain run digits --port virtual --check --samples 300

    pulsetrain run digits --port /dev/ttyUSB1 --checkpoint digits.npz

    pulsetrain run digits --port /dev/ttyUSB1 --resume digits.npz --checkpoint digits.npz

    pulsetrain run mnist-ice40 --board icebreaker --port /dev/ttyUSB1 --data mnist:FOLDER
    """
    output = Output(json)
    on_board = options.board(board)
    loaded = options.board_configuration(config, on_board, lanes, settings, output)
    if scrub:
        check_scrub(loaded)
    if on_board:
        from pulsetrain.boards.clock import auto_clock

        clock = clock or auto_clock(loaded, on_board)
    total = loaded.training.epochs if epochs is None else epochs
    start = starting_point(loaded.for_epochs(total), resume, validation)
    loaded = start.config
    record = Record(output, start, checkpoint=checkpoint, run=folder, resumed=resume)
    chosen = options.samples(data, loaded, output)
    output.check_files(record.files)
    reference = GoldenEngine(loaded, count_cycles=True) if check else None
    with _naming_checkpoint(record), board_port(
            port, baud, loaded, on_board, output, Path(config)) as line:
        output.console.print("Loading the state onto the board.")
        with Trainer(loaded, line, start=start, reference=reference, scrub=scrub) as trainer:
            watch = _Watch(trainer, clock)
            stored = trainer.stored(chosen, _ANSWERS[data_on_board], total - start.epoch, samples)
            if stored:
                _store(output, stored, line.baud)
                _say_epoch(output, start, chosen, line.baud, clock)
            summary = Training(output, total, record, start).train(
                trainer.backend, chosen, samples,
                "virtual board" if port == VIRTUAL else f"board at {port}", watch,
                trainer.source(stored), lambda: trainer.link.counts.figures)
            tested = (summary.epochs[-1].accuracy if summary.epochs
                      else accuracy(trainer.backend, chosen.x_test, chosen.y_test))
    figures = _figures(trainer, summary, tested, clock) | {
        "bytes_on_board": stored.octets if stored else None,
        # With --check, the engine mostly waits for the host, which takes every result.
        "starved_cycles": stored.starved if stored and not check else None}
    _show(output, figures)
    for row in figures["flipped_rows"] or []:
        output.console.print(f"Mended: a bit had flipped in {row_words(loaded, row)}.")
    output.write(figures)
    if figures["mismatches"]:
        raise CliError("the board and the golden model differ", FAILED)


def _store(output: Output, stored: StoredSamples, baud: int) -> None:
    """Store the samples in the board's memory, with a progress bar."""
    seconds = stored.line_octets * BITS_PER_BYTE / baud
    output.console.print(f"Storing the data on the board: {stored.octets:,} bytes, about "
                         f"{seconds:,.1f} s at {baud:,} baud.")
    with output.progress() as progress:
        task = progress.add_task("words", total=stored.octets // 2)
        started = time.monotonic()
        was_sent = stored.upload(lambda done, total: progress.update(task, completed=done))
    output.console.print(
        f"Stored and compared in {time.monotonic() - started:,.1f} s." if was_sent else
        "They are there already.")


def _say_epoch(output: Output, start: Checkpoint, data: DataSet, baud: int,
               clock: float | None) -> None:
    """Say how long an epoch takes over the line, and from the memory if the clock is known."""
    learning, _ = data.split(start.validation)
    x, labels = (part[:_COUNTED] for part in (learning.x_train, learning.y_train))
    count = len(learning.x_train)
    sent = count * sample_bytes(start.config, x, labels) * BITS_PER_BYTE / baud
    core = ""
    if clock:
        engine = GoldenEngine(start.config, count_cycles=True)
        engine.load(start.state)
        engine.gate = start.config.design.gate(start.epoch)
        cycles = engine.train(x, labels).cycles.mean()
        core = f"takes about {quantity(count * cycles / clock / 1e6, 's')} at {clock:g} MHz, and "
    output.console.print(f"An epoch {core}would take {quantity(sent, 's')} over the line.")


class _Watch:
    """The text beside the progress bar; called after every few samples."""

    def __init__(self, trainer: Trainer, clock: float | None) -> None:
        self._trainer, self._clock = trainer, clock
        self._before, self._started = trainer.board.counters(), time.monotonic()

    def __call__(self, epoch: int, position: int) -> str:
        now = self._trainer.board.counters()
        samples, errors, pulses = ((now[name] - self._before[name]) % 2**32
                                   for name in ("samples", "errors", "pulses"))
        rate = samples / (time.monotonic() - self._started)
        core = ""
        if self._clock:
            core = f" (core {self._clock * 1e6 * samples / self._trainer.board.cycles:,.0f})"
        return (f": {percent(errors / samples)} wrong, {pulses:,} synapses pulsed, "
                f"{rate:,.0f}/s{core}")


@contextmanager
def _naming_checkpoint(record: Record) -> Iterator[None]:
    """If the board fails, raise one error that names the checkpoint to continue from.

    Raises:
        CliError: the board cannot be used, or was lost.
    """
    try:
        yield
    except (LinkError, BackendStalledError, FlippedBitError) as error:
        kept = ""
        if record.written:
            epoch, position = record.written
            kept = (f"; {record.checkpoint} holds the state after {epoch} epochs and "
                    f"{position:,} samples: continue with --resume {record.checkpoint}")
        raise CliError(f"{error}{kept}", error.status) from error


def _figures(trainer: Trainer, summary: Summary, tested: float | None,
             clock: float | None) -> dict[str, Any]:
    config, checked = trainer.config, trainer.checked
    first = checked.first_divergence if checked else None
    board, samples = trainer.board, summary.samples
    each = board.cycles / samples if samples else None
    return {
        "config": config.name,
        "digest": engine_digest(config),
        "epochs": summary.epoch,
        "position": summary.position,
        "samples": samples,
        "mismatches": checked.mismatches if checked else None,
        "first_divergence": asdict(first) if first else None,
        "accuracy": tested,
        "training_errors": sum(result.errors for result in summary.epochs),
        "pulses": sum(result.pulses for result in summary.epochs),
        "synapses_pulsed": sum(result.pulses for result in summary.epochs),
        "refreshes": sum(result.refreshes for result in summary.epochs),
        "pairs_refreshed": sum(result.refreshes for result in summary.epochs),
        **dict.fromkeys(("device_pulses", *DEVICE_PULSES, "joules", "array_seconds",
                         "wear")),  # no board counts them
        "samples_per_second": summary.samples_per_second,
        "core_cycles": board.cycles,
        "core_samples_per_second": clock * 1e6 / each if clock and each else None,
        "bytes_sent_per_sample": board.bytes_sent / samples if samples else None,
        "bytes_received_per_sample": board.bytes_received / samples if samples else None,
        "flipped_rows": ([flip.row for flip in trainer.scrubbed.flips] if trainer.scrubbed
                         else None),
        **trainer.link.counts.figures,
    }


def _show(output: Output, figures: dict[str, Any]) -> None:
    table = Table(title="on the board", title_style="bold", show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    samples, core = figures["samples"], figures["core_samples_per_second"]
    table.add_row("test accuracy", percent(figures["accuracy"]))
    table.add_row("training samples", f"{samples:,}")
    if samples:
        table.add_row("cycles per sample in the core", f"{figures['core_cycles'] / samples:,.1f}")
        if figures["starved_cycles"] is not None:
            waited = figures["starved_cycles"]
            table.add_row("cycles in which it waited for a sample from the memory",
                          f"{waited:,} ({percent(waited / (figures['core_cycles'] + waited))})")
        table.add_row("bytes per sample, to and from the board",
                      f"{figures['bytes_sent_per_sample']:,.1f}, "
                      f"{figures['bytes_received_per_sample']:,.1f}")
        table.add_row("samples per second, end to end", f"{figures['samples_per_second']:,.0f}")
    if core:
        table.add_row("samples per second, the core alone", f"{core:,.0f}")
    table.add_row("frames sent, of which repeated",
                  f"{figures['frames_sent']:,}, {figures['frames_retried']:,}")
    table.add_row("bytes to and from the board in total",
                  f"{figures['bytes_sent']:,}, {figures['bytes_received']:,}")
    if figures["mismatches"] is not None:
        table.add_row("mismatches with the golden model", f"{figures['mismatches']:,}")
    output.console.print(table)
    if figures["mismatches"] == 0:
        output.console.print(styled(("Equal", "bold green"), ": every class and cycle count, and "
                                    "every state that was read, is the golden model's."))
