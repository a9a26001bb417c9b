import pytest

from batchtui.config.layers import settings
from batchtui.config.loader import Loaded, load
from batchtui.config.paths import Paths
from batchtui.core.errors import ConfigError


@pytest.fixture
def paths(tmp_path):
    return Paths.from_env({}, tmp_path)


@pytest.fixture
def load_text(paths, tmp_path):
    """Loads a config file of the given text."""

    def load_it(text: str, flags=None, **env: str) -> Loaded:
        paths.config_file.parent.mkdir(parents=True, exist_ok=True)
        paths.config_file.write_text(text)
        paths.config_file.chmod(0o600)
        return load(env={"HOME": str(tmp_path), **env}, flags=flags or {}, paths=paths)

    return load_it


@pytest.fixture
def problems(load_text, paths):
    """The text of all that is wrong with a config file, with its path shortened to FILE."""

    def text_of(text: str, **env: str) -> str:
        with pytest.raises(ConfigError) as caught:
            load_text(text, **env)
        return str(caught.value).replace(str(paths.config_file), "FILE")

    return text_of


def test_nothing_at_all_is_a_configuration_without_accounts(paths, tmp_path):
    loaded = load(env={"HOME": str(tmp_path)}, paths=paths)
    assert loaded.config.accounts == ()
    assert loaded.config.polling.active == 30
    assert (loaded.path, loaded.warnings) == (None, ())
    assert set(loaded.origins.values()) == {"default"}


@pytest.mark.parametrize(
    ("file", "env", "flags", "active", "origin"),
    [
        ("", {}, {}, 30, "default"),
        ("active = 60", {}, {}, 60, "file FILE:2"),
        ("active = 60", {"BATCHTUI_POLLING_ACTIVE": "2m"}, {}, 120, "environment"),
        ("active = 60", {}, {"polling.active": 7}, 7, "flag --active"),
        ("", {"BATCHTUI_POLLING_ACTIVE": "90"}, {}, 90, "environment"),
        ("", {"BATCHTUI_POLLING_ACTIVE": "90"}, {"polling.active": "1h"}, 3600, "flag --active"),
        ("active = 60", {"BATCHTUI_POLLING_ACTIVE": ""}, {"polling.active": None}, 60, "file"),
    ],
)
def test_flags_win_over_environment_over_file_over_defaults(
    load_text, paths, file, env, flags, active, origin
):
    loaded = load_text(f"[polling]\n{file}\n", flags, **env)
    assert loaded.config.polling.active == active
    assert loaded.origins["polling.active"].startswith(
        origin.replace("FILE", str(paths.config_file))
    )


def test_origins_name_line_variable_and_flag(load_text, paths):
    text = 'read_only = true\n[accounts.main]\napi_key_env = "KEY"\n[ui]\nwide = true\n'
    loaded = load_text(text, {"ui.ascii": True}, BATCHTUI_UI_THEME="nord")
    expected = {
        "read_only": f"file {paths.config_file}:1",
        "accounts.main.api_key_env": f"file {paths.config_file}:3",
        "accounts.main.kind": "default",
        "ui.wide": f"file {paths.config_file}:5",
        "ui.theme": "environment BATCHTUI_UI_THEME",
        "ui.ascii": "flag --ascii",
        "polling.idle": "default",
    }
    assert {key: loaded.origins[key] for key in expected} == expected
    assert loaded.path == paths.config_file


def test_each_single_setting_has_a_variable(load_text):
    values = {
        "BATCHTUI_READ_ONLY": ("yes", True),
        "BATCHTUI_POLLING_ACTIVE": ("10", 10.0),
        "BATCHTUI_POLLING_FOCUSED": ("11s", 11.0),
        "BATCHTUI_POLLING_IDLE": ("12m", 720.0),
        "BATCHTUI_POLLING_MAX_BACKOFF": ("1h", 3600.0),
        "BATCHTUI_RESULTS_BUDGET": ("1.5 GiB", 1_610_612_736),
        "BATCHTUI_RESULTS_DIR": ("/srv/results", "/srv/results"),
        "BATCHTUI_UI_THEME": ("nord", "nord"),
        "BATCHTUI_UI_MOUSE": ("off", False),
        "BATCHTUI_UI_ASCII": ("1", True),
        "BATCHTUI_UI_WIDE": ("TRUE", True),
    }
    assert set(settings()) == set(values)
    loaded = load_text("", **{name: text for name, (text, _) in values.items()})
    for variable, key in settings().items():
        value = loaded.config
        for part in key:
            value = getattr(value, part)
        expected = values[variable][1]
        assert (str(value) if isinstance(expected, str) else value) == expected
    assert loaded.warnings == ()


