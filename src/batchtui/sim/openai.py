"""OpenAI's Batch API over a world: files, batches made of them, and the answers as files again."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from batchtui.core.clock import Clock
from batchtui.sim import distort, multipart, openai_shapes, seeds, wire
from batchtui.sim.answers import json_response
from batchtui.sim.faults import FaultBook
from batchtui.sim.gate import Call, Gate, Manners, RouteRow, Seen
from batchtui.sim.lives import Life, Submitted
from batchtui.sim.messages import encode
from batchtui.sim.openai_files import read_file
from batchtui.sim.openai_shapes import Origin
from batchtui.sim.receiving import received_whole
from batchtui.sim.streaming import Streamed
from batchtui.sim.wire import Json, invalid
from batchtui.sim.world import World

ENDPOINTS: Final = (
    "/v1/responses",
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/completions",
    "/v1/moderations",
)
MAX_FILE: Final = 200 * 1024 * 1024
DIALECTS: Final = ("openai", "groq", "together", "ogx", "litellm")
_PURPOSES: Final = {b"batch", b"batch-api"}


@dataclass(frozen=True, slots=True)
class OpenAIOptions:
    """How the server behaves.

    `dialect` is one of `DIALECTS`: groq (lists without cursors), together (bare lists,
    `{job, warning}`, capitals, RFC 3339, no counts), ogx (null fields left out, bodies that are
    JSON text, `has_more` on an empty page, a 409 for the cancel of an ended batch), litellm
    (`openai_shapes.like_litellm`), and openai for all others. `keys` are the accepted keys; None
    accepts any.
    """

    dialect: str = "openai"
    keys: frozenset[str] | None = field(default=None, repr=False)


class OpenAIApi:
    """The handlers."""

    def __init__(
        self,
        world: World,
        faults: FaultBook,
        options: OpenAIOptions,
        *,
        clock: Clock,
        seen: deque[Seen],
    ) -> None:
        self.world = world
        self.options = options
        self._clock = clock
        manners = Manners(self._check, openai_shapes.error_body)
        self._gate = Gate(manners, faults, seen, seed=world.options.seed, clock=clock)
        self._uploads: dict[str, bytes] = {}
        self._origins: dict[str, Origin] = {}
        self._deleted: set[str] = set()

    def app(self) -> Starlette:
        """The ASGI application."""
        root, one = "/v1/batches", "/v1/batches/{batch_id}"
        table: tuple[RouteRow, ...] = (
            ("upload", "POST", "/v1/files", self._upload),
            ("upload", "POST", "/v1/files/upload", self._upload),
            ("list", "GET", root, self._list),
            ("create", "POST", root, self._create),
            ("retrieve", "GET", one, self._retrieve),
            ("cancel", "POST", f"{one}/cancel", self._cancel),
            ("results", "GET", "/v1/files/{file_id}/content", self._content),
            ("delete", "DELETE", "/v1/files/{file_id}", self._delete),
        )
        return self._gate.app(table)

    def _check(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        key = given or request.headers.get("api-key", "")
        if not key or (self.options.keys is not None and key not in self.options.keys):
            raise wire.WireError(401, "invalid_request_error", "Incorrect API key provided")

    async def _upload(self, call: Call) -> Response:
        body = await received_whole(call.request, MAX_FILE, call.faults)
        fields = multipart.fields_of(call.request.headers.get("content-type", ""), body)
        if fields.get("purpose") not in _PURPOSES or "file" not in fields:
            raise invalid("'purpose' must be batch, and there must be a file")
        chance = seeds.rng("file", self.world.options.seed, len(self._uploads))
        file_id = f"file-{seeds.token(chance)}"
        self._uploads[file_id] = fields["file"]
        return json_response(
            {
                "id": file_id,
                "object": "file",
                "bytes": len(fields["file"]),
                "created_at": int(self.world.clock.now().timestamp()),
                "filename": "requests.jsonl",
                "purpose": fields["purpose"].decode(),
                "status": "processed",
            }
        )

    async def _list(self, call: Call) -> Response:
        lives, query = self.world.batches(), call.request.query_params
        if self.options.dialect == "together":
            shapes = [self._shape(life, call) for life in lives]
            return Response(encode(shapes), media_type="application/json")
        if self.options.dialect == "groq":
            shapes = [self._shape(life, call) for life in lives]
            return json_response({"object": "list", "data": shapes})
        after = query.get("after")
        if after:
            ids = [openai_shapes.batch_id(life) for life in lives]
            if after not in ids:
                raise invalid(f"Invalid 'after': no batch with the id {after}")
            lives = lives[ids.index(after) + 1 :]
        limit = self._limit(query.get("limit", "20"))
        shapes = [self._shape(life, call) for life in lives[:limit]]
        page = wire.page(shapes, has_more=len(lives) > limit) | {"object": "list"}
        return json_response(distort.without_nulls(page, call.faults))

    def _limit(self, text: str) -> int:
        limit = int(text) if text.isdecimal() else -1
        least = 0 if self.options.dialect == "ogx" else 1
        if not least <= limit <= 100:
            raise invalid(f"Invalid 'limit': {text} is not between 1 and 100")
        return limit

    async def _create(self, call: Call) -> Response:
        asked = _document(await received_whole(call.request, MAX_FILE, call.faults))
        content = self._uploads.get(str(asked.get("input_file_id")))
        if content is None:
            raise invalid(f"Invalid 'input_file_id': {asked.get('input_file_id')} is no file")
        if asked.get("endpoint") not in ENDPOINTS:
            raise invalid(f"Invalid 'endpoint': {asked.get('endpoint')}")
        if asked.get("completion_window") != "24h":
            raise invalid("Invalid 'completion_window': only 24h is supported")
        requests, faults = read_file(content, asked["endpoint"])
        life = self.world.create(requests or [Submitted("invalid", "")])
        self._origins[life.id] = Origin(asked["input_file_id"], asked["endpoint"], faults)
        shape = self._shape(life, call)
        is_wrapped = self.options.dialect == "together"
        return json_response({"job": shape, "warning": ""} if is_wrapped else shape)

    async def _retrieve(self, call: Call) -> Response:
        return json_response(self._shape(self._find(call.batch_id), call))

    async def _cancel(self, call: Call) -> Response:
        life, now = self._find(call.batch_id), self.world.clock.now()
        if life.status(now) == "ended":
            status = 409 if self.options.dialect == "ogx" else 400
            state = openai_shapes.status(life, now, self._origin(life))
            words = f"Cannot cancel a batch with status '{state}'."
            raise wire.WireError(status, "invalid_request_error", words)
        self.world.cancel(life.id)
        return json_response(self._shape(life, call))

    async def _content(self, call: Call) -> Response:
        file_id = call.request.path_params["file_id"]
        made = self._lines_of(file_id)
        if file_id in self._deleted or made is None:
            raise wire.not_found(f"No such File object: {file_id}")
        return Streamed(
            _body(made),
            status=200,
            headers={"content-type": "application/octet-stream"},
            faults=call.faults,
            sleep=self._clock.sleep,
        )

    def _lines_of(self, file_id: str) -> Iterator[Json] | None:
        """The lines of a batch's file of answers or errors; None where there is no such file."""
        as_text = self.options.dialect == "ogx"
        makers: dict[str, Callable[[Life], Iterator[Json]]] = {
            "output_file_id": lambda life: openai_shapes.output_lines(life, body_as_text=as_text),
            "error_file_id": openai_shapes.error_lines,
        }
        if self.options.dialect == "litellm":
            life = self._find(file_id.replace("msgbatch_", "batch_"))
            lines = openai_shapes.output_lines(life, body_as_text=False)
            return chain(lines, openai_shapes.error_lines(life))
        for kind, name in (("output", "output_file_id"), ("error", "error_file_id")):
            token = file_id.removeprefix(f"file-{kind}")
            if token != file_id:
                life = self._find(f"batch_{token}")
                now = self.world.clock.now()
                shape = openai_shapes.batch(life, now, self._origin(life))
                return makers[name](life) if shape[name] else None
        return None

    async def _delete(self, call: Call) -> Response:
        file_id: str = call.request.path_params["file_id"]
        if file_id in self._deleted or not file_id.startswith("file-"):
            raise wire.not_found(f"No such File object: {file_id}")
        self._deleted.add(file_id)
        return json_response({"id": file_id, "object": "file", "deleted": True})

    def _find(self, name: str) -> Life:
        token = name.removeprefix("batch_")
        try:
            return self.world.find(f"msgbatch_{token}")
        except wire.WireError:
            raise wire.not_found(f"No batch found with id '{name}'.") from None

    def _origin(self, life: Life) -> Origin:
        return self._origins.get(life.id) or Origin(openai_shapes.file_id("input", life))

    def _shape(self, life: Life, call: Call) -> Json:
        now = self.world.clock.now()
        shape = openai_shapes.batch(life, now, self._origin(life))
        if self.options.dialect == "together":
            shape = openai_shapes.like_together(shape, life, now)
        if self.options.dialect == "litellm":
            shape = openai_shapes.like_litellm(shape, life)
        for fault in call.faults:
            if fault.kind == "status":
                shape["status"] = fault.args.get("value", "paused")
        if self.options.dialect == "ogx":
            return {name: value for name, value in shape.items() if value is not None}
        return distort.without_nulls(shape, call.faults)


def _body(lines: Iterator[Json]) -> Iterator[bytes]:
    """The lines as bytes; the last one has no end."""
    for number, line in enumerate(lines):
        yield (b"\n" if number else b"") + encode(line)


def _document(body: bytes) -> Json:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise invalid("We could not parse the JSON body of your request.")
    return document
