import pytest

from seed.watch import robots

TEXT = """\ufeff# who may what
User-Agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.pdf$
Crawl-delay: 2.5

user-agent: Other
User-agent: BYLINE/1.0   # we are meant
Disallow: /ours
Disallow:

Sitemap: https://example.org/sitemap.xml
nonsense
"""


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/", True),
        ("/private", True),
        ("/private/x", False),
        ("/private/open/x", True),
        ("/a.pdf", False),
        ("/a.pdf?x", True),
        ("/ours", True),
    ],
)
def test_the_longest_rule_decides(path: str, may: bool) -> None:
    assert robots.parse(TEXT, "Somebody").allow(path) is may


def test_a_robot_that_is_named_has_rules_of_its_own() -> None:
    rules = robots.parse(TEXT, "Byline")
    assert not rules.allow("/ours/too")
    assert rules.allow("/private/x")
    assert rules.delay == 0


def test_groups_for_one_robot_are_one_group() -> None:
    text = "User-agent: byline\nDisallow: /a\n\nUser-agent: byline\nDisallow: /b\nDisallow: /c"
    rules = robots.parse(text, "Byline")
    assert [rules.allow(path) for path in ("/a", "/b", "/c", "/d")] == [False, False, False, True]


def test_of_two_rules_that_are_equally_long_the_one_that_allows_holds() -> None:
    assert robots.parse("User-agent: *\nDisallow: /a\nAllow: /a", "Byline").allow("/a")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/fish", "/fish.html", True),
        ("/fish", "/Fish", False),
        ("/fish*", "/fishheads", True),
        ("/fish/", "/fish", False),
        ("/*.php", "/folder/x.php5", True),
        ("/*.php$", "/folder/x.php", True),
        ("/*.php$", "/x.php/y.php", True),
        ("/*.php$", "/x.php5", False),
        ("/fish*.php", "/fishheads/catfish.php?id", True),
        ("/a*b*c", "/a-c-b", False),
        ("/a*a$", "/a", False),
        ("/$", "/", True),
        ("/$", "/x", False),
        ("*", "/x", True),
        ("/%7Eeva", "/~eva/x", True),
        ("/~eva", "/%7eeva", True),
        ("/a%2fb", "/a%2Fb", True),
        ("/a/b", "/a%2Fb", False),
        ("/é", "/%C3%A9", True),
    ],
)
def test_a_pattern_matches_what_begins_so(pattern: str, path: str, matches: bool) -> None:
    rules = robots.parse(f"User-agent: *\nDisallow: {pattern}", "Byline")
    assert rules.allow(path) is not matches


@pytest.mark.parametrize("text", ["", "Disallow: /", "<html>Disallow</html>", "User-agent: other"])
def test_where_nothing_is_said_everything_is_allowed(text: str) -> None:
    assert robots.parse(text, "Byline").allow("/x")


@pytest.mark.parametrize(
    ("said", "delay"), [("5", 5), ("0.5", 0.5), ("9999", 60), ("-1", 0), ("soon", 0), ("nan", 0)]
)
def test_a_delay_is_taken_within_bounds(said: str, delay: float) -> None:
    assert robots.parse(f"User-agent: *\nCrawl-delay: {said}", "Byline").delay == delay


def test_a_pattern_of_many_stars_keeps_nobody_busy() -> None:
    rules = robots.parse(f"User-agent: *\nDisallow: {'/*a' * 2_000}$", "Byline")
    assert rules.allow("/" + "/a" * 1_999 + "b")
    assert not robots.ALLOW_NOTHING.allow("/")
