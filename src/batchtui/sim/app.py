"""The Message Batches API over a world: routes, checks, answers."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from batchtui.core.clock import Clock
from batchtui.sim import answers, distort, queries, validate, wire
from batchtui.sim.faults import Fault, FaultBook
from batchtui.sim.gate import Call, Gate, Manners, RouteRow, Seen
from batchtui.sim.lives import Life
from batchtui.sim.receiving import received
from batchtui.sim.results import lines
from batchtui.sim.streaming import Streamed, skip
from batchtui.sim.world import World

MODELS: Final = (
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-opus-4-5-20251101",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5-20251001",
)


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """How the server behaves where servers differ.

    `keys` are the accepted keys; None accepts any that is not empty. `ranges` serves parts of
    results for `Range: bytes=N-`. `max_body` is in bytes.
    """

    live_counts: bool = False
    flat_errors: bool = False
    ranges: bool = False
    keys: frozenset[str] | None = field(default=None, repr=False)
    max_body: int = validate.MAX_BODY


class Api:
    """The handlers of the Message Batches API."""

    def __init__(
        self,
        world: World,
        faults: FaultBook,
        options: ApiOptions,
        *,
        base_url: str,
        clock: Clock,
        seen: deque[Seen],
    ) -> None:
        self.world = world
        self.options = options
        self.base_url = base_url
        self._clock = clock
        self._gate = Gate(
            Manners(self._check_headers), faults, seen, seed=world.options.seed, clock=clock
        )
        self._reads: Counter[str] = Counter()
        self._lists: Counter[str] = Counter()
        self._sizes: dict[str, int] = {}

    def app(self) -> Starlette:
        """The ASGI application."""
        root, one = "/v1/messages/batches", "/v1/messages/batches/{batch_id}"
        table: tuple[RouteRow, ...] = (
            ("list", "GET", root, self._list),
            ("create", "POST", root, self._create),
            ("retrieve", "GET", one, self._retrieve),
            ("delete", "DELETE", one, self._delete),
            ("cancel", "POST", f"{one}/cancel", self._cancel),
            ("results", "GET", f"{one}/results", self._results),
            ("models", "GET", "/v1/models", self._models),
        )
        return self._gate.app(table)

    def _check_headers(self, request: Request) -> None:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        key = request.headers.get("x-api-key") or (bearer if scheme.lower() == "bearer" else "")
        if not key:
            raise wire.WireError(401, "authentication_error", "x-api-key header is required")
        if self.options.keys is not None and key not in self.options.keys:
            raise wire.WireError(401, "authentication_error", "invalid x-api-key")
        queries.version(request)

    def _shape(self, life: Life, call: Call) -> wire.Json:
        live = self.options.live_counts
        shape = wire.batch(life, self.world.clock.now(), self.base_url, live_counts=live)
        return distort.batch(shape, call.faults)

    def _find(self, call: Call) -> Life:
        life = self.world.find(call.batch_id)
        for fault in call.faults:
            if fault.kind == "404-after-create" and self._not_yet(fault, life, self._reads):
                raise wire.not_found(f"Message Batch {life.id} not found.")
        return life

    def _not_yet(self, fault: Fault, life: Life, looks: Counter[str]) -> bool:
        """A batch that came over the wire has not been looked for often or late enough."""
        if life.requests is None:
            return False
        looks[life.id] += 1
        seconds = timedelta(seconds=fault.number("seconds", 0))
        reads = fault.number("reads", 0 if seconds else 1)
        return looks[life.id] <= reads or self.world.clock.now() < life.created_at + seconds

    async def _list(self, call: Call) -> Response:
        query = call.request.query_params
        limit, cursor = queries.limit(query.get("limit", "20")), queries.cursor(query)
        lives, has_more = self.world.page(limit, cursor)
        for fault in call.faults:
            if fault.kind == "list-lag":
                lives = [life for life in lives if not self._not_yet(fault, life, self._lists)]
        shapes = [self._shape(life, call) for life in lives]
        page = distort.without_nulls(wire.page(shapes, has_more=has_more), call.faults)
        return answers.json_response(page)

    async def _create(self, call: Call) -> Response:
        version = queries.version(call.request)
        body = await received(call.request, self.options.max_body, call.faults)
        with body:
            requests = await asyncio.to_thread(validate.requests_of, body, version)
        return answers.json_response(self._shape(self.world.create(requests), call))

    async def _retrieve(self, call: Call) -> Response:
        life = self._find(call)
        ended = life.status(self.world.clock.now()) == "ended"
        headers = {} if ended else {"retry-after": "10"}
        return answers.json_response(self._shape(life, call), headers=headers)

    async def _cancel(self, call: Call) -> Response:
        return answers.json_response(self._shape(self.world.cancel(call.batch_id), call))

    async def _delete(self, call: Call) -> Response:
        self.world.delete(call.batch_id)
        return answers.json_response({"id": call.batch_id, "type": "message_batch_deleted"})

    async def _results(self, call: Call) -> Response:
        life = self._find(call)
        now = self.world.clock.now()
        if life.status(now) != "ended" or now >= life.archives_at:
            words = f"Message Batch {life.id} has no available results."
            raise wire.not_found(words, {"x-should-retry": "false"})
        headers = {
            "content-type": "application/x-jsonl",
            "content-disposition": f'attachment; filename="{life.id}_results.jsonl"',
        }
        made = lines(life, flat_errors=self.options.flat_errors)
        body, status = distort.body_lines(made, call.faults), 200
        if self.options.ranges:
            headers |= {"etag": f'"{life.id}"', "accept-ranges": "bytes"}
            start = queries.range_start(call.request, headers["etag"])
            if start is not None:
                headers["content-range"] = self._content_range(life, call, start)
                body, status = skip(body, start), 206
        sleep = self._clock.sleep
        return Streamed(body, status=status, headers=headers, faults=call.faults, sleep=sleep)

    def _content_range(self, life: Life, call: Call, start: int) -> str:
        if life.id not in self._sizes:
            made = lines(life, flat_errors=self.options.flat_errors)
            self._sizes[life.id] = sum(map(len, distort.body_lines(made, call.faults)))
        size = self._sizes[life.id]
        if start >= size:
            headers = {"content-range": f"bytes */{size}"}
            words = "Requested range not satisfiable"
            raise wire.WireError(416, "invalid_request_error", words, headers)
        return f"bytes {start}-{size - 1}/{size}"

    async def _models(self, call: Call) -> Response:
        query = call.request.query_params
        after = query.get("after_id")
        names = MODELS[MODELS.index(after) + 1 :] if after in MODELS else MODELS
        limit = queries.limit(query.get("limit", "20"))
        created = "2026-02-05T00:00:00Z"
        shapes = [
            {"type": "model", "id": name, "display_name": name, "created_at": created}
            for name in names[:limit]
        ]
        return answers.json_response(wire.page(shapes, has_more=len(names) > limit))
