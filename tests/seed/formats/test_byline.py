"""What the API gives back loads again."""

import orjson
from flask.testing import FlaskClient

from api.app import create_app
from desk.publish import link, publish
from schemas.article import validate_draft
from seed import formats
from seed.found import Origin
from settings import Settings
from store.client import Database
from tests.samples import draft

EVERYTHING = "/v1/articles?fields=id,slug,url,title,summary,source,authors,image_url,published_at,published,language,category,hashtags,enclosures,excerpt,body_text,body_html,updated_at,created_at,revision"  # noqa: E501


def test_an_export_loads_again_unchanged_and_elsewhere_as_the_same_articles(
    memory_db: Database,
) -> None:
    one = publish(memory_db, draft(url="https://news.example/a?b=1", hashtags=["x"])).article_id
    two = publish(memory_db, draft("Another", summary="A lead that somebody wrote.")).article_id
    link(memory_db, one, [two])
    client: FlaskClient = create_app(Settings.from_env(), memory_db).test_client()
    exported = client.get(EVERYTHING).data
    found = formats.read(exported, Origin())
    assert {item.draft["id"] for item in found.articles} == {one, two}
    for item in found.articles:
        assert publish(memory_db, validate_draft(item.draft)).status == "unchanged"
    alone = formats.read(client.get(f"/v1/articles/{one}?include=related").data, Origin())
    assert [item.draft["id"] for item in alone.articles] == [one, two]
    assert alone.articles[0].related == (1,)
    sources = formats.read(client.get("/v1/sources").data, Origin()).sources
    assert [source["name"] for source in sources] == ["Korea Herald"]
    assert orjson.loads(exported)["next"] is None
