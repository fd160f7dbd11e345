"""Records the timing diagrams of ports.md from a simulation of the emitted Verilog:

    python docs/waves.py

It writes `docs/figures/ports.json`, one WaveDrom diagram per name, and draws each as an SVG beside
it. It needs Icarus Verilog and `wavedrom` (`pip install 'pulsetrain[test]'`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import wavedrom

from pulsetrain.emit import VERILOG, generate
from pulsetrain.files import temporary_folder
from pulsetrain.formats import engine as formats
from pulsetrain.golden import initial_state
from pulsetrain.memory_map import pack_rows
from pulsetrain.registers import REGISTERS, RESET_CYCLES, register
from pulsetrain.sim.engine import SimulatedEngine
from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_mapping

_SVG = "http://www.w3.org/2000/svg"
_SPACES = {"": _SVG, "xlink": "http://www.w3.org/1999/xlink"}

FIGURES = Path(__file__).with_name("figures")
RECORDED = FIGURES / "ports.json"

CONFIG: Config = config_from_mapping({
    "name": "ports", "network": {"inputs": 6, "hidden": [5], "outputs": 3},
    "numbers": {"forward_shift": 4}, "device": {"levels": 16}, "engine": {"lanes": 2}})

Steps = list[tuple[dict[str, int], str | int]]
Cycles = list[dict[str, int | None]]

LONGEST = 4
"""Cycles without a change that are drawn; of more, the first two and the last two, and a gap."""

ROW = 3
"""The row that is read and written."""

_SAMPLE, _RESULT, _HOST = (formats.sample_transfer(CONFIG), formats.result(CONFIG),
                           formats.host_request(CONFIG))


def record() -> dict[str, dict[str, Any]]:
    """All diagrams, as WaveDrom's input, by name."""
    with _engine() as engine:
        return {name: _drawn(title, ports, _play(engine, *steps(), ports=ports))
                for name, (title, ports, steps) in DIAGRAMS.items()}


@contextmanager
def _engine() -> Iterator[SimulatedEngine]:
    with temporary_folder() as folder:
        generate(CONFIG, folder)
        with SimulatedEngine(CONFIG, folder / VERILOG, "icarus") as engine:
            engine.load(initial_state(CONFIG))
            yield engine


def _play(engine: SimulatedEngine, before: Steps, shown: Steps, after: Steps, *,
          ports: tuple[str, ...]) -> Cycles:
    """The cycles of the steps `shown`."""
    engine.play(before)
    cycles = engine.play(shown, ports)
    engine.play(after)
    return cycles


# What is recorded -------------------------------------------------------------------------------


def _bus(name: str, value: int | None = None) -> Steps:
    """The steps that read a register, or write it; the cycle after shows what was read."""
    driven = {"bus__address": register(name).address, "bus__write": int(value is not None)}
    if value is not None:
        driven["bus__write_data"] = value
    return [(driven, "bus__ready"), ({"bus__write": 0}, 1)]


def _send(*events: tuple[int, int]) -> Steps:
    """The steps that send a sample to train on, of (index, value)."""
    words = [_SAMPLE.pack({"index": index, "value": value, "last": (index, value) == events[-1],
                           "label": 1, "train": 1}) for index, value in events]
    return [*(({"i_sample__valid": 1, "i_sample__payload": word}, "i_sample__ready")
              for word in words), ({"i_sample__valid": 0}, 1)]


def _ask(address: int, write: int, pairs: int = 0) -> Steps:
    """The steps that write a row, or read it."""
    word = _HOST.pack({"write": write, "address": address, "slice": 0, "pairs": pairs})
    asked: Steps = [({"i_host__valid": 1, "i_host__payload": word}, "i_host__ready")]
    return [*asked, ({"i_host__valid": 0}, 1 if write else "o_host__valid")]


def _reset() -> tuple[Steps, Steps, Steps]:
    running = [*_bus("mode", 1), *_send((1, 200), (4, 90)), ({}, 20)]
    return running, [({}, 2), ({"rst": 1}, RESET_CYCLES), ({"rst": 0}, 3)], _bus("mode", 0)


def _registers() -> tuple[Steps, Steps, Steps]:
    idle: Steps = [({}, 40)]
    return idle, [*_bus("gate", 200), ({}, 2), *_bus("gate"), ({}, 1)], _bus("gate", 256)


def _sample() -> tuple[Steps, Steps, Steps]:
    return _bus("mode", 1), [({}, 1), *_send((1, 200), (4, 90), (5, 7)),
                             ({}, "o_result__valid"), ({}, 2)], _bus("mode", 0)


def _host() -> tuple[Steps, Steps, Steps]:
    row = pack_rows(CONFIG, initial_state(CONFIG))[ROW]
    return [], [({}, 1), *_ask(ROW, 1, row), *_ask(ROW, 0), ({}, 1), *_ask(63, 0), ({}, 1)], []


