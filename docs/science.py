"""Writes the tables of science.md, refresh.md and counts.md and draws the figures of science.md:

    python docs/science.py
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from math import floor, log10
from pathlib import Path
from statistics import mean

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from pulsetrain.report import read_sweep
from pulsetrain.report.sweep import Group
from pulsetrain.report.words import MINUS
from pulsetrain.spec.presets import presets

DOCS = Path(__file__).parent

SIGMA = "\N{GREEK SMALL LETTER SIGMA}"

UNI, BI, SWAP, FLOAT = "#1f66ad", "#c4511b", "#2b7d4f", "#404040"
STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "science", "font.size": 9, "axes.titlesize": 9,
    "axes.linewidth": 0.7, "axes.spines.right": False, "axes.spines.top": False,
    "axes.grid": True, "axes.axisbelow": True, "grid.color": "#dddddd", "grid.linewidth": 0.6,
    "xtick.major.width": 0.7, "ytick.major.width": 0.7, "legend.frameon": False,
    "lines.linewidth": 1.5, "lines.markersize": 4,
}

REQUIRED = {
    "784-200-10.256-levels": ("784-200-10", "256", "97.4 %"),
    "784-200-10.64-levels": ("784-200-10", "64", "97.1 %"),
    "784-200-10.16-levels.held-out": ("784-200-10", "16, held-out", "96.2 %"),
    "784-64-10.256-levels": ("784-64-10", "256", "96.0 %"),
    "784-200-10.float": ("784-200-10", "float", ""),
    "784-64-10.float": ("784-64-10", "float", ""),
}
"""By case: its network, its levels, and the lowest mean that was required."""

DEVICES = {  # Levels, and the accuracy that the MLP-NeuroSim manual gives with its own rule.
    "linear": ("ideal, linear", "256", ""), "gsd": ("GSD (unverified)", "64", ""),
    "taox-hfox": ("TaOx/HfOx", "128", "80 %"), "epiram": ("EpiRAM Ag:SiGe", "64", "92 %"),
    "gst-pcm": ("GST PCM", "100", "89 %"), "taox-tio2": ("TaOx/TiO2", "102", "10 %"),
    "ag-a-si": ("Ag:a-Si", "97", "72 %"), "alox-hfo2": ("AlOx/HfO2", "40", "20 %"),
    "hzo-fefet": ("HZO FeFET", "32", "88 %"), "pcmo": ("PCMO", "50", "33 %"),
}

Results = dict[tuple[str, ...], Group]


def results(name: str) -> Results:
    """The groups of a sweep's rows over seeds, by case and grid values."""
    sweep = read_sweep(DOCS / "results" / f"{name}.csv")
    return {(group.case, *(value for key, value in group.grid.items()
                           if value and key not in ("epochs", "data"))): group
            for group in sweep.groups}


# Tables ------------------------------------------------------------------------------------------

def shown(group: Group) -> str:
    """Mean and standard deviation in percent."""
    return f"{100 * group.mean:.2f} ± {100 * group.deviation:.2f}"


def pair(one: Group, other: Group) -> tuple[str, str]:
    """Both as texts, the higher mean in bold if they differ by more than both deviations."""
    texts = [shown(one), shown(other)]
    if abs(one.mean - other.mean) > one.deviation + other.deviation:
        higher = int(other.mean > one.mean)
        texts[higher] = f"**{texts[higher]}**"
    return texts[0], texts[1]


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def accuracy_table() -> str:
    found = results("mnist-accuracy")
    return table(("network", "levels", "required", "reached"), [
        (*words, shown(found[case,])) for case, words in REQUIRED.items()])


METHODS = ("unidirectional", "bidirectional")
LEVELS = (16, 32, 64, 128, 256, 512)


def levels_table() -> str:
    found = results("mnist-levels")
    rows = []
    for count in LEVELS:
        chosen, automatic = ([found.get((f"{kind}{method}{end}", str(count))) for method in METHODS]
                             for kind, end in (("held-out.", f".{count}"), ("", "")))
        rows.append((str(count), *(text for both in (automatic, chosen) for text in (
            pair(*both) if all(both) else [shown(group) if group else "" for group in both]))))
    return table(("levels", *METHODS, *(f"{method}, held-out" for method in METHODS)),
                 [*rows, ("float", shown(found["float",]), "", "", "")])


