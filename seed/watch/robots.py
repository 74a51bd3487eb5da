"""What a robots.txt allows (RFC 9309). Pure functions."""

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

PATH = "/robots.txt"
MAX_BYTES = 512_000
"""More than RFC 9309 asks to be read (section 2.5)."""

_MAX_DELAY = 60.0
_EVERYBODY = "*"
_CODED = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_MOST_LINES = 20_000


@dataclass(slots=True)
class Rules:
    """What one robot may do on a host."""

    rules: list[tuple[str, bool]] = field(default_factory=list)
    """Patterns, each with whether what it matches is allowed."""
    delay: float = 0.0
    """How many seconds the host wants between requests."""

    def allow(self, path: str) -> bool:
        """Tell whether a path, with its query, may be fetched: the longest pattern decides."""
        path = _written_alike(path)
        found = [(len(pattern), may) for pattern, may in self.rules if _matches(pattern, path)]
        # Of two that are equally long the one that allows (section 2.2.2).
        return max(found, default=(0, True))[1]


ALLOW_ALL = Rules()
"""What holds where there is no robots.txt (section 2.3.1.3)."""
ALLOW_NOTHING = Rules([("/", False)])
"""What holds where it cannot be read, since the server fails (section 2.3.1.4)."""


def parse(text: str, product: str) -> Rules:
    """Give the rules for a robot: those of the groups that name it, else those for everybody."""
    groups: dict[str, Rules] = {}
    names: list[str] = []
    naming = False
    for key, value in _lines(text):
        if key == "user-agent":
            names = [*(names if naming else []), _product(value)]
            naming = True
            for name in names:
                groups.setdefault(name, Rules())
            continue
        naming = False
        for name in names:
            _add(groups[name], key, value)
    return groups.get(product.lower()) or groups.get(_EVERYBODY) or ALLOW_ALL


def _lines(text: str) -> Iterable[tuple[str, str]]:
    for line in text.lstrip("\ufeff").splitlines()[:_MOST_LINES]:
        key, colon, value = line.partition("#")[0].partition(":")
        key = key.strip().lower()
        if colon and key in {"user-agent", "allow", "disallow", "crawl-delay"}:
            yield key, value.strip()


def _product(value: str) -> str:
    """Give the name of a robot, without the version that some write behind it."""
    found = re.match(r"[A-Za-z_-]+|\*", value)
    return found[0].lower() if found else ""


def _add(rules: Rules, key: str, value: str) -> None:
    if key == "crawl-delay":
        if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", value):
            rules.delay = min(float(value), _MAX_DELAY)
    elif value:  # an empty rule matches nothing
        rules.rules.append((_written_alike(value), key == "allow"))


def _written_alike(path: str) -> str:
    """Give a path in the one way to write it: what need not be coded is not (section 2.2.2)."""
    plain = quote(path, safe="%/:=&?~#+!$,;'@()*[]")
    return _CODED.sub(_decoded_if_unreserved, plain)


def _decoded_if_unreserved(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter in _UNRESERVED else found[0].upper()


def _matches(pattern: str, path: str) -> bool:
    """Tell whether a path begins as a pattern says: `*` is anything, `$` the end.

    No regular expression, since those with many stars can be kept busy for long.
    """
    to_the_end = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not others:
        return not to_the_end or path == first
    at = len(first)
    *middle, last = others
    for piece in middle:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return path.endswith(last, at) if to_the_end else path.find(last, at) >= 0
