"""Writes the table of build.md from the baselines, which `pulsetrain area --update` measures:

    python docs/area.py
"""

from collections.abc import Iterable
from pathlib import Path

from declared import table, with_tables

from pulsetrain.fpga.area import Entry, read_baselines
from pulsetrain.fpga.family import Part
from pulsetrain.fpga.fit import estimated

PAGE = Path(__file__).parent / "how-to" / "build.md"


def tables() -> dict[str, str]:
    """The table of the page, by name."""
    return {"engines": table(
        ("engine", "part", "lanes", "look-up tables", "flip-flops", "block RAMs", "multipliers",
         "linked, by the estimate", "more"),
        map(_row, read_baselines()))}


def _row(entry: Entry) -> tuple[str, ...]:
    """What the engine takes, what `fpga.fit` says of it with the link, and how much more that is;
    of the latter look-up tables and block RAMs."""
    config, part, used = entry.config, entry.part, entry.used
    linked, luts = estimated(config, part), part.family.luts
    beyond = [f"{linked[name] - used[name]:,}" for name in (luts, "block_ram")]
    return (f"`{' '.join([entry.source, *entry.settings])}`", f"`{part.name}`",
            str(config.engine.lanes), *_counts(used, (luts, "ff", "block_ram", "dsp"), part),
            ", ".join(_counts(linked, (luts, "block_ram"), part)), ", ".join(beyond))


def _counts(used: dict[str, int], names: Iterable[str], part: Part) -> list[str]:
    """The counts of `names`, marked if the part does not have so many."""
    return [f"{used[name]:,}{' *' * (used[name] > part.totals[name])}" for name in names]


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
