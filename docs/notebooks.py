"""Runs the notebooks of the tutorials and keeps what they print, and makes pages of them:

    python docs/notebooks.py
"""

import base64
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

TUTORIALS = Path(__file__).parent / "tutorials"
DRAWING = {"image/svg+xml": "svg", "image/png": "png"}
"""Kinds of drawings among the outputs, and the endings of their files."""


def notebooks() -> list[Path]:
    """The notebooks of the tutorials."""
    return sorted(TUTORIALS.glob("*.ipynb"))


def run(notebooks: Sequence[NotebookNode]) -> None:
    """Run all cells in place, in the folder of the tutorials. One kernel runs all notebooks, which
    do not see each other's names.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    cells = []
    for notebook in notebooks:
        cells += [new_code_cell("%reset -f"), *notebook.cells]
    together = new_notebook(cells=cells, metadata=notebooks[0].metadata)
    together.nbformat_minor = 4  # the last form in which cells need no random name
    NotebookClient(together, timeout=600, resources={"metadata": {"path": str(TUTORIALS)}},
                   record_timing=False, coalesce_streams=True).execute()
    for cell in cells:
        cell.pop("id", None)
        cell.metadata.clear()
        for output in cell.get("outputs", ()):
            if DRAWING.keys() & output.get("data", {}).keys():
                del output.data["text/plain"]  # the size of a figure, or an address in memory
    for notebook in notebooks:
        for number, cell in enumerate(
                (cell for cell in notebook.cells if cell.cell_type == "code"), 1):
            cell.execution_count = number


def page(notebook: NotebookNode, name: str) -> tuple[str, dict[str, bytes]]:
    """`notebook` as Markdown, and its drawings by the names of their files, which begin with
    `name`."""
    parts, drawings = [], {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            data = output.get("data", {})
            kind = next((kind for kind in DRAWING if kind in data), None)
            if kind:
                file = f"{name}-{len(drawings) + 1}.{DRAWING[kind]}"
                content = data[kind]
                drawings[file] = (content.encode() if DRAWING[kind] == "svg"
                                  else base64.b64decode(content))
                parts.append(f"![A drawing of the cell above]({file})")
            else:
                text = output.get("text") or data["text/plain"]
                parts.append(f"```text\n{text.rstrip()}\n```")
    parts.insert(1, f"This page is a notebook: [`{name}.ipynb`]({name}.ipynb) runs in Jupyter, in "
                    "the folder `docs/tutorials` ([what you need](index.md)).")
    return "\n\n".join(parts) + "\n", drawings


def main() -> None:
    read = {path: nbformat.read(path, 4) for path in notebooks()}
    run([*read.values()])
    for path, notebook in read.items():
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