CURVE_LEVELS, BENDS = (32, 64, 128, 256), ("0.0", "1.0", "3.0", "5.0")


def curves(found: Results, count: int, bend: str) -> tuple[list[Group], list[Group]]:
    """The groups of both methods with the automatic settings, and with those chosen for u = 3."""
    return ([found[method, str(count), bend] for method in METHODS],
            [found[f"{method}.gate.{count}", str(count), bend] for method in METHODS])


def curves_table() -> str:
    found = results("mnist-curves")
    return table(
        ("levels", "u", *METHODS, *(f"{method}, chosen for u = 3" for method in METHODS)),
        [(str(count), bend[0], *(text for both in curves(found, count, bend)
                                 for text in pair(*both)))
         for count in CURVE_LEVELS for bend in BENDS])


VARIED = {"step": "step", "range": "range", "up_down": "up against down"}
VARIANTS = {"unidirectional": UNI, "swap": SWAP, "bidirectional": BI}
SIGMAS = ("0.1", "0.3", "0.5")


def variation_table() -> str:
    found = results("mnist-variation")
    rows = [("none", "0", *(shown(found[f"{variant}.step", "0.0"]) for variant in VARIANTS))]
    rows += [(words, sigma, *(shown(found[f"{variant}.{key}", sigma]) for variant in VARIANTS))
             for key, words in VARIED.items() for sigma in SIGMAS]
    return table(("what differs", SIGMA, "unidirectional", "unidirectional, swap", "bidirectional"),
                 rows)


SHARES = {"0.01": "1 %", "0.05": "5 %", "0.1": "10 %"}


def stuck_table() -> str:
    found = results("mnist-stuck")
    rows = [("0 %", *(shown(found[f"{method}.low", "0.0"]) for _ in range(2)
                      for method in METHODS))]
    rows += [(words, *(shown(found[f"{method}.{end}", share]) for end in ("low", "high")
                       for method in METHODS)) for share, words in SHARES.items()]
    return table(("stuck", *(f"{method}, {end}" for end in ("low", "high") for method in METHODS)),
                 rows)


def percent(share: float) -> str:
    """A share of the range, such as "3.5 %"."""
    return f"{100 * share:.3g} %"


def devices_table() -> str:
    found = results("mnist-devices")
    named = presets()
    rows = []
    for device, (name, levels, theirs) in DEVICES.items():
        one, other = pair(*(found[method, device] for method in METHODS))
        sigma = named[device].device.get("cycle_sigma", 0)
        rows.append((
            name, levels, percent(sigma) if sigma else "none",
            f"{sigma * (int(levels) - 1):.1f}" if sigma else "", one,
            shown(found[f"refresh.{device}", device]) if sigma else "", other, theirs))
    return table(("device", "levels", f"{SIGMA} of a pulse", "in steps", "unidirectional",
                  "unidirectional, refreshes with errors", "bidirectional", "MLP-NeuroSim's own"),
                 rows)


BITS = (2, 3, 4, 6)
FINE = f"backward shift lowered by 8 {MINUS} bits"


def activations_table() -> str:
    found = results("mnist-activations")
    rows = [(str(bits), *pair(found[f"fine.{bits}",], found[f"coarse.{bits}",])) for bits in BITS]
    return table(("bits", FINE, "backward shift kept"),
                 [*rows, ("8", shown(found["8",]), "the same")])


NOISE = ("0.0", "0.004", "0.016", "0.032")
NOISY_LEVELS = (32, 256)


def noise_table() -> str:
    found = results("mnist-noise")
    heading = [f"{SIGMA} of a pulse"]
    for count in NOISY_LEVELS:
        heading += [f"{count} levels: in steps", *METHODS]
    return table(heading, [
        (percent(float(sigma)), *(text for count in NOISY_LEVELS for text in (
            f"{float(sigma) * (count - 1):.2f}",
            *(shown(found[method, str(count), sigma]) for method in METHODS))))
        for sigma in NOISE])


