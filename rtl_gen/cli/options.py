"""The options that several sub-commands share, and what they mean."""

import logging
from math import isfinite
from pathlib import Path
from re import fullmatch
from typing import Annotated

import typer

from pulsetrain.boards.board import Board as FpgaBoard
from pulsetrain.boards.registry import BOARDS, PROCESSOR_BOARDS
from pulsetrain.data import SOURCES, DataSet, data_files
from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.errors import USAGE, shown
from pulsetrain.face.hardware import PLACED, choice_for
from pulsetrain.face.hardware import find_board as board
from pulsetrain.face.inputs import data_for
from pulsetrain.fpga.family import Part as FpgaPart
from pulsetrain.spec import Config, builtin_names, load_config
from pulsetrain.spec.lanes import AUTO, USUAL, USUAL_MOST, Choice
from pulsetrain.spec.parts import MOST_EPOCHS, MOST_LANES

from .failure import CliError
from .output import Output

_LOG = logging.getLogger(__name__)

__all__ = ["board"]

MOST_SAMPLES = 1_000_000
"""Most training samples to simulate or measure at once: all of them are held in memory."""

RESOURCE_NAMES = {"lut4": "LUT4", "lut6": "LUT6", "ff": "flip-flops", "block_ram": "block RAMs",
                  "dsp": "multipliers", "spram": "single-port RAMs"}
"""Display names of a part's resources."""

Source = Annotated[str, typer.Argument(
    metavar="CONFIG", show_default=False,
    help=f"A built-in configuration ({', '.join(builtin_names())}), a TOML file, or a folder that "
         "`pulsetrain generate` wrote.")]
Data = Annotated[str | None, typer.Option(
    "--data", metavar="NAME", show_default="from the configuration",
    help=f"Data set: {SOURCES}.")]
Lanes = Annotated[str | None, typer.Option(
    "--lanes", metavar="N|auto", show_default="from the configuration",
    help=f"Synapses processed per cycle, 1 to {MOST_LANES}; auto: as few as give the fewest cycles "
         f"that {USUAL_MOST} lanes can give. What is learned does not depend on it.")]
Settings = Annotated[list[str] | None, typer.Option(
    "--set", metavar="KEY=VALUE", show_default=False,
    help="Change one value of the configuration, such as update.method=bidirectional or "
         "network.hidden=[64,32]. Can be given several times.")]
Json = Annotated[Path | None, typer.Option(
    "--json", metavar="FILE", show_default=False,
    help="Write the figures to FILE as JSON; - is the standard output.")]
Epochs = Annotated[int | None, typer.Option(
    "--epochs", min=0, max=MOST_EPOCHS, metavar="N", show_default="from the configuration",
    help="Epochs of the whole run, including those before --resume. 0 only makes the initial "
         "state.")]
Samples = Annotated[int | None, typer.Option(
    "--samples", min=1, max=2**62, metavar="N", show_default="all",
    help="Stop after this many training samples.")]
Validation = Annotated[int | None, typer.Option(
    "--validation", min=0, max=2**62, metavar="N", show_default="0",
    help="Hold out the last N training samples, and report accuracy on them separately.")]
CheckpointFile = Annotated[Path | None, typer.Option(
    "--checkpoint", metavar="FILE", show_default=False,
    help="Write the state here: within an epoch, after every epoch and at the end (.npz).")]
RunFolder = Annotated[Path | None, typer.Option(
    "--run", metavar="DIR", show_default=False,
    help="Write checkpoint.npz, history.json and progress.json here, also within an epoch; "
         "`pulsetrain report` plots them, `pulsetrain watch` follows them.")]
Figures = Annotated[Path | None, typer.Option(
    "--figures", metavar="DIR", show_default=False,
    help="Also write every figure into this folder, as vectors for a paper: NAME.svg and "
         "NAME.pdf.")]
Open = Annotated[bool, typer.Option(
    "--open", help="Open the page in the browser.")]
