"""Charts of a search for better settings."""

from matplotlib.ticker import EngFormatter, MaxNLocator, NullFormatter

from pulsetrain.spec.units import quantity
from pulsetrain.tuning import Tried, Tuned

from .plot import INK, SERIES, Plot, drawing
from .words import count, percent


def scores_plot(tuned: Tuned) -> Plot:
    """The seeds of the given and of the best configuration: mean, deviation, and each seed."""
    rows = []
    for name, score in (("given", tuned.default), ("tuned", tuned.best)):
        rows.append((f"{name}, held out", score.held_out))
        if score.test:
            rows.append((f"{name}, test", score.test))
    with drawing("scores", height=0.9 + 0.42 * len(rows)) as canvas:
        axes = canvas.axes
        for index, (name, values) in enumerate(rows):
            percents = [100 * value for value in values]
            middle = sum(percents) / len(percents)
            deviation = (sum((value - middle) ** 2 for value in percents)
                         / (len(percents) - 1)) ** 0.5 if len(percents) > 1 else float("nan")
            axes.plot(percents, [index] * len(percents), "o", color=INK, alpha=0.3,
                      markeredgewidth=0)
            axes.errorbar(middle, index, xerr=deviation, fmt="D", capsize=3,
                          color=SERIES[0] if name.startswith("tuned") else SERIES[1])
        axes.set_yticks(range(len(rows)), [name for name, _ in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("accuracy (%)")
        return canvas.plot("Accuracy of the given and of the best settings",
                           "Mean (diamond), standard deviation over seeds (bar) and every seed "
                           "(dot). The axis does not begin at 0.")


def trials_plot(tuned: Tuned) -> Plot:
    """The accuracy of every trial, and the best until then."""
    complete = [tried for tried in tuned.tried if tried.complete]
    pruned = [tried for tried in tuned.tried if not tried.complete]
    with drawing("trials") as canvas:
        axes = canvas.axes
        axes.plot([tried.number for tried in pruned], [_percent(tried) for tried in pruned], "x",
                  color=INK, alpha=0.3, label="given up early")
        axes.plot([tried.number for tried in complete], [_percent(tried) for tried in complete],
                  "o", color=SERIES[0], label="complete")
        best, steps = 0.0, []
        for tried in complete:
            best = max(best, _percent(tried))
            steps.append(best)
        axes.step([tried.number for tried in complete], steps, where="post", color=SERIES[1],
                  label="best until then")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlabel("trial")
        axes.set_ylabel("held-out accuracy (%)")
        canvas.legend()
        return canvas.plot(
            "Accuracy of every trial",
            f"{count(len(tuned.tried), 'trial')}, {len(pruned)} of them given up; the best reaches "
            f"{percent(max((tried.accuracy for tried in complete), default=0.0))} of the held-out "
            "samples, mean over seeds.")


def front_plot(tuned: Tuned) -> Plot | None:
    """The accuracy of every trial against its energy, and the trials that no other one beats in
    both; None if energy is not counted."""
    known = [(tried.joules, tried) for tried in tuned.tried if tried.joules]
    if not known:
        return None
    best, pruned = tuned.front, any(not tried.complete for _, tried in known)
    with drawing("front") as canvas:
        axes = canvas.axes
        for complete, marker, colour, alpha in ((False, "x", INK, 0.3),
                                                (True, "o", SERIES[0], 0.5)):
            trials = [pair for pair in known if pair[1].complete == complete]
            axes.plot([joules for joules, _ in trials], [_percent(tried) for _, tried in trials],
                      linestyle="", marker=marker, color=colour, alpha=alpha)
        axes.plot([tried.joules or 0.0 for tried in best], [_percent(tried) for tried in best],
                  "o-", color=SERIES[1], label="beaten by no other trial in both")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(EngFormatter("J"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("energy of the array per training sample")
        axes.set_ylabel("held-out accuracy (%)")
        canvas.legend()
        ends = ", ".join(
            f"{percent(tried.accuracy)} for {quantity(tried.joules or 0.0, 'J')} per sample"
            for tried in (best[:1] + best[-1:] if len(best) > 1 else best))
        return canvas.plot("Accuracy of every trial against its energy",
                           f"Every trial{'; a cross was given up early' * pruned}. The line "
                           f"joins the {count(len(best), 'trial')} that no other beats in both "
                           f"accuracy and energy: {ends}.")


def importance_plot(tuned: Tuned) -> Plot:
    """How much each setting distinguishes good trials from others."""
    ordered = sorted(tuned.importance.items(), key=lambda item: item[1])
    with drawing("importance", height=0.9 + 0.28 * len(ordered)) as canvas:
        canvas.axes.barh([name for name, _ in ordered], [100 * share for _, share in ordered],
                         color=SERIES[0])
        canvas.axes.tick_params(axis="y", length=0)
        canvas.axes.grid(visible=False, axis="y")
        canvas.axes.set_xlabel("share of the importance (%)")
        return canvas.plot("Importance of every setting",
                           "How much each setting alone distinguishes the best tenth of the trials "
                           "from the others (PED-ANOVA, by Optuna).")


def parameter_plots(tuned: Tuned) -> list[Plot]:
    """The accuracy of the trials against each parameter."""
    plots = []
    for number, name in enumerate(tuned.tried[0].parameters if tuned.tried else ()):
        with drawing(f"parameter-{number}", height=2.2) as canvas:
            axes = canvas.axes
            for chosen, style in ((False, {"marker": "x", "color": INK, "alpha": 0.3}),
                                  (True, {"marker": "o", "color": SERIES[0]})):
                trials = [tried for tried in tuned.tried
                          if tried.complete == chosen and name in tried.parameters]
                axes.plot([tried.parameters[name] for tried in trials],
                          [_percent(tried) for tried in trials], linestyle="", **style)
            if name == "gate p":
                axes.set_xscale("log", base=2)
                axes.xaxis.set_major_formatter("{x:.3g}")
            elif isinstance(tuned.tried[0].parameters[name], int):
                axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axes.set_xlabel(f"{name}: exponent of 2 against the automatic R"
                            if name.startswith("range") else name)
            axes.set_ylabel("held-out accuracy (%)")
            plots.append(canvas.plot(f"Accuracy against {name}",
                                     f"{name}: every trial; a cross was given up early."))
    return plots


def _percent(tried: Tried) -> float:
    return 100 * tried.accuracy
