"""Measured points: the forms of a CSV file, and what is refused and how."""

from pathlib import Path

import pytest

from rtl_gen.device import learning_digest
from rtl_gen.spec import ConfigError, load_config
from rtl_gen.spec.load import config_from_json
from rtl_gen.spec.points import PointsError, read_points

EXAMPLE = Path(__file__).parent.parent / "docs" / "example" / "device.csv"
LONG = "curve,pulse,conductance_uS\n"


@pytest.fixture
def read(tmp_path):
    """Read a text as a CSV file."""
    def read(text):
        path = tmp_path / "points.csv"
        path.write_text(text, encoding="utf-8")
        return read_points(path)
    return read


def micro(*values):
    """Values in uS as siemens."""
    return pytest.approx([1e-6 * value for value in values])


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
    ("a,b\n1,2\n", r"points\.csv, line 1: the header must be curve,pulse,.*, not a,b$"),
    ("curve,pulse,conductance\n", r"line 1: the header must be .*units S, mS, uS, nS, pS"),
    ("curve,pulse,conductance_uS,g_nS\nltp,0,1,1\n", r"line 1: the header must be"),
    ("curve,pulse,ltp_uS\nltp,0,1\n", r"line 1: the header must be"),
    ("pulse,conductance_uS\n0,1\n", r"line 1: the header must be"),
    ("pulse,pulse,ltp_uS\n0,0,1\n", r"line 1: the header must be"),
    (LONG, r"points\.csv: holds no point of the curve ltp$"),
    (LONG + "ltd,0,3\nltd,1,1\n", r"points\.csv: holds no point of the curve ltp$"),
    (LONG + "ltp,0,1\nltp,1,nan\n",
     r"points\.csv, line 3, column conductance_uS: must be a finite .* of 0 or more, not 'nan'$"),
    (LONG + "# two\n\nltp,0,inf\n", r"line 4, column conductance_uS: .* not 'inf'"),
    (LONG + "ltp,0,-1\n", r"line 2, column conductance_uS: .* not '-1'"),
    (LONG + "ltp,0,\n", r"line 2, column conductance_uS: .* not ''"),
    (LONG + "ltp,0,\"1,5\"\n", r"line 2, column conductance_uS: .* not '1,5'"),
    (LONG + "up,0,1\n", r"line 2, column curve: must be ltp or ltd, not 'up'"),
    (LONG + "ltp,-1,1\n", r"line 2, column pulse: must be an integer of 0 or more, not '-1'"),
    (LONG + "ltp,0.5,1\n", r"line 2, column pulse: must be an integer .*, not '0\.5'"),
    (LONG + "ltp,nan,1\n", r"line 2, column pulse: must be an integer .*, not 'nan'"),
    (LONG + "ltp,0\n", r"line 2: must have 3 values as the header has, not 2"),
    (LONG + "ltp,0,1,5\n", r"line 2: must have 3 values as the header has, not 4"),
    (LONG + "ltp,0,1\n", r"the curve ltp must have 2 to 4096 pulse numbers, not 1$"),
    (LONG + "ltp,0,1\nltp,4096,2\n", r"the curve ltp must have 2 to 4096 pulse numbers, not 4097$"),
    (LONG + "ltp,0,1\nltp,1e18,2\n", r"the curve ltp must have 2 to 4096 pulse numbers"),
    (LONG + "ltp,0,1\nltp,1,1\n", r"the curve ltp must have different conductances, not 1 µS "),
    (LONG + "ltp,0,1\nltp,1,2\nltd,0,2\nltd,1,2\n", r"the curve ltd must have different"),
])
def test_what_is_no_point_is_refused_with_its_place(read, text, message):
    with pytest.raises(PointsError, match=message) as info:
        read(text)
    assert len(str(info.value).splitlines()) == 1


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(PointsError, match=r"none\.csv: cannot be read: No such file"):
        read_points(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PointsError, match=r"binary\.csv: cannot be read"):
        read_points(tmp_path / "binary.csv")


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
    assert config.conductance_bits == 6
    again = config_from_json(config.model_dump_json())
    assert again == config
    assert learning_digest(again) == learning_digest(config)


def test_a_file_that_a_setting_names_lies_in_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "points.csv").write_text(EXAMPLE.read_text())
    monkeypatch.chdir(tmp_path)
    config = load_config("digits", settings=["device.file=points.csv", "device.cycle_noise=3"])
    assert (config.device.kind, config.device.levels) == ("measured", 16)
    assert len(config.device.ltd) == 16
    assert config.device.cycle_noise == 3


@pytest.mark.parametrize(("settings", "message"), [
    (["device.file=none.csv"], r"^none\.csv: cannot be read: No such file or directory$"),
    (["device.file=3"], r"^device\.file: must be the name of a CSV file, not 3$"),
    (["device.file=points.csv", "device.levels=3"],
     r"device\.levels: must be left out or 16, the number of points"),
    (["device.file=points.csv", "device.ltp=[1,2]"],
     r"device\.ltp: must be left out where device\.file is given"),
    (["device.file=points.csv", "device.kind=linear"],
     r'device\.ltp: must be left out for kind "linear"'),
    (["device.fil=points.csv"], r"device\.fil: unknown key .*allowed here: kind, .*, file$"),
])
def test_a_file_in_a_configuration_that_does_not_fit(tmp_path, monkeypatch, settings, message):
    (tmp_path / "points.csv").write_text(EXAMPLE.read_text())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=message):
        load_config("digits", settings=settings)


def test_the_example_of_the_documentation():
    points = read_points(EXAMPLE)
    assert (len(points.ltp), len(points.ltd), points.readings) == (16, 16, 32)
    assert 0 < points.ltd[0] < points.ltp[-1]  # a slight range mismatch
