"""The synapses of a state: distributions of conductances and weights, and weights as images."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from pulsetrain.device.figure import second_axis
from pulsetrain.device.scale import unit_siemens
from pulsetrain.golden import State
from pulsetrain.golden.synapse import LayerSynapses
from pulsetrain.spec import Config, Layer
from pulsetrain.spec.units import unit_of

from .plot import DIVERGING, SERIES, Canvas, Plot, drawing
from .words import MINUS, TIMES, in_siemens, percent, signed

UNITS = 36
"""Most units whose incoming weights are shown as images."""

PIXELS = 256
"""Most rows and columns of a matrix shown as an image; a larger one is averaged."""

_BINS = 64


@dataclass(frozen=True, kw_only=True)
class Conductances:
    """The pairs of one layer, the bias line last: (N + 1, M) in units of the converter, each of
    `unit` siemens; None if unknown."""

    layer: Layer
    plus: np.ndarray
    minus: np.ndarray
    unit: float | None

    @property
    def weight(self) -> np.ndarray:
        """G+ - G-."""
        return self.plus - self.minus


def conductances(config: Config, state: State) -> Iterator[Conductances]:
    """The conductances of every layer in `state`."""
    unit = unit_siemens(config)
    for layer in config.design.layers:
        synapses = LayerSynapses(config, layer, state).all
        yield Conductances(layer=layer, plus=synapses.plus_devices.conductance(synapses.plus),
                           minus=synapses.minus_devices.conductance(synapses.minus),
                           unit=unit)


def conductance_plot(pairs: Conductances) -> Plot:
    """Histograms of G+ and G-."""
    number, both = pairs.layer.number, (pairs.plus, pairs.minus)
    low, high = min(map(np.min, both)), max(map(np.max, both))
    with drawing(f"layer-{number}-conductances") as canvas:
        for values, colour, label in zip(both, SERIES, ("G⁺", "G⁻"), strict=False):
            _draw_histogram(canvas.axes, values, low, high, colour, label)
        canvas.axes.set_xlabel("conductance (converter units)")
        canvas.axes.set_ylabel("devices")
        _add_siemens(canvas.axes, "conductance", pairs.unit, high)
        canvas.legend()
        described = "; ".join(
            f"G{sign} is {values.mean():.1f}{in_siemens(pairs.unit, values.mean())} on average, "
            f"{percent((values == low).mean())} of its devices at {low}"
            for sign, values in zip("⁺⁻", both, strict=True))
        return canvas.plot(
            f"Histogram of the conductances G+ and G- of layer {number}",
            f"Layer {number}, {pairs.plus.size:,} pairs: {described}. The highest conductance in "
            f"use is {high}{in_siemens(pairs.unit, high)}.")


def weight_plot(pairs: Conductances) -> Plot:
    """Histogram of W = G+ - G-."""
    number, weight = pairs.layer.number, pairs.weight
    with drawing(f"layer-{number}-weights") as canvas:
        limit = max(1, int(np.abs(weight).max()))
        _draw_histogram(canvas.axes, weight, -limit, limit, SERIES[2], "W")
        canvas.axes.set_xlabel(f"weight W = G⁺ {MINUS} G⁻ (converter units)")
        canvas.axes.set_ylabel("synapses")
        _add_siemens(canvas.axes, "weight", pairs.unit, limit)
        return canvas.plot(
            f"Histogram of the weights of layer {number}",
            f"Layer {number}: weights from {signed(weight.min())} to {signed(weight.max())}"
            f"{in_siemens(pairs.unit, weight.min(), weight.max())}, "
            f"{signed(weight.mean(), 2)} on average with a standard deviation of "
            f"{weight.std():.1f}; "
            f"{percent((weight == 0).mean())} of them are 0.")


def weight_map(pairs: Conductances) -> Plot:
    """The weights as images: one per unit if layer 1 reads a square image, else the matrix."""
    layer, weight = pairs.layer, pairs.weight[:-1]
    if reads_image(layer):
        return _units_plot(layer, weight, math.isqrt(layer.inputs), pairs.unit)
    return _matrix_plot(layer, weight, pairs.unit)


def reads_image(layer: Layer) -> bool:
    """Whether `layer` is the first and may read a square image, a pixel for each input."""
    side = math.isqrt(layer.inputs)
    return layer.number == 1 and side > 1 and side * side == layer.inputs


def units_mosaic(values: np.ndarray) -> np.ndarray:
    """The `values` (N, M) of N inputs, which are a square image, as images of the first `UNITS`
    units, row by row; NaN between them."""
    side, shown = math.isqrt(len(values)), min(UNITS, values.shape[1])
    columns = math.ceil(math.sqrt(shown))
    rows = math.ceil(shown / columns)
    gap = max(1, side // 12)
    mosaic = np.full((rows * (side + gap) - gap, columns * (side + gap) - gap), np.nan)
    for column in range(shown):
        top, left = (index * (side + gap) for index in divmod(column, columns))
        mosaic[top:top + side, left:left + side] = values[:, column].reshape(side, side)
    return mosaic


def _units_plot(layer: Layer, weight: np.ndarray, side: int, unit: float | None) -> Plot:
    shown = min(UNITS, layer.outputs)
    mosaic = units_mosaic(weight)
    height, width = mosaic.shape
    which = (f"the first {shown} of {layer.outputs}" if shown < layer.outputs
             else f"all {layer.outputs}")
    limit = weight_limit(weight[:, :shown])
    with drawing("layer-1-weight-map", height=4.1 * height / width + 0.7) as canvas:
        _draw_image(canvas, mosaic, limit, "equal", unit)
        canvas.axes.axis("off")
        return canvas.plot(
            f"Incoming weights of {which} units of layer 1 as images of {side} by {side} pixels",
            f"What the units of layer 1 look for: the weights from the {side} {TIMES} {side} "
            f"inputs to {which} units, row by row, without the bias. Red excites, blue inhibits; "
            f"colours end at ±{limit}{in_siemens(unit, limit)}.")


def _matrix_plot(layer: Layer, weight: np.ndarray, unit: float | None) -> Plot:
    matrix, rows, columns = averaged(weight.T)
    limit = weight_limit(matrix)
    with drawing(f"layer-{layer.number}-weight-map", height=3.2) as canvas:
        _draw_image(canvas, matrix, limit, "auto", unit,
                    extent=(-0.5, layer.inputs - 0.5, layer.outputs - 0.5, -0.5))
        label_matrix(canvas.axes, layer, "input")
        mean = mean_of(rows, columns, "synapses")
        return canvas.plot(
            f"Weight matrix of layer {layer.number} as an image",
            f"The weights from {layer.inputs:,} inputs to {layer.outputs:,} units of layer "
            f"{layer.number}, without the bias. Red excites, blue inhibits; colours end at "
            f"±{limit}{in_siemens(unit, limit)}.{mean}")


def label_matrix(axes: Axes, layer: Layer, inputs: str) -> None:
    """Label an image with a row for each unit of `layer`; `inputs` says what its columns are."""
    axes.set_xlabel(inputs)
    axes.set_ylabel("unit")
    if layer.outputs <= 12:
        axes.set_yticks(range(layer.outputs))
    axes.grid(False)


def mean_of(rows: int, columns: int, what: str) -> str:
    """The sentence of a caption that says how many values a pixel averages; empty for one."""
    return f" Each pixel is the mean of {rows} {TIMES} {columns} {what}." if (
        rows * columns > 1) else ""


def _draw_histogram(axes: Axes, values: np.ndarray, low: int, high: int, colour: str,
                    label: str) -> None:
    """Counts of the integers `values`, in bins of equal width from `low` to `high`."""
    width = max(1, -(-(high - low + 1) // _BINS))
    edges = np.arange(low, high + width + 1, width) - 0.5
    counts, _ = np.histogram(values, edges)
    axes.stairs(counts, edges, fill=True, color=colour, alpha=0.25)
    axes.stairs(counts, edges, color=colour, linewidth=1.4, label=label)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(bottom=0.7)


def _add_siemens(axes: Axes, what: str, unit: float | None, largest: int) -> None:
    """Add an axis of `what` at the top in siemens, if a converter unit is `unit` siemens; `largest`
    is the largest value on the axis at the bottom."""
    if unit is not None:
        size, name = unit_of(unit * largest)
        second_axis(axes, "top", unit / size, f"{what} ({name})")


def _draw_image(canvas: Canvas, values: np.ndarray, limit: int,
                aspect: Literal["equal", "auto"], unit: float | None, **settings: Any) -> None:
    image = canvas.axes.imshow(values, cmap=DIVERGING, vmin=-limit, vmax=limit, aspect=aspect,
                               interpolation="none", **settings)
    bar = canvas.figure.colorbar(image, ax=canvas.axes, orientation="horizontal", extend="both",
                                 aspect=40, pad=0.03, label="weight (converter units)")
    bar.outline.set_visible(False)
    _add_siemens(bar.ax, "weight", unit, limit)


def weight_limit(weight: np.ndarray) -> int:
    """The weight at which the colours end; 99 % are below, so that their colours differ visibly."""
    return max(1, math.ceil(np.percentile(np.abs(weight), 99)))


def averaged(matrix: np.ndarray) -> tuple[np.ndarray, int, int]:
    """(matrix of at most `PIXELS` rows and columns, rows and columns averaged into one)."""
    factors = [-(-size // PIXELS) for size in matrix.shape]
    padded = np.pad(matrix.astype(float), [(0, -size % factor) for size, factor in
                                           zip(matrix.shape, factors, strict=True)],
                    constant_values=np.nan)
    rows, columns = factors
    blocks = padded.reshape(padded.shape[0] // rows, rows, padded.shape[1] // columns, columns)
    return np.nanmean(blocks, axis=(1, 3)), rows, columns
