"""Watch: the page in a real browser follows a real training; nobody else can open it."""

import asyncio
import http.client
import re
import signal
import subprocess
import sys
import webbrowser
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest
from browser import SECONDS, chromium
from small import save_small, small_config

from pulsetrain.golden import GoldenEngine
from pulsetrain.run import PROGRESS, ProgressFile, is_training, read_progress
from pulsetrain.watch import Follower, PageServer

COMMAND = [sys.executable, "-P", "-m", "pulsetrain.cli"]
POINTS = "document.querySelector('#part-accuracy polyline').getAttribute('points').length"
PIXELS = "document.querySelector('#part-layer-1-weight canvas').toDataURL()"
DATA = "window.parts = parts; parts.get('accuracy').series[0].points"
BRIGHTNESS = ("Math.max(...getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g)"
              ".slice(0, 3).map(Number))")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@contextmanager
def command(*arguments, cwd, **options):
    """The command in a process of its own, which is ended."""
    with subprocess.Popen([*COMMAND, *map(str, arguments)], cwd=cwd, text=True, **options) as made:
        try:
            yield made
        finally:
            made.kill()


def address(watch):
    """The address that the process `watch` shows."""
    for line in watch.stdout:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise AssertionError("no address was shown")


def connected(url):
    parts = urlsplit(url)
    return closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS))


def answer(url, host=None, method="GET"):
    """(status, body) of a request for `url`, which names `host`."""
    parts = urlsplit(url)
    with connected(url) as line:
        line.putrequest(method, parts.path, skip_host=True)
        for name in [parts.netloc] if host is None else host:
            line.putheader("Host", name)
        line.endheaders()
        with line.getresponse() as got:
            return got.status, got.read().decode()


