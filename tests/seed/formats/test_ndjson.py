import io
import json

import pytest

from seed import formats
from seed.formats import ndjson
from seed.formats.ndjson import BrokenLine
from seed.found import FormatError, Found, Origin
from seed.unpacking import MAX_BYTES
from tests.seed.formats import samples

ORIGIN = Origin()
ONE = b'{"title": "One"}'


def streamed(data: bytes) -> list[Found | BrokenLine]:
    return list(formats.stream(io.BytesIO(data), ORIGIN))


def titles(found: list[Found | BrokenLine]) -> list[str]:
    return [
        item.draft["title"] for each in found if isinstance(each, Found) for item in each.articles
    ]


@pytest.mark.parametrize(
    "data",
    [
        ONE + b"\n" + ONE,
        b"\xef\xbb\xbf" + ONE + b"\r\n\r\n" + ONE + b"\r\n",
        ONE + b"\n{broken\n",
        b"{broken\n" + ONE + b"\n",
    ],
)
def test_two_lines_tell_it_from_other_json(data: bytes) -> None:
    assert ndjson.recognises(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ONE,
        ONE + b"\n",
        json.dumps({"a": [1, {"b": 2}]}, indent=1).encode(),
        b"[\n{}\n]",
        b"a\nb",
    ],
)
def test_what_is_one_document_is_not_taken_for_lines(data: bytes) -> None:
    assert not ndjson.recognises(data)


def test_a_line_is_an_article_a_source_or_an_answer_of_any_known_api() -> None:
    article = json.loads(samples.NEWS_API)["articles"][0]
    lines = [
        ONE,
        b'{"name": "Harbour Post"}',
        json.dumps(article).encode(),
        samples.NEWS_API,
        samples.JSON_FEED,
        b'{"data": [{"title": "Two"}, {"title": "Three"}], "next": null}',
    ]
    found = streamed(b"\n".join(lines))
    assert titles(found) == ["One", *["Fire aboard"] * 3, "Two", "Three"]
    assert [source["name"] for each in found for source in each.sources] == ["Harbour Post"]  # type: ignore[union-attr]
    assert {each.shape for each in found if isinstance(each, Found)} == {"NDJSON"}


def test_lines_that_are_broken_are_named_by_number_and_the_rest_is_read() -> None:
    found = streamed(b"\n".join([ONE, b"", b"{", b"5", b'{"a": 1}', ONE]))
    broken = [(each.number, each.reason) for each in found if isinstance(each, BrokenLine)]
    assert [number for number, _ in broken] == [3, 4, 5]
    assert broken[0][1] == "not JSON"
    assert titles(found) == ["One", "One"]


def test_a_line_that_is_too_long_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "MAX_BYTES", 100)
    monkeypatch.setattr(formats, "MAX_BYTES", 100)
    long = b'{"title": "' + b"x" * 350 + b'"}'
    found = streamed(b"\n".join([ONE, long, ONE, long]))
    assert [each.number for each in found if isinstance(each, BrokenLine)] == [2, 4]
    assert titles(found) == ["One", "One"]


def test_a_file_may_be_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_BYTES", 100)
    assert titles(streamed((ONE + b"\n") * 50)) == ["One"] * 50


def test_nothing_but_broken_lines_is_not_read_for_ever() -> None:
    few = streamed(b"\n".join([ONE, *[b"{"] * (ndjson.MAX_BROKEN - 1), ONE]))
    assert titles(few) == ["One", "One"]
    with pytest.raises(FormatError, match="in a row"):
        streamed(b"\n".join([ONE, *[b"{"] * ndjson.MAX_BROKEN, ONE]))


def test_read_whole_it_is_one_document_with_its_links_in_place() -> None:
    related = b'{"title": "Two", "related": [{"title": "Three"}]}'
    found = formats.read(ONE + b"\n" + related + b"\n" + related, ORIGIN)
    assert [item.related for item in found.articles] == [(), (2,), (), (4,), ()]
    with pytest.raises(FormatError, match="line 2"):
        formats.read(ONE + b"\n{", ORIGIN)


@pytest.mark.parametrize(("start", "advice"), [(b"[", "NDJSON"), (b"<rss>", "larger than 8 MB")])
def test_what_is_too_large_to_be_read_whole_is_refused(start: bytes, advice: str) -> None:
    with pytest.raises(FormatError, match=advice):
        streamed(start + b"x" * MAX_BYTES)


def test_json_that_cannot_be_read_is_not_called_something_else() -> None:
    for data in (b"[" * 100_000, b'{"a"'):
        with pytest.raises(FormatError, match="broken, or nested"):
            streamed(data)
