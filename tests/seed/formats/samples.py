"""One small document of every format, all about the same ferry."""

import json

URL = "https://harbour.example/2025/ferry"
TEXT = "A fire broke out aboard the ferry Solvane. All passengers were led to the upper deck."

RSS = f"""<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Harbour Post</title><link>https://harbour.example/</link><language>en-gb</language>
<item><title>Fire aboard &amp;quot;Solvane&amp;quot;</title><link>{URL}?utm_source=rss</link>
<guid isPermaLink="false">hp-1</guid><dc:creator>Ada Quill</dc:creator>
<pubDate>Mon, 16 Jun 2025 10:00:00 +0200</pubDate>
<category>World</category><category>Ferries</category>
<description>Smoke on deck.</description>
<content:encoded><![CDATA[<p>{TEXT}</p><script>alert(1)</script><img src="/a.jpg">]]>
</content:encoded>
<enclosure url="https://harbour.example/a.mp3" type="audio/mpeg" length="99"/></item>
<item><description>No title here, &lt;b&gt;only&lt;/b&gt; this.</description></item>
</channel></rss>""".encode()

ATOM = f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Harbour Post</title>
<author><name>The Desk</name></author>
<entry><title type="html">Fire &lt;i&gt;aboard&lt;/i&gt;</title><link href="/2025/ferry"/>
<id>tag:harbour.example,2025:1</id><published>2025-06-16T08:00:00Z</published>
<updated>2025-06-16T09:30:00Z</updated><summary>{TEXT}</summary></entry></feed>""".encode()

RDF = f"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://harbour.example/"><title>Harbour Post</title></channel>
<item rdf:about="{URL}"><title>Fire aboard</title><link>{URL}</link>
<dc:date>2025-06-16T08:00:00Z</dc:date></item></rdf:RDF>""".encode()

JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour Post",
        "home_page_url": "https://harbour.example/",
        "items": [
            {
                "id": "1",
                "url": "/2025/ferry",
                "title": "Fire aboard",
                "content_text": TEXT,
                "authors": [{"name": "Ada Quill"}],
                "tags": ["World"],
                "date_published": "2025-06-16T08:00:00Z",
                "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9}],
            }
        ],
    }
).encode()

NEWS_API = json.dumps(
    {
        "status": "ok",
        "totalResults": 1,
        "articles": [
            {
                "source": {"id": None, "name": "Harbour Post"},
                "author": "Ada Quill, Ben Ink",
                "title": "Fire aboard",
                "description": "Smoke on deck.",
                "url": URL,
                "urlToImage": "https://harbour.example/a.jpg",
                "publishedAt": "2025-06-16T08:00:00Z",
                "content": TEXT + "… [+1234 chars]",
            }
        ],
    }
).encode()

SITEMAP = f"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{URL}</loc><news:news>
<news:publication><news:name>Harbour Post</news:name><news:language>en</news:language>
</news:publication><news:publication_date>2025-06-16T08:00:00Z</news:publication_date>
<news:title>Fire aboard</news:title><news:keywords>ferry, fire</news:keywords></news:news></url>
<url><loc>https://harbour.example/imprint</loc></url></urlset>""".encode()

OPML = b"""<?xml version="1.0"?><opml version="2.0"><body><outline text="Ports">
<outline text="Harbour & Post" xmlUrl="https://harbour.example/feed"
 htmlUrl="https://harbour.example/"/></outline></body></opml>"""

PAGE = f"""<!doctype html><html lang="en"><head><title>Fire - Harbour Post</title>
<link rel="canonical" href="{URL}"><meta property="og:site_name" content="Harbour Post">
<script type="application/ld+json">{{"@graph": [{{"@type": "WebSite"}}, {{"@type": ["NewsArticle"],
"headline": "Fire aboard", "datePublished": "2025-06-16T08:00:00Z",
"author": [{{"@type": "Person", "name": "Ada Quill"}}], "articleSection": "World",
"image": {{"url": "https://harbour.example/a.jpg"}}}}]}}</script></head>
<body><nav><a href="/">Home</a></nav><article><h1>Fire aboard</h1><p>{TEXT}</p>
<p>{TEXT.replace("All passengers", "Eleven people")}</p></article></body></html>""".encode()
