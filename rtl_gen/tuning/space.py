"""The search space: which keys of a configuration are searched, and between which values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any, Protocol

from pulsetrain.spec import Config
from pulsetrain.spec.fields import AUTO
from pulsetrain.spec.load import Setting, config_from_json

if TYPE_CHECKING:
    from optuna import Trial

SEARCHED = ("update.method", "device.conductance_bits", "numbers.forward_shift",
            "update.pulse_probability", "update.pulse_decay", "update.row_threshold",
            "update.delta_threshold")
"""The keys that are searched."""

_METHODS = ("unidirectional", "bidirectional")
_MOST_BITS = 12
_LEAST_PROBABILITY = 1 / 64
_LEAST_DECAY = 0.6
_FURTHEST = (3, 2)
"""How many factors of two R of the first layer, and of the others, may be from the automatic one's.
"""
_BY_HAND = ((-2, 0.7, 24), (0, 0.9, 24), (-2, 0.7, 2), (-1, 0.9, 24), (0, 0.9, 2), (-1, 0.9, 2))
"""What one would try by hand, with p = `_P_BY_HAND`: the power of two that R of the first layer is,
the decay r, and the delta threshold if X is 255."""
_P_BY_HAND = 1 / 4


class Range(Protocol):
    """The values of one parameter of the search."""

    def suggest(self, trial: Trial, name: str) -> Any:
        """Let Optuna choose a value."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Choice:
    values: tuple[str, ...]

    def suggest(self, trial: Trial, name: str) -> Any:
        return trial.suggest_categorical(name, self.values)


@dataclass(frozen=True, kw_only=True)
class _Integer:
    low: int
    high: int
    step: int = 1

    def suggest(self, trial: Trial, name: str) -> Any:
        return trial.suggest_int(name, self.low, self.high, step=self.step)


@dataclass(frozen=True, kw_only=True)
class _Real:
    low: float
    high: float
    log: bool = False

    def suggest(self, trial: Trial, name: str) -> Any:
        return trial.suggest_float(name, self.low, self.high, log=self.log)


@dataclass(frozen=True, kw_only=True)
class Space:
    """The parameters that are searched around `config`, except for the keys in `keep`.

    The parameter `range 1` is the exponent x of a factor 2^x on R, the range of the weights of the
    first layer, against that of the automatic `numbers.forward_shift`; `range 2` and so on belong
    to the other layers.
    """

    config: Config
    keep: frozenset[str] = frozenset()

    @property
    def ranges(self) -> dict[str, Range]:
        """The parameters by their names."""
        return {name: values for key, name, values in self._all() if key not in self.keep}

    @property
    def starts(self) -> list[dict[str, Any]]:
        """The parameters of the first trials, without repetitions.

        They are the automatic settings of the configuration's method and of the other one, and then
        for both what one would try by hand. A search that begins with them is seldom worse than
        what others find by hand.
        """
        methods: list[str] = [self.config.design.method]
        if "method" in self.ranges:
            methods += [method for method in _METHODS if method not in methods]
        automatic = [self._automatic(method) for method in methods]
        found: list[dict[str, Any]] = []
        for start in (*automatic, *(self._by_hand(one, *hand)
                                    for one in automatic for hand in _BY_HAND)):
            if start not in found:
                found.append(start)
        return found

    def config_of(self, parameters: Mapping[str, Any]) -> Config:
        """The configuration that `parameters` describe; what they leave out stays as it is."""
        known = {"method": "update.method", "conductance bits": "device.conductance_bits",
                 "gate p": "update.pulse_probability", "gate r": "update.pulse_decay",
                 "row threshold": "update.row_threshold",
                 "delta threshold": "update.delta_threshold"}
        settings: list[Setting] = [(key, parameters[name]) for name, key in known.items()
                                   if name in parameters]
        if "range 1" in parameters:
            automatic = self._with([*settings, ("numbers.forward_shift", AUTO)])
            shifts = [layer.forward_shift - parameters[f"range {layer.number}"]
                      for layer in automatic.design.layers]
            settings.append(("numbers.forward_shift", [max(0, min(31, x)) for x in shifts]))
        return self._with(settings)

    def _automatic(self, method: str) -> dict[str, Any]:
        """The automatic values with `method`, and otherwise those of the configuration."""
        config = self._with([("update.method", method)])
        design, gate = config.design, config.design.automatic.gate
        given = {
            "method": method,
            "conductance bits": design.conductance_bits,
            "gate p": max(_LEAST_PROBABILITY, gate.probability),
            "gate r": max(_LEAST_DECAY, gate.decay),
            "row threshold": design.layers[0].row_threshold,
            "delta threshold": design.layers[0].delta_threshold,
        }
        return {name: given.get(name, 0) for name in self.ranges}

    def _by_hand(self, automatic: Mapping[str, Any], power: int, decay: float,
                 threshold: int) -> dict[str, Any]:
        """One of `_BY_HAND`, as near as the space has it; the rest as in `automatic`."""
        layer = self.config_of(automatic).design.layers[0]
        factor = round(power - log2(layer.weight_range))
        most = self._most_delta_threshold
        by_hand = {
            "gate p": _P_BY_HAND, "gate r": decay,
            "range 1": max(-_FURTHEST[0], min(_FURTHEST[0], factor)),
            "delta threshold": min(most, round(threshold * self.config.numbers.full / 255)),
        }
        return {name: by_hand.get(name, value) for name, value in automatic.items()}

    @property
    def _most_delta_threshold(self) -> int:
        return min(self.config.numbers.delta_limit, self.config.numbers.full) // 2

    def _with(self, settings: list[Setting]) -> Config:
        return config_from_json(self.config.model_dump_json(), settings=settings,
                                source=self.config.name)

    def _all(self) -> Iterator[tuple[str, str, Range]]:
        """(key, parameter, its values)."""
        config = self.config
        refreshes = config.update.refresh_swaps or config.update.refresh_sigma
        if config.design.method in _METHODS and not refreshes:
            yield "update.method", "method", _Choice(values=_METHODS)
        if config.design.tabulated and config.design.conductance_bits < _MOST_BITS:
            yield ("device.conductance_bits", "conductance bits",
                   _Integer(low=config.design.conductance_bits, high=_MOST_BITS))
        for layer in config.design.layers:
            furthest = _FURTHEST[layer.number > 1]
            yield ("numbers.forward_shift", f"range {layer.number}",
                   _Integer(low=-furthest, high=furthest))
        yield ("update.pulse_probability", "gate p",
               _Real(low=_LEAST_PROBABILITY, high=1.0, log=True))
        yield "update.pulse_decay", "gate r", _Real(low=_LEAST_DECAY, high=1.0)
        full = config.numbers.full
        yield ("update.row_threshold", "row threshold",
               _Integer(low=full // 8, high=full - 1 - full // 8))
        yield ("update.delta_threshold", "delta threshold",
               _Integer(low=0, high=self._most_delta_threshold))
