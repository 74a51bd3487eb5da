"""Daily8 pages made to order: texts of each shape from the articles they should hold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from seed.page import Entry, Page, read
from seed.when import parse

HEADINGS = {
    "en": (
        "Try Our AI Features",
        "Explore what Daily8 AI can do for you:",
        "Comments",
        "No comments yet...",
        "Related Articles",
    ),
    "ar": (
        "جرب ميزات الذكاء الاصطناعي لدينا",
        "اكتشف ما يمكن أن يفعله Daily8 AI من أجلك:",
        "التعليقات",
        "لا يوجد تعليقات بعد...",
        "أخبار ذات صلة",
    ),
}
HASHTAGS = {"en": "Hashtags", "ar": "هاشتاغز"}
LATEST = {"en": "Latest news with", "ar": "آخر الأخبار مع"}
FOOTER = (
    "DOWNLOAD THE APP",
    "",
    "Get Started Now: Download the App",
    "",
    (
        "Ready to dive into the world of global news and events? Download our app today from your "
        "preferred app store and start exploring."
    ),
    "app-storeplay-store",
)


@dataclass(frozen=True)
class Article:
    """An article to put on a page; a source or time of None is left out where that can be."""

    title: str = "Ministers meet in Seoul"
    source: str | None = "Korea Herald"
    when: str | None = "8 hours ago"
    category: str | None = None
    paragraphs: tuple[str, ...] = ("They spoke about trade.",)


MAIN = Article(paragraphs=("The ministers met on Monday.", 'They spoke of "trade".'))
SECOND = Article("Who won the cup?", "Straits Times", "a day ago", "Sport", ("Nobody did.",))
THIRD = Article("Time for tea", "Time", "12-03-2025", None, ("It is late. Drink (some).",))
NO_BODY = Article("Pictures of the day", "News18", "29 minutes ago", paragraphs=())
ARABIC_MAIN = Article("لقاء وزاري في سيول", "الجزيرة", "منذ 17 ساعات", None, ("التقى الوزراء.",))
ARABIC_SECOND = Article("من فاز بالكأس؟", "العربي", "٠٩-٠٦-٢٠٢٥", None, ("هل فاز أحد؟",))
ARABIC_THIRD = Article("صور اليوم", "سكاي", "منذ يوم واحد", None, ("صور.",))

EN, AR = (SECOND, THIRD, NO_BODY), (ARABIC_SECOND, ARABIC_THIRD)


def style_a(
    main: Article, related: Iterable[Article] = (), *, language: str = "en", footer: bool = True
) -> str:
    """Make the page of an article, beginning with the logo."""
    credit = [f"{main.source or ''}{main.when}", ""] if main.when else []
    headings = ["Orange background", *HEADINGS[language]]
    lines = ["logo", main.title, "", main.title, "", *credit, *main.paragraphs, ""]
    return _page([*lines, *_spaced(headings), *_entries(related)], footer=footer)


def style_b(
    main: Article,
    related: Iterable[Article] = (),
    *,
    language: str = "en",
    junk: str | None = None,
    footer: bool = False,
) -> str:
    """Make the page of an article without the logo; it shows no source or time of its own."""
    lines = ["", *([junk] if junk else []), main.title, *main.paragraphs, HASHTAGS[language], ""]
    lines += [*HEADINGS[language], ""]
    for article in related:
        byline = [f"{article.source}", f"{article.when}", f"- {article.source}"]
        lines += [*byline, article.title, *_body(article), "", ""]
    return _page(lines, footer=footer)


def hashtag(
    tag: str, related: Iterable[Article], *, language: str = "en", footer: bool = True
) -> str:
    """Make the page of a hashtag."""
    lines = ["logo", "#", "", f"{LATEST[language]} #{tag}", "", *_entries(related)]
    return _page(lines, footer=footer)


def entry(
    article: Article, *, hashtags: tuple[str, ...] = (), flags: tuple[str, ...] = ()
) -> Entry:
    """Give what should be read of an article that stands among the related ones."""
    when = parse(article.when) if article.when else None
    body = tuple(_body(article))
    return Entry(article.title, article.source, when, article.category, body, hashtags, flags)


def main_entry(article: Article) -> Entry:
    """Give what should be read of the main article of a page that begins with the logo."""
    return replace(entry(article), category=None, paragraphs=article.paragraphs)


def read_text(text: str) -> Page:
    """Read a page that is at hand as text."""
    return read(text.encode())


def articles_of(page: Page) -> list[Entry]:
    """Give all articles of a page, its own first."""
    return [*([page.main] if page.main else []), *page.related]


def _entries(related: Iterable[Article]) -> Iterator[str]:
    for article in related:
        yield from (article.title, article.title, "")
        if article.source:
            yield from (article.source, "")
        if article.when:
            yield from (f"time{article.when}", "")
        names = [name for name in (article.category, article.source) if name]
        yield from (f"  • {name}" for name in names)
        yield from ("", article.title, "")
        for line in _body(article):
            yield from (line, "")


def _body(article: Article) -> list[str]:
    return [" ".join(article.paragraphs)] if article.paragraphs else []


def _spaced(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from (line, "")


def _page(lines: Iterable[str], *, footer: bool) -> str:
    """Join the lines; the site's own pages end with the footer, and without a line end."""
    return "\n".join([*lines, *FOOTER]) if footer else "".join(f"{line}\n" for line in lines)
