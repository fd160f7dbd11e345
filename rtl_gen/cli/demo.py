"""`pulsetrain demo`: the main job on the embedded digits, on one screen."""

import time
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from pulsetrain.data import DataSet, load_data
from pulsetrain.errors import FAILED
from pulsetrain.files import temporary_folder
from pulsetrain.golden import GoldenEngine, State
from pulsetrain.run import Backend, LockstepReport, compare, run_training, schedule
from pulsetrain.spec import Config, load_config

from . import options
from .console import styled
from .engine import make_engine
from .failure import CliError
from .images import image
from .output import Output, percent
from .simulator import choose_simulator
from .verify import report_figures

SAMPLES, EVERY, IMAGES, DRAWN = 60, 10, 40, 4
"""Samples that are simulated, and after how many of them all states are compared; test images that
are classified, and how many of them are drawn."""

NEXT = (("pulsetrain train digits --run first", "then pulsetrain report first: a page"),
        ("pulsetrain devices", "published devices to learn with"),
        ("pulsetrain generate digits -o engine", "its Verilog; docs/tutorials goes on"))
"""What to do after the demo, and what for."""


@dataclass(frozen=True, kw_only=True)
class _Simulation:
    """What the simulated engine did: training in lockstep, then test images.

    `classes`: what the engine took the test images for; `differing`: how many of them the model
    takes for something else; both None if training already differed. `seconds`: in total.
    """

    report: LockstepReport
    classes: np.ndarray | None
    differing: int | None
    seconds: float


def demo(simulator: options.Simulator = "auto", json: options.Json = None) -> None:
    """Show the main job: train, generate, simulate, compare. It takes about a minute.

    A 64-32-10 network learns handwritten digits in the golden model. Verilog is generated from the
    same configuration and simulated: it trains on the first samples, and every bit it learns is
    compared with the golden model. Finally it classifies test images with the trained state.
    """
    output = Output(json)
    config, data = load_config("digits"), load_data("digits")
    chosen = choose_simulator(simulator, output)
    output.console.rule("Pulsetrain: hardware that learns, bit for bit as its model")
    started = time.perf_counter()
    trained, accuracy, training_seconds = _train(output, config, data)
    simulation = _simulate(output, config, data, trained, chosen)
    seconds = time.perf_counter() - started
    report = simulation.report
    if simulation.classes is not None:
        _draw(output, data, trained, simulation.classes)
    _show_table(output, simulation, accuracy, chosen, training_seconds, seconds)
    output.write({
        "accuracy": accuracy,
        **report_figures(report, chosen),
        "test_images": IMAGES,
        "test_images_differing": simulation.differing,
        "seconds": seconds,
    })
    if not report.equal or simulation.differing:
        raise CliError("the simulated engine and the golden model differ", FAILED)
    output.console.print(styled(("Equal", "bold green"), ": the generated hardware learns and "
                                "classifies exactly as the golden model."))
    steps = Table.grid(padding=(0, 2))
    for command, meaning in NEXT:
        steps.add_row(styled((command, "bold")), meaning)
    output.console.print("Next:")
    output.console.print(steps)


def _train(output: Output, config: Config, data: DataSet) -> tuple[State, float, float]:
    """(trained state, test accuracy, seconds)."""
    epochs = config.training.epochs
    started = time.perf_counter()
    engine = make_engine("compiled", config, output)
    with output.progress() as progress:
        task = progress.add_task("training the golden model", total=epochs)
        summary = run_training(engine, data, epochs=epochs,
                               on_epoch=lambda result: progress.advance(task))
    seconds = time.perf_counter() - started
    accuracy = summary.epochs[-1].accuracy
    output.console.print(styled(
        ("1. Trained", "bold"), f" the golden model on {len(data.x_train):,} handwritten digits, "
        f"{epochs} times each: it reads {percent(accuracy)} of {len(data.x_test)} digits it has "
        "never seen."))
    return engine.read(), accuracy, seconds


