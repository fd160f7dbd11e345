"""The page of a run: of its folder, or of a checkpoint alone."""

from collections.abc import Sequence
from functools import partial

from pulsetrain.device import learning_digest
from pulsetrain.device.describe import describe
from pulsetrain.device.origin import origin
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.run import Checkpoint, EpochResult, costs, prices, wear_of
from pulsetrain.spec import Config
from pulsetrain.spec.units import quantity

from .confusion import confusion_plot
from .device import device_plots
from .learning import (
    accuracy_plot,
    device_pulses_plot,
    energy_plot,
    error_plot,
    pulses_plot,
    refreshes_plot,
    time_plot,
)
from .page import Page, Section, Table
from .run import Evaluation, Run
from .settings import settings_sections
from .wear import wear_map, wear_plot
from .weights import conductance_plot, conductances, weight_map, weight_plot
from .words import MINUS, NOTHING, count, percent, sentence, sizes


def run_page(run: Run, evaluation: Evaluation | None) -> Page:
    """The page of `run`; `evaluation` is the test of its state, None if it was not tested."""
    rows = run.history.epochs if run.history else ()
    return Page(
        title=run.name,
        lead=_lead(run, evaluation),
        facts=_facts(run, evaluation),
        sections=[
            _learning(run, rows),
            *_activity(rows, run.checkpoint.config),
            *_costs(rows, run.checkpoint.config),
            *_wear(run.checkpoint),
            _confusion(evaluation),
            *_synapses(run.checkpoint),
            _device(run.checkpoint),
            *settings_sections(run.checkpoint.config),
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
    device_pulses = checkpoint.state.device_pulses
    pairs = sum(layer.rows * layer.outputs for layer in config.design.layers)
    epochs = str(checkpoint.epoch)
    if checkpoint.position:
        epochs += f", and {count(checkpoint.position, 'sample')}"
    return [
        ("test accuracy", percent(evaluation.accuracy) if evaluation else "not known"),
        ("device", f"{origin(config.device)}, {config.device.levels:,} levels"),
        ("configuration", config.name),
        ("network", sizes(config.network)),
        ("synapses (pairs)", f"{pairs:,}"),
        ("update method", config.design.method),
        ("epochs", epochs),
        ("training samples", f"{counters['samples']:,}"),
        ("synapses pulsed", f"{counters['pulses']:,}"),
        *([("pairs refreshed", f"{counters['refreshes']:,}")] if _refreshes(config) else []),
        ("device pulses", f"{sum(device_pulses.values()):,}" if device_pulses else "not known"),
        *_cost_facts(checkpoint),
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
    section = partial(Section, name="learning", title="Learning curve")
    if run.history is None:
        return section(text="A checkpoint alone does not say how it was trained; "
                       "pulsetrain train --run DIR keeps a history beside it.")
    if not rows:
        return section(text="Nothing has been trained yet.")
    missing = run.history.before["samples"]
    text = f"The {count(missing, 'sample')} before its first row were trained without a history." \
        if missing else ""
    plots = [accuracy_plot(rows), error_plot(rows)]
    return section(text=text, plots=[plot for plot in plots if plot],
                   folded="Show the numbers of every epoch",
                   table=_epochs_table(rows, run.checkpoint.config))


def _epochs_table(rows: Sequence[EpochResult], config: Config) -> Table:
    """The numbers of every epoch, without columns that do not apply to the run."""
    def count_of(number: int | None) -> str:
        return NOTHING if number is None else f"{number:,}"

    def share_of(share: float | None) -> str:
        return NOTHING if share is None else percent(share)

    columns = {"epoch": [str(row.number + 1) for row in rows],
               "samples": [count_of(row.samples) for row in rows],
               "training errors": [count_of(row.errors) for row in rows],
               "test": [share_of(row.accuracy) for row in rows]}
    if any(row.validation_accuracy is not None for row in rows):
        columns["held out"] = [share_of(row.validation_accuracy) for row in rows]
    columns["synapses pulsed"] = [count_of(row.pulses) for row in rows]
    if _refreshes(config):
        columns["pairs refreshed"] = [count_of(row.refreshes) for row in rows]
    for name, heading, applies in zip(
            DEVICE_PULSES, ("LTP pulses", "LTD pulses", "erasing pulses", "programming pulses"),
            (True, not _refreshes(config), _refreshes(config), _refreshes(config)), strict=True):
        if applies:
            columns[heading] = [count_of(getattr(row, name)) for row in rows]
    spent = [row.costs(prices(config)) for row in rows]
    if any(spent):
        for heading, unit, name in (("energy per sample", "J", "total_joules"),
                                    ("time per sample", "s", "total_seconds")):
            columns[heading] = [
                quantity(getattr(each, name) / row.samples, unit) if each else NOTHING
                for each, row in zip(spent, rows, strict=True)]
    return Table(heading=tuple(columns), rows=list(zip(*columns.values(), strict=True)), labels=0)


def _refreshes(config: Config) -> bool:
    """Whether pairs are refreshed, instead of depressing devices."""
    return config.design.method == "unidirectional"


def _activity(rows: Sequence[EpochResult], config: Config) -> list[Section]:
    if not rows:
        return []
    plots = [pulses_plot(rows), device_pulses_plot(rows),
             refreshes_plot(rows) if _refreshes(config) else None]
    return [Section(name="activity",
                    title="Pulses and refreshes" if _refreshes(config) else "Pulses",
                    text="A synapse is a pair of devices. Device pulses are all pulses on single "
                         "devices, even if the device does not move: they cost energy and wear.",
                    plots=[plot for plot in plots if plot])]


def _costs(rows: Sequence[EpochResult], config: Config) -> list[Section]:
    """Energy and time; no section if the run has none or they are not known."""
    of = prices(config)
    plots = [plot for plot in (energy_plot(rows, of), time_plot(rows, of)) if plot] if rows else []
    if not plots:
        return []
    return [Section(name="energy", title="Energy and time",
                    text="Of the array of devices alone, without the circuits around it: reads of "
                         "V² G t forward and backward, and pulses. No two steps overlap.",
                    plots=plots)]


def _wear(checkpoint: Checkpoint) -> list[Section]:
    counts = checkpoint.state.wear
    worn = wear_of(checkpoint.config, counts)
    if counts is None or worn is None:
        return []
    return [Section(name="wear", title="Wear",
                    text="Pulses of every kind on each device since the initial state, whether or "
                         "not the device moved.",
                    plots=[wear_plot(counts, worn),
                           *(wear_map(layer, part) for layer, part in
                             zip(checkpoint.config.design.layers, counts, strict=True))])]


def _cost_facts(checkpoint: Checkpoint) -> list[tuple[str, str]]:
    """Energy, time and wear of the whole training, as far as they are counted."""
    state, config = checkpoint.state, checkpoint.config
    spent = costs(prices(config), {**(state.device_pulses or {}), **(state.energy or {})})
    facts = []
    if spent:
        facts += [("energy of the array", quantity(spent.total_joules, "J")),
                  ("time of the array", quantity(spent.total_seconds, "s"))]
    elif config.device.energy:
        facts += [("energy of the array", "not known")]
    if worn := wear_of(config, state.wear):
        facts += [("most pulses on a device", f"{worn.most:,}")]
        if worn.beyond is not None:
            facts += [("devices beyond their endurance", percent(worn.beyond))]
    return facts


def _confusion(evaluation: Evaluation | None) -> Section:
    section = partial(Section, name="confusion", title="Confusion matrix")
    if not evaluation:
        return section(text="This state has not been tested; pulsetrain report --data "
                       "NAME tests it with a data set.")
    return section(plots=[confusion_plot(evaluation.confusion)])


def _synapses(checkpoint: Checkpoint) -> list[Section]:
    layers = list(conductances(checkpoint.config, checkpoint.state))
    return [
        Section(name="conductances", title="Conductances and weights",
                text=f"A weight is a pair of devices, W = G⁺ {MINUS} G⁻. Counts are on a "
                     "logarithmic axis and include the bias line.",
                plots=[plot for pairs in layers
                       for plot in (conductance_plot(pairs), weight_plot(pairs))]),
        Section(name="maps", title="Weight maps", plots=[weight_map(pairs) for pairs in layers]),
    ]


def _device(checkpoint: Checkpoint) -> Section:
    device, variation = checkpoint.config.device, checkpoint.config.variation
    note = (" The devices of this run vary: this is the nominal one, without its variation."
            if variation.spreads or variation.sticks else "")
    return Section(name="device", title="Device",
                   text=f"{sentence(origin(device))}: {device.levels:,} levels, from the integer "
                        f"tables that model and hardware share.{note}",
                   notes=describe(checkpoint.config).warnings,
                   plots=device_plots(checkpoint.config))
