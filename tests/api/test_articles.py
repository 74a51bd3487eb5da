import re
from datetime import UTC, datetime
from itertools import chain, combinations
from typing import Any

import pytest
from flask.testing import FlaskClient
from mongomock import Collection

from desk.publish import publish
from store import articles
from store.client import Database
from store.errors import NotFoundError, UnavailableError
from tests.api.asking import ID, ask, pages, problem, walk
from tests.samples import draft

FIELDS = {
    "id", "slug", "url", "title", "summary", "source", "authors", "image_url", "published_at",
    "published", "language", "category", "hashtags", "word_count", "reading_minutes",
    "comments_count", "body_text", "body_html", "created_at", "updated_at", "revision", "links",
    "story", "enclosures", "excerpt", "comments_open",
}  # fmt: skip
BODIES = {"body_text", "body_html"}
WHY_RELATED = {"origin", "score", "reasons", "position"}
NEWEST_FIRST = ["talks", "match", "summit", "poll", "notice"]
INCLUDABLE = ("source", "duplicates", "related", "comments")
INCLUDES = list(chain.from_iterable(combinations(INCLUDABLE, number) for number in (1, 2, 3, 4)))
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


def names(published: dict[str, str], data: list[dict[str, Any]]) -> list[str]:
    by_id = {article_id: name for name, article_id in published.items()}
    return [by_id[item["id"]] for item in data]


def test_an_article_says_all_there_is_to_say(
    client: FlaskClient, published: dict[str, str]
) -> None:
    article = ask(client, f"/v1/articles/{published['talks']}")
    place = f"/v1/articles/{published['talks']}"
    created_at, updated_at = article.pop("created_at"), article.pop("updated_at")
    assert TIME.fullmatch(created_at)
    assert updated_at == created_at
    assert article == {
        "id": published["talks"],
        "slug": "ties-grow-closer",
        "url": "https://news.example/ties",
        "title": "Ties grow closer",
        "summary": "The two officials met in Seoul on Monday.",
        "source": {"id": "korea-herald", "name": "Korea Herald"},
        "authors": ["Kim Min-ji", "Lee Joon"],
        "image_url": "https://news.example/ties.jpg",
        "published_at": "2025-06-16T08:00:00Z",
        "published": {"text": "8 hours ago", "precision": "hour", "inferred": True},
        "language": "en",
        "category": "Politics",
        "hashtags": ["Seoul", "Diplomacy"],
        "word_count": 13,
        "reading_minutes": 1,
        "comments_count": 0,
        "comments_open": True,
        "body_text": "The two officials met in Seoul on Monday.\n\nThey agreed to meet again.",
        "body_html": "<p>The two officials met in Seoul on Monday.</p>"
        "<p>They agreed to meet again.</p>",
        "revision": 1,
        "links": {"self": place, "related": f"{place}/related", "comments": f"{place}/comments"},
        "story": None,
        "enclosures": [],
        "excerpt": False,
        "duplicates": [],
    }


def test_what_the_input_does_not_say_is_null(
    client: FlaskClient, published: dict[str, str]
) -> None:
    article = ask(client, f"/v1/articles/{published['notice']}")
    assert article.keys() == FIELDS | {"duplicates"}
    unknown = {name for name, value in article.items() if value is None}
    assert unknown == {
        "url", "source", "image_url", "published_at", "published", "language", "category",
        "story",
    }  # fmt: skip
    assert (article["authors"], article["hashtags"]) == ([], [])


def test_the_links_of_an_article_lead_somewhere(
    client: FlaskClient, published: dict[str, str]
) -> None:
    links = ask(client, f"/v1/articles/{published['talks']}")["links"]
    assert {name: client.get(link).status_code for name, link in links.items()} == {
        "self": 200,
        "related": 200,
        "comments": 200,
    }


def test_a_list_has_everything_but_the_bodies_and_the_newest_first(
    client: FlaskClient, published: dict[str, str]
) -> None:
    listed = ask(client, "/v1/articles")
    assert listed.keys() == {"data", "next"}
    assert listed["next"] is None
    assert names(published, listed["data"]) == NEWEST_FIRST
    assert all(article.keys() == FIELDS - BODIES for article in listed["data"])


def test_an_article_in_a_list_is_the_article_itself(
    client: FlaskClient, published: dict[str, str]
) -> None:
    for listed in ask(client, "/v1/articles")["data"]:
        alone = ask(client, listed["links"]["self"])
        assert listed == {name: alone[name] for name in listed}