FEW = (2, 4, 8, 16)
DITHER = {"none": "neither", "gate": "gate", "noise": "noise", "both": "gate and noise"}


def few_levels_table() -> str:
    found = results("mnist-few-levels")
    return table(("levels", "method", *DITHER.values()), [
        (str(count), method, *(
            shown(found[f"{case}.{count}", method]) for case in DITHER))
        for count in FEW for method in METHODS])


ERRORS = ("0.0", "0.01", "0.02", "0.05", "0.1")
REFRESHED_LEVELS = ("16", "32", "64", "256")


def refresh_table() -> str:
    found = results("mnist-refresh")
    return table(("levels", *(f"{SIGMA} = {percent(float(error))}" for error in ERRORS)), [
        (count, *(shown(found["unidirectional", count, error]) for error in ERRORS))
        for count in REFRESHED_LEVELS])


def refreshes_table() -> str:
    found = results("mnist-refresh")
    rows = []
    for count in REFRESHED_LEVELS:
        group = found["unidirectional", count, "0.0"]
        pulses, refreshed, programming = (
            per_sample(group, name) for name in ("ltp_pulses", "refreshes", "reprogram_pulses"))
        rows.append((count, f"{pulses:.1f}", f"{refreshed:.2f}", f"{2 * refreshed:.2f}",
                     f"{programming:.1f}", f"{programming / refreshed:.1f}"))
    return table(("levels", "pulses of updates", "pairs refreshed", "erasing pulses",
                  "programming pulses", "programming pulses per refresh"), rows)


def per_sample(group: Group, column: str) -> float:
    """A count or a cost of the training per sample of MNIST, mean over seeds."""
    return mean(getattr(trial, column) / (SAMPLES * trial.epochs) for trial in group.trials)


SAMPLES = 60_000


def energy_table() -> str:
    found = results("mnist-energy")
    rows = []
    with (DOCS / "results" / "wear.csv").open(encoding="utf-8", newline="") as file:
        worn = {(row["preset"], row["method"]): row for row in csv.DictReader(file)}
    for device in dict.fromkeys(device for device, _ in worn):
        for method in METHODS:
            group, wear = found[method, device], worn[device, method]
            rows.append((f"`{device}`" if method == METHODS[0] else "", method, shown(group),
                         f"{per_sample(group, 'device_pulses'):.1f}",
                         amount(per_sample(group, "joules"), "J"),
                         amount(per_sample(group, "array_seconds"), "s"),
                         f"{int(wear['pulses']) / int(wear['devices']):.0f}",
                         f"{int(wear['most']):,}"))
    return table(("device", "method", "accuracy", "device pulses", "energy", "time",
                  "pulses on a device, mean", "and most"), rows)


def amount(value: float, unit: str) -> str:
    """`value` with three digits and a prefix of the unit, such as "33.2 nJ"."""
    exponent = 3 * floor(log10(value) / 3)
    prefix = {0: "", -3: "m", -6: "\N{MICRO SIGN}", -9: "n", -12: "p"}[exponent]
    return f"{value / 10.0**exponent:.3g} {prefix}{unit}"


def costs_table() -> str:
    found = results("mnist-levels")
    rows = []
    for count in ("64", "256"):
        for method in METHODS:
            case = method if count == "256" else f"held-out.{method}.{count}"
            trial = found[case, count].trials[0]
            pulses = (trial.pulses, trial.ltp_pulses, trial.ltd_pulses, trial.erase_pulses,
                      trial.reprogram_pulses, trial.device_pulses)
            rows.append((count, method, f"{100 * trial.accuracy:.2f} %",
                         *(f"{number / 1e6:.1f}" if number else "0" for number in pulses)))
    return table(("levels", "method", "accuracy", "synapses pulsed", "LTP", "LTD", "erasing",
                  "programming", "device pulses"), rows)


