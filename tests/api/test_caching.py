import dataclasses
import gzip
import re
from datetime import UTC, datetime
from itertools import product

import pytest
from flask.testing import FlaskClient
from werkzeug.http import http_date, parse_date

from api.app import create_app
from desk.publish import link, publish
from settings import Settings
from store.client import Database
from tests.api.asking import ID, PLACES, ask, said
from tests.samples import draft

STRONG_ETAG = re.compile(r'"[0-9a-f]{32}(\.[0-9a-f]{32})?"')
LATER = datetime(2025, 6, 20, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("published")


@pytest.mark.parametrize("place", PLACES)
def test_every_answer_has_a_strong_etag_that_stays_the_same(
    client: FlaskClient, published: dict[str, str], place: str
) -> None:
    tags = {client.get(place.format(**published)).headers["ETag"] for _ in range(3)}
    [tag] = tags
    assert STRONG_ETAG.fullmatch(tag)


def test_two_answers_have_two_etags(client: FlaskClient, published: dict[str, str]) -> None:
    tags = [client.get(place.format(**published)).headers["ETag"] for place in PLACES]
    tags.append(client.get("/v1/articles?limit=1").headers["ETag"])
    tags.append(client.get("/v1/articles?fields=id").headers["ETag"])
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("place", PLACES)
def test_who_has_the_answer_already_is_told_so(
    client: FlaskClient, published: dict[str, str], place: str
) -> None:
    first = client.get(place.format(**published))
    forms = ("{}", "W/{}", '"a", {}, "b"', '"a", W/{}', "*")
    for method, form in product(("GET", "HEAD"), forms):
        condition = {"If-None-Match": form.format(first.headers["ETag"])}
        again = client.open(place.format(**published), method=method, headers=condition)
        assert (again.status_code, again.data) == (304, b"")
        assert "Content-Length" not in again.headers
        assert "Content-Type" not in again.headers
        for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
            assert again.headers[name] == first.headers[name]
        assert again.headers["X-Request-Id"]


@pytest.mark.parametrize("condition", ['"another"', 'W/"another"', "another", '"a", "b"', ""])
def test_who_has_another_answer_gets_the_whole_one(client: FlaskClient, condition: str) -> None:
    whole = client.get("/v1/articles")
    answer = client.get("/v1/articles", headers={"If-None-Match": condition})
    assert (answer.status_code, answer.data) == (200, whole.data)


def test_the_etag_changes_with_the_content_and_only_then(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    def tags() -> list[str]:
        places = [place.format(**published) for place in PLACES[:8]]
        return [client.get(place).headers["ETag"] for place in places]

    again = draft(
        "Poll opens",
        hashtags=["Diplomacy"],
        language="ko",
        published_at=datetime(2025, 6, 13, tzinfo=UTC),
    )
    before = tags()
    assert publish(memory_db, again).status == "unchanged"
    link(memory_db, published["talks"], [published["poll"]])
    assert tags() == before
    assert publish(memory_db, again | {"captured_at": LATER, "hashtags": ["Vote"]}).status == (
        "changed"
    )
    listed, article, related, comments, sources, source, of_source, hashtags = zip(
        before, tags(), strict=True
    )
    for old, new in (listed, related, of_source, hashtags):
        assert old != new
    for old, new in (article, comments, sources, source):
        assert old == new


def test_one_article_says_when_it_changed(client: FlaskClient, published: dict[str, str]) -> None:
    place = f"/v1/articles/{published['talks']}"
    answer = client.get(place)
    changed = datetime.fromisoformat(said(answer)["updated_at"]).replace(microsecond=0)
    assert parse_date(answer.headers["Last-Modified"]) == changed
    for moment in (answer.headers["Last-Modified"], http_date(LATER.replace(year=2999))):
        again = client.get(place, headers={"If-Modified-Since": moment})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]
    for moment in (http_date(LATER.replace(year=2000)), "yesterday"):
        assert client.get(place, headers={"If-Modified-Since": moment}).status_code == 200


def test_an_article_without_its_time_of_change_still_says_when_it_changed(
    client: FlaskClient, published: dict[str, str]
) -> None:
    assert "Last-Modified" in client.get(f"/v1/articles/{published['talks']}?fields=id").headers


def test_the_etag_counts_more_than_the_time(client: FlaskClient, published: dict[str, str]) -> None:
    place = f"/v1/articles/{published['talks']}"
    first = client.get(place)
    late, early = http_date(LATER.replace(year=2999)), http_date(LATER.replace(year=2000))
    other = {"If-None-Match": '"another"', "If-Modified-Since": late}
    assert client.get(place, headers=other).status_code == 200
    same = {"If-None-Match": first.headers["ETag"], "If-Modified-Since": early}
    assert client.get(place, headers=same).status_code == 304


@pytest.mark.parametrize("place", [place for place in PLACES if place != "/v1/articles/{talks}"])
def test_what_has_no_one_time_of_change_says_none(
    client: FlaskClient, published: dict[str, str], place: str
) -> None:
    late = {"If-Modified-Since": http_date(LATER.replace(year=2999))}
    answer = client.get(place.format(**published), headers=late)
    assert answer.status_code == 200
    assert "Last-Modified" not in answer.headers


@pytest.mark.parametrize("included", ["source", "duplicates", "related", "comments"])
def test_an_article_with_others_beside_it_says_no_time_of_change(
    client: FlaskClient, published: dict[str, str], included: str
) -> None:
    late = {"If-Modified-Since": http_date(LATER.replace(year=2999))}
    answer = client.get(f"/v1/articles/{published['talks']}?include={included}", headers=late)
    assert answer.status_code == 200
    assert "Last-Modified" not in answer.headers


@pytest.mark.parametrize(
    "place", [*PLACES, "/livez", "/readyz", "/openapi.json", "/docs/", f"/v1/articles/{ID}"]
)
def test_head_answers_as_get_does_without_the_body(
    client: FlaskClient, published: dict[str, str], place: str
) -> None:
    got = client.get(place.format(**published))
    head = client.head(place.format(**published))
    assert head.status_code == got.status_code
    assert head.data == b""
    varying = {"Date", "X-Request-Id"}
    if place.startswith("/docs"):
        varying |= {"Expires"}
    same = [[pair for pair in answer.headers if pair[0] not in varying] for answer in (got, head)]
    assert same[0] == same[1]
    assert head.headers["Content-Length"] == str(len(got.data))


@pytest.mark.parametrize(
    ("max_age", "expected"),
    [(0, "public, no-cache"), (1, "public, max-age=1"), (300, "public, max-age=300")],
)
def test_an_answer_may_be_reused_for_as_long_as_the_operator_says(
    settings: Settings,
    memory_db: Database,
    published: dict[str, str],
    max_age: int,
    expected: str,
) -> None:
    client = create_app(dataclasses.replace(settings, max_age=max_age), memory_db).test_client()
    for place in PLACES:
        answer = client.get(place.format(**published))
        assert answer.headers["Cache-Control"] == expected
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_an_error_is_not_to_be_kept(client: FlaskClient) -> None:
    for place in ("/v1/articles?limit=0", f"/v1/articles/{ID}", "/nowhere"):
        headers = client.get(place).headers
        assert not {"ETag", "Last-Modified"} & set(headers.keys())
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("place", ["/v1/articles", "/v1/articles/{talks}"])
@pytest.mark.parametrize(
    ("condition", "status"),
    [("{}", 200), ('"a", {}', 200), ("*", 200), ('"a"', 412), ("W/{}", 412)],
)
def test_a_read_on_condition_of_what_it_is_holds_or_fails(
    client: FlaskClient, published: dict[str, str], place: str, condition: str, status: int
) -> None:
    etag = client.get(place.format(**published)).headers["ETag"]
    headers = {"If-Match": condition.format(etag)}
    assert client.get(place.format(**published), headers=headers).status_code == status


def test_a_read_on_condition_that_nothing_changed_holds_or_fails(
    client: FlaskClient, published: dict[str, str]
) -> None:
    place = f"/v1/articles/{published['talks']}"
    changed = client.get(place).headers["Last-Modified"]
    early = http_date(LATER.replace(year=2000))
    for moment, status in ((changed, 200), (early, 412), ("yesterday", 200)):
        answer = client.get(place, headers={"If-Unmodified-Since": moment})
        assert answer.status_code == status
    # An ETag tells more than a time, and a list has no time.
    both = {"If-Match": "*", "If-Unmodified-Since": early}
    assert client.get(place, headers=both).status_code == 200
    assert client.get("/v1/articles", headers={"If-Unmodified-Since": early}).status_code == 200


def test_a_file_of_the_documentation_comes_whole_and_in_its_coding(client: FlaskClient) -> None:
    part = {"Range": "bytes=0-2000", "Accept-Encoding": "gzip"}
    answer = client.get("/docs/swagger-ui.css", headers=part)
    whole = client.get("/docs/swagger-ui.css", headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert gzip.decompress(answer.data) == whole.data
    assert "Accept-Ranges" not in answer.headers


def test_what_a_client_asks_of_a_part_is_answered_whole(client: FlaskClient) -> None:
    whole = ask(client, "/v1/articles")
    answer = client.get("/v1/articles", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.json) == (200, whole)
