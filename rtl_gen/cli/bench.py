"""`pulsetrain bench`: how fast the golden model and its compiled twin learn, side by side."""

from typing import Annotated, Any

import typer
from rich.table import Table

from rtl_gen import bench as measuring
from rtl_gen.bench import Speed
from rtl_gen.data import SOURCES, DataSet
from rtl_gen.spec import Config, load_config

from . import options
from .failure import FAILED, Failure
from .output import Output

_CONFIGURATIONS = ("digits", "mnist-small", "mnist", "mnist-64")


def bench(
    configs: Annotated[list[str] | None, typer.Argument(
        metavar="[CONFIG]...", show_default=", ".join(_CONFIGURATIONS),
        help="Built-in configurations, TOML files, or folders that `pulsetrain generate` "
             "wrote.")] = None,
    data: Annotated[str | None, typer.Option(
        "--data", metavar="NAME", show_default="random samples as sparse as MNIST",
        help=f"Data set of the configurations that name none: {SOURCES}.")] = None,
    epochs: Annotated[int, typer.Option(
        min=1, metavar="N", help="Epochs that the compiled model is measured over.")] = 2,
    samples: Annotated[int, typer.Option(
        min=1, metavar="N", help="Samples that the NumPy model is measured over.")] = 1000,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Measure training samples a second: NumPy and compiled golden model, in one run.

    The compiled model trains from the initial state; the NumPy model goes on from where it came
    to, and both then hold equal states. Evaluation and compiling are not counted; both use one
    thread.

    [bold]Examples[/bold]

    pulsetrain bench digits

    pulsetrain bench mnist --data mnist:FOLDER

    pulsetrain bench mnist --set update.method=bidirectional --json speed.json
    """
    output = Output(json)
    loaded = [load_config(name, settings=settings or []) for name in configs or _CONFIGURATIONS]
    sets = [_data(config, data) for config in loaded]
    table = Table("configuration", "network", title="training samples a second",
                  title_style="bold")
    for heading in ("pulses a sample", "NumPy", "compiled", "ratio"):
        table.add_column(heading, justify="right")
    speeds: list[Speed] = []
    try:
        with output.console.status("compiling"):
            seconds = measuring.compile_seconds(loaded[0])
        with output.progress() as progress:
            for config, samples_of in zip(loaded, sets, strict=True):
                output.console.print(f"Measuring [bold]{config.name}[/bold] on {samples_of.name}: "
                                     f"{len(samples_of.x_train):,} samples")
                task = progress.add_task(config.name, total=epochs)
                speed = measuring.measure(
                    config, samples_of, epochs=epochs, samples=samples,
                    progress=lambda done, task=task: progress.update(task, completed=done))
                speeds.append(speed)
                table.add_row(config.name, _network(config), f"{speed.pulses:,.0f}",
                              f"{speed.numpy:,.0f}", f"{speed.compiled:,.0f}",
                              f"{speed.ratio:.1f}")
    except measuring.CompilingFailed as error:
        raise Failure(str(error), FAILED) from error
    output.console.print(table)
    output.console.print(f"Compiling, which is done once and not counted, took {seconds:.1f} "
                         "seconds.")
    output.write({"compile_seconds": seconds, "configurations": [
        _figures(config, samples_of, speed)
        for config, samples_of, speed in zip(loaded, sets, speeds, strict=True)]})
    if not all(speed.equal for speed in speeds):
        raise Failure("the compiled model and the NumPy model differ", FAILED)


def _data(config: Config, name: str | None) -> DataSet:
    """The data set of `config`, or else the one that was asked for, or else a stand-in."""
    if config.training.data or name:
        return options.samples(config.training.data or name, config)
    return measuring.stand_in(config)


def _network(config: Config) -> str:
    network = config.network
    return "-".join(str(size) for size in (network.inputs, *network.hidden, network.outputs))


def _figures(config: Config, data: DataSet, speed: Speed) -> dict[str, Any]:
    return {
        "config": config.name,
        "network": _network(config),
        "data": data.name,
        "samples": len(data.x_train),
        "pulses_per_sample": speed.pulses,
        "accuracy": speed.accuracy,
        "numpy_samples": speed.numpy_samples,
        "numpy_samples_per_second": speed.numpy,
        "compiled_samples_per_second_by_epoch": list(speed.epochs),
        "compiled_samples_per_second": speed.compiled,
        "ratio": speed.ratio,
        "equal": speed.equal,
    }