def test_an_unknown_variable_of_ours_is_a_warning(load_text):
    loaded = load_text("", BATCHTUI_POLING_ACTIVE="3", BATCHTUI_DEBUG="1", OTHER="x")
    assert loaded.warnings == (
        (
            "environment BATCHTUI_POLING_ACTIVE: no such setting;"
            " did you mean BATCHTUI_POLLING_ACTIVE?"
        ),
    )


def only_account(loaded: Loaded):
    (account,) = loaded.config.accounts
    return account


@pytest.mark.parametrize(
    ("env", "key_variable", "auth", "base_url"),
    [
        (
            {"ANTHROPIC_API_KEY": "k"},
            "ANTHROPIC_API_KEY",
            "x-api-key",
            "https://api.anthropic.com",
        ),
        (
            {"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_BASE_URL": "https://gw.example/anthropic/"},
            "ANTHROPIC_AUTH_TOKEN",
            "bearer",
            "https://gw.example/anthropic",
        ),
        (
            {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_AUTH_TOKEN": "t"},
            "ANTHROPIC_API_KEY",
            "x-api-key",
            "https://api.anthropic.com",
        ),
    ],
)
def test_the_variables_of_the_provider_make_an_account(paths, env, key_variable, auth, base_url):
    loaded = load(env=env, paths=paths)
    account = only_account(loaded)
    assert (account.name, account.kind) == ("anthropic", "anthropic")
    assert (account.api_key_env, account.auth) == (key_variable, auth)
    assert account.base_url == base_url
    assert loaded.origins["accounts.anthropic.api_key_env"] == f"environment {key_variable}"


def test_a_base_url_alone_makes_no_account(paths):
    env = {"ANTHROPIC_BASE_URL": "http://localhost:1", "ANTHROPIC_API_KEY": ""}
    assert load(env=env, paths=paths).config.accounts == ()


def test_a_file_without_accounts_leaves_the_one_of_the_environment(load_text):
    assert only_account(load_text("[ui]\nwide = true\n", ANTHROPIC_API_KEY="k")).name == "anthropic"


def test_accounts_of_the_file_are_all_there_are_in_their_order(load_text):
    text = '[accounts.b]\napi_key_env = "B"\n[accounts.a]\napi_key_command = "pass a"\n'
    env = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://localhost:1"}
    config = load_text(text, **env).config
    assert [account.name for account in config.accounts] == ["b", "a"]
    assert {account.base_url for account in config.accounts} == {"https://api.anthropic.com"}


def test_an_account_without_a_key_takes_key_and_server_of_the_environment(load_text):
    env = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://localhost:1"}
    loaded = load_text("[accounts.mine]\n", **env)
    account = only_account(loaded)
    assert (account.name, account.api_key_env) == ("mine", "ANTHROPIC_API_KEY")
    assert account.base_url == "http://localhost:1"
    assert loaded.origins["accounts.mine.base_url"] == "environment ANTHROPIC_BASE_URL"
    assert loaded.origins["accounts.mine.kind"] == "default"


def test_what_an_account_of_the_file_says_wins_over_the_provider_variables(load_text):
    text = '[accounts.mine]\nbase_url = "https://own.example"\nauth = "x-api-key"\n'
    env = {"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_BASE_URL": "http://localhost:1"}
    account = only_account(load_text(text, **env))
    assert (account.base_url, account.auth) == ("https://own.example", "x-api-key")
    assert account.api_key_env == "ANTHROPIC_AUTH_TOKEN"


def test_naming_the_usual_variable_is_like_naming_none(load_text):
    text = '[accounts.mine]\napi_key_env = "ANTHROPIC_AUTH_TOKEN"\n'
    account = only_account(load_text(text, ANTHROPIC_BASE_URL="http://localhost:1"))
    assert (account.base_url, account.auth) == ("http://localhost:1", "bearer")


def test_an_account_that_needs_no_key_takes_none(load_text):
    text = '[accounts.local]\nauth = "none"\nbase_url = "http://[::1]:80"\n'
    loaded = load_text(text, ANTHROPIC_API_KEY="k")
    assert only_account(loaded).api_key_env is None
    assert loaded.warnings == ()


def test_a_full_account(load_text, tmp_path):
    account = only_account(
        load_text(
            '[accounts."a.b-c_1"]\nkind = "anthropic"\nbase_url = "HTTPS://Gw.example:8443/x/"\n'
            'api_key_file = "~/key"\nanthropic_version = "2026-10-21"\nbetas = ["x-1", "y_2"]\n'
            'read_only = true\nheaders = { X-Team = "t" }\nca_bundle = "/etc/ca.pem"\n'
            'proxy = "http://u:p@proxy:3128"\ntimeout = "2m"\nauth = "bearer"\n'
        )
    )
    assert account.name == "a.b-c_1"
    assert account.base_url == "https://Gw.example:8443/x"
    assert account.api_key_file == tmp_path / "key"
    assert account.betas == ("x-1", "y_2")
    assert account.headers["X-Team"].get_secret_value() == "t"
    assert account.proxy is not None
    assert account.proxy.get_secret_value() == "http://u:p@proxy:3128"
    assert (account.timeout, account.read_only) == (120.0, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red_only = true", "FILE:1: red_only: no such key; did you mean read_only?"),
        ('\ntheme = "nord"', "FILE:2: theme: no such key; did you mean ui.theme?"),
        ("[poling]\nactive = 3", "FILE:1: poling: no such key; did you mean polling?"),
        ("[polling]\n\nactiv = 3", "FILE:3: polling.activ: no such key; did you mean active?"),
        (
            "[polling]\nzzz = 3",
            "FILE:2: polling.zzz: no such key; there are active, focused, idle, max_backoff",
        ),
        (
            '[accounts.x]\nbase_ur = "y"',
            "FILE:2: accounts.x.base_ur: no such key; did you mean base_url?",
        ),
        (
            '[accounts.x]\nkind = "antropic"',
            'FILE:2: accounts.x.kind: unknown word "antropic"; did you mean "anthropic"?',
        ),
        (
            '[accounts.x]\nauth = "baerer"',
            'FILE:2: accounts.x.auth: unknown word "baerer"; did you mean "bearer"?',
        ),
        (
            '[accounts.x]\nkind = "zzz"',
            'FILE:2: accounts.x.kind: unknown word "zzz"; it can be anthropic, letta, openai',
        ),
        ('[ui]\nascii = "yes"', "FILE:2: ui.ascii: must be true or false"),
        ("[ui]\nmouse = 1", "FILE:2: ui.mouse: must be true or false"),
        ("[ui]\ntheme = 3", "FILE:2: ui.theme: must be text in quotes"),
        ('[ui]\ntheme = ""', "FILE:2: ui.theme: must not be empty"),
        ("ui = 3", "FILE:1: ui: must be a table"),
        ("[ui]\nkeymap = 3", 'FILE:2: ui.keymap: must be a table such as { name = "text" }'),
        (
            '[ui.keymap]\n"app.quit" = 3',
            'FILE:2: ui.keymap."app.quit": must be text in quotes',
        ),
        ("[polling]\nactive = 0.5", "FILE:2: polling.active: must be at least 1"),
        ('[polling]\nidle = "30h"', "FILE:2: polling.idle: must be at most 86400"),
        (
            '[polling]\nidle = "soon"',
            (
                "FILE:2: polling.idle: must be a time: a number of seconds,"
                ' or text such as "30s" or "5m"'
            ),
        ),
        ("[results]\ndir = 3", "FILE:2: results.dir: must be a path in quotes"),
        (
            '[results]\ndir = "here"',
            "FILE:2: results.dir: must be an absolute path, or one that begins with ~/",
        ),
        (
            "[[accounts]]\nkind = 'anthropic'",
            "FILE:1: accounts: an account is a table with its name in the heading: [accounts.NAME]",
        ),
        ("[accounts]\nkey = 'x'", "FILE:2: accounts.key: must be a table: [accounts.NAME]"),
        (
            "[accounts.x]\nname = 'x'",
            "FILE:2: accounts.x.name: the name is in the heading: [accounts.NAME]",
        ),
        (
            '[accounts."a:b"]\nread_only = true',
            (
                'FILE:1: accounts."a:b".name: an account\'s name can have letters, digits, `_`, `-`'
                " and `.` only"
            ),
        ),
        (
            "[accounts.x]\nbetas = 'one'",
            'FILE:2: accounts.x.betas: must be a list such as ["a", "b"]',
        ),
        (
            '[accounts.x]\nbetas = ["a b"]',
            (
                "FILE:2: accounts.x.betas.0: each beta must be one word such as"
                ' "message-batches-2024-09-24"'
            ),
        ),
        (
            '[accounts.x]\nanthropic_version = "latest"',
            'FILE:2: accounts.x.anthropic_version: must be a date such as "2023-06-01"',
        ),
        (
            '[accounts.x]\napi_key_command = "a \'b"',
            (
                "FILE:2: accounts.x.api_key_command: this command cannot be split into words:"
                " No closing quotation"
            ),
        ),
        (
            '[accounts.x]\nread_only = true\napi_key_env = "A"\napi_key_file = "/k"',
            (
                "FILE:1: accounts.x: several sources of one key (api_key_env, api_key_file):"
                " keep one of them"
            ),
        ),
        (
            '[accounts.x]\nauth = "none"\napi_key_env = "A"',
            'FILE:1: accounts.x: auth = "none" sends no key: remove it, or api_key_env',
        ),
        (
            '[accounts.x]\nheaders = { X-Api-Key = "k" }',
            (
                "FILE:2: accounts.x.headers.X-Api-Key: this header cannot be set here: the key goes"
                " into `api_key_env` or its like, with `auth`"
            ),
        ),
        (
            '[accounts.x.headers]\nX-A = "k"\n"X B" = "k"',
            'FILE:3: accounts.x.headers."X B": this is no header name',
        ),
        (
            "[accounts.x]\ntimeout = 601",
            "FILE:2: accounts.x.timeout: must be at most 600",
        ),
    ],
)
def test_each_error_names_file_line_key_and_the_right_word(problems, text, expected):
    assert problems(text) == expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("api.anthropic.com", "must begin with http:// or https:// and a host"),
        ("ftp://x", "must begin with http:// or https:// and a host"),
        ("https://", "must begin with http:// or https:// and a host"),
        ("https://u:hunter2@x", "must not hold a user name or password"),
        ("https://x?key=hunter2", "must end with the path"),
        ("https://x#a", "must end with the path"),
        ("https://x y", "must not hold blanks"),
        ("https://x:99999", "this is no URL"),
        ("https://[::1", "this is no URL"),
    ],
)
def test_a_wrong_base_url_is_told_without_repeating_it(problems, url, why):
    text = problems(f'[accounts.x]\nbase_url = "{url}"')
    assert text.startswith(f"FILE:2: accounts.x.base_url: {why}")
    assert "hunter2" not in text


