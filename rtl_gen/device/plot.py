"""The picture of a device that `pulsetrain devices show --plot` writes."""


from matplotlib.figure import Figure

from pulsetrain.spec import Config

from .describe import Description
from .drawing import Colours, DeviceDrawing
from .figure import drawing_in, image_of, showable

_COLOURS = Colours(up="#1f6fb4", down="#c8501e", tables="#333333", fit="#3a9a55")
_STYLE = {
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": "#e3e3e3", "grid.linewidth": 0.6, "axes.axisbelow": True,
    "font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "legend.frameon": False, "legend.fontsize": 8, "svg.hashsalt": "pulsetrain",
}


def draw(config: Config, description: Description, title: str, image: str) -> bytes:
    """The device of `config` without its variation, as a picture in the format `image`: "png",
    "svg" or "pdf".

    Left: conductance over potentiating and then depressing pulses. Middle: the step of a pulse over
    conductance. Right: the reading of every state, the curve, and the difference.
    """
    with drawing_in(_STYLE):
        figure = Figure(figsize=(13, 4.4), layout="constrained")
        figure.suptitle(showable(title), x=0.008, ha="left", fontsize=12, fontweight="bold")
        grid = figure.add_gridspec(2, 3, height_ratios=(3, 1), width_ratios=(1.35, 1, 1))
        drawing = DeviceDrawing(config, description, _COLOURS)
        pulses = figure.add_subplot(grid[:, 0], title="Conductance after each pulse")
        drawing.pulses(pulses)
        pulses.legend(loc="lower center")
        steps = figure.add_subplot(grid[:, 1], title="Step of one pulse")
        drawing.steps(steps, both_scales=False)
        steps.legend(loc="best")
        reading = figure.add_subplot(grid[0, 2], title="Reading of each state")
        drawing.reading(reading)
        reading.legend(loc="lower right")
        reading.set_xlabel("")
        reading.tick_params(labelbottom=False)
        drawing.error(figure.add_subplot(grid[1, 2], sharex=reading))
        return image_of(figure, image)
