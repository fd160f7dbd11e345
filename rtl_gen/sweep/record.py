"""Record: what a sweep trained, in a JSON file beside its table, for the page of the sweep."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from pulsetrain.device import learning_digest
from pulsetrain.errors import cut
from pulsetrain.files import MEBIBYTE, read_text, write_atomically
from pulsetrain.spec import Config, ConfigError, load_config
from pulsetrain.spec.fields import Part
from pulsetrain.spec.measurement import file_name

from .file import Sweep, sweep_text, value_text
from .task import Task
from .trials import TableError, Trial

_BYTES = 64 * MEBIBYTE

Grid = tuple[tuple[str, str], ...]
"""A point of a grid: dotted keys and their values, as texts."""


class RecordedPoint(Part):
    """One case at one point of its grid, as the table holds them.

    `settings` are those that it adds to the configuration, in their order: dotted key to value, as
    texts. `digests` has the learning digest of every seed.
    """

    case: str
    model: str
    grid: dict[str, str]
    settings: dict[str, str]
    digests: dict[str, str]

    def holds(self, trial: Trial) -> bool:
        """Whether `trial` was trained with these settings."""
        return ((self.case, self.model) == (trial.case, trial.model)
                and self.digests.get(str(trial.seed)) == trial.digest
                and all(trial.grid.get(key) == value for key, value in self.grid.items()))


class Record(Part):
    """A sweep as it was trained: the name of its `file` or of the built-in sweep, its `text`, the
    configuration that its cases change (None if it is not complete without them), and its points in
    the order of the file."""

    file: str
    text: str
    config: Config | None
    points: tuple[RecordedPoint, ...]


def record_path(table: Path) -> Path:
    """The file of the record of the sweep whose table is `table`."""
    return table.with_suffix(".sweep.json")


def record_of(source: str, sweep: Sweep, tasks: Sequence[Task]) -> Record:
    """The record of `sweep`, which was loaded from `source`, with its planned `tasks`."""
    digests: dict[tuple[str, Grid], dict[str, str]] = {}
    for task in tasks:
        by_seed = digests.setdefault((task.case, task.grid), {})
        by_seed[str(task.config.seed)] = learning_digest(task.config)
    cases = {case.name: case for case in sweep.cases}
    points = []
    for (name, grid), by_seed in digests.items():
        case = cases[name]
        settings = {key: value_text(value) for key, value in (*sweep.set, *case.set)}
        settings |= {key: value for key, value in grid if value}
        points.append(RecordedPoint(case=name, model=case.model, grid=dict(grid),
                                    settings=settings, digests=by_seed))
    return Record(file=file_name(source), text=sweep_text(source), config=_config(sweep),
                  points=tuple(points))


def _config(sweep: Sweep) -> Config | None:
    try:
        return load_config(sweep.config)
    except ConfigError:
        return None


def write_record(path: Path, record: Record) -> None:
    """Write `record` to `path`, atomically.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(path, (record.model_dump_json(indent=1) + "\n").encode())


def read_record(path: Path) -> Record:
    """The record in the file `path`.

    Raises:
        TableError: it cannot be read, or is not a record.
    """
    text = read_text(path, "record of a sweep", TableError, limit=_BYTES)
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise TableError(f"{path}: is not the record of a sweep: {cut(key)}: {cut(first['msg'])}; "
                         "remove it, and `pulsetrain sweep` writes it again") from None
