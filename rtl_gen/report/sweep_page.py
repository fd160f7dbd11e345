"""The page of a sweep."""

from pulsetrain.spec.units import quantity

from .page import Page, Section, Table
from .sweep import Sweep
from .sweep_plots import cases_plot, curves_plots, energy_plot, grid_plots, shown
from .words import MINUS, NOTHING, count, percent


def sweep_page(sweep: Sweep) -> Page:
    """The page of `sweep`."""
    chart = (Section(name="accuracy", title=f"Accuracy against {', '.join(sweep.numeric)}",
                     plots=grid_plots(sweep)) if sweep.numeric
             else Section(name="accuracy", title="Accuracy", plots=[cases_plot(sweep)]))
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
        ("trainings", f"{len(sweep.trials):,}"),
        ("cases", str(len({trial.case for trial in sweep.trials}))),
        ("groups over seeds", str(len(sweep.groups))),
        ("seeds", ", ".join(dict.fromkeys(str(trial.seed) for trial in sweep.trials))),
        ("epochs", ", ".join(sweep.values("epochs"))),
        ("varied", ", ".join(sweep.varied) or "only the case"),
        ("data", ", ".join(sweep.values("data"))),
    ]


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
