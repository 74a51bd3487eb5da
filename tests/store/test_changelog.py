from store import articles, changelog, publication
from store.client import Database
from tests.store.documents import article, hours


def numbered(db: Database, since: int = 0, limit: int = 100) -> list[tuple[int, str]]:
    found = changelog.since(db, since, limit=limit, fields=["id", "title"])
    return [(each["seq"], each.get("title", "gone")) for each in found]


def test_what_happened_to_each_article_last_is_told_once_and_in_order(db: Database) -> None:
    assert numbered(db) == []
    assert changelog.last(db) == 0
    for number in (1, 2, 3):
        publication.insert(db, article(number))
    publication.replace(db, article(1, title="Changed", revision=2))
    publication.delete(db, articles.find(db, article(2)["id"]), hours(1))
    publication.insert(db, article(4))
    told = [(3, "Article 3"), (4, "Changed"), (5, "gone"), (6, "Article 4")]
    assert numbered(db) == told
    assert [numbered(db, since, 1) for since in (0, 3, 4, 5, 6)] == [*([each] for each in told), []]
    assert changelog.last(db) == 6


def test_an_article_that_moved_is_told_under_both_ids(db: Database) -> None:
    publication.insert(db, article(1))
    publication.move(db, article(1)["id"], article(2, slug="article-1", revision=2))
    old, new = changelog.since(db, 1, limit=9)
    assert (old["id"], old["moved_to"]) == (article(1)["id"], article(2)["id"])
    assert new["id"] == article(2)["id"]


def test_what_has_a_number_above_the_last_is_left_for_later(db: Database) -> None:
    publication.insert(db, article(1))
    db["articles"].insert_one({"_id": "x", "slug": "x", "seq": 2})
    assert [seq for seq, _ in numbered(db)] == [1]
