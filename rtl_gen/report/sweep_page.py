"""The page of a sweep."""

from pulsetrain.device.origin import origin
from pulsetrain.errors import printable
from pulsetrain.spec.units import quantity
from pulsetrain.sweep.record import Record

from .page import Page, Section, Table
from .settings import configuration_section
from .sweep import Sweep
from .sweep_plots import cases_plot, curves_plots, energy_plot, grid_plots, shown
from .words import MINUS, NOTHING, SPACE, count, percent


def sweep_page(sweep: Sweep) -> Page:
    """The page of `sweep`."""
    left = [group for group in sweep.groups if not sweep.is_on_axis(group)]
    others = any(not group.is_float for group in left) or not sweep.numeric
    title = f"Accuracy against {', '.join(sweep.numeric)}" if sweep.numeric else "Accuracy"
    chart = Section(name="accuracy", title=title, plots=[
        *grid_plots(sweep), *([cases_plot(sweep, left)] if others else [])])
    curves, energy = curves_plots(sweep), energy_plot(sweep)
    return Page(
        title=sweep.name,
        lead=_lead(sweep),
        facts=_facts(sweep),
        sections=[
            chart,
            *([Section(name="energy", title="Energy", plots=[energy],
                       text="Of the array of devices alone, without the circuits around it.")]
              if energy else []),
            Section(name="learning", title="Learning curves", plots=curves,
                    text="" if curves else "The trials have no accuracies by epoch."),
            Section(name="table", title="Every case", table=_table(sweep),
                    text="Means over seeds: accuracy on the test samples after the last epoch, "
                         "synapses pulsed, all pulses on single devices, and energy and time of "
                         "a training if they are counted. The standard "
                         f"deviation is that of a sample (n {MINUS} 1)."),
            *_settings(sweep),
        ])


def _lead(sweep: Sweep) -> str:
    lead = (f"{count(len(sweep.trials), 'training')}. The best, {sweep.label(sweep.best)}, reads "
            f"{shown(sweep.best)} of the test samples"
            + ", on average over seeds" * (len(sweep.best.trials) > 1))
    references = [group for group in sweep.groups if group.is_float]
    if not references:
        return f"{lead}."
    highest = max(references, key=lambda group: group.mean)
    return f"{lead}; the floating-point reference reads {shown(highest)}."


def _facts(sweep: Sweep) -> list[tuple[str, str]]:
    return [
        ("best mean accuracy", percent(sweep.best.mean)),
        *_origin(sweep.record),
        ("trainings", f"{len(sweep.trials):,}"),
        ("cases", str(len({trial.case for trial in sweep.trials}))),
        ("groups over seeds", str(len(sweep.groups))),
        ("seeds", ", ".join(map(str, sweep.seeds))),
        ("epochs", ", ".join(sweep.values("epochs"))),
        ("varied", ", ".join(sweep.varied) or "only the case"),
        ("data", ", ".join(sweep.values("data"))),
    ]


def _origin(record: Record | None) -> list[tuple[str, str]]:
    """The sweep file, its configuration and its device."""
    if not record:
        return []
    facts = [("sweep file", record.file)]
    if record.config:
        device = record.config.device
        varies = any(key.startswith("device.") for point in record.points for key in point.settings)
        facts += [("configuration", record.config.name),
                  ("device", f"{origin(device)}, {device.levels:,} levels"
                   + "; cases change it" * varies)]
    return facts


def _settings(sweep: Sweep) -> list[Section]:
    """What every case was trained with, the sweep file, and the configuration that it names."""
    record = sweep.record
    if not record:
        return [Section(name="settings", title="Settings", text=(
            f"The table {sweep.name}.csv does not hold the sweep file and the settings of its "
            f"cases; {sweep.name}.sweep.json beside it does, which pulsetrain sweep writes."))]
    rows = []
    for group in sweep.groups:
        point = sweep.point(group)
        settings = ["not known: the sweep file was changed since"]
        if point:
            settings = [f"{key}{SPACE}={SPACE}{value}" for key, value in point.settings.items()]
        rows.append((group.case, group.trials[0].model, "\n".join(settings or ["no changes"]),
                     ", ".join(str(trial.seed) for trial in group.trials)))
    named = record.config.name if record.config else "named in the sweep file"
    sections = [
        Section(name="settings", title="Settings of every case",
                text=f"What each case changes in the configuration {named}.",
                table=Table(heading=("case", "model", "settings", "seeds"), rows=rows, labels=4,
                            wraps=True)),
        Section(name="file", title="Sweep file", text=f"The text of {record.file}.",
                folded="Show it", listing=printable(record.text.expandtabs(4)).strip("\n")),
    ]
    if record.config:
        sections.append(configuration_section(
            record.config, f"The configuration {named}, without the changes of the cases."))
    return sections


def _table(sweep: Sweep) -> Table:
    keys = sweep.varied
    known = any(group.joules is not None for group in sweep.groups)
    costs = ("energy", "time of the array") if known else ()
    return Table(
        heading=("case", "model", *keys, "n", "mean", "standard deviation", "least", "most",
                 "synapses pulsed", "device pulses", *costs),
        rows=[(group.case, group.trials[0].model, *(group.grid[key] or NOTHING for key in keys),
               str(len(group.trials)), percent(group.mean),
               percent(group.deviation) if len(group.trials) > 1 else NOTHING,
               percent(group.accuracies.min()), percent(group.accuracies.max()),
               *(NOTHING if mean is None else f"{mean:,.0f}"
                 for mean in (group.pulses, group.device_pulses)),
               *(NOTHING if amount is None else quantity(amount, unit)
                 for amount, unit in ((group.joules, "J"), (group.array_seconds, "s")) if known))
              for group in sweep.groups],
        labels=2)
