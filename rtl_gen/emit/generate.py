"""Generate: write all the files made from a configuration into a folder."""

import json
from pathlib import Path

from pulsetrain.files import write_atomically
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.spec import Config

from .manifest import TOP, make_manifest
from .verilog import emit_verilog

FILES = VERILOG, MANIFEST, CONFIGURATION = "pulsetrain.v", "manifest.json", "config.json"


def generate(config: Config, folder: Path) -> dict:
    """Write `pulsetrain.v`, `manifest.json` and `config.json` into `folder`; returns the manifest.

    The folder is created if it is missing. Each file is written completely or not at all.

    Raises:
        OSError: the folder cannot be created or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(config)
    manifest = make_manifest(config, engine)
    contents = {
        VERILOG: emit_verilog(engine, TOP),
        MANIFEST: json.dumps(manifest, indent=2) + "\n",
        CONFIGURATION: config.model_dump_json(indent=2) + "\n",
    }
    for name, text in contents.items():
        write_atomically(folder / name, text.encode())
    return manifest