def substates_table() -> str:
    found = results("mnist-substates")
    cases = {"u3": "u = 3", "u5": "u = 5", "ag-a-si": "Ag:a-Si", "gst-pcm": "GST PCM"}
    return table(("substates", *cases.values()), [
        (count, *(shown(found[case, count]) for case in cases)) for count in ("1", "2", "4", "16")])


TABLES: dict[str, dict[str, Callable[[], str]]] = {
    "explanation/science.md": {
        "mnist-accuracy": accuracy_table, "mnist-levels": levels_table,
        "mnist-few-levels": few_levels_table, "mnist-curves": curves_table,
        "mnist-variation": variation_table, "mnist-stuck": stuck_table,
        "mnist-devices": devices_table, "mnist-energy": energy_table, "mnist-noise": noise_table,
        "mnist-activations": activations_table, "mnist-substates": substates_table},
    "explanation/refresh.md": {"mnist-refresh": refresh_table, "refreshes": refreshes_table},
    "explanation/counts.md": {"device-pulses": costs_table},
}
"""By page: the tables between the marks of these names."""


def with_tables(text: str, tables: dict[str, Callable[[], str]]) -> str:
    """The page `text` with the table between each pair of marks replaced from `tables`."""
    return re.sub(r"(<!-- table of (\S+) -->\n).*?(<!-- end -->)",
                  lambda found: f"{found[1]}\n{tables[found[2]]()}\n\n{found[3]}", text,
                  flags=re.DOTALL)


# Figures -----------------------------------------------------------------------------------------

def line(axes: Axes, x: Sequence[float], groups: Sequence[Group], label: str, colour: str,
         **style) -> None:
    """Draw means with their standard deviations over `x`."""
    axes.errorbar(x, [100 * group.mean for group in groups],
                  yerr=[100 * group.deviation for group in groups], label=label, color=colour,
                  marker="o", capsize=2.5, elinewidth=1, **style)


def scales(axes: Axes, ticks: Sequence[float], labels: Sequence[str]) -> None:
    """Set `ticks` on the x axis, and ticks at round percentages on the y axis."""
    axes.set_xticks(ticks, labels)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))


def draw_levels(figure: Figure) -> None:
    found = results("mnist-levels")
    axes = figure.add_subplot()
    reference = found["float",]
    axes.axhline(100 * reference.mean, color=FLOAT, linestyle="--", linewidth=1.2, label="float")
    for method, colour in zip(METHODS, (UNI, BI), strict=True):
        for kind, end, label, style in (("", "", method, "-"),
                                        ("held-out.", ".{}", f"{method}, held-out", ":")):
            groups = {count: group for count in LEVELS
                      if (group := found.get((kind + method + end.format(count), str(count))))}
            line(axes, tuple(groups), tuple(groups.values()), label, colour, linestyle=style)
    axes.set_xscale("log", base=2)
    scales(axes, LEVELS, [str(count) for count in LEVELS])
    axes.set_xlabel("levels of a linear device")
    axes.set_ylabel("test accuracy (%)")
    axes.legend(loc="lower right")


def draw_curves(figure: Figure) -> None:
    found = results("mnist-curves")
    row = figure.subplots(1, len(CURVE_LEVELS), sharey=True)
    bends = [float(bend) for bend in BENDS]
    for axes, count in zip(row, CURVE_LEVELS, strict=True):
        for method, colour in zip(METHODS, (UNI, BI), strict=True):
            for chosen, style in enumerate(("-", ":")):
                index = METHODS.index(method)
                line(axes, bends, [curves(found, count, bend)[chosen][index] for bend in BENDS],
                     f"{method}, chosen for u = 3" if chosen else method, colour, linestyle=style)
        axes.set_title(f"{count} levels")
        scales(axes, bends, [f"{bend:g}" for bend in bends])
        axes.set_xlabel("bend u")
    row[0].set_ylabel("test accuracy (%)")
    below(figure, row[0])


