"""How the columns of a table become pixels, and its labels become classes."""

from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from .fields import Part, misfit, reals, refuse

MOST_COLUMNS = 4096
_LONGEST = 1000


def _texts(value: Any) -> tuple[str, ...]:
    if (not isinstance(value, (list, tuple)) or not 1 <= len(value) <= MOST_COLUMNS
            or not all(isinstance(item, str) and len(item) <= _LONGEST for item in value)
            or len(set(value)) != len(value)):
        raise refuse(f"a list of 1 to {MOST_COLUMNS} different texts of at most {_LONGEST} "
                     "characters", value)
    return tuple(value)


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Scaling(Part):
    """How the columns of a table (csv:FILE) become pixels (docs/how-to/data.md); by default it
    follows from the table itself.

    A value v of a column becomes the pixel floor(255 (v - low) / (high - low) + 1/2), clamped to
    0..255; 0 if `low` and `high` are equal.
    """

    columns: Texts
    """The columns that are inputs, in their order."""
    low: Annotated[tuple[float, ...], reals(1, MOST_COLUMNS)]
    """The value of each column that becomes 0. Unit: that of the column."""
    high: Annotated[tuple[float, ...], reals(1, MOST_COLUMNS)]
    """The value of each column that becomes 255. Unit: that of the column."""
    labels: Texts
    """The label of each class."""

    @model_validator(mode="after")
    def _matches(self) -> "Scaling":
        for key in ("low", "high"):
            if len(getattr(self, key)) != len(self.columns):
                raise misfit(f"training.scaling.{key}", f"a list of {len(self.columns)} numbers, "
                             "one for each of the columns", list(getattr(self, key)))
        for column, low, high in zip(self.columns, self.low, self.high, strict=True):
            if not low <= high:
                raise misfit("training.scaling.high", f"at least {low} for the column {column!r}, "
                             "whose low it is", high)
        return self
