import pytest

from batchtui.core.errors import AmbiguousIdError, UnknownBatchError
from batchtui.core.models import BatchRef
from batchtui.service.resolve import resolve

REFS = [
    BatchRef("work", "msgbatch_01AbcDefGhi"),
    BatchRef("work", "msgbatch_01AbzXyzQrs"),
    BatchRef("home", "msgbatch_77Tuv"),
    BatchRef("work", "msgbatch_77Tuv"),
    BatchRef("home", "abc"),
]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("msgbatch_01AbcDefGhi", 0),
        ("msgbatch_01Abc", 0),
        ("zQrs", 1),
        ("work:msgbatch_77Tuv", 3),
        ("home:_77Tuv", 2),
        ("abc", 4),
    ],
)
def test_found(text, index):
    assert resolve(text, REFS) == REFS[index]


@pytest.mark.parametrize("text", ["msgbatch_77Tuv", "msgbatch_01Ab", "7Tuv"])
def test_ambiguous(text):
    with pytest.raises(AmbiguousIdError) as caught:
        resolve(text, REFS)
    assert "account:id" in caught.value.hint
    assert "work:msgbatch_" in caught.value.hint


@pytest.mark.parametrize("text", ["msgbatch_99", "Qrs", "other:msgbatch_77Tuv", "", "work:"])
def test_unknown(text):
    with pytest.raises(UnknownBatchError):
        resolve(text, REFS)


def test_a_near_miss_is_named():
    with pytest.raises(UnknownBatchError) as caught:
        resolve("msgbatch_01AbcDefGhj", REFS)
    assert "msgbatch_01AbcDefGhi" in caught.value.hint


def test_an_id_with_a_colon_is_no_account():
    ref = BatchRef("work", "job:1234")
    assert resolve("job:1234", [ref]) == ref


KINDS = [BatchRef("a", "batch_88Mno"), BatchRef("a", "job-0fe1-77ab"), *REFS]


@pytest.mark.parametrize(("text", "index"), [("01Abc", 2), ("88Mn", 0), ("a:0fe1", 1)])
def test_the_start_behind_what_all_ids_of_a_kind_begin_with_is_a_part(text, index):
    assert resolve(text, KINDS) == KINDS[index]


@pytest.mark.parametrize("text", ["msgb", "msgbatch_", "batch_", "a:job-"])
def test_what_all_ids_of_a_kind_begin_with_names_none(text):
    with pytest.raises(UnknownBatchError) as caught:
        resolve(text, KINDS)
    assert "besides msgbatch_, batch_, job-" in caught.value.hint
