from typing import Any

from desk.coverage import MOST_RELATED, STORY_SCORE, Coverage, Neighbourhood, stragglers
from insight.copies import fingerprint
from insight.ranking import Match
from store.links import Computed, Links

TEXT = " ".join(f"word{number}" for number in range(40))


def article(id_: str, body: str = "", **told: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "title": "Seoul votes",
        "body_text": body,
        "terms": ["seoul", "vote"],
        "fingerprint": fingerprint(body),
        **told,
    }


def around(
    own: dict[str, Any], *near: dict[str, Any], scores: tuple[float, ...] = ()
) -> Neighbourhood:
    matches = [
        Match(each["id"], score, (0,))
        for each, score in zip(near, scores or (0.5,) * len(near), strict=True)
    ]
    return Neighbourhood(own, {each["id"]: each for each in near}, matches)


def cover(links: Links, neighbourhood: Neighbourhood, *, anew: bool = False) -> Links:
    coverage = Coverage(links)
    coverage.cover(neighbourhood, anew=anew)
    return {start: ends for start, ends in coverage.links.items() if ends}


def link(score: float) -> Computed:
    return Computed(score, ())


def test_an_article_and_those_near_it_lead_to_each_other_in_the_articles_words() -> None:
    said = Computed(0.5, ("Seoul",))
    assert cover({}, around(article("a"), article("b"))) == {"a": {"b": said}, "b": {"a": said}}
    assert cover({}, around(article("a"), article("b"), scores=(0.2,))) == {}


def test_an_article_keeps_its_nearest_and_gives_up_what_is_too_many() -> None:
    full = {str(number): link(0.4 + number / 100) for number in range(MOST_RELATED)}
    links = cover({"b": full}, around(article("a"), article("b"), scores=(0.5,)))
    assert links["b"].keys() == full.keys() - {"0"} | {"a"}
    links = cover({"b": full}, around(article("a"), article("b"), scores=(0.3,)))
    assert links["b"] == full


def test_an_article_that_leads_to_a_copy_does_not_take_another() -> None:
    own, copy = article("a", copies="x"), article("c", copies="x")
    known = {"b": {"c": link(0.4)}}
    links = cover(known, around(own, article("b"), copy))
    assert links["b"] == known["b"]
    assert links["a"].keys() == {"b"}, "a copy is not related"


def test_what_is_not_near_any_more_gives_a_changed_article_up() -> None:
    known = {"b": {"a": link(0.4), "c": link(0.3)}, "c": {"a": link(0.5)}}
    nearby = around(article("a"), article("c"))
    assert cover(known, nearby)["b"] == known["b"]
    links = cover(known, nearby, anew=True)
    assert links["b"].keys() == {"c"}
    assert links["c"].keys() == {"a"}


def test_the_links_begun_with_stay_as_they_were() -> None:
    known = {"b": {"c": link(0.3)}}
    cover(known, around(article("a"), article("b")))
    assert known == {"b": {"c": link(0.3)}}


def test_copies_come_to_one_group_and_a_changed_text_leaves_it() -> None:
    own, one, other = article("a", TEXT), article("b", TEXT, copies="x"), article("c", TEXT)
    coverage = Coverage({})
    coverage.cover(around(own, one, other), anew=False)
    assert coverage.copies == {"a": "x", "c": "x"}
    assert own["copies"] == other["copies"] == "x"
    own["fingerprint"] = fingerprint("another " * 40)
    coverage.cover(around(own, one, other), anew=False)
    assert coverage.copies["a"] == "x"
    coverage.cover(around(own, one, other), anew=True)
    assert coverage.copies["a"] is None


def test_two_found_a_story_and_a_third_joins_it() -> None:
    one, two, three = article("a"), article("b"), article("c")
    coverage = Coverage({})
    assert coverage.join_story(around(two, one))
    [story] = coverage.stories
    assert coverage.story == {"b": story, "a": story}
    assert coverage.join_story(around(three, one, two))
    assert coverage.story["c"] == story


def test_an_article_that_is_near_no_story_leaves_the_one_it_was_in() -> None:
    own, near = article("a", story="s"), article("b")
    coverage = Coverage({})
    assert not coverage.join_story(around(own, near, scores=(STORY_SCORE - 0.01,)))
    assert coverage.story == {"a": None}
    assert coverage.stories == {"s"}


def test_stragglers_are_the_near_that_found_no_story() -> None:
    near = [article("b", story="s"), article("c"), article("d")]
    found = stragglers(around(article("a"), *near, scores=(0.5, 0.4, 0.1)))
    assert [each["id"] for each in found] == ["c"]
