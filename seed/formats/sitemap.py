"""News sitemaps: sitemaps.org's 0.9 with the news extension 0.9 and the image extension 1.1."""

from lxml import etree

from seed.formats import said
from seed.found import FormatError, Found, Item, Origin


def recognises(data: bytes) -> bool:
    """Tell a sitemap, or an index of them, by its root."""
    return said.root_of(data) in {"urlset", "sitemapindex"}


def read(data: bytes, origin: Origin) -> Found:
    """Give an article, without a text, for every address that has a headline."""
    root = said.as_xml(data)
    if root is None:
        raise FormatError("a sitemap that cannot be read")
    if str(root.tag).lower().endswith("sitemapindex"):
        listed = sum(1 for _ in root.iter("{*}sitemap"))
        raise FormatError(f"an index of sitemaps: name the sitemaps that it lists ({listed})")
    items = [item for url in root.iter("{*}url") if (item := _item(url, origin))]
    if not items:
        raise FormatError("a sitemap without news")
    return Found("news sitemap", items)


def _item(url: etree._Element, origin: Origin) -> Item | None:
    news = url.find("{*}news")
    loc = said.address(_text(url, "{*}loc"), origin.url)
    if news is None or not loc:
        return None
    keywords = _text(news, "{*}keywords")[:10_000].split(",")
    title, flags = said.heading(
        _text(news, "{*}title"),
        _text(url, "{*}image/{*}title"),
        _text(url, "{*}image/{*}caption"),
        loc,
    )
    return Item(
        {
            "url": loc,
            "title": title,
            "source": said.line(_text(news, "{*}publication/{*}name"))[:200] or None,
            "language": said.language(_text(news, "{*}publication/{*}language")),
            "hashtags": said.label_names(keywords),
            "image_url": said.address(_text(url, "{*}image/{*}loc"), loc),
            **said.published(_text(news, "{*}publication_date")),
            "captured_at": said.changed(_text(url, "{*}lastmod"), origin.captured_at),
        },
        flags,
    )


def _text(element: etree._Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None else "".join(found.itertext())
