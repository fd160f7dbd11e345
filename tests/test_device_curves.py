"""Curves and tables of devices: closed forms, NeuroSim's labels, tables computed by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import small_config

from pulsetrain.device import curves, device_tables, measured
from pulsetrain.device.tables import nominal, nominal_tables
from pulsetrain.spec import ConfigError, Curve, bends

PULSES = 63

NEUROSIM = {0.01: 126.268958, 0.5: 2.519877, 1.0: 1.251653, 2.4: 0.499181, 4.88: 0.200303,
            6.76: 0.100251}
"""Some of NeuroSim's 900 labels and its A for each, as a share of Pmax (`getParamA`)."""


def device(**keys):
    """The configuration of a small network whose device has `keys`."""
    config = {"update": {"method": keys.pop("method", "unidirectional")}}
    return small_config(**config, device={"levels": None, **keys})


# Closed forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "share"), NEUROSIM.items())
def test_labels_are_neurosim_s(label, share):
    assert curves.bend(Curve(nl=label), 100, depression=False) == pytest.approx(1 / share, rel=2e-5)
    assert curves.nl_of(1 / share) == pytest.approx(label, abs=1e-4)
    assert curves.nl_of(-1 / share) == pytest.approx(-label, abs=1e-4)


@pytest.mark.parametrize("label", [-4.88, -0.5, 1.46, 2.4])
def test_a_depressing_label_means_what_it_means_in_neurosim(label):
    """NeuroSim: G(x) = Gmin + B (1 - exp(-x / A)), A of the label's sign, x down from Pmax."""
    share = {1.46: 1 / 1.1783043} | NEUROSIM
    a = np.copysign(share[abs(label)], label) * PULSES
    scale = 1 / (1 - np.exp(-PULSES / a))
    step = curves.depression_step(curves.bend(Curve(nl=label), PULSES + 1, depression=True), PULSES)
    g = np.array([1.0])
    for pulse in range(1, PULSES + 1):
        g = g + step(g)
        expected = scale * (1 - np.exp(-(PULSES - pulse) / a))
        assert g[0] == pytest.approx(expected, abs=1e-4)
    first = -step(np.array([1.0]))[0]
    assert (first > 1 / PULSES) == (label < 0)


@pytest.mark.parametrize("u", [-3.0, 0.2, 1.0, 5.0, 12.0])
def test_three_names_for_one_bend(u):
    names = (Curve(u=u), Curve(pulses=PULSES / u))
    for depression in (False, True):
        label = Curve(nl=curves.nl_of(u) * (-1 if depression else 1))
        for curve in (*names, label):
            assert curves.bend(curve, PULSES + 1, depression=depression) == pytest.approx(u)


@pytest.mark.parametrize("label", [0.04, 1.22, -2.4, 4.88])
def test_a_bend_is_the_same_if_logarithms_differ_in_their_last_bits(monkeypatch, label):
    exact = bends.nl_of
    found = bends.bend_of(label)
    for share in (1 - 4e-16, 1 + 4e-16):
        monkeypatch.setattr(bends, "nl_of", lambda u, share=share: exact(u) * share)
        assert bends.bend_of(label) == found


def test_a_bend_of_almost_nothing_is_linear():
    for u in (0.0, 1e-9, 1e-4):
        assert curves.rise(u, np.array([0.5]), PULSES, 1.0)[0] == pytest.approx(0.5, abs=2e-5)
    assert curves.bend(Curve(nl=0.0), 10, depression=True) == 0
    assert curves.nl_of(2e-3) == pytest.approx(2 * curves.nl_of(1e-3), rel=1e-3)


@pytest.mark.parametrize("u", [-43.8, -3.0, 0.0, 0.5, 3.0, 43.8])
@pytest.mark.parametrize("factor", [0.5, 1.0, 1.7])
def test_pulse_by_pulse_is_the_closed_form(u, factor):
    step, g = curves.potentiation_step(u, PULSES), np.array([0.0])
    closed = curves.rise(u, np.arange(PULSES + 1) / PULSES, PULSES, factor)
    for pulse in range(PULSES + 1):
        if closed[pulse] > 2:  # far beyond Gmax
            break
        assert g[0] == pytest.approx(closed[pulse], rel=1e-6, abs=1e-9)
        g = g + factor * step(g)
    if factor == 1:
        assert closed[-1] == pytest.approx(1)
    assert pulse > 5


