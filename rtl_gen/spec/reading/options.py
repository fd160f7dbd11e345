"""What the user says about a file of measured points: the section `[device.reading]`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from ..fields import WORD, Part, Truth, integer, misfit, real, refuse
from .units import UNIT_NAMES, Unit, unit_named

MOST_COLUMNS = 4096
"""Most columns of a file."""


def _is_column(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return 1 <= value <= MOST_COLUMNS
    return isinstance(value, str) and bool(value.strip())


def _column(value: Any) -> int | str:
    if not _is_column(value):
        raise refuse("a column: its name, or its number from 1", value)
    return value


def _columns(value: Any) -> tuple[int | str, ...]:
    values = value if isinstance(value, list | tuple) else (value,)
    if not values or not all(map(_is_column, values)):
        raise refuse('columns: a name, a number from 1, a range such as "2-5", or a list of them',
                     value)
    return tuple(values)


def _unit(value: Any) -> str:
    if not isinstance(value, str) or unit_named(value) is None:
        raise refuse(f"a unit: {UNIT_NAMES}", value)
    return value


def _split(value: Any) -> str | tuple[int, int]:
    if value == "turns":
        return "turns"
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(
            isinstance(count, int) and not isinstance(count, bool) and 1 <= count <= 10**6
            for count in value):
        raise refuse('"turns", or [pulses up, pulses down] such as [50, 50]', value)
    return value[0], value[1]


def _range(value: Any) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(
            isinstance(end, int | float) and not isinstance(end, bool) for end in value) or not (
                0 <= value[0] < value[1] <= 1e3):
        raise refuse("[lowest, highest] conductance in siemens, such as [1e-7, 1e-6]", value)
    return float(value[0]), float(value[1])


def _file_names(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else (value,)
    if not all(isinstance(name, str) and name for name in values):
        raise refuse("the name of a file, or a list of names", value)
    return tuple(values)


ColumnName = Annotated[int | str, BeforeValidator(_column)]
ColumnNames = Annotated[tuple[int | str, ...], BeforeValidator(_columns)]
FileNames = Annotated[tuple[str, ...], BeforeValidator(_file_names)]


class Reading(Part):
    """How to read a file of measured points; everything that is left out is recognised.

    A column is given by its name or its number from 1, several as a list or a range "2-5".
    """

    ltp: ColumnNames | None = None
    """Columns of values while potentiating."""
    ltd: ColumnNames | None = None
    """Columns of values while depressing."""
    value: ColumnNames | None = None
    """Columns of values whose direction is in the column `curve`, or found by `split`."""
    split: Annotated[Literal["turns"] | tuple[int, int], BeforeValidator(_split)] | None = None
    """"turns" finds where one series of readings turns from potentiation to depression; [50, 50]
    says after how many pulses."""
    pulse: ColumnName | None = None
    """The column of pulse numbers; "rows" counts rows instead."""
    curve: ColumnName | None = None
    """The column that says whether a row is of potentiation or of depression."""
    cycle: ColumnName | None = None
    """The column that names the cycle of a row."""
    device: ColumnName | None = None
    """The column that names the device of a row."""
    step: ColumnName | None = None
    """The column of the change by one pulse, in a table of steps over conductance."""
    columns: Annotated[Literal["cycles", "devices"], WORD] | None = None
    """Whether several columns of one curve are "cycles" of one device or "devices"."""
    files: Annotated[Literal["cycles", "devices"], WORD] | None = None
    """The same for the files `more`."""
    more: FileNames = ()
    """Further files beside `device.file`."""
    ltd_file: Annotated[str, BeforeValidator(lambda value: _file_names(value)[0])] | None = None
    """The file of depression, if `device.file` holds potentiation only."""
    ltd_reversed: Truth = False
    """Whether the pulse numbers of depression count back, as NeuroSim draws it."""
    unit: Annotated[str, BeforeValidator(_unit)] | None = None
    """The unit of the values."""
    read_voltage: Annotated[float, real(-1e3, 1e3)] | None = None
    """Makes conductances of currents. Unit: volt."""
    sign: Annotated[Literal["absolute"], WORD] | None = None
    """"absolute" takes values without their sign."""
    range: Annotated[tuple[float, float], BeforeValidator(_range)] | None = None
    """Lowest and highest value, for the unit "relative". Unit: siemens."""
    skip: Annotated[int, integer(0, 10**6)] = 0
    """Lines to leave out first. Unit: line."""
    header: Annotated[int, integer(0, 2)] | None = None
    """Rows of names. Unit: row."""
    delimiter: Annotated[Literal[",", ";", "tab", "space"], WORD] | None = None
    """The character between columns."""
    decimal: Annotated[Literal[".", ","], WORD] | None = None
    """The character before decimals."""
    sheet: ColumnName | None = None
    """The sheet of a workbook, by name or number."""

    @model_validator(mode="after")
    def _fits(self) -> "Reading":
        if self.more and self.files is None:
            raise misfit("files", '"cycles" or "devices": what the files of `more` are', None)
        if self.value and (self.ltp or self.ltd):
            raise misfit("value", "left out if ltp or ltd name the columns", list(self.value))
        if self.split and (self.ltp or self.ltd or self.curve):
            raise misfit("split", "left out if ltp, ltd or curve say which curve a value belongs "
                         "to", self.split)
        if self.step and (self.ltp or self.ltd):
            raise misfit("step", "given together with value, not with ltp or ltd", self.step)
        if self.range and self.unit != "relative":
            raise misfit("range", 'left out unless unit is "relative"', list(self.range))
        if self.read_voltage == 0:
            raise misfit("read_voltage", "a voltage other than 0", 0)
        return self

    @property
    def given_unit(self) -> Unit | None:
        """The unit that the user gave."""
        return unit_named(self.unit) if self.unit else None
