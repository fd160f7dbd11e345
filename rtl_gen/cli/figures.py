"""The files of --figures: every figure of a page, as SVG and as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pulsetrain.extras import need
from pulsetrain.files import check_folder, write_atomically

from .output import Output

if TYPE_CHECKING:
    from pulsetrain.report.plot import Plot


class Figures:
    """Writes figures into `folder`, which is created if it is missing; None writes none.

    Existing files of the same names are replaced, all others are left alone.

    Raises:
        ExtraMissingError: matplotlib is not installed.
        OSError: `folder` cannot be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        if folder:
            need("report", "--figures")
            check_folder(folder)

    def files(self, plots: Sequence[Plot]) -> dict[Path, tuple[Plot, str]]:
        """The files of `plots`, each with its figure and its format."""
        if not self._folder:
            return {}
        from pulsetrain.report.plot import FORMATS

        return {self._folder / f"{plot.name}.{image}": (plot, image)
                for plot in plots for image in FORMATS}

    def write(self, output: Output, plots: Sequence[Plot]) -> None:
        """Write the files of `plots`, and show where.

        Raises:
            OSError: a file cannot be written.
        """
        if not self._folder:
            return
        from pulsetrain.report.plot import FORMATS
        from pulsetrain.report.words import count

        self._folder.mkdir(parents=True, exist_ok=True)
        with output.progress() as progress:
            for path, (plot, image) in progress.track(self.files(plots).items(),
                                                      description="figures"):
                write_atomically(path, plot.image(image))
        output.console.print(f"Wrote {count(len(plots), 'figure')} to {self._folder}, each as "
                             f"{' and '.join(f'.{image}' for image in FORMATS)}: "
                             f"{', '.join(plot.name for plot in plots)}.", soft_wrap=True)
