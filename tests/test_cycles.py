"""Cycles: pulse numbers that begin again or continue, recognised from the data or a column."""

import itertools
import random

import pytest
from measured import LONG, micro

from pulsetrain.spec.cycles import Cycles
from pulsetrain.spec.points import PointsError


def rows(*runs):
    """Rows of the long form; a run is (curve, first pulse number, conductances)."""
    return LONG + "".join(f"{curve},{first + index},{value}\n" for curve, first, values in runs
                          for index, value in enumerate(values))


RUNS_ON = {
    "over both curves": rows(("ltp", 0, [1, 2, 3]), ("ltd", 2, [3, 2, 1]), ("ltp", 4, [1, 2, 3]),
                             ("ltd", 6, [3, 2, 1])),
    "over both curves, the top read once": rows(
        ("ltp", 0, [1, 2, 3]), ("ltd", 3, [3, 2, 1]), ("ltp", 6, [1, 2, 3]), ("ltd", 9, [3, 2, 1])),
    "in each curve": rows(("ltp", 0, [1, 2, 3]), ("ltd", 0, [3, 2, 1]), ("ltp", 3, [1, 2, 3]),
                          ("ltd", 3, [3, 2, 1])),
    "in each curve, where one number ends a cycle and begins the next": rows(
        ("ltp", 0, [1, 2, 3]), ("ltd", 0, [3, 2, 1]), ("ltp", 2, [1, 2, 3]), ("ltd", 2, [3, 2, 1])),
    "with a gap": rows(("ltp", 0, [1, 2, 3]), ("ltp", 10, [1, 2, 3]), ("ltd", 0, [3, 2, 1]),
                       ("ltd", 10, [3, 2, 1])),
    "in columns": "pulse,ltp_uS,ltd_uS\n0,1,3\n1,2,2\n2,3,1\n3,1,3\n4,2,2\n5,3,1\n",
    "in columns that take turns": "pulse,ltp_uS,ltd_uS\n0,1,\n1,2,\n2,3,3\n3,,2\n4,1,1\n5,2,\n"
                                  "6,3,3\n7,,2\n8,,1\n",
    "from 1000000": rows(*((curve, 1_000_000 + 2 * index, values) for index, (curve, values) in (
        enumerate([("ltp", [1, 2, 3]), ("ltd", [3, 2, 1])] * 2)))),
}
"""Two cycles of the same device."""


@pytest.mark.parametrize("text", RUNS_ON.values(), ids=RUNS_ON)
def test_continuing_pulse_numbers_are_counted_from_the_cycle_s_first(read, text):
    points = read(text)
    assert points.ltp == micro(1, 2, 3)
    assert points.ltd == micro(3, 2, 1)
    assert points.cycles == dict.fromkeys(("ltp", "ltd"), Cycles(count=2, shortest=3, longest=3))
    assert (points.readings, points.repeated, points.interpolated) == (12, 6, 0)


def test_the_rows_of_a_cycle_may_have_any_order(read):
    first, *others = RUNS_ON["over both curves"].splitlines()
    for seed in range(20):
        random.Random(seed).shuffle(others)
        points = read("\n".join([first, *others]))
        assert points.ltp == micro(1, 2, 3)
        assert points.ltd == micro(3, 2, 1)


@pytest.mark.parametrize("text", [
    rows(("ltp", 0, [1, 2, 3, 1.2, 2.2, 3.2, 0.8, 1.8, 2.8])),
    "pulse,ltp_uS\n" + "".join(f"{pulse},{1 + pulse % 3}\n" for pulse in range(9)),
    rows(("ltp", 0, [1, 2, 3]), ("ltp", 2, [1, 2, 3]), ("ltp", 4, [1, 2, 3])),
])
def test_potentiation_alone(read, text):
    points = read(text)
    assert points.ltp == micro(1, 2, 3)
    assert points.ltd is None
    assert points.cycles == {"ltp": Cycles(count=3, shortest=3, longest=3)}


def test_drifting_cycles_are_recognised_by_the_other_curve(read):
    """No step back is more than half of the range."""
    both = read(rows(("ltp", 0, [1, 2, 3]), ("ltd", 2, [3, 2.5, 2]), ("ltp", 4, [2, 3, 4]),
                     ("ltd", 6, [4, 3.5, 3])))
    each = read(rows(("ltp", 0, [1, 2, 3]), ("ltd", 0, [3, 2.5, 2]), ("ltp", 3, [2, 3, 4]),
                     ("ltd", 3, [4, 3.5, 3])))
    for points in (both, each):
        assert points.ltp == micro(1.5, 2.5, 3.5)
        assert points.ltd == micro(3.5, 3, 2.5)


def test_cycles_of_unequal_length(read):
    """The measurement ended early; a pulse gets the mean of the cycles that have it."""
    points = read(rows(("ltp", 0, [1, 2, 3, 4]), ("ltd", 3, [4, 3, 2, 1]), ("ltp", 6, [1, 3, 4])))
    assert points.ltp == micro(1, 2.5, 3.5, 4)
    assert points.ltd == micro(4, 3, 2, 1)
    assert points.cycles["ltp"] == Cycles(count=2, shortest=3, longest=4)
    assert points.cycles["ltd"] == Cycles(count=1, shortest=4, longest=4)
    one = read(rows(("ltp", 0, [1, 2, 3]), ("ltd", 2, [3, 2, 1]), ("ltp", 4, [1.5])))
    assert one.ltp == micro(1.25, 2, 3)