def test_a_wrong_variable_is_named(problems):
    assert problems("[ui]\nwide = true", BATCHTUI_UI_WIDE="maybe") == (
        "environment BATCHTUI_UI_WIDE: ui.wide: must be true or false"
    )


def test_a_wrong_base_url_of_the_environment_is_named(problems):
    assert problems("", ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL="localhost:80").startswith(
        "environment ANTHROPIC_BASE_URL: accounts.anthropic.base_url: must begin with http://"
    )


def test_all_problems_are_told_at_once(problems):
    text = problems("[ui]\nwide = 1\nasci = true\n[accounts.x]\nname = 3\n")
    assert text.startswith("3 problems in the configuration")
    for part in ("FILE:2: ui.wide", "FILE:3: ui.asci", "FILE:5: accounts.x.name"):
        assert part in text


def test_a_named_file_must_be_there(paths, tmp_path):
    named = Paths.from_env({"BATCHTUI_CONFIG": str(tmp_path / "none.toml")}, tmp_path)
    with pytest.raises(ConfigError, match=r"BATCHTUI_CONFIG .*none.toml: there is no such file"):
        load(env={}, paths=named)
    with pytest.raises(ConfigError, match=r"--config .*: there is no such file"):
        load(env={}, paths=paths.with_config(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ('base_url = "http://gw.example"', ":2: account x: http:// sends the key in clear text"),
        ('base_url = "https://gw.example/v1/"', ":2: account x: it ends in /v1"),
        ('base_url = "http://127.0.0.2:8000"', ""),
        ('base_url = "http://localhost"', ""),
        ('base_url = "http://sim.localhost:1"', ""),
        ('base_url = "http://[::1]:1"', ""),
    ],
)
def test_doubtful_servers_are_warned_of(load_text, fields, warning):
    warnings = load_text(f"[accounts.x]\n{fields}\n").warnings
    assert len(warnings) == bool(warning)
    assert warning in "".join(warnings)


