"""`label` as a program."""

import pytest


@pytest.fixture
def batch_id(program, simulate):
    program.use(simulate("--speed", "0.01"))
    return program.run("ls", "--json").json[0]["id"]


def test_label_note_and_tags_are_kept_and_shown(program, batch_id):
    done = program.run("label", batch_id, "my batch", "--note", "a\nb", "--tag", "x", "--tag", "#y")
    assert (done.code, done.out) == (0, b"")
    shown = program.run("show", batch_id, "--json").json
    assert (shown["label"], shown["note"], shown["tags"]) == ("my batch", "a\nb", ["x", "y"])


def test_what_is_not_given_stays_and_empty_takes_away(program, batch_id):
    program.run("label", batch_id, "my batch", "--note", "a", "--tag", "x")
    assert program.run("label", batch_id, "--note", "", "--tag", "").code == 0
    shown = program.run("show", batch_id, "--json").json
    assert (shown["label"], shown["note"], shown["tags"]) == ("my batch", None, [])


def test_a_wrong_tag_changes_nothing(program, batch_id):
    done = program.run("label", batch_id, "new", "--tag", "two words")
    assert done.code == 2
    assert "a tag is one word" in done.err
    assert program.run("show", batch_id, "--json").json["label"] != "new"


def test_nothing_to_write_is_told(program, batch_id):
    done = program.run("label", batch_id)
    assert done.code == 2
    assert "nothing to write" in done.err
