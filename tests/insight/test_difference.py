from hypothesis import given
from hypothesis import strategies as st

from insight import difference
from insight.difference import Part
from insight.difference import difference as compare

PARAGRAPHS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12)


def join(paragraphs: list[str]) -> str:
    return "\n\n".join(paragraphs)


@given(before=PARAGRAPHS, after=PARAGRAPHS)
def test_a_difference_holds_both_texts(before: list[str], after: list[str]) -> None:
    parts = compare(join(before), join(after))
    assert [part.text for part in parts if part.op != "added"] == before
    assert [part.text for part in parts if part.op != "removed"] == after


def test_what_is_the_same_is_told_once() -> None:
    assert compare("a\n\nb\n\nc", "a\n\nx\n\nc") == [
        Part("same", "a"),
        Part("removed", "b"),
        Part("added", "x"),
        Part("same", "c"),
    ]


def test_of_very_many_paragraphs_the_middle_is_told_as_a_whole() -> None:
    before = [f"{number} is a number" for number in range(difference._MOST_COMPARED)]
    after = [*before[:5], *(f"{text}, still" for text in before[5:-5]), *before[-5:]]
    parts = compare(join(before), join(after))
    assert sum(part.op == "same" for part in parts) == 10
    assert [part.text for part in parts if part.op != "removed"] == after
