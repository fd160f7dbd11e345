"""Child processes, which import nothing from the working folder, and end with their parent."""

from .child import kill, python, run, running

__all__ = ["kill", "python", "run", "running"]
