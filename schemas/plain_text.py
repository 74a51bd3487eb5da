"""Plain text of people nobody knows: kept as the characters it has, and made fit to be shown.

What looks like markup is text too, and stays. What nobody sees is taken out: control characters,
and those that turn the direction of what follows, with which a text can be made to read as another
(Unicode Technical Report 36, section 2.5). What nobody writes by accident is refused: piles of
marks on one letter, texts in which nothing can be seen.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

MOST_MARKS = 10
"""How many marks a letter may carry; Tibetan stacks eight."""
MOST_ACCENTS = 4
"""How many of them may be of the kind that goes on any letter; polytonic Greek needs three."""

_LARGEST = 4
"""How many times its longest form a text may take before it is composed: Hangul takes three."""

_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n{3,}")
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f"
_UNSEEN = re.compile(
    # The flags of parts of a country are written in characters that otherwise only hide text.
    rf"({_FLAG})|[\U000e0000-\U000e007f]"
    # Controls but the line end and the tab; then what turns, switches or annotates text.
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
    f"{{{MOST_ACCENTS + 1},}}"
)
_SEEN = (
    r"[^\s\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U000e0000-\U000e0fff]"
)
"""A character that can be seen: no blank, no mere instruction, no filler."""


class PlainText(fields.Field[str]):
    """Plain text of at most so many characters: on one line, or on as many as it has."""

    def __init__(self, longest: int, *, lines: bool = False, **kwargs: Any) -> None:
        """Describe the form; the length is counted in the tidied text."""
        described = {
            "type": "string",
            "minLength": 1,
            "maxLength": longest,
            "pattern": rf"^[^\u0000]*{_SEEN}[^\u0000]*$",
            **kwargs.pop("metadata", {}),
        }
        super().__init__(metadata=described, **kwargs)
        self._longest = longest
        self._lines = lines

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str):
            raise ValidationError("must be a string")
        try:
            return tidy(value, self._longest, lines=self._lines)
        except ValueError as error:
            raise ValidationError(str(error)) from None


def tidy(text: str, longest: int, *, lines: bool) -> str:
    """Give a text fit to be shown, in Unicode's normal form C; raise ValueError if none can be."""
    too_long = f"must be 1 to {longest:,} characters of text"
    text = text.strip()
    if len(text) > _LARGEST * longest:
        raise ValueError(too_long)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must be Unicode text: it has half of a surrogate pair")
    text = _UNSEEN.sub(r"\1", _LINE_END.sub("\n", text))
    _refuse_piles(text)  # before it is composed, which takes the square of a pile's height
    text = _laid_out(unicodedata.normalize("NFC", text), lines=lines)
    _refuse_piles(text)
    if len(text) > longest or re.search(_SEEN, text) is None:
        raise ValueError(too_long)
    return text


def _laid_out(text: str, *, lines: bool) -> str:
    """Take out the blanks that only take up room."""
    if not lines:
        return " ".join(text.split())
    trimmed = "\n".join(line.rstrip() for line in text.replace("\t", " ").split("\n"))
    return _BLANK_LINES.sub("\n\n", trimmed).strip()


def _refuse_piles(text: str) -> None:
    """Raise ValueError if a letter carries more marks than any script puts on one."""
    height = 0
    for character in text:
        kind = unicodedata.category(character)
        if kind.startswith("M"):
            height += 1
        elif kind != "Cf":  # joiners separate no marks
            height = 0
        if height > MOST_MARKS:
            raise ValueError(_PILE)
    if _ACCENTS.search(text):
        raise ValueError(_PILE)


_PILE = "must not pile up marks on one letter"
