"""Measured points: the forms of a CSV file, and what is refused and how."""

import csv
import os
from pathlib import Path

import pytest
from measured import LONG, micro
from small import small_config

from pulsetrain.device import device_tables, learning_digest
from pulsetrain.spec import ConfigError, load_config
from pulsetrain.spec.load import config_from_json
from pulsetrain.spec.points import PointsError, read_points

EXAMPLE = Path(__file__).parent.parent / "docs" / "example" / "device.csv"
LOW = "pulse,ltp_uS,ltd_uS\n0,10,5\n1,11,4\n2,12,3\n3,13,2.5\n4,14,2\n"
"""LTD is completely below LTP."""

DIGITS = "46e59e7dce820c101000e681934b14e589c403515fc2019113b2d37ec58736ce"
MEASURED = "ccba1077b032928cdb3415f9db370d1aab9e512b84139a95a33b8ba6fc22b008"
"""Learning digests of `digits`, and of the documentation's example with bidirectional updates."""

NAMES = ["points.tsv", "points.txt", "points.dat", "points", "back\\slash.csv", "no\xa0break.csv",
         "\"both\" 'marks'.csv", "new\nline.csv", "[x] #5 = 3.csv", "µ.CSV", "~"]
"""Names of files that would have to be quoted in TOML."""


@pytest.mark.parametrize("text", [
    "curve,pulse,conductance_uS\nltp,0,1\nltp,1,3\nltd,0,3\nltd,1,1.5\n",
    "pulse,ltp_uS,ltd_uS\n0,1,3\n1,3,1.5\n",
    "\ufeffPulse;LTD_us;LTP_US\r\n0;3;1\r\n1;1.5;3\r\n",
    "Curve\tG_nS\tPulse\nLTP\t1000\t0\nLTP\t3e3\t1\nltd\t3000\t0\nltd\t1500\t1\n",
    "# A7\nvoltage_V, pulse, curve, g_µS\n\n2, 0, ltp, 1\n2,1,ltp,3\n0,0,ltd,3\n#\n0,1,ltd,1.5",
])
def test_forms_of_a_file(read, text):
    points = read(text)
    assert points.ltp == micro(1, 3)
    assert points.ltd == micro(3, 1.5)
    assert (points.readings, points.repeated, points.interpolated) == (4, 0, 0)


@pytest.mark.parametrize(("unit", "siemens"), [
    ("S", 1), ("mS", 1e-3), ("uS", 1e-6), ("nS", 1e-9), ("pS", 1e-12), ("PS", 1e-12)])
def test_units(read, unit, siemens):
    assert read(f"pulse,ltp_{unit}\n0,1\n1,2\n").ltp == pytest.approx([siemens, 2 * siemens])


def test_rows_in_any_order(read):
    assert read(LONG + "ltp,2,5\nltd,1,2\nltp,0,1\nltd,0,4\nltp,1,3\n").ltp == micro(1, 3, 5)


def test_repeated_pulses_count_with_their_mean(read):
    points = read(LONG + "ltp,0,1\nltp,1,3\nltp,0,2\nltp,1,4\nltp,1,5\n")
    assert points.ltp == micro(1.5, 4)
    assert points.ltd is None
    assert (points.readings, points.repeated) == (5, 3)


def test_pulses_between_readings_are_interpolated(read):
    points = read(LONG + "ltp,0,1\nltp,4,3\nltp,5,9\n")
    assert points.ltp == micro(1, 1.5, 2, 2.5, 3, 9)
    assert points.interpolated == 3


def test_a_curve_begins_at_its_lowest_pulse_number(read):
    points = read(LONG + "ltp,1,1\nltp,2,3\nltd,3,3\nltd,4,2\nltd,5,0\n")
    assert points.ltp == micro(1, 3)
    assert points.ltd == micro(3, 2, 0)


