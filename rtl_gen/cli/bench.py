"""`pulsetrain bench`: the speed of models and simulators, and the engine's cycles."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pulsetrain import bench as measuring
from pulsetrain.bench import Continuation, Speed
from pulsetrain.data import SOURCES, DataSet
from pulsetrain.errors import FAILED
from pulsetrain.files import temporary_folder
from pulsetrain.fpga.report import REPORT
from pulsetrain.run import LockstepReport
from pulsetrain.spec import Config

from . import options
from .clock import EPOCH, Clock, clocks_of
from .console import styled
from .failure import CliError
from .output import Output, percent

_CONFIGURATIONS = ("digits", "mnist")


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """All figures of one configuration; `simulators` are `sim.speed.SimulatorSpeed`."""

    config: Config
    data: DataSet
    speed: Speed
    generate_seconds: float
    simulators: list[Any]
    report: LockstepReport
    clocks: list[Clock]

    @property
    def cycles(self) -> float:
        """Simulated cycles per training sample."""
        return self.report.cycles_simulated / self.report.samples


def bench(
    configs: Annotated[list[str] | None, typer.Argument(
        metavar="[CONFIG]...", show_default=", ".join(_CONFIGURATIONS),
        help="Built-in configurations, TOML files, or folders that `pulsetrain generate` "
             "wrote.")] = None,
    data: Annotated[str | None, typer.Option(
        "--data", metavar="NAME", show_default="random samples as sparse as MNIST",
        help=f"Data set for configurations that name none: {SOURCES}.")] = None,
    epochs: Annotated[int, typer.Option(
        min=1, max=10_000, metavar="N",
        help="Epochs to measure the compiled model for.")] = 1,
    samples: Annotated[int, typer.Option(
        min=1, max=options.MOST_SAMPLES, metavar="N",
        help="Training samples after those epochs, for the NumPy model and the simulated "
             "engine.")] = 500,
    seconds: Annotated[float, typer.Option(
        min=0, max=3600, callback=options.finite, metavar="S",
        help="Seconds to measure each simulator for, not counting its start.")] = 2.0,
    build: Annotated[list[Path] | None, typer.Option(
        "--build", metavar="DIR", show_default="100 MHz, assumed",
        help="A folder that `pulsetrain build` wrote: use the clock it reached. Can be given "
             "several times.")] = None,
    lanes: options.Lanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Measure models, simulators and engine in one run: samples per second, cycles, efficiency.

    The compiled model trains from the initial state. The NumPy model and the simulated engine
    continue from the state it reached; the simulated cycles must equal the predicted ones. The
    first configuration runs in all simulators, the others only in the native one. Evaluation,
    compiling and starting are not counted.

    [bold]Examples[/bold]

    pulsetrain bench digits

    pulsetrain bench mnist --data mnist:FOLDER

    pulsetrain bench mnist --lanes 32 --set update.method=bidirectional --json speed.json
    """
    from pulsetrain.sim.runner import check_installed

    output = Output(json)
    loaded = [options.configuration(name, lanes, settings, output)
              for name in configs or _CONFIGURATIONS]
    clocks = clocks_of(build or [], loaded)
    sets = [_data(config, data, output) for config in loaded]
    output.reads += [folder / REPORT for folder in build or []]
    output.check_files()
    check_installed("verilator")
    measured: list[_Measured] = []
    with output.console.status("compiling"):
        compile_seconds = measuring.compile_seconds(loaded[0])
    for config, samples_of, clock in zip(loaded, sets, clocks, strict=True):
        output.console.print(styled(
            "Measuring ", (config.name, "bold"),
            f" on {samples_of.name}: {len(samples_of.x_train):,} samples"))
        measured.append(_measure(output, config, samples_of, clock, epochs=epochs,
                                 samples=samples, seconds=seconds, every=not measured))
    _show_models(output, measured, compile_seconds)
    _show_simulators(output, measured)
    _show_engines(output, measured)
    output.write({"compile_seconds": compile_seconds,
                  "configurations": [_figures(entry) for entry in measured]})
    for entry in measured:
        if not entry.speed.equal:
            raise CliError("the compiled model and the NumPy model differ", FAILED)
        if not entry.report.equal:
            raise CliError(f"{entry.config.name}: the simulated engine and the golden model "
                           f"differ: {entry.report.first_divergence}", FAILED)