def draw_variation(figure: Figure) -> None:
    found = results("mnist-variation")
    row = figure.subplots(1, len(VARIED), sharey=True)
    x = [0.0, *map(float, SIGMAS)]
    for axes, (key, words) in zip(row, VARIED.items(), strict=True):
        for variant, colour in VARIANTS.items():
            groups = [found[f"{variant}.step", "0.0"],
                      *(found[f"{variant}.{key}", sigma] for sigma in SIGMAS)]
            label = "unidirectional, swap" if variant == "swap" else variant
            line(axes, x, groups, label, colour)
        axes.set_title(words)
        scales(axes, x, [f"{value:g}" for value in x])
        axes.set_xlabel(f"{SIGMA} (share of the mean)")
    row[0].set_ylabel("test accuracy (%)")
    below(figure, row[0])


def draw_stuck(figure: Figure) -> None:
    found = results("mnist-stuck")
    row = figure.subplots(1, 2, sharey=True)
    x = [0.0, *(100 * float(share) for share in SHARES)]
    for axes, end, title in zip(row, ("low", "high"), ("stuck at Gmin", "stuck at Gmax"),
                                strict=True):
        for method, colour in zip(METHODS, (UNI, BI), strict=True):
            groups = [found[f"{method}.low", "0.0"],
                      *(found[f"{method}.{end}", share] for share in SHARES)]
            line(axes, x, groups, method, colour)
        axes.set_title(title)
        scales(axes, x, [f"{value:g}" for value in x])
        axes.set_xlabel("devices stuck (%)")
    row[0].set_ylabel("test accuracy (%)")
    below(figure, row[0])


def draw_devices(figure: Figure) -> None:
    found = results("mnist-devices")
    axes = figure.add_subplot()
    for index, device in enumerate(DEVICES):
        for offset, colour, method in zip((-0.14, 0.14), (UNI, BI), METHODS, strict=True):
            group = found[method, device]
            axes.errorbar(100 * group.mean, index + offset, xerr=100 * group.deviation, fmt="o",
                          color=colour, capsize=2.5, elinewidth=1, label=method)
    axes.set_yticks(range(len(DEVICES)), [words[0] for words in DEVICES.values()])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlabel("test accuracy (%)")
    below(figure, axes)


def draw_activations(figure: Figure) -> None:
    found = results("mnist-activations")
    axes = figure.add_subplot()
    for case, colour, label in (("fine", UNI, FINE),
                                ("coarse", BI, "backward shift kept")):
        line(axes, (*BITS, 8), [*(found[f"{case}.{bits}",] for bits in BITS), found["8",]],
             label, colour)
    scales(axes, (*BITS, 8), [str(bits) for bits in (*BITS, 8)])
    axes.set_xlabel("bits of an activation")
    axes.set_ylabel("test accuracy (%)")
    axes.legend(loc="lower right")


def below(figure: Figure, axes: Axes) -> None:
    """Draw one legend below all panels, for the lines in `axes`."""
    handles, labels = axes.get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))
    figure.legend(named.values(), named.keys(), ncols=len(named), loc="outside lower center")


FIGURES: dict[str, tuple[Callable[[Figure], None], tuple[float, float]]] = {
    "levels": (draw_levels, (5.0, 3.0)), "curves": (draw_curves, (8.0, 2.7)),
    "variation": (draw_variation, (8.0, 2.9)), "stuck": (draw_stuck, (6.0, 2.9)),
    "devices": (draw_devices, (5.6, 3.6)), "activations": (draw_activations, (5.0, 2.8)),
}
"""By file name: the function that draws it, and width and height in inches."""


def draw(name: str, folder: Path, ending: str = "svg") -> None:
    """Draw the figure `name` into `folder`."""
    content, size = FIGURES[name]
    with rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        content(figure)
        figure.savefig(folder / f"{name}.{ending}", metadata={"Date": None} if ending == "svg"
                       else None, dpi=150)


def main() -> None:
    for name, tables in TABLES.items():
        page = DOCS / name
        page.write_text(with_tables(page.read_text(encoding="utf-8"), tables), encoding="utf-8")
    for name in FIGURES:
        draw(name, DOCS / "figures")


if __name__ == "__main__":
    main()
