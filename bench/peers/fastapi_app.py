"""The same answers as Byline's by FastAPI, an async MongoDB driver and orjson.

Written for this benchmark, as fast as is sensible: answers are shaped by hand and written by
orjson, past FastAPI's own models, lists have no count, and pages go on after a place in the
list. It has no ETags, no request ids and no cache.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, HTTPException, Query, Response
from pymongo import AsyncMongoClient

from bench.peers import place

Document = dict[str, Any]

PLACE = "/v1/articles"
SHOWN = (
    *("slug", "url", "title", "summary", "source", "authors", "image_url", "published_at"),
    *("published", "language", "category", "hashtags", "word_count", "reading_minutes"),
    *("comments_count", "comments_open", "created_at", "updated_at", "revision", "story"),
    *("enclosures", "excerpt"),
)
WHOLE = dict.fromkeys((*SHOWN, "body_text", "body_html"), 1)
LISTED = dict.fromkeys((*SHOWN, "listed_at"), 1)
NEWEST = [("listed_at", -1), ("_id", -1)]


def create_app() -> FastAPI:
    """Make the app; its client is made in the process that serves."""
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        os.environ["BENCH_MONGODB_URI"], tz_aware=True
    )
    db = client[os.environ["BENCH_MONGODB_DB"]]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await client.close()

    async def show_article(article_id: str) -> Response:
        article = await db["articles"].find_one({"_id": article_id}, WHOLE)
        if article is None:
            raise HTTPException(404)
        shown = shape(article)
        shown |= {name: article[name] for name in ("body_text", "body_html")} | {"duplicates": []}
        return answer(shown)

    async def list_articles(
        source: str | None = None,
        published_from: datetime | None = None,
        published_to: datetime | None = None,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Response:
        where = matching(source, published_from, published_to, after)
        found = db["articles"].find(where, LISTED).sort(NEWEST).limit(limit + 1)
        articles = await found.to_list(limit + 1)
        more = len(articles) > limit
        following = f"{PLACE}?after={place.write(articles[limit - 1])}" if more else None
        return answer({"data": [shape(one) for one in articles[:limit]], "next": following})

    async def list_related(article_id: str) -> Response:
        found = db["links"].find({"from": article_id}).sort([("position", 1), ("to", 1)]).limit(20)
        links = await found.to_list(20)
        ids = [link["to"] for link in links]
        articles = await db["articles"].find({"_id": {"$in": ids}}, LISTED).to_list(20)
        by_id = {article["_id"]: article for article in articles}
        return answer(
            {
                "data": [
                    shape(by_id[link["to"]])
                    | {key: link[key] for key in ("origin", "score", "reasons", "position")}
                    for link in links
                    if link["to"] in by_id
                ],
                "next": None,
            }
        )

    app = FastAPI(lifespan=lifespan)
    app.add_api_route(PLACE, list_articles)
    app.add_api_route(f"{PLACE}/{{article_id}}", show_article)
    app.add_api_route(f"{PLACE}/{{article_id}}/related", list_related)
    return app


def matching(
    source: str | None,
    published_from: datetime | None,
    published_to: datetime | None,
    after: str | None,
) -> Document:
    """Give the parameters as a query."""
    conditions: list[Document] = []
    if source:
        conditions.append({"source.id": source})
    if published_from:
        conditions.append({"listed_at": {"$gte": published_from}})
    if published_to:
        conditions.append({"listed_at": {"$lte": published_to}})
    if after:
        moment, last_id = place.read(after)
        conditions.append({"listed_at": {"$lte": moment}})
        conditions.append({"$or": [{"listed_at": {"$lt": moment}}, {"_id": {"$lt": last_id}}]})
    return {"$and": conditions} if conditions else {}


def shape(article: Document) -> Document:
    """Give an article as Byline shows it in a list."""
    address = f"{PLACE}/{article['_id']}"
    category = article["category"]
    shown = {name: article.get(name) for name in SHOWN}
    shown["id"] = article["_id"]
    shown["comments_open"] = article.get("comments_open", True)
    shown["category"] = category and category["name"]
    shown["hashtags"] = [hashtag["name"] for hashtag in article["hashtags"]]
    shown["links"] = {
        "self": address,
        "related": f"{address}/related",
        "comments": f"{address}/comments",
    }
    return shown


def answer(payload: Document) -> Response:
    """Write JSON, with times that end in Z."""
    content = orjson.dumps(payload, option=orjson.OPT_UTC_Z)
    return Response(content, media_type="application/json")