def _measure(output: Output, config: Config, data: DataSet, clocks: list[Clock], *, epochs: int,
             samples: int, seconds: float, every: bool) -> _Measured:
    """Measure models and engine; in every simulator if `every`, otherwise in the native one."""
    with output.progress() as progress, temporary_folder() as folder:
        task = progress.add_task("compiled model", total=epochs)
        speed, continuation = measuring.measure(
            config, data, epochs=epochs, samples=samples,
            progress=lambda done: progress.update(task, completed=done))
        progress.remove_task(task)
        from pulsetrain.emit import VERILOG, generate
        from pulsetrain.sim.speed import measure_native

        started = time.perf_counter()
        generate(config, folder)
        generated = time.perf_counter() - started
        verilog = folder / VERILOG
        simulators = (_other_simulators(output, config, verilog, continuation, seconds)
                      if every else [])
        task = progress.add_task("native", total=len(continuation.x))
        native, report = measure_native(
            config, verilog, continuation, seconds=seconds,
            progress=lambda done: progress.update(task, completed=done))
    return _Measured(config=config, data=data, speed=speed, generate_seconds=generated,
                     simulators=[*simulators, native], report=report, clocks=clocks)


def _other_simulators(output: Output, config: Config, verilog: Path, continuation: Continuation,
                      seconds: float) -> list[Any]:
    """The speeds of all simulators except the native one; warns about those that are missing."""
    from pulsetrain.sim.runner import SimulatorMissingError
    from pulsetrain.sim.speed import SIMULATORS, measure_simulator

    speeds = []
    for simulator in SIMULATORS[:-1]:
        with output.console.status(f"simulating ({simulator})"):
            try:
                speeds.append(measure_simulator(config, verilog, simulator, continuation,
                                                seconds=seconds))
            except SimulatorMissingError as error:
                output.warn(str(error))
    return speeds


def _data(config: Config, name: str | None, output: Output) -> DataSet:
    """The data set of `config`, otherwise the one given by --data, otherwise a stand-in."""
    if config.training.data or name:
        return options.samples(config.training.data or name, config, output)
    return measuring.stand_in(config)


def _network(config: Config) -> str:
    network = config.network
    return "-".join(str(size) for size in (network.inputs, *network.hidden, network.outputs))


def _table(title: str, *headings: str) -> Table:
    """A table with a column of names, followed by columns of numbers."""
    table = Table(headings[0], title=title, title_style="bold")
    for heading in headings[1:]:
        table.add_column(heading, justify="right")
    return table


def _show_models(output: Output, measured: list[_Measured], compile_seconds: float) -> None:
    table = _table("models: training samples per second", "", "network",
                   "synapses\npulsed per sample", "NumPy", "compiled", "ratio")
    for entry in measured:
        speed = entry.speed
        table.add_row(entry.config.name, _network(entry.config), f"{speed.pulses:,.0f}",
                      f"{speed.numpy:,.0f}", f"{speed.compiled:,.0f}", f"{speed.ratio:.1f}")
    output.console.print(table)
    output.console.print("Compiling, which is done once and not counted, took "
                         f"{compile_seconds:.1f} seconds.")
    table = _table("compiled model: share of the machine's int16 peak", "",
                   "multiply-adds\nper sample", "samples classified\nper second",
                   "share in\ninference", "share in\ntraining")
    for entry in measured:
        speed = entry.speed
        table.add_row(entry.config.name, f"{speed.products:,.0f}", f"{speed.inference:,.0f}",
                      percent(speed.inference_share), percent(speed.share))
    output.console.print(table)
    output.console.print(
        "The peak of one core, measured, is "
        f"{max(entry.speed.peak for entry in measured) / 1e9:.1f} G multiply-adds per second.")


