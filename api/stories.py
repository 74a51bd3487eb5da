"""Stories: what several articles tell of one event."""

from typing import Any

from flask import Response

from api.articles import article_page
from api.blueprint import Blueprint
from api.caching import answer, depends_on
from api.context import db
from api.memory import ANY
from api.paging import listing
from schemas import cursor
from schemas.article import ID_PATTERN, LISTED, ArticlePageSchema, ArticlesQuery, article_output
from schemas.story import PLACE, StoriesQuery, StoryPageSchema, StorySchema
from store import articles, sources, stories
from store.articles import UNDATED, ArticleFilter
from store.client import Document

blp = Blueprint("stories", __name__, url_prefix=PLACE, description=__doc__)

PATH = [
    {
        "in": "path",
        "name": "story_id",
        "description": "The story's id.",
        "schema": {"type": "string", "pattern": f"^{ID_PATTERN}$", "maxLength": 32},
    }
]
MOST_ARTICLES = 100


@blp.route("", direct=True)
@blp.arguments(StoriesQuery(), location="query")
@blp.response(200, StoryPageSchema)
def list_stories(query: dict[str, Any]) -> Response:
    """List the stories, the one with the latest news first."""
    depends_on(("stories", ANY), ("sources", ANY), ("articles", ANY))
    return listing(
        lambda limit: stories.page(db(), after=query.get("cursor"), limit=limit),
        query["limit"],
        cursor=lambda story: cursor.encode(story["latest_at"], story["id"]),
        dump=lambda found: StorySchema(many=True).dump(shown(found)),
    )


@blp.route("/<story_id>", parameters=PATH)
@blp.response(200, StorySchema)
def show_story(story_id: str) -> Response:
    """Show one story and its articles, the newest first."""
    depends_on(("stories", story_id), ("articles", ANY), ("sources", ANY))
    [story] = shown([stories.find(db(), story_id)])
    found = articles.page(db(), ArticleFilter(story=story_id), limit=MOST_ARTICLES, fields=LISTED)
    write = article_output(frozenset(LISTED))
    return answer(StorySchema().dump(story) | {"articles": [write(each) for each in found]})


@blp.route("/<story_id>/articles", parameters=PATH)
@blp.arguments(ArticlesQuery(), location="query")
@blp.response(200, ArticlePageSchema)
def list_story_articles(query: dict[str, Any], story_id: str) -> Response:
    """List the articles of a story, the newest first."""
    depends_on(("stories", story_id))
    stories.find(db(), story_id)
    return article_page(
        query, story=story_id, sources=query["source"], exclude_sources=query["exclude_source"]
    )


def shown(found: list[Document]) -> list[Document]:
    """Give stories as clients get them: with the names of their sources, and no made-up time."""
    names = sources.names(db(), {source for story in found for source in story["sources"]})
    newest = articles.find_many(db(), [story["newest"] for story in found], ["title"])
    titles = {article["id"]: article["title"] for article in newest}
    return [
        story
        | {
            "title": titles.get(story["newest"], ""),
            "latest_at": None if story["latest_at"] == UNDATED else story["latest_at"],
            "sources": [
                {"id": id_, "name": names.get(id_, id_)} for id_ in story["sources"] if id_
            ],
        }
        for story in found
    ]
