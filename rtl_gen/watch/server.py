"""PageServer: serves the page to browsers of this machine, and sends them what changes."""

import asyncio
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import resources

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pulsetrain.report import filled

from .follow import Follower, Watched
from .view import Part, parts, waiting

HOST = "127.0.0.1"
"""The address of the page: this machine only."""

TICK = 0.25
"""Seconds between two looks at the files; after a long look, three times its duration."""

_SIGN_OF_LIFE = 15
"""Seconds after which a connection without news gets a comment."""

_FAREWELL = 2
"""Most seconds to wait for browsers to take the last news."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PageServer:
    """The page of the training that `follower` follows, at `url`; port 0 is a free one.

    Only a request to this machine under its own name (against DNS rebinding), and with the random
    token of the URL, is answered; others get the status 403.

    Raises:
        OSError: the port cannot be used.
    """

    def __init__(self, follower: Follower, port: int = 0) -> None:
        self._follower, self._feed = follower, _Feed(waiting(str(follower.folder)))
        self._socket = socket.create_server((HOST, port))
        self._token = secrets.token_urlsafe(32)
        self._port = self._socket.getsockname()[1]

    @property
    def url(self) -> str:
        """The address of the page, with its token."""
        return f"http://{HOST}:{self._port}/{self._token}/"

    def close(self) -> None:
        """Give the port back, if the page was not served."""
        self._socket.close()

    async def serve(self, stop: asyncio.Event) -> Watched | None:
        """Serve the page until the training has ended, or `stop` is set; returns what was seen
        last, None if nothing was.

        Raises:
            run.ProgressError, run.HistoryError, run.CheckpointError: a file is not valid.
        """
        server = _Server(uvicorn.Config(
            self._guarded(), log_config=None, access_log=False, ws="none", lifespan="off",
            server_header=False, timeout_graceful_shutdown=_FAREWELL))
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        try:
            return await self._follow(stop)
        finally:
            await self._feed.end(_FAREWELL)
            server.should_exit = True
            await serving

    async def _follow(self, stop: asyncio.Event) -> Watched | None:
        watched = None
        while not stop.is_set():
            started = time.monotonic()
            wanted = self._feed.readers > 0
            watched = await asyncio.to_thread(self._follower.look, states=wanted)
            if watched and wanted:
                self._feed.put(await asyncio.to_thread(parts, watched))
            if self._follower.over and (wanted or not self._feed.readers):
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(TICK, 3 * (time.monotonic() - started)))
        return watched

    def _guarded(self) -> ASGIApp:
        folder = resources.files(__package__)
        page = filled(folder / "page.html")
        script = (folder / "watch.js").read_text("utf-8")

        async def show(request: Request) -> Response:
            return Response(page, media_type="text/html", headers=_HEADERS)

        async def give_script(request: Request) -> Response:
            return Response(script, media_type="text/javascript", headers=_HEADERS)

        async def send_news(request: Request) -> Response:
            return StreamingResponse(self._feed.tell(), media_type="text/event-stream",
                                     headers=_HEADERS)

        root = f"/{self._token}/"
        return _Guard(Starlette(routes=[
            Route(root, show), Route(f"{root}watch.js", give_script),
            Route(f"{root}events", send_news)]), self._port, self._token)


class _Guard:
    """Passes requests on to `app` that name this machine and `port` as their host, and begin with
    the `token`."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = {f"{name}:{port}".encode() for name in (HOST, "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        given = scope["path"].removeprefix("/").partition("/")[0].encode("utf-8", "replace")
        if len(hosts) == 1 and hosts[0] in self._hosts and secrets.compare_digest(
                given, self._token):
            await self._app(scope, receive, send)
        else:
            refusal = PlainTextResponse("Not allowed: open the address that `pulsetrain watch` "
                                        "shows, on the machine where it runs.\n", 403, _HEADERS)
            await refusal(scope, receive, send)


class _Feed:
    """The parts of the page, and the connections that are told when they change."""

    def __init__(self, first: Sequence[Part]) -> None:
        self.readers = 0
        self._parts: dict[str, tuple[int, str]] = {}
        self._revision, self._over, self._news = 0, False, asyncio.Event()
        self.put(first)

    def put(self, shown: Sequence[Part]) -> None:
        """Show these parts; those that are equal to what is shown are not sent again."""
        self._revision += 1
        for part in shown:
            text = json.dumps(part, separators=(",", ":"))
            if self._parts.get(part["id"], (0, ""))[1] != text:
                self._parts[part["id"]] = self._revision, text
        self._wake()

    async def end(self, seconds: float) -> None:
        """End the connections when they have told the last news, at the latest in `seconds`."""
        self._over = True
        self._wake()
        until = time.monotonic() + seconds
        while self.readers and time.monotonic() < until:
            await asyncio.sleep(0.02)

    async def tell(self) -> AsyncIterator[str]:
        """The events of one connection: first all parts, then those that change, then the end."""
        self.readers += 1
        try:
            told = 0
            while True:
                news = self._news
                changed = [text for revision, text in self._parts.values() if revision > told]
                told = self._revision
                if changed:
                    yield f"event: parts\ndata: [{','.join(changed)}]\n\n"
                if self._over:
                    yield "event: end\ndata:\n\n"
                    return
                try:
                    await asyncio.wait_for(news.wait(), _SIGN_OF_LIFE)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self.readers -= 1

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class _Server(uvicorn.Server):
    """A server that leaves signals to its caller."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
