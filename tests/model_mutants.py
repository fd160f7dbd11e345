"""Mutants of the golden model: edits by cosmic-ray, tried with the tests that specify the model.

    pip install cosmic-ray
    cosmic-ray init tests/model_mutants.toml SESSION
    python tests/model_mutants.py SESSION --choose 300
    python tests/model_mutants.py SESSION

The last command continues where it stopped, and shows a table; so does `cr-report SESSION`. Unlike
`cosmic-ray exec`, it edits no file, and each mutant is tried in a process that has most libraries
loaded.
"""

import argparse
import ast
import importlib.util
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from itertools import zip_longest
from pathlib import Path
from types import CodeType

import hypothesis.strategies
import numba
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult
from forked import fails

import pulsetrain.data
import pulsetrain.device
import pulsetrain.spec.load

LOADED = (numba, hypothesis.strategies, pulsetrain.data, pulsetrain.device, pulsetrain.spec.load)
"""What every process needs, and what is no part of the model."""

ROOT = Path(__file__).parents[1]
SEED = 1

TESTS = ("test_golden", "test_order", "test_noise", "test_energy", "test_plain", "test_formula",
         "test_device_corners", "test_device_variation", "test_generator")
"""What specifies the model, those first that find most."""

FIRST = {"generator": "test_order", "order": "test_order", "energy": "test_energy",
         "cycles": "test_formula", "formula": "test_formula"}
"""What a mutant of a file is tried with first, if it is not `test_golden`."""

LEFT_OUT = ("digits_learn", "any_configuration", "detected", "layers_are_independent", "commands",
            "page", "thousands", "80_columns", "figures_are_null")
"""Tests that take long, show that a plain model with a mistake is detected, or run commands, which
conftest.py loads."""

SECONDS = 30
"""A mutant with which the tests take more processor time is caught."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("session")
    parser.add_argument("--choose", type=int, metavar="N",
                        help="keep about N mutants, the same number of every file that has as many")
    parser.add_argument("--all-tests", action="store_true",
                        help="also run the long tests, and try only survivors")
    options = parser.parse_args()
    with use_db(options.session, WorkDB.Mode.open) as session:
        if options.choose:
            choose(session, options.choose)
        else:
            run(session, again=options.all_tests)
        print(table(session))


def mutated(item: WorkItem) -> tuple[Path, str]:
    """A file of the model, and its text after the edit."""
    edit, = item.mutations
    path = ROOT / edit.module_path
    operator = get_operator(edit.operator_name)(**edit.operator_args)
    return path, mutate_code(path.read_text(encoding="utf-8"), operator, edit.occurrence)


def choose(session: WorkDB, count: int) -> None:
    """Keep `count` mutants, chosen from all files in turn; none that changes only types, or that
    Python cannot read."""
    kept = []
    for item in in_turn(session.work_items):
        path, text = mutated(item)
        with suppress(SyntaxError):
            if _untyped(text) != _untyped(path.read_text(encoding="utf-8")):
                kept.append(item)
        if len(kept) == count:
            break
    session.clear()
    session.add_work_items(kept)


def in_turn(items: Iterable[WorkItem]) -> list[WorkItem]:
    """The same mutants, in random order, of all files in turn."""
    files: dict[str, list[WorkItem]] = {}
    for item in items:
        files.setdefault(str(item.mutations[0].module_path), []).append(item)
    for chosen in files.values():
        chosen.sort(key=lambda item: (item.mutations[0].start_pos, item.mutations[0].operator_name,
                                      item.mutations[0].occurrence))
        random.Random(SEED).shuffle(chosen)
    return [item for turn in zip_longest(*(files[name] for name in sorted(files)))
            for item in turn if item]


def _untyped(text: str) -> str:
    """A module without its annotations."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if getattr(node, name, None):
                setattr(node, name, ast.Constant(None))
    return ast.dump(tree)


def run(session: WorkDB, *, again: bool) -> None:
    """Try every mutant that was not tried; or those that survived, with more tests."""
    survivors = {job for job, result in session.results
                 if result.test_outcome == TestOutcome.SURVIVED}
    left = ([item for item in session.work_items if item.job_id in survivors] if again
            else in_turn(session.pending_work_items))
    if not left:
        return
    if _fails(None, TESTS, again):
        raise RuntimeError("the tests fail without a mutant")
    for item in left:
        mutant = mutated(item)
        first = FIRST.get(mutant[0].stem, "test_golden")
        fails = _fails(mutant, [first], again) or _fails(mutant, TESTS, again)
        session.set_result(item.job_id, WorkResult(
            worker_outcome=WorkerOutcome.NORMAL, output="", diff=_difference(item),
            test_outcome=TestOutcome.KILLED if fails else TestOutcome.SURVIVED))
        if not fails:
            print(_difference(item), flush=True)


def _difference(item: WorkItem) -> str:
    """The lines that the edit changes."""
    path, text = mutated(item)
    pairs = zip(path.read_text(encoding="utf-8").splitlines(), text.splitlines(), strict=False)
    return f"{path.name} {item.mutations[0].operator_name}\n" + "".join(
        f"-{old}\n+{new}\n" for old, new in pairs if old != new)


class _Loader(SourceFileLoader):
    """Loads a module from another text than that of its file."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec", dont_inherit=True)


class _Finder:
    """Finds one module of the golden model, with another text."""

    def __init__(self, path: Path, text: str) -> None:
        self._name = f"pulsetrain.golden.{path.stem}"
        self._path, self._text = str(path), text

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(
            name, self._path, loader=_Loader(name, self._path, self._text))


def _fails(mutant: tuple[Path, str] | None, tests: Sequence[str], with_long: bool) -> bool:
    """Whether a test fails with a mutant, or takes too long, in a process of its own."""
    def prepare() -> None:
        if mutant:
            sys.meta_path.insert(0, _Finder(*mutant))
        # Nobody reads the example that fails, so none is made smaller.
        hypothesis.settings.register_profile("quick", phases=[hypothesis.Phase.generate])
        hypothesis.settings.load_profile("quick")

    chosen = [] if with_long else ["--noconftest", "-k", f"not ({' or '.join(LEFT_OUT)})"]
    files = [str(ROOT / "tests" / f"{name}.py") for name in tests]
    return fails(["-xq", "--assert=plain", "-p", "no:cacheprovider", f"--rootdir={ROOT}",
                  *chosen, *files], prepare, SECONDS)


def table(session: WorkDB) -> str:
    """What became of the mutants, by file, as a table in Markdown."""
    results = dict(session.results)
    counts: dict[str, Counter[str]] = {}
    for item in session.work_items:
        result = results.get(item.job_id)
        outcome = "left" if result is None else "survive" if (
            result.test_outcome == TestOutcome.SURVIVED) else "caught"
        for name in (item.mutations[0].module_path.stem, "all"):
            counts.setdefault(name, Counter())[outcome] += 1
    rows = ["| file | mutants | caught | survive | left |", "|---" * 5 + "|"]
    for name, found in sorted(counts.items(), key=lambda entry: (entry[0] == "all", entry[0])):
        rows.append(f"| `{name}` | {found.total()} | {found['caught']} | {found['survive']} | "
                    f"{found['left']} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