def _simulate(output: Output, config: Config, data: DataSet, trained: State,
              simulator: str) -> _Simulation:
    """Generate the engine and simulate it; every comparison is with the golden model."""
    from pulsetrain import emit
    from pulsetrain.sim.verify import simulated

    console = output.console
    started = time.perf_counter()
    with temporary_folder() as folder:
        with console.status("generating Verilog"):
            emit.generate(config, folder)
        verilog = folder / emit.VERILOG
        lines = verilog.read_text(encoding="utf-8").count("\n")
        console.print(styled(
            ("2. Generated", "bold"), f" the same network as hardware: {lines:,} lines "
            f"of Verilog, {config.engine.lanes} synapses per clock cycle."))
        order, gates = schedule(config, len(data.x_train), SAMPLES)
        model = GoldenEngine(config, count_cycles=True)
        with output.progress() as progress, simulated(config, simulator, verilog) as engine:
            task = progress.add_task(f"simulating ({simulator})", total=SAMPLES + IMAGES)
            report = compare(model, engine, data.x_train[order], data.y_train[order],
                             every=EVERY, gates=gates,
                             progress=lambda done: progress.update(task, completed=done))
            console.print(styled(
                ("3. Simulated", "bold"), f" it in {_NAMES[simulator]}, learning its "
                f"first {SAMPLES} digits from the initial state, and compared every "
                f"state of every synapse after every {EVERY}."))
            classes, differing = (_classify(output, data, trained, model, engine) if report.equal
                                  else (None, None))
    return _Simulation(report=report, classes=classes, differing=differing,
                       seconds=time.perf_counter() - started)


def _classify(output: Output, data: DataSet, trained: State, model: GoldenEngine,
              engine: Backend) -> tuple[np.ndarray, int]:
    """The class that the engine gives each test image, and how often the model gives another."""
    x, labels = data.x_test[:IMAGES], data.y_test[:IMAGES]
    model.load(trained)
    engine.load(trained)
    expected, got = model.infer(x, labels).classes, engine.infer(x, labels).classes
    output.console.print(styled(
        ("4. Loaded", "bold"), " the trained state into it: it reads "
        f"{np.count_nonzero(got == labels)} of {IMAGES} unseen digits right."))
    return got, int(np.count_nonzero(got != expected))


def _draw(output: Output, data: DataSet, trained: State, classes: np.ndarray) -> None:
    """Draw test images with their classes, and the weights of the hidden units that vary most."""
    coloured = output.console.color_system is not None
    side = int(np.sqrt(data.x_test.shape[1]))
    weights = (trained.plus[0] - trained.minus[0])[:side * side].T
    weights = weights[np.argsort(-weights.std(axis=1), kind="stable")[:DRAWN]]
    # The first images of some classes, in the order in which these come.
    _, first = np.unique(data.y_test[:IMAGES], return_index=True)
    chosen = np.sort(first)[:DRAWN]
    images = [*(data.x_test[chosen] / 255), *(weights / np.abs(weights).max(axis=1, keepdims=True))]
    drawing = Table.grid(padding=(0, 1))
    drawing.add_row(*(image(values.reshape(side, side), coloured=coloured) for values in images))
    drawing.add_row(*(f"a {number}" for number in classes[chosen].tolist()),
                    "weights", "of four", "hidden", "units")
    output.console.print(drawing)


_NAMES = {"icarus": "Icarus Verilog", "verilator": "Verilator",
          "native": "native Verilator",
          "amaranth": "Amaranth's simulator (the design itself)"}


def _show_table(output: Output, simulation: _Simulation, accuracy: float, simulator: str,
                training_seconds: float, seconds: float) -> None:
    report = simulation.report
    table = Table(show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    finished = max(report.samples, 1)
    table.add_row("test accuracy of the golden model", percent(accuracy))
    table.add_row(f"training samples simulated ({_NAMES[simulator]})", f"{report.samples:,}")
    table.add_row("states compared", f"{report.states_compared:,}")
    table.add_row("mismatches", f"{report.mismatches:,}")
    table.add_row("test images classified differently by the hardware",
                  "-" if simulation.differing is None else f"{simulation.differing} of {IMAGES}")
    table.add_row("cycles per training sample, simulated",
                  f"{report.cycles_simulated / finished:,.1f}")
    table.add_row("cycles per training sample, predicted",
                  f"{report.cycles_predicted / finished:,.1f}")
    table.add_row("efficiency (ideal / simulated cycles)", percent(report.efficiency))
    table.add_row("seconds: training, simulating, total",
                  f"{training_seconds:.1f}, {simulation.seconds:.1f}, {seconds:.1f}")
    output.console.print(table)
    if report.first_divergence:
        output.console.print("The first difference is at", style="bold red")
        output.console.print(f"  {report.first_divergence}", soft_wrap=True)
