"""The simulator as a server on loopback: in a thread for tests and the demo, or alone."""

import signal
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from types import FrameType, TracebackType
from typing import Final, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from batchtui.core.clock import Clock, SystemClock
from batchtui.sim.app import Api, ApiOptions
from batchtui.sim.faults import Fault, FaultBook
from batchtui.sim.gate import HANG_UP, Seen
from batchtui.sim.letta import LettaApi, LettaOptions
from batchtui.sim.openai import OpenAIApi, OpenAIOptions
from batchtui.sim.simclock import SimClock
from batchtui.sim.validate import MAX_BODY
from batchtui.sim.world import World, WorldOptions

DEMO_SPEED: Final = 60.0
"""World seconds per real second: a minute passes in a second."""
DEMO_ARRIVALS: Final = 500.0
"""A new batch about every eight real seconds at that speed."""


@dataclass(frozen=True, slots=True)
class SimOptions:
    """All there is to choose.

    Attributes:
        host: where to listen; loopback unless somebody wants otherwise.
        port: 0 takes a free one.
        seed: the same seed and start give the same world.
        speed: world seconds per real second; 0 stands still until `Simulator.advance`.
        batches: how many there are at the start.
        arrivals: mean world seconds between new batches; 0 for none.
        run_seconds: how long each created batch runs, in world seconds; None: its own time.
        start: the world's time at the start; None is now.
        live_counts: counts move while a batch runs, as with some servers.
        flat_errors: errored lines have one level of `error`, as with some servers.
        ranges: results may be had in part, by `Range`.
        documented: Letta as its documentation has it, instead of as it really is.
        letta_polling: the Letta server looks for answers.
        openai_dialect: which of the servers shaped like OpenAI's it is.
        keys: the accepted keys; None accepts any.
        max_body: the largest create body, in bytes.
        faults: in force from the start.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 7
    speed: float = DEMO_SPEED
    batches: int = 240
    arrivals: float = DEMO_ARRIVALS
    run_seconds: float | None = None
    start: datetime | None = None
    live_counts: bool = False
    flat_errors: bool = False
    ranges: bool = False
    documented: bool = False
    letta_polling: bool = True
    openai_dialect: str = "openai"
    keys: frozenset[str] | None = field(default=None, repr=False)
    max_body: int = MAX_BODY
    faults: tuple[Fault, ...] = ()


class _Server(uvicorn.Server):
    """Says when it is ready, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Simulator:
    """A world behind a real HTTP server, which runs in a thread while the context is open.

    `base_url` is known inside the context. `world`, `faults` and `seen` may be used from the
    outside while it runs. Raises `OSError` on entering when the port cannot be had.
    """

    def __init__(self, options: SimOptions | None = None, *, clock: Clock | None = None) -> None:
        self.options = options or SimOptions()
        self.base_url = ""
        self.faults = FaultBook(self.options.faults, seed=self.options.seed)
        self._clock = clock or SystemClock()
        self.world = World(
            WorldOptions(
                seed=self.options.seed,
                batches=self.options.batches,
                arrivals=self.options.arrivals,
                run_seconds=self.options.run_seconds,
            ),
            SimClock(self._clock, start=self.options.start, speed=self.options.speed),
        )
        self._seen: deque[Seen] = deque(maxlen=1000)
        self._server: _Server | None = None
        self._thread: Thread | None = None

    @property
    def letta_url(self) -> str:
        """Where the same batches are as a Letta server has them."""
        return f"{self.base_url}/letta"

    @property
    def openai_url(self) -> str:
        """Where the same batches are as OpenAI has them."""
        return f"{self.base_url}/openai"

    @property
    def base_urls(self) -> tuple[str, ...]:
        """The base URL of each protocol: Anthropic's, Letta's, OpenAI's."""
        return self.base_url, self.letta_url, self.openai_url

    @property
    def seen(self) -> list[Seen]:
        """The requests the server got, oldest first."""
        return list(self._seen)

    def advance(self, seconds: float) -> None:
        """Move the world's time on, in world seconds."""
        self.world.clock.advance(seconds)

    def __enter__(self) -> Self:
        listener = _listen(self.options.host, self.options.port)
        self.base_url = _url(self.options.host, listener.getsockname()[1])
        config = uvicorn.Config(
            self._hanging_up(self._app()),
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=0,
        )
        server = _Server(config)
        self._server = server
        self._thread = Thread(target=self._run, args=(server, listener), daemon=True)
        self._thread.start()
        server.ready.wait()
        if not server.started:
            raise RuntimeError("the simulator's server did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()

    def _app(self) -> Starlette:
        options = ApiOptions(
            live_counts=self.options.live_counts,
            flat_errors=self.options.flat_errors,
            ranges=self.options.ranges,
            keys=self.options.keys,
            max_body=self.options.max_body,
        )
        api = Api(
            self.world,
            self.faults,
            options,
            base_url=self.base_url,
            clock=self._clock,
            seen=self._seen,
        )
        mounts = [Mount("/letta", self._letta()), Mount("/openai", self._openai())]
        return Starlette(routes=[*mounts, Mount("/", api.app())])

    def _letta(self) -> Starlette:
        options = LettaOptions(
            documented=self.options.documented,
            polling=self.options.letta_polling,
            keys=self.options.keys,
        )
        return LettaApi(self.world, self.faults, options, clock=self._clock, seen=self._seen).app()

    def _openai(self) -> Starlette:
        options = OpenAIOptions(dialect=self.options.openai_dialect, keys=self.options.keys)
        return OpenAIApi(self.world, self.faults, options, clock=self._clock, seen=self._seen).app()

    def _hanging_up(self, app: ASGIApp) -> ASGIApp:
        """The application, whose requests can have their connections closed."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            scope[HANG_UP] = lambda: self._hang_up(scope["client"])
            await app(scope, receive, send)

        return serve

    def _hang_up(self, client: tuple[str, int]) -> None:
        assert self._server is not None, "only a running server has clients"
        for connection in list(self._server.server_state.connections):
            peer = connection.transport.get_extra_info("peername")
            if tuple(peer or ())[:2] == tuple(client):
                connection.transport.abort()

    @staticmethod
    def _run(server: _Server, listener: socket.socket) -> None:
        try:
            server.run(sockets=[listener])
        finally:
            server.ready.set()
            listener.close()


def serve_forever(options: SimOptions, announce: Callable[[Simulator], None]) -> None:
    """Run a simulator until SIGINT or SIGTERM (or SIGHUP, where there is one).

    Must be called from the main thread. `announce` is called once, when it answers. It prints
    nothing. Raises `OSError` when the port cannot be had.
    """
    stop = Event()

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [signal.Signals[name] for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        with Simulator(options) as simulator:
            announce(simulator)
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio turns TCP_NODELAY on: an answer saves 40 ms by it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


def _url(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