Resume = Annotated[Path | None, typer.Option(
    "--resume", metavar="FILE", show_default=False, help="Continue from this checkpoint.")]
Wear = Annotated[bool, typer.Option(
    "--wear", help="Count the pulses on every device, and keep them in the checkpoint; a resumed "
                   "training goes on counting. device.endurance says how many a device survives.")]
Engine = Annotated[str, typer.Option(
    "--engine", metavar="NAME",
    help="compiled, or numpy: the golden model itself, many times slower. Both learn the same "
         "bits.")]
Part = Annotated[str | None, typer.Option(
    "--part", metavar="NAME", show_default="ecp5-85f",
    help=f"FPGA to place the engine on without a board: {', '.join(PLACED)}.")]
Board = Annotated[str | None, typer.Option(
    "--board", metavar="NAME", show_default=False, help=f"Board: {', '.join(BOARDS)}.")]
BuiltBoard = Annotated[str | None, typer.Option(
    "--board", metavar="NAME", show_default=False,
    help=f"Board: {', '.join((*BOARDS, *PROCESSOR_BOARDS))}.")]
BoardLanes = Annotated[str | None, typer.Option(
    "--lanes", metavar="N|auto", show_default="auto with --board, else from the configuration",
    help=f"Synapses processed per cycle, 1 to {MOST_LANES}; auto: the fewest cycles that fit on "
         "the board or the part, with as few lanes as give them. What is learned does not depend "
         "on it.")]
Simulator = Annotated[str, typer.Option(
    "--simulator", metavar="NAME",
    help="icarus, verilator, native (Verilator with no Python in the clock loop: by far the "
         "fastest), amaranth (needs nothing but Python), or auto: icarus if it is installed, "
         "otherwise amaranth.")]


def finite(value: float | None) -> float | None:
    """`value`, if it is finite or None.

    Raises:
        typer.BadParameter: it is not finite.
    """
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"must be a finite number, not {value}")
    return value


def configuration(source: str, lanes: str | None, settings: list[str] | None, output: Output,
                  choice: Choice = USUAL) -> Config:
    """The configuration that the options select; its files are recorded in `output`.

    Raises:
        spec.ConfigError: it cannot be used.
        CliError: --lanes is not a number.
    """
    if lanes not in (None, AUTO) and not fullmatch("[0-9]{1,9}", lanes):
        raise CliError(f"--lanes must be a number or auto, not {shown(lanes)}", USAGE)
    lanes_setting = [] if lanes is None else [
        ("engine.lanes", lanes if lanes == AUTO else int(lanes))]
    loaded = load_config(source, settings=[*(settings or []), *lanes_setting], files=output.reads,
                         choice=choice)
    if _LOG.isEnabledFor(logging.INFO):
        _LOG.info("loaded the configuration %s from %s: digest of the engine %s, of what it learns "
                  "%s", loaded.name, source, engine_digest(loaded), learning_digest(loaded))
    return loaded


def board_configuration(source: str, board: FpgaBoard | None, lanes: str | None,
                        settings: list[str] | None, output: Output,
                        part: FpgaPart | None = None) -> Config:
    """The configuration that the options select. Without a number of lanes, those for `board` are
    automatic; automatic lanes are chosen for `board` or `part`, if one is given.

    Raises:
        spec.ConfigError: it cannot be used.
        CliError: --lanes is not a number.
        fpga.fit.NoRoomError: not even one lane fits.
    """
    set_lanes = any(setting.replace(" ", "").startswith("engine.lanes=")
                    for setting in settings or [])
    if board and lanes is None and not set_lanes:
        lanes = AUTO
    return configuration(source, lanes, settings, output, choice_for(board, part))


def samples(name: str | None, config: Config, output: Output) -> DataSet:
    """The data set `name`, otherwise the one that `config` names, checked to fit; its files are
    recorded in `output`.

    Raises:
        DataError: none is named, or it cannot be used.
    """
    data = data_for(config, name)
    output.reads += data_files(data.name)
    return data
