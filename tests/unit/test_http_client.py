"""The client against servers that misbehave on the socket: each trouble has its own words."""

import asyncio
import contextlib
import gzip
import itertools
import json
import socket
import ssl
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import anyio
import pytest
from pydantic import SecretStr

from batchtui.config.schema import AccountConfig
from batchtui.core import errors
from batchtui.providers import http
from batchtui.providers.causes import is_loopback, why_unconnected
from batchtui.providers.exchange import Call
from batchtui.providers.http import HttpClient

KEY = "sk-ant-secret-0123456789"
CERTIFICATE = Path(__file__).parents[1] / "data" / "loopback.pem"
"""A key and its certificate, signed by itself, for 127.0.0.1: of use in tests only."""

GET = Call("list batches", "GET", "/v1/x", {"limit": "2"})
POST = Call("create a batch", "POST", "/v1/x", body=b"{}", repeatable=False)


def answer(body=b"{}", status="200 OK", **headers):
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class RawServer:
    """Gives each connection the next of its answers, byte for byte, and hangs up."""

    def __init__(self, *answers, tls=None):
        self.answers = list(answers)
        self.requests = []
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while self.answers:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(ssl.SSLError), self._secured(connection) as connection:
                self.requests.append(self._request(connection))
                with contextlib.suppress(OSError):  # the client has had enough
                    connection.sendall(self.answers.pop(0))

    def _secured(self, connection):
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    @staticmethod
    def _request(connection):
        got = b""
        while b"\r\n\r\n" not in got and not got.startswith(b"\x16"):  # a TLS greeting
            more = connection.recv(65536)
            if not more:
                break
            got += more
        return got.decode("latin-1").lower()

    def close(self):
        self.answers.clear()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def serve():
    servers = []

    def start(*answers, **options):
        servers.append(RawServer(*answers, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
async def client(clock):
    """Makes clients of a port, with account settings; all closed at the end."""
    made = []

    def make(port, *, key=KEY, scheme="http", **settings):
        settings = {"base_url": f"{scheme}://127.0.0.1:{port}", **settings}
        account = AccountConfig(name="lab", **settings)
        secret = None if key is None else SecretStr(key)
        headers = {"anthropic-version": "2023-06-01"}
        made.append(HttpClient(account, secret, headers=headers, clock=clock, random=lambda: 0.0))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


async def patiently(clock, call):
    """The call's error, or None, and the waits it made before it was through."""
    task = asyncio.ensure_future(call)
    waits = []
    while not task.done():
        await asyncio.wait({task}, timeout=0.002)
        if clock.sleepers:
            waits.append(clock.sleepers[0][0] - clock.elapsed)
            await clock.advance(waits[-1])
    return task.exception(), waits


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def test_a_call_carries_its_headers_and_the_key(serve, client):
    server = serve(answer(b'{"a": 1}'))
    got = await client(server.port, headers={"X-Team": "evals"}).send(GET)
    assert got.json() == {"a": 1}
    request = server.requests[0]
    assert request.startswith("get /v1/x?limit=2 http/1.1\r\n")
    for line in (f"x-api-key: {KEY}", "anthropic-version: 2023-06-01", "x-team: evals"):
        assert f"\r\n{line}\r\n" in request
    assert "\r\nuser-agent: batchtui/" in request
    assert "authorization" not in request


async def test_bearer_none_and_no_key(serve, client):
    server = serve(answer(), answer(), answer())
    await client(server.port, auth="bearer").send(GET)
    await client(server.port, auth="none").send(GET)
    await client(server.port, key=None).send(GET)
    bearer, *others = server.requests
    assert f"authorization: bearer {KEY}" in bearer
    assert "x-api-key" not in bearer
    for request in others:
        assert "x-api-key" not in request
        assert "authorization" not in request


@pytest.mark.parametrize(
    "key", ["abc\ndef-123456", "sk ant", "schlüssel", "", "“quoted-key”", "k\0"]
)
async def test_a_key_that_no_header_can_carry(serve, client, key):
    server = serve()
    with pytest.raises(errors.AuthError) as caught:
        await client(server.port, key=key).send(GET)
    assert "holds a character" in caught.value.why
    assert not key or key not in str(caught.value) + caught.value.hint
    assert server.requests == []


async def test_refused_three_times_with_growing_waits(client, clock):
    error, waits = await patiently(clock, client(free_port()).send(GET))
    assert isinstance(error, errors.NetworkError)
    assert "refused the connection" in error.why
    assert "base_url of account lab" in error.hint
    assert waits == [0.5, 1.0]
    assert not error.maybe_done


async def test_a_retry_that_succeeds(serve, client, clock):
    server = serve(answer(b"{}", "529 Overloaded"), b"", answer(b"[1]"))
    error, waits = await patiently(clock, client(server.port).send(GET))
    assert error is None
    assert waits == [0.5, 1.0]
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ],
)
async def test_a_cut_answer_is_a_network_error(serve, client, clock, broken):
    server = serve(broken, broken, broken)
    error, _ = await patiently(clock, client(server.port).send(GET))
    assert isinstance(error, errors.NetworkError)
    assert "closed the connection too early" in error.why
    assert error.retryable
    assert error.maybe_done
    assert len(server.requests) == 3