@pytest.mark.parametrize("u", [-2.0, 0.0, 4.0])
def test_depression_mirrors_potentiation(u):
    g = np.linspace(0, 1, 11)
    assert curves.depression_step(u, PULSES)(g) == pytest.approx(
        -curves.potentiation_step(u, PULSES)(1 - g))


def test_first_pulses_move_most_where_u_is_above_0():
    steps = np.diff(curves.rise(3.0, np.linspace(0, 1, 8), 7, 1.0))
    assert (np.diff(steps) < 0).all()
    assert (np.diff(np.diff(curves.rise(-3.0, np.linspace(0, 1, 8), 7, 1.0))) > 0).all()


# Tables computed by hand -------------------------------------------------------------------------


def test_table_of_an_exponential_device():
    """e^-u = 1/4 in two pulses: a = 1/2, B = 4/3, so g after s/2 pulses is 4/3 (1 - 2^(-s/2))."""
    tables = device_tables(device(
        kind="exponential", levels=3, substates=2, potentiation={"u": 2 * np.log(2)}))
    assert tables.read.tolist() == [[0, 100, 170, 220, 255]]
    assert tables.potentiate.tolist() == [[2, 3, 4, 4, 4]]
    assert tables.depress.tolist() == [[0, 0, 0, 1, 1]]


def test_table_of_a_linear_device_with_a_lowest_conductance():
    tables = device_tables(device(kind="linear", levels=5, on_off_ratio=2.0))
    assert tables.read.tolist() == [[128, 159, 191, 223, 255]]
    assert tables.potentiate.tolist() == [[1, 2, 3, 4, 4]]
    assert tables.depress.tolist() == [[0, 0, 1, 2, 3]]


def test_table_of_measured_points():
    """LTP in thirds, LTD all at once: every state above the lowest falls to the lowest."""
    tables = device_tables(device(kind="measured", ltp=[1e-6, 2e-6, 3e-6, 4e-6], ltd=[4e-6, 1e-6]))
    assert tables.read.tolist() == [[64, 128, 191, 255]]
    assert tables.potentiate.tolist() == [[1, 2, 3, 3]]
    assert tables.depress.tolist() == [[0, 0, 0, 0]]


def test_a_missing_measured_depression_mirrors_potentiation():
    tables = device_tables(device(kind="measured", ltp=[0, 1e-6, 2e-6, 3e-6]))
    assert tables.depress.tolist() == [[0, 0, 1, 2]]


def test_noisy_measured_points():
    """State 2 reads less than state 1; depression goes by conductance."""
    tables = device_tables(device(
        kind="measured", smooth="none", ltp=[0, 2e-6, 1e-6, 4e-6], ltd=[4e-6, 3e-6, 2e-6, 1e-6, 0]))
    assert tables.read.tolist() == [[0, 128, 64, 255]]
    assert tables.potentiate.tolist() == [[1, 2, 3, 3]]
    assert tables.depress.tolist() == [[0, 2, 0, 1]]


def test_a_measured_depression_that_stays_level_does_not_hold_the_device():
    points = np.array([1.0, 0.75, 0.5, 0.5, 0.5, 0.0])
    pulses, curve = measured.falling(points)
    assert pulses.tolist() == [0, 1, 3, 5]
    assert curve.tolist() == [1.0, 0.75, 0.5, 0.0]
    assert measured.depression_step(points)(np.array([0.5, 0.25])) == pytest.approx([-0.25, -0.25])


def test_a_depression_that_begins_too_low_and_ends_too_high():
    """LTP from 0 to 10, LTD from 8 to 2 in six pulses of 1."""
    micro = [1e-6 * g for g in range(11)]
    tables = device_tables(device(kind="measured", ltp=micro, ltd=micro[8:1:-1]))
    assert tables.depress.tolist() == [[0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9]]


def test_a_depression_that_never_moves():
    tables = device_tables(device(kind="measured", ltp=[0, 1e-6, 2e-6], ltd=[2e-6, 2e-6]))
    assert tables.depress.tolist() == [[0, 1, 2]]