def test_an_empty_database_gives_empty_lists(client: FlaskClient) -> None:
    for place in ("articles", "sources", "hashtags", "categories"):
        assert ask(client, f"/v1/{place}") == {"data": [], "next": None}
    empty = ask(client, "/v1/articles?count=true")
    assert empty == {"data": [], "next": None, "total": 0, "total_cap": 100_000}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("source=korea-herald", "talks poll"),
        ("source=korea-herald,the-times", "talks match poll"),
        ("source=nobody", ""),
        ("exclude_source=korea-herald", "match summit notice"),
        ("exclude_source=korea-herald,the-times", "summit notice"),
        ("source=korea-herald,the-times&exclude_source=the-times", "talks poll"),
        ("source=the-times&exclude_source=the-times", ""),
        ("category=Politics", "talks summit"),
        ("category=POLITICS", "talks summit"),
        ("category=sport,politics", "talks match summit"),
        ("hashtag=seoul", "talks match"),
        ("hashtag=%23Seoul", "talks match"),
        ("hashtag=diplomacy,FOOTBALL", "talks match poll"),
        ("language=en", "talks match"),
        ("language=ar,ko", "summit poll"),
        ("published_from=2025-06-15", "talks match"),
        ("published_from=2025-06-15T08:00:00Z", "talks match"),
        ("published_from=2025-06-15T08:00:01Z", "talks"),
        ("published_from=2025-06-15T17:00:00%2B09:00", "talks match"),
        ("published_to=2025-06-14", "summit poll"),
        ("published_to=2025-06-14T23:59:59.5Z", "summit poll"),
        ("published_to=2025-06-14T23:59:59.4Z", "poll"),
        ("published_to=2025-06-13t00:00:00z", "poll"),
        ("published_from=2025-06-14&published_to=2025-06-15", "match summit"),
        ("published_from=2025-06-13&published_to=2025-06-13", "poll"),
        ("published_from=2025-06-16&published_to=2025-06-13", ""),
        ("published_from=0001-01-01", "talks match summit poll"),
        ("published_to=9999-12-31", "talks match summit poll"),
        ("category=politics&language=en", "talks"),
        ("category=politics&hashtag=football", ""),
        ("source=korea-herald&hashtag=diplomacy&published_to=2025-06-15", "poll"),
        ("sort=published_at", "notice poll summit match talks"),
        ("sort=-published_at", "talks match summit poll notice"),
        ("sort=published_at&hashtag=seoul&language=en", "match talks"),
    ],
)
def test_a_filter_leaves_what_it_names_and_filters_add_up(
    client: FlaskClient, published: dict[str, str], query: str, expected: str
) -> None:
    listed = ask(client, f"/v1/articles?{query}&count=true")
    assert names(published, listed["data"]) == expected.split()
    assert listed["total"] == len(expected.split())
    assert walk(client, f"/v1/articles?{query}&limit=1") == [
        article["id"] for article in listed["data"]
    ]


def test_the_total_is_of_all_pages_and_only_there_when_asked(
    client: FlaskClient, published: dict[str, str]
) -> None:
    assert ask(client, "/v1/articles?count=true&limit=2")["total"] == 5
    assert "total" not in ask(client, "/v1/articles?count=false&limit=2")


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_each_field_can_be_asked_for_alone(
    client: FlaskClient, published: dict[str, str], name: str
) -> None:
    whole = ask(client, f"/v1/articles/{published['talks']}")
    alone = ask(client, f"/v1/articles/{published['talks']}?fields={name}")
    assert alone == {name: whole[name]}
    first, *_ = ask(client, f"/v1/articles?fields={name}")["data"]
    assert first == {name: whole[name]}


def test_some_fields_also_the_bodies_can_be_asked_for_of_a_list(
    client: FlaskClient, published: dict[str, str]
) -> None:
    asked = "title,body_text,hashtags,title"
    for article in ask(client, f"/v1/articles?fields={asked}")["data"]:
        assert article.keys() == {"title", "body_text", "hashtags"}


@pytest.mark.parametrize("included", INCLUDES, ids=",".join)
def test_an_article_brings_along_what_is_asked_for(
    client: FlaskClient,
    published: dict[str, str],
    commented: list[str],
    included: tuple[str, ...],
) -> None:
    for fields in ("", "title", "id,source", "links"):
        check_included(client, published, commented, included, fields)


