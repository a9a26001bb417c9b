import tomllib

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from batchtui.config.toml_file import key_lines, read_toml
from batchtui.core.errors import ConfigError

TEXT = '''\
# [accounts.commented]
read_only = true

[accounts.main]   # my own
kind = "anthropic"
betas = [
  "one",  # [not.a.table]
  "two",
]
headers = { X-Team = "a = b", "X-Other" = """
[polling]
active = 1
""" }
[accounts."with.dot".headers]
"X-One" = '1'

[polling]
active = 30
idle=60
'''


def test_each_key_has_its_line():
    tomllib.loads(TEXT)
    assert key_lines(TEXT) == {
        ("read_only",): 2,
        ("accounts",): 4,
        ("accounts", "main"): 4,
        ("accounts", "main", "kind"): 5,
        ("accounts", "main", "betas"): 6,
        ("accounts", "main", "headers"): 10,
        ("accounts", "main", "headers", "X-Team"): 10,
        ("accounts", "main", "headers", "X-Other"): 10,
        ("accounts", "with.dot"): 14,
        ("accounts", "with.dot", "headers"): 14,
        ("accounts", "with.dot", "headers", "X-One"): 15,
        ("polling",): 17,
        ("polling", "active"): 18,
        ("polling", "idle"): 19,
    }


def test_dotted_keys_and_lists_of_tables_have_lines():
    assert key_lines("ui.theme = 'x'\n\n[[accounts]]\nname = 'a'\n") == {
        ("ui",): 1,
        ("ui", "theme"): 1,
        ("accounts",): 3,
        ("accounts", "name"): 4,
    }


leaves = st.booleans() | st.integers(-9, 9) | st.text(max_size=20) | st.lists(st.text(max_size=9))
tables = st.recursive(
    st.dictionaries(st.text(min_size=1, max_size=6), leaves, max_size=4),
    lambda inner: st.dictionaries(st.text(min_size=1, max_size=6), leaves | inner, max_size=4),
    max_leaves=12,
)


def paths_of(data, base=()):
    for key, value in data.items():
        yield (*base, key)
        if isinstance(value, dict):
            yield from paths_of(value, (*base, key))


@given(tables)
def test_every_key_of_any_file_has_a_line(data):
    text = tomli_w.dumps(data, multiline_strings=True)
    parsed = tomllib.loads(text)
    lines = key_lines(text)
    assert set(lines) == set(paths_of(parsed))
    assert all(1 <= line <= text.count("\n") for line in lines.values())


def write(tmp_path, content: bytes):
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    return path


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path):
    path = write(tmp_path, b"\xef\xbb\xbfread_only = true\r\n[ui]\r\nwide = true\r\n")
    file = read_toml(path)
    assert file.data == {"read_only": True, "ui": {"wide": True}}
    assert file.lines["ui", "wide"] == 3


@pytest.mark.parametrize(
    ("content", "line", "why", "hint"),
    [
        (b"a = 1\nkind = anthropic\n", 2, "Invalid value", "quotes"),
        (b"a = 1\n\n: what\n", 3, "Invalid statement", "key = value"),
        (b"a = 1\nb = [\n1,\n", 3, "", ""),
        (b"[a]\n[b]\n[a]\n", 3, "twice", ""),
        (b"a = 1\nb = '\xff'\n", 2, "not UTF-8", "UTF-8"),
    ],
)
def test_what_is_no_toml_says_the_line(tmp_path, content, line, why, hint):
    path = write(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        read_toml(path)
    assert caught.value.what == f"{path}:{line}"
    assert why in caught.value.why
    assert hint in caught.value.hint


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        read_toml(tmp_path)
