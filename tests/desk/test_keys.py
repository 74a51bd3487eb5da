from datetime import UTC, datetime, timedelta

import pytest

from desk import keys
from desk.keys import Key, KeyInputError

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
WRITE = "articles:write"


def test_a_token_says_which_key_it_is_and_is_not_stored() -> None:
    token, key = keys.make("Desk", [WRITE], now=NOW)
    assert keys.parse(token) == key["id"]
    assert token.startswith(f"byline_{key['id']}_")
    assert len(token) == len("byline_12345678_") + 43  # 32 bytes in base64url
    secret = token.rpartition(f"{key['id']}_")[2]
    assert not any(secret in str(value) for value in key.values())
    assert keys.is_of(key, token)


def test_no_two_keys_are_alike() -> None:
    made = [keys.make("Desk", [WRITE], now=NOW) for _ in range(50)]
    assert len({token for token, _ in made}) == len({key["id"] for _, key in made}) == 50
    assert not keys.is_of(made[0][1], made[1][0])


def test_any_other_character_makes_another_token() -> None:
    token, key = keys.make("Desk", [WRITE], now=NOW)
    for place, letter in enumerate(token):
        other = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        assert not keys.is_of(key, other)


@pytest.mark.parametrize(
    "bad",
    ["", "byline_", "byline_abcdefgh", "byline_abcdefgh_", "byline_abcdefgh_" + "a" * 42,
     "byline_abcdefgh_" + "a" * 44, "byline_abcdefgh_" + "a" * 42 + "\n", "x" * 10_000,
     "byline_abcdefgh_" + "a" * 42 + "é", "byline_abcdefgh_" + "a" * 42 + "\0",
     "byline_ABCDEFGH_" + "a" * 43, "Byline_abcdefgh_" + "a" * 43, "byline_$where12_" + "a" * 43],
)  # fmt: skip
def test_what_is_no_token_names_no_key(bad: str) -> None:
    assert keys.parse(bad) is None
    assert keys.prefix_of(bad) is None


def test_a_key_is_named_by_its_prefix_or_by_its_token() -> None:
    token, key = keys.make("Desk", [WRITE], now=NOW)
    assert keys.prefix_of(token) == keys.prefix_of(key["id"]) == key["id"]


def test_a_key_may_do_what_it_is_for_and_an_admin_everything() -> None:
    writer = Key("a", "A", frozenset({WRITE}))
    assert writer.may(WRITE)
    assert not writer.may("comments:moderate")
    assert not writer.may("admin")
    assert all(Key("b", "B", frozenset({"admin"})).may(scope) for scope in keys.SCOPES)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "a\x1b[2Jb"])
def test_a_name_is_short_and_can_be_printed(name: str) -> None:
    with pytest.raises(KeyInputError, match="name"):
        keys.make(name, [WRITE], now=NOW)


@pytest.mark.parametrize("scopes", [[], [""], ["write"], [WRITE, "Admin"]])
def test_a_key_is_for_something_that_there_is(scopes: list[str]) -> None:
    with pytest.raises(KeyInputError, match="scope"):
        keys.make("Desk", scopes, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90d", NOW + timedelta(days=90)),
        ("1d", NOW + timedelta(days=1)),
        ("2027-01-01", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-02-01T09:00:00+09:00", datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_number_of_days_a_date_or_a_time(text: str, expected: datetime) -> None:
    assert keys.parse_expiry(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    ["", "0d", "-1d", "d", "90", "90 d", "999999d", "99999d" * 2, "2027-02-30", "2027-1-1", "never",
     "2026-01-31", "2020-01-01", "2026-01-31T12:00:00Z", "٩d", "9999999999d"],
)  # fmt: skip
def test_what_is_no_end_to_come_is_refused(text: str) -> None:
    with pytest.raises(KeyInputError):
        keys.parse_expiry(text, NOW)


def test_an_end_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(KeyInputError):
        keys.parse_expiry("99999d", datetime(9990, 1, 1, tzinfo=UTC))


def test_a_key_is_good_until_it_expires_or_is_revoked() -> None:
    _, key = keys.make("Desk", [WRITE], now=NOW, expires_at=NOW + timedelta(days=1))
    assert keys.state(key, NOW) == "active"
    assert keys.state(key, NOW + timedelta(days=1)) == "expired"
    assert keys.state(key | {"revoked_at": NOW}, NOW) == "revoked"
