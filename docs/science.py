"""Writes the tables of science.md and draws its figures, from the rows in results/:

    python docs/science.py
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from pulsetrain.report import read_sweep
from pulsetrain.report.sweep import Group
from pulsetrain.report.words import MINUS

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
    "784-200-10.16-levels-gate": ("784-200-10", "16, gate", "96.2 %"),
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


LEVELS = (16, 32, 64, 128, 256, 512)


def levels_table() -> str:
    found = results("mnist-levels")
    return table(("levels", "unidirectional", "bidirectional"), [
        *((str(count), *pair(found[f"unidirectional.{count}",], found[f"bidirectional.{count}",]))
          for count in LEVELS),
        ("float", shown(found["float",]), "")])


CURVE_LEVELS, BENDS = (32, 64, 128, 256), ("0.0", "1.0", "3.0", "5.0")


def curves_table() -> str:
    found = results("mnist-curves")
    return table(
        ("levels", "u", "unidirectional", "bidirectional", "unidirectional, gate",
         "bidirectional, gate"),
        [(str(count), bend[0],
          *(text for gate in ("open", "gate")
            for text in pair(found[f"unidirectional.{gate}.{count}", bend],
                             found[f"bidirectional.{gate}.{count}", bend])))
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
    methods = ("unidirectional", "bidirectional")
    rows = [("0 %", *(shown(found[f"{method}.low", "0.0"]) for _ in range(2)
                      for method in methods))]
    rows += [(words, *(shown(found[f"{method}.{end}", share]) for end in ("low", "high")
                       for method in methods)) for share, words in SHARES.items()]
    return table(("stuck", *(f"{method}, {end}" for end in ("low", "high") for method in methods)),
                 rows)


def device_groups(found: Results, device: str) -> list[Group]:
    return [found[method if (method, device) in found else f"{method}.{device}", device]
            for method in ("unidirectional", "bidirectional")]


def devices_table() -> str:
    found = results("mnist-devices")
    return table(
        ("device", "levels", "unidirectional", "bidirectional", "MLP-NeuroSim's own"),
        [(name, levels, *pair(*device_groups(found, device)), theirs)
         for device, (name, levels, theirs) in DEVICES.items()])


BITS = (2, 3, 4, 6)
FINE = f"backward shift lowered by 8 {MINUS} bits"


def activations_table() -> str:
    found = results("mnist-activations")
    rows = [(str(bits), *pair(found[f"fine.{bits}",], found[f"coarse.{bits}",])) for bits in BITS]
    return table(("bits", FINE, "backward shift kept"),
                 [*rows, ("8", shown(found["8",]), "the same")])


def noise_table() -> str:
    found = results("mnist-noise")
    return table(("`cycle_noise`", "deviation of a step", "unidirectional", "bidirectional"), [
        (chances, f"{np.sqrt(2 * int(chances) / 256):.2f}",
         shown(found["unidirectional", chances]), shown(found["bidirectional", chances]))
        for chances in ("0", "32", "64", "127")])


def substates_table() -> str:
    found = results("mnist-substates")
    cases = {"u3": "u = 3", "u5": "u = 5", "ag-a-si": "Ag:a-Si", "gst-pcm": "GST PCM"}
    return table(("substates", *cases.values()), [
        (count, *(shown(found[case, count]) for case in cases)) for count in ("1", "2", "4", "16")])


TABLES: dict[str, Callable[[], str]] = {
    "mnist-accuracy": accuracy_table, "mnist-levels": levels_table,
    "mnist-curves": curves_table, "mnist-variation": variation_table,
    "mnist-stuck": stuck_table, "mnist-devices": devices_table,
    "mnist-activations": activations_table, "mnist-noise": noise_table,
    "mnist-substates": substates_table,
}


def with_tables(text: str, tables: dict[str, Callable[[], str]] = TABLES) -> str:
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
    for method, colour in (("unidirectional", UNI), ("bidirectional", BI)):
        line(axes, LEVELS, [found[f"{method}.{count}",] for count in LEVELS], method, colour)
    axes.set_xscale("log", base=2)
    scales(axes, LEVELS, [str(count) for count in LEVELS])
    axes.set_xlabel("levels of a linear device")
    axes.set_ylabel("test accuracy (%)")
    axes.legend(loc="lower right")


def draw_curves(figure: Figure) -> None:
    found = results("mnist-curves")
    grid = figure.subplots(2, len(CURVE_LEVELS), sharex=True, sharey="row")
    bends = [float(bend) for bend in BENDS]
    for row, gate, words in zip(grid, ("open", "gate"), ("no gate", "gate"), strict=True):
        for axes, count in zip(row, CURVE_LEVELS, strict=True):
            for method, colour in (("unidirectional", UNI), ("bidirectional", BI)):
                line(axes, bends, [found[f"{method}.{gate}.{count}", bend] for bend in BENDS],
                     method, colour)
            axes.set_title(f"{count} levels, {words}")
            scales(axes, bends, [f"{bend:g}" for bend in bends])
        row[0].set_ylabel("test accuracy (%)")
    for axes in grid[1]:
        axes.set_xlabel("bend u")
    below(figure, grid[0, 0])


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
        for method, colour in (("unidirectional", UNI), ("bidirectional", BI)):
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
        for offset, colour, group in zip((-0.14, 0.14), (UNI, BI), device_groups(found, device),
                                         strict=True):
            axes.errorbar(100 * group.mean, index + offset, xerr=100 * group.deviation, fmt="o",
                          color=colour, capsize=2.5, elinewidth=1,
                          label=("unidirectional", "bidirectional")[colour == BI])
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
    "levels": (draw_levels, (5.0, 3.0)), "curves": (draw_curves, (8.0, 4.6)),
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
    page = DOCS / "science.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")
    for name in FIGURES:
        draw(name, DOCS / "figures")


if __name__ == "__main__":
    main()