def check_included(
    client: FlaskClient,
    published: dict[str, str],
    commented: list[str],
    included: tuple[str, ...],
    fields: str,
) -> None:
    place = f"/v1/articles/{published['talks']}"
    query = f"include={','.join(included)}" + (f"&fields={fields}" if fields else "")
    own = set(fields.split(",")) if fields else FIELDS
    alone = ask(client, f"{place}?{query}")
    assert alone.keys() == own | set(included) | (set() if fields else {"duplicates"})
    if "source" in included:
        source = ask(client, "/v1/sources/korea-herald")
        # How feeds fare is told of a source that is asked for by itself.
        assert alone["source"] | {"aliases": [], "feeds_health": []} == source
    elif "source" in own:
        assert alone["source"] == {"id": "korea-herald", "name": "Korea Herald"}
    if "related" in included:
        assert alone["related"] == ask(client, f"{place}/related")["data"]
        assert len(alone["related"]) == 3
    if "comments" in included:
        assert alone["comments"] == ask(client, f"{place}/comments")["data"]
        assert [comment["id"] for comment in alone["comments"]] == commented

    first, *others = ask(client, f"/v1/articles?{query}")["data"]
    in_list = (own if fields else FIELDS - BODIES) | set(included)
    assert first == {name: alone[name] for name in in_list}
    for other in others:
        assert other.keys() == in_list
        beside = [other.get(name, []) for name in ("related", "comments", "duplicates")]
        assert beside == [[], [], []]


def test_an_article_without_a_source_brings_none_along(
    client: FlaskClient, published: dict[str, str]
) -> None:
    assert ask(client, f"/v1/articles/{published['notice']}?include=source")["source"] is None


