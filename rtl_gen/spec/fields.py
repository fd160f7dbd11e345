"""Checks of fields; their messages name what is allowed and the value: "must be …, not 12".

A field has its plain type and is annotated with its check: `seed: Annotated[int, integer(1, 9)]`.
"""

from collections.abc import Callable
from math import isfinite
from re import fullmatch
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pulsetrain.errors import shown


class Part(BaseModel):
    """A frozen, keyword-only piece of the configuration that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def refuse(allowed: str, value: object) -> PydanticCustomError:
    """An error that says what is allowed, and what was given."""
    return PydanticCustomError("refused", "must be {allowed}, not {value}",
                               {"allowed": allowed, "value": shown(value)})


def misfit(key: str, allowed: str, value: object) -> PydanticCustomError:
    """An error that only a check of several keys can find: it names its key itself."""
    return PydanticCustomError("misfit", "{key}: must be {allowed}, not {value}",
                               {"key": key, "allowed": allowed, "value": shown(value)})


def is_integer(value: object, low: int, high: int) -> bool:
    """Whether `value` is an integer (a bool is not) in `low`..`high`."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def integer(low: int, high: int) -> BeforeValidator:
    """An integer in `low`..`high`."""

    def check(value: Any) -> int:
        if not is_integer(value, low, high):
            raise refuse(f"an integer in {low}..{high}", value)
        return value

    return BeforeValidator(check)


def power_of_two(low: int, high: int) -> BeforeValidator:
    """A power of two in `low`..`high`."""

    def check(value: Any) -> int:
        if not is_integer(value, low, high) or value & (value - 1):
            raise refuse(f"a power of two in {low}..{high}", value)
        return value

    return BeforeValidator(check)


def real(low: float, high: float) -> BeforeValidator:
    """A number in `low`..`high`."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not (
                low <= value <= high):
            raise refuse(f"a number in {low}..{high}", value)
        return float(value)

    return BeforeValidator(check)


def reals(least: int, most: int) -> BeforeValidator:
    """A tuple of `least` to `most` finite numbers."""

    def check(value: Any) -> tuple[float, ...]:
        if not isinstance(value, (list, tuple)) or not least <= len(value) <= most or not all(
                isinstance(item, (int, float)) and not isinstance(item, bool) and isfinite(item)
                for item in value):
            raise refuse(f"a list of {least} to {most} finite numbers", value)
        return tuple(float(item) for item in value)

    return BeforeValidator(check)


def integers(low: int, high: int, *, at_most: int) -> BeforeValidator:
    """A tuple of up to `at_most` integers in `low`..`high`."""

    def check(value: Any) -> tuple[int, ...]:
        if (not isinstance(value, (list, tuple)) or len(value) > at_most
                or not all(is_integer(item, low, high) for item in value)):
            raise refuse(f"a list of at most {at_most} integers in {low}..{high}", value)
        return tuple(value)

    return BeforeValidator(check)


def per_layer(low: int, high: int) -> BeforeValidator:
    """An integer in `low`..`high` for all layers, or a list with one entry per layer."""

    def check(value: Any) -> int | tuple[int, ...]:
        if is_integer(value, low, high):
            return value
        if isinstance(value, (list, tuple)) and value and all(
                is_integer(item, low, high) for item in value):
            return tuple(value)
        raise refuse(f"an integer in {low}..{high}, or a list of them with one entry per layer",
                     value)

    return BeforeValidator(check)


Auto = Literal["auto"]
AUTO: Auto = "auto"
"""The value of a key that follows from the rest of the configuration, and its type."""


def or_auto(check: BeforeValidator) -> BeforeValidator:
    """What `check` allows, or `AUTO`."""

    def either(value: Any) -> Any:
        if value == AUTO:
            return value
        try:
            return cast(Callable[[Any], Any], check.func)(value)
        except PydanticCustomError as error:
            allowed = (error.context or {})["allowed"]
            raise refuse(f'{allowed}, or "{AUTO}"', value) from None

    return BeforeValidator(either)


class _Word:
    """The check of a `Literal` of words."""

    def __get_pydantic_core_schema__(self, source: Any,
                                     handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_one_of(get_args(source)),
                                                             handler(source))


def _one_of(words: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in words:
            raise refuse("one of " + ", ".join(f'"{word}"' for word in words), value)
        return value

    return check


WORD = _Word()
"""One of the words of a literal type: `Annotated[Literal["a", "b"], WORD]`."""


Share = Annotated[float, real(0.0, 1.0)]
"""A number in 0..1."""

Deviation = Annotated[float, real(0.0, 0.5)]
"""A standard deviation as a share of Gmax - Gmin; with 0.29 any conductance is equally likely."""


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise refuse("true or false", value)
    return value


Truth = Annotated[bool, BeforeValidator(_truth)]
"""True or false; numbers and texts are not accepted."""


def _name(value: Any) -> str:
    if not isinstance(value, str) or not fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", value):
        raise refuse("1 to 64 letters, digits, '_', '.' or '-', starting with a letter or digit",
                     value)
    return value


Name = Annotated[str, BeforeValidator(_name)]
"""The name of a configuration, which is also safe as a file name."""