@pytest.mark.parametrize(("text", "message"), [
    ("", r"points\.csv: is empty; must be a header and points: curve,pulse,conductance_uS or "),
    ("# nothing\n\n", r"points\.csv: is empty"),
    ("a,b\n1,2\n", r"points\.csv, line 1: the header must be curve,pulse,.* clear in a,b: give"),
    ("curve,pulse,conductance\n", r"line 1: the header must be .* no row with numbers follows c"),
    ("curve,pulse,conductance\nltp,0,1\n", r"line 1: column conductance has no unit; "),
    (LONG, r"points\.csv: contains no point of the curve ltp$"),
    (LONG + "ltd,0,3\nltd,1,1\n", r"points\.csv: contains no point of the curve ltp$"),
    (LONG + "ltp,0,1\nltp,1,x\n",
     r"points\.csv, line 3, column conductance_uS: must be a finite .* of 0 or more, not 'x'$"),
    (LONG + "# two\n\nltp,0,inf\n", r"line 4, column conductance_uS: .* not 'inf'"),
    (LONG + "ltp,0,-1\n", r"line 2, column conductance_uS: .* not '-1'"),
    (LONG + "ltp,0,\n", r"points\.csv: contains no point of the curve ltp$"),
    (LONG + "ltp,,1\n", r"line 2, column pulse: must be a pulse .* of 0 or more, not ''"),
    (LONG + ",0,1\n", r"line 2, column curve: must be ltp or ltd, not ''"),
    (LONG + "ltp,0,1_000\n", r"line 2, column conductance_uS: .* not '1_000'"),
    (LONG + "ltp,0,1e400\n", r"line 2, column conductance_uS: .* not '1e400'"),
    (LONG + "ltp,0,1e12\n",
     r"line 2, column conductance_uS: .* of 0 or more, and at most 1000 S, not '1e12'"),
    (LONG + "ltp,1_0,1\n", r"line 2, column pulse: must be a pulse .* of 0 or more, not '1_0'"),
    (LONG + "ltp,1e400,1\n", r"line 2, column pulse: must be a pulse .* of 0 or more, not '1e400'"),
    (LONG + "ltp,1e300,1\n", r"line 2, column pulse: must be a pulse .* of at most 1e18, not '1e3"),
    (LONG + "ltp,-1e300,1\n", r"line 2, column pulse: must be a pulse .* of 0 or more, not '-1e3"),
    (LONG + f"ltp,{'9' * 5000},1\n", r"line 2, column pulse: must be .*, not '99+\.\.\.9+'$"),
    (LONG + f"ltp,0,{'9' * 5000}\n", r"line 2, column conductance_uS: .* not '99+\.\.\.9+'$"),
    (LONG + f"ltp,0,{'x' * 140000}\n", r"line 2: cannot be read: field larger than field limit"),
    (f"pulse,{'x' * 5000}\n", r"line 1: the header must be .* follows pulse,x+\.\.\.x+$"),
    (LONG + 'ltp,0,"1\nltp,1,2\n', r"line 3: a value in quotation marks continues over several"),
    (LONG[:-1] + ',note\nltp,0,1,"x\nltp,1,2,\n', r"line 3: a value in quotation marks continues"),
    (LONG + "ltp,0,1\n\0\n", r"points\.csv: cannot be read: line 3 has a NUL character"),
    (LONG + "ltp,0,3\nltp,1,2\nltp,2,1\n",
     r"points\.csv: the curve ltp must be higher .*, not 1 µS \(line 4\) after 3 µS \(line 2\)$"),
    (LONG + "ltp,1,1\nltp,0,3\n",
     r"must be higher at its last .*, not 1 µS \(line 2\) after 3 µS \(line 3\)"),
    ("pulse,ltp_uS,ltd_uS\n0,1,1\n1,2,2\n",
     r"points\.csv: the curve ltd must be no .*, not 2 µS \(line 3\) after 1 µS \(line 2\)$"),
    (LONG + "ltp,0,\"1,5\"\n", r"line 2, column conductance_uS: .* not '1,5'"),
    (LONG + "on,0,1\n", r"line 2, column curve: must be ltp or ltd, not 'on'"),
    (LONG + "ltp,-1,1\n", r"line 2, column pulse: must be a pulse .* of 0 or more, not '-1'"),
    (LONG + "ltp,nan,1\n", r"line 2, column pulse: must be a pulse number .*, not 'nan'"),
    (LONG + "ltp,0\n", r"line 2: must have 3 values as the header has, not 2"),
    (LONG + "ltp,0,1,5\n", r"line 2: must have 3 values as the header has, not 4"),
    (LONG + "ltp,0,1\n", r"the curve ltp must have 2 to 4096 pulse numbers, not 1$"),
    (LONG + "ltp,0,1\nltp,4096,2\n", r"the curve ltp must have 2 to 4096 pulse numbers, not 4097$"),
    (LONG + "ltp,0,1\nltp,1e18,2\n", r"the curve ltp must have 2 to 4096 pulse numbers"),
    (LONG + "ltp,0,1\nltp,1,1\n", r"the curve ltp must have different conductances, not 1 µS "),
    (LONG + "ltp,0,1\nltp,1,2\nltd,0,2\nltd,1,2\n", r"the curve ltd must have different"),
])
def test_invalid_points_are_refused_with_their_position(read, text, message):
    with pytest.raises(PointsError, match=message) as info:
        read(text)
    assert len(str(info.value).splitlines()) == 1
    assert len(str(info.value)) < 400


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(PointsError, match=r"none\.csv: there is no such file of points"):
        read_points(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PointsError, match=r"binary\.csv: cannot be read"):
        read_points(tmp_path / "binary.csv")
    (tmp_path / "photo.csv").write_bytes("pulse,ltp_µS\n0,1\x1a\n".encode("latin-1"))
    with pytest.raises(PointsError, match=r"line 1 has the byte 0xb5, which is not UTF-8 text;"):
        read_points(tmp_path / "photo.csv")


