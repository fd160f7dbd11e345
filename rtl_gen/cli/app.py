"""The command as a whole: its sub-commands, and one clear message for everything that fails."""

import sys
import warnings
from collections.abc import Sequence
from typing import Annotated

import typer

from rtl_gen import __version__
from rtl_gen.data import DataError
from rtl_gen.run import CheckpointError, HistoryError
from rtl_gen.spec import ConfigError

from .area import area
from .bench import bench
from .board import board
from .build import build
from .demo import demo
from .devices import devices
from .doctor import doctor
from .estimate import estimate
from .failure import INTERRUPTED, USAGE, Failure, show_error
from .generate import generate
from .program import program
from .report import report
from .run import run as run_on_board
from .sweep import sweep
from .train import train
from .verify import verify

app = typer.Typer(name="pulsetrain", no_args_is_help=True, add_completion=False,
                  rich_markup_mode="rich", pretty_exceptions_enable=False,
                  context_settings={"help_option_names": ["-h", "--help"]})

for command in (demo, train, sweep, report, generate, verify, estimate, build, area,
                bench, program, board, doctor):
    app.command()(command)
app.command("run")(run_on_board)
app.add_typer(devices, name="devices")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pulsetrain {__version__}")
        raise typer.Exit


@app.callback()
def pulsetrain(version: Annotated[bool, typer.Option(
        "--version", help="Show the version and exit.", callback=_show_version,
        is_eager=True)] = False) -> None:
    """Neural-network hardware that learns: from one configuration to verified Verilog.

    A configuration is a built-in name (digits, mnist-small, mnist, mnist-64), a TOML file, or a
    folder that [bold]generate[/bold] wrote.

    [bold]Begin with[/bold]  pulsetrain demo

    [bold]Then[/bold]  pulsetrain train digits --checkpoint digits.npz

    pulsetrain generate digits -o digits-engine

    pulsetrain verify digits-engine --samples 200
    """


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command with `arguments` (by default those of the process), and exit.

    Exit status: 0 success; 1 the work failed, as where a comparison found a difference;
    2 something given cannot be used; 130 interrupted.
    """
    try:
        app(arguments, prog_name="pulsetrain")
    except Failure as error:
        show_error(str(error))
        sys.exit(error.status)
    except (ConfigError, DataError, CheckpointError, HistoryError) as error:
        show_error(str(error))
        sys.exit(USAGE)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        show_error(f"{place}{error.strerror or error}")
        sys.exit(USAGE)
    except SystemExit as error:
        if error.code == INTERRUPTED:
            warnings.simplefilter("ignore")  # of what now remains half made
            show_error("interrupted")
        raise
