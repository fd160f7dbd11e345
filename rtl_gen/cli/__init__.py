"""The `pulsetrain` command, one thin file a sub-command: parse, call, show."""

from .app import app, main

__all__ = ["app", "main"]
