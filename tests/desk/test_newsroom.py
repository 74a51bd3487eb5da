from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from desk.edit import as_draft, edit, patched
from desk.newsroom import Newsroom, Newsrooms
from desk.publish import now
from insight.terms import hash_of
from store import articles, links, stories, vocabulary
from store.client import Database, Document
from store.vocabulary import ARTICLES
from tests.news import ALONE, EVENTS, all_news, news, relate_anew, reprint
from tests.samples import related

Ids = dict[str, str]


def publish(db: Database, drafts: dict[str, dict[str, Any]]) -> Ids:
    with Newsroom(db) as newsroom:
        return {name: newsroom.publish(draft).article_id for name, draft in drafts.items()}


@pytest.fixture
def published(mongod_db: Database) -> Ids:
    return publish(mongod_db, all_news())


def everything(db: Database) -> dict[str, list[Document]]:
    stored = {name: list(db[name].find().sort("_id")) for name in db.list_collection_names()}
    for article in stored["articles"]:
        article.pop("grouped_at", None)
    return stored


def story_of(db: Database, article_id: str) -> str | None:
    return articles.find(db, article_id).get("story")


def test_articles_on_one_event_are_related_and_others_are_not(
    mongod_db: Database, published: Ids
) -> None:
    for members in EVENTS.values():
        for name in members:
            found = {article["id"] for article in related(mongod_db, published[name])}
            assert found, name
            assert found <= {published[other] for other in members if other != name}
    for name in ALONE:
        assert related(mongod_db, published[name]) == []


def test_an_old_article_learns_of_a_new_one_on_its_event(mongod_db: Database) -> None:
    first, second = EVENTS["ferry"][:2]
    old = publish(mongod_db, {first: news(first)})[first]
    assert related(mongod_db, old) == []
    new = publish(mongod_db, {second: news(second)})[second]
    assert [article["id"] for article in related(mongod_db, old)] == [new]
    assert [article["id"] for article in related(mongod_db, new)] == [old]


def test_a_computed_link_says_how_near_and_why(mongod_db: Database, published: Ids) -> None:
    found = related(mongod_db, published["ferry rescue"])
    assert {link["origin"] for link in found} == {"computed"}
    assert {link["position"] for link in found} == {None}
    scores = [link["score"] for link in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0.25 <= score <= 1 for score in scores)
    assert "Solvane" in found[0]["reasons"]


def test_publishing_again_changes_nothing(mongod_db: Database, published: Ids) -> None:
    before = everything(mongod_db)
    publish(mongod_db, all_news())
    assert everything(mongod_db) == before


def test_a_reprint_is_a_copy_and_no_related_article(mongod_db: Database, published: Ids) -> None:
    copy = publish(mongod_db, {"copy": reprint("ferry fire")})["copy"]
    groups = {articles.find(mongod_db, id_)["copies"] for id_ in (copy, published["ferry fire"])}
    assert len(groups) == 1
    assert published["ferry fire"] not in {each["id"] for each in related(mongod_db, copy)}
    both = {copy, published["ferry fire"]}
    for name in ("ferry rescue", "ferry inquiry"):
        found = [each["id"] for each in related(mongod_db, published[name])]
        assert len(both.intersection(found)) == 1, "one text is shown once"


def test_an_event_is_one_story_that_keeps_its_id_as_it_grows(mongod_db: Database) -> None:
    seen: set[str | None] = set()
    ids: list[str] = []
    for name in EVENTS["rate"]:
        ids += publish(mongod_db, {name: news(name)}).values()
        seen |= {story_of(mongod_db, id_) for id_ in ids}
    [story_id] = seen - {None}
    assert story_id is not None
    story = stories.find(mongod_db, story_id)
    assert {story_of(mongod_db, id_) for id_ in ids} == {story_id}
    assert story["articles_count"] == len(ids)
    assert story["first_at"] <= story["latest_at"]


def test_articles_alone_are_no_story(mongod_db: Database, published: Ids) -> None:
    assert len(stories.page(mongod_db)) == len(EVENTS)
    assert all(story_of(mongod_db, published[name]) is None for name in ALONE)


def test_a_link_that_an_editor_took_away_stays_away(mongod_db: Database, published: Ids) -> None:
    one = published["ferry fire"]
    gone = related(mongod_db, one)[0]["id"]
    mongod_db["links"].insert_one(
        {
            "_id": f"{one}:{gone}:editor",
            "from": one,
            "to": gone,
            "origin": links.EDITOR,
            "removed": True,
            "score": None,
            "reasons": [],
            "position": 1,
        }
    )
    assert gone not in {article["id"] for article in related(mongod_db, one)}
    relate_anew(mongod_db)
    assert gone not in {article["id"] for article in related(mongod_db, one)}


