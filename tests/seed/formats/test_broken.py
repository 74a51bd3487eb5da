"""Feeds and lists as servers really send them."""

import pytest

from seed import formats
from seed.formats import feed_parts, mending
from seed.found import FormatError, Found, Origin

HEAD = '<rss version="2.0"><channel><title>Harbour Post</title>'
ONE = "<item><title>One</title><link>https://a.example/1</link></item>"
TWO = "<item><title>Two</title><link>https://a.example/2</link></item>"
END = "</channel></rss>"


def read(text: str | bytes) -> Found:
    return formats.read(text if isinstance(text, bytes) else text.encode(), Origin())


def titles(text: str | bytes) -> list[str]:
    return [item.draft["title"] for item in read(text).articles]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ONE + TWO + END,
        "\n \ufeff" + HEAD + ONE + TWO + END,
        "<!-- made by hand --><?xml version='1.0'?>" + HEAD + ONE + TWO + END,
        HEAD + ONE + "<!-- " + ONE.replace("One", "No") + " -->" + TWO + END,
        HEAD + ONE.replace("</item>", "") + TWO + END,  # an entry that nothing ends
        HEAD + "<item/><item></item>" + ONE + TWO + END,
        HEAD + ONE.replace("One", "<![CDATA[One]]>") + TWO + END,
        (HEAD + ONE + TWO + END).encode("utf-16"),
    ],
)
def test_both_entries_are_read(text: str | bytes) -> None:
    assert titles(text) == ["One", "Two"]


def test_one_broken_entry_costs_no_other() -> None:
    broken = "<item><title>Three & <b>four</title><description><p>x</description></item>"
    assert titles(HEAD + ONE + broken + TWO + END) == ["One", "Three & four", "Two"]


def test_a_feed_that_was_cut_says_so_and_gives_what_is_whole() -> None:
    found = read(HEAD + ONE + TWO[:20])
    assert found.articles[0].draft["title"] == "One"
    assert found.truncated
    assert not read(HEAD + ONE + END).truncated


def test_only_the_first_of_very_many_entries_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_parts, "MOST_ENTRIES", 1)
    found = read(HEAD + ONE + TWO + END)
    assert (len(found.articles), found.truncated) == (1, True)


def test_a_feed_without_entries_is_no_mistake() -> None:
    found = read(HEAD + "<link>https://a.example/</link>" + END)
    assert (found.articles, found.truncated) == ([], False)
    assert found.source
    assert found.source["name"] == "Harbour Post"


def test_prefixes_that_nobody_declared_and_entities_of_html_are_understood() -> None:
    item = "<item><title>Caf&eacute; &nbsp;&amp; B&B</title><dc:creator>Ada</dc:creator></item>"
    [found] = read(HEAD + item + END).articles
    assert found.draft["title"] == "Café & B&B"
    assert found.draft["authors"] == ["Ada"]


def test_entities_of_its_own_do_nothing() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    assert titles(bomb + HEAD + ONE.replace("One", "One &b;") + END) == ["One &b;"]


def test_tags_of_very_many_attributes_lose_them() -> None:
    flood = " ".join(f'a{number}="{number}"' for number in range(2_000))
    assert len(mending.mended(f"<p {flood}>x</p>")) < 100
    assert titles(HEAD + ONE.replace("<title>", f"<title {flood}>") + END) == ["One"]


def test_an_entry_of_very_many_tags_is_cut_off() -> None:
    assert mending.bounded("<b>" * 5_000).count("<") < 5_000


def test_hidden_text_is_text_and_marks_that_nothing_ends_are_nothing() -> None:
    assert mending.mended("a<![CDATA[<b> & c]]>d") == "a&lt;b&gt; &amp; cd"
    assert mending.mended("a<!-- b --> c<!-- d") == "a c d"
    assert mending.quick("<t>&lt;p&gt;&lt;b&gt;</t>") == "<t><![CDATA[<p><b>]]></t>"


def test_lists_of_feeds_are_read_though_they_are_no_xml() -> None:
    outlines = """
      <outline text="News & More"><!-- <outline xmlUrl="https://no.example/"/> -->
      <outline text="The "Daily" & Co" type="rss" xmlUrl="https://a.example/feed"/>
      <outline type="rss" xmlUrl="feed://www.b.example/rss" category="/Tech/AI,Other"/>
      <outline text="The "Daily" & Co" xmlUrl="https://a.example/sport"/>
      </outline><outline text="C" type="atom" url="https://c.example/atom"/>"""
    sources = read(f"<opml version='2.0'><body>{outlines}</body></opml>").sources
    assert [(each["name"], each["category"]) for each in sources] == [
        ('The "Daily" & Co', "News & More"),
        ("b.example", "Tech/AI"),
        ("C", None),
    ]
    assert sources[0]["feeds"] == ["https://a.example/feed", "https://a.example/sport"]
    assert sources[1]["feeds"] == ["http://www.b.example/rss"]


def test_entries_whose_feed_lost_its_beginning_are_found_all_the_same() -> None:
    for lost in (ONE + TWO + END, "</item>" + ONE + TWO + END):
        parts = feed_parts.take_apart(lost)
        assert parts
        assert len(parts.places) == 2


def test_what_has_no_beginning_of_a_feed_is_refused() -> None:
    with pytest.raises(FormatError):
        read("<!-- <rss> -->")