def test_pulses_that_were_not_read_in_a_cycle(read):
    """Every tenth pulse was read, and the numbers continue."""
    points = read(LONG + "".join(f"ltp,{pulse},{1 + (pulse - 40 * (pulse > 30)) / 10}\n"
                                 for pulse in (0, 10, 20, 40, 50, 60)))
    assert points.ltp == micro(*(1 + pulse / 10 for pulse in range(21)))
    assert points.interpolated == 18
    assert points.cycles["ltp"] == Cycles(count=2, shortest=21, longest=21)


@pytest.mark.parametrize("text", [
    rows(("ltp", 0, [1, 2, 3]), ("ltd", 0, [3, 2, 1])),
    rows(("ltp", 0, [1, 2, 3]), ("ltd", 3, [3, 2, 1])),
    rows(*[("ltp", 0, [1, 2, 3]), ("ltd", 0, [3, 2, 1])] * 3),
    LONG + "ltp,0,1\nltd,0,3\nltp,1,2\nltd,1,2\nltp,2,3\nltd,2,1\n",
    LONG + "ltp,2,3\nltd,2,1\nltp,0,1\nltd,0,3\nltp,1,2\nltd,1,2\n",
    LONG + "ltp,0,1\nltp,0,1\nltp,1,2\nltp,1,2\nltp,2,3\nltp,2,3\nltd,0,3\nltd,1,2\nltd,2,1\n",
])
def test_one_cycle_is_not_split(read, text):
    points = read(text)
    assert points.ltp == micro(1, 2, 3)
    assert points.ltd == micro(3, 2, 1)
    assert {cycles.count for cycles in points.cycles.values()} == {1}


@pytest.mark.parametrize(("ltp", "ltd"), [
    (range(7), range(5, 10)), (range(20), (5, 6)), ((5, 6), range(20)), ((0, 3, 6), range(5, 10)),
    ((0, 10, 20, 30), range(31)), ((0, 1, 2, 5, 10, 20), range(21)), ((0, 10, 20), (5, 15, 25)),
    (range(4), range(3, 7)), ((0, 1, 5, 7, 8), (5, 7)), ((0, 3, 6, 9, 12), (5, 6)),
])
def test_separate_numbers_do_not_alternate(read, ltp, ltd):
    """The curves were counted separately and read at some pulses."""
    points = read(LONG + "".join(f"ltp,{pulse},{1 + pulse}\n" for pulse in ltp)
                  + "".join(f"ltd,{pulse},{30 - pulse}\n" for pulse in ltd)
                  + f"ltp,{ltp[-1] + 1},31\nltd,{ltd[-1] + 1},1\n")
    assert {cycles.count for cycles in points.cycles.values()} == {1}
    assert len(points.ltp) == ltp[-1] - ltp[0] + 2


def test_a_curve_in_pieces_is_one_cycle(read):
    """Rows of LTD are in between, but LTP continues."""
    points = read(LONG + "ltp,0,1\nltp,1,2\nltd,0,4\nltd,1,3\nltp,2,3\nltp,3,4\nltd,2,2\nltd,3,1\n")
    assert points.ltp == micro(1, 2, 3, 4)
    assert points.ltd == micro(4, 3, 2, 1)


def test_a_noisy_curve_is_one_cycle(read):
    assert read(rows(("ltp", 0, [0, 2, 1, 4]))).ltp == micro(0, 2, 1, 4)


@pytest.mark.parametrize("values", [
    [1, 2, 3, 4, 9, 4, 5, 6],  # a spike
    [1, 2, 3, 4, 0, 5, 6, 7],  # a reading that failed
    [1, 1, 2, 1, 2, 2],  # a random device
])
def test_ambiguous_data_are_refused_and_a_column_decides(read, values):
    text = rows(("ltp", 0, values))
    with pytest.raises(PointsError, match=(
            r"points\.csv: the curve ltp goes back from \d µS \(line \d\) to \d+ µ?S \(line \d\), "
            r"by more than half of its range, but .* column cycle")):
        read(text)
    first, *others = text.splitlines()
    points = read("\n".join([f"{first},Cycle", *(f"{row},1" for row in others)]))
    assert points.ltp == micro(*values)


def test_a_column_names_the_cycles(read):
    rising = itertools.count()
    text = "cycle,curve,pulse,g_uS\n" + "".join(
        f"{cycle},ltp,{next(rising)},{value + drift}\n"
        for cycle, drift in (("a", 0), ("b", 0.8), ("c", 1.6)) for value in (1, 2, 3))
    points = read(text)
    assert points.ltp == micro(1.8, 2.8, 3.8)
    assert points.cycles["ltp"] == Cycles(count=3, shortest=3, longest=3)
    begins_again = read("cycle,curve,pulse,g_uS\n1,ltp,0,1\n1,ltp,1,2\n1,ltp,2,3\n2,ltp,1,2.5\n"
                        "2,ltp,2,3.5\n")
    assert begins_again.ltp == micro(1, 2.25, 3.25)


def test_a_cycle_without_a_name_is_refused(read):
    with pytest.raises(PointsError, match=r"line 3, column cycle: must be the name of a cycle"):
        read("cycle,curve,pulse,g_uS\n1,ltp,0,1\n,ltp,1,2\n")
