"""The options of commands that train in worker processes or on a cluster."""

from pathlib import Path
from typing import Annotated

import typer

from pulsetrain.errors import USAGE
from pulsetrain.sweep import Tls

from .failure import CliError
from .output import Output

MOST_JOBS = 256

Jobs = Annotated[int | None, typer.Option(
    "--jobs", min=1, max=MOST_JOBS, metavar="N", show_default="one per core",
    help="Worker processes.")]
Scheduler = Annotated[str | None, typer.Option(
    "--scheduler", metavar="ADDRESS", show_default=False,
    help="Train on this dask cluster instead, such as tls://host:8786. Anyone who can reach "
         "its scheduler can run any code on it: see docs/how-to/sweeps.md.")]
TlsFolder = Annotated[Path | None, typer.Option(
    "--tls", metavar="DIR", show_default=False,
    help="Use TLS: both sides identify themselves by the files ca.pem, "
         "cert.pem and key.pem in DIR.")]


def check_workers(jobs: int | None, scheduler: str | None, tls: Path | None) -> None:
    """Check that the options fit together.

    Raises:
        CliError: they do not.
    """
    if tls and not scheduler:
        raise CliError("--tls is for a cluster: give --scheduler", USAGE)
    if jobs and scheduler:
        raise CliError("--jobs is for local worker processes: give --jobs or --scheduler, not both",
                       USAGE)


def read_tls(folder: Path | None, output: Output) -> Tls | None:
    """The TLS certificates and key in `folder`, if it is given; the files are recorded in
    `output`.

    Raises:
        CliError: one is missing.
    """
    if folder is None:
        return None
    files = [folder / name for name in ("ca.pem", "cert.pem", "key.pem")]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise CliError(f"--tls {folder}: the folder must hold {', '.join(missing)}", USAGE)
    output.reads += files
    authority, certificate, key = files
    return Tls(authority=authority, certificate=certificate, key=key)
