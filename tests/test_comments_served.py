"""Comments on a real server: eight readers and moderators at once, and a restart."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from api.freshness import OLDEST_SECONDS
from desk.publish import publish
from store.client import Database
from tests.samples import draft
from tests.server import Running, run, serving, start

READERS, EACH = 8, 6


def send(
    server: Running, method: str, path: str, body: object = None, key: str | None = None
) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    data = json.dumps(body).encode() if body is not None else None
    asked = Request(server.url + path, data=data, headers=headers, method=method)
    try:
        with urlopen(asked, timeout=20) as answer:
            said = answer.read()
            return answer.status, json.loads(said) if said else None
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def read(server: Running, path: str) -> Any:
    status, said = send(server, "GET", path)
    assert status == 200
    return said


def test_what_readers_say_is_seen_counted_and_moderated_and_outlives_a_restart(
    tmp_path: Path, mongod_db: Database, elsewhere: dict[str, str]
) -> None:
    data = tmp_path / "var"
    article = f"/v1/articles/{publish(mongod_db, draft()).article_id}"
    variables = {"BYLINE_COMMENTS": "open", "BYLINE_COMMENT_LIMIT": ""} | elsewhere
    with serving(data, **variables) as server:
        made = run(
            *("api", "keys", "create", "--name", "Moderation", "--scopes", "comments:moderate"),
            environment=server.environment,
        )
        key = made.stdout.strip()
        place = f"{article}/comments"
        assert read(server, place)["data"] == []

        def read_and_write(reader: int) -> None:
            for number in range(EACH):
                said = {"author": f"Reader {reader}", "text": f"Number {number}."}
                status, comment = send(server, "POST", place, said)
                assert status == 201
                if number % 3 == 1:
                    own = f"/v1/comments/{comment['id']}"
                    assert send(server, "POST", f"{own}/hide", key=key)[0] == 200
                if number % 3 == 2:
                    assert (
                        send(server, "DELETE", f"/v1/comments/{comment['id']}", key=key)[0] == 204
                    )

        with ThreadPoolExecutor(READERS) as pool:
            list(pool.map(read_and_write, range(READERS)))
        time.sleep(2 * OLDEST_SECONDS)
        visible = read(server, f"{place}?limit=100")["data"]
        assert len(visible) == READERS * EACH // 3
        assert all(comment["status"] == "visible" for comment in visible)
        assert read(server, article)["comments_count"] == len(visible)
        assert send(server, "GET", "/v1/comments")[0] == 401
        _, hidden = send(server, "GET", "/v1/comments?status=hidden&limit=100", key=key)
        assert len(hidden["data"]) == READERS * EACH // 3
        server.stop()
        again = start(data, **(variables | {"BYLINE_COMMENTS": "closed"}))
        try:
            assert read(again, f"{place}?limit=100")["data"] == visible
            assert send(again, "POST", place, {"author": "Kim", "text": "Late."})[0] == 403
            assert read(again, "/v1/site")["comments"] == "closed"
        finally:
            again.stop()
            again.output.close()
