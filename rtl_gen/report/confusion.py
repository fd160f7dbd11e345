"""The confusion matrix: which classes are mistaken for which others."""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgba

from .plot import Plot, drawing
from .words import count, percent

ANNOTATED = 20
"""Most classes whose counts are written into the figure."""

_RIGHT, _DIGIT = "#9cc5b3", "#1c1712"
"""Colours of the diagonal, where the class is right, and of the numbers in the cells."""


def confusion_plot(matrix: np.ndarray) -> Plot:
    """The confusion matrix (C, C) of the test samples, the true class first."""
    classes = len(matrix)
    wrong = np.where(np.eye(classes, dtype=bool), 0, matrix)
    with drawing("confusion", height=4.1) as canvas:
        axes = canvas.axes
        axes.imshow(_colours(wrong), interpolation="none")
        if classes <= ANNOTATED:
            size = 9 if classes <= 10 and matrix.max() < 10_000 else 6
            for true, given in np.argwhere(matrix).tolist():
                axes.text(given, true, str(matrix[true, given]), ha="center", va="center",
                          color=_DIGIT, fontsize=size)
            axes.set_xticks(range(classes))
            axes.set_yticks(range(classes))
        axes.set_xlabel("classified as")
        axes.set_ylabel("true class")
        axes.grid(False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        return canvas.plot("Confusion matrix of the test samples", _caption(matrix, wrong))


def _colours(wrong: np.ndarray) -> np.ndarray:
    """(C, C, 4): errors in orange, darker for more of them; transparent if there are none."""
    colours = colormaps["Oranges"](0.12 + 0.45 * wrong / max(1, wrong.max()))
    colours[wrong == 0] = 0
    colours[np.eye(len(wrong), dtype=bool)] = to_rgba(_RIGHT)
    return colours


def _caption(matrix: np.ndarray, wrong: np.ndarray) -> str:
    total, errors = int(matrix.sum()), int(wrong.sum())
    caption = (f"Of {count(total, 'test sample')}, {total - errors:,} "
               f"({percent(1 - errors / total)}) are classified correctly: the green diagonal.")
    if not errors:
        return f"{caption} There are no errors."
    true, given = (int(index) for index in np.unravel_index(wrong.argmax(), wrong.shape))
    of_class = matrix.sum(axis=1)
    recall = np.divide(matrix.diagonal(), of_class, out=np.ones(len(matrix)), where=of_class > 0)
    worst = int(recall.argmin())
    return (f"{caption} The most frequent of {count(errors, 'error')} is {true} taken for {given} "
            f"({count(int(wrong[true, given]), 'time')}); class {worst} is recognised least often "
            f"({percent(recall[worst])}).")
