"""`pulsetrain watch`: a page that follows a running training."""

from __future__ import annotations

import asyncio
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from pulsetrain.errors import FAILED, INTERRUPTED, USAGE
from pulsetrain.extras import need
from pulsetrain.processes import python, running

from . import options
from .browser import open_browser
from .failure import CliError
from .interrupt import SIGNALS
from .output import Output


def watch(
    context: typer.Context,
    source: Annotated[str, typer.Argument(
        metavar="DIR|CONFIG", show_default=False,
        help="The folder that `pulsetrain train --run` or `run --run` writes; with --port, the "
             "configuration to train.")],
    port: Annotated[str | None, typer.Option(
        "--port", metavar="PORT", show_default=False,
        help="Start a training on the board at this port, as `pulsetrain run` does, and follow it; "
             "--run is needed.")] = None,
    folder: options.RunFolder = None,
    open_page: options.Open = False,
    page_port: Annotated[int, typer.Option(
        "--page-port", min=0, max=65535, metavar="N", show_default="a free one",
        help="Port of the page on this machine.")] = 0,
) -> None:
    """Serve a page, on this machine only, that follows a running training.

    It shows learning curves, pulses and refreshes, energy, conductances and weights as images, and
    the line to a board, while they change. The training, of the model or of a board, is that of
    another command with --run DIR; it may also begin later. With --port, this command starts the
    training on that board itself, because only one program can open a port: it then takes all
    options of `pulsetrain run`, after CONFIG.

    The address contains a random token: without it, the page cannot be opened. The command ends
    when the training ends. Ctrl-C ends the page, and a training that this command has started.

    [bold]Examples[/bold]

    pulsetrain watch first --open

    pulsetrain watch digits --port virtual --run second --epochs 3
    """
    output = Output(None)
    need("watch", "pulsetrain watch")
    if port is None:
        if context.args or folder:
            given = context.args[0] if context.args else "--run"
            raise CliError(f"{given} can only be given with --port, which starts a training", USAGE)
        followed, command = Path(source), None
    else:
        if not folder:
            raise CliError("--port needs --run DIR, the folder that the training writes", USAGE)
        followed = folder
        command = python("-m", "pulsetrain.cli", "run", source, "--port", port, "--run",
                         str(folder), *context.args)
    if followed.exists() and not followed.is_dir():
        raise CliError(f"{followed}: is not a folder; `pulsetrain report {followed}` shows a file",
                       USAGE)
    asyncio.run(_watch(followed, command, page_port, open_page, output))


async def _watch(folder: Path, command: list[str] | None, page_port: int, open_page: bool,
                 output: Output) -> None:
    """Serve the page of the training in `folder`, which the `command` does if one is given.

    Raises:
        CliError: the training has failed, or this was interrupted.
    """
    from pulsetrain.watch import Follower, PageServer

    with ExitStack() as resources:
        process = resources.enter_context(running(command)) if command else None
        follower = Follower(folder, (lambda: process.poll() is None) if process else None)
        if not process and follower.look(states=False) and follower.over:
            output.console.print(f"No training runs in {folder}: the last one has ended. "
                                 f"`pulsetrain report {folder} --open` shows it.", soft_wrap=True)
            return
        server, stop = PageServer(follower, page_port), asyncio.Event()

        def interrupt() -> None:
            if process:  # it ends after the samples in progress, and its page with it
                process.send_signal(signal.SIGINT)
            else:
                stop.set()

        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, interrupt)
        output.console.print(f"The page is {server.url}", soft_wrap=True)
        if open_page:
            await asyncio.to_thread(open_browser, server.url, output)
        watched = await server.serve(stop)
        if process and process.wait():
            raise typer.Exit(process.returncode)
    if stop.is_set():
        raise CliError("interrupted: the training continues", INTERRUPTED)
    if watched and watched.failed:
        raise CliError(f"the training in {folder} has ended, but not at its end: it failed, or its "
                       "process was killed", FAILED)
    output.console.print(f"The training has ended. `pulsetrain report {folder} --open` shows it.",
                         soft_wrap=True)