def _show_simulators(output: Output, measured: list[_Measured]) -> None:
    table = _table("simulators of the generated engine", "", "simulator", "start, s", "samples",
                   "cycles/s", "samples/s", "ratio")
    for entry in measured:
        first = entry.simulators[0]
        for speed in entry.simulators:
            ratio = speed.cycles_per_second / first.cycles_per_second
            table.add_row(entry.config.name if speed is first else "", speed.simulator,
                          f"{speed.start_seconds:.1f}", f"{speed.samples:,}",
                          f"{speed.cycles_per_second:,.0f}", f"{speed.samples_per_second:,.1f}",
                          f"{ratio:,.1f}")
    output.console.print(table)


def _show_engines(output: Output, measured: list[_Measured]) -> None:
    table = _table("cycles per training sample, simulated natively", "", "lanes", "generating, s",
                   "simulated", "predicted", "ideal", "efficiency")
    times = _table("the engine at its clock", "", "clock", "MHz", "samples/s",
                   f"seconds for {EPOCH:,}")
    for entry in measured:
        report, name = entry.report, entry.config.name
        table.add_row(name, f"{entry.config.engine.lanes}", f"{entry.generate_seconds:.1f}",
                      *(f"{cycles / report.samples:,.1f}" for cycles in (
                          report.cycles_simulated, report.cycles_predicted, report.cycles_ideal)),
                      percent(report.efficiency))
        for clock in entry.clocks:
            times.add_row(name, clock.source, f"{clock.megahertz:.1f}",
                          f"{clock.samples_per_second(entry.cycles):,.0f}",
                          f"{clock.epoch_seconds(entry.cycles):,.2f}")
    output.console.print(table)
    output.console.print(times)


def _figures(entry: _Measured) -> dict[str, Any]:
    speed, report = entry.speed, entry.report
    return {
        "config": entry.config.name,
        "network": _network(entry.config),
        "lanes": entry.config.engine.lanes,
        "data": entry.data.name,
        "samples": len(entry.data.x_train),
        "pulses_per_sample": speed.pulses,
        "synapses_pulsed_per_sample": speed.pulses,
        "accuracy": speed.accuracy,
        "numpy_samples": speed.numpy_samples,
        "numpy_samples_per_second": speed.numpy,
        "compiled_samples_per_second_by_epoch": list(speed.epochs),
        "compiled_samples_per_second": speed.compiled,
        "ratio": speed.ratio,
        "inference_samples_per_second": speed.inference,
        "multiply_adds_per_sample": speed.products,
        "int16_peak": speed.peak,
        "int16_share": speed.share,
        "int16_share_of_inference": speed.inference_share,
        "equal": speed.equal and report.equal,
        "generate_seconds": entry.generate_seconds,
        "simulators": [{
            "simulator": found.simulator, "start_seconds": found.start_seconds,
            "samples": found.samples, "seconds": found.seconds,
            "cycles_per_second": found.cycles_per_second,
            "samples_per_second": found.samples_per_second} for found in entry.simulators],
        "cycles_samples": report.samples,
        "cycles_simulated": report.cycles_simulated,
        "cycles_predicted": report.cycles_predicted,
        "cycles_ideal": report.cycles_ideal,
        "efficiency": report.efficiency,
        "clocks": [{
            "build": str(clock.folder) if clock.folder else None, "mhz": clock.megahertz,
            "samples_per_second": clock.samples_per_second(entry.cycles),
            "epoch_seconds": clock.epoch_seconds(entry.cycles)} for clock in entry.clocks],
    }