@pytest.mark.timeout(60)
def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, kind in ((tmp_path, "a folder"), (tmp_path / "pipe", "a device or a pipe"),
                       (Path("/dev/zero"), "a device or a pipe")):
        with pytest.raises(PointsError, match=f"a file of points must be a file, not {kind}$"):
            read_points(path)
    with pytest.raises(PointsError, match=r"cannot be a path: .*null byte"):
        read_points(Path("a\0b.csv"))


def test_bounds_are_checked_before_the_work(tmp_path):
    path = tmp_path / "points.csv"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(PointsError, match=r"a file of points must have at most 64 MiB"):
        read_points(path)
    path.write_bytes(b"\n" * 2_000_002)
    with pytest.raises(PointsError, match=r"must have at most 2,000,000 lines, not 2,000,00"):
        read_points(path)


def test_a_large_file_is_read_by_one_reader(tmp_path, monkeypatch):
    made, reader = [], csv.reader
    monkeypatch.setattr(csv, "reader", lambda *given, **keys: made.append(1) or reader(
        *given, **keys))
    path = tmp_path / "points.csv"
    path.write_text("pulse,ltp_uS,ltd_uS\n" + "".join(
        f"{pulse},{1 + pulse},{200 - pulse}\n" for pulse in range(200)) * 1000)
    points = read_points(path)
    assert (points.readings, len(points.ltp)) == (400_000, 200)
    assert len(made) == 1


@pytest.mark.parametrize(("text", "ltp", "ltd", "interpolated"), [
    ("pulse,ltp_uS,ltd_uS\n0,1,3\n1,2,1\n2,3,\n", [1, 2, 3], [3, 1], 0),
    ("pulse,ltp_uS,ltd_uS\n0,1,3\n1,3,2\n2,,1\n", [1, 3], [3, 2, 1], 0),
    ("pulse;ltp_uS;ltd_uS;;\n0;1;3;;\n1;3;1;;\n;;;;\n;;\n", [1, 3], [3, 1], 0),
    ("pulse,ltp_uS,ltd_uS\n0,1,3,\n1,3,1, ,\n,,\n , ,\n", [1, 3], [3, 1], 0),
    ("pulse\tltp_uS\tltd_uS\n0\t1\t3\n1\t\t2\n2\t3\t1\n", [1, 2, 3], [3, 2, 1], 1),
    ("pulse,ltp_uS,ltd_uS\n0,,3\n1,1,\n2,2,\n3,3,0\n", [1, 2, 3], [3, 2, 1, 0], 2),
    ("curve,pulse,conductance_uS,\nltp,0,1,\nltp,1,,\nltp,2,3,\n,,,\nltd,0,3\nltd,1,1\n",
     [1, 2, 3], [3, 1], 1),
])
def test_empty_cells_are_readings_that_were_not_taken(read, text, ltp, ltd, interpolated):
    points = read(text)
    assert points.ltp == micro(*ltp)
    assert points.ltd == micro(*ltd)
    assert points.interpolated == interpolated


