"""What a page takes along around the text of an article, told by where it stands and what it says.

Above the text: the headline once more, the standfirst, the date and the names. In it: lines that
are nothing but a link elsewhere. Below it: notes about subscriptions, rights and authors.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from seed.formats import marks

_WORD = re.compile(r"\w+")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ALIKE = 0.8
_HEADLINE_WITHIN, _WORDS_ABOVE = 8, 120
_STANDFIRST = 8
"""A heading of so many words before the first paragraph is a standfirst."""
_DATELINE = 16
_POINTER = 250
"""The longest line, in characters, that only points to another article."""
_NOTE = 60
"""The longest note below a text, in words."""
_LEFT = 2
"""So many blocks are left of a text, whatever they look like."""
_MANY = 0.9
_LABELLED = 0.6

_DATED = re.compile(
    r"\d{1,2}[:h]\d\d|\b(?:19|20)\d\d\b|^\W*(?:by|von|par|por|di|door)\b", re.IGNORECASE
)
_ENDS = re.compile(r"[.!?…。！？؟।]\W*$")
_LABEL = re.compile(
    r"""^\W*(?:
    related(?:\s(?:articles?|stor(?:y|ies)|posts?|coverage|news|reading|content|video))?
    | (?:read|see|watch|learn)\smore | more\s(?:on|from|about)
    | (?:read|see|watch)(?:\s(?:also|next|this))?
    | also\s(?:read|see|on) | don[’']?t\smiss | recommended | must\sread | further\sreading
    | leggi\sanche | potrebbe\sinteressarti | (?:à\s)?lire\saussi | lisez\saussi | voir\saussi
    | (?:lesen|sehen)\ssie\sauch | auch\sinteressant | mehr\s(?:zum\sthema|dazu)
    | leia\s(?:também|mais) | veja\s(?:também|mais) | (?:lea|lee|vea)\s(?:también|más)
    | te\spuede\sinteresar | lees\sook | læs\sogså | les\sogså | läs\s(?:också|mer|även) | lue\smyös
    | czytaj\s(?:też|także|więcej) | zobacz\s(?:też|także) | читайте\s(?:также|ещё|еще)
    | читати\sтакож | ayrıca\soku | baca\sjuga | xem\sthêm | اقرأ\s(?:أيضا|أيضًا|المزيد)
    | 관련\s?기사 | 関連記事 | あわせて読みたい | 相关(?:阅读|新闻|报道)
    | 延伸(?:阅读|閱讀) | 相關新聞
    )\b\s*[:：\-–—|►▶»>]*\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_BELOW = re.compile(
    r"""^\W*(?:
    (?:please\s)?(?:follow|find|like|join)\s(?:us|me|him|her|them|\w+(?:\s\w+)?)\son\s
    | (?:please\s)?(?:subscribe|sign\sup)\b | (?:click|tap)\shere\b
    | get\s(?:the\slatest|breaking)\b | (?:©|copyright\b|\(c\)) | all\srights\sreserved
    | (?:you\s)?(?:may|might)\salso\slike | comments?(?:\scomments?)?\W*$
    | tell\sus\swhat\syou\sthink | (?:source|tags?|filed\sunder|topics?|updated(?:\sat)?)\W{1,3}
    | source\b.{0,40}$ | have\sa\s(?:news\s)?tip\b | (?:additional\s)?reporting\sby\b
    | (?:email|contact|write\sto|reach)\s | like\sthis\sstory | share\s(?:this|on)\b
    | explore\sfurther | more\sinformation\b.{0,10}$ | most\sread\b | popular\son\b
    | .{0,120}\bcontributed\s(?:reporting\s)?to\sthis\s(?:report|story|article)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def trim(body: Any, titles: Iterable[str], leads: Iterable[str]) -> None:
    """Take out of a text that was found what is no part of the article."""
    blocks = [_Block(element) for element in body]
    kept = _without_pointers(blocks)
    kept = _below_headline(kept, [_words(title) for title in titles])
    kept = _below_standfirst(kept, [_words(lead) for lead in leads])
    kept = _below_dateline(kept)
    kept = _above_notes(kept)
    keep = {id(block) for block in kept}
    for block in blocks:
        if id(block) not in keep:
            body.remove(block.element)


class _Block:
    """A block of a text, with what is asked of it more than once."""

    __slots__ = ("element", "linked", "text", "words")

    def __init__(self, element: Any) -> None:
        marked = "".join(element.itertext())
        self.element = element
        self.text = " ".join(marks.without(marked).split())
        self.linked = len(" ".join(marks.linked(marked).split()))
        self.words = _words(self.text)

    @property
    def heading(self) -> bool:
        return self.element.tag in _HEADINGS


def _without_pointers(blocks: list[_Block]) -> list[_Block]:
    return [block for block in blocks if not _points_elsewhere(block)]


def _points_elsewhere(block: _Block) -> bool:
    """Tell whether a line is only a link, or a label such as "Read more" and links."""
    if not block.linked or len(block.text) > _POINTER:
        return False
    if block.element.tag != "p" and not block.heading:
        return False
    label = _LABEL.match(block.text)
    if label:
        return block.linked >= _LABELLED * len(block.text[label.end() :])
    return block.element.tag == "p" and block.linked >= _MANY * len(block.text)


def _below_headline(blocks: list[_Block], titles: Sequence[list[str]]) -> list[_Block]:
    above = 0
    for place, block in enumerate(blocks[:_HEADLINE_WITHIN]):
        if any(_alike(block.words, title) for title in titles):
            return blocks[place + 1 :]
        above += len(block.words)
        if above > _WORDS_ABOVE:
            break
    return blocks


def _below_standfirst(blocks: list[_Block], leads: Sequence[list[str]]) -> list[_Block]:
    while len(blocks) > 1 and blocks[0].heading:
        words = blocks[0].words
        if len(words) < _STANDFIRST and not any(_alike(words, lead) for lead in leads):
            break
        blocks = blocks[1:]
    return blocks


def _below_dateline(blocks: list[_Block]) -> list[_Block]:
    for _ in range(4):
        if len(blocks) <= _LEFT or len(blocks[0].words) > _DATELINE or not blocks[0].words:
            break
        if not _DATED.search(blocks[0].text) or _ENDS.search(blocks[0].text):
            break
        blocks = blocks[1:]
    return blocks


def _above_notes(blocks: list[_Block]) -> list[_Block]:
    while len(blocks) > _LEFT and _is_note(blocks[-1]):
        blocks = blocks[:-1]
    return blocks


def _is_note(block: _Block) -> bool:
    if block.heading or not block.words:
        return True
    return len(block.words) < _NOTE and bool(_BELOW.match(block.text))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _alike(one: Iterable[str], other: Iterable[str]) -> bool:
    """Tell whether two lines say the same but for a word or two."""
    one, other = set(one), set(other)
    return bool(one and other) and len(one & other) >= _ALIKE * max(len(one), len(other))
