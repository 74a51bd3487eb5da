import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from desk.compose import compose
from desk.coverage import MOST_RELATED
from desk.newsroom import Newsroom
from desk.relate import WINDOW
from store import articles, groups, neighbours, stories
from store.client import Database
from store.errors import UnavailableError
from tests.news import ALONE, EVENTS, MONDAY, all_news, news, reprint
from tests.samples import draft, related

Ids = dict[str, str]


def publish(db: Database, drafts: dict[str, dict[str, Any]]) -> Ids:
    with Newsroom(db) as newsroom:
        return {name: newsroom.publish(each).article_id for name, each in drafts.items()}


def related_ids(db: Database, article_id: str) -> list[str]:
    """Give what is related to an article as readers get it, of copies only one."""
    return [each["id"] for each in related(db, article_id, ("copies",))]


def stories_of(db: Database, ids: Ids) -> set[frozenset[str]]:
    """Give the stories as the sets of the names of their articles."""
    told: dict[str, set[str]] = {}
    for name, article_id in ids.items():
        if story := articles.find(db, article_id).get("story"):
            told.setdefault(story, set()).add(name)
    return set(map(frozenset, told.values()))


ORDERS = {
    "as they came": list(all_news()),
    "the newest first": list(all_news())[::-1],
    "by name": sorted(all_news()),
    "one event after the other": sorted(all_news(), key=lambda name: name.split()[0][::-1]),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_events_copies_and_stories_come_out_the_same_in_whatever_order_articles_come(
    mongod_db: Database, order: list[str]
) -> None:
    drafts = all_news()
    ids = publish(mongod_db, {name: drafts[name] for name in order})
    events = {frozenset(name for name in ids if name.split()[0] == event) for event in EVENTS}
    assert stories_of(mongod_db, ids) == events
    names = {article_id: name for name, article_id in ids.items()}
    for event in events:
        for name in event:
            found = {names[each] for each in related_ids(mongod_db, ids[name])}
            assert found, name
            assert found < event
    assert [name for name in ALONE if related_ids(mongod_db, ids[name])] == []
    copies = {articles.find(mongod_db, ids[name]).get("copies") for name in _copies()}
    assert len(copies) == 1
    assert copies != {None}


def _copies() -> Iterable[str]:
    return "ferry fire", "ferry reprint"


def test_an_article_is_not_related_to_itself_and_to_no_text_twice(mongod_db: Database) -> None:
    ids = publish(mongod_db, all_news() | {"ferry echo": reprint("ferry fire", source="Echo")})
    three = {ids["ferry fire"], ids["ferry reprint"], ids["ferry echo"]}
    groups = {articles.find(mongod_db, id_)["copies"] for id_ in three}
    assert len(groups) == 1
    for article_id in ids.values():
        found = related_ids(mongod_db, article_id)
        assert article_id not in found
        assert len(set(found)) == len(found)
        assert len(three.intersection(found)) == (
            0
            if article_id in three
            else bool(found) & (article_id in {ids["ferry rescue"], ids["ferry inquiry"]})
        )


def test_no_article_has_more_links_than_a_page_shows(mongod_db: Database) -> None:
    words = [
        "anchor",
        "bakery",
        "candle",
        "dragon",
        "engine",
        "falcon",
        "garden",
        "harbor",
        "island",
        "jungle",
    ]
    drafts = {
        word: draft(
            f"Storm Berta hits the {word}",
            source=word,
            published_at=MONDAY + timedelta(hours=hour),
            body_text=f"Storm Berta tore the roof off the {word} museum in Kelmont. "
            f"The {word} of the {word}, said the mayor of Kelmont, stood for ninety years. "
            f"Visitors of the {word} {word}s were safe.",
        )
        for hour, word in enumerate(words)
    }
    ids = publish(mongod_db, drafts)
    for article_id in ids.values():
        found = list(mongod_db["links"].find({"from": article_id, "origin": "computed"}))
        assert len(found) == MOST_RELATED
        assert [each["score"] for each in related(mongod_db, article_id)] == sorted(
            (link["score"] for link in found), reverse=True
        )
    assert len(stories_of(mongod_db, ids)) == 1


def test_the_reasons_are_words_of_the_article_that_names_them(mongod_db: Database) -> None:
    ids = publish(mongod_db, all_news())
    texts = {
        id_: f"{found['title']} {found['body_text']}"
        for id_ in ids.values()
        for found in [articles.find(mongod_db, id_)]
    }
    links = list(mongod_db["links"].find({"origin": "computed"}))
    assert links
    for link in links:
        assert 1 <= len(link["reasons"]) <= 3
        assert len(set(link["reasons"])) == len(link["reasons"])
        assert all(reason in texts[link["from"]] + texts[link["to"]] for reason in link["reasons"])


def test_what_is_of_another_time_is_not_related(mongod_db: Database) -> None:
    before = MONDAY - WINDOW - timedelta(hours=4)
    ids = publish(
        mongod_db,
        {"now": news("ferry fire"), "then": news("ferry rescue", published_at=before)},
    )
    assert related_ids(mongod_db, ids["now"]) == related_ids(mongod_db, ids["then"]) == []
    assert stories.page(mongod_db) == []


def test_what_nobody_dated_is_related_by_its_words_alone(mongod_db: Database) -> None:
    ids = publish(
        mongod_db, {"dated": news("ferry fire"), "undated": news("ferry rescue", published_at=None)}
    )
    assert related_ids(mongod_db, ids["undated"]) == [ids["dated"]]
    assert related_ids(mongod_db, ids["dated"]) == [ids["undated"]]


def test_articles_in_a_script_without_blanks_are_related_for_words_of_theirs(
    mongod_db: Database,
) -> None:
    korean = {
        "one": draft(
            "한국은행, 기준금리 동결 결정",
            source="가",
            language="ko",
            body_text="한국은행 금융통화위원회가 기준금리를 연 3.5퍼센트로 동결했다. "
            "물가가 둔화됐다.",
        ),
        "two": draft(
            "기준금리 동결에 시장 안도",
            source="나",
            language="ko",
            body_text="한국은행이 기준금리를 동결하자 증시가 올랐다. 금융통화위원회는 물가를 본다.",
        ),
        "other": draft(
            "축구 대표팀 월드컵 진출",
            source="가",
            language="ko",
            body_text="대표팀이 어젯밤 경기에서 두 골을 넣어 본선에 나간다. 감독은 웃었다.",
        ),
    }
    ids = publish(mongod_db, korean)
    [found] = related(mongod_db, ids["one"])
    assert found["id"] == ids["two"]
    text = "".join(korean["one"]["title"] + korean["one"]["body_text"])
    other = "".join(korean["two"]["title"] + korean["two"]["body_text"])
    assert found["reasons"]
    assert all(reason in text or reason in other for reason in found["reasons"])
    assert related_ids(mongod_db, ids["other"]) == []


def test_articles_without_words_are_related_to_nothing(mongod_db: Database) -> None:
    drafts = {name: draft(f"{name}", source=name, body_text="") for name in ("!!!", "…", "🎉")}
    ids = publish(mongod_db, drafts)
    assert [related_ids(mongod_db, id_) for id_ in ids.values()] == [[], [], []]


def test_many_at_once_come_to_the_same_in_rounds_of_a_few(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed = [compose(each, MONDAY) for each in all_news().values()]
    with Newsroom(mongod_db) as newsroom:
        newsroom.publish_all(composed)
    links = list(mongod_db["links"].find().sort("_id"))
    belonging = list(mongod_db["articles"].find({}, {"story": 1, "copies": 1}).sort("_id"))
    assert links
    for name in ("articles", "links", "stories", "vocabulary"):
        mongod_db[name].delete_many({})
    monkeypatch.setattr("desk.relate.AT_ONCE", 4)
    with Newsroom(mongod_db) as newsroom:
        newsroom.publish_all(composed)
    assert groups.count_unrelated(mongod_db) == 0
    assert list(mongod_db["articles"].find({}, {"story": 1, "copies": 1}).sort("_id")) == belonging
    ends = [(link["from"], link["to"]) for link in mongod_db["links"].find().sort("_id")]
    assert ends == [(link["from"], link["to"]) for link in links]


def test_where_the_database_is_away_no_more_is_asked(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.relate.AT_ONCE", 4)
    asked: list[object] = []

    def away(*_: Any, **__: Any) -> list[int]:
        asked.append(_)
        time.sleep(0.05)
        raise UnavailableError

    monkeypatch.setattr(neighbours, "near", away)
    composed = [compose(each, MONDAY) for each in all_news().values()]
    with Newsroom(mongod_db) as newsroom, pytest.raises(UnavailableError):
        newsroom.publish_all(composed)
    assert len(asked) < 8
    assert groups.count_unrelated(mongod_db) == len(composed)


def test_several_newsrooms_may_work_at_once(mongod_db: Database) -> None:
    drafts = list(all_news().items())
    with ThreadPoolExecutor(3) as pool:
        parts = list(pool.map(lambda at: publish(mongod_db, dict(drafts[at::3])), range(3)))
    ids = {name: id_ for part in parts for name, id_ in part.items()}
    assert mongod_db["articles"].count_documents({}) == len(drafts)
    publish(mongod_db, dict(drafts))
    for name in ALONE:
        assert related_ids(mongod_db, ids[name]) == []
    names = {article_id: name for name, article_id in ids.items()}
    for article_id in ids.values():
        event = names[article_id].split()[0]
        assert all(names[each].split()[0] == event for each in related_ids(mongod_db, article_id))