def test_only_empty_rows_are_ignored(read):
    with pytest.raises(PointsError, match=r"line 3, column pulse: must be a pulse number of 0"):
        read("pulse,ltp_uS,ltd_uS\n0,1,3\n,2,\n")


def test_lines_are_counted_as_an_editor_does(read):
    with pytest.raises(PointsError, match="line 5, column conductance_uS"):
        read("# one\x0c\n\n" + LONG + "ltp,0,1\x1c\nltp,1,x\n")


# In a configuration ------------------------------------------------------------------------------


def test_a_file_beside_the_configuration(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "points.csv").write_text("pulse,ltp_uS\n0,1\n1,4\n2,5\n")
    (tmp_path / "sub" / "mine.toml").write_text(
        'name = "mine"\n[network]\ninputs = 4\noutputs = 2\n'
        '[device]\nfile = "points.csv"\nconductance_bits = 6\n')
    monkeypatch.chdir(tmp_path)
    config = load_config("sub/mine.toml")
    assert config.device.kind == "measured"
    assert config.device.levels == 3
    assert config.device.ltp == pytest.approx((1e-6, 4e-6, 5e-6))
    assert config.device.ltd is None
    assert config.design.conductance_bits == 6
    again = config_from_json(config.model_dump_json())
    assert again == config
    assert learning_digest(again) == learning_digest(config)


def test_a_file_in_a_setting_is_relative_to_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "points.csv").write_text(EXAMPLE.read_text())
    monkeypatch.chdir(tmp_path)
    config = load_config("digits", settings=["device.file=points.csv", "device.cycle_noise=3"])
    assert (config.device.kind, config.device.levels) == ("measured", 16)
    assert len(config.device.ltd) == 16
    assert config.device.cycle_noise == 3


