"""The form of a search, as `insight.query` reads it: what can be said of it in a pattern.

Quotation marks and parentheses must be in pairs. That an operator stands between two things is
beyond a pattern.
"""

LONGEST = 500
DEEPEST = 3
"""How deep parentheses may be nested."""

_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
_DOUBLE = '"“”„＂'
_QUOTES = [(_DOUBLE, _DOUBLE), ("«", "»"), ("»", "«"), ("「", "」"), ("『", "』")]
_OPENING = "".join(opening for opening, _ in _QUOTES)
_PLAIN = rf"[^{_CONTROLS}()（）{_OPENING}]"
_QUOTED = "|".join(rf"[{open_}][^{_CONTROLS}{close}]*[{close}]" for open_, close in _QUOTES)


def _nested(depth: int) -> str:
    inner = rf"|[(（]{_nested(depth - 1)}[)）]" if depth else ""
    return rf"(?:{_PLAIN}|{_QUOTED}{inner})*"


PATTERN = _nested(DEEPEST)
