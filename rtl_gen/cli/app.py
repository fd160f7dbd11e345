"""The command as a whole: its sub-commands, and one clear message for every failure."""

import logging
import platform
import shlex
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pulsetrain import __version__
from pulsetrain.errors import DEFECT, FAILED, INTERRUPTED, USAGE, PulsetrainError, cut
from pulsetrain.files import clear_leftovers

from .commands import Commands
from .failure import CliError, defect_message, message_of, show_error
from .interrupt import clear_interrupt
from .logs import begin_logging, end_logging

_LOG = logging.getLogger(__name__)

UsageError = typer.BadParameter.__base__
ClickException = UsageError.__base__
"""What Typer raises for a wrong command line; it does not export them."""

app = typer.Typer(name="pulsetrain", cls=Commands, add_completion=False,
                  rich_markup_mode="rich", pretty_exceptions_enable=False,
                  context_settings={"help_option_names": ["-h", "--help"]})


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pulsetrain {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True, help="""
    Neural-network hardware that learns: from one configuration to verified Verilog.

    A configuration is a built-in name ({names}), a TOML file, or a folder that
    [bold]generate[/bold] wrote.

    [bold]Begin with[/bold]  pulsetrain demo

    [bold]Then[/bold]  pulsetrain train digits --checkpoint digits.npz

    pulsetrain generate digits -o digits-engine

    pulsetrain verify digits-engine --samples 200

    [bold]Log[/bold]  pulsetrain -v --log run.log run digits --port virtual --samples 50
    """)
def pulsetrain(
    context: typer.Context,
    version: Annotated[bool, typer.Option(
        "--version", help="Show the version and exit.", callback=_show_version,
        is_eager=True)] = False,
    verbosity: Annotated[int, typer.Option(
        "-v", count=True, metavar="", show_default=False,
        help="Log to standard error: programs started, files, sessions with a board. -vv also "
             "logs every frame of the serial link.")] = 0,
    log: Annotated[Path | None, typer.Option(
        "--log", metavar="FILE", show_default=False,
        help="Log everything to FILE: a new file, or the log of an earlier command.")] = None,
) -> None:
    """Begin logging; without a command, show the help."""
    begin_logging(verbosity, log)
    if _LOG.isEnabledFor(logging.INFO):
        _LOG.info("pulsetrain %s, Python %s, %s: %s", __version__, platform.python_version(),
                  platform.platform(), shlex.join(context.obj))
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(USAGE)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command with `arguments` (by default those of the process), and exit.

    Exit status: 0 success; 1 the work failed, such as a comparison that found a difference;
    2 an input or an option cannot be used; 3 a defect of Pulsetrain itself; 130 interrupted.
    """
    clear_leftovers()
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if "" in arguments:
            raise CliError(f"argument {[*arguments].index('') + 1} is empty: is a variable of the "
                           "shell not set?", USAGE)
        status = app(arguments, prog_name="pulsetrain", standalone_mode=False,
                     obj=arguments) or 0
        if status == INTERRUPTED:  # Typer's answer to Ctrl-C
            warnings.simplefilter("ignore")  # about objects that now remain incomplete
            show_error("interrupted")
        sys.stdout.flush()
    except Exception as error:
        status = _failed(error)
    if status == INTERRUPTED:
        clear_interrupt()
    _LOG.info("ended with exit status %d", status)
    end_logging()
    sys.exit(status)


def _failed(error: Exception) -> int:
    """Show one message that says why the command failed; returns the exit status."""
    match error:
        case PulsetrainError():
            show_error(message_of(error))
            return error.status
        case ClickException():
            words = (cut(word) for word in error.format_message().split())
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "pulsetrain"
            show_error(f"{' '.join(words)} (`{path} --help` shows what is allowed)")
            return USAGE
        case BrokenPipeError():
            show_error("the standard output was closed")
            return FAILED
        case OSError():
            show_error(message_of(error))
            return USAGE
        case MemoryError():
            show_error("there is not enough memory for this")
            return FAILED
    show_error(defect_message(error))
    return DEFECT
