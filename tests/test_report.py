"""Reports: figures and captions agree with the run and the sweep."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from pages import check_page, words
from small import METHODS, small_config, small_data

from pulsetrain.device import learning_digest
from pulsetrain.device.describe import describe
from pulsetrain.device.plot import draw
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.report import (
    Evaluation,
    ReportError,
    Run,
    evaluate,
    figures,
    read_run,
    read_sweep,
    recorded_evaluation,
    render,
    run_page,
    sweep_page,
)
from pulsetrain.report.device import device_curves, device_plots
from pulsetrain.report.plot import SERIES, drawing
from pulsetrain.report.sweep import GROUPS, TRIALS
from pulsetrain.report.weights import (
    PIXELS,
    averaged,
    conductance_plot,
    conductances,
    weight_map,
    weight_plot,
)
from pulsetrain.report.words import NOTHING
from pulsetrain.run import (
    CHECKPOINT,
    HISTORY,
    Checkpoint,
    HistoryError,
    RunHistory,
    confusion_matrix,
    run_training,
    write_checkpoint,
    write_history,
)
from pulsetrain.spec import load_config
from pulsetrain.sweep import TableError, write_record
from pulsetrain.sweep.record import Record, RecordedPoint


def trained(config, *, epochs=3, samples=None, validation=0):
    """(run, data): `config` trained with `small_data`, with a history and a tested state."""
    engine, data = GoldenEngine(config), small_data(config)
    history = RunHistory(config=config.name, digest=learning_digest(config), data=data.name,
                      validation=validation, before=engine.counters(),
                      device_pulses_before=engine.device_pulses())

    def note(result):
        nonlocal history
        history = history.with_epoch(result, engine.counters(), engine.device_pulses())

    summary = run_training(engine, data, epochs=epochs, samples=samples, validation=validation,
                           on_epoch=note)
    matrix = confusion_matrix(engine, data.x_test, data.y_test)
    history = replace(history, confusion=tuple(map(tuple, matrix.tolist())))
    checkpoint = Checkpoint(state=engine.read(), epoch=summary.epoch, position=summary.position,
                            config=config, validation=validation)
    return Run(name="first", checkpoint=checkpoint, history=history), data


def shown(share):
    return f"{100 * share:.2f} %"


SECTIONS = ["Learning curve", "Pulses and refreshes", "Confusion matrix",
            "Conductances and weights", "Weight maps", "Device", "Settings", "Configuration"]


# Pages of runs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_a_run_folder_has_every_section_with_its_numbers(method):
    run, _ = trained(small_config(update={"method": method}), validation=10)
    page = check_page(render(run_page(run, recorded_evaluation(run))))
    assert page.of("h1") == ["first"]
    refreshes = method == "unidirectional"
    assert page.of("h2") == SECTIONS if refreshes else [
        title.removesuffix(" and refreshes") for title in SECTIONS]
    rows, counters = run.history.epochs, run.checkpoint.state.counters
    accuracy = rows[-1].accuracy
    facts = dict(zip(page.of("dt"), page.of("dd"), strict=True))
    assert facts["test accuracy"] == shown(accuracy)
    assert facts["network"] == "6-5-3"
    assert facts["synapses (pairs)"] == str(7 * 5 + 6 * 3)
    assert facts["device"] == "linear, 16 levels"
    assert facts["configuration"] == "small"
    assert facts["update method"] == method
    assert (facts["epochs"], facts["training samples"]) == ("3", "90")
    assert facts["synapses pulsed"] == f"{counters['pulses']:,}"
    assert facts.get("pairs refreshed") == (f"{counters['refreshes']:,}" if refreshes else None)
    device_pulses = run.checkpoint.state.device_pulses
    assert facts["device pulses"] == f"{sum(device_pulses.values()):,}"
    assert facts["learning digest"] == learning_digest(run.checkpoint.config)
    captions = " ".join(page.of("figcaption"))
    assert f"After 3 epochs, {shown(accuracy)} of the test samples" in captions
    assert f"{shown(rows[-1].validation_accuracy)} of those held out" in captions
    assert f"{shown(rows[0].errors / 30)} in epoch 1, {shown(rows[2].errors / 30)}" in captions
    assert f"{counters['pulses']:,} synapses pulsed in total" in captions
    assert (f"{counters['refreshes']:,} pairs refreshed in total" in captions) == refreshes
    assert f"{sum(device_pulses.values()):,} pulses on single devices in total" in captions
    for name, kind in (("ltp_pulses", "potentiating"), ("ltd_pulses", "depressing"),
                       ("erase_pulses", "erasing"), ("reprogram_pulses", "programming")):
        assert (f"{device_pulses[name]:,} {kind}" in captions) == (device_pulses[name] > 0)
    best = max(rows, key=lambda row: row.accuracy)
    if best.accuracy > accuracy:
        assert f"the best was {shown(best.accuracy)}" in captions
    cells = page.of("td")
    for row in rows:
        for value in (f"{row.pulses:,}", str(row.errors), f"{row.ltp_pulses:,}",
                      shown(row.accuracy), shown(row.validation_accuracy)):
            assert value in cells
        for value in ((row.refreshes, row.erase_pulses, row.reprogram_pulses) if refreshes
                      else (row.ltd_pulses,)):
            assert f"{value:,}" in cells
    headings = page.of("th")
    assert {"synapses pulsed", "LTP pulses", "held out"} <= set(headings)
    for heading in ("pairs refreshed", "erasing pulses", "programming pulses"):
        assert (heading in headings) == refreshes
    assert ("LTD pulses" in headings) == (not refreshes)
    assert f'update.method = "{method}"' in page.of("pre")[0]


def test_the_page_of_a_checkpoint_says_what_it_cannot_show():
    run, _ = trained(small_config())
    bare = replace(run, history=None)
    page = words(run_page(bare, None))
    assert page.of("h2") == [title for title in SECTIONS if title != "Pulses and refreshes"]
    assert "A checkpoint alone does not say how it was trained" in page.text
    assert "This state has not been tested" in page.text
    assert "and has not been tested." in page.text
    facts = dict(zip(page.of("dt"), page.of("dd"), strict=True))
    assert facts["test accuracy"] == facts["data"] == "not known"
    assert "epoch" not in " ".join(page.of("figcaption"))


def test_a_run_without_epochs_says_so():
    run, _ = trained(small_config(), epochs=0)
    assert recorded_evaluation(run) is None
    page = words(run_page(run, None))
    assert "Nothing has been trained yet." in page.text
    assert "Pulses and refreshes" not in page.of("h2")


def test_a_history_that_begins_late_says_so():
    run, _ = trained(small_config())
    history = replace(run.history, before={**run.history.before, "samples": 40},
                      epochs=run.history.epochs[1:])
    page = words(run_page(replace(run, history=history), None))
    assert "The 40 samples before its first row were trained without a history." in page.text


def test_an_interrupted_epoch_without_accuracy_is_drawn():
    run, _ = trained(small_config(), epochs=1, samples=10)
    rows = tuple(replace(row, accuracy=None) for row in run.history.epochs)
    history = replace(run.history, epochs=rows, confusion=None)
    page = words(run_page(replace(run, history=history), None),
                 *(f"{name}-by-epoch" for name in (
                     "errors", "synapses-pulsed", "device-pulses", "pairs-refreshed")))
    assert "No epoch has a test accuracy." in page.text
    assert "0, and 10 samples" in page.of("dd")


def test_equal_runs_give_equal_pages():
    pages = [render(run_page(run, recorded_evaluation(run)))
             for run in (trained(small_config())[0] for _ in range(2))]
    assert pages[0] == pages[1]


def test_texts_are_escaped():
    run, _ = trained(small_config())
    evaluation = replace(recorded_evaluation(run), data="npz:<b>&.npz")
    page = words(run_page(run, evaluation))
    assert "npz:<b>&.npz" in page.text
    assert "b" not in page.tags


def test_the_accuracy_is_that_of_the_state():
    run, data = trained(small_config())
    before, now = recorded_evaluation(run), evaluate(run, data)
    assert np.array_equal(before.confusion, now.confusion)
    assert before.accuracy == now.accuracy == run.history.epochs[-1].accuracy
    assert before.data == now.data == "small"
    moved = replace(run.checkpoint, epoch=2)
    assert recorded_evaluation(replace(run, checkpoint=moved)) is None
    nothing = replace(data, x_test=data.x_test[:0], y_test=data.y_test[:0])
    assert evaluate(run, nothing) is None


def test_the_confusion_matrix_shows_its_counts():
    run, _ = trained(small_config())
    evaluation = Evaluation(data="other", confusion=np.array([[31, 0, 17], [2, 29, 0], [0, 0, 5]]))
    page = words(run_page(run, evaluation), "confusion")
    texts = page.of("text")
    assert all(str(number) in texts for number in (31, 17, 2, 29, 5))
    assert "Of 84 test samples, 65 (77.38 %)" in page.text
    assert "The most frequent of 19 errors is 0 taken for 2 (17 times)" in page.text
    assert "class 0 is recognised least often (64.58 %)" in page.text
    assert "tested with other, learned from small" in page.of("dd")
    right = words(run_page(run, replace(evaluation, confusion=np.diag([1, 2, 0]))))
    assert "There are no errors." in right.text


def test_many_classes_are_drawn_without_numbers():
    run, _ = trained(small_config(network={"outputs": 30}))
    evaluation = Evaluation(data="many", confusion=np.full((30, 30), 7777))
    confusion, = (plot for plot in figures(run_page(run, evaluation)) if plot.name == "confusion")
    assert "7777" not in confusion.svg


def test_a_page_of_mnist_is_small():
    config = load_config("mnist")
    random = np.random.default_rng(2)
    state = GoldenEngine(config).read()
    for states in (*state.plus, *state.minus):
        states[...] = random.integers(0, 256, states.shape)
    checkpoint = Checkpoint(state=state, epoch=0, position=0, config=config)
    html = render(run_page(Run(name="mnist", checkpoint=checkpoint, history=None), None))
    page = check_page(html)
    assert len(html) < 3e6
    assert "the first 36 of 200 units" in page.text
    assert "The weights from 200 inputs to 10 units of layer 2" in page.text


# Figures ----------------------------------------------------------------------------------------


def test_the_device_curves_follow_the_tables():
    curves = device_curves(small_config(device={"levels": 5, "conductance_bits": 4}))
    assert curves.potentiated.tolist() == [0, 3, 6, 9, 12]
    assert curves.depressed.tolist() == [12, 9, 6, 3, 0]
    assert curves.conductance.tolist() == [0, 3, 6, 9, 12]
    assert curves.step_up.tolist() == [3, 3, 3, 3, 0]
    assert curves.step_down.tolist() == [0, -3, -3, -3, -3]


def test_the_conductances_are_those_of_the_states():
    config = small_config(device={"levels": 5, "conductance_bits": 4})
    run, _ = trained(config)
    state = run.checkpoint.state
    for place, pairs in enumerate(conductances(config, state)):
        assert pairs.layer == config.design.layers[place]
        assert np.array_equal(pairs.plus, 3 * state.plus[place])
        assert np.array_equal(pairs.weight, 3 * (state.plus[place] - state.minus[place]))


@pytest.mark.parametrize(("inputs", "outputs", "label"), [
    (9, 5, "Incoming weights of all 5 units of layer 1 as images of 3 by 3 pixels"),
    (4, 40, "Incoming weights of the first 36 of 40 units of layer 1 as images of 2 by 2"),
    (6, 5, "Weight matrix of layer 1"),
    (1, 5, "Weight matrix of layer 1"),
])
def test_square_inputs_are_shown_as_images(inputs, outputs, label):
    config = small_config(network={"inputs": inputs, "hidden": [outputs]})
    layers = list(conductances(config, GoldenEngine(config).read()))
    assert weight_map(layers[0]).alt.startswith(label)
    assert weight_map(layers[1]).alt.startswith("Weight matrix of layer 2")


def test_large_matrices_are_averaged():
    matrix = np.arange(3 * (PIXELS + 1)).reshape(3, PIXELS + 1)
    means, rows, columns = averaged(matrix)
    assert (rows, columns) == (1, 2)
    assert means.shape == (3, PIXELS // 2 + 1)
    assert means[0, 0] == 0.5
    assert means[0, -1] == PIXELS
    assert np.array_equal(averaged(matrix[:, :9])[0], matrix[:, :9])


def test_colours_are_variables_and_the_figures_of_a_page_share_no_id():
    svgs = []
    for name in ("one", "two"):
        with drawing(name) as canvas:
            canvas.axes.plot([1, 2], marker="o", color=SERIES[0], label="a <b> & c")
            canvas.legend()
            svgs.append(canvas.plot("alt", "caption").svg)
    ids = [set(svg.split(' id="')[1:]) for svg in svgs]
    assert ids[0]
    assert not ids[0] & ids[1]
    assert "var(--series-1)" in svgs[0]
    assert "var(--ink)" in svgs[0]
    assert "#0" not in svgs[0]
    assert svgs[0].startswith("<svg")
    assert "a &lt;b&gt; &amp; c" in svgs[0]


def test_a_device_that_is_never_depressed_has_no_table_of_depression():
    for method in METHODS:
        config = small_config(device={"preset": "gst-pcm"}, update={"method": method})
        depresses = method != "unidirectional"
        for plot in device_plots(config):
            assert ("depressing, tables" in plot.svg) == (depresses and "Change" in plot.alt)
        captions = " ".join(plot.caption for plot in device_plots(config))
        assert ("depressing pulses its reading goes from 255 to" in captions) == depresses
        assert ("no pulse depresses it" in captions) == (not depresses)
        assert "255 to 255" not in captions


def test_a_device_that_does_not_move_is_not_described_as_moving():
    config = small_config(update={"method": "bidirectional"}, device={
        "kind": "measured", "levels": 3, "ltp": [1e-6, 2e-6, 3e-6],
        "ltd": [3e-6 - 2e-8 * pulse for pulse in range(24)], "substates": 1, "conductance_bits": 4})
    assert len(device_curves(config).depressed) == 1
    pulses, steps, _ = device_plots(config)
    assert "No depressing pulse changes its reading from 15." in pulses.caption
    assert "a depressing pulse subtracts nothing" in steps.caption


def test_with_variation_the_device_is_described_as_the_nominal_one():
    for variation, expected in (({}, False), ({"step": 0.3}, True), ({"stuck_low": 0.1}, True)):
        run, _ = trained(small_config(variation=variation), epochs=1)
        text = words(run_page(run, None)).text
        assert ("this is the nominal one, without its variation" in text) == expected


def test_a_run_without_an_error_has_no_axis_of_errors():
    run, _ = trained(small_config(), epochs=2)
    rows = tuple(replace(row, errors=0, accuracy=1.0) for row in run.history.epochs)
    perfect = replace(run, history=replace(run.history, epochs=rows))
    page = words(run_page(perfect, None))
    assert "Errors against epoch, on a logarithmic axis" not in page.labels
    some = replace(run.history, epochs=(replace(rows[0], errors=1), *rows[1:]))
    page = words(run_page(replace(run, history=some), None), "accuracy-by-epoch",
                 "errors-by-epoch")
    assert "Errors against epoch, on a logarithmic axis" in page.labels
    assert page.of("text").count("test") == 1  # not beside the errors, because it has none


def test_a_run_of_unknown_device_pulses_shows_none():
    run, _ = trained(small_config(), epochs=2)
    none = dict.fromkeys(DEVICE_PULSES)
    history = replace(run.history, device_pulses_before=None, epochs=tuple(
        replace(row, **none) for row in run.history.epochs))
    checkpoint = replace(run.checkpoint, state=replace(run.checkpoint.state, device_pulses=None))
    unknown = replace(run, checkpoint=checkpoint, history=history)
    page = words(run_page(unknown, None))
    facts = dict(zip(page.of("dt"), page.of("dd"), strict=True))
    assert facts["device pulses"] == "not known"
    assert "Device pulses of every epoch" not in page.labels
    assert NOTHING in page.of("td")


def test_one_epoch_is_not_shown_twice():
    run, _ = trained(small_config(), epochs=1)
    captions = " ".join(words(run_page(run, None)).of("figcaption"))
    assert captions.count("in epoch 1") == 2  # once for errors, once for synapses pulsed


def test_a_confusion_of_other_classes_is_refused(tmp_path):
    run, _ = trained(small_config())
    write_checkpoint(tmp_path / CHECKPOINT, run.checkpoint)
    write_history(tmp_path / HISTORY, replace(run.history, confusion=((1, 2), (3, 4))))
    with pytest.raises(HistoryError, match=r"history\.json: is not a history of checkpoint\.npz: "
                       r"confusion: must be a table of 3 rows, one for each output, not of 2"):
        read_run(tmp_path)


@pytest.mark.parametrize("name", ["$x_{$", "$", "a$b", r"\frac{$", "温度", "<b>&amp;",
                                  "--></text><script>x"])
def test_a_text_is_never_markup(name, sweep):
    """In plots of Matplotlib, which interprets formulas between dollars, and in the page around
    them."""
    quoted = f'"{name}"'
    rows = [row(quoted, "pulse", f"{value},{quoted},", seed, 0.9) for value in (1, 2)
            for seed in (1, 2)]
    rows += [row("other", "pulse", f"{value},x,", 1, 0.8) for value in (1, 2)]
    page = check_page(render(sweep_page(sweep("device.levels,k,", *rows))))
    assert any(name in text for text in page.of("td"))
    assert any(name in text for text in page.of("text"))
    assert any(name in label for label in page.labels)
    assert "b" not in page.tags


@pytest.mark.parametrize("name", ["8" * 900, "word " * 200])
def test_a_long_name_leaves_room_for_the_figure(name, sweep):
    """Matplotlib warns, which is an error here, if names leave no room for the axes."""
    rows = [row(case, "pulse", f"{value},", 1, 0.9) for case in (name, "b") for value in (name, 1)]
    page = check_page(render(sweep_page(sweep(f"k{name},", *rows))))
    assert max(map(len, page.of("text"))) < 100


def test_a_name_that_utf_8_cannot_hold_makes_a_page(sweep, tmp_path):
    read = sweep("", row("a", "pulse", "", 1, 0.9))
    page = check_page(render(sweep_page(replace(read, name="\udcff"))))
    page.html.encode()
    assert page.of("h1") == ["?"]


def test_logarithmic_axes_show_numbers():
    config = small_config(network={"inputs": 64, "hidden": [32]})
    layers = list(conductances(config, GoldenEngine(config).read()))
    for plot in (conductance_plot(layers[0]), weight_plot(layers[0])):
        assert "mathdefault" not in plot.svg
        assert ">100<" in plot.svg


@pytest.mark.parametrize(("image", "title"), [
    *(("svg", title) for title in ("$x_{$.csv", "温度", "a\nb\x00", "\udcff")),
    *((image, "$x_{$ 温度 a\nb\x00 \udcff") for image in ("png", "pdf"))])
def test_the_title_of_a_device_is_a_text(image, title):
    config = small_config(update={"method": "bidirectional"})
    drawn = draw(config, describe(config), title, image)
    if image == "svg" and title.isprintable():
        assert title in drawn.decode()


def test_the_picture_of_a_device_has_tables_of_depression_where_it_is_depressed():
    for method in METHODS:
        config = small_config(device={"preset": "gst-pcm"}, update={"method": method})
        picture = draw(config, describe(config), "GST", "svg").decode()
        assert ("depressing, tables" in picture) == (method != "unidirectional")
        assert "depressing, curve" in picture


# Sweeps -----------------------------------------------------------------------------------------

HEADING = ("case,model,{grid}seed,epochs,data,accuracy,accuracy_by_epoch,errors,pulses,refreshes,"
           "samples_per_second,seconds,digest,version")


def row(case, model, grid, seed, accuracy, epochs=2, data="digits", pulses=100):
    by_epoch = " ".join([f"{accuracy - 0.1:.3f}"] * (epochs - 1) + [str(accuracy)])
    return (f"{case},{model},{grid}{seed},{epochs},{data},{accuracy},"
            f"{by_epoch},9,{pulses},3,100,1.0,abc,0.1.0")


@pytest.fixture
def sweep(tmp_path):
    """Write a table and read it: sweep(keys of the grid, rows)."""
    def sweep(grid, *rows):
        (tmp_path / "study.csv").write_text("\n".join([HEADING.format(grid=grid), *rows]) + "\n")
        return read_sweep(tmp_path / "study.csv")
    return sweep


def test_seeds_and_cases_are_in_the_order_of_the_sweep_file(sweep, tmp_path):
    """Rows come as their trainings end; the record beside the table has the order of the file."""
    rows = [row("b", "pulse", "16,", 3, 0.9), row("a", "pulse", "8,", 10, 0.8),
            row("old", "pulse", ",", 1, 0.1), row("b", "pulse", "8,", 2, 0.7),
            row("a", "pulse", "8,", 9, 0.6), row("b", "pulse", "16,", 1, 0.9)]
    bare = sweep("device.levels,", *rows)
    assert [group.case for group in bare.groups] == ["b", "a", "old", "b"]
    assert [trial.seed for trial in bare.groups[0].trials] == [1, 3]
    assert bare.seeds == [1, 2, 3, 9, 10]

    def point(case, levels, *seeds, digest="abc"):
        return RecordedPoint(case=case, model="pulse", grid={"device.levels": levels},
                             settings={"device.levels": levels, "update.method": "single"},
                             digests=dict.fromkeys(map(str, seeds), digest))

    config = load_config("digits", settings=["device.preset=gst-pcm"])
    record = Record(file="study.toml", text="# <mine>\nname = 'study'\n", config=config, points=(
        point("a", "8", 9, 10), point("b", "8", 2), point("b", "16", 1, 3),
        point("old", "", 1, digest="other")))
    write_record(tmp_path / "study.sweep.json", record)
    read = read_sweep(tmp_path / "study.csv")
    assert read.record == record
    assert [(group.case, group.grid["device.levels"]) for group in read.groups] == [
        ("a", "8"), ("b", "8"), ("b", "16"), ("old", "")]
    page = check_page(render(sweep_page(read)))
    assert page.of("h2")[-3:] == ["Settings of every case", "Sweep file", "Configuration"]
    facts = dict(zip(page.of("dt"), page.of("dd"), strict=True))
    assert facts["seeds"] == "1, 2, 3, 9, 10"
    assert (facts["sweep file"], facts["configuration"]) == ("study.toml", "digits")
    assert facts["device"].endswith("(preset gst-pcm), 100 levels; cases change it")
    cells = page.of("td")
    assert {"device.levels = 8 update.method = single", "9, 10", "1, 3",
            "not known: the sweep file was changed since"} <= set(cells)
    assert page.of("pre")[0] == "# <mine> name = 'study'"
    assert 'device.preset = "gst-pcm"' in page.of("pre")[1]
    assert "old: " in " ".join(page.labels)  # the case without a value of the axis


@pytest.mark.parametrize(("text", "message"), [
    ("", "Invalid JSON"), ("[" * 5000, "Invalid JSON"), ("{}", "file: Field required"),
    ('{"file": "a", "text": "b", "config": {"name": 3}, "points": []}', "config.name: must be"),
    ('{"file": "a", "text": 1, "config": null, "points": []}', "text: Input should be a valid"),
    ('{"file": "a", "text": "b", "config": null, "points": [{"case": "a"}]}', "points.0.model"),
])
def test_a_record_that_cannot_be_used_is_one_line(sweep, tmp_path, text, message):
    (tmp_path / "study.sweep.json").write_text(text)
    with pytest.raises(TableError, match=message) as info:
        sweep("", row("a", "pulse", "", 1, 0.5))
    assert len(str(info.value).splitlines()) == 1
    assert "is not the record of a sweep" in str(info.value)


def test_groups_have_mean_and_deviation_over_seeds(sweep):
    read = sweep("", row("uni", "pulse", "", 1, 0.90), row("uni", "pulse", "", 2, 0.94),
                 row("uni", "pulse", "", 3, 0.95), row("bi", "pulse", "", 1, 0.8),
                 row("floats", "float", "", 1, 0.97, pulses=""))
    uni, bi, floats = read.groups
    assert uni.mean == pytest.approx(0.93)
    assert uni.deviation == pytest.approx(((0.03**2 + 0.01**2 + 0.02**2) / 2)**0.5)
    assert uni.curve == pytest.approx([0.83, 0.93])
    assert (uni.pulses, floats.pulses) == (100, None)
    assert (len(bi.trials), bi.deviation) == (1, 0.0)
    assert floats.is_float
    assert read.best is uni
    assert (read.varied, read.numeric) == ((), {})
    page = check_page(render(sweep_page(read)))
    assert page.of("h1") == ["study"]
    assert page.of("h2") == ["Accuracy", "Learning curves", "Every case", "Settings"]
    assert "The best, uni, reads 93.00 % ± 2.65 of the test samples" in page.text
    assert "the floating-point reference reads 97.00 %" in page.text
    assert {"93.00 %", "2.65 %", "90.00 %", "95.00 %", "80.00 %", "97.00 %"} <= set(page.of("td"))
    assert {"uni", "bi", "floats"} <= set(page.of("text"))


def levels(*cases):
    return [row(case, "pulse", f"{count},{margin},", seed, 0.7 + count / 1000 - margin / 100)
            for case in cases for count in (16, 64, 256) for margin in (0, 4) for seed in (1, 2)]


def test_a_numeric_key_is_an_axis_and_others_are_lines(sweep):
    grid = "device.levels,numbers.margin,"
    read = sweep(grid, *levels("uni", "bi"), row("ref", "float", ",,", 1, 0.975, pulses=""))
    assert read.varied == ("device.levels", "numbers.margin")
    assert list(read.numeric) == ["device.levels"]
    page = check_page(render(sweep_page(read)))
    assert page.of("h2")[0] == "Accuracy against device.levels"
    charts = [label for label in page.labels if "against device.levels" in label]
    assert charts == ["uni: test accuracy against device.levels",
                      "bi: test accuracy against device.levels"]
    texts = page.of("text")
    assert texts.count("16") >= 2
    assert {"margin 0", "margin 4", "float"} <= set(texts)
    alone = check_page(render(sweep_page(sweep(grid, *levels("uni")))))
    assert sum("against device.levels" in label for label in alone.labels) == 1


def test_cases_of_one_key_share_a_chart(sweep):
    rows = [row(case, "pulse", f"{count},", seed, 0.9)
            for case in ("uni", "bi") for count in (16, 64) for seed in (1, 2)]
    floats = [row("floats", "float", f"{count},", 1, 0.95, pulses="") for count in (16, 64)]
    page = check_page(render(sweep_page(sweep("device.levels,", *rows, *floats))))
    assert [label for label in page.labels if "levels" in label] == [
        "All cases: test accuracy against device.levels"]
    assert {"uni", "bi", "float"} <= set(page.of("text"))


def test_keys_of_different_cases_have_a_chart_each(sweep):
    rows = [row(f"{case}.{number}", "pulse", grid.format(share), seed, 0.9 - share)
            for case in ("uni", "bi") for number, grid in enumerate(("{},,", ",{},"))
            for share in (0.1, 0.3) for seed in (1, 2)]
    read = sweep("variation.step,variation.range,", *rows)
    assert {key: {group.case for group in groups} for key, groups in read.numeric.items()} == {
        "variation.step": {"uni.0", "bi.0"}, "variation.range": {"uni.1", "bi.1"}}
    page = check_page(render(sweep_page(read)))
    assert page.of("h2")[0] == "Accuracy against variation.step, variation.range"
    assert [label for label in page.labels if "variation" in label] == [
        "All cases: test accuracy against variation.step",
        "All cases: test accuracy against variation.range"]


def test_different_floating_point_models_are_drawn_separately(sweep):
    page = check_page(render(sweep_page(sweep(
        "device.levels,", *[row("uni", "pulse", f"{count},", 1, 0.9) for count in (16, 64)],
        row("small", "float", ",", 1, 0.92, pulses=""),
        row("float-large", "float", ",", 1, 0.97, pulses="")))))
    assert page.of("text").count("small (float)") == 2
    assert page.of("text").count("float-large") == 2


def test_a_key_with_text_values_is_not_an_axis(sweep):
    rows = [row("a", "pulse", f"{method},", 1, 0.9) for method in METHODS]
    read = sweep("update.method,", *rows)
    assert (read.varied, read.numeric) == (("update.method",), {})
    page = check_page(render(sweep_page(read)))
    assert {"a, method", "bidirectional"} <= set(page.of("text"))


def test_many_lines_are_distinguished(sweep):
    rows = [row(f"case-{number}", "pulse", "", 1, 0.5 + number / 100) for number in range(12)]
    check_page(render(sweep_page(sweep("", *rows))))


def test_a_later_row_replaces_only_the_same_training(sweep):
    read = sweep("", row("a", "pulse", "", 1, 0.5), row("a", "pulse", "", 1, 0.75),
                 row("a", "pulse", "", 1, 0.8, epochs=9))
    assert [group.accuracies.tolist() for group in read.groups] == [[0.75], [0.8]]
    assert [read.label(group) for group in read.groups] == ["a, epochs 2", "a, epochs 9"]
    check_page(render(sweep_page(read)))


def test_device_pulses_are_means_over_seeds_if_all_are_known(tmp_path):
    def written(*counts):
        heading = HEADING.format(grid="").replace("refreshes,", f"refreshes,{','.join(kinds)},")
        lines = [row("a", "pulse", "", seed, 0.9).replace(",9,100,3,", f",9,100,3,{cells},")
                 for seed, cells in enumerate(counts, 1)]
        (tmp_path / "study.csv").write_text("\n".join([heading, *lines]))
        return read_sweep(tmp_path / "study.csv")

    kinds = DEVICE_PULSES
    known = written("100,0,6,41", "200,0,8,45")
    assert known.groups[0].device_pulses == 200
    page = check_page(render(sweep_page(known)))
    assert {"synapses pulsed", "device pulses"} <= set(page.of("th"))
    assert page.of("td")[-2:] == ["100", "200"]
    partly = written("100,0,6,41", ",,,")
    assert partly.groups[0].device_pulses is None
    assert check_page(render(sweep_page(partly))).of("td")[-2:] == ["100", NOTHING]


def test_one_seed_has_no_deviation_in_words_or_bars(sweep):
    alone = check_page(render(sweep_page(sweep(
        "device.levels,", *[row("a", "pulse", f"{count},", 1, 0.9) for count in (16, 64)]))))
    assert "over seeds" not in alone.text.replace("Means over seeds", "").replace(
        "groups over seeds", "")
    assert "standard deviation against" not in alone.text
    several = check_page(render(sweep_page(sweep(
        "device.levels,", *[row("a", "pulse", f"{count},", seed, 0.9) for count in (16, 64)
                            for seed in (1, 2)]))))
    assert "mean over seeds with standard deviation against device.levels" in several.text


def test_a_table_that_is_too_large_is_refused_before_any_work(sweep):
    rows = [row(f"case-{number}", "pulse", "", 1, 0.5) for number in range(GROUPS)]
    assert len(sweep("", *rows).groups) == GROUPS
    with pytest.raises(ReportError, match=rf"study\.csv: line {GROUPS + 2}: a page shows at most "
                       rf"{GROUPS} cases and points of their grids, but the table has more"):
        sweep("", *rows, row("more", "pulse", "", 1, 0.5), "and never read")
    rows = [row("a", "pulse", "", seed, 0.5) for seed in range(1, TRIALS + 2)]
    with pytest.raises(ReportError, match=rf"line {TRIALS + 2}: a page shows at most "
                       rf"{TRIALS:,} trainings, but the table has more"):
        sweep("", *rows)


HOSTILE = {
    "accuracy": (["nan", "inf", "-0.1", "1.01", "", "x" * 500], "a number in 0..1"),
    "accuracy_by_epoch": (["nan 0.5", "0.5 5.0", "-1 0.5"], "a number in 0..1"),
    "epochs": (["0", "-1", "²", "9" * 5000, "1000001", ""], "an integer in 1..1000000"),
    "seed": (["-1", "1.0", "9" * 5000, str(2**32), ""], "an integer in 0..4294967295"),
    "pulses": (["-5", "1e3", "9" * 5000, "٣"], "an integer of at most 20 digits, or empty"),
    "case": (["a\x00b", "\x1b[31m"], "a text without control characters"),
    "data": (["a\x00b"], "a text without control characters"),
    "model": (["", "other"], 'one of "pulse", "float"'),
}


@pytest.mark.parametrize(("column", "value"), [
    (column, value) for column, (values, _) in HOSTILE.items() for value in values])
def test_an_impossible_cell_is_one_line_with_its_column(tmp_path, column, value):
    heading = HEADING.format(grid="").split(",")
    cells = dict(zip(heading, row("a", "pulse", "", 1, 0.5).split(","), strict=True))
    with (tmp_path / "study.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, heading)
        writer.writeheader()
        writer.writerow({**cells, column: value})
    with pytest.raises((ReportError, TableError)) as info:
        read_sweep(tmp_path / "study.csv")
    message = str(info.value)
    assert f"study.csv: line 2: {column} must be {HOSTILE[column][1]}, not " in message
    assert len(message.splitlines()) == 1
    assert len(message) < len(str(tmp_path)) + 200


@pytest.mark.parametrize(("line", "message"), [
    (row("a", "pulse", "", 1, 0.5, epochs=3).replace("a,pulse,1,3", "a,pulse,1,2"),
     "accuracy_by_epoch must be 2 numbers, one for each of epochs, or empty, not 3 numbers"),
    (row("a", "pulse", "", 1, 0.5) + ",more,cells",
     "must have a cell for each of 14 columns, not 16"),
    ("x" * 140_000, r"cannot be read: field larger than field limit \(131072\)"),
])
def test_an_impossible_row_is_one_line(sweep, line, message):
    with pytest.raises(TableError, match=message) as info:
        sweep("", line)
    assert len(str(info.value).splitlines()) == 1


@pytest.mark.parametrize(("content", "message"), [
    ("", r"study.csv: is not the table of a sweep: it is missing the columns case, model, seed"),
    ("a,b\n1,2\n", r"study.csv: is not the table of a sweep: it is missing the columns case"),
    (HEADING.format(grid="") + "\n", r"study.csv: the sweep has no trials yet"),
    (HEADING.format(grid="") + "\n" + row("a", "pulse", "", 1, 1.5),
     r"study.csv: line 2: accuracy must be a number in 0..1, not '1.5'"),
    (HEADING.format(grid="") + "\na,pulse,1\n",
     r"study.csv: line 2: must have a cell for each of 14 columns, not 3"),
    (HEADING.format(grid="") + "\n" + row("a", "pulse", "", 1, 0.5, pulses="many"),
     r"study.csv: line 2: pulses must be an integer of at most 20 digits, or empty, not 'many'"),
])
def test_a_file_that_is_not_a_sweep_is_refused(tmp_path, content, message):
    (tmp_path / "study.csv").write_text(content)
    with pytest.raises((ReportError, TableError), match=message):
        read_sweep(tmp_path / "study.csv")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "study.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TableError, match=r"study\.csv: a table of a sweep must be text in UTF-8"):
        read_sweep(tmp_path / "study.csv")
    with pytest.raises(TableError, match=r"none\.csv: there is no such table of a sweep"):
        read_sweep(tmp_path / "none.csv")
