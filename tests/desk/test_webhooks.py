from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk import webhooks
from desk.webhooks import WebhookInputError, headers, make, pause
from schemas.change import KINDS

NOW = datetime(2025, 6, 16, 8, tzinfo=UTC)
URL = "https://news.example/hook"


def test_a_webhook_has_an_id_a_secret_and_all_events_of_its_own() -> None:
    one, other = (make(URL, now=NOW, cursor=7) for _ in range(2))
    assert one["events"] == list(KINDS)
    assert (one["cursor"], one["failures"], webhooks.state(one)) == (7, 0, "active")
    assert one["id"] != other["id"]
    assert one["secret"] != other["secret"]
    assert one["secret"].startswith("whsec_")


def test_events_are_kept_once_each_and_in_one_order() -> None:
    made = make(URL, events=["deleted", "made", "deleted"], now=NOW, cursor=0)
    assert made["events"] == ["made", "deleted"]


@pytest.mark.parametrize(
    "values",
    [
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"events": []},
        {"events": ["made", "unmade"]},
    ],
)
def test_what_no_webhook_can_have_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(WebhookInputError):
        make(URL, now=NOW, cursor=0, **values)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news.example",
        "ftp://news.example/",
        "file:///etc/passwd",
        "http://",
        "http://:80/",
        "http://news.example:0/",
        "http://news.example:99999/",
        "http://news.example:x/",
        "http://me:secret@news.example/",
        "http://news.example/#there",
        "http://news.example/two words",
        "http://news.example/\n",
        "http://news.example/é",
        "http://[::1/",
        "http://news.example/" + "x" * 2_000,
    ],
)
def test_an_address_that_nothing_can_be_sent_to_is_refused(url: str) -> None:
    with pytest.raises(WebhookInputError):
        make(url, now=NOW, cursor=0)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://[::1]:80/x?y=1", "HTTPS://news.example", URL]
)
def test_private_addresses_are_for_the_operator_to_choose(url: str) -> None:
    assert make(url, now=NOW, cursor=0)["url"] == url


def test_a_message_is_signed_as_the_specification_shows() -> None:
    """The example of the Standard Webhooks specification's reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    given = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', [secret], at)
    assert given["webhook-timestamp"] == "1614265330"
    assert given["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_pauses_grow_to_hours_and_no_two_fail_in_step() -> None:
    assert pause(1, 1) == timedelta(seconds=5)
    assert pause(1, 0) == timedelta(seconds=2.5)
    assert pause(4, 1) == timedelta(seconds=40)
    longest = [pause(failures, 1) for failures in (14, 40, 10_000)]
    assert longest == [timedelta(hours=6)] * 3


def test_days_of_failures_are_enough() -> None:
    since = NOW - timedelta(days=3)
    assert webhooks.is_hopeless(since, NOW)
    assert not webhooks.is_hopeless(since + timedelta(seconds=1), NOW)
