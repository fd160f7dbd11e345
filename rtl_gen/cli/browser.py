"""Opening a page in the user's browser."""

import webbrowser

from .output import Output


def open_browser(address: str, output: Output) -> None:
    """Open `address` in the browser, or say that there is none."""
    if not webbrowser.open(address):
        output.console.print(f"No browser was found: open {address}", soft_wrap=True)
