"""What every protocol of the simulator has ahead of its actions: notes, faults, the key."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from batchtui.core.clock import Clock
from batchtui.sim import answers, queries, seeds, wire
from batchtui.sim.faults import Fault, FaultBook
from batchtui.sim.receiving import HungUpError
from batchtui.sim.streaming import until_gone

HANG_UP: Final = "batchtui.hang_up"
"""In the scope of each request: closes its connection at once."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request the server got; header names are in lower case."""

    op: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A request on its way through the server."""

    op: str
    request: Request
    request_id: str
    faults: tuple[Fault, ...]

    @property
    def batch_id(self) -> str:
        """See `queries.known_id`."""
        return queries.known_id(self.request)


Action = Callable[[Call], Awaitable[Response]]
RouteRow = tuple[str, str, str, Action]
"""The operation's name, the method, the path, and what is done."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a protocol greets and how it refuses.

    `check` raises a `WireError` for a request that may not come in, by its headers.
    """

    check: Callable[[Request], None]
    error_body: Callable[[wire.WireError, str], wire.Json] = wire.WireError.body


class Gate:
    """Makes the application of one protocol out of its actions."""

    def __init__(
        self, manners: Manners, faults: FaultBook, seen: deque[Seen], *, seed: int, clock: Clock
    ) -> None:
        self._manners = manners
        self._faults = faults
        self._seen = seen
        self._seed = seed
        self._clock = clock
        self._count = 0

    def app(self, table: Sequence[RouteRow]) -> Starlette:
        """The ASGI application."""
        routes = [
            Route(path, self._endpoint(op, action), methods=[method])
            for op, method, path, action in table
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._no_route})

    def _endpoint(self, op: str, action: Action) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            batch_id = queries.known_id(request) or None
            call = Call(op, request, self._request_id(), self._faults.take(op, batch_id))
            self._note(call)
            try:
                response = await self._before(call) or await action(call)
                response = await self._instead(call) or response
            except wire.WireError as error:
                response = self._refusal(error, call.request_id, call.faults)
            except HungUpError:
                request.scope[HANG_UP]()
                response = Response(status_code=499)  # nobody hears it
            response.headers["request-id"] = call.request_id
            return response

        return endpoint

    def _refusal(
        self, error: wire.WireError, request_id: str, faults: tuple[Fault, ...] = ()
    ) -> Response:
        return answers.error_response(error, request_id, faults, self._manners.error_body)

    def _request_id(self) -> str:
        self._count += 1
        return f"req_{seeds.token(seeds.rng('request', self._seed, self._count))}"

    def _note(self, call: Call) -> None:
        request = call.request
        headers = {name.lower(): value for name, value in request.headers.items()}
        url = request.url
        self._seen.append(Seen(call.op, request.method, url.path, url.query, headers))

    async def _no_route(self, request: Request, error: Exception) -> Response:
        del request
        status = error.status_code if isinstance(error, HTTPException) else 404
        words = "Method Not Allowed" if status == 405 else "Not Found"
        kind = "invalid_request_error" if status == 405 else "not_found_error"
        request_id = self._request_id()
        response = self._refusal(wire.WireError(status, kind, words), request_id)
        response.headers["request-id"] = request_id
        return response

    async def _before(self, call: Call) -> Response | None:
        """What happens ahead of every action: faults, and the checks of the headers."""
        for fault in call.faults:
            early = await self._early(call, fault)
            if early is not None:
                return early
        if call.request.method == "HEAD":
            raise wire.not_found("Not Found")
        self._manners.check(call.request)
        return None

    async def _early(self, call: Call, fault: Fault) -> Response | None:
        if fault.status is not None:
            answer = answers.failure(fault, fault.status, self._clock.now())
            if isinstance(answer, wire.WireError):
                raise answer
            return answer
        if fault.kind == "timeout":
            await until_gone(call.request.receive)
            return Response(status_code=504)
        if fault.kind == "slow":
            await self._clock.sleep(fault.number("seconds", 5))
        return answers.redirect(fault, call.request) if fault.kind == "redirect" else None

    async def _instead(self, call: Call) -> Response | None:
        """What takes the place of the answer to something that has been done."""
        for fault in call.faults:
            if fault.kind != "lost-answer":
                continue
            how = fault.args.get("how", "cut")
            if how == "timeout":
                await until_gone(call.request.receive)
            if not how.isdecimal():
                raise HungUpError
            answer = answers.failure(fault, int(how), self._clock.now())
            if isinstance(answer, wire.WireError):
                raise answer
            return answer
        return None