class Dribbling(RawServer):
    """Sends a byte now and then, for ever: no single read is in vain."""

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection, contextlib.suppress(OSError):
            self.requests.append(self._request(connection))
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            while self.answers:
                connection.sendall(b" ")
                connection.settimeout(0.02)
                with contextlib.suppress(TimeoutError):
                    connection.recv(1)


async def test_an_answer_a_byte_at_a_time_is_given_up_once(client, clock, monkeypatch):
    monkeypatch.setattr(http, "CONNECT_TIMEOUT", 0)
    server = Dribbling(b"")
    error, waits = await patiently(clock, client(server.port, timeout=1).send(GET))
    server.close()
    assert isinstance(error, errors.NoAnswerError)
    assert "not come to the end of its answer within 1 s" in error.why
    assert error.maybe_done
    assert waits == []


async def test_what_must_not_be_repeated_is_sent_once(serve, client, clock):
    server = serve(b"", answer())
    error, waits = await patiently(clock, client(server.port).send(POST))
    assert isinstance(error, errors.NetworkError)
    assert error.maybe_done
    assert waits == []
    assert len(server.requests) == 1


async def test_maybe_done_speaks_of_all_tries(serve, client, clock):
    server = serve(b"", answer(b"{}", "404 Not Found"))
    error, _ = await patiently(clock, client(server.port).send(GET))
    assert isinstance(error, errors.NotFoundError)
    assert error.maybe_done


