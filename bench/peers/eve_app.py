"""The same articles by Eve, a REST framework for MongoDB, in its own way.

Written for this benchmark. Eve serves the collections that Byline made: lists leave the bodies
out, related articles are links with the article embedded. Its own fields are found in stored
ones; in particular each document has what stands for Eve's stored ETag (the slug), for hashing
documents that Eve itself had not written would slow it down for nothing.

`default` is Eve as it comes, `tuned` without links in answers and without the counting of lists.
"""

import os
from typing import Any

from eve import Eve

Settings = dict[str, Any]

BODIES = ("body_text", "body_html")
UNSHOWN = ("former_ids", "title_key", "captured_at")
TEXTS = ("url", "title", "summary", "image_url", "language", "body_text", "body_html")
COUNTS = ("word_count", "reading_minutes", "comments_count", "revision")


def default() -> Eve:
    """Make Eve with the settings it comes with."""
    return Eve(settings=_settings())


def tuned() -> Eve:
    """Make Eve without what costs most."""
    return Eve(
        settings=_settings()
        | {
            "HATEOAS": False,
            "OPTIMIZE_PAGINATION_FOR_SPEED": True,
            "RENDERERS": ["eve.render.JSONRenderer"],
        }
    )


def _settings() -> Settings:
    return {
        "MONGO_URI": os.environ["BENCH_MONGODB_URI"],
        "MONGO_DBNAME": os.environ["BENCH_MONGODB_DB"],
        "DATE_CREATED": "created_at",
        "LAST_UPDATED": "updated_at",
        "ETAG": "slug",
        "PAGINATION_DEFAULT": 20,
        "DOMAIN": {
            "articles": _articles(left_out=(*BODIES, *UNSHOWN)),
            "whole": _articles(left_out=UNSHOWN),
            "links": _links(),
        },
    }


def _articles(left_out: tuple[str, ...]) -> Settings:
    text = {"type": "string", "nullable": True}
    count = {"type": "integer"}
    label = {"type": "dict", "schema": {"id": text, "name": text}, "nullable": True}
    return {
        "item_url": 'regex("[0-9a-f]{32}")',
        "datasource": {
            "source": "articles",
            "default_sort": [("listed_at", -1), ("_id", -1)],
            "projection": dict.fromkeys(left_out, 0),
        },
        "schema": {
            "_id": {"type": "string"},
            **dict.fromkeys(TEXTS, text),
            **dict.fromkeys(("source", "category"), label),
            "hashtags": {"type": "list", "schema": label},
            "authors": {"type": "list", "schema": text},
            "published": {"type": "dict", "nullable": True, "allow_unknown": True},
            "published_at": {"type": "datetime", "nullable": True},
            "listed_at": {"type": "datetime"},
            **dict.fromkeys(COUNTS, count),
        },
    }


def _links() -> Settings:
    article = {"resource": "articles", "field": "_id", "embeddable": True}
    return {
        "item_lookup": False,
        "datasource": {"default_sort": [("position", 1), ("to", 1)]},
        "schema": {
            "_id": {"type": "string"},
            "from": {"type": "string"},
            "to": {"type": "string", "data_relation": article},
            "origin": {"type": "string"},
            "score": {"type": "float", "nullable": True},
            "reasons": {"type": "list", "schema": {"type": "string"}},
            "position": {"type": "integer"},
        },
    }
