import sys

import pytest

from batchtui.config.keys import CommandResult, key_source, resolve_key, run_command
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


def test_a_failing_command_tells_its_last_words_masked():
    run = answers(b"", b"first\ngpg: \x1b[31mno secret key\x1b[0m\n", 2)
    error = failure(account(api_key_command="pass show x"), run=run)
    assert error.why.startswith("the command pass failed with exit code 2: gpg: ")
    assert "\x1b" not in error.why
    assert "first" not in error.why


def test_last_words_that_repeat_the_key_are_not_told():
    run = answers(SECRET.encode(), f"+ echo {SECRET}".encode(), 1)
    assert failure(account(api_key_command="x"), run=run).why.endswith("exit code 1")


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
