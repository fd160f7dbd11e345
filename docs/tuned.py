"""Measures what default, tuned and hand-tuned settings reach, and writes the tables of tune.md:

    python docs/tuned.py digits               # a row for each device in results/tuned-digits.csv
    python docs/tuned.py mnist-small --data mnist:FOLDER
    python docs/tuned.py                      # only the tables

    --devices NAME ... measures these devices only, --trials N with more trials than planned,
    --default only the automatic settings, also of devices that have a row already.

A device that has a row already is otherwise not measured again, unless --again is given (and a new
--folder, because a search that is there is only continued). --public FOLDER also measures the
public files of `PUBLIC`, which are not part of this repository, from that folder.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import product
from pathlib import Path
from statistics import mean, stdev

from science import DOCS, table, with_tables

from pulsetrain import load_config, tune
from pulsetrain.spec.presets import presets
from pulsetrain.tuning import Trial, Workers, seeds_from

PAGE = DOCS / "how-to" / "tune.md"

DEVICES = {
    **{name: (f"device.preset={name}",) for name, preset in presets().items() if preset.verified
       and name not in ("linear", "exponential")},
    "example/device.csv": (f"device.file={DOCS / 'example' / 'device.csv'}",),
    "41 levels, u = 3": ("device.kind=exponential", "device.levels=41",
                         "device.potentiation.u=3.0"),
}
"""Settings of each device, by its name in the table."""

PUBLIC = {
    "gong_et_al.csv": ("file={}/gong_et_al.csv", "reading.ltp=1", "reading.ltd=2",
                       "reading.unit=relative"),
    "set.csv, reset.csv": ("file={}/set.csv", "reading.unit=S", "reading.columns=cycles",
                           "reading.ltd_file={}/reset.csv"),
    "nonlinear_fit.m": ("file={}/neurosim_ltp.dat", "reading.unit=S",
                        "reading.ltd_file={}/neurosim_ltd.dat", "reading.ltd_reversed=true"),
    "TiNbOx_CTM_potentiation.csv": ("file={}/TiNbOx_CTM_potentiation.csv", "reading.ltp=5",
                                    "reading.skip=1", "reading.unit=S"),
}
"""Public files (IBM/aihwkit, sandialabs/cross-sim, neurosim/MLP_NeuroSim_V3.0,
janghoan/line_simul) and how each is read: keys of the section [device]."""

HAND = tuple(
    (f"update.method={method}", f"numbers.forward_shift=[{shift},8]",
     "update.pulse_probability=0.25", f"update.pulse_decay={decay}",
     f"update.delta_threshold={threshold}")
    for method, (shift, decay), threshold in product(
        ("unidirectional", "bidirectional"), ((8, 0.9), (9, 0.9), (10, 0.7)), (2, 24)))
"""What one would try by hand for devices that are read in 8 bits; the held-out samples choose."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is trained: epochs, trials of the search, seeds of a trial (three times as many
    seeds are tested), and how many of `HAND` are tried."""

    epochs: int
    trials: int
    seeds: int
    hand: int


PLANS = {"digits": Plan(epochs=30, trials=40, seeds=3, hand=12),
         "mnist-small": Plan(epochs=3, trials=10, seeds=1, hand=6)}


@dataclass(frozen=True, kw_only=True)
class Row:
    """The test accuracies of one device, one per seed, as texts in percent; and the settings."""

    device: str
    epochs: int
    trials: int
    default: str
    tuned: str
    hand: str
    tuned_settings: str
    hand_settings: str


def measure(name: str, data: str, device: str, settings: Sequence[str], folder: Path,
            plan: Plan) -> Row:
    """Tune one device, and test the best settings of `HAND` with the same seeds."""
    config = load_config(name, settings=settings).for_epochs(plan.epochs)
    tuned = tune(config, data, folder=folder, epochs=plan.epochs, trials=plan.trials,
                 seeds=plan.seeds, workers=Workers(jobs=1))
    source = "digits" if data == "digits" else f"mnist:{Path(data.partition(':')[2]).resolve()}"
    base = Trial(name="hand", config=config, epochs=plan.epochs, held_out=tuned.held_out,
                 seeds=seeds_from(config.seed, plan.seeds), source=source)
    tried = {hand: replace(base, config=load_config(config, settings=hand)).run().value
             for hand in HAND[:plan.hand]}
    best = max(tried, key=tried.__getitem__)
    tested = replace(base, config=load_config(config, settings=best), held_out=0,
                     seeds=seeds_from(config.seed, len(tuned.best.test))).run()
    return Row(
        device=device, epochs=plan.epochs, trials=plan.trials, default=texts(tuned.default.test),
        tuned=texts(tuned.best.test), hand=texts(tested.last), tuned_settings=shown(tuned.config),
        hand_settings=" ".join(best))


def default(name: str, data: str, device: str, settings: Sequence[str], plan: Plan) -> None:
    """Measure the automatic settings of `device` and put them into its row."""
    config = load_config(name, settings=settings).for_epochs(plan.epochs)
    source = data if data == "digits" else f"mnist:{Path(data.partition(':')[2]).resolve()}"
    trial = Trial(name="default", config=config, epochs=plan.epochs, held_out=0, source=source,
                  seeds=seeds_from(config.seed, 3 * max(1, plan.seeds)))
    found = texts(trial.run().last)
    rows = {row.device: row for row in read_rows(name)}
    rows[device] = replace(rows.get(device) or Row(
        device=device, epochs=plan.epochs, trials=0, default="", tuned="", hand="",
        tuned_settings="", hand_settings=""), default=found)
    write_rows(name, [*rows.values()])


def texts(accuracies: Sequence[float]) -> str:
    return " ".join(f"{100 * share:.2f}" for share in accuracies)


def shown(config) -> str:
    """What the search chose."""
    design = config.design
    return (f"update.method={config.design.method} "
            f"device.conductance_bits={design.conductance_bits} numbers.forward_shift="
            f"[{','.join(str(layer.forward_shift) for layer in design.layers)}] "
            f"update.pulse_probability={design.pulse_probability:.3g} "
            f"update.pulse_decay={design.pulse_decay:.3g} "
            f"update.row_threshold={design.layers[0].row_threshold} "
            f"update.delta_threshold={design.layers[0].delta_threshold}")


def rows_file(name: str) -> Path:
    return DOCS / "results" / f"tuned-{name}.csv"


def read_rows(name: str) -> list[Row]:
    path = rows_file(name)
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(**{**row, "epochs": int(row["epochs"]), "trials": int(row["trials"])})
                for row in csv.DictReader(file)]


def write_rows(name: str, rows: Sequence[Row]) -> None:
    with rows_file(name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(asdict, rows))


def summary(accuracies: str) -> str:
    if not accuracies:
        return ""
    values = [float(text) for text in accuracies.split()]
    return f"{mean(values):.1f} ± {stdev(values):.1f}"


def table_of(name: str) -> str:
    return table(("device", "default", "tuned", "by hand", "method"), [
        (row.device, summary(row.default), summary(row.tuned), summary(row.hand),
         row.tuned_settings.partition(" ")[0].partition("=")[2]) for row in read_rows(name)])


def tables() -> Iterator[tuple[str, object]]:
    for name in PLANS:
        yield f"tuned-{name}", lambda name=name: table_of(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", nargs="?", choices=PLANS)
    parser.add_argument("--data", default="digits")
    parser.add_argument("--public", metavar="FOLDER")
    parser.add_argument("--trials", type=int)
    parser.add_argument("--default", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--devices", nargs="*", metavar="NAME")
    parser.add_argument("--folder", default="tuned", help="where the searches are kept")
    given = parser.parse_args()
    if given.name:
        devices = dict(DEVICES)
        if given.public:
            folder = str(Path(given.public).resolve())
            devices |= {name: tuple(f"device.{key.format(folder)}" for key in keys)
                        for name, keys in PUBLIC.items()}
        plan = PLANS[given.name]
        if given.trials:
            plan = replace(plan, trials=given.trials)
        for device, settings in devices.items():
            if given.devices is not None and device not in given.devices:
                continue
            if given.default:
                default(given.name, given.data, device, settings, plan)
            elif given.again or device not in [row.device for row in read_rows(given.name)]:
                folder = Path(given.folder) / given.name / device.replace("/", "-")
                row = measure(given.name, given.data, device, settings, folder, plan)
                rows = {**{one.device: one for one in read_rows(given.name)}, device: row}
                write_rows(given.name, [*rows.values()])
                print(row, flush=True)
    PAGE.write_text(with_tables(PAGE.read_text("utf-8"), dict(tables())), "utf-8")


if __name__ == "__main__":
    main()
