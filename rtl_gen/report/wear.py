"""Figures of wear: pulses on every device, as a histogram and as maps of the array."""

from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import EngFormatter, NullFormatter

from pulsetrain.run import Wear
from pulsetrain.spec import Layer

from .plot import INK, SERIES, Plot, drawing
from .weights import averaged, label_matrix, mean_of
from .words import count, percent

_BINS = 50


def wear_plot(counts: Sequence[np.ndarray], wear: Wear) -> Plot:
    """The devices of every layer by their pulses; `counts[l]` has shape (2, N + 1, M)."""
    with drawing("wear") as canvas:
        edges = np.linspace(0, max(1, wear.most), min(_BINS, max(1, wear.most)) + 1)
        for number, (layer, colour) in enumerate(
                zip(counts, SERIES * len(counts), strict=False), 1):
            devices, _ = np.histogram(layer, edges)
            canvas.axes.stairs(devices, edges, color=colour, linewidth=1.4,
                               label=f"layer {number}")
        if wear.endurance is not None and wear.endurance <= wear.most:
            canvas.axes.axvline(wear.endurance, color=INK, linestyle="--", linewidth=1,
                                label="endurance")
        canvas.axes.set_yscale("log")
        canvas.axes.set_ylim(bottom=0.7)
        canvas.axes.yaxis.set_major_formatter("{x:,.0f}")
        canvas.axes.yaxis.set_minor_formatter(NullFormatter())
        canvas.axes.xaxis.set_major_formatter(EngFormatter())
        canvas.axes.set_xlabel("pulses on a device")
        canvas.axes.set_ylabel("devices")
        canvas.legend()
        caption = (f"{wear.pulses:,} pulses on {count(wear.devices, 'device')}, "
                   f"{wear.mean:,.1f} on average. The most, {wear.most:,}, are on device "
                   f"{wear.device} at row {wear.row}, column {wear.column} of layer {wear.layer}.")
        if wear.beyond is not None:
            caption += (f" {percent(wear.beyond)} of the devices are beyond their endurance of "
                        f"{wear.endurance:,.0f} pulses.")
        return canvas.plot("Histogram of the pulses on each device", caption)


def wear_map(layer: Layer, counts: np.ndarray) -> Plot:
    """Where the pulses of `layer` are: those on both devices of every pair, with the bias line as
    the last input; `counts` has shape (2, N + 1, M)."""
    pairs = counts.sum(axis=0)
    matrix, rows, columns = averaged(pairs.T)
    with drawing(f"wear-{layer.number}", height=3.2) as canvas:
        image = canvas.axes.imshow(
            matrix, cmap="viridis", vmin=0, vmax=max(1.0, float(np.nanmax(matrix))), aspect="auto",
            interpolation="none", extent=(-0.5, layer.rows - 0.5, layer.outputs - 0.5, -0.5))
        bar = canvas.figure.colorbar(image, ax=canvas.axes, orientation="horizontal", aspect=40,
                                     pad=0.03, label="pulses on a pair", format=EngFormatter())
        bar.outline.set_visible(False)
        label_matrix(canvas.axes, layer, "input; the last is the bias line")
        mean = mean_of(rows, columns, "pairs")
        return canvas.plot(
            f"Pulses on the pairs of layer {layer.number} as an image",
            f"Layer {layer.number}: pulses on both devices of every pair, "
            f"{pairs.mean():,.1f} on average, {pairs[-1].mean():,.1f} on the bias line; "
            f"{percent((pairs == 0).mean())} of the pairs have none.{mean}")