@pytest.mark.parametrize(("settings", "message"), [
    (["device.file=none.csv"], r"^none\.csv: there is no such file of points$"),
    (["device.file=3"], r"^device\.file: must be the name of a file of measured points, not 3$"),
    (["device.file=points.csv", "device.levels=3"],
     r"device\.levels: must be left out or 16, the number of points"),
    (["device.file=points.csv", "device.ltp=[1,2]"],
     r"device\.ltp: must be left out if device\.file is given"),
    (["device.file=points.csv", "device.kind=linear"],
     r'device\.ltp: must be left out for kind "linear"'),
    (["device.file=low.csv"],
     r'^digits with low\.csv: device\.ltd: .*, 10 µS to 14 µS .*"scale".*, not \[2 µS, 5 µS\]$'),
    (["device.file=up.csv", "device.ltd_range=scale"],
     r"^digits with up\.csv: device\.ltd_range: must be left out if device\.ltd is not given"),
    (["device.file=points.csv", "device.ltd_range=stretch"],
     r'^digits with points\.csv: device\.ltd_range: must be one of "scale", not \'stretch\''),
    (["device.file=falling.csv"], r"^falling\.csv: the curve ltp must be higher at its last "),
    ([("device.file", 3.5)], r"^device\.file: must be the name of a file .* points, not 3\.5$"),
    ([("device.file", "x" * 5000)], r"^x+\.\.\.x+: cannot be read: File name too long$"),
    (["device.fil=points.csv"], r"device\.fil: unknown key .* here: kind, .*, file, reading$"),
])
def test_a_file_in_a_configuration_that_does_not_fit(tmp_path, monkeypatch, settings, message):
    (tmp_path / "points.csv").write_text(EXAMPLE.read_text())
    (tmp_path / "low.csv").write_text(LOW)
    (tmp_path / "up.csv").write_text("pulse,ltp_uS\n0,1\n1,2\n")
    (tmp_path / "falling.csv").write_text("pulse,ltp_uS\n0,2\n1,1\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=message):
        load_config("digits", settings=settings)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_is_given_as_a_value(tmp_path, monkeypatch, name):
    (tmp_path / name).write_text(EXAMPLE.read_text())
    monkeypatch.chdir(tmp_path)
    for value in (name, read_points(Path(name))):
        assert load_config("digits", settings=[("device.file", value)]).device.levels == 16


# Ranges that do not meet --------------------------------------------------------------------------


def micros(*values):
    return [1e-6 * value for value in values]


@pytest.mark.parametrize("ltd", [
    (5, 4, 3, 2.5, 2),  # completely below
    (20, 18, 17, 16, 15),  # completely above
    (14, 14, 14, 14),  # above and level
    (10, 7, 5), (10.5, 7, 5),  # a little below
    (20, 16, 13.5),
    (30, 12, 0),  # far beyond on both sides
    (12.1, 12, 11.9),  # hardly any of LTP's range
])
def test_curves_that_share_no_range_are_refused(ltd):
    with pytest.raises(ConfigError, match=(
            r'^configuration: device\.ltd: must be in a range .* device\.ltp, 10 µS to 13 µS .*'
            r'device\.ltd_range = "scale"')):
        small_config(device={"levels": None, "kind": "measured", "ltp": micros(10, 11, 12, 13),
                             "ltd": micros(*ltd)})


@pytest.mark.parametrize("ltd", [(12, 11), (11, 10), (14, 10, 9), (11, 11), (13, 12.3)])
def test_curves_that_share_a_fifth_of_the_larger_range_are_taken(ltd):
    small_config(device={"levels": None, "kind": "measured", "ltp": micros(10, 11, 12, 13),
                         "ltd": micros(*ltd)})


def test_a_scaled_depression_keeps_its_shape():
    """LTD falls by 1/3, 1/3, 1/6 and 1/6 of its range, and so does the device."""
    low = {"levels": None, "kind": "measured", "ltp": micros(10, 11, 12, 13, 14),
           "ltd": micros(5, 4, 3, 2.5, 2), "ltd_range": "scale", "substates": 12}
    config = small_config(device=low, update={"method": "bidirectional"})
    state, reached = config.design.states - 1, []
    for _ in range(5):
        state = int(device_tables(config).depress[0, state])
        reached.append(state)
    assert reached == [32, 16, 8, 0, 0]
    fits = small_config(device={**low, "ltd": micros(14, 12 + 2 / 3, 11 + 1 / 3, 10 + 2 / 3, 10),
                                "ltd_range": None}, update={"method": "bidirectional"})
    away = device_tables(fits).depress - device_tables(config).depress
    assert abs(away).max() <= 1  # ties are rounded
    again = config_from_json(config.model_dump_json())
    assert again == config
    assert learning_digest(again) == learning_digest(config)


@pytest.mark.parametrize(("keys", "message"), [
    ({"kind": "linear", "levels": 4}, r'device\.ltd_range: must be left out for kind "linear"'),
    ({"kind": "measured", "ltp": [0, 1e-6], "ltd": [1e-6, 1e-6]},
     r'device\.ltd: must be lower at its last point .*"scale", not \[1 µS, 1 µS\]'),
])
def test_what_cannot_be_scaled_is_refused(keys, message):
    with pytest.raises(ConfigError, match=message):
        small_config(device={"levels": None, "ltd_range": "scale", **keys})


@pytest.mark.parametrize(("ltp", "message"), [
    ([-1.06e-7, 1e-6], "not -106 nS$"), ([3e-6, 1e-6], r"not \[3 µS, 1 µS\]$"),
    ([0, 1e300], r"must be conductances of at most 1000 S, not 1e\+300 S$")])
def test_conductances_in_messages_have_a_unit(ltp, message):
    with pytest.raises(ConfigError, match=message):
        small_config(device={"levels": None, "kind": "measured", "ltp": ltp})


def test_the_default_range_of_depression_changes_no_digest():
    """Digests from before `ltd_range` existed."""
    assert learning_digest(load_config("digits")) == DIGITS
    assert learning_digest(load_config("digits", settings=[
        ("device.file", str(EXAMPLE)), "update.method=bidirectional",
        "numbers.forward_shift=[9, 8]", "update.pulse_probability=1.0",
        "update.pulse_decay=1.0"])) == MEASURED


def test_the_example_of_cycles_in_the_documentation():
    points = read_points(EXAMPLE.with_name("cycles.csv"))
    assert points.ltp == micro(1.05, 2.04, 3.01)
    assert points.ltd == micro(3.01, 2, 1.04)
    assert {cycles.count for cycles in points.cycles.values()} == {2}


def test_the_example_of_the_documentation():
    points = read_points(EXAMPLE)
    assert (len(points.ltp), len(points.ltd), points.readings) == (16, 16, 32)
    assert 0 < points.ltd[0] < points.ltp[-1]  # a slight range mismatch
