"""The report of a build: the entries of `report.json` that other commands read."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from pulsetrain.errors import PulsetrainError, cut, printable, shown
from pulsetrain.files import MEBIBYTE, read_bytes

REPORT = "report.json"


class NotBuiltError(PulsetrainError, ValueError):
    """A folder contains no report of a build, or the report of another build."""


class ReachedClock(BaseModel):
    """One clock of a build, in MHz."""

    achieved_mhz: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class BuildReport(BaseModel):
    """A build of the engine `digest`; `board`, `bitstream`, and the rate of its line, `baud`, are
    None for a build without a board.

    The file `bitstream` is in the folder of the report.
    """

    digest: str
    clocks: dict[str, ReachedClock] = {}
    board: str | None = None
    baud: Annotated[int, Field(ge=1)] | None = None
    bitstream: Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")] | None = None

    @property
    def slowest(self) -> float | None:
        """MHz of the slowest clock; None if the report contains no clock."""
        return min((clock.achieved_mhz for clock in self.clocks.values()), default=None)


def read_report(folder: Path) -> BuildReport:
    """The report of the build in `folder`.

    Raises:
        NotBuiltError: there is none, or it is not valid.
    """
    path = folder / REPORT
    if not path.is_file():
        raise NotBuiltError(f"{folder}: the folder holds no {REPORT}; `pulsetrain build` writes "
                            "one")
    content = read_bytes(path, "report of a build", NotBuiltError, limit=MEBIBYTE)
    try:
        return BuildReport.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise NotBuiltError(f"{path}: is not a valid report of a build: {key + ': ' if key else ''}"
                            f"{cut(printable(first['msg']), 200)}, not {shown(first['input'])}"
                            ) from None
