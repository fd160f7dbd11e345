"""A headless Chromium, driven by the DevTools protocol."""

import base64
import itertools
import json
import re
import time
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect

from pulsetrain.processes import running

CHROMIUM = "chromium"
SECONDS = 120
"""How long a browser may take on a machine whose cores have other work."""


@contextmanager
def chromium(folder: Path):
    """A browser with its profile in `folder`."""
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-extensions", "--disable-background-networking",
               "--disable-dev-shm-usage", "--remote-debugging-port=0",
               f"--user-data-dir={folder}", "about:blank"]
    with (folder / "chromium.log").open("w+") as log, running(command, stdout=log, stderr=log):
        until, found = time.monotonic() + SECONDS, None
        while not found:
            assert time.monotonic() < until, (folder / "chromium.log").read_text()
            time.sleep(0.05)
            found = re.search(r"DevTools listening on (ws://\S+)",
                              (folder / "chromium.log").read_text())
        with connect(found[1], max_size=None, open_timeout=SECONDS) as line:
            yield Browser(line)


class Browser:
    """Commands over the `line` to a browser."""

    def __init__(self, line):
        self._line, self._numbers = line, itertools.count(1)
        self.events = []

    def command(self, method, session=None, **parameters):
        """The result of one command of the DevTools protocol."""
        number = next(self._numbers)
        self._line.send(json.dumps({"id": number, "method": method, "params": parameters}
                                   | ({"sessionId": session} if session else {})))
        while True:
            answer = json.loads(self._line.recv(timeout=SECONDS))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    @contextmanager
    def page(self, address, width=1280, *, dark=False):
        """The page at `address`, as wide as `width` pixels."""
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        session = self.command("Target.attachToTarget", targetId=target,
                               flatten=True)["sessionId"]
        shown = Page(self, session)
        shown.resize(width)
        shown.set_dark(dark)
        for domain in ("Log", "Runtime"):
            shown.command(f"{domain}.enable")
        shown.command("Page.navigate", url=address)
        try:
            yield shown
        finally:
            self.command("Target.closeTarget", targetId=target)


class Page:
    """One page of a `browser`."""

    def __init__(self, browser, session):
        self._browser, self._session = browser, session

    def command(self, method, **parameters):
        """The result of a command to this page."""
        return self._browser.command(method, self._session, **parameters)

    def evaluate(self, code):
        """The value of the JavaScript expression `code`."""
        result = self.command("Runtime.evaluate", expression=code, returnByValue=True,
                              awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, code, seconds=SECONDS):
        """Wait until the JavaScript expression `code` is true."""
        until = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({code})"):
            assert time.monotonic() < until, (code, self.evaluate("document.body.innerText"))
            time.sleep(0.05)

    @property
    def complaints(self):
        """What the browser has complained about: exceptions, and what its policies refused."""
        return [event for event in self._browser.events
                if event.get("sessionId") == self._session and (
                    event["method"] == "Runtime.exceptionThrown"
                    or (event["method"] == "Log.entryAdded"
                        and event["params"]["entry"]["level"] == "error"))]

    def resize(self, width, height=900):
        """Make the page `width` pixels wide; below 600, it is a phone."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=1, mobile=width < 600)

    def set_dark(self, dark):
        """Prefer dark or light pages."""
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, file):
        """Write the whole page to `file` as PNG."""
        image = self.command("Page.captureScreenshot", captureBeyondViewport=True)
        Path(file).write_bytes(base64.b64decode(image["data"]))
