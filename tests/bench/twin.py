"""The compiled twins of two checkouts, side by side: training samples per CPU second, and ratios.

    python tests/bench/twin.py OTHER --data mnist:FOLDER [--config NAME] [--epochs N]
                               [--set SECTION.KEY=VALUE]... [--case "SETTINGS"]...

OTHER is the Python of the other checkout (`OTHER/.venv/bin/python`), which may be an older one.
Both train the same samples by turns, a few thousand each, so that other work on the machine slows
both. Their states and counts must be equal at the end of every epoch. `--case` adds settings,
separated by spaces, to those of `--set`; each case is a training of its own.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any

CHUNK = 2000
"""Samples of one turn."""


def main() -> None:
    """Measure all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("other", help="the Python of the other checkout")
    parser.add_argument("--config", default="mnist-64")
    parser.add_argument("--data", required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--samples", type=int, default=10**9, help="most samples of an epoch")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--case", action="append", default=[])
    given = parser.parse_args()
    print("settings | epoch | pulses a sample | other, samples/s | this, samples/s | ratio")
    for case in given.case or [""]:
        _measure(given, [*given.settings, *case.split()], case or given.config)


def _measure(given: argparse.Namespace, settings: list[str], name: str) -> None:
    task = {"config": given.config, "data": given.data, "settings": settings,
            "epochs": given.epochs, "samples": given.samples}
    ratios = []
    with ExitStack() as stack:
        engines = [stack.enter_context(_worker(python, task))
                   for python in (given.other, sys.executable)]
        _each(engines)
        for epoch in range(given.epochs):
            seconds, samples, ended = [0.0, 0.0], 0, False
            while not ended:
                for index, engine in enumerate(engines):
                    told = _ask(engine)
                    seconds[index] += told["seconds"]
                    ended = told["ended"]
                samples += told["samples"]
            other, this = _each(engines)
            if other["digest"] != this["digest"]:
                sys.exit(f"{name}: the states differ after epoch {epoch + 1}")
            ratios.append(seconds[0] / seconds[1])
            print(f"{name} | {epoch + 1} | {this['pulses']:.0f} | "
                  f"{samples / seconds[0]:,.0f} | {samples / seconds[1]:,.0f} | {ratios[-1]:.2f}")
        other, this = _each(engines)
        print(f"{name} | inference | | {other['rate']:,.0f} | {this['rate']:,.0f} | "
              f"{this['rate'] / other['rate']:.2f}")
    print(f"{name} | mean of the epochs | | | | {sum(ratios) / len(ratios):.2f}", flush=True)


def _worker(python: str, task: dict[str, Any]) -> "subprocess.Popen[str]":
    process = subprocess.Popen([python, "-P", __file__, "--worker"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(task) + "\n")
    return process


def _ask(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """The next answer of a worker."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def _each(processes: "list[subprocess.Popen[str]]") -> list[dict[str, Any]]:
    return [_ask(process) for process in processes]


# The worker -------------------------------------------------------------------------------------


def serve() -> None:
    """Train as told on the standard input; every further line asks for one answer."""
    import numpy as np

    from pulsetrain.compiled.engine import CompiledEngine
    from pulsetrain.data import load_data
    from pulsetrain.spec import load_config

    task = json.loads(sys.stdin.readline())
    config = load_config(task["config"], settings=task["settings"])
    data = load_data(task["data"], config)
    engine = CompiledEngine(config)
    _answer({})
    pulses = 0
    for epoch in range(task["epochs"]):
        order = np.random.default_rng(epoch).permutation(len(data.x_train))[:task["samples"]]
        engine.gate = config.design.gate(epoch)
        for first in range(0, len(order), CHUNK):
            chosen = order[first:first + CHUNK]
            x, labels = np.ascontiguousarray(data.x_train[chosen]), data.y_train[chosen]
            started = time.process_time()
            engine.train(x, labels)
            _answer({"seconds": time.process_time() - started, "samples": len(chosen),
                     "ended": first + CHUNK >= len(order)})
        state = engine.read()
        counts = json.dumps([state.generator, state.counters, state.device_pulses, state.energy])
        digest = hashlib.sha256(counts.encode())
        for array in (*state.plus, *state.minus, *state.polarity, *(state.wear or [])):
            digest.update(array.tobytes())
        _answer({"digest": digest.hexdigest(),
                 "pulses": (state.counters["pulses"] - pulses) % 2**32 / len(order)})
        pulses = state.counters["pulses"]
    seconds = []
    for _ in range(9):
        started = time.process_time()
        engine.infer(data.x_test, data.y_test)
        seconds.append(time.process_time() - started)
    _answer({"rate": len(data.x_test) / sorted(seconds)[4]})


def _answer(values: dict[str, Any]) -> None:
    if not sys.stdin.readline():
        sys.exit()
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--worker"]:
        serve()
    else:
        main()