def test_a_potentiating_pulse_moves_the_substates_of_one_level():
    config = device(kind="exponential", levels=9, substates=4, potentiation={"u": 2.0})
    tables = device_tables(config)
    assert config.design.states == 33
    assert tables.potentiate[0, :29].tolist() == list(range(4, 33))
    assert tables.potentiate[0, 29:].tolist() == [32] * 4
    coarse = device_tables(device(kind="exponential", levels=9, potentiation={"u": 2.0}))
    assert tables.read[0, ::4].tolist() == coarse.read[0].tolist()


@pytest.mark.parametrize("kind", [
    {"kind": "exponential", "levels": 16, "potentiation": {"u": 2.0}},
    {"kind": "measured", "ltp": [0, 1e-6, 3e-6]}])
def test_devices_that_are_depressed_have_substates_by_default(kind):
    assert device(**kind).design.substates == 1
    assert device(**kind, method="bidirectional").design.substates == 4


def test_few_and_many_levels():
    two = device_tables(device(kind="exponential", levels=2, potentiation={"u": 3.0}))
    assert two.read.tolist() == [[0, 255]]
    assert two.depress.tolist() == [[0, 0]]
    config = device(kind="exponential", levels=4096, potentiation={"u": 3.0})
    many = device_tables(config)
    assert many.read.shape == (1, 4096)
    assert config.design.conductance_bits == 12
    assert many.potentiate[0, -1] == 4095
    assert (np.diff(many.read[0]) >= 0).all()


def test_the_steepest_curve_is_full_after_a_pulse():
    tables = device_tables(device(kind="exponential", levels=4, potentiation={"u": 50.0}))
    assert tables.read.tolist() == [[0, 255, 255, 255]]
    assert tables.potentiate[0, 0] > 0


# Properties --------------------------------------------------------------------------------------


@st.composite
def devices(draw):
    """Draws (configuration, whether its curves are monotone)."""
    kind = draw(st.sampled_from(["linear", "exponential", "measured"]))
    keys = {"kind": kind}
    if kind == "measured":
        conductance = st.floats(0, 1e-5)
        ltp = sorted(draw(st.lists(conductance, min_size=2, max_size=12)))
        ltp[-1] = 2e-5
        keys["ltp"] = [*draw(st.permutations(ltp[:-1])), ltp[-1]]
        if draw(st.booleans()):
            keys["ltd"] = [1.5e-5, *draw(st.lists(conductance, min_size=1, max_size=12))]
    else:
        keys["levels"] = draw(st.integers(2, 40))
        keys["on_off_ratio"] = draw(st.none() | st.floats(1.01, 100))
    if kind == "exponential":
        bend = st.floats(-50, 50)
        keys["potentiation"] = {"u": draw(bend)}
        if draw(st.booleans()):
            keys["depression"] = {"u": draw(bend)}
    keys["substates"] = draw(st.none() | st.integers(1, 5))
    if kind != "linear" or keys["on_off_ratio"] or (keys["substates"] or 1) > 1:
        keys["conductance_bits"] = draw(st.none() | st.integers(1, 12))
    spread = st.sampled_from([0.0, 0.0, 0.3, 1.0])
    return small_config(
        device={"levels": None, **keys},
        variation={"step": draw(spread), "range": draw(spread), "up_down": draw(spread),
                   "classes": draw(st.sampled_from([2, 4, 16]))},
        update={"method": draw(st.sampled_from(["unidirectional", "bidirectional"]))})


@given(config=devices())
@settings(max_examples=200, derandomize=True, deadline=None)
def test_tables_stay_in_their_range(config):
    tables = device_tables(config)
    states = np.arange(config.design.states)
    shape = (config.variation.classes if config.variation.spreads else 1, config.design.states)
    for table in (tables.read, tables.potentiate, tables.depress):
        assert table.shape == shape
        assert table.dtype == np.int32
    assert tables.read.min() >= 0
    assert tables.read.max() <= config.design.conductance_limit
    assert (tables.read[:, 0] == tables.read[0, 0]).all()
    assert (tables.potentiate >= states).all()
    assert (tables.potentiate <= config.design.states - 1).all()
    assert (tables.potentiate[:, -1] == config.design.states - 1).all()
    assert (tables.depress >= 0).all()
    assert (tables.depress[:, 0] == 0).all()
    assert (tables.depress < config.design.states).all()
    if config.device.kind != "measured":
        assert (np.diff(tables.read) >= 0).all()
        assert (np.diff(tables.potentiate) >= 0).all()
        assert (tables.depress <= states).all()


