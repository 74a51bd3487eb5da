from schemas.site import HealthSchema, SiteSchema
from settings import Download


def test_the_site_is_shown_with_its_downloads() -> None:
    shown = SiteSchema().dump(
        {
            "name": "Byline",
            "tagline": "",
            "downloads": [Download("App", "https://a.example")],
            "comments": "open",
        }
    )
    assert shown == {
        "name": "Byline",
        "tagline": "",
        "downloads": [{"name": "App", "url": "https://a.example"}],
        "comments": "open",
    }


def test_health_is_one_word() -> None:
    assert HealthSchema().dump({"status": "ok", "uri": "mongodb://user:secret@host"}) == {
        "status": "ok"
    }
