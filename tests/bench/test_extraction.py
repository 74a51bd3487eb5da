import pytest

from bench import extraction
from bench.extraction import Counts


def test_shingles_are_counted_as_often_as_they_come() -> None:
    assert extraction.compare("a b c d a b c d", "a b c d") == Counts(1, 4, 0)


def test_a_text_shorter_than_a_shingle_is_one_by_itself() -> None:
    assert extraction.compare("a b", "a, b.").exact
    assert not extraction.shingles("")


def test_a_page_with_nothing_found_counts_in_the_recall_alone() -> None:
    score = extraction.judge([Counts(1, 0, 0), Counts(0, 0, 4), Counts(1, 1, 0)])
    assert score.precision == pytest.approx(3 / 4)
    assert score.recall == pytest.approx(2 / 3)


def test_a_page_that_cannot_be_read_counts_as_an_empty_text() -> None:
    read = extraction.read("1", b"<html><p></p></html>", None, "one two three four")
    assert read.error
    assert read.counts == Counts(0, 0, 1)