async def test_a_server_that_speaks_something_else(serve, client):
    server = serve(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
    with pytest.raises(errors.ProtocolError) as caught:
        await client(server.port).send(GET)
    assert "does not speak HTTP" in caught.value.why
    assert "base_url of account lab" in caught.value.hint


async def test_https_to_a_server_of_plain_http(serve, client):
    server = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(errors.NetworkError) as caught:
        await client(server.port, scheme="https").send(GET)
    assert caught.value.why.startswith(f"TLS with 127.0.0.1:{server.port} failed")
    assert "plain http" in caught.value.hint
    assert not caught.value.retryable


@pytest.fixture
def tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


async def test_a_certificate_that_nobody_vouches_for(serve, client, tls):
    server = serve(answer(), tls=tls)
    with pytest.raises(errors.NetworkError) as caught:
        await client(server.port, scheme="https").send(GET)
    assert "is not trusted: self" in caught.value.why
    assert "ca_bundle" in caught.value.hint
    assert not caught.value.retryable
    assert server.requests == []


async def test_a_ca_bundle_vouches_for_it(serve, client, tls):
    server = serve(answer(b"[1]"), answer(b"two"), tls=tls)
    trusting = client(server.port, scheme="https", ca_bundle=CERTIFICATE)
    assert (await trusting.send(GET)).json() == [1]
    assert (await asyncio.to_thread(read, trusting))[1] == b"two"


async def test_an_answer_in_a_broken_encoding(serve, client):
    server = serve(answer(b"not gzip", content_encoding="gzip"))
    with pytest.raises(errors.ProtocolError):
        await client(server.port).send(GET)


async def test_a_compressed_answer(serve, client):
    server = serve(answer(gzip.compress(b'{"a":2}'), content_encoding="gzip"))
    assert (await client(server.port).send(GET)).json() == {"a": 2}


async def test_an_answer_without_an_end_is_given_up(serve, client, monkeypatch):
    monkeypatch.setattr(http, "MAX_BODY", 1000)
    server = serve(answer(b"x" * 200_000))
    with pytest.raises(errors.ProtocolError, match="no end"):
        await client(server.port).send(GET)


async def test_a_huge_error_body_is_read_in_part(serve, client):
    server = serve(answer(b"x" * 10_000_000, "400 Bad Request"))
    with pytest.raises(errors.BadRequestError) as caught:
        await client(server.port).send(GET)
    assert len(caught.value.body) == 8192


async def test_redirects_within_the_origin_are_followed_with_the_key(serve, client):
    server = serve(
        answer(b"", "307 Temporary Redirect", location="/v2/y?limit=2"),
        answer(b"", "302 Found", location="z/é"),
        answer(b"[]"),
    )
    assert (await client(server.port).send(GET)).json() == []
    assert "get /v2/y?limit=2 " in server.requests[1]
    assert "get /v2/z/%" in server.requests[2]
    assert KEY in server.requests[2]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{other}/v1/x",
        "//127.0.0.1:{other}/v1/x",
        "https://127.0.0.1:{port}/v1/x",
        "http://user:pw@127.0.0.1:{port}/v1/x",
        "http://127.0.0.1:{other}\\@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}\\@127.0.0.1:{other}/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "",
        "http://[::1/",
        "http://127.0.0.1:99999999/",
    ],
)
async def test_no_redirect_leads_to_another_origin(serve, client, location):
    stranger = serve(answer())
    server = serve(b"", answer())
    place = location.format(other=stranger.port, port=server.port)
    server.answers[0] = answer(b"", "307 Temporary Redirect", location=place)
    with pytest.raises(errors.ProtocolError) as caught:
        await client(server.port).send(GET)
    assert "redirects to" in caught.value.why or "Invalid URL in location" in caught.value.why
    assert not caught.value.retryable
    assert stranger.requests == []
    assert len(server.requests) == 1
    if "make it the base_url" in caught.value.hint:
        assert place.startswith(("http:", "https:", "//"))
        assert "@" not in caught.value.hint


async def test_a_redirect_without_a_place_is_no_circle(serve, client):
    server = serve(answer(b"", "307 Temporary Redirect"), answer(b"", "302 Found"))
    with pytest.raises(errors.ProtocolError, match="redirects to no web address"):
        await client(server.port).send(GET)
    with pytest.raises(errors.ProtocolError, match="redirects to no web address"):
        await asyncio.to_thread(read, client(server.port))


async def test_a_circle_of_redirects_ends(serve, client):
    server = serve(*[answer(b"", "307 Temporary Redirect", location="/v1/x")] * 20)
    with pytest.raises(errors.ProtocolError, match="in a circle"):
        await client(server.port).send(GET)
    assert len(server.requests) == 6


async def test_a_post_is_redirected_only_where_it_stays_a_post(serve, client):
    server = serve(answer(b"", "307 Temporary Redirect", location="/v1/y"), answer(b"[]"))
    assert (await client(server.port).send(POST)).json() == []
    assert server.requests[1].startswith("post /v1/y ")
    server = serve(answer(b"", "302 Found", location="/v1/y"), answer())
    with pytest.raises(errors.ProtocolError, match="redirects a POST"):
        await client(server.port).send(POST)


async def test_an_id_longer_than_any_address(client):
    with pytest.raises(errors.NotFoundError):
        await client(free_port()).send(Call("read a batch", "GET", "/v1/" + "x" * 70_000))