def _waiting() -> tuple[Steps, Steps, Steps]:
    before: Steps = [*_bus("mode", 1), ({"o_result__ready": 0}, 1), *_send((1, 200)),
                     ({}, "o_result__valid"), *_send((4, 90)), ({}, 200)]
    shown: Steps = [*_bus("status"), *_ask(ROW, 0), ({}, 1), ({"o_result__ready": 1}, 1), ({}, 3)]
    return before, shown, _bus("mode", 0)


DIAGRAMS: dict[str, tuple[str, tuple[str, ...], Callable[[], tuple[Steps, Steps, Steps]]]] = {
    "reset": ("A reset in the middle of a sample",
              ("rst", "i_sample__ready", "o_result__valid", "bus__ready"), _reset),
    "registers": ("The register gate: written, then read",
                  ("bus__address", "bus__write", "bus__write_data", "bus__ready",
                   "bus__read_data"), _registers),
    "sample": ("A sample of three inputs, and its result",
               ("i_sample__valid", "i_sample__ready", "i_sample__payload", "o_result__valid",
                "o_result__ready", "o_result__payload"), _sample),
    "host": (f"Row {ROW} is written and read; row 63, which does not exist, is read",
             ("i_host__valid", "i_host__ready", "i_host__payload", "o_host__valid",
              "o_host__ready", "o_host__payload"), _host),
    "waiting": ("Two results wait: status, a row that is read, and the results",
                ("bus__address", "bus__ready", "bus__read_data", "i_host__valid", "i_host__ready",
                 "i_host__payload", "o_host__valid", "o_host__payload", "o_result__valid",
                 "o_result__ready", "o_result__payload"), _waiting),
}
"""Name -> title, ports, and what is driven before, while it is recorded, and afterwards."""


# How it is drawn --------------------------------------------------------------------------------


def _drawn(title: str, ports: tuple[str, ...], cycles: Cycles) -> dict[str, Any]:
    labels = [{port: _label(port, cycle) for port in ports} for cycle in cycles]
    chosen = _with_gaps(labels)
    signals = [{"name": "clk", "wave": "".join(
        "|" if number is None else "p" if not place else "." for place, number in
        enumerate(chosen))}]
    return {"head": {"text": title}, "config": {"hscale": 2},
            "signal": signals + [_signal(port, labels, chosen) for port in ports]}


def _with_gaps(labels: list[dict[str, str]]) -> list[int | None]:
    """The numbers of the cycles that are drawn, None for a gap."""
    chosen: list[int | None] = []
    start = 0
    for number in range(1, len(labels) + 1):
        if number == len(labels) or labels[number] != labels[start]:
            run = list(range(start, number))
            chosen += run if len(run) <= LONGEST else [*run[:2], None, *run[-2:]]
            start = number
    return chosen


def _signal(port: str, labels: list[dict[str, str]], chosen: list[int | None]) -> dict[str, Any]:
    wave, texts, before = "", [], None
    for number in chosen:
        label = before if number is None else labels[number][port]
        if number is None:
            wave += "|"
        elif label == before:
            wave += "."
        elif label in ("0", "1", "x") and (label == "x" or _is_bit(port)):
            wave += label
        else:
            wave += "="
            texts.append(label)
        before = label
    return {"name": port, "wave": wave, **({"data": texts} if texts else {})}


def _is_bit(port: str) -> bool:
    return port.endswith(("valid", "ready", "write", "rst"))


def _label(port: str, cycle: Mapping[str, int | None]) -> str:
    """What is written into a port's wave; x where it does not matter or is not known."""
    value, (stream, _, part) = cycle[port], port.partition("__")
    if value is None or (part == "payload" and not cycle[f"{stream}__valid"]):
        return "x"
    match port:
        case "i_sample__payload":
            found = _SAMPLE.unpack(value)
            return f"{found['index']}: {found['value']}" + " last" * found["last"]
        case "o_result__payload":
            found = _RESULT.unpack(value)
            return f"class {found['prediction']}"
        case "i_host__payload":
            found = _HOST.unpack(value)
            return f"{'write' if found['write'] else 'read'} {found['address']}"
        case "bus__address":
            return REGISTERS[value].name
        case "bus__write_data" if not cycle["bus__write"]:
            return "x"
        case "o_host__payload":
            return f"{value:x}"
    return str(value)


def draw(diagram: Mapping[str, Any]) -> str:
    """A diagram as SVG, without the shapes that it does not use."""
    for prefix, space in _SPACES.items():
        ElementTree.register_namespace(prefix, space)
    root = ElementTree.fromstring(wavedrom.render(json.dumps(diagram)).tostring())
    used = {use.get(f"{{{_SPACES['xlink']}}}href", "#")[1:] for use in root.iter(f"{{{_SVG}}}use")}
    for shapes in root.iter(f"{{{_SVG}}}defs"):
        for shape in list(shapes):
            if shape.tag == f"{{{_SVG}}}g" and shape.get("id") not in used:
                shapes.remove(shape)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def main() -> None:
    """Write all figures."""
    recorded = record()
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
    for name, diagram in recorded.items():
        (FIGURES / f"ports-{name}.svg").write_text(draw(diagram), encoding="utf-8")


if __name__ == "__main__":
    main()
