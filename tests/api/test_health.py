import mongomock
import pytest
from flask.testing import FlaskClient

from api.app import create_app
from settings import Settings
from store import indexes
from store.client import Database
from store.errors import UnavailableError
from tests.api.asking import ask, problem


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database not answer when it is asked whether it is prepared."""

    def fail(_: Database) -> bool:
        raise UnavailableError("no primary")

    monkeypatch.setattr(indexes, "is_prepared", fail)


def test_a_prepared_database_is_ready(client: FlaskClient) -> None:
    assert ask(client, "/readyz") == {"status": "ready"}


def test_a_new_database_is_prepared_when_asked_whether_it_is_ready(settings: Settings) -> None:
    db: Database = mongomock.MongoClient(tz_aware=True)["byline"]
    assert not indexes.is_prepared(db)
    assert ask(create_app(settings, db).test_client(), "/readyz") == {"status": "ready"}
    assert indexes.is_prepared(db)


@pytest.mark.usefixtures("unreachable")
def test_without_a_database_the_process_is_alive_but_not_ready(client: FlaskClient) -> None:
    assert ask(client, "/livez") == {"status": "alive"}
    answer = client.get("/readyz")
    problem(answer, 503)
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("place", ["/livez", "/readyz"])
def test_nobody_keeps_an_answer_about_health(client: FlaskClient, place: str) -> None:
    assert client.get(place).headers["Cache-Control"] == "no-store"
