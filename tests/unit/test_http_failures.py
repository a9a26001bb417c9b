"""What becomes of error answers: the kind, the words, the hint, and no secret in any of them."""

import base64
import html
import json
import re
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core import errors
from batchtui.providers.complaint import MESSAGE_LENGTH, read_complaint
from batchtui.providers.exchange import Answer, Call, path_segment
from batchtui.providers.failures import BODY_LENGTH, Failures
from batchtui.providers.redaction import Redactor, secrets_of_url

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = "sk-ant-api03-secret-secret"
LIST = Call("list batches", "GET", "/v1/messages/batches", listing=True)
READ = Call("read batch b1", "GET", "/v1/messages/batches/b1")
FAILURES = Failures("lab", "https://api.example/v1", Redactor([KEY]))


def envelope(kind, message, **details):
    error = {"type": kind, "message": message}
    if details:
        error["details"] = details
    return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()


def error_of(status, body=b"", call=READ, failures=FAILURES, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return failures.of_answer(call, Answer(status, named, body), NOW)


@pytest.mark.parametrize(
    ("status", "wire_type", "kind", "retryable"),
    [
        (400, "invalid_request_error", errors.BadRequestError, False),
        (401, "authentication_error", errors.AuthError, False),
        (402, "billing_error", errors.PermissionDeniedError, False),
        (403, "permission_error", errors.PermissionDeniedError, False),
        (404, "not_found_error", errors.NotFoundError, False),
        (405, "", errors.BadRequestError, False),
        (408, "", errors.NetworkError, True),
        (409, "conflict_error", errors.ConflictError, True),
        (413, "request_too_large", errors.BadRequestError, False),
        (422, "", errors.BadRequestError, False),
        (429, "rate_limit_error", errors.RateLimitedError, True),
        (500, "api_error", errors.ServerError, True),
        (501, "", errors.BadRequestError, False),
        (502, "", errors.ServerError, True),
        (503, "", errors.OverloadedError, True),
        (504, "timeout_error", errors.ServerError, True),
        (529, "overloaded_error", errors.OverloadedError, True),
        (304, "", errors.ProtocolError, False),
        (418, "teapot_error", errors.BadRequestError, False),
    ],
)
def test_each_status_has_its_kind(status, wire_type, kind, retryable):
    error = error_of(status, envelope(wire_type, "the words of the server"))
    assert type(error) is kind
    assert error.retryable is retryable
    assert (error.status, error.error_type, error.request_id) == (status, wire_type, "req_1")
    assert error.what == "could not read batch b1"
    assert error.why == f"the words of the server ({f'{status} {wire_type}'.strip()})"


@pytest.mark.parametrize(
    ("status", "wire_type", "kind"),
    [
        (400, "authentication_error", errors.AuthError),
        (500, "overloaded_error", errors.OverloadedError),
        (502, "rate_limit_error", errors.RateLimitedError),
        (403, "not_found_error", errors.PermissionDeniedError),
    ],
)
def test_the_wire_type_decides_where_a_gateway_blurs_the_status(status, wire_type, kind):
    assert type(error_of(status, envelope(wire_type, "x"))) is kind


def test_a_spending_limit_is_never_retried_whatever_the_headers_say():
    body = envelope("rate_limit_error", "limit", error_code="enforced_spend_limit_reached")
    error = error_of(429, body, x_should_retry="true")
    assert isinstance(error, errors.RateLimitedError)
    assert not error.retryable
    assert "spending limit" in error.hint


def test_x_should_retry_overrides_the_status():
    assert error_of(404, x_should_retry="true").retryable
    assert not error_of(529, x_should_retry="false").retryable


def test_an_organization_on_hold_names_the_place_of_appeal():
    body = envelope(
        "permission_error",
        "held",
        error_code="organization_on_hold",
        appeal_url="https://a.example/x",
    )
    assert "https://a.example/x" in error_of(403, body).hint


def test_the_wish_to_wait_is_kept_and_told():
    error = error_of(429, envelope("rate_limit_error", "slow down"), retry_after="89.5")
    assert error.retry_after == 89.5
    assert "1m" in error.hint


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": {"message": "no custom_id"}}', "no custom_id"),
        (b'{"error": "plain"}', "plain"),
        (b'{"detail": "Method Not Allowed"}', "Method Not Allowed"),
        (
            b'{"detail": [{"loc": ["body"], "msg": "missing"}]}',
            '[{"loc": ["body"], "msg": "missing"}]',
        ),
        (b'{"error": {"type": "llm_error", "detail": "upstream said no"}}', "upstream said no"),
        (b'{"message": "no route"}', "no route"),
        (b"upstream connect error\n", "upstream connect error"),
        (b'["odd"]', '["odd"]'),
        (b"", ""),
        (b"{}", ""),
        (b"null", ""),
        (b'{"error": {"message": "half \\ud800 pair"}}', "half ? pair"),
        (b"\xff\xfe", "\N{REPLACEMENT CHARACTER}" * 2),
        (b"[" * 100_000, "[" * (MESSAGE_LENGTH - 1) + "…"),
    ],
)
def test_every_shape_of_body_gives_its_message(body, message):
    assert read_complaint(body).message == message


@given(body=st.binary(max_size=200))
def test_no_body_breaks_the_reading(body):
    error = error_of(500, body)
    assert isinstance(error, errors.ServerError)
    (error.why + error.body + error.hint).encode()


def test_a_long_message_is_cut_and_a_long_body_too():
    error = error_of(409, json.dumps({"detail": "SELECT " * 5000}).encode())
    assert len(error.why) < MESSAGE_LENGTH + 30
    assert len(error.body) == BODY_LENGTH


