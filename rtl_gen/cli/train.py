"""`pulsetrain train`: the golden model on a data set."""

from typing import Any

from pulsetrain.device import learning_digest
from pulsetrain.device.describe import describe
from pulsetrain.device.settings import fitted
from pulsetrain.face.start import starting_point
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.run import Checkpoint, Summary
from pulsetrain.run.hint import hint
from pulsetrain.spec import Config

from . import options
from .console import styled
from .engine import make_engine
from .output import Output
from .record import Record
from .training import Training


def train(
    config: options.Source,
    data: options.Data = None,
    epochs: options.Epochs = None,
    samples: options.Samples = None,
    validation: options.Validation = None,
    checkpoint: options.CheckpointFile = None,
    folder: options.RunFolder = None,
    resume: options.Resume = None,
    engine: options.Engine = "compiled",
    lanes: options.Lanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Train the golden model: exactly the bits that the hardware would learn.

    Accuracies and counts of pulses are shown after every epoch. --checkpoint saves the state, which
    --resume continues. --run also saves the history of all epochs, for `pulsetrain report`.

    [bold]Examples[/bold]

    pulsetrain train digits

    pulsetrain train mnist-small --data mnist:FOLDER --epochs 3 --validation 5000

    pulsetrain train digits --samples 1000 --checkpoint run.npz

    pulsetrain train digits --resume run.npz --checkpoint run.npz

    pulsetrain train digits --run first

    Ctrl-C stops after the samples being processed and writes the checkpoint.
    """
    output = Output(json)
    loaded = options.configuration(config, lanes, settings, output)
    total = loaded.training.epochs if epochs is None else epochs
    start = starting_point(loaded, resume, validation)
    record = Record(output, start, checkpoint=checkpoint, run=folder, resumed=resume)
    chosen = options.samples(data, loaded, output) if total else None
    output.check_files(record.files)
    model = make_engine(engine, loaded, output)
    model.load(start.state)
    _show_settings(loaded, output)
    training = Training(output, total, record, start)
    summary = training.train(model, chosen, samples) if chosen else training.nothing()
    if advice := hint(loaded, summary.epochs):
        output.console.print(styled(("Hint", "yellow"), f": {advice}"), soft_wrap=True)
    output.write({**_figures(loaded, start, summary), "hint": advice})


def _show_settings(config: Config, output: Output) -> None:
    """Show what fits the configuration to its device, and what the device's tables lose."""
    output.console.print("; ".join(" ".join(pair) for pair in fitted(config)) + ".",
                         soft_wrap=True)
    for warning in describe(config).warnings:
        output.console.print(styled(("Note", "yellow"), f": {warning}"), soft_wrap=True)


def _figures(config: Config, start: Checkpoint, summary: Summary) -> dict[str, Any]:
    epochs = summary.epochs
    held_out = bool(start.validation)
    return {
        "config": config.name,
        "digest": learning_digest(config),
        "epochs": summary.epoch,
        "position": summary.position,
        "samples": summary.samples,
        "accuracy": [result.accuracy for result in epochs],
        "validation_accuracy": [result.validation_accuracy for result in epochs if held_out],
        "training_errors": [result.errors for result in epochs],
        "pulses": [result.pulses for result in epochs],
        "synapses_pulsed": [result.pulses for result in epochs],
        "refreshes": [result.refreshes for result in epochs],
        "pairs_refreshed": [result.refreshes for result in epochs],
        "device_pulses": [result.device_pulses for result in epochs],
        **{name: [getattr(result, name) for result in epochs] for name in DEVICE_PULSES},
        "samples_per_second": summary.samples_per_second,
    }
