"""What Letta asks of a batch and its requests.

Facts are those of servers up to 0.16.8: their description, their source, and one that was run.
"""

from collections.abc import Iterator
from functools import lru_cache

from batchtui.core.text import nearest
from batchtui.requests.findings import Finding, Rule, Severity
from batchtui.requests.parse import Params, Parsed
from batchtui.requests.rule_set import RequestRules, missing_param, of_messages, of_number
from batchtui.requests.shapes import LETTA

KNOWN_FIELDS = frozenset(
    {
        "agent_id",
        "messages",
        "input",
        "max_steps",
        "use_assistant_message",
        "assistant_message_tool_name",
        "assistant_message_tool_kwarg",
        "include_return_message_types",
        "enable_thinking",
        "client_tools",
        "client_skills",
        "override_model",
        "override_system",
        "include_compaction_messages",
        "return_logprobs",
        "top_logprobs",
        "return_token_ids",
    }
)
"""The fields of a request in a batch, as the server's own description lists them."""


def _of_request(parsed: Parsed) -> Iterator[Finding]:
    request = parsed.by_name
    yield from _asked(request)
    yield from of_messages(_without_null(request, "messages"))
    yield from of_number(request, "max_steps")
    for name in request.keys() - KNOWN_FIELDS:
        yield _unknown(name)


def _asked(request: Params) -> Iterator[Finding]:
    """Exactly one of the two ways to ask; null is as good as nothing."""
    given = [name for name in ("messages", "input") if name in _without_null(request, name)]
    if not given:
        yield missing_param("messages", LETTA, 'or "input" with the text alone')
    elif len(given) > 1:
        hint = "take one of them out"
        yield Finding(Rule.INVALID_PARAM, "has both messages and input", hint)


def _without_null(request: Params, name: str) -> Params:
    if name in request and bytes(request[name]) == b"null":
        return {key: value for key, value in request.items() if key != name}
    return request


@lru_cache(256)
def _unknown(name: str) -> Finding:
    near = nearest(name, KNOWN_FIELDS, cutoff=0.75)
    hint = f"did you mean {near}?" if near else "no field of that name is known here"
    message = f"has a field {name}, which is unknown"
    return Finding(Rule.UNKNOWN_PARAM, message, hint, severity=Severity.WARNING)


LETTA_RULES = RequestRules(
    shape=LETTA,
    max_requests=100_000,  # the server makes one message batch of it, which takes no more
    max_bytes=256_000_000,  # judged by the server from the length that is announced
    rules=(_of_request,),
    max_output=lambda _: None,
    id_words="the id of an agent",
    twice="a batch takes one request of an agent: send the others in a batch of their own",
    no_estimate="agents read their memory too, and may take several steps",
)
