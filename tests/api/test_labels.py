from typing import Any

import pytest
from flask.testing import FlaskClient

from desk.publish import publish
from store.client import Database
from tests.api.asking import ask, walk
from tests.samples import draft

ODD = ["Arts, Culture", "50% off", "a&b=c", "ﷺ" * 50, "bell\x07", "北京", "plus+plus", "é"]


def label(label_id: str, name: str, count: int) -> dict[str, Any]:
    return {"id": label_id, "name": name, "articles_count": count}


def test_hashtags_are_listed_by_id_whatever_their_case(
    client: FlaskClient, published: dict[str, str]
) -> None:
    assert ask(client, "/v1/hashtags") == {
        "data": [
            label("diplomacy", "Diplomacy", 2),
            label("football", "Football", 1),
            label("seoul", "Seoul", 2),
        ],
        "next": None,
    }


def test_categories_are_listed_by_id_whatever_their_case(
    client: FlaskClient, published: dict[str, str]
) -> None:
    assert ask(client, "/v1/categories") == {
        "data": [label("politics", "Politics", 2), label("sport", "Sport", 1)],
        "next": None,
    }


@pytest.mark.parametrize(("kind", "name"), [("hashtags", "hashtag"), ("categories", "category")])
def test_the_filter_finds_as_many_articles_as_the_list_says(
    client: FlaskClient, published: dict[str, str], kind: str, name: str
) -> None:
    for found in ask(client, f"/v1/{kind}")["data"]:
        for value in (found["id"], found["name"]):
            listed = ask(client, f"/v1/articles?{name}={value}")["data"]
            assert len(listed) == found["articles_count"]


@pytest.mark.parametrize("kind", ["hashtags", "categories"])
def test_labels_of_any_characters_can_be_walked(
    client: FlaskClient, memory_db: Database, kind: str
) -> None:
    for number, name in enumerate(ODD):
        publish(memory_db, draft(f"Article {number}", category=name, hashtags=[name]))
    whole = [found["id"] for found in ask(client, f"/v1/{kind}")["data"]]
    assert len(whole) == len(ODD)
    assert walk(client, f"/v1/{kind}?limit=1") == whole
