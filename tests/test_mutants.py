"""Mutants of the engine are caught, or explained one by one (see `docs/explanation/mutants.md`)."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import equality
import examination
import pytest
from equality import proven_equal
from examination import examine
from faults import compare_engine, fault_config
from further import examine_further
from mutants import Mutant, make_mutants, most_cycles
from mutation import SELECTOR, combined
from native import Library, NativeSimulation

from pulsetrain.emit import TOP, VERILOG, generate
from pulsetrain.formats import engine as formats
from pulsetrain.sim.engine import SimulatedEngine, Simulation
from pulsetrain.spec import Config

COUNT = 30


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Mutants of one block that do no harm: the command matches, and the bit is not below
    `lowest`."""

    block: str
    pattern: str
    lowest: int
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        """Whether it explains `mutant`."""
        return (mutant.block == self.block and mutant.wire_bit >= self.lowest
                and re.search(self.pattern, mutant.command) is not None)


def explanations(config: Config) -> tuple[Explanation, ...]:
    """Every reason why a mutant may survive."""
    cycle_bits = most_cycles(config).bit_length()
    offset = formats.result(config)["cycles"].offset
    return (
        Explanation(block="sequencer", pattern=r"-wire sequencer\.", lowest=cycle_bits,
                    reason="no sample takes so many cycles; no other signal there is so wide"),
        Explanation(block="pulsetrain", pattern="-wire o_result__payload ",
                    lowest=offset + cycle_bits, reason="no sample takes so many cycles"),
        Explanation(block="events", pattern=r"const1 .*(-port WR_EN|-wire events\.write__en) ",
                    lowest=-1, reason="what is written past the end of a list is never read"),
        Explanation(block="events", pattern="-wire count ",
                    lowest=max(config.network.hidden).bit_length(),
                    reason="no hidden layer has so many units"),
        Explanation(block="output", pattern=r"-wire output\.largest -wirebit [0-4]$", lowest=-1,
                    reason="no two sums of which the larger decides the class are so near to each "
                    "other; the bench of the output has such sums, and ties"),
        Explanation(block="pulsetrain_refresh", lowest=-1,
                    pattern=r"cnot0 .*\$sub\$.* -port A -portbit 2 -ctrlbit 0",
                    reason="the higher state of a refresh is the last of six, 5: it is odd"),
        Explanation(block="events", lowest=-1,
                    pattern=r"-mode (inv|const0) .*\$and\$.* -wire events\S*\._11_ "
                            r"|-mode const0 .*\$or\$.* -wire events\._1[12]_ "
                            r"|-mode const0 .* -wire events\.sequencer__some_above ",
                    reason="no unit is listed yet in the cycle that closes the last group "
                    "below: the benches of the list and of the sequencer have it"),
        Explanation(block="backward", pattern="-wire backward.*layer", lowest=1,
                    reason="the lowest bit distinguishes the two layers that have deltas"),
    )


@pytest.fixture(scope="module")
def verilog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engine")
    generate(fault_config(), folder)
    return folder / VERILOG


@pytest.fixture(scope="module")
def mutants(verilog: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Mutant]:
    return make_mutants(verilog, tmp_path_factory.mktemp("mutants"), COUNT)


def test_mutants_are_in_every_block(mutants: list[Mutant]) -> None:
    assert len(mutants) == COUNT >= 20
    assert len({mutant.block for mutant in mutants}) >= 18
    assert len({mutant.verilog.read_text() for mutant in mutants}) == COUNT


@pytest.fixture(scope="module")
def engine_of(mutants: list[Mutant]) -> Iterator[Callable[..., SimulatedEngine]]:
    """What makes a mutant, given its number, from one compiled design of all; 0 is the engine
    itself."""
    folder = mutants[0].verilog.parent
    library = Library(combined(folder, [mutant.command for mutant in mutants]), TOP, folder)
    with closing(NativeSimulation(library, SELECTOR)) as simulation:
        yield lambda number, hostile_seed=None: SimulatedEngine(
            fault_config(), None, "icarus", hostile_seed=hostile_seed, simulation=simulation,
            top=str(number))


def test_the_engine_itself_passes_the_examination(
        engine_of: Callable[..., SimulatedEngine]) -> None:
    assert examine(partial(engine_of, 0)) is None


def test_it_passes_the_further_one(engine_of: Callable[..., SimulatedEngine]) -> None:
    """Mutants of the long run are tried with it."""
    assert examine_further(partial(engine_of, 0)) is None


def test_it_passes_a_short_one_with_unknown_levels_too(verilog: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled design has two levels, Icarus four."""
    monkeypatch.setattr(examination, "ROUNDS", 1)
    monkeypatch.setattr(examination, "SAMPLES", 20)
    with Simulation(verilog, "icarus", tops=[TOP]) as simulation:
        assert examine(lambda seed: SimulatedEngine(
            fault_config(), None, "icarus", hostile_seed=seed, simulation=simulation)) is None


def test_only_an_equivalent_engine_is_proven_equivalent(mutants: list[Mutant],
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equality, "ATTEMPTS", 2)
    assert proven_equal(mutants[0].verilog.parent, ["", mutants[0].command]) == [True, False]


@pytest.mark.parametrize("number", range(COUNT))
def test_mutant_is_caught_or_explained(engine_of: Callable[..., SimulatedEngine],
                                       mutants: list[Mutant], number: int) -> None:
    mutant, make = mutants[number], partial(engine_of, number + 1)
    report = compare_engine(make())
    if not report.equal:
        assert report.first_divergence is not None
        return
    # An examination takes longer than all the rest.
    assert (any(explanation.fits(mutant) for explanation in explanations(fault_config()))
            or examine(make)
            or any(proven_equal(mutant.verilog.parent, [mutant.command]))), (
        f"survives in {mutant.block}: {mutant.command}\nMake `verify` or tests/examination.py see "
        "it, or explain it in tests/test_mutants.py and docs/explanation/mutants.md.")
