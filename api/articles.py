"""Articles, and what is related to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, request, url_for

from api import problems
from api.blueprint import Blueprint
from api.caching import answer, depends_on
from api.context import db
from api.including import dump, fields_to_read, include, related_to
from api.memory import ANY
from api.paging import listing, page_of
from api.problems import BadInputError, fault
from desk import search
from desk.search import Question
from insight.highlight import highlight
from insight.query import QuerySyntaxError
from insight.text import to_key
from schemas import cursor
from schemas.article import (
    FIELDS,
    LISTED,
    LONGEST_NAME,
    NAME_PATTERN,
    RELATED,
    SEARCHED,
    ArticlePageSchema,
    ArticleQuery,
    ArticleSchema,
    ArticlesQuery,
    RelatedPageSchema,
    RelatedQuery,
    related_output,
)
from store import articles
from store.articles import ArticleFilter
from store.client import Document
from store.errors import GoneError, NotFoundError, UnavailableError

blp = Blueprint("articles", __name__, url_prefix="/v1/articles", description=__doc__)

PATH = [
    {
        "in": "path",
        "name": "article_id",
        "description": "The article's id; its slug leads there.",
        "schema": {"type": "string", "pattern": f"^{NAME_PATTERN}$", "maxLength": LONGEST_NAME},
    }
]
LEADS_ON = "Another name of the article, such as its slug: its address follows."


@blp.route("", direct=True)
@blp.arguments(ArticlesQuery(), location="query")
@blp.response(200, ArticlePageSchema)
def list_articles(query: dict[str, Any]) -> Response:
    """List articles, the newest first."""
    return article_page(query, sources=query["source"], exclude_sources=query["exclude_source"])


@blp.route("/<article_id>", parameters=PATH, direct=True)
@blp.arguments(ArticleQuery(), location="query")
@blp.response(200, ArticleSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def show_article(query: dict[str, Any], article_id: str) -> Response:
    """Show one article, and beside it what `include` names."""
    depends_on(("articles", article_id))
    names = tuple(query["fields_"]) or FIELDS
    # Who asks for all of an article learns of its copies, too.
    beside = query["include"] if query["fields_"] else {*query["include"], "duplicates"}
    article = articles.find(db(), article_id, fields_to_read(names, beside))
    [shown] = dump(include(db(), [article], beside), names, beside)
    # With others beside it, an article is not all that may have changed.
    alone = not query["include"] and not article.get("duplicates")
    times = ("updated_at", "grouped_at", "commented_at")
    changed = max(article[name] for name in times if name in article)
    return answer(shown, last_modified=changed if alone else None, own=own(article))


@blp.route("/<article_id>/related", parameters=PATH, direct=True)
@blp.arguments(RelatedQuery(), location="query")
@blp.response(200, RelatedPageSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def list_related(query: dict[str, Any], article_id: str) -> Response:
    """List the articles related to one, in the order of its page."""
    names = tuple(query["fields_"]) or RELATED
    write = related_output(frozenset(names))
    return listing(
        lambda limit: related_to(db(), article_id, names, after=query.get("cursor"), limit=limit),
        query["limit"],
        cursor=lambda article: str(article["id"]),
        dump=lambda found: [write(article) for article in found],
    )


def representation(article: Document) -> dict[str, Any]:
    """Give an article, read whole, as it is shown to who asks for nothing in particular."""
    [shown] = dump(include(db(), [article], _WITH_COPIES), FIELDS, _WITH_COPIES)
    return shown


_WITH_COPIES = ("duplicates",)


def own(article: Document) -> list[Any]:
    """Give what tells whether an article says something else; comments and copies come and go."""
    return [article["id"], article["revision"]]


@blp.errorhandler(NotFoundError)
def lead_on(error: NotFoundError) -> Response:
    """Lead from a slug, or an id that the article had before, to its id."""
    if error.kind != "article" or isinstance(error, GoneError):
        return problems.not_found(error)
    try:
        article_id = articles.id_of(db(), error.key)
    except NotFoundError as missing:
        return problems.not_found(missing)
    except UnavailableError as away:  # raised in an error handler, it would find no other
        return problems.unavailable(away)
    names: dict[str, Any] = request.view_args or {}
    named = {name: article_id if said == error.key else said for name, said in names.items()}
    place = url_for(request.endpoint or "", **named)  # type: ignore[arg-type] # of any name
    query = request.query_string.decode("ascii")
    # What is no read stays what it is there (RFC 9110, section 15.4.9).
    status = HTTPStatus.FOUND if request.method == "GET" else HTTPStatus.PERMANENT_REDIRECT
    return Response(status=status, headers={"Location": f"{place}?{query}" if query else place})


@dataclass(frozen=True, slots=True)
class Found:
    """The articles of a page, and where the next one starts, if there is one."""

    items: list[Document]
    next_cursor: str | None


def article_page(query: dict[str, Any], **where: Any) -> Response:
    """Answer with one page of the articles that a query, and what `where` adds, lets through."""
    depends_on(("articles", ANY))
    question = _question(query, where)
    names = tuple(query["fields_"]) or LISTED
    included = query["include"]
    # Where nothing is searched for, nothing is more relevant than what is new.
    page = _ranked_page if question.search and query["sort"] == "relevance" else _page
    found = page(question, query, [*fields_to_read(names, included), *_looked_at(query)])
    shown = include(db(), found.items, included)
    if query["highlight"] and question.search:
        for article in shown:
            article["highlights"] = highlight(article, question.search)
    beside = [*included, *(["highlights"] if query["highlight"] else [])]
    return page_of(dump(shown, names, beside), found.next_cursor, **_counts(question, query))


def _question(query: dict[str, Any], where: dict[str, Any]) -> Question:
    """Give what a query asks for; raise BadInputError where its search cannot be read."""
    wanted = ArticleFilter(
        categories=[to_key(name) for name in query["category"]],
        hashtags=[to_key(name) for name in query["hashtag"]],
        languages=query["language"],
        published_from=query.get("published_from"),
        published_to=query.get("published_to"),
        **where,
    )
    if "q" not in query:
        return Question(wanted, distinct=query["distinct"])
    texts = [SEARCHED[name] for name in query["in_"] or SEARCHED]
    try:
        return search.ask(db(), query["q"], texts, wanted, distinct=query["distinct"])
    except QuerySyntaxError as error:
        message = f"{error.message} (at character {error.at + 1})"
        raise BadInputError([fault("query", "q", message)]) from error


def _looked_at(query: dict[str, Any]) -> tuple[str, ...]:
    return search.TEXTS if query["highlight"] else ()


def _page(question: Question, query: dict[str, Any], fields: Sequence[str]) -> Found:
    walked = search.page(
        db(),
        question,
        after=query.get("cursor"),
        newest_first=query["sort"] != "published_at",
        limit=query["limit"],
        fields=fields,
        zoned=False,  # all that becomes of them is that they are written
    )
    return Found(walked.items, walked.stopped_at and cursor.encode(*walked.stopped_at))


def _ranked_page(question: Question, query: dict[str, Any], fields: Sequence[str]) -> Found:
    after = cursor.score_of(query["cursor"]) if "cursor" in query else None
    limit = query["limit"]
    ranked = search.ranked(db(), question, after=after, limit=limit + 1)
    items = articles.find_many(db(), [article_id for _, article_id in ranked[:limit]], fields)
    return Found(items, cursor.encode_score(*ranked[limit - 1]) if len(ranked) > limit else None)


def _counts(question: Question, query: dict[str, Any]) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    if query["count"]:
        counts["total"], counts["total_cap"] = search.count(db(), question)
    if query["facets"]:
        counts["facets"] = search.facets(db(), question, query["facets"])
        counts["facets_cap"] = search.COUNTED
    return counts