def test_a_corrected_article_gives_up_what_no_longer_holds(
    mongod_db: Database, published: Ids
) -> None:
    before = news("ferry inquiry")
    later = before["captured_at"].replace(year=2026)
    corrected = before | {"body_text": news("chess")["body_text"], "captured_at": later}
    corrected["title"] = before["title"].upper()
    with Newsroom(mongod_db) as newsroom:
        assert newsroom.publish(corrected).status == "changed"
    leading = mongod_db["links"].find({"to": published["ferry inquiry"], "origin": "computed"})
    for link in leading:
        back = {each["id"] for each in related(mongod_db, published["ferry inquiry"])}
        assert link["from"] in back, "no link leads to it that nothing says any more"


def test_the_terms_of_every_article_are_counted_once(mongod_db: Database, published: Ids) -> None:
    publish(mongod_db, all_news())
    counts = vocabulary.find(mongod_db, [hash_of("ferri"), "en"])
    having = mongod_db["articles"].count_documents({"terms": "ferri"})
    assert counts == {ARTICLES: len(published), hash_of("ferri"): having, "en": len(published)}
    assert vocabulary.languages(mongod_db) == ["en"]


def test_a_recount_of_articles_stored_without_terms_relates_them(
    mongod_db: Database, published: Ids
) -> None:
    before = {id_: {each["id"] for each in related(mongod_db, id_)} for id_ in published.values()}
    told = {id_: story_of(mongod_db, id_) for id_ in published.values()}
    fields = dict.fromkeys(
        ("terms", "weights", "hashes", "fingerprint", "story", "copies", "tie"), ""
    )
    mongod_db["articles"].update_many({}, {"$unset": fields})
    for name in ("links", "stories", "vocabulary"):
        mongod_db[name].drop()
    relate_anew(mongod_db)
    after = {id_: {each["id"] for each in related(mongod_db, id_)} for id_ in published.values()}
    assert after == before
    grouped = {id_: story_of(mongod_db, id_) for id_ in published.values()}
    assert {id_ for id_, story in grouped.items() if story} == {
        id_ for id_, story in told.items() if story
    }


def test_a_deleted_article_is_related_to_nothing_and_in_no_story(
    mongod_db: Database, published: Ids
) -> None:
    name, *others = next(iter(EVENTS.values()))
    story = story_of(mongod_db, published[name])
    assert story
    size = stories.find(mongod_db, story)["articles_count"]
    counted = vocabulary.find(mongod_db, [ARTICLES])[ARTICLES]
    with Newsroom(mongod_db) as newsroom:
        newsroom.delete(articles.find(mongod_db, published[name]))
    for other in others:
        found = {article["id"] for article in related(mongod_db, published[other])}
        assert published[name] not in found
    left = mongod_db["stories"].find_one({"_id": story})
    assert (left["articles_count"] if left else 1) == size - 1
    assert vocabulary.find(mongod_db, [ARTICLES])[ARTICLES] == counted - 1


def test_an_edited_article_is_related_by_what_it_says_now(
    mongod_db: Database, published: Ids
) -> None:
    (name, *_), (other, *_) = list(EVENTS.values())[:2]
    stored, model = (articles.find(mongod_db, published[each]) for each in (name, other))
    changes = {"title": model["title"], "body_text": model["body_text"]}
    with Newsroom(mongod_db) as newsroom:
        wanted = edit(stored, patched(as_draft(stored), changes), changes, now())
        assert newsroom.edit(stored, wanted).status == "changed"
        now_stored = articles.find(mongod_db, stored["id"])
        again = edit(now_stored, patched(as_draft(now_stored), changes), changes, now())
        assert newsroom.edit(now_stored, again).status == "unchanged"
    again = articles.find(mongod_db, stored["id"])
    assert again["copies"] == articles.find(mongod_db, model["id"])["copies"]
    assert again["story"] == story_of(mongod_db, model["id"])


def test_a_newsroom_that_is_free_is_given_again_unless_it_failed(mongod_db: Database) -> None:
    newsrooms = Newsrooms(mongod_db)
    with newsrooms.one() as first, newsrooms.one() as second:
        assert first is not second
    with newsrooms.one() as again:
        assert again in {first, second}
    with pytest.raises(RuntimeError), newsrooms.one() as failed:
        raise RuntimeError
    with newsrooms.one() as one, newsrooms.one() as other:
        assert failed not in {one, other}


def test_many_threads_publish_by_few_newsrooms(mongod_db: Database) -> None:
    newsrooms = Newsrooms(mongod_db)

    def publish_it(draft: dict[str, Any]) -> str:
        with newsrooms.one() as newsroom:
            return newsroom.publish(draft).article_id

    drafts = list(all_news().values())
    with ThreadPoolExecutor(6) as threads:
        ids = list(threads.map(publish_it, drafts))
    assert len(articles.find_many(mongod_db, ids)) == len(drafts)
    assert vocabulary.find(mongod_db, [ARTICLES])[ARTICLES] == len(drafts)