@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o640, 1), (0o604, 1)])
def test_a_key_that_others_can_read_is_warned_of(load_text, paths, tmp_path, mode, warned):
    load_text('[accounts.x]\napi_key = "sk-1"\n')
    paths.config_file.chmod(mode)
    warnings = load(env={}, paths=paths).warnings
    assert len(warnings) == warned
    assert all("chmod 600" in warning and "sk-1" not in warning for warning in warnings)

    key = tmp_path / "key"
    key.write_text("sk-1\n")
    key.chmod(mode)
    warnings = load_text('[accounts.x]\napi_key_file = "~/key"\n').warnings
    assert len(warnings) == warned
    assert all(f"chmod 600 {key}" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("text", "size"),
    [('"500MB"', 500_000_000), ('"2 GiB"', 2 << 30), ("123", 123), ('"1.5kb"', 1500), ("0", 0),
     ('"none"', None)],
)  # fmt: skip
def test_a_budget_in_bytes_or_with_a_unit(load_text, text, size):
    assert load_text(f"[results]\nbudget = {text}\n").config.results.budget == size


@pytest.mark.parametrize("text", ['"lots"', "-1", "true", '"5 gigs"', '"-5GB"'])
def test_a_budget_that_is_no_size(load_text, text):
    with pytest.raises(ConfigError, match="budget"):
        load_text(f"[results]\nbudget = {text}\n")
