"""`pulsetrain import`: the weights of another program, as a checkpoint."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pulsetrain.data import data_files
from pulsetrain.device import learning_digest
from pulsetrain.errors import USAGE, shown
from pulsetrain.face.weights import ImportedWeights, builtins_of, import_weights
from pulsetrain.files import check_writable
from pulsetrain.spec import builtin_names
from pulsetrain.weights import SUFFIXES
from pulsetrain.weights.network import ACTIVATIONS

from . import options
from .console import styled
from .failure import CliError
from .output import Output, percent


def import_command(
    source: Annotated[Path, typer.Argument(
        metavar="FILE", show_default=False,
        help=f"Weights and biases of a multilayer perceptron: {', '.join(SUFFIXES)}.")],
    file: Annotated[Path, typer.Option(
        "-o", "--output", metavar="FILE", show_default=False, help="The checkpoint to write.")],
    config: Annotated[str | None, typer.Argument(
        metavar="CONFIG", show_default="the built-in one with the same network",
        help=f"A built-in configuration ({', '.join(builtin_names())}), a TOML file, or a folder "
             "that `pulsetrain generate` wrote.")] = None,
    data: options.Data = None,
    inputs: Annotated[str, typer.Option(
        "--inputs", metavar="LOW:HIGH",
        help="What the network was given for a pixel of 0 and of 255. After PyTorch's "
             "Normalize(mean, std): -mean/std:(1-mean)/std.")] = "0:1",
    activation: Annotated[str | None, typer.Option(
        "--activation", metavar="NAME", show_default="the configuration's",
        help=f"Function of the hidden units, which only ONNX files name: "
             f"{', '.join(ACTIVATIONS)}.")] = None,
    validation: options.Validation = None,
    lanes: options.Lanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Program the pairs to the weights of a network that another program trained.

    The checkpoint is the state before the first sample: every command that reads a checkpoint can
    use it, and training goes on from there. Accuracy and loss are shown for the network as it was
    given and for the pairs. Nothing in the file is executed.

    FILE holds a matrix of weights and a vector of biases for each layer, in the order of their
    names: weight_1, bias_1, weight_2 ... or PyTorch's 0.weight, 0.bias, 2.weight ... An ONNX file
    holds a chain of Gemm, or MatMul and Add, with Relu, Clip, HardSigmoid or Sigmoid between them.

    [bold]Examples[/bold]

    pulsetrain import weights.npz digits -o pretrained.npz

    pulsetrain import model.onnx mnist --data mnist:FOLDER -o pretrained.npz

    pulsetrain train digits --resume pretrained.npz --epochs 3
    """
    output = Output(json)
    if config is None and (settings or lanes is not None):
        raise CliError("--set and --lanes change a configuration: give one, such as digits", USAGE)
    loaded = None if config is None else options.configuration(config, lanes, settings, output)
    low, high = _range(inputs)
    output.reads.append(source)
    if used := data or (loaded and loaded.training.data):
        output.reads += data_files(used)
    output.check_files({"--output": [file]})
    check_writable(file)
    with output.console.status(f"programming the pairs to {source}"):
        imported = import_weights(source, loaded, data, inputs=(low, high), activation=activation,
                                  validation=validation or 0)
        imported.save(file)
    start = imported.checkpoint
    if config is None:
        network = start.config.network
        others = [other.name for other in builtins_of(
            (network.inputs, *network.hidden, network.outputs)) if other.name != start.config.name]
        output.console.print(styled(
            "Took the built-in configuration ", (start.config.name, "bold"),
            f"; {' and '.join(others)} would fit too." if others else "."))
    _show(output, imported)
    words = ["pulsetrain", "train", config or start.config.name, "--resume", str(file)]
    words += [] if data is None else ["--data", data]
    words += [word for setting in settings or [] for word in ("--set", setting)]
    output.console.print(styled("Wrote ", (str(file), "bold"),
                                f". Go on with: {shlex.join(words)}"), soft_wrap=True)
    output.write({
        "config": start.config.name, "digest": learning_digest(start.config),
        "checkpoint": str(file), "tested": imported.tested, "samples": imported.samples,
        "accuracy": imported.accuracy, "loss": imported.loss,
        "float_accuracy": imported.float_accuracy, "float_loss": imported.float_loss,
        "layers": [asdict(layer) for layer in imported.layers]})


def _range(text: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    try:
        if colon:
            return float(low), float(high)
    except ValueError:
        pass
    raise CliError(f"--inputs must be LOW:HIGH, two numbers, such as 0:1 or -1:1, not "
                   f"{shown(text)}", USAGE)


def _show(output: Output, imported: ImportedWeights) -> None:
    console, config = output.console, imported.checkpoint.config
    table = Table("", title=f"{config.name}: {imported.samples:,} samples to {imported.tested}",
                  title_style="bold")
    for heading in ("accuracy", "loss"):
        table.add_column(heading, justify="right")
    table.add_row("network as given", percent(imported.float_accuracy),
                  f"{imported.float_loss:.4f}")
    table.add_row("pairs of devices", percent(imported.accuracy), f"{imported.loss:.4f}")
    console.print(table)
    layers = Table("layer", title="Programming", title_style="bold")
    for heading in ("synapses", "out of reach", "with a stuck device", "error, rms", "scale"):
        layers.add_column(heading, justify="right")
    for layer in imported.layers:
        layers.add_row(str(layer.number), f"{layer.synapses:,}", f"{layer.beyond:,}",
                       f"{layer.stuck:,}", f"{layer.error:.3g}", f"{layer.scale:.4g}")
    console.print(layers)
    console.print("Error: programmed minus wanted weight, in units of the converter. Scale: the "
                  "network's value for an activation of "
                  f"{config.numbers.full}; for the output layer, the logit that moves it as far.",
                  soft_wrap=True)
