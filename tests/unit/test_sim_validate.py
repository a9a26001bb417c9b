"""What is refused when a batch is created, and what only fails when it is worked on."""

import io
import json
import re

import pytest

from batchtui.sim import validate
from batchtui.sim.wire import WireError

PARAMS = {"model": "claude-x", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}


def body(*requests):
    return json.dumps({"requests": requests}).encode()


def requests_of(sent, version="2023-06-01"):
    return validate.requests_of(io.BytesIO(sent), version)


def request(custom_id="a", **changes):
    return {"custom_id": custom_id, "params": PARAMS} | changes


def test_valid_requests_keep_their_order_and_model():
    made = requests_of(body(request("b"), request("a")))
    assert [(one.custom_id, one.model, one.problem) for one in made] == [
        ("b", "claude-x", None),
        ("a", "claude-x", None),
    ]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "expected an object"),
        (body(request())[:-1], "not valid JSON"),
        (body(request()) + b"]", "not valid JSON"),
        (b"{}", "requests: Field required"),
        (b'{"requests": {}}', "requests: Input should be a valid list"),
        (body(request())[:-1] + b', "x": 1}', "x: Extra inputs are not permitted"),
        (body(), "requests: List should have at least 1 item after validation, not 0"),
        (body(3), "requests.0: Input should be an object"),
        (body({"params": {}}), "requests.0.custom_id: Field required"),
        (body({"custom_id": "a"}), "requests.0.params: Field required"),
        (body(request(extra=1)), "requests.0.extra: Extra inputs are not permitted"),
        (body(request(params=[])), "requests.0.params: Input should be an object"),
        (body(request(7)), "requests.0.custom_id: Input should be a valid string"),
        (body(request("")), "String should have at least 1 character"),
        (
            body(request(), request("x" * 65)),
            "requests.1.custom_id: String should have at most 64 characters",
        ),
        (body(request("ü")), "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"),
        (body(request("a\n")), "String should match pattern"),
        (body(request("a"), request("a")), "requests.1.custom_id: Duplicate"),
    ],
)
def test_what_is_wrong_at_once_is_a_400_in_words(sent, words):
    with pytest.raises(WireError, match=re.escape(words)) as caught:
        requests_of(sent)
    assert (caught.value.status, caught.value.kind) == (400, "invalid_request_error")


def test_there_are_at_most_100_000_requests():
    too_many = body(*[{"custom_id": str(n), "params": {}} for n in range(100_001)])
    with pytest.raises(WireError, match="at most 100000 items after validation, not 100001"):
        requests_of(too_many)


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"model": None}, "not_found_error", "model: None"),
        ({"model": "gpt-5"}, "not_found_error", "model: gpt-5"),
        ({"max_tokens": 0}, "invalid_request_error", "greater than or equal to 1"),
        ({"max_tokens": "9"}, "invalid_request_error", "valid integer"),
        ({"max_tokens": True}, "invalid_request_error", "valid integer"),
        ({"messages": []}, "invalid_request_error", "at least one message"),
        ({"messages": "hi"}, "invalid_request_error", "valid list"),
        ({"stream": True}, "invalid_request_error", "stream"),
        ({"store": False}, "invalid_request_error", "store"),
        ({"fallbacks": []}, "invalid_request_error", "fallbacks"),
    ],
)
def test_bad_params_are_a_problem_for_later(changes, kind, words):
    made = requests_of(body(request(params=PARAMS | changes)))
    assert made[0].problem is not None
    assert made[0].problem[0] == kind
    assert words in made[0].problem[1]


@pytest.mark.parametrize("key", PARAMS)
def test_missing_params_are_a_problem_for_later(key):
    params = {name: value for name, value in PARAMS.items() if name != key}
    assert validate.problem(params, "2023-06-01") == (
        "invalid_request_error",
        f"{key}: Field required",
    )


def test_sampling_parameters_fail_with_the_new_version_only():
    params = PARAMS | {"temperature": 1.0}
    assert validate.problem(params, "2023-06-01") is None
    assert validate.problem(params, "2026-10-21") is not None
    assert validate.problem(PARAMS | {"stream": False}, "2026-10-21") is None
