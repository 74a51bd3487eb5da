import dataclasses

from flask.testing import FlaskClient

from api.app import create_app
from settings import Download, Settings
from store.client import Database
from tests.api.asking import ask


def test_the_site_is_what_its_operator_says(settings: Settings, memory_db: Database) -> None:
    described = dataclasses.replace(
        settings,
        site_name="The Daily",
        site_tagline="All of it.",
        comments="closed",
        site_downloads=(
            Download("App Store", "https://apps.example/1"),
            Download("Google Play", "https://play.example/2"),
        ),
    )
    assert ask(create_app(described, memory_db).test_client(), "/v1/site") == {
        "name": "The Daily",
        "tagline": "All of it.",
        "downloads": [
            {"name": "App Store", "url": "https://apps.example/1"},
            {"name": "Google Play", "url": "https://play.example/2"},
        ],
        "comments": "closed",
    }


def test_a_site_that_nobody_described_has_a_name_and_no_downloads(client: FlaskClient) -> None:
    site = ask(client, "/v1/site")
    assert site.keys() == {"name", "tagline", "downloads", "comments"}
    assert site["name"] == "Byline"
    assert site["downloads"] == []
