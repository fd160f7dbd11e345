"""Flow: the steps of a build, from Verilog to a placed design, in one folder."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pulsetrain import emit
from pulsetrain.files import write_atomically

from .families import FAMILIES
from .family import Part
from .floorplan import Sites
from .pack import pack
from .place import Placement, check_fits, check_tools, place
from .progress import Progress, activity
from .report import REPORT
from .synthesis import Netlist, synthesise

BITSTREAM = "pulsetrain"
"""Name of the bitstream's file, without its suffix."""

SYNTHESIS = "synthesis"
"""The folder of synthesis."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The steps of one build for `part` in `folder`.

    `progress` is told each step as it begins, and what its program is doing; each run of a program
    may take `limit` seconds. `seconds` has the finished steps.

    The methods raise:
        OSError: the folder cannot be written.
        fpga.tools.ToolMissingError: a program is not installed.
        fpga.tools.TimeLimitError: a program takes longer than `limit` seconds.
        fpga.place.DoesNotFitError: the part is too small.
        fpga.tools.ToolFailedError: a program ended with an error, or its log reports a conflict.
    """

    part: Part
    folder: Path
    progress: Progress
    limit: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        """Check the programs, create the folder, and remove the report and bitstream of an earlier
        build: they must not remain if this one fails."""
        check_tools(self.part)
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in (self.folder / REPORT, *_bitstreams(self.folder)):
            file.unlink(missing_ok=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell the step `name`, and note the seconds that it takes, in all its runs."""
        self.progress(name, "")
        start = time.perf_counter()
        yield
        self.seconds[name] = round(
            self.seconds.get(name, 0) + time.perf_counter() - start, 1)

    def synthesise(self, top: str, separate: str) -> Netlist:
        """Synthesise the module `top` of the file with its name; see `synthesise`."""
        with self.step("synthesise"):
            netlist = synthesise(self.folder / f"{top}.v", top, self.part.family,
                                 self.folder / SYNTHESIS, separate=separate,
                                 watch=self._watch("synthesise"), limit=self.limit)
            check_fits(netlist, self.part)
        return netlist

    def place(self, netlist: Netlist, clock: float, seed: int,
              constraints: Path | None = None, sites: Sites | None = None) -> Placement:
        """Place and route `netlist` with one seed; see `place`."""
        name = f"place and route, seed {seed}"
        with self.step(name):
            return place(netlist, self.part, clock, seed, self._seed_folder(seed),
                         constraints=constraints, sites=sites, watch=self._watch(name),
                         limit=self.limit)

    def pack(self, seed: int, folder: Path) -> Path:
        """Make the bitstream of the placement of `seed`, in `folder`; returns its file."""
        with self.step("pack"):
            packed = pack(self.part, self._seed_folder(seed))
            bitstream = folder / f"{BITSTREAM}{packed.suffix}"
            write_atomically(bitstream, packed.read_bytes())
        return bitstream

    def _watch(self, step: str) -> Callable[[str], None]:
        def watch(log: str) -> None:
            if words := activity(log):
                self.progress(step, words)

        return watch

    def _seed_folder(self, seed: int) -> Path:
        return self.folder / f"seed-{seed}"


def files_of_flow(folder: Path) -> list[Path]:
    """All files that any build writes or removes in `folder`, and the folder itself."""
    return [folder, *(folder / name for name in (*emit.output_names(), REPORT, SYNTHESIS)),
            *_bitstreams(folder)]


def _bitstreams(folder: Path) -> list[Path]:
    return [folder / f"{BITSTREAM}.{family.packer.suffix}" for family in FAMILIES.values()
            if family.packer]