def test_a_web_page_points_at_the_base_url():
    page = b"\n<!DOCTYPE html><html><head><title> Sign in </title></head></html>"
    error = error_of(403, page)
    assert "web page “Sign in”" in error.why
    assert "base_url of account lab" in error.hint


def test_a_404_on_the_list_points_at_the_base_url_and_one_on_a_batch_at_the_id():
    assert "should end before /v1" in error_of(404, call=LIST).hint
    assert "check the id" in error_of(404).hint


def test_a_refused_key_and_a_missing_one_have_different_hints():
    assert "check the key of account lab" in error_of(401).hint
    keyless = Failures("lab", "https://api.example", has_key=False)
    assert "has no key" in error_of(401, failures=keyless).hint


def test_the_request_id_of_the_header_wins():
    body = envelope("api_error", "x")
    assert error_of(500, body, request_id="req_2").request_id == "req_2"
    assert error_of(500, b"", x_request_id="gw-3").request_id == "gw-3"


@pytest.mark.parametrize("place", [0, MESSAGE_LENGTH - 10, BODY_LENGTH - 30])
def test_a_server_that_repeats_the_key_does_not_get_it_into_the_error(place):
    body = envelope("authentication_error", " " + "x" * place + f"{KEY} is wrong", appeal_url=KEY)
    error = error_of(401, body, request_id=KEY)
    told = "\n".join([str(error), repr(error), error.hint, error.body, error.request_id])
    assert KEY[:8] not in told


def escaped(text, *, depth=1):
    """JSON escapes of every letter, inside `depth` levels of JSON strings."""
    return "".join("\\" * 2 ** (depth - 1) + f"u{ord(char):04X}" for char in text)


@pytest.mark.parametrize(
    "spelled",
    [
        escaped(KEY),
        escaped(KEY[0]) + KEY[1:],
        escaped(KEY, depth=2),
        escaped(KEY, depth=3),
        KEY.replace("-", "%2D"),
        "".join(f"&#{ord(char)};" for char in KEY),
        "".join(f"&#x{ord(char):X};" for char in KEY),
    ],
)
@pytest.mark.parametrize(
    "shape",
    [
        '{"error": {"type": "x", "message": "bad key KEY", "details": {"error_code": "KEY"}}}',
        '{"error": {"type": "KEY", "message": ""}, "request_id": "KEY"}',
        '{"detail": [{"input": "KEY"}]}',
        '["KEY"]',
        "<html><title>KEY</title>",
        "KEY",
        '{"cut": "KEY',
    ],
)
def test_no_spelling_of_the_key_gets_into_the_error(shape, spelled):
    error = error_of(401, shape.replace("KEY", spelled).encode())
    told = "\n".join([str(error), error.hint, error.body, error.error_type, error.request_id])
    for _ in range(4):
        assert KEY not in told
        told = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), told)
        told = html.unescape(unquote(told.replace("\\\\", "\\")))


def test_slashes_escaped_as_some_languages_do_hide_no_key():
    failures = Failures("lab", "https://api.example", Redactor(["gw/secret/0123456789"]))
    error = error_of(401, rb'{"message": "gw\/secret\/0123456789 is wrong"}', failures=failures)
    assert "secret" not in error.why + error.body


def test_a_key_in_an_id_that_was_asked_for_is_not_repeated():
    error = error_of(404, call=Call(f"read batch {KEY}", "GET", "/v1/x"))
    assert KEY not in str(error)
    assert KEY not in str(FAILURES.of_network(Call(f"read {KEY}", "GET", "/"), "cut"))


def test_a_body_of_nothing_but_backslashes_is_read():
    assert error_of(500, b"\\" * 65536).status == 500


def test_a_proxys_password_is_a_secret_in_each_form_it_travels_in():
    known = set(secrets_of_url("http://ada:p%40ssw0rd@proxy:3128"))
    basic = base64.b64encode(b"ada:p@ssw0rd").decode()
    assert {"ada:p%40ssw0rd", "p%40ssw0rd", "p@ssw0rd", basic} <= known
    assert set(secrets_of_url("ada:pa55word@[::1")) >= {"pa55word"}
    assert not set(secrets_of_url("http://proxy:3128"))


def test_a_409_on_a_list_is_no_conflict_with_a_batch():
    error = error_of(409, envelope("conflict_error", "try again"), call=LIST)
    assert type(error) is errors.BadRequestError
    assert error.retryable


def test_only_what_may_have_arrived_may_have_been_done():
    assert error_of(529).maybe_done
    assert error_of(500).maybe_done
    assert not error_of(429).maybe_done
    assert FAILURES.of_network(READ, "cut").maybe_done
    assert not FAILURES.of_network(READ, "refused", sent=False).maybe_done


@given(text=st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_an_id_is_one_segment_of_a_path(text):
    segment = path_segment(text)
    assert segment.isascii()
    assert not set(segment) & set("/?#\\ \r\n")


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_what_leads_elsewhere_is_no_id(text):
    with pytest.raises(ValueError, match="cannot be an id"):
        path_segment(text)


def test_a_lone_surrogate_from_a_command_line_is_still_a_path():
    assert path_segment("b\udcff") == "b%ED%B3%BF"


def test_the_wish_is_told_as_it_is_and_granted_as_far_as_is_sane():
    error = error_of(429, retry_after="100000")
    assert error.hint == "the server asks to wait 1d 03h"
    assert error.retry_after == 3600
    assert "asks to wait" in error_of(429, retry_after="1e300").hint
