"""`pulsetrain train`: the golden model on a data set."""

from dataclasses import asdict
from typing import Any

from pulsetrain.device import learning_digest
from pulsetrain.device.describe import describe
from pulsetrain.device.settings import fitted
from pulsetrain.face.start import starting_point, with_wear
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.run import Checkpoint, Summary, Wear, prices, wear_of
from pulsetrain.run.hint import hint
from pulsetrain.spec import Config

from . import options
from .console import styled
from .engine import ENGINES, make_engine
from .output import Output, percent
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
    wear: options.Wear = False,
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

    pulsetrain train digits --run first --wear --set device.preset=ag-a-si

    With a section [device.energy], as most presets have, the table shows energy and time of the
    array per sample instead of synapses pulsed and pairs refreshed (docs/explanation/energy.md).

    Ctrl-C stops after the samples being processed and writes the checkpoint.
    """
    output = Output(json)
    loaded = options.configuration(config, lanes, settings, output)
    total = loaded.training.epochs if epochs is None else epochs
    start = starting_point(loaded.for_epochs(total), resume, validation)
    loaded = start.config
    if wear:
        start = with_wear(start, str(resume))
    record = Record(output, start, checkpoint=checkpoint, run=folder, resumed=resume)
    chosen = options.samples(data, loaded, output) if total else None
    output.check_files(record.files)
    model = make_engine(engine, loaded, output)
    model.load(start.state)
    _show_settings(loaded, output)
    training = Training(output, total, record, start)
    summary = (training.train(model, chosen, samples, ENGINES[engine]) if chosen
               else training.nothing())
    worn = wear_of(loaded, model.read().wear)
    if worn:
        output.console.print(_wear_text(worn), soft_wrap=True)
    if advice := hint(loaded, summary.epochs):
        output.console.print(styled(("Hint", "yellow"), f": {advice}"))
    output.write({**_figures(loaded, start, summary, worn), "hint": advice})


def _show_settings(config: Config, output: Output) -> None:
    """Show what fits the configuration to its device, and what the device's tables lose."""
    output.console.print("; ".join(" ".join(pair) for pair in fitted(config)) + ".")
    for warning in describe(config).warnings:
        output.console.print(styled(("Note", "yellow"), f": {warning}"), soft_wrap=True)


def _wear_text(worn: Wear) -> str:
    text = (f"Wear: {worn.pulses:,} pulses on {worn.devices:,} devices, {worn.mean:,.1f} on "
            f"average; the most, {worn.most:,}, on device {worn.device} at row {worn.row}, column "
            f"{worn.column} of layer {worn.layer}.")
    if worn.beyond is not None:
        text += f" Beyond an endurance of {worn.endurance:,.0f}: {percent(worn.beyond)}."
    return text


def _figures(config: Config, start: Checkpoint, summary: Summary,
             worn: Wear | None) -> dict[str, Any]:
    epochs = summary.epochs
    held_out = bool(start.validation)
    spent = [result.costs(prices(config)) for result in epochs]
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
        "energy": [result.energy for result in epochs],
        "joules": [each and each.total_joules for each in spent],
        "joules_by_kind": [each and each.joules for each in spent],
        "array_seconds": [each and each.total_seconds for each in spent],
        "array_seconds_by_kind": [each and each.seconds for each in spent],
        "joules_per_sample": [each and each.total_joules / result.samples
                              for each, result in zip(spent, epochs, strict=True)],
        "array_seconds_per_sample": [each and each.total_seconds / result.samples
                                     for each, result in zip(spent, epochs, strict=True)],
        "wear": worn and asdict(worn),
        "samples_per_second": summary.samples_per_second,
    }
