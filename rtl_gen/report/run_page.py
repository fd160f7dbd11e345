"""The page of a run: of its folder, or of a checkpoint alone."""

from collections.abc import Sequence

from rtl_gen.device import learning_digest
from rtl_gen.run import Checkpoint, EpochResult

from .confusion import confusion_plot
from .device import device_plots
from .learning import accuracy_plot, error_plot, pulses_plot, refreshes_plot
from .page import Page, Section, Table
from .run import Evaluation, Run
from .weights import conductance_plot, conductances, weight_map, weight_plot
from .words import MINUS, NOTHING, count, percent, sizes


def run_page(run: Run, evaluation: Evaluation | None) -> Page:
    """The page of `run`; `evaluation` is that of its state, None where it is not known."""
    rows = run.history.epochs if run.history else ()
    return Page(
        title=run.checkpoint.config.name,
        lead=_lead(run, evaluation),
        facts=_facts(run, evaluation),
        sections=[
            _learning(run, rows),
            *_activity(rows),
            _confusion(evaluation),
            *_synapses(run.checkpoint),
            _device(run.checkpoint),
            Section(name="configuration", title="Configuration",
                    text="Everything the run was made from; equal digests learn equal bits.",
                    folded="Show it as JSON",
                    listing=run.checkpoint.config.model_dump_json(indent=2)),
        ])


def _lead(run: Run, evaluation: Evaluation | None) -> str:
    samples = run.checkpoint.state.counters["samples"]
    learned = (f"A network of {sizes(run.checkpoint.config.network)} that has learned from "
               f"{count(samples, 'training sample')}")
    if not evaluation:
        return f"{learned}, and has not been tested."
    shown = count(int(evaluation.confusion.sum()), "test sample")
    return f"{learned}, and reads {percent(evaluation.accuracy)} of {shown}."


def _facts(run: Run, evaluation: Evaluation | None) -> list[tuple[str, str]]:
    checkpoint = run.checkpoint
    config, counters = checkpoint.config, checkpoint.state.counters
    pairs = sum(layer.rows * layer.outputs for layer in config.layers)
    epochs = str(checkpoint.epoch)
    if checkpoint.position:
        epochs += f", and {count(checkpoint.position, 'sample')}"
    return [
        ("test accuracy", percent(evaluation.accuracy) if evaluation else "not known"),
        ("network", sizes(config.network)),
        ("synapses (pairs)", f"{pairs:,}"),
        ("device", f"{config.device.kind}, {config.device.levels:,} levels"),
        ("update method", config.update.method),
        ("epochs", epochs),
        ("training samples", f"{counters['samples']:,}"),
        ("pulses", f"{counters['pulses']:,}"),
        ("refreshes", f"{counters['refreshes']:,}"),
        ("seed", str(config.seed)),
        ("data", _data(run, evaluation)),
        ("learning digest", learning_digest(config)),
    ]


def _data(run: Run, evaluation: Evaluation | None) -> str:
    learned = run.history and run.history.data
    if not evaluation or evaluation.data == learned:
        return learned or "not known"
    return f"tested with {evaluation.data}" + (f", learned from {learned}" if learned else "")


def _learning(run: Run, rows: Sequence[EpochResult]) -> Section:
    named = {"name": "learning", "title": "Learning curve"}
    if run.history is None:
        return Section(**named, text="A checkpoint alone does not tell how it was learned; "
                       "pulsetrain train --run DIR keeps a history beside it.")
    if not rows:
        return Section(**named, text="Nothing has been trained yet.")
    missing = run.history.before["samples"]
    text = f"The {count(missing, 'sample')} before its first row were trained without a history." \
        if missing else ""
    return Section(**named, text=text, plots=[accuracy_plot(rows), error_plot(rows)],
                   folded="Show the numbers of every epoch", table=_epochs_table(rows))


def _epochs_table(rows: Sequence[EpochResult]) -> Table:
    def shown(share: float | None) -> str:
        return NOTHING if share is None else percent(share)

    return Table(
        heading=("epoch", "samples", "training errors", "test", "held out", "pulses", "refreshes"),
        rows=[(str(row.number + 1), f"{row.samples:,}", f"{row.errors:,}", shown(row.accuracy),
               shown(row.validation_accuracy), f"{row.pulses:,}", f"{row.refreshes:,}")
              for row in rows],
        labels=0)


def _activity(rows: Sequence[EpochResult]) -> list[Section]:
    if not rows:
        return []
    return [Section(name="activity", title="Pulses and refreshes",
                    plots=[pulses_plot(rows), refreshes_plot(rows)])]


def _confusion(evaluation: Evaluation | None) -> Section:
    named = {"name": "confusion", "title": "Confusion matrix"}
    if not evaluation:
        return Section(**named, text="This state has not been tested; pulsetrain report --data "
                       "NAME tests it with a data set.")
    return Section(**named, plots=[confusion_plot(evaluation.confusion)])


def _synapses(checkpoint: Checkpoint) -> list[Section]:
    layers = list(conductances(checkpoint.config, checkpoint.state))
    return [
        Section(name="conductances", title="Conductances and weights",
                text=f"A weight is a pair of devices, W = G⁺ {MINUS} G⁻. Counts are on a "
                     "logarithmic axis, the bias line is included.",
                plots=[plot for pairs in layers
                       for plot in (conductance_plot(pairs), weight_plot(pairs))]),
        Section(name="maps", title="Weight maps", plots=[weight_map(pairs) for pairs in layers]),
    ]


def _device(checkpoint: Checkpoint) -> Section:
    device = checkpoint.config.device
    return Section(name="device", title="Device",
                   text=f"The {device.kind} device of {device.levels:,} levels, as the integer "
                        "tables have it that model and hardware share.",
                   plots=device_plots(checkpoint.config))
