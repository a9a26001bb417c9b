"""A Letta server's batches over a world. Its quirks are those of a real one, unless switched off.

Not its bugs alone: what it documents is another protocol than Anthropic's, on the same paths.
"""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from batchtui.core.clock import Clock
from batchtui.sim import distort, letta_shapes, seeds
from batchtui.sim.answers import json_response
from batchtui.sim.faults import FaultBook
from batchtui.sim.gate import Call, Gate, Manners, RouteRow, Seen
from batchtui.sim.letta_shapes import refused
from batchtui.sim.lives import Life, Submitted
from batchtui.sim.messages import encode
from batchtui.sim.receiving import received_whole
from batchtui.sim.validate import MAX_BODY
from batchtui.sim.wire import Json, WireError
from batchtui.sim.world import World

_UNKNOWN: Final = (
    "Job with id {id} not found for actor User(created_by_id=None, last_updated_by_id=None,"
    " organization_id='org-00000000-0000-4000-8000-000000000000', name='default_user')"
)


@dataclass(frozen=True, slots=True)
class LettaOptions:
    """How the server behaves.

    `documented`: the list has finished jobs too, its cursors follow the order, and a job whose
    requests all failed ends. `polling`: it looks for answers; without, no job ever ends, and a
    cancel is refused although it is carried out. `keys` are the accepted passwords; None is a
    server that asks for none.
    """

    documented: bool = False
    polling: bool = True
    keys: frozenset[str] | None = field(default=None, repr=False)


