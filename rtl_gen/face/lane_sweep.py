"""What engines with different numbers of lanes cost, before anything is generated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pulsetrain.boards.board import Board
from pulsetrain.fpga.families import PARTS
from pulsetrain.fpga.family import Part
from pulsetrain.fpga.fit import best_lanes, expected_mhz, shortage, with_section
from pulsetrain.spec import Config
from pulsetrain.spec.lanes import choices
from pulsetrain.spec.parts import MOST_LANES

from .estimation import Training, resources_on, trained
from .hardware import build_target, check_megahertz
from .inputs import ArgumentError, ConfigSource, DataSource, load_config
from .picture import Picture


@dataclass(frozen=True, kw_only=True)
class LaneRow:
    """The engine with one number of lanes.

    `groups`: of each layer. `cycles`, `ideal_cycles`: mean of a training sample, predicted and if
    every lane were always busy. `resources`: name of the resource -> estimated use. `short`: the
    resources that the part has too few of. `megahertz`: the clock that was given, otherwise the one
    that the estimate expects; whether it can be met or not.
    """

    lanes: int
    groups: tuple[int, ...]
    cycles: float
    ideal_cycles: float
    resources: dict[str, int]
    short: tuple[str, ...]
    megahertz: float

    @property
    def fits(self) -> bool:
        """Whether it fits on the part."""
        return not self.short

    @property
    def efficiency(self) -> float:
        """Ideal over predicted cycles."""
        return self.ideal_cycles / self.cycles

    @property
    def samples_per_second(self) -> float:
        """Training samples per second of the core."""
        return self.megahertz * 1e6 / self.cycles


@dataclass(frozen=True, kw_only=True)
class LaneSweep:
    """The same network with different numbers of lanes on one part.

    Attributes:
        config: the configuration; its number of lanes is one of the rows.
        board: the board whose bitstream is estimated; None if only a part is known.
        part: the part.
        megahertz: the clock of all rows; None if each has the one that the estimate expects.
        cycles_from: the samples whose cycles were counted, in words.
        auto: the number of lanes that "auto" chooses; None if not even one lane fits.
        rows: by number of lanes, from the lowest on.
    """

    config: Config
    board: Board | None
    part: Part
    megahertz: float | None
    cycles_from: str
    auto: int | None
    rows: tuple[LaneRow, ...]

    @property
    def target(self) -> str:
        """The name of the board, otherwise of the part."""
        return self.board.name if self.board else self.part.name

    def figures(self) -> dict[str, Any]:
        """The sweep for scripts: what `pulsetrain estimate --sweep-lanes --json` writes."""
        return {
            "config": self.config.name,
            **({"board": self.board.name} if self.board else {}),
            "part": self.part.name,
            "clock_mhz": self.megahertz,
            "cycles_from": self.cycles_from,
            "auto": self.auto,
            "lanes": [{
                "lanes": row.lanes,
                "groups": list(row.groups),
                "cycles_per_sample": {"ideal": row.ideal_cycles, "predicted": row.cycles},
                "efficiency": row.efficiency,
                "resources": row.resources,
                "short_of": list(row.short),
                "clock_mhz": row.megahertz,
                "samples_per_second": row.samples_per_second,
            } for row in self.rows],
        }

    @property
    def picture(self) -> Picture:
        """Samples per second, look-up tables and block RAMs over lanes."""
        from .lane_plot import draw

        return Picture(partial(draw, self))


def sweep_lanes(config: ConfigSource, data: DataSource | None = None, *,
                board: Board | str | None = None, part: Part | str | None = None,
                clock: float | None = None,
                progress: Callable[[str, int, int], None] = lambda step, done, total: None,
                ) -> LaneSweep:
    """Estimate the engine with every number of lanes worth having, and with every power of two.

    Training does not depend on lanes, so its samples are computed once. Arguments and errors are
    those of `estimation.estimate`; without board and part, the part is "ecp5-85f". `clock` is in
    MHz; None: the one that the estimate expects of each engine; it must be given for a part of
    which the estimate expects none. `progress` is called with a step, what is done of it, and its
    total.
    """
    on_board, on_part = build_target(board, part, PARTS)
    if clock is not None:
        check_megahertz(clock)
    loaded = load_config(config)
    if clock is None and expected_mhz(loaded, on_part) is None:
        raise ArgumentError(f"--clock must be given: no clock of {on_part.name} has been measured")
    training = trained(loaded, data, partial(progress, "training"))
    counts, rows = _lanes(loaded), []
    for lanes in counts:
        rows.append(_row(loaded, lanes, on_part, clock, training))
        progress("lanes", len(rows), len(counts))
    return LaneSweep(config=loaded, board=on_board, part=on_part, megahertz=clock,
                     cycles_from=training.source, auto=best_lanes(loaded, on_part),
                     rows=tuple(rows))


def _lanes(config: Config) -> list[int]:
    widest = max(layer.outputs for layer in config.design.layers)
    most = min(MOST_LANES, 1 << (widest - 1).bit_length())
    powers = {1 << bit for bit in range(most.bit_length())}
    return sorted({*choices(config.network), *powers, config.engine.lanes})


def _row(config: Config, lanes: int, part: Part, megahertz: float | None,
         training: Training) -> LaneRow:
    engine = with_section(config, "engine", lanes=lanes)
    cycles, ideal = training.cycles(engine)
    expected = expected_mhz(engine, part)
    return LaneRow(
        lanes=lanes, groups=tuple(layer.groups for layer in engine.design.layers), cycles=cycles,
        ideal_cycles=ideal,
        resources={name: used for name, (used, _) in resources_on(part, engine).items()},
        short=tuple(shortage(engine, part)), megahertz=megahertz or expected or 0.0)