@given(config=devices())
@settings(max_examples=60, derandomize=True, deadline=None)
def test_depression_never_leads_up(config):
    conductance, depress = nominal(config).rise(1.0), nominal_tables(config).depress[0]
    fallen = conductance[depress[1:]]
    assert (fallen <= conductance[1:] + 1e-12).all()


@given(config=devices())
@settings(max_examples=60, derandomize=True, deadline=None)
def test_nearest_is_the_lowest_of_the_nearest(config):
    tables = device_tables(config)
    conductances = np.arange(config.design.conductance_limit + 1)
    assert tables.nearest.shape == (len(tables.read), len(conductances))
    some = np.unique(np.linspace(0, len(conductances) - 1, 300).astype(int))
    for read, nearest in zip(tables.read, tables.nearest, strict=True):
        brute = np.abs(read - conductances[some, np.newaxis]).argmin(axis=1)
        assert nearest[some].tolist() == brute.tolist()


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("keys", "message"), [
    ({"kind": "exponential", "levels": 8},
     r'device\.potentiation: must be given for kind "exponential", not None'),
    ({"kind": "linear", "levels": 8, "potentiation": {"u": 1.0}},
     r'device\.potentiation: must be left out for kind "linear"'),
    ({"kind": "exponential", "levels": 8, "potentiation": {"u": 1.0, "nl": 1.0}},
     r"device\.potentiation: must be a curve with exactly one of u, pulses and nl"),
    ({"kind": "exponential", "levels": 8, "potentiation": {"u": 51.0}},
     r"device\.potentiation\.u: must be a number in -50\.0\.\.50\.0, not 51"),
    ({"kind": "exponential", "levels": 8, "potentiation": {"nl": 9.1}},
     r"device\.potentiation\.nl: must be a number in -9\.0\.\.9\.0, not 9\.1"),
    ({"kind": "exponential", "levels": 101, "potentiation": {"pulses": 1.9}},
     r"device\.potentiation\.pulses: must be 2 or more in size for 101 levels, .*, not 1\.9"),
    ({"kind": "exponential", "levels": 8, "potentiation": {"pulses": 0.0}},
     r"must be a curve with pulses other than 0"),
    ({"kind": "exponential", "levels": 8, "on_off_ratio": 1.0, "potentiation": {"u": 1.0}},
     r"device\.on_off_ratio: must be a number in 1\.01\.\."),
    ({"kind": "exponential", "levels": 2000, "substates": 3, "potentiation": {"u": 1.0}},
     r"device\.substates: must be small enough for 4096 states; with 2000 levels there are 5998"),
    ({"kind": "measured"}, r'device\.ltp: must be given for kind "measured", not None'),
    ({"kind": "measured", "ltp": [1e-6]}, r"device\.ltp: must be a list of 2 to 4096 finite"),
    ({"kind": "measured", "ltp": [1e-6, float("nan")]}, r"device\.ltp: must be a list of 2 to"),
    ({"kind": "measured", "ltp": [-1e-6, 1e-6]}, r"device\.ltp: must be conductances of 0 S or"),
    ({"kind": "measured", "ltp": [1e-6, 1e-6]}, r"device\.ltp: must be higher at its last point"),
    ({"kind": "measured", "ltp": [2e-6, 1e-6]}, r"device\.ltp: must be higher at its last point"),
    ({"kind": "measured", "ltp": [0, 1e-6], "ltd": [0, 1e-6]},
     r"device\.ltd: must be no higher at its last point than at its first, because "),
    ({"kind": "measured", "ltp": [0, 1e-6], "on_off_ratio": 2.0},
     r"device\.on_off_ratio: must be left out: it follows from the measured points, not 2\.0"),
    ({"kind": "measured", "ltp": [0, 1e-6], "levels": 3},
     r"device\.levels: must be left out or 2, the number of points in device\.ltp, not 3"),
])
def test_an_impossible_device_is_refused(keys, message):
    with pytest.raises(ConfigError, match=message):
        device(**keys)