class LettaApi:
    """The handlers."""

    def __init__(
        self,
        world: World,
        faults: FaultBook,
        options: LettaOptions,
        *,
        clock: Clock,
        seen: deque[Seen],
    ) -> None:
        self.world = world
        self.options = options
        manners = Manners(self._check, letta_shapes.error_body)
        self._gate = Gate(manners, faults, seen, seed=world.options.seed, clock=clock)
        self._by_job: dict[str, Life] = {}
        self._canceled: set[str] = set()
        """Ids of batches canceled here; in another protocol a finished one cannot be."""

    def app(self) -> Starlette:
        """The ASGI application."""
        root, one = "/v1/messages/batches", "/v1/messages/batches/{batch_id}"
        table: tuple[RouteRow, ...] = (
            ("list", "GET", root, self._list),
            ("create", "POST", root, self._create),
            ("retrieve", "GET", one, self._retrieve),
            ("cancel", "PATCH", f"{one}/cancel", self._cancel),
            ("results", "GET", f"{one}/messages", self._messages),
            ("delete", "DELETE", "/v1/jobs/{batch_id}", self._delete),
        )
        return self._gate.app(table)

    def _check(self, request: Request) -> None:
        keys = self.options.keys
        if keys is None:
            return
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        bare = request.headers.get("x-bare-password", "").removeprefix("password ")
        if not {given, bare} & keys:
            raise refused(401, "Unauthorized")

    async def _list(self, call: Call) -> Response:
        query = call.request.query_params
        limit = _limit(query.get("limit", "100"))
        shapes = [(life, self._status(life)) for life in self.world.batches()]
        lives = [
            life
            for life, status in shapes
            if self.options.documented or status in {"created", "running"}
        ]
        ascending = query.get("order", "desc") == "asc"
        older, newer = query.get("before"), query.get("after")
        if self.options.documented and not ascending:
            older, newer = newer, older
        lives = self._between(lives, older, newer)
        ordered = lives[::-1] if ascending else lives
        chosen = ordered[:limit] if limit else ordered
        return Response(encode([self._shape(life, call) for life in chosen]), media_type=_JSON)

    def _between(
        self, newest_first: list[Life], older: str | None, newer: str | None
    ) -> list[Life]:
        """Those older than one job, and newer than another."""
        bounds = [
            None if name is None else self._cursor(name).created_at for name in (older, newer)
        ]
        return [
            life
            for life in newest_first
            if (bounds[0] is None or life.created_at < bounds[0])
            and (bounds[1] is None or life.created_at > bounds[1])
        ]

    def _cursor(self, name: str) -> Life:
        life = self._known(name)
        if life is None:
            raise refused(400, f"Job with id {name} not found")
        return life

    async def _create(self, call: Call) -> Response:
        requests = _requests(await received_whole(call.request, MAX_BODY, call.faults))
        agents = [request.custom_id for request in requests]
        for agent in agents:
            if agents.count(agent) > 1:
                chance = seeds.rng("sql", agent)
                raise refused(409, letta_shapes.sql_of(agent, chance))
        return json_response(self._shape(self.world.create(requests), call))

    async def _retrieve(self, call: Call) -> Response:
        return json_response(self._shape(self._find(call), call))

    async def _cancel(self, call: Call) -> Response:
        life, now = self._find(call), self.world.clock.now()
        if life.status(now) != "ended":
            self.world.cancel(life.id)
        self._canceled.add(life.id)
        if not self.options.polling:
            raise refused(501, "Batch job cancellation is not enabled")
        return Response(b"null", media_type=_JSON)

    async def _messages(self, call: Call) -> Response:
        life, query = self._find(call), call.request.query_params
        if "after" in query and not self.options.documented:
            raise refused(500, "An unknown error occurred")
        shapes = list(letta_shapes.messages(life, ended=self._status(life) == "completed"))
        agent = query.get("agent_id")
        shapes = [shape for shape in shapes if agent in {None, shape["agent_id"]}]
        if query.get("order", "desc") == "desc":
            shapes.reverse()
        return json_response({"messages": shapes[: _limit(query.get("limit", "100"))]})

    async def _delete(self, call: Call) -> Response:
        life = self._find(call)
        shape = self._shape(life, call)
        life.deleted = True
        return json_response(shape)

    def _find(self, call: Call) -> Life:
        name = call.batch_id
        if not name.startswith("job-"):
            detail = f"Invalid job ID format. Expected format: 'job-<uuid4>', got '{name}'"
            raise refused(400, f"INVALID_ARGUMENT: {detail}")
        life = self._known(name)
        if life is None:
            raise refused(404, _UNKNOWN.format(id=name))
        return life

    def _known(self, name: str) -> Life | None:
        if name not in self._by_job:
            lives = self.world.batches()
            self._by_job |= {letta_shapes.job_id(life): life for life in lives}
        life = self._by_job.get(name)
        return None if life is None or life.deleted else life

    def _status(self, life: Life) -> str:
        now = self.world.clock.now()
        if life.id in self._canceled or life.cancel_initiated_at(now) is not None:
            return "cancelled"
        if life.status(now) != "ended" or not self.options.polling:
            return "running"
        if life.error_rate >= 1 and not self.options.documented:
            return "running"  # a job none of whose requests got an answer never ends
        return "completed"

    def _shape(self, life: Life, call: Call) -> Json:
        status = self._status(life)
        ended = life.status(self.world.clock.now()) == "ended" and status != "running"
        was_canceled_late = life.id in self._canceled and ended
        ended_at = life.ends_at if status == "completed" or was_canceled_late else None
        shape = letta_shapes.job(life, status, ended_at)
        for fault in call.faults:
            if fault.kind == "status":
                shape["status"] = fault.args.get("value", "paused")
        return distort.without_nulls(shape, call.faults)


_JSON: Final = "application/json"


def _limit(text: str) -> int:
    try:
        limit = int(text)
    except ValueError:
        words = (
            "[{'type': 'int_parsing', 'loc': ('query', 'limit'), 'msg': 'Input should be a valid"
            f" integer, unable to parse string as an integer', 'input': '{text}'}}]"
        )
        raise refused(422, words, "validation") from None
    if limit < 0:
        raise refused(500, "A database error occurred.")
    return limit


def _requests(body: bytes) -> list[Submitted]:
    """The requests of a create body, each for an agent of its own."""
    try:
        requests = json.loads(body)["requests"]
        found = [_request(request) for request in requests]
    except (ValueError, LookupError, TypeError) as error:
        words = f"[{{'type': 'missing', 'loc': ('body', 'requests'), 'msg': '{error!r}'}}]"
        raise refused(422, words, "validation") from None
    if not found:
        raise WireError(400, "llm_bad_request", "List should have at least 1 item")
    return found


def _request(request: Json) -> Submitted:
    agent: str = request["agent_id"]
    if "messages" not in request and "input" not in request:
        raise KeyError("messages")
    model = request.get("override_model") or "anthropic/claude-sonnet-4-5-20250929"
    is_served = model.startswith("anthropic/")  # batches go to Anthropic, whatever is asked for
    problem = None if is_served else ("invalid_request_error", f"model: {model}")
    return Submitted(agent, model.removeprefix("anthropic/"), problem)
