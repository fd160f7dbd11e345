"""Files of points as instruments write them: names, units, encodings, separators, options."""

import re
import zipfile

import numpy as np
import pytest
from measured import micro

from pulsetrain.extras import ExtraMissingError
from pulsetrain.spec import ConfigError, load_config
from pulsetrain.spec.load import reading_options
from pulsetrain.spec.points import PointsError, read_points
from pulsetrain.spec.reading.units import name_and_unit, unit_named


@pytest.fixture
def points_of(tmp_path):
    """Reads a text or bytes as points, with options of reading."""
    def read(content, name="points.dat", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_points(path, reading_options(options))
    return read


UP_AND_DOWN = {
    "names and brackets": "Pulse number,Potentiation (uS),Depression (uS)\n0,1,3\n1,2,2\n2,3,1\n",
    "square brackets": "#,LTP conductance [uS],LTD conductance [uS]\n0,1,3\n1,2,2\n2,3,1\n",
    "slashes": "N;G_set / uS;G_reset / uS\r\n0;1,0;3,0\r\n1;2,0;2,0\r\n2;3,0;1,0\r\n",
    "a comment as header": "# N\tG_up (uS)\tG_down (uS)\n0\t1\t3\n1\t2\t2\n2\t3\t1\n",
    "spaces": "n ltp_uS ltd_uS\n0 1 3\n1 2 2\n2 3 1\n",
    "spaces and decimal commas": "n ltp_uS ltd_uS\n0 1,0 3,0\n1 2,0 2,0\n2 3,0 1,0\n",
    "names of two words between wide spaces": (
        "Pulse number   LTP (uS)   LTD (uS)\n   0   1   3\n   1   2   2\n   2   3   1\n"),
    "names, then units": "Pulse #,LTP,LTD\n,uS,uS\n0,1,3\n1,2,2\n2,3,1\n",
    "names, then units in brackets": "N,G LTP,G LTD\n(#),(µS),(µS)\n0,1,3\n1,2,2\n2,3,1\n",
    "words before the header": "Analyzer B1500\nJune\nN,set_uS,reset_uS\n0,1,3\n1,2,2\n2,3,1\n",
    "a column of numbers for each curve": (
        "N_LTP,G_LTP (uS),N_LTD,G_LTD (uS)\n0,1,0,3\n1,2,1,2\n2,3,2,1\n"),
    "no numbers": "ltp_uS,ltd_uS\n1,3\n2,2\n3,1\n",
    "long, with words": (
        "type,pulse,G (uS)\nSET,0,1\nSET,1,2\nSET,2,3\nRESET,0,3\nRESET,1,2\nRESET,2,1\n"),
    "numbers that begin again": "pulse,G (uS)\n0,1\n1,2\n2,3\n0,3\n1,2\n2,1\n",
    "trailing separators and NaN": "N,LTP_uS,LTD_uS,,\n0,1,3,,\n1,2,2,,\n2,3,1,,\n3,NaN,N/A,,\n",
    "large siemens": "N,LTP (S),LTD (S)\n0,1e-6,3E-6\n1,2e-6,2E-6\n2,3e-6,1E-6\n",
    "a current beside it": (
        "N,I_LTP (A),G_LTP (uS),G_LTD (uS),time (s)\n0,9,1,3,0\n1,9,2,2,1\n2,9,3,1,2\n"),
}


@pytest.mark.parametrize("text", UP_AND_DOWN.values(), ids=UP_AND_DOWN)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_forms_that_need_no_option(points_of, text, encoding):
    points = points_of(text.encode(encoding))
    assert points.ltp == micro(1, 2, 3)
    assert points.ltd == micro(3, 2, 1)


OPTIONS = {
    "no header, columns by number": ("1 3\n2 2\n3 1\n", {"ltp": 1, "ltd": 2, "unit": "uS"}),
    "columns by name": ("rise,fall,other\n1,3,7\n2,2,7\n3,1,7\n",
                        {"ltp": "rise", "ltd": "fall", "unit": "uS"}),
    "currents": ("N,I_LTP (nA),I_LTD (nA)\n0,100,300\n1,200,200\n2,300,100\n",
                 {"read_voltage": 0.1}),
    "negative currents": ("N,I_LTP (nA),I_LTD (nA)\n0,-100,-300\n1,-200,-200\n2,-300,-100\n",
                          {"read_voltage": -0.1}),
    "currents of both signs": ("N,I_LTP (nA),I_LTD (nA)\n0,100,-300\n1,200,-200\n2,300,-100\n",
                               {"read_voltage": 0.1, "sign": "absolute"}),
    "resistances": ("N,LTP (kΩ),LTD (kΩ)\n0,1000,333.333333333\n1,500,500\n2,333.333333333,1000\n",
                    {}),
    "one series, counted": ("G\n2\n3\n2\n1\n2\n3\n2\n1\n", {"split": [2, 2], "unit": "uS",
                                                            "pulse": "rows"}),
    "one series, from its turns": ("uS\n1\n2\n3\n2\n1\n2\n3\n2\n1\n", {
        "value": 1, "split": "turns", "unit": "uS"}),
    "columns as cycles": ("LTP1 (uS),LTP2 (uS),LTD1 (uS),LTD2 (uS)\n0.9,1.1,3,3\n2,2,2,2\n3,3,1,1",
                          {"columns": "cycles"}),
    "columns as devices": ("a,b,c,d\n0.5,1.5,3,3\n2,2,2,2\n3,3,1,1\n", {
        "ltp": "1-2", "ltd": "3-", "columns": "devices", "unit": "uS"}),
    "lines to skip": ("a=1,2,3\nb,1,2\nN,ltp,ltd\n0,1,3\n1,2,2\n2,3,1\n",
                      {"skip": 2, "unit": "uS"}),
    "depression that counts back": ("N,ltp_uS,ltd_uS\n0,1,1\n1,2,2\n2,3,3\n",
                                    {"ltd_reversed": True, "header": 1}),
    "relative": ("N,ltp,ltd\n0,-1,1\n1,0,0\n2,1,-1\n", {
        "unit": "relative", "range": [1e-6, 3e-6]}),
    "decimal commas by option": ('N,ltp,ltd\n0,"1,0","3,0"\n1,"2,0","2,0"\n2,"3,0","1,0"\n',
                                 {"decimal": ",", "unit": "uS"}),
}


@pytest.mark.parametrize(("text", "options"), OPTIONS.values(), ids=OPTIONS)
def test_forms_that_options_describe(points_of, text, options):
    points = points_of(text, **options)
    assert points.ltd == micro(3, 2, 1)
    assert points.ltp == micro(1, 2, 3)


def test_pieces_are_cycles(points_of):
    """Four readings up and down, three times, and the state before them."""
    text = "G (uS)\n1\n" + "2\n3\n4\n3\n2\n1\n" * 3
    for split in ([3, 3], "turns"):
        points = points_of(text, split=split)
        assert points.ltp == micro(1, 2, 3, 4)
        assert points.ltd == micro(4, 3, 2, 1)
        assert {cycles.count for cycles in points.cycles.values()} == {3}
        assert len(points.runs["ltp"]) == 3


def test_one_series_of_sawteeth_is_potentiation(points_of):
    points = points_of("G (uS)\n" + "1\n2\n3\n4\n" * 3)
    assert points.ltp == micro(1, 2, 3, 4)
    assert points.ltd is None


def test_fractional_pulse_numbers(points_of):
    points = points_of("n,ltp_uS\n0,0\n0.5,1\n1.5,3\n2.5,5\n4.2,8.4\n")
    assert points.ltp == micro(0, 2, 4, 6, 8)


def test_devices_are_averaged_by_device(points_of):
    """A device that was read more often counts no more than another."""
    text = "device,cycle,curve,pulse,g_uS\n" + "".join(
        f"{device},{cycle},ltp,{pulse},{scale * (1 + pulse)}\n"
        for device, cycles, scale in (("A", 3, 1), ("B", 1, 3)) for cycle in range(cycles)
        for pulse in range(3))
    points = points_of(text)
    assert points.ltp == micro(2, 4, 6)
    assert (points.devices, len(points.runs["ltp"])) == (2, 4)
    assert points.readings == 12


def test_files_as_cycles_devices_and_depression(points_of, tmp_path):
    (tmp_path / "down.csv").write_text("a,b\n3,3\n2,2\n1,1\n")
    points = points_of("a,b\n1,1\n2,2\n3,3\n", columns="cycles", unit="uS", ltd_file="down.csv")
    assert (points.ltp, points.ltd) == (micro(1, 2, 3), micro(3, 2, 1))
    assert points.cycles["ltd"].count == 2
    (tmp_path / "more.csv").write_text("n,ltp_uS\n0,3\n1,4\n2,5\n")
    for kind in ("cycles", "devices"):
        points = points_of("n,ltp_uS\n0,1\n1,2\n2,3\n", more=["more.csv"], files=kind)
        assert points.ltp == micro(2, 3, 4)
        assert points.devices == 1 + (kind == "devices")
        assert points.cycles["ltp"].count == 1 + (kind == "cycles")


def test_a_table_of_steps(points_of):
    """A pulse goes a tenth of the way to 11 uS up, and to -1 uS down."""
    g = np.linspace(0, 10, 401)
    text = "G (uS),dG (uS)\n" + "".join(
        f"{value},{(11 - value) / 10}\n{value},{-(value + 1) / 10}\n" for value in g)
    points = points_of(text)
    expected = 11 * (1 - 0.9 ** np.arange(24))
    assert points.ltp[:20] == pytest.approx(1e-6 * expected[:20], abs=6e-8)
    assert points.ltd[:20] == pytest.approx(1e-6 * (10 - expected[:20]), abs=6e-8)
    assert points.ltp[-1] == pytest.approx(1e-5)


@pytest.mark.parametrize(("text", "options", "message"), [
    ("a,b\n1,3\n2,2\n", {}, r"which columns hold .* a,b: give device\.reading\.ltp and"),
    ("N,G,G2\n0,1,2\n1,2,3\n", {}, r"which curve each of the columns G,G2 .*reading\.columns"),
    ("N,ltp\n0,1\n1,2\n", {}, r"column ltp has no unit; .* device\.reading\.unit"),
    ("N,I_ltp (nA)\n0,1\n1,2\n", {}, r"currents in nA; give the voltage .*reading\.read_voltage"),
    ("N,I_ltp (nA)\n0,-1\n1,-2\n", {"read_voltage": 0.1},
     r"line 2, column I_ltp \(nA\): must be a current with the sign .*sign = \"absolute\".*'-1'"),
    ("N,R_ltp (kohm)\n0,9\n1,0\n", {}, r"must be a finite resistance above 0.*, not '0'"),
    ("N,ltp (mohm)\n0,9\n1,3\n", {}, r"column ltp \(mohm\) has no unit"),
    ("N,ltp1_uS,ltp2_uS\n0,9,9\n1,10,10\n", {},
     r"2 columns hold values of the curve ltp: .*reading\.columns: \"cycles\" of one device, or"),
    ("G (uS)\n1\n2\n3\n4\n3\n2\n1\n", {}, r"goes up and down; .*split = \[3, 3\] .* \"turns\""),
    ("a,b\n1,3\n2,2\n", {"ltp": 3}, r"reading\.ltp must be one of the columns a,b, .* not 3"),
    ("a,b\n1,3\n2,2\n", {"ltp": "c"}, r"reading\.ltp must be one of the columns a,b, .* not 'c'"),
    ("a,b\nc,d\n", {}, r"no row with numbers follows a,b"),
    ("R (ohm),dR\n1,2\n2,2\n", {}, "steps over resistance cannot be used"),
])
def test_what_is_not_clear_is_an_error_that_names_the_option(points_of, text, options, message):
    with pytest.raises(PointsError, match=message) as info:
        points_of(text, **options)
    assert len(str(info.value).splitlines()) == 1


@pytest.mark.parametrize(("options", "message"), [
    ({"unit": "lumen"}, r"device\.reading\.unit: must be a unit: S, mS, .*, not 'lumen'"),
    ({"ltp": 0}, r"device\.reading\.ltp: must be columns: .*, not 0"),
    ({"split": [0, 1]}, r"device\.reading\.split: must be \"turns\", or \[pulses up"),
    ({"more": ["a.csv"]}, r"device\.reading\.files: must be \"cycles\" or \"devices\""),
    ({"column": "cycles"}, r"device\.reading\.column: unknown key .*allowed here: ltp, ltd"),
    ({"range": [0, 1]}, r"device\.reading\.range: must be left out unless unit is \"relative\""),
    (3, r"device\.reading.*: must be a section"),
])
def test_options_that_cannot_be_used(options, message):
    with pytest.raises(ConfigError, match=message):
        reading_options(options)


@pytest.mark.parametrize(("heading", "name", "unit"), [
    ("G (S)", "G", "S"), ("Conductance [uS]", "Conductance", "uS"), ("I(A)", "I", "A"),
    ("R_ohm", "R", "ohm"), ("Resistance (kΩ)", "Resistance", "kohm"),
    ("current_nA", "current", "nA"), ("R / MOhm", "R", "Mohm"), ("g_µS", "g", "uS"),
    ("Conductance, microsiemens", "Conductance", "uS"), ("LTP", "LTP", None),
    ("Voltage (V)", "Voltage (V)", None), ("G (a.u.)", "G", "relative"),
])
def test_units_in_headings(heading, name, unit):
    found = name_and_unit(heading)
    assert (found[0], found[1] and found[1].name) == (name, unit)


def test_an_unclear_prefix_is_no_unit():
    assert unit_named("mohm") is None
    assert unit_named("MOhm").scale == 1e6


# Configurations and workbooks ---------------------------------------------------------------------


def test_options_in_a_configuration(tmp_path, monkeypatch):
    (tmp_path / "currents.dat").write_text("0 1e-7\n1 3e-7\n2 4e-7\n")
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\n[network]\ninputs = 4\noutputs = 2\n[device]\nfile = "currents.dat"\n'
        '[device.reading]\nunit = "A"\nread_voltage = 0.1\n')
    monkeypatch.chdir(tmp_path)
    config = load_config("mine.toml")
    assert config.device.ltp == micro(1, 3, 4)
    for order in (1, -1):  # in any order
        settings = ["device.file=currents.dat", "device.reading.unit=A",
                    "device.reading.read_voltage=0.1"][::order]
        assert load_config("digits", settings=settings).device.ltp == micro(1, 3, 4)
    with pytest.raises(ConfigError, match=r"device\.reading: must be left out unless device\.file"):
        load_config("digits", settings=["device.reading.unit=A"])


