"""View: the parts of the page, as values that its script draws."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from pulsetrain.device.scale import full_reading
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.report.learning import KINDS
from pulsetrain.report.weights import (
    Conductances,
    averaged,
    conductances,
    mean_of,
    reads_image,
    units_mosaic,
    weight_limit,
)
from pulsetrain.report.words import MINUS, SPACE, count, in_siemens, percent, signed, sizes
from pulsetrain.run import EpochResult, Point, Progress, costs, prices
from pulsetrain.spec import Config
from pulsetrain.spec.units import quantity

from .follow import Watched

Points = list[list[float]]
Window = tuple[float, Point, Point]
"""A part of a trail: its end in epochs, its first and its last point."""

Timed = tuple[float, EpochResult]
"""The figures of an epoch, and its end in epochs, which is less for a part of one."""

Part = dict[str, Any]
"""One part of the page: its `id`, its `section`, its `kind`, and what that kind holds."""

WINDOWS, FEWEST = 120, 100
"""Most points of a curve within epochs, and fewest samples that one stands for."""

_STATUS = {"training": "Training", "ended": "The training has ended",
           "interrupted": "The training was interrupted", "failed": "The training has failed"}

_LINK = {"frames_sent": "frames sent", "frames_retried": "of which repeated",
         "frames_refused": "refused by the board", "frames_received": "frames received",
         "frames_broken": "received damaged", "bytes_sent": "bytes sent",
         "bytes_received": "bytes received"}
"""Counts of a link by name, and what they count."""


def waiting(folder: str) -> list[Part]:
    """The parts of a page that has nothing to show yet."""
    return [{"id": "head", "kind": "head", "title": folder, "share": 0.0, "facts": [],
             "lead": f"Waiting for a training that writes {folder}."}]


def parts(watched: Watched) -> list[Part]:
    """The parts of the page, in order."""
    progress, run = watched.progress, watched.run
    rows = run.history.epochs if run and run.history else ()
    windows = _windows(progress.trail, progress.count)
    timed = [(round(row.epoch + row.position / max(1, progress.count), 4), row) for row in rows]
    shown = [_head(watched, rows), _accuracies(windows, timed), *_activity(windows)]
    if run:
        shown += [*_device_pulses(timed), *_costs(run.checkpoint.config, timed)]
        for pairs in conductances(run.checkpoint.config, run.checkpoint.state):
            shown += _maps(pairs, full_reading(run.checkpoint.config))
    if progress.link:
        shown += [_link(progress)]
    return shown


def _head(watched: Watched, rows: Sequence[EpochResult]) -> Part:
    progress, run = watched.progress, watched.run
    now, total = progress.trail[-1], progress.epochs * progress.count
    done = now.epoch * progress.count + now.position
    status = progress.status if not watched.failed else "failed"
    rate = now.samples / progress.seconds if progress.seconds else 0.0
    what = sizes(run.checkpoint.config.network) if run else progress.config
    tested = [row.accuracy for row in rows if row.accuracy is not None]
    facts = [
        ("test accuracy", percent(tested[-1]) if tested else "not tested yet"),
        ("epochs", f"{now.epoch:,} of {progress.epochs:,}"
                   + (f", and {count(now.position, 'sample')}" if now.position else "")),
        ("samples learned", f"{now.samples:,}"),
        ("samples per second", f"{rate:,.0f}"),
        ("time", _duration(progress.seconds)),
        ("time left", _duration((total - done) / rate) if rate and not watched.over else "none"
         if watched.over else "not known"),
        ("synapses pulsed", f"{now.pulses:,}"),
        ("pairs refreshed", f"{now.refreshes:,}"),
        *_state_facts(watched),
        ("engine", progress.engine),
        ("data", progress.data),
    ]
    return {"id": "head", "kind": "head", "title": watched.run.name if watched.run else what,
            "lead": f"{_STATUS[status]}: {progress.config}, a network of {what}.",
            "share": min(1.0, done / total) if total else 1.0, "facts": facts}


def _state_facts(watched: Watched) -> list[tuple[str, str]]:
    """What only the state tells: pulses on devices, energy and time of the array."""
    if not watched.run:
        return []
    state, config = watched.run.checkpoint.state, watched.run.checkpoint.config
    pulses = state.device_pulses
    facts = [("device pulses", f"{sum(pulses.values()):,}" if pulses else "not counted")]
    spent = costs(prices(config), {**(pulses or {}), **(state.energy or {})})
    if spent:
        facts += [("energy of the array", quantity(spent.total_joules, "J")),
                  ("time of the array", quantity(spent.total_seconds, "s"))]
    return facts


def _accuracies(windows: Sequence[Window], rows: Sequence[Timed]) -> Part:
    """Accuracies: in training within the epochs, of test and held-out samples after them."""
    training = [[at, 100 * (1 - _since(before, after, "errors") / _since(before, after, "samples"))]
                for at, before, after in windows]
    series = [_series("training", 2, training)]
    for name, colour, key in (("test", 1, "accuracy"), ("held out", 3, "validation_accuracy")):
        points = [[at, 100 * getattr(row, key)] for at, row in rows
                  if getattr(row, key) is not None]
        if points:
            series.append(_series(name, colour, points))
    return {"id": "accuracy", "section": "learning", "kind": "chart", "series": series,
            "y": "accuracy (%)", "title": "Accuracy against epoch",
            "caption": "In training, each sample is read before its pulses; a point stands for at "
                       f"least {FEWEST} samples."}


def _activity(windows: Sequence[Window]) -> Iterator[Part]:
    """Synapses pulsed and pairs refreshed per sample, within the epochs."""
    for key, what, colour in (("pulses", "synapses pulsed", 1),
                              ("refreshes", "pairs refreshed", 2)):
        points = [[at, _since(before, after, key) / _since(before, after, "samples")]
                  for at, before, after in windows]
        if key == "pulses" or any(value for _, value in points):
            yield {"id": key, "section": "learning", "kind": "chart", "zero": True,
                   "y": f"{what} per sample", "series": [_series(what, colour, points)],
                   "title": f"{what.capitalize()} per sample against epoch", "caption": ""}


def _device_pulses(rows: Sequence[Timed]) -> Iterator[Part]:
    """Pulses on devices per sample, by kind, in every epoch."""
    counted = [(at, row) for at, row in rows if row.device_pulses is not None]
    yield from _per_sample("device pulses", "", {
        KINDS[name]: [[at, getattr(row, name) / row.samples] for at, row in counted]
        for name in DEVICE_PULSES})


def _costs(config: Config, rows: Sequence[Timed]) -> Iterator[Part]:
    """Energy and time of the array per sample, by kind of work, in every epoch."""
    of = prices(config)
    spent = [(at, row, costs) for at, row in rows if (costs := row.costs(of))]
    for key, what, unit in (("joules", "energy", "J"), ("seconds", "time", "s")):
        yield from _per_sample(what, unit, {
            kind: [[at, getattr(costs, key)[kind] / row.samples] for at, row, costs in spent]
            for kind in of or ()})


def _per_sample(what: str, unit: str, kinds: Mapping[str, Points]) -> Iterator[Part]:
    """A chart of amounts per sample, by kind; none if nothing is known."""
    series = [_series(kind, colour, points)
              for colour, (kind, points) in enumerate(kinds.items(), 1)
              if any(value for _, value in points)]
    if series:
        yield {"id": what.replace(" ", "-"), "section": "costs", "kind": "chart", "zero": True,
               "y": f"{what} per sample", "unit": unit, "series": series, "caption": "",
               "title": f"{what.capitalize()} per sample against epoch"}


def _maps(pairs: Conductances, full: int) -> Iterator[Part]:
    """The weights of a layer, and the conductances of its devices, as images."""
    layer, limit = pairs.layer, weight_limit(pairs.weight[:-1])
    for key, name, values, low, high in (
            ("weight", f"W = G⁺ {MINUS} G⁻", pairs.weight, -limit, limit),
            ("plus", "G⁺", pairs.plus, 0, full), ("minus", "G⁻", pairs.minus, 0, full)):
        what = f"{name} of layer {layer.number}"
        if reads_image(layer):
            image, note = units_mosaic(values[:-1]), ", an image for each unit."
        else:
            image, rows, columns = averaged(values[:-1].T)
            note = f", a row for each unit.{mean_of(rows, columns, 'synapses')}"
        yield {"id": f"layer-{layer.number}-{key}", "section": "maps", "kind": "map",
               "title": what, "rows": image.shape[0], "columns": image.shape[1],
               "square": reads_image(layer), "diverging": low < 0,
               "pixels": _pixels(image, low, high), "low": signed(low), "high": f"{high:,}",
               "caption": f"{signed(values.mean(), 1)}{in_siemens(pairs.unit, values.mean())} on "
                          f"average{note}"}


def _pixels(image: np.ndarray, low: int, high: int) -> str:
    """`image` as bytes in base64: 0 for NaN, otherwise 1 for `low` or less to 255 for `high`."""
    scaled = 1 + 254 * (np.clip(np.nan_to_num(image), low, high) - low) / (high - low)
    return base64.b64encode(np.where(np.isnan(image), 0, np.rint(scaled)).astype(np.uint8)
                            .tobytes()).decode()


def _link(progress: Progress) -> Part:
    rows = [(_LINK[name], f"{value:,}") for name, value in (progress.link or {}).items()
            if name in _LINK]
    octets = sum((progress.link or {}).get(name, 0) for name in ("bytes_sent", "bytes_received"))
    if progress.seconds:
        rows += [("bytes per second, both ways", f"{octets / progress.seconds:,.0f}")]
    return {"id": "link", "section": "link", "kind": "table", "rows": rows}


def _series(name: str, colour: int, points: Points) -> Part:
    return {"name": name, "colour": colour, "points": points}


def _windows(trail: Sequence[Point], samples: int) -> list[Window]:
    """The parts of `trail` that the curves show."""
    least = max(FEWEST, _since(trail[0], trail[-1], "samples") // WINDOWS)
    ends = [trail[0]]
    for point in trail[1:]:
        if _since(ends[-1], point, "samples") >= least:
            ends.append(point)
    return [(round(after.epoch + after.position / max(1, samples), 4), before, after)
            for before, after in pairwise(ends)]


def _since(before: Point, after: Point, name: str) -> int:
    """How much a count grew."""
    return (getattr(after, name) - getattr(before, name)) % 2**32


def _duration(seconds: float) -> str:
    """A time, such as "2 h 05 min"."""
    if seconds < 60:
        return f"{seconds:.0f}{SPACE}s"
    minutes = round(seconds / 60)
    return f"{minutes}{SPACE}min" if minutes < 60 else (
        f"{minutes // 60}{SPACE}h {minutes % 60:02}{SPACE}min")
