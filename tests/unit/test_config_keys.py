import re
import sys

import pytest

from batchtui.config.keys import CommandResult, key_mark, key_source, resolve_key, run_command
from batchtui.config.schema import AccountConfig
from batchtui.core.errors import ConfigError

SECRET = "sk-ant-hunter2"


def account(**fields) -> AccountConfig:
    return AccountConfig.model_validate({"name": "main", **fields})


def answers(stdout=b"", stderr=b"", returncode=0):
    """A runner that answers thus, and keeps what it was asked to run."""

    def run(argv, env, timeout):
        run.calls.append((argv, env))
        return CommandResult(returncode, stdout, stderr)

    run.calls = []
    return run


def failure(config: AccountConfig, env=None, run=run_command) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        resolve_key(config, env or {}, run)
    told = f"{caught.value} {caught.value.hint} {caught.value!r}"
    assert SECRET not in told
    assert caught.value.what == "account main"
    return caught.value


def test_a_literal_key():
    key = resolve_key(account(api_key=SECRET), {})
    assert key is not None
    assert key.get_secret_value() == SECRET


def test_a_key_from_a_variable():
    config = account(api_key_env="MY_KEY")
    key = resolve_key(config, {"MY_KEY": f"{SECRET}\n", "ANTHROPIC_API_KEY": "other"})
    assert key is not None
    assert key.get_secret_value() == SECRET
    assert key_source(config) == "environment MY_KEY"


@pytest.mark.parametrize("env", [{}, {"MY_KEY": ""}, {"MY_KEY": " "}])
def test_a_variable_that_is_not_set(env):
    error = failure(account(api_key_env="MY_KEY"), env)
    assert error.why == "the environment variable MY_KEY is not set"


def test_a_command_is_split_into_words_and_its_first_line_is_the_key():
    run = answers(stdout=f"  {SECRET}\r\nlogin: ada\n".encode())
    config = account(api_key_command="/opt/bin/pass show 'my key'")
    key = resolve_key(config, {"HOME": "/h"}, run)
    assert key is not None
    assert key.get_secret_value() == SECRET
    assert run.calls == [(["/opt/bin/pass", "show", "my key"], {"HOME": "/h"})]
    assert key_source(config) == "command pass"


@pytest.mark.parametrize(
    "stderr", [b"gpg: \x1b[31mno key\x1b[0m", f"+ curl -H x-api-key:{SECRET}".encode(), b"\xff"]
)
def test_of_a_failing_command_only_the_exit_code_is_told(stderr):
    error = failure(account(api_key_command="pass show x"), run=answers(b"", stderr, 2))
    assert error.why == "the command pass failed with exit code 2"
    assert "by hand" in error.hint


def test_a_key_in_the_place_of_a_command_is_not_told():
    misplaced = account(api_key_command="sk-ant-api03-0123456789")
    error = failure(misplaced)
    assert "0123456789" not in f"{error} {error.hint} {key_source(misplaced)} {misplaced!r}"


def test_a_command_that_takes_too_long():
    def run(argv, env, timeout):
        raise TimeoutError

    error = failure(account(api_key_command="pass show x"), run=run)
    assert error.why == "the command pass took longer than 30 s"


def test_a_real_command_that_takes_too_long_is_killed():
    with pytest.raises(TimeoutError):
        run_command([sys.executable, "-c", "input = __import__('time').sleep(60)"], {}, 0.05)


def test_a_real_command_has_no_input_and_the_given_environment():
    code = "import os, sys; print(os.environ['A'] + sys.stdin.read()); sys.exit(3)"
    result = run_command([sys.executable, "-c", code], {"A": "b"}, 30)
    assert (result.returncode, result.stdout) == (3, b"b\n")


def test_a_command_that_is_not_there():
    error = failure(account(api_key_command="/no/such/tool --now"))
    assert error.why == "the command tool cannot be started: No such file or directory"


@pytest.mark.parametrize(
    "output", [b"", b"\n", b"two words\n", b"\xff\n", b"a\x00b", "schlüssel".encode()]
)
def test_output_that_is_no_key(output):
    error = failure(account(api_key_command="pass x"), run=answers(output))
    assert "(from command pass)" in error.why
    assert "two words" not in error.why


def test_a_key_file_is_read_without_the_line_break(tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{SECRET}\n")
    config = account(api_key_file=file)
    key = resolve_key(config, {})
    assert key is not None
    assert key.get_secret_value() == SECRET
    assert key_source(config) == f"file {file}"


@pytest.mark.parametrize("content", [b"", f"{SECRET}\n{SECRET}\n".encode(), b"\xff\xfe"])
def test_a_key_file_without_a_key(tmp_path, content):
    file = tmp_path / "key"
    file.write_bytes(content)
    assert str(file) in failure(account(api_key_file=file)).why


def test_a_key_file_that_is_not_there(tmp_path):
    error = failure(account(api_key_file=tmp_path / "key"))
    assert error.why == f"cannot read {tmp_path / 'key'}: No such file or directory"


def test_no_key_at_all_says_what_to_set():
    error = failure(account())
    assert error.why == "no API key is configured"
    for word in ("ANTHROPIC_API_KEY", "api_key_env", "api_key_command", "api_key_file"):
        assert word in error.hint
    assert key_source(account()) == "nowhere"


def test_a_server_that_asks_for_none_gets_none():
    assert resolve_key(account(auth="none"), {"ANTHROPIC_API_KEY": SECRET}) is None


def test_what_a_command_left_is_not_in_its_repr():
    assert SECRET not in repr(CommandResult(0, SECRET.encode(), SECRET.encode()))


MARK = re.compile("[0-9a-f]{8}")


def test_a_mark_changes_with_the_key_wherever_it_comes_from(tmp_path):
    file = tmp_path / "key"
    file.write_text("k1\n")
    link = tmp_path / "other"
    link.write_text("k2")
    env = {"A": " k1\n", "B": "k2"}
    firsts = [account(api_key="k1"), account(api_key_env="A"), account(api_key_file=file)]
    others = [account(api_key="k2"), account(api_key_env="B"), account(api_key_file=link)]
    first, other = ({key_mark(one, env) for one in same} for same in (firsts, others))
    assert len(first) == len(other) == 1
    assert first != other
    assert all(MARK.fullmatch(mark) for mark in first | other)


def test_the_mark_of_a_command_is_that_of_its_text_and_runs_nothing(tmp_path):
    touched = tmp_path / "touched"
    first = key_mark(account(api_key_command=f"touch {touched}"), {})
    assert MARK.fullmatch(first)
    assert first != key_mark(account(api_key_command=f"touch {touched}2"), {})
    assert not touched.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"auth": "none"},
        {"api_key_env": "UNSET"},
        {"api_key_file": "/no/such/file"},
        {"api_key_file": "/"},
        {"api_key_file": "/a\0b"},
        {"api_key_file": "/dev/zero"},
    ],
)
def test_where_there_is_no_key_there_is_no_mark(fields):
    assert key_mark(account(**fields), {}) == ""


def test_the_mark_of_a_variable_that_is_no_text():
    assert MARK.fullmatch(key_mark(account(api_key_env="A"), {"A": "k\udcff"}))
