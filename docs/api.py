"""The public names of `pulsetrain`, for mkdocstrings, which takes their texts from docstrings."""

import pulsetrain

_HEAD = "| name | what it is |\n"


def names() -> str:
    """The table of the package's docstring, then a section for each name, in Markdown."""
    listed = pulsetrain.__doc__.partition(_HEAD)[2].partition("\n\n")[0]
    public = sorted((name for name in pulsetrain.__all__ if not name.startswith("_")),
                    key=str.lower)
    return f"{_HEAD}|---|---|\n{listed.partition('|---|---|')[2].strip()}\n\n" + "".join(
        f"::: {_location(name)}\n\n" for name in public)


def _location(name: str) -> str:
    """Where mkdocstrings finds `pulsetrain.name`. It does not follow an editable install to `sim`,
    which it knows as a package of that name."""
    home = getattr(pulsetrain, name).__module__
    return f"{home.removeprefix('pulsetrain.')}.{name}" if home.startswith("pulsetrain.sim.") else (
        f"pulsetrain.{name}")
