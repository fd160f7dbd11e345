"""The page of limits agrees with the code."""

from pathlib import Path

import pytest
from small import small_config

from pulsetrain import errors
from pulsetrain.cli import cluster, options
from pulsetrain.data import archive, samples
from pulsetrain.files import MEBIBYTE
from pulsetrain.host import MOST_BAUD
from pulsetrain.report import sweep as report
from pulsetrain.run import history
from pulsetrain.sim import runner
from pulsetrain.spec import load, network
from pulsetrain.spec.reading import cells
from pulsetrain.sweep import trials
from pulsetrain.sweep.plan import MOST_TRAININGS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "limits.md"
LIMITS = {
    "a file of measured points": (f"{cells.LARGEST_FILE // MEBIBYTE} MiB and "
                                  f"{cells.MOST_LINES:,} lines"),
    "the table of a sweep, a history": f"{trials.TABLE_BYTES // MEBIBYTE} MiB",
    "a checkpoint or data set, as a file and unpacked": f"{archive.LIMIT // MEBIBYTE} MiB",
    "samples to train on, and to test on": f"{samples.MOST_SAMPLES:,}",
    "arrays of an archive (`.npz`)": f"{archive.MOST_MEMBERS:,}",
    "parts of a key in TOML, such as `a.b.c`": f"{load.MOST_PARTS:,}",
    "a file of emitted Verilog": f"{runner.VERILOG_BYTES // MEBIBYTE} MiB",
    "synapses of a network": f"{network.SYNAPSES:,}",
    "trainings of a sweep, trials of a search": f"{MOST_TRAININGS:,}",
    "a page of `report`": (f"{report.GROUPS:,} cases and points of their grids, {report.TRIALS:,} "
                           "trainings"),
    "`--samples` of `verify` and `bench`": f"{options.MOST_SAMPLES:,}",
    "`--epochs`": f"{options.MOST_EPOCHS:,}",
    "`--jobs`": f"{cluster.MOST_JOBS:,}",
    "`--baud`": f"{MOST_BAUD:,}",
}


@pytest.mark.parametrize("what", LIMITS)
def test_a_limit_is_what_the_page_says(what):
    assert f"| {what} | {LIMITS[what]} |\n" in PAGE.read_text(encoding="utf-8")


def test_tables_and_histories_have_the_same_limit():
    assert trials.TABLE_BYTES == history.HISTORY_BYTES


@pytest.mark.parametrize(("status", "means"), [
    (errors.FAILED, "the work failed"), (errors.USAGE, "an input cannot be used"),
    (errors.DEFECT, "a defect of Pulsetrain"), (errors.INTERRUPTED, "ended by Ctrl-C")])
def test_a_status_is_what_the_page_says(status, means):
    assert f"| {status} | {means}" in PAGE.read_text(encoding="utf-8")


def test_a_network_fits_in_memory():
    small_config(network={"inputs": 4096, "hidden": [], "outputs": 4096})
    with pytest.raises(ValueError, match=r"network\.hidden: must be sizes that give at most "
                                         r"20,000,000 synapses \(these give 33,562,624\), not"):
        small_config(network={"inputs": 4096, "hidden": [4096], "outputs": 4096})
