"""`pulsetrain verify`: the generated engine against the golden model."""

from dataclasses import asdict
from pathlib import Path
from re import fullmatch
from typing import Annotated, Any

import typer
from rich.table import Table

from pulsetrain.device import engine_digest
from pulsetrain.errors import FAILED, USAGE, shown
from pulsetrain.face.verification import (
    Verification,
    check_netlist,
    generated_verilog,
    make_wave,
)
from pulsetrain.fpga.families import SIMULATED
from pulsetrain.run import LockstepReport, read_checkpoint

from . import options
from .console import styled
from .failure import CliError
from .output import Output, percent
from .simulator import choose_simulator


def verify(
    config: options.Source,
    samples: Annotated[int, typer.Option(
        min=1, max=options.MOST_SAMPLES, metavar="N",
        help="Training samples to simulate.")] = 100,
    every: Annotated[int, typer.Option(
        min=1, max=options.MOST_SAMPLES, metavar="K",
        help="Compare every state after every K samples.")] = 10,
    simulator: options.Simulator = "auto",
    netlist: Annotated[str | None, typer.Option(
        "--netlist", metavar="FAMILY", show_default="the emitted Verilog",
        help=f"Synthesise for {' or '.join(SIMULATED)} first, and simulate the netlist.")] = None,
    bitstream: Annotated[str | None, typer.Option(
        "--bitstream", metavar="BOARD", show_default=False,
        help="Build this board, make Verilog again of what would be loaded onto it, and simulate "
             "that from pin to pin. iCE40 and Gowin need engine.multipliers=lut.")] = None,
    data: options.Data = None,
    checkpoint: Annotated[Path | None, typer.Option(
        metavar="FILE", show_default="the initial state",
        help="Begin with the trained state that `pulsetrain train --checkpoint` wrote.")] = None,
    wave: Annotated[Path | None, typer.Option(
        metavar="FILE", show_default=False,
        help="Record every signal into FILE, a .vcd or .fst, and put a signal list for GTKWave "
             "(.gtkw) and one for Surfer (.sucl) beside it.")] = None,
    wave_samples: Annotated[str, typer.Option(
        metavar="FIRST:LAST", help="The training samples that --wave records, from 0.")] = "0:0",
    lanes: options.Lanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Verify the generated Verilog: simulated training against the golden model, bit by bit.

    Every predicted class, error flag and cycle count is compared, and every state of every
    synapse. If they differ, the first difference is shown and the exit status is 1. If CONFIG is a
    generated folder, the Verilog in it is verified.

    [bold]Examples[/bold]

    pulsetrain verify digits --samples 200 --simulator icarus

    pulsetrain verify my-engine --every 1

    pulsetrain verify mnist-small --data mnist:FOLDER --samples 50 --simulator verilator

    pulsetrain verify mnist --data mnist:FOLDER --samples 2000 --simulator native

    pulsetrain verify digits --samples 20 --netlist ice40

    pulsetrain verify digits --simulator native --wave digits.vcd --wave-samples 40:41
    """
    output = Output(json)
    check_netlist(netlist)
    verilog = generated_verilog(config)
    if verilog and (lanes is not None or settings):
        raise CliError(f"{config}: is a generated folder, which --lanes and --set cannot change: "
                       "leave them out", USAGE)
    loaded = options.configuration(config, lanes, settings, output)
    begin = read_checkpoint(checkpoint, loaded) if checkpoint else None
    chosen_data = options.samples(data, loaded, output)
    output.reads += [file for file in (verilog, checkpoint) if file]
    verification = Verification(
        config=loaded, data=chosen_data, samples=samples, every=every,
        simulator=choose_simulator(simulator, output), verilog=verilog, netlist=netlist,
        bitstream=bitstream, checkpoint=begin,
        wave=make_wave(wave, *_window(wave_samples, samples)) if wave else None)
    recorded, chosen = verification.wave, verification.simulator
    output.check_files({"--wave": recorded.files if recorded else []})
    before = _stamp(wave)
    with output.progress() as progress:
        task = progress.add_task(f"simulating ({chosen})", total=samples)
        report = verification.run(lambda done: progress.update(task, completed=done))
    show_report(output, report, f"the bitstream of {bitstream}" if bitstream
                else f"{netlist} ({chosen})" if netlist else chosen)
    found = report.first_divergence
    if recorded and _stamp(wave) != before:
        _show_wave(output, recorded)
    elif found:
        output.console.print("  To see its waveforms, add: --simulator native --wave FILE.vcd "
                             f"--wave-samples {found.sample}:{found.sample}")
    output.write({"config": loaded.name, "digest": engine_digest(loaded), "netlist": netlist,
                  "bitstream": bitstream,
                  **report_figures(report, chosen)})
    if not report.equal:
        raise CliError("the simulated engine and the golden model differ", FAILED)


def show_report(output: Output, report: LockstepReport, simulator: str) -> None:
    """Show the outcome of a comparison in words and in a table."""
    table = Table(title=f"golden model and {simulator} in lockstep", title_style="bold",
                  show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("training samples", f"{report.samples:,}")
    table.add_row("states compared", f"{report.states_compared:,}")
    table.add_row("mismatches", f"{report.mismatches:,}")
    table.add_row("cycles simulated", f"{report.cycles_simulated:,}")
    table.add_row("cycles predicted", f"{report.cycles_predicted:,}")
    table.add_row("efficiency (ideal / simulated)", percent(report.efficiency))
    output.console.print(table)
    if report.equal:
        output.console.print(styled(("Equal", "bold green"), ": every state bit, class and cycle "
                                    "count is the golden model's."))
        return
    output.console.print(styled(("Different.", "bold red"), " The first difference is at"))
    output.console.print(f"  {report.first_divergence}", soft_wrap=True)


def report_figures(report: LockstepReport, simulator: str) -> dict[str, Any]:
    """The outcome of a comparison for scripts."""
    found = report.first_divergence
    return {
        "simulator": simulator,
        "samples": report.samples,
        "states_compared": report.states_compared,
        "mismatches": report.mismatches,
        "first_divergence": asdict(found) if found else None,
        "cycles_simulated": report.cycles_simulated,
        "cycles_predicted": report.cycles_predicted,
        "cycles_ideal": report.cycles_ideal,
        "efficiency": report.efficiency,
    }


def _window(text: str, samples: int) -> tuple[int, int]:
    """The two numbers of `text`, which is "FIRST:LAST".

    Raises:
        CliError: it has another form, or is not a window of `samples` samples.
    """
    first, _, last = text.partition(":")
    numbers = all(fullmatch("[0-9]{1,9}", number) for number in (first, last))
    if not (numbers and int(first) <= int(last) < samples):
        raise CliError("--wave-samples must be FIRST:LAST with 0 <= FIRST <= LAST < --samples "
                       f"({samples}), not {shown(text)}", USAGE)
    return int(first), int(last)


def _stamp(file: Path | None) -> int | None:
    """When `file` was written; None if it does not exist."""
    return file.stat().st_mtime_ns if file and file.exists() else None


def _show_wave(output: Output, wave: Any) -> None:
    name, stem = wave.file.name, wave.file.stem
    output.console.print(f"Wrote {wave.file}, samples {wave.first} to {wave.last}. Open it in its "
                         "folder:\n"
                         f"  gtkwave --rcvar 'do_initial_zoom_fit yes' {name} {stem}.gtkw\n"
                         f"  surfer --command-file {stem}.sucl", soft_wrap=True)