async def test_a_name_that_cannot_be_looked_up(client, clock, monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    lost = client(1, base_url="http://nowhere.invalid")
    error, waits = await patiently(clock, lost.send(GET))
    assert isinstance(error, errors.NetworkError)
    assert "the name of nowhere.invalid cannot be looked up" in error.why
    assert len(waits) == 2


async def test_a_configured_proxy_is_used(serve, client):
    proxy = serve(answer(b"[7]"))
    got = await client(
        1, base_url="http://api.example.invalid", proxy=f"http://u:pw@127.0.0.1:{proxy.port}"
    ).send(GET)
    assert got.json() == [7]
    assert proxy.requests[0].startswith("get http://api.example.invalid/v1/x?limit=2 ")


async def test_the_environments_proxy_is_used_but_not_for_loopback(serve, client, monkeypatch):
    proxy, server = serve(answer(b"[7]")), serve(answer(b"[8]"))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert (await client(server.port).send(GET)).json() == [8]
    outside = client(1, base_url="http://api.example.invalid")
    assert (await outside.send(GET)).json() == [7]


async def test_a_proxy_that_refuses_is_named_as_the_one_to_blame(client, clock):
    through = client(
        1, base_url="http://api.example.invalid", proxy=f"http://127.0.0.1:{free_port()}"
    )
    error, _ = await patiently(clock, through.send(GET))
    assert "or the proxy before it" in error.why


async def test_a_proxy_that_does_not_let_through(serve, client, clock):
    proxy = serve(*[answer(b"", "403 Forbidden")] * 3)
    through = client(
        1, base_url="https://api.example.invalid", proxy=f"http://127.0.0.1:{proxy.port}"
    )
    error, _ = await patiently(clock, through.send(GET))
    assert isinstance(error, errors.NetworkError)
    assert error.why == "the proxy refused: 403 Forbidden"
    assert proxy.requests[0].startswith("connect api.example.invalid:443 ")
    assert KEY not in "".join(proxy.requests)


def chained(*causes):
    """An exception as libraries raise it: each one from the next."""
    for outer, inner in itertools.pairwise(causes):
        outer.__cause__ = inner
    return causes[0]


@pytest.mark.parametrize(
    ("error", "words", "retryable"),
    [
        (
            chained(OSError("all failed"), ExceptionGroup("tries", [ConnectionRefusedError()])),
            "refused",
            True,
        ),
        (chained(OSError("x"), socket.gaierror(-2, "Name not known")), "cannot be looked up", True),
        (OSError("Network is unreachable"), "Network is unreachable", True),
    ],
)
def test_the_cause_is_found_however_deep_it_lies(error, words, retryable):
    why, _, again = why_unconnected(error, "api.example")
    assert words in why
    assert again is retryable


def test_a_chain_of_causes_that_bites_its_tail():
    error = OSError("odd")
    error.__cause__ = ValueError("other")
    error.__cause__.__context__ = error
    assert why_unconnected(error, "api.example")[0] == "no connection to api.example: odd"


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:8000", True),
        ("http://sim.localhost", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:80", True),
        ("https://api.anthropic.com", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_what_is_this_machine(url, here):
    assert is_loopback(url) is here


async def test_a_connection_that_does_not_come_about(client, clock, monkeypatch):
    async def never(*args, **kwargs):
        raise TimeoutError

    monkeypatch.setattr(anyio, "connect_tcp", never)
    error, waits = await patiently(clock, client(free_port()).send(GET))
    assert isinstance(error, errors.NetworkError)
    assert "within 5 s" in error.why
    assert not error.maybe_done
    assert len(waits) == 2


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_ca_bundle_that_cannot_be_read(client_of_bundle, content, tmp_path):
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_bytes(content)
    with pytest.raises(errors.ConfigError) as caught:
        client_of_bundle(bundle)
    assert str(bundle) in caught.value.why


@pytest.fixture
def client_of_bundle(clock):
    def make(bundle):
        account = AccountConfig(name="lab", base_url="https://127.0.0.1", ca_bundle=bundle)
        return HttpClient(account, None, headers={}, clock=clock)

    return make


def test_a_proxy_of_the_environment_that_cannot_be_used(clock, monkeypatch):
    monkeypatch.setenv("all_proxy", "gopher://127.0.0.1:1")
    account = AccountConfig(name="lab", base_url="https://api.example.invalid")
    with pytest.raises(errors.ConfigError, match="proxy"):
        HttpClient(account, None, headers={}, clock=clock)


@pytest.mark.parametrize(
    "proxy", ["http://ada:hunter2@[::1", "http://ada:hunter2@host:99999", "ada:hunter2@host:port",
              "http://ada:hunter2@h\x01", "http://"]
)  # fmt: skip
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "http_proxy", "all_proxy"])
def test_a_proxy_variable_that_is_no_address_is_named(clock, monkeypatch, variable, proxy):
    monkeypatch.setenv(variable, proxy)
    account = AccountConfig(name="lab", base_url="https://api.example.invalid")
    with pytest.raises(errors.ConfigError) as caught:
        HttpClient(account, None, headers={}, clock=clock)
    assert variable.upper() in caught.value.why
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_no_proxy_that_cannot_be_read_is_told(clock, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "[::1")
    account = AccountConfig(name="lab", base_url="https://api.example.invalid")
    with pytest.raises(errors.ConfigError, match="NO_PROXY"):
        HttpClient(account, None, headers={}, clock=clock)


async def test_the_client_of_streams_minds_the_proxy_variables_too(client, monkeypatch):
    outside = client(1, base_url="http://api.example.invalid")
    monkeypatch.setenv("HTTP_PROXY", "http://ada:hunter2@[::1")
    monkeypatch.setenv("http_proxy", "http://ada:hunter2@[::1")
    with pytest.raises(errors.ConfigError, match="HTTP_PROXY"):
        await asyncio.to_thread(read, outside)


async def test_wrong_proxy_variables_are_nothing_to_this_machine(serve, client, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://ada:hunter2@[::1")
    server = serve(answer(b"[8]"))
    assert (await client(server.port).send(GET)).json() == [8]


async def test_a_name_that_no_network_has(client, clock):
    long = client(1, base_url=f"http://{'a' * 70}.invalid")
    error, _ = await patiently(clock, long.send(GET))
    assert isinstance(error, errors.ApiError)


def read(client, **options):
    call = Call("fetch the results", "GET", "/v1/b/results", headers={"accept": "*/*"})
    with client.stream(call, **options) as stream:
        return stream, b"".join(stream.chunks())


async def test_a_stream_asks_for_plain_bytes_and_knows_their_number(serve, client):
    server = serve(answer(b"one\ntwo", etag='"v1"'))
    stream, body = await asyncio.to_thread(read, client(server.port))
    assert body == b"one\ntwo"
    assert (stream.offset, stream.total_bytes, stream.etag) == (0, 7, '"v1"')
    assert "accept-encoding: identity" in server.requests[0]
    assert "range" not in server.requests[0]


async def test_a_stream_comes_in_large_pieces_where_it_is_fast(serve, client):
    server = serve(answer(bytes(16 << 20)))
    call = Call("fetch the results", "GET", "/v1/b/results")

    def pieces():
        with client(server.port).stream(call) as stream:
            return [len(piece) for piece in stream.chunks()]

    sizes = await asyncio.to_thread(pieces)
    assert sum(sizes) == 16 << 20
    assert 64 << 10 < max(sizes) <= 256 << 10


async def test_a_stream_goes_on_where_it_was(serve, client):
    part = answer(b"two", "206 Partial Content", etag='"v1"', content_range="bytes 4-6/7")
    server = serve(part)
    stream, body = await asyncio.to_thread(read, client(server.port), offset=4, etag='"v1"')
    assert body == b"two"
    assert (stream.offset, stream.total_bytes) == (4, 7)
    assert "range: bytes=4-" in server.requests[0]
    assert 'if-range: "v1"' in server.requests[0]


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
async def test_without_a_strong_etag_nothing_is_asked_in_parts(serve, client, etag):
    server = serve(answer(b"one\ntwo"))
    stream, body = await asyncio.to_thread(read, client(server.port), offset=4, etag=etag)
    assert (stream.offset, body) == (0, b"one\ntwo")
    assert "range" not in server.requests[0]


@pytest.mark.parametrize(
    "useless",
    [
        answer(b"", "416 Range Not Satisfiable"),
        answer(b"x", "206 Partial Content", etag='"v2"', content_range="bytes 4-4/5"),
        answer(b"x", "206 Partial Content", content_range="bytes 4-4/5"),
        answer(b"x", "206 Partial Content", etag='"v1"', content_range="bytes 3-6/7"),
        answer(b"x", "206 Partial Content", etag='"v1"'),
        answer(
            b"x", "206 Partial Content", etag='"v1"', content_range="bytes 4-6/7",
            content_encoding="gzip",
        ),
    ],
)  # fmt: skip
async def test_a_part_that_does_not_fit_is_asked_for_anew(serve, client, useless):
    server = serve(useless, answer(b"all of it", etag='"v2"'))
    stream, body = await asyncio.to_thread(read, client(server.port), offset=4, etag='"v1"')
    assert (stream.offset, stream.etag, body) == (0, '"v2"', b"all of it")
    assert "range" not in server.requests[1]


async def test_a_server_that_answers_a_range_with_everything(serve, client):
    server = serve(answer(b"one\ntwo", etag='"v2"'))
    stream, body = await asyncio.to_thread(read, client(server.port), offset=4, etag='"v1"')
    assert (stream.offset, body) == (0, b"one\ntwo")
    assert len(server.requests) == 1


async def test_a_part_that_nobody_asked_for(serve, client):
    server = serve(answer(b"x", "206 Partial Content"))
    with pytest.raises(errors.ProtocolError):
        await asyncio.to_thread(read, client(server.port))


async def test_content_that_comes_compressed_anyway_is_unpacked_and_not_resumable(serve, client):
    server = serve(answer(gzip.compress(b"one\ntwo"), content_encoding="gzip", etag='"v1"'))
    stream, body = await asyncio.to_thread(read, client(server.port))
    assert body == b"one\ntwo"
    assert (stream.total_bytes, stream.etag) == (None, "")


async def test_a_stream_that_is_cut_gives_its_bytes_first(serve, client):
    server = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\none\n")
    call = Call("fetch the results", "GET", "/v1/b/results")

    def gather():
        got = b""
        with client(server.port).stream(call) as stream:
            try:
                for chunk in stream.chunks():
                    got += chunk
            except errors.NetworkError as error:
                return got, error
        raise AssertionError("the cut went unseen")

    got, error = await asyncio.to_thread(gather)
    assert got == b"one\n"
    assert error.retryable


async def test_a_stream_follows_redirects_at_home_but_not_in_circles(serve, client):
    onward = answer(b"", "302 Found", location="/v2/results")
    server = serve(onward, answer(b"here"))
    _, body = await asyncio.to_thread(read, client(server.port))
    assert body == b"here"
    server = serve(*[onward] * 9)
    with pytest.raises(errors.ProtocolError, match="in a circle"):
        await asyncio.to_thread(read, client(server.port))
    assert len(server.requests) == 6


async def test_a_huge_error_instead_of_a_stream_is_read_in_part(serve, client):
    server = serve(answer(b"x" * 10_000_000, "403 Forbidden"))
    with pytest.raises(errors.PermissionDeniedError) as caught:
        await asyncio.to_thread(read, client(server.port))
    assert len(caught.value.body) == 8192


async def test_an_error_instead_of_a_stream_is_asked_for_once(serve, client):
    body = json.dumps({"error": {"type": "overloaded_error", "message": "busy"}}).encode()
    server = serve(answer(body, "529 Overloaded", retry_after="4"), answer())
    with pytest.raises(errors.OverloadedError) as caught:
        await asyncio.to_thread(read, client(server.port))
    assert caught.value.retry_after == 4.0
    assert caught.value.retryable
    assert len(server.requests) == 1


async def test_a_stream_after_the_end_is_an_error_not_a_crash(serve, client):
    server = serve()
    closed = client(server.port)
    await closed.aclose()
    with pytest.raises(errors.NetworkError, match="closed here"):
        await asyncio.to_thread(read, closed)


def test_nothing_of_httpx_is_loaded_before_a_provider_is_opened():
    program = """
import sys
from batchtui.providers.registry import capabilities_of
assert capabilities_of("anthropic").can_delete
assert not {"httpx", "pydantic", "rich"} & set(sys.modules), sorted(sys.modules)
import batchtui.providers.http
assert not {"click", "rich", "pygments"} & set(sys.modules)
import httpx
httpx.main
"""
    subprocess.run([sys.executable, "-c", program], check=True)
