"""Text of people nobody knows: what stays, what goes, what is refused."""

import re
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from schemas import plain_text
from schemas.plain_text import PlainText, tidy

SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


class Said(Schema):
    text = PlainText(20, lines=True, required=True)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert('x')</script>",
        "<b>&amp;</b> &lt; \"'`\\",
        "javascript:alert(1)",
        "{{ 7 * 7 }} ${7*7} %s %00",
        "'; DROP TABLE comments; --",
        FAMILY,
        f"{SCOTLAND} \U0001f44d\U0001f3fd 1\ufe0f\u20e3",
        "می\u200cخواهم",
        "שלום \u200f!",
        "ภาษาไทย ไม่ได้",
        "བསྒྲུབས ཧྐྵྨླྺྼྻྂ",
        "Ἆρα ᾧ Việt Nam",
        "한국어 日本語 中文",
        "one\n\ntwo\nthree",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    assert tidy(text, 5_000, lines=True) == text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  a  ", "a"),
        ("a\x00b\x07c\x1bd\x7fe\x9bf", "abcdef"),
        ("a\u202eb\u202dc\u202ad\u202be\u202cf", "abcdef"),
        ("a\u2066b\u2067c\u2068d\u2069e\ufefff\ufff9g", "abcdefg"),
        ("hidden\U000e0068\U000e0069\U000e0001", "hidden"),
        ("\U0001f3f4\U000e0067 and \U000e007f", "\U0001f3f4 and"),
        ("e\u0301", "é"),
        ("\u1112\u1161\u11ab", "한"),
        ("a\r\nb\rc\u2028d\x85e\x0bf", "a\nb\nc\nd\ne\nf"),
        ("a\n \n\t\n\n\nb", "a\n\nb"),
        ("a \t\nb", "a\nb"),
        ("a\tb", "a b"),
    ],
)
def test_what_nobody_sees_is_taken_out(sent: str, kept: str) -> None:
    assert tidy(sent, 5_000, lines=True) == kept


def test_a_text_on_one_line_stays_on_one() -> None:
    assert tidy(" Kim\r\n\tMin\u3000-\u2028ji ", 80, lines=False) == "Kim Min - ji"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n", "\u3164", "\u200b\u200d", "\u2800\u115f", "\ufe0f", "\u202e", "\x00",
        "\U000e0041", "\ud800", "a\udfff", "x" * 21, "ab\n" * 8, "x" * 10**6, "\u0301" * 10**6,
        "Z\u0335\u0321\u0307\u0308\u0309", "\u0f67" + "\u0f90" * 11,
        "a" + "\u0f90\u200d" * 11, "a" + "\u0301\u200d" * 11, "\u0f90" * 19,
    ],
)  # fmt: skip
def test_what_nobody_can_show_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Said().load({"text": text})
    [message] = refused.value.messages_dict["text"]
    assert message.startswith("must ")


@pytest.mark.parametrize("value", [None, 1, True, ["x"], {"$ne": ""}, b"x"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Said().load({"text": value})


def test_the_length_is_that_of_what_is_kept() -> None:
    assert tidy("e\u0301" * 20, 20, lines=False) == "é" * 20
    assert tidy(" " * 10**6 + "x" * 20 + "\n" * 10**6, 20, lines=True) == "x" * 20
    with pytest.raises(ValueError, match="1 to 20"):
        tidy("é" * 21, 20, lines=False)


def test_a_pile_of_marks_is_refused_before_it_costs_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To compose it would take the square of its height."""
    composed: list[str] = []
    monkeypatch.setattr(plain_text, "unicodedata", Composer(composed))
    with pytest.raises(ValueError, match="pile"):
        tidy("a" + "\u0301\u0327" * 9_000, 5_000, lines=True)
    assert composed == []
    tidy("e\u0301", 5_000, lines=True)
    assert composed == ["e\u0301"]


class Composer:
    """Notes what is composed."""

    category = staticmethod(unicodedata.category)

    def __init__(self, composed: list[str]) -> None:
        self._composed = composed

    def normalize(self, form: Literal["NFC"], text: str) -> str:
        self._composed.append(text)
        return unicodedata.normalize(form, text)


texts = st.text(max_size=60) | st.text(
    st.sampled_from("aé\u0301\u0327\u0958 \n\r\t\u202e\u200d\u3164\U0001f3f4\U000e0067\U000e007f"),
    max_size=60,
)


@given(text=texts, lines=st.booleans())
def test_what_was_tidied_is_tidy(text: str, lines: bool) -> None:
    try:
        once = tidy(text, 50, lines=lines)
    except ValueError:
        return
    assert tidy(once, 50, lines=lines) == once
    assert 1 <= len(once) <= 50
    assert once == once.strip()
    assert lines or "\n" not in once
    assert not any(unicodedata.category(each) in {"Cc", "Cs"} for each in once.replace("\n", ""))
    once.encode()


@given(text=st.text(max_size=30))
def test_what_is_taken_has_the_form_that_the_document_tells(text: str) -> None:
    form = PlainText(5_000).metadata["pattern"]
    try:
        tidy(text, 5_000, lines=True)
    except ValueError as error:
        refused = str(error)
    else:
        refused = ""
    if "\x00" not in text and "pile" not in refused:
        assert (re.search(form, text) is None) == bool(refused)