def test_a_source_that_is_not_stored_is_shown_as_the_article_names_it(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    memory_db["sources"].delete_one({"_id": "the-times"})
    article = ask(client, f"/v1/articles/{published['match']}?include=source")
    assert article["source"] == {"id": "the-times", "name": "The Times"}


def test_related_articles_come_in_the_order_of_the_page_without_the_article_itself(
    client: FlaskClient, published: dict[str, str]
) -> None:
    related = ask(client, f"/v1/articles/{published['talks']}/related")
    assert related.keys() == {"data", "next"}
    assert names(published, related["data"]) == ["poll", "match", "notice"]
    for position, article in enumerate(related["data"], start=1):
        assert article.keys() == (FIELDS - BODIES) | WHY_RELATED
        assert article["origin"] == "page"
        assert article["score"] is None
        assert article["reasons"] == []
        assert article["position"] == position
    assert ask(client, f"/v1/articles/{published['poll']}/related") == {"data": [], "next": None}


@pytest.mark.parametrize("asked", ["id", "title,score", "links,position,id", "reasons,source"])
def test_some_fields_of_related_articles_can_be_asked_for(
    client: FlaskClient, published: dict[str, str], asked: str
) -> None:
    place = f"/v1/articles/{published['talks']}/related"
    expected = [
        {name: article[name] for name in asked.split(",")} for article in ask(client, place)["data"]
    ]
    assert ask(client, f"{place}?fields={asked}")["data"] == expected
    found = pages(client, f"{place}?fields={asked}&limit=1")
    assert [article for page in found for article in page] == expected


@pytest.mark.parametrize(
    "name", ["body_text", "body_html", "related", "comments", "duplicates", "highlights"]
)
def test_a_related_article_has_no_bodies_and_nothing_beside_it(
    client: FlaskClient, published: dict[str, str], name: str
) -> None:
    answer = client.get(f"/v1/articles/{published['talks']}/related?fields={name}")
    assert [error["field"] for error in problem(answer, 400)["errors"]] == ["fields"]


@pytest.mark.parametrize("path", ["/{talks}/related", "/{poll}/related", "?include=related"])
def test_related_articles_take_two_queries_and_no_bodies(
    client: FlaskClient, published: dict[str, str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    asked: list[tuple[str, Any]] = []
    find = Collection.find

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append((self.name, args[1] if len(args) > 1 else None))
        return find(self, *args, **kwargs)

    monkeypatch.setattr(Collection, "find", counted)
    ask(client, f"/v1/articles{path}".format(**published))
    listed = 1 if path.startswith("?") else 0
    assert [name for name, _ in asked] == ["articles"] * listed + ["links", "articles"]
    for name, fields in asked:
        assert name == "links" or not BODIES & set(fields)


def test_a_related_article_that_is_gone_is_passed_over(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    memory_db["articles"].delete_one({"_id": published["match"]})
    related = walk(client, f"/v1/articles/{published['talks']}/related?limit=1")
    assert related == [published["poll"], published["notice"]]


def test_what_is_related_to_an_article_that_is_gone_is_not_found(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    memory_db["articles"].delete_one({"_id": published["talks"]})
    problem(client.get(f"/v1/articles/{published['talks']}/related"), 404)


def test_comments_come_oldest_first_and_hidden_ones_not_at_all(
    client: FlaskClient, published: dict[str, str], commented: list[str]
) -> None:
    place = f"/v1/articles/{published['talks']}/comments"
    comments = ask(client, place)
    assert comments.keys() == {"data", "next"}
    assert [comment["id"] for comment in comments["data"]] == commented
    assert comments["data"][0] == {
        "id": commented[0],
        "article_id": published["talks"],
        "author": "Reader",
        "text": "Comment 1",
        "created_at": "2025-06-17T01:00:00Z",
        "status": "visible",
        "parent_id": commented[2],
    }
    assert comments["data"][1]["parent_id"] is None
    other = ask(client, f"/v1/articles/{published['match']}/comments")
    assert other == {"data": [], "next": None}


@pytest.mark.parametrize("below", ["", "/related", "/comments"])
def test_a_slug_leads_to_the_article_and_keeps_the_query(
    client: FlaskClient, published: dict[str, str], below: str
) -> None:
    query = "?limit=1" if below else "?fields=title%2Curl&include=source"
    for asked in ("", query):
        answer = client.get(f"/v1/articles/ties-grow-closer{below}{asked}")
        assert answer.status_code == 302
        place = f"/v1/articles/{published['talks']}{below}{asked}"
        assert answer.headers["Location"] == place
        followed = client.get(f"/v1/articles/ties-grow-closer{below}{asked}", follow_redirects=True)
        assert followed.json == ask(client, place)


@pytest.mark.parametrize("below", ["", "/related", "/comments"])
def test_a_former_id_leads_to_the_article(
    client: FlaskClient, published: dict[str, str], memory_db: Database, below: str
) -> None:
    named = publish(memory_db, draft("A notice", published_at=None, published=None, language=None))
    assert named.article_id != published["notice"]
    answer = client.get(f"/v1/articles/{published['notice']}{below}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/v1/articles/{named.article_id}{below}"
    related = ask(client, f"/v1/articles/{published['talks']}/related")["data"]
    assert related[-1]["id"] == named.article_id


def test_an_article_whose_slug_is_taken_has_one_of_its_own(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    second = publish(memory_db, draft("Ties grow closer", source="The Times")).article_id
    slug = ask(client, f"/v1/articles/{second}")["slug"]
    assert slug != "ties-grow-closer"
    answer = client.get(f"/v1/articles/{slug}")
    assert answer.headers["Location"] == f"/v1/articles/{second}"


@pytest.mark.parametrize("below", ["", "/related", "/comments"])
def test_an_unknown_article_is_not_found(
    client: FlaskClient, published: dict[str, str], below: str
) -> None:
    for name in (ID, "nobody-wrote-this"):
        found = problem(client.get(f"/v1/articles/{name}{below}"), 404)
        assert found["detail"] == "There is no such article."
        assert found["instance"] == f"/v1/articles/{name}{below}"


def test_a_database_that_leaves_while_a_slug_is_looked_up_is_unavailable(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> str:
        raise UnavailableError("no primary")

    monkeypatch.setattr(articles, "id_of", gone)
    answer = client.get("/v1/articles/ties-grow-closer")
    problem(answer, 503)
    assert answer.headers["Retry-After"] == "2"


def test_an_article_that_leaves_between_two_reads_is_not_found(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> str:
        raise NotFoundError("article", "x")

    monkeypatch.setattr(articles, "id_of", gone)
    problem(client.get("/v1/articles/ties-grow-closer"), 404)


def test_a_new_revision_is_shown_with_its_number(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    place = f"/v1/articles/{published['match']}"
    before = ask(client, place)
    again = draft(
        "Match ends level",
        source="The Times",
        hashtags=["Cup"],
        captured_at=datetime(2025, 6, 18, tzinfo=UTC),
        published_at=datetime(2025, 6, 15, 8, tzinfo=UTC),
    )
    assert publish(memory_db, again).status == "changed"
    after = ask(client, place)
    assert after["revision"] == before["revision"] + 1
    assert after["hashtags"] == ["Football", "SEOUL", "Cup"]
    assert after["created_at"] == before["created_at"]
    assert after["updated_at"] >= before["updated_at"]


def test_pages_of_related_articles_and_comments_join_to_the_whole(
    client: FlaskClient, published: dict[str, str], commented: list[str]
) -> None:
    for below in ("related", "comments"):
        place = f"/v1/articles/{published['talks']}/{below}"
        whole = ask(client, place)["data"]
        assert len(whole) == 3
        assert pages(client, f"{place}?limit=2") == [whole[:2], whole[2:]]
