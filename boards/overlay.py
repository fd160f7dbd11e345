"""Overlay: an engine beside the processor of a Zynq, as a project of Vivado with a block design."""

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from pulsetrain import emit
from pulsetrain.bus_map import DMA_CELL, ENGINE_CELL, RESET_CELL
from pulsetrain.files import write_atomically
from pulsetrain.fpga.build import Build
from pulsetrain.fpga.fit import check_estimate
from pulsetrain.fpga.flow import Flow, files_of_flow
from pulsetrain.fpga.progress import Progress
from pulsetrain.fpga.vivado import VIVADO
from pulsetrain.hdl.bus.batch_top import BatchTop
from pulsetrain.spec import Config

from .processor import ProcessorBoard
from .project import LOG, Project

DESIGN = emit.TOP
"""The name of the bitstream and of its reports."""

SCRIPT = Path(__file__).with_name("overlay.tcl")
"""The script of Vivado, with a `$name` for what differs."""

_BUS = "axi"
_AXI, _BATCH = f"{DESIGN}_{_BUS}", f"{DESIGN}_batch"
_SOURCES = tuple(f"{name}.v" for name in (DESIGN, _AXI, _BATCH))


@dataclass(frozen=True, kw_only=True)
class OverlayBuild(Build):
    """A finished build for `board`: the file `bitstream`, made by the `version` of Vivado."""

    board: ProcessorBoard
    bitstream: Path
    version: str

    @property
    def name(self) -> str:
        return self.board.name

    @property
    def tools(self) -> dict[str, str | None]:
        return {VIVADO.program.name: self.version}

    def details(self) -> dict[str, Any]:
        return {"board": self.board.name, "bitstream": self.bitstream.name}


def write_overlay(config: Config, board: ProcessorBoard, clock: float, folder: Path) -> None:
    """Write the Verilog of the engine of `config` behind AXI into `folder`, and the script that
    makes the bitstream of `board`, with `clock` MHz.

    Raises:
        OSError: it cannot be written.
    """
    emit.generate(config, folder, bus=_BUS)
    write_atomically(folder / f"{_BATCH}.v",
                     emit.emit_verilog(BatchTop(config, _AXI), _BATCH).encode())
    script = Template(SCRIPT.read_text(encoding="utf-8")).substitute(
        design=DESIGN, device=board.device, preset=board.preset, clock=f"{clock:g}", batch=_BATCH,
        sources=" ".join(_SOURCES),
        engine=ENGINE_CELL, dma=DMA_CELL, reset=RESET_CELL)
    write_atomically(folder / f"{DESIGN}.tcl", script.encode())


def build_overlay(config: Config, board: ProcessorBoard, *, clock: float, folder: Path,
                  progress: Progress = lambda step, activity: None,
                  limit: float | None = None) -> OverlayBuild:
    """Make the project of `board` with the engine of `config` in `folder`, and let Vivado build it.

    `clock` is in MHz. `progress` is told what is being done; Vivado may take `limit` seconds.

    Raises:
        OSError: the folder cannot be written.
        fpga.fit.NoRoomError: the board is too small, by the estimate; nothing is written.
        boards.project.BuiltElsewhereError: Vivado is not on this machine.
        fpga.tools.TimeLimitError: Vivado takes longer than `limit` seconds.
        fpga.tools.ToolFailedError: Vivado ended with an error.
    """
    check_estimate(config, board.part, board.name)
    project = Project(config=config, board=board.name, clock=clock, folder=folder, vendor=VIVADO,
                      design=DESIGN, sources=_SOURCES, details={"part": board.part.name})
    flow = Flow(part=board.part, folder=folder, progress=progress, limit=limit)
    with flow.step("generate"), project.writing():
        write_overlay(config, board, clock, folder)
    if not project.is_built:
        with flow.step(VIVADO.program.name):
            project.run(limit)
    placed, version = project.placement()
    built = OverlayBuild(config=config, part=board.part, target=clock, placements=(placed,),
                         seconds=flow.seconds, board=board, bitstream=project.bitstream,
                         version=version)
    built.write_report(folder)
    return built


def overlay_files(folder: Path) -> list[Path]:
    """What `build_overlay` writes to `folder`, except for what Vivado does."""
    return [*files_of_flow(folder), folder / f"{DESIGN}.{VIVADO.script}",
            *(folder / name for name in (*_SOURCES, LOG))]
