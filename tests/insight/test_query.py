import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.query import (
    MAX_DEPTH,
    MAX_LENGTH,
    And,
    Not,
    Or,
    Phrase,
    Query,
    QuerySyntaxError,
    Word,
    parse,
    words_of,
)
from schemas.search import DEEPEST, LONGEST, PATTERN

A, B, C = Word("a"), Word("b"), Word("c")
SIGNS = st.text('ab0 ()"«»「」『』（）＂“”„-+!🎉é.\u3000\u00a0\u2003×', max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("+a +b", And((A, B))),
        ("a OR b", Or((A, B))),
        ("a b OR c", Or((And((A, B)), C))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("(a b) c", And((A, B, C))),
        ("a OR (b OR c)", Or((A, B, C))),
        ("-a", Not(A)),
        ("NOT a", Not(A)),
        ("NOT -a", A),
        ("a -b", And((A, Not(B)))),
        ("a AND NOT b", And((A, Not(B)))),
        ("a -(b OR c)", And((A, Not(Or((B, C)))))),
        ('"a b" c', And((Phrase("a b"), C))),
        ('-"a b"', Not(Phrase("a b"))),
        ("“a b” «c»", And((Phrase("a b"), Phrase("c")))),
        ("「東京」（a　b）", And((Phrase("東京"), A, B))),
        ("and or not", And((Word("and"), Word("or"), Word("not")))),
        (
            "covid-19 U.S. don't #x",
            And((Word("covid-19"), Word("U.S."), Word("don't"), Word("#x"))),
        ),
        ("a - b -- & c", And((A, B, C))),
        ('a () "" -() b', And((A, B))),
        ("🎉", Word("🎉")),
    ],
)
def test_a_search_is_read_as_it_is_meant(text: str, expected: Query) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["", "  ", "...", "()", '""', "- ! ()", "\u3000"])
def test_punctuation_alone_searches_for_nothing(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("a AND", "expected a word after AND", 5),
        ("a OR OR b", "expected a word after OR", 5),
        ("OR a", "expected a word before OR", 0),
        ("a NOT", "expected a word after NOT", 5),
        ('ab "c', "the quotation mark is never closed", 3),
        ("ab 「c", "the quotation mark is never closed", 3),
        ("a (b", "the parenthesis is never closed", 2),
        ("a (", "the parenthesis is never closed", 2),
        ("a) b", "a closing parenthesis without an opening one", 1),
        (")", "a closing parenthesis without an opening one", 0),
        ("((((a))))", f"nested more than {MAX_DEPTH} deep", 3),
        ("a\x00b", "a control character", 1),
        ("x" * (MAX_LENGTH + 1), f"longer than {MAX_LENGTH} characters", MAX_LENGTH),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str, message: str, at: int) -> None:
    with pytest.raises(QuerySyntaxError) as refusal:
        parse(text)
    assert (refusal.value.message, refusal.value.at) == (message, at)
    assert str(refusal.value) == f"{message} (at character {at + 1})"


def test_each_word_knows_where_it_stands() -> None:
    query = parse('rate (cut OR "no change") -oil')
    assert query is not None
    assert [(leaf.text, leaf.at) for leaf in words_of(query)] == [
        ("rate", 0),
        ("cut", 6),
        ("no change", 13),
    ]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_within_it(text: str) -> None:
    at = refused_at(text)
    assert at is None or 0 <= at <= len(text)


def refused_at(text: str) -> int | None:
    try:
        parse(text)
    except QuerySyntaxError as error:
        return error.at
    return None


@given(SIGNS)
def test_the_pattern_in_the_documents_is_what_can_be_read(text: str) -> None:
    assert bool(re.fullmatch(PATTERN, text)) is (refused_at(text) is None)


def test_the_limits_in_the_documents_are_those_of_the_reader() -> None:
    assert (LONGEST, DEEPEST) == (MAX_LENGTH, MAX_DEPTH)


LEAVES = st.one_of(
    st.sampled_from(["a", "bc", "x-1"]).map(Word), st.sampled_from(["a b", "c"]).map(Phrase)
)


@given(
    st.recursive(
        LEAVES, lambda inner: st.tuples(inner, inner).map(And) | inner.map(Not), max_leaves=4
    )
)
def test_a_tree_that_is_written_out_is_read_as_the_same(query: Query) -> None:
    written = printed(query)
    if nesting(written) <= MAX_DEPTH:
        again = parse(written)
        assert again is not None
        assert parse(printed(again)) == again


def printed(query: Query) -> str:
    match query:
        case Word(text):
            return text
        case Phrase(text):
            return f'"{text}"'
        case Not(part):
            return f"-({printed(part)})" if isinstance(part, And | Or) else f"NOT {printed(part)}"
        case And(parts):
            return f"({' '.join(map(printed, parts))})"
        case Or(parts):
            return f"({' OR '.join(map(printed, parts))})"


def nesting(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    return deepest


@pytest.mark.parametrize("text", ["(" * 400, '"' * 399, "a" * 500, "(a" * 200, "NOT " * 100 + "a"])
def test_a_hostile_search_is_read_or_refused(text: str) -> None:
    at = refused_at(text)
    assert at is None or at <= len(text)
