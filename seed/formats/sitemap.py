"""News sitemaps: sitemaps.org's 0.9 with the news extension 0.9."""

from lxml import etree

from seed.formats import said
from seed.found import FormatError, Found, Item, Origin


def recognises(data: bytes) -> bool:
    """Tell a sitemap, or an index of them, by its root."""
    return said.root_of(data) in {"urlset", "sitemapindex"}


def read(data: bytes, origin: Origin) -> Found:
    """Give an article, without a text, for every address that has a headline."""
    root = said.as_xml(data)
    if root is None or etree.QName(root).localname == "sitemapindex":
        raise FormatError("an index of sitemaps: name the sitemaps that it lists")
    items = [item for url in root.iter("{*}url") if (item := _item(url, origin))]
    if not items:
        raise FormatError("a sitemap without news")
    return Found("news sitemap", items)


def _item(url: etree._Element, origin: Origin) -> Item | None:
    news = url.find("{*}news")
    loc = said.address(url.findtext("{*}loc"), origin.url)
    if news is None or not loc:
        return None
    keywords = (news.findtext("{*}keywords") or "").split(",")
    return Item(
        {
            "url": loc,
            "title": said.line(news.findtext("{*}title")),
            "source": said.line(news.findtext("{*}publication/{*}name"))[:200] or None,
            "language": said.language(news.findtext("{*}publication/{*}language")),
            "hashtags": said.names(keywords)[:100],
            "image_url": said.address(url.findtext("{*}image/{*}loc"), loc),
            **said.published(news.findtext("{*}publication_date")),
            "captured_at": said.moment(url.findtext("{*}lastmod")) or origin.captured_at,
        }
    )
