import io
from dataclasses import replace

import pytest

from batchtui.cli import exits
from batchtui.cli.crash import redact, write_crash_report
from batchtui.cli.diagnostics import Diagnostics
from batchtui.core import errors
from batchtui.core.models import BatchState, RequestCounts


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_an_error_says_what_why_and_what_to_do():
    stream = io.StringIO()
    Diagnostics(stream).error(errors.BatchtuiError("it broke", "no luck", "try again"))
    assert stream.getvalue() == "batchtui: it broke: no luck\n  try again\n"


def test_text_of_the_server_is_masked():
    stream = io.StringIO()
    Diagnostics(stream).error(errors.ApiError("x", "a\x1b]52;c;eA==\x07\nb", "c\x9bd"))
    assert not set(stream.getvalue()) & set("\x1b\x07\x9b")
    assert stream.getvalue().count("\n") == 2


def test_progress_is_for_terminals_and_gives_way_to_notes():
    pipe, screen = io.StringIO(), Screen()
    for stream in (pipe, screen):
        diagnostics = Diagnostics(stream)
        diagnostics.progress("one")
        diagnostics.progress("two")
        diagnostics.note("done")
    assert pipe.getvalue() == "batchtui: done\n"
    assert screen.getvalue() == "\r\x1b[Kone\r\x1b[Ktwo\r\x1b[Kbatchtui: done\n"


class Full(io.StringIO):
    writes = 0

    def write(self, text):
        self.writes += 1
        raise OSError(28, "No space left on device")


def test_a_standard_error_that_cannot_be_written_is_given_up():
    Diagnostics(None).note("x")
    stream = Full()
    diagnostics = Diagnostics(stream)
    diagnostics.note("x")
    diagnostics.note("y")
    assert stream.writes == 1


def test_redaction_hides_values_of_secret_variables_keys_and_headers():
    env = {"ANTHROPIC_API_KEY": "geheim-123456", "MY_TOKEN": "tokentoken", "PATH": "/usr/bin"}
    text = (
        "geheim-123456 tokentoken /usr/bin sk-ant-api03-abcdefgh Authorization: Bearer abc.def"
        " {'x-api-key': 'literal-key'}"
    )
    hidden = redact(text, env)
    for secret in ("geheim", "tokentoken", "abcdefgh", "abc.def", "literal-key"):
        assert secret not in hidden
    assert "/usr/bin" in hidden


def test_a_crash_report_is_private_and_without_secrets(tmp_path):
    env = {"ANTHROPIC_API_KEY": "geheim-123456"}
    error = ValueError("the key is geheim-123456")
    report = write_crash_report(error, ["ls", "geheim-123456"], env, tmp_path / "state")
    text = report.read_text()
    assert "ValueError" in text
    assert "geheim" not in text
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_crash_report_that_cannot_be_written_is_none(tmp_path):
    (tmp_path / "state").write_text("a file, not a folder")
    assert write_crash_report(ValueError(), [], {}, tmp_path / "state") is None


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.ConfigError, 2), (errors.UsageError, 2), (errors.AmbiguousIdError, 2),
        (errors.QueryError, 2), (errors.AuthError, 4), (errors.PermissionDeniedError, 4),
        (errors.UnknownBatchError, 5), (errors.NotFoundError, 5), (errors.StateError, 6),
        (errors.ConflictError, 6), (errors.NetworkError, 1), (errors.RateLimitedError, 1),
        (errors.ServerError, 1), (errors.ResultsError, 1), (errors.ArchiveError, 1),
    ],
)  # fmt: skip
def test_exit_codes_of_errors(kind, code):
    assert exits.code_for(kind("x")) == code


@pytest.mark.parametrize(
    ("state", "counts", "code"),
    [
        (BatchState.COMPLETED, RequestCounts(succeeded=3), 0),
        (BatchState.COMPLETED, RequestCounts(succeeded=2, errored=1), 3),
        (BatchState.FAILED, RequestCounts(errored=3), 3),
        (BatchState.CANCELED, RequestCounts(succeeded=3), 0),
        (BatchState.CANCELED, RequestCounts(canceled=3), 3),
        (BatchState.EXPIRED, RequestCounts(expired=3), 3),
    ],
)
def test_exit_codes_of_batches(make, state, counts, code):
    assert exits.code_for_batch(make("x", state, counts)) == code


@pytest.mark.parametrize("state", [BatchState.COMPLETED, BatchState.FAILED])
def test_without_counts_nothing_says_that_a_batch_succeeded(make, state):
    entry = make("x", state)
    entry = replace(entry, batch=replace(entry.batch, request_counts=None))
    assert exits.code_for_batch(entry) == 3


def test_a_wrong_query_is_shown_with_its_place():
    stream = io.StringIO()
    error = errors.QueryError("OR is not understood", "all must hold", "quote it", at=3)
    Diagnostics(stream).query_error(error, "名前 OR b\x1b")
    assert stream.getvalue() == (
        "batchtui: OR is not understood: all must hold\n  名前 OR b\u241b\n       ^\n  quote it\n"
    )
