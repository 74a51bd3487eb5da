import pytest

from bench import judging
from bench.judging import Score

EVENTS = {"a": "fire", "b": "fire", "c": "fire", "d": "flood", "e": "flood", "f": "fair"}


def test_an_article_alone_in_its_event_has_nothing_to_find() -> None:
    assert judging.relevant(EVENTS) == {
        "a": {"b", "c"},
        "b": {"a", "c"},
        "c": {"a", "b"},
        "d": {"e"},
        "e": {"d"},
    }


@pytest.mark.parametrize(
    ("most", "ranking", "precision"),
    [
        (1, "bxc", 1),
        (1, "xbc", 0),
        (2, "bxc", 1 / 2),
        (5, "xbyzc", 1),  # there are but two to find
        (5, "xb", 1 / 2),
        (5, "", 0),
    ],
)
def test_precision_counts_hits_against_as_many_as_there_can_be(
    most: int, ranking: str, precision: float
) -> None:
    assert judging.precision_at(most, list(ranking), frozenset("bc")) == pytest.approx(precision)


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        ("bcxy", 1),
        ("xbyc", (1 / 2 + 2 / 4) / 2),
        ("xyb", (1 / 3) / 2),
        ("", 0),
    ],
)
def test_average_precision_takes_a_missing_article_for_the_last_of_all(
    ranking: str, expected: float
) -> None:
    assert judging.average_precision(ranking, frozenset("bc")) == pytest.approx(expected)


def test_a_link_is_right_within_an_event_and_wrong_to_a_distractor() -> None:
    links = [("a", "b"), ("a", "c"), ("b", "d"), ("d", "e"), ("e", "stray"), ("stray", "a")]
    # Possible: 2 from each of a, b and c, 1 from each of d and e.
    assert judging.linked(links, EVENTS, 5) == Score(3 / 5, 3 / 8)
    assert judging.linked(links, EVENTS, 1) == Score(3 / 5, 3 / 5)


def test_a_link_from_an_article_alone_in_its_event_is_wrong() -> None:
    assert judging.linked([("f", "a")], EVENTS, 5).precision == 0


def test_what_claims_nothing_is_not_wrong_and_finds_nothing() -> None:
    clusters = judging.grouped(EVENTS, {})
    assert judging.linked([], EVENTS, 5) == Score(1, 0)
    assert judging.pairwise(clusters, EVENTS) == Score(1, 0)
    assert Score(1, 0).f1 == Score(0, 0).f1 == 0


def test_f1_is_the_harmonic_mean() -> None:
    assert Score(1 / 2, 1 / 4).as_dict() == {
        "precision": 1 / 2,
        "recall": 1 / 4,
        "f1": pytest.approx(1 / 3),
    }


def test_an_article_without_a_group_is_one_of_its_own_whatever_the_groups_are_called() -> None:
    clusters = judging.grouped("abc", {"a": "b", "c": "b"})
    assert clusters["a"] == clusters["c"] != clusters["b"]


def test_clusters_that_are_the_events_are_perfect() -> None:
    assert judging.bcubed(EVENTS, EVENTS) == judging.pairwise(EVENTS, EVENTS) == Score(1, 1)
    assert judging.adjusted_rand(EVENTS, EVENTS) == 1


def test_bcubed_is_the_mean_over_articles() -> None:
    clusters = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3, "f": 4}
    score = judging.bcubed(clusters, EVENTS)
    assert score.precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1 + 1) / 6)
    assert score.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2 + 1) / 6)


def test_pairs_are_counted_within_clusters_and_within_events() -> None:
    clusters = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 2, "f": 2}
    # Claimed: ab, and six of cdef; of these ab and de are right. There are abc's three, and de.
    assert judging.pairwise(clusters, EVENTS) == Score(2 / 7, 2 / 4)


def test_a_distractor_counts_against_the_precision_of_the_cluster_it_is_in() -> None:
    clusters = {"a": 1, "b": 1, "x": 1, "y": 1, "z": 2}
    events = {"a": "fire", "b": "fire"}
    assert judging.bcubed(clusters, events) == Score(1 / 2, 1)
    # ab is right; ax, ay, bx and by are wrong; xy is nobody's business.
    assert judging.pairwise(clusters, events) == Score(1 / 5, 1)
    assert judging.adjusted_rand(clusters, events) == 1


def test_the_rand_index_is_adjusted_for_chance() -> None:
    clusters = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 2, "f": 3}
    # Of 15 pairs the clusters have 1 + 3 and the events 3 + 1; both have ab and de.
    chance = 4 * 4 / 15
    assert judging.adjusted_rand(clusters, EVENTS) == pytest.approx((2 - chance) / (4 - chance))


def test_one_cluster_of_everything_is_no_better_than_chance() -> None:
    assert judging.adjusted_rand(dict.fromkeys(EVENTS, 1), EVENTS) == 0


def test_a_copy_of_a_copy_is_a_copy_of_the_first() -> None:
    named = {"a": None, "b": "a", "c": "b", "d": None, "e": "elsewhere", "f": "elsewhere"}
    assert judging.originals(named) == {
        "a": "a",
        "b": "a",
        "c": "a",
        "d": "d",
        "e": "elsewhere",
        "f": "elsewhere",
    }


def test_two_that_name_each_other_are_copies_of_one() -> None:
    named = {"b": "c", "c": "b", "a": "b", "d": "a"}
    assert set(judging.originals(named).values()) == {"b"}
