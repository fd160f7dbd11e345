"""Picture: a drawing that a notebook shows and that can be saved."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulsetrain.files import write_atomically

from .inputs import ArgumentError

FORMATS = ("png", "svg", "pdf")


def image_format(file: str | Path) -> str:
    """The format that the ending of `file` names.

    Raises:
        ArgumentError: it is not one of `FORMATS`.
    """
    image = Path(file).suffix[1:].lower()
    if image not in FORMATS:
        raise ArgumentError(f"a drawing must be a file that ends in .{', .'.join(FORMATS)}, not "
                            f"{Path(file).name!r}")
    return image


@dataclass(frozen=True)
class Picture:
    """A drawing; `draw` gives its bytes in one of `FORMATS`. A notebook shows it by itself."""

    draw: Callable[[str], bytes]

    def save(self, file: str | Path) -> None:
        """Write it to `file`, whose ending names the format: .png, .svg or .pdf.

        Raises:
            ArgumentError: `file` has another ending.
            OSError: `file` cannot be written.
        """
        write_atomically(Path(file), self.draw(image_format(file)))

    def _repr_svg_(self) -> str:
        return self.draw("svg").decode()
