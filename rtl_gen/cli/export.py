"""`pulsetrain export`: a learned state for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from pulsetrain.device import learning_digest
from pulsetrain.face.weights import checkpoint_of, export_weights
from pulsetrain.files import check_writable
from pulsetrain.run import CHECKPOINT
from pulsetrain.weights import FORMATS
from pulsetrain.weights.export import check_format

from . import options
from .output import Output


def export(
    source: Annotated[Path, typer.Argument(
        metavar="SOURCE", show_default=False,
        help="A checkpoint (.npz), or a folder that `pulsetrain train --run` wrote.")],
    file: Annotated[Path, typer.Option(
        "-o", "--output", metavar="FILE", show_default=False,
        help=f"The file to write; its ending decides: {' or '.join(FORMATS)}.")],
    json: options.Json = None,
) -> None:
    """Write a learned state for other programs: an ONNX model, or weights for NumPy.

    The ONNX model computes exactly the integers of the golden model. It takes pixels, uint8 of
    shape (n, inputs), and gives class, (n,), and z, the sums of the output layer. The archive
    (.npz) holds for layer 1 plus_1, minus_1 (states), integer_1 (weights with the bias line last),
    weight_1 and bias_1 (for a network of real numbers), and more.

    [bold]Examples[/bold]

    pulsetrain export digits.npz -o digits.onnx

    pulsetrain export first -o weights.npz
    """
    output = Output(json)
    check_format(file)
    read = source / CHECKPOINT if source.is_dir() else source
    output.reads.append(read)
    output.check_files({"--output": [file]})
    check_writable(file)
    checkpoint = checkpoint_of(read)
    with output.console.status(f"writing {file}"):
        export_weights(checkpoint, file)
    size = file.stat().st_size
    output.console.print(f"Wrote {file}: {size / 1e6:.2f} MB, the state of "
                         f"{checkpoint.config.name} after {checkpoint.epoch} epochs and "
                         f"{checkpoint.position:,} samples.", soft_wrap=True)
    output.write({"config": checkpoint.config.name, "file": str(file), "bytes": size,
                  "digest": learning_digest(checkpoint.config)})
