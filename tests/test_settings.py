import os
from pathlib import Path

import pytest

from settings import Download, Limit, Settings, SettingsError


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("BYLINE_", "MONGODB_")):
            monkeypatch.delenv(name)


def test_without_any_variable_the_defaults_hold() -> None:
    assert Settings.from_env() == Settings(
        mongodb_uri=None,
        mongodb_db="byline",
        mongod=None,
        data=Path("var"),
        host="127.0.0.1",
        port=8000,
        server="gunicorn",
        workers=os.cpu_count() or 1,
        threads=8,
        streams=4,
        cache_bytes=32 * 1024 * 1024,
        max_age=0,
        write_limits=(Limit(600, 60),),
        comment_limits=(Limit(10, 60), Limit(100, 86_400)),
        read_limits=(),
        trusted_proxies=0,
        log_level="info",
        access_log=False,
        otel_endpoint=None,
        fetch_private=False,
        contact=None,
        poll_seconds=300,
        fetch_pages=False,
        comments="moderated",
        site_name="Byline",
        site_tagline="News, with its sources.",
        site_downloads=(),
    )


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("MONGODB_URI", "mongodb://db.example/", "mongodb_uri", "mongodb://db.example/"),
        ("MONGODB_URI", "", "mongodb_uri", None),
        ("MONGODB_DB", "news-2_b", "mongodb_db", "news-2_b"),
        ("BYLINE_MONGOD", "/opt/mongod", "mongod", Path("/opt/mongod")),
        ("BYLINE_MONGOD", "", "mongod", None),
        ("BYLINE_DATA", "/srv/byline", "data", Path("/srv/byline")),
        ("BYLINE_DATA", "", "data", Path("var")),
        ("BYLINE_HOST", "::1", "host", "::1"),
        ("BYLINE_PORT", "65535", "port", 65535),
        ("BYLINE_SERVER", "gunicorn", "server", "gunicorn"),
        ("BYLINE_WORKERS", "1", "workers", 1),
        ("BYLINE_THREADS", "256", "threads", 256),
        ("BYLINE_THREADS", "256", "streams", 128),
        ("BYLINE_THREADS", "1", "streams", 0),
        ("BYLINE_STREAMS", "0", "streams", 0),
        ("BYLINE_STREAMS", "4", "streams", 4),
        ("BYLINE_CACHE_MB", "0", "cache_bytes", 0),
        ("BYLINE_CACHE_MB", "64", "cache_bytes", 64 * 1024 * 1024),
        ("BYLINE_SERVER", "granian", "server", "granian"),
        ("BYLINE_MAX_AGE", "31536000", "max_age", 31_536_000),
        ("BYLINE_WRITE_LIMIT", "5/second", "write_limits", (Limit(5, 1),)),
        ("BYLINE_WRITE_LIMIT", "", "write_limits", ()),
        (
            "BYLINE_COMMENT_LIMIT",
            " 100 / day ;1/minute;",
            "comment_limits",
            (Limit(1, 60), Limit(100, 86_400)),
        ),
        ("BYLINE_READ_LIMIT", "999999999/hour", "read_limits", (Limit(999_999_999, 3_600),)),
        ("BYLINE_TRUSTED_PROXIES", "2", "trusted_proxies", 2),
        ("BYLINE_LOG_LEVEL", "debug", "log_level", "debug"),
        ("BYLINE_ACCESS_LOG", "true", "access_log", True),
        (
            "BYLINE_OTEL_ENDPOINT",
            "http://127.0.0.1:4318/",
            "otel_endpoint",
            "http://127.0.0.1:4318",
        ),
        ("BYLINE_OTEL_ENDPOINT", "", "otel_endpoint", None),
        ("BYLINE_FETCH_PRIVATE", "true", "fetch_private", True),
        ("BYLINE_CONTACT", "https://news.example/bot", "contact", "https://news.example/bot"),
        ("BYLINE_CONTACT", "", "contact", None),
        ("BYLINE_POLL_SECONDS", "86400", "poll_seconds", 86_400),
        ("BYLINE_FETCH_PAGES", "true", "fetch_pages", True),
        ("BYLINE_COMMENTS", "open", "comments", "open"),
        ("BYLINE_COMMENTS", "closed", "comments", "closed"),
        ("BYLINE_SITE_NAME", "뉴스", "site_name", "뉴스"),
        ("BYLINE_SITE_TAGLINE", "", "site_tagline", ""),
        (
            "BYLINE_SITE_DOWNLOADS",
            " App Store = https://a.example/x?y=1 ,, Google Play=http://b.example",
            "site_downloads",
            (
                Download("App Store", "https://a.example/x?y=1"),
                Download("Google Play", "http://b.example"),
            ),
        ),
    ],
)
def test_each_variable_sets_its_field(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, field: str, value: object
) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(Settings.from_env(), field) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("MONGODB_DB", ""),
        ("MONGODB_DB", "a" * 39),
        ("MONGODB_DB", "a.b"),
        ("MONGODB_DB", "two words"),
        ("MONGODB_DB", "byline\n"),
        ("BYLINE_HOST", ""),
        ("BYLINE_PORT", ""),
        ("BYLINE_PORT", "http"),
        ("BYLINE_PORT", "0"),
        ("BYLINE_PORT", "65536"),
        ("BYLINE_PORT", "8000.5"),
        ("BYLINE_PORT", "9" * 5000),
        ("BYLINE_SERVER", "apache"),
        ("BYLINE_WORKERS", "0"),
        ("BYLINE_STREAMS", "5"),
        ("BYLINE_STREAMS", "-1"),
        ("BYLINE_WORKERS", "-1"),
        ("BYLINE_WORKERS", "257"),
        ("BYLINE_THREADS", "0"),
        ("BYLINE_THREADS", "many"),
        ("BYLINE_CACHE_MB", "-1"),
        ("BYLINE_MAX_AGE", "-1"),
        ("BYLINE_MAX_AGE", "31536001"),
        ("BYLINE_WRITE_LIMIT", "many"),
        ("BYLINE_WRITE_LIMIT", "600"),
        ("BYLINE_WRITE_LIMIT", "0/minute"),
        ("BYLINE_WRITE_LIMIT", "-1/minute"),
        ("BYLINE_WRITE_LIMIT", "1_000/minute"),
        ("BYLINE_WRITE_LIMIT", "\u0665/minute"),
        ("BYLINE_WRITE_LIMIT", "1.5/minute"),
        ("BYLINE_WRITE_LIMIT", "9" * 5_000 + "/minute"),
        ("BYLINE_WRITE_LIMIT", "5/fortnight"),
        ("BYLINE_WRITE_LIMIT", "5/minute, 6/hour"),
        ("BYLINE_COMMENT_LIMIT", "5/minute; 6/minute"),
        ("BYLINE_READ_LIMIT", "5/minute\n6"),
        ("BYLINE_TRUSTED_PROXIES", "-1"),
        ("BYLINE_TRUSTED_PROXIES", "101"),
        ("BYLINE_TRUSTED_PROXIES", "all"),
        ("BYLINE_LOG_LEVEL", "loud"),
        ("BYLINE_ACCESS_LOG", "some"),
        ("BYLINE_OTEL_ENDPOINT", "127.0.0.1:4318"),
        ("BYLINE_OTEL_ENDPOINT", "file:///x"),
        ("BYLINE_OTEL_ENDPOINT", "http://[x"),
        ("BYLINE_FETCH_PRIVATE", "maybe"),
        ("BYLINE_CONTACT", "two words"),
        ("BYLINE_CONTACT", "nëws@example.org"),
        ("BYLINE_CONTACT", "a)b"),
        ("BYLINE_CONTACT", "a\nX-Header:b"),
        ("BYLINE_POLL_SECONDS", "0"),
        ("BYLINE_POLL_SECONDS", "86401"),
        ("BYLINE_FETCH_PAGES", "some"),
        ("BYLINE_COMMENTS", ""),
        ("BYLINE_COMMENTS", "Open"),
        ("BYLINE_SITE_NAME", ""),
        ("BYLINE_SITE_NAME", "x" * 201),
        ("BYLINE_SITE_DOWNLOADS", "https://a.example"),
        ("BYLINE_SITE_DOWNLOADS", "=https://a.example"),
        ("BYLINE_SITE_DOWNLOADS", "App="),
        ("BYLINE_SITE_DOWNLOADS", "App=https://"),
        ("BYLINE_SITE_DOWNLOADS", "App=javascript:alert(1)"),
        ("BYLINE_SITE_DOWNLOADS", "App=http://[x"),
        ("BYLINE_SITE_DOWNLOADS", "Ok=https://a.example,two\nlines"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_in_one_line_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError) as refusal:
        Settings.from_env()
    assert variable in str(refusal.value)
    assert "\n" not in str(refusal.value)