def test_a_page_follows_a_training_to_its_end(browser, tmp_path):
    with (command("watch", "run", cwd=tmp_path, stdout=subprocess.PIPE) as watch,
          command("train", "digits", "--epochs", 100_000, "--run", "run", "--set",
                  "device.preset=ag-a-si", cwd=tmp_path, stdout=subprocess.DEVNULL,
                  stderr=subprocess.PIPE) as train,
          browser.page(address(watch)) as page):
        page.wait("document.querySelectorAll('canvas').length === 6")
        page.wait("document.querySelectorAll('polyline').length > 8")
        points, pixels = page.evaluate(POINTS), page.evaluate(PIXELS)
        share = page.evaluate("document.getElementById('share').value")
        page.wait(f"{POINTS} > {points} && {PIXELS} !== '{pixels}'")
        assert page.evaluate("document.getElementById('share').value") > share > 0
        text = page.evaluate("document.body.innerText")
        assert "Training: digits, a network of 64-32-10." in text
        for fact in (r"energy of the array\s+\d", r"device pulses\s+\d", r"pairs refreshed\s+\d",
                     r"test accuracy\s+\d\d\.\d\d.%"):
            assert re.search(fact, text), fact

        for width in (1280, 390):
            page.resize(width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        light, pixels = page.evaluate(BRIGHTNESS), page.evaluate(PIXELS)
        page.set_dark(True)
        assert page.evaluate(BRIGHTNESS) < 50 < 200 < light

        train.send_signal(signal.SIGINT)
        page.wait("document.body.dataset.over")
        assert "The training was interrupted" in page.evaluate("document.body.innerText")
        assert page.evaluate("document.getElementById('notice').textContent") == ""
        assert page.complaints == []
        assert (train.wait(SECONDS), watch.wait(SECONDS)) == (130, 0)
        done = read_progress(tmp_path / "run" / PROGRESS).trail[-1]
        assert f"{done.samples:,}" in page.evaluate("document.body.innerText")
        assert "`pulsetrain report run --open` shows it" in watch.stdout.read()


def test_ctrl_c_ends_the_page_and_not_the_training(tmp_path):
    with (ProgressFile(tmp_path / "run", GoldenEngine(small_config()), (0, 0), engine="model",
                       data="small", epochs=1, count=1),
          command("watch", "run", cwd=tmp_path, stdout=subprocess.PIPE,
                  stderr=subprocess.PIPE) as watch):
        address(watch)
        watch.send_signal(signal.SIGINT)
        assert watch.wait(SECONDS) == 130
        assert watch.stderr.read() == "error: interrupted: the training continues\n"
        assert is_training(tmp_path / "run")


@pytest.fixture
def served(tmp_path):
    """Serve the page of `tmp_path / "run"` while a function of its address runs in a thread:
    (what the function returns, what was seen last)."""
    def serve(function):
        async def both():
            server = PageServer(Follower(tmp_path / "run"))
            stop = asyncio.Event()
            serving = asyncio.create_task(server.serve(stop))
            try:
                got = await asyncio.to_thread(function, server.url)
            finally:
                stop.set()
                seen = await serving
            return got, seen
        return asyncio.run(asyncio.wait_for(both(), SECONDS))
    return serve


def test_only_this_machine_with_the_token_is_answered(served):
    def ask(url):
        host, port, token = "127.0.0.1", urlsplit(url).port, urlsplit(url).path.strip("/")
        root = f"http://{host}:{port}"
        assert len(token) > 40
        assert answer(url)[0] == 200
        assert answer(url, [f"localhost:{port}"])[0] == 200
        assert answer(f"{url}watch.js")[0] == 200
        assert answer(url, method="POST")[0] == 405
        refused = [answer(f"{root}{path}") for path in (
            "/", "//", "/events", "/watch.js", f"/{token[:-1]}/", f"/{token}x/", "/%C3%BC/")]
        refused += [answer(url, hosts) for hosts in (
            [], ["example.com"], [f"example.com:{port}"], [host], [f"{host}:{port + 1}"],
            [f"{host}:{port}", "example.com"], [f"{host}:{port}.example.com"])]
        return refused

    refused, seen = served(ask)
    assert {status for status, _ in refused} <= {400, 403}
    assert sum(status == 403 for status, _ in refused) >= 11
    assert not any("script" in body for _, body in refused)
    assert seen is None


def test_two_pages_have_different_addresses(tmp_path):
    servers = [PageServer(Follower(tmp_path)) for _ in range(2)]
    one, other = (urlsplit(server.url) for server in servers)
    assert one.port != other.port
    assert one.path != other.path
    for server in servers:
        server.close()


def test_a_page_tells_what_it_waits_for_and_that_a_training_was_killed(served, tmp_path):
    def look(url):
        with connected(url) as line:
            line.request("GET", f"{urlsplit(url).path}events")
            with line.getresponse() as stream:
                assert stream.headers["Content-Type"].startswith("text/event-stream")
                first = b"".join(stream.readline() for _ in range(3))
                with ProgressFile(tmp_path / "run", GoldenEngine(small_config()), (0, 0),
                                  engine="model", data="small", epochs=2, count=10,
                                  link=lambda: {"frames_sent": 7}):
                    second = b"".join(stream.readline() for _ in range(3))
                return first.decode(), second.decode(), stream.read().decode()

    (first, second, rest), seen = served(look)
    assert first.startswith("event: parts\ndata: [{")
    assert f"Waiting for a training that writes {tmp_path / 'run'}." in first
    assert "Training: small" in second
    assert '["frames sent","7"]' in second
    assert "The training has failed" in rest
    assert rest.endswith("event: end\ndata:\n\n")
    assert seen.failed


@pytest.fixture
def opened(monkeypatch):
    """The addresses that were opened in the browser."""
    addresses = []

    class Noting(webbrowser.BaseBrowser):
        def open(self, url, new=0, autoraise=True):
            addresses.append(url)
            return True

    monkeypatch.setattr(webbrowser, "_browsers", {})
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    webbrowser.register("noting", None, Noting(), preferred=True)
    return addresses


def test_a_report_and_the_page_of_an_ended_training(run, opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    trained = ("small.toml", "--data", "npz:small.npz", "--epochs", 1, "--run", "run")
    assert run("train", *trained)[0] == 0
    status, shown, _ = run("watch", "run", "--open")
    assert status == 0
    assert "No training runs in run: the last one has ended." in shown
    assert opened == []
    assert run("report", "run", "--open")[0] == 0
    assert opened == [(tmp_path / "run" / "report.html").as_uri()]


@pytest.mark.parametrize(("arguments", "message"), [
    (("run", "--epochs", 3), "--epochs can only be given with --port, which starts a training"),
    (("run", "--run", "other"), "--run can only be given with --port, which starts a training"),
    (("digits", "--port", "virtual"), "--port needs --run DIR"),
    (("small.toml",), "small.toml: is not a folder"),
    (("run", "--page-port", 70000), "--page-port"),
])
def test_what_cannot_be_followed(run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    status, _, error = run("watch", *arguments)
    assert status == 2
    assert message in error