def test_a_workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (("N", "LTP (uS)", "LTD (uS)"), (0, 1, 3), (1, 2.0, 2), (2, 3, 1), (None,) * 3):
        book.active.append(row)
    book.save(tmp_path / "points.xlsx")
    points = read_points(tmp_path / "points.xlsx")
    assert (points.ltp, points.ltd) == (micro(1, 2, 3), micro(3, 2, 1))
    book.create_sheet("other")
    book.save(tmp_path / "points.xlsx")
    with pytest.raises(PointsError, match=r"reading\.sheet must be a sheet .* Sheet, other .*not"):
        read_points(tmp_path / "points.xlsx")
    assert read_points(tmp_path / "points.xlsx", reading_options({"sheet": "Sheet"})) == points
    content = bytearray((tmp_path / "points.xlsx").read_bytes())
    for place in range(40, len(content) - 200, 97):
        content[place] ^= 0x55
    (tmp_path / "bad.xlsx").write_bytes(content)
    with pytest.raises(PointsError, match=r"bad\.xlsx"):
        read_points(tmp_path / "bad.xlsx", reading_options({"sheet": 1}))


def test_a_workbook_that_claims_to_be_huge(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (("N", "LTP (uS)"), (0, 1), (1, 2)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    for old, new, message in (
            (b'<dimension ref="A1:B3"', b'<dimension ref="A1:XFD1048576"', None),
            (b'<row r="3"', b'<row r="3000000"', r"must have at most 2,000,000 lines and")):
        with zipfile.ZipFile(tmp_path / "a.xlsx") as source, zipfile.ZipFile(
                tmp_path / "b.xlsx", "w") as target:
            for name in source.namelist():
                content = source.read(name)
                if "sheet1" in name:
                    assert old in content
                    content = content.replace(old, new)
                target.writestr(name, content)
        if message is None:
            assert read_points(tmp_path / "b.xlsx").ltp == micro(1, 2)
        else:
            with pytest.raises(PointsError, match=message):
                read_points(tmp_path / "b.xlsx")


def test_a_workbook_without_openpyxl(tmp_path, monkeypatch):
    openpyxl = pytest.importorskip("openpyxl")
    openpyxl.Workbook().save(tmp_path / "points.xlsx")
    monkeypatch.setattr("pulsetrain.extras.installed", lambda module: module != "openpyxl")
    with pytest.raises(ExtraMissingError, match=re.escape("pip install 'pulsetrain[xlsx]'")):
        read_points(tmp_path / "points.xlsx")
