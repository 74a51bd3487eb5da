from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from api.memory import ANY, Memory, Tag

ONE: Tag = ("articles", "1")
LIST: Tag = ("articles", ANY)


@dataclass(frozen=True)
class Text:
    text: str

    @property
    def size(self) -> int:
        return len(self.text)


def memory(max_bytes: int = 1000) -> Memory[Text]:
    return Memory(max_bytes)


def keep(kept: Memory[Text], key: str, tags: Iterable[Tag] = (), text: str = "text") -> bool:
    return kept.put(key, Text(text), tags, kept.now)


def test_what_was_kept_is_found() -> None:
    kept = memory()
    assert kept.get("a") is None
    assert keep(kept, "a")
    assert kept.get("a") == Text("text")


def test_a_change_takes_away_just_what_was_made_from_it() -> None:
    kept = memory()
    keep(kept, "one", [ONE])
    keep(kept, "list", [LIST])
    keep(kept, "other", [("articles", "2")])
    kept.change([ONE])
    assert kept.get("one") is None
    assert kept.get("list")
    kept.change([LIST])
    assert kept.get("list") is None
    assert kept.get("other")


def test_an_answer_begun_before_a_change_is_not_kept_after_it() -> None:
    kept = memory()
    begun = kept.now
    kept.change([ONE])
    assert not kept.put("one", Text("old"), [ONE], begun)
    assert kept.put("other", Text("text"), [("articles", "2")], begun)
    assert kept.put("one", Text("new"), [ONE], kept.now)


def test_an_answer_begun_before_everything_was_forgotten_is_not_kept() -> None:
    kept = memory()
    keep(kept, "a", [ONE])
    begun = kept.now
    kept.clear()
    assert kept.get("a") is None
    assert kept.bytes == 0
    assert not kept.put("b", Text("old"), [], begun)


def test_changes_too_many_to_remember_count_as_changes_of_everything() -> None:
    kept = memory()
    begun = kept.now
    kept.change([ONE])
    kept.change([("articles", str(number)) for number in range(10_001)])
    assert not kept.put("one", Text("old"), [ONE], begun)
    assert not kept.put("unknown", Text("old"), [("x", "y")], begun)


def test_what_is_used_stays_longer_than_what_is_not() -> None:
    kept = memory(30)
    for key in "abc":
        keep(kept, key, text="x" * 10)
    keep(kept, "d", text="x" * 10)  # all were new: the oldest goes
    kept.get("c")
    keep(kept, "e", text="x" * 10)
    keep(kept, "f", text="x" * 10)
    assert kept.get("c")
    assert kept.get("b") is None


def test_what_is_larger_than_the_memory_is_not_kept() -> None:
    assert not keep(memory(3), "a")


def test_an_answer_takes_the_place_of_the_one_before() -> None:
    kept = memory()
    keep(kept, "a", [ONE], "short")
    keep(kept, "a", [LIST], "a longer one")
    assert kept.bytes == len("a longer one")
    kept.change([ONE])
    assert kept.get("a") == Text("a longer one")


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"), st.integers(0, 40), st.sets(st.integers(0, 3)), st.booleans()
        )
    )
)
def test_it_never_holds_more_than_it_may_nor_what_has_changed(
    steps: list[tuple[str, int, set[int], bool]],
) -> None:
    kept = memory(100)
    true: dict[str, tuple[Text, set[Tag]]] = {}
    for key, size, numbers, is_change in steps:
        tags = {("articles", str(number)) for number in numbers}
        if is_change:
            kept.change(tags)
            true = {name: value for name, value in true.items() if not value[1] & tags}
        else:
            keep(kept, key, tags, "x" * size)
            true[key] = Text("x" * size), tags
        assert kept.bytes <= 100
        for name in "abcdef":
            found = kept.get(name)
            assert found is None or found == true[name][0]
