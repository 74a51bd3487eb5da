import pytest

from store.client import Database, connect, inward, outward, ping
from store.errors import UnavailableError


@pytest.mark.parametrize(
    "uri",
    [
        *("", "http://localhost", "mongodb://", "mongodb://[", "mongodb://[::1"),
        *("mongodb://host:port", "mongodb://host:99999", "mongodb://host:0", "mongodb://u:p@x:y@h"),
        *("mongodb://h,,", "mongodb://h/a b", "mongodb+srv://a.example:27017"),
    ],
)
def test_an_address_that_is_none_is_refused_with_the_name_of_its_variable(uri: str) -> None:
    with pytest.raises(UnavailableError, match="MONGODB_URI cannot be used"):
        connect(uri, "byline")


def test_a_finished_write_is_on_the_disk_of_a_majority_and_times_have_a_zone() -> None:
    db = connect("mongodb://127.0.0.1:1", "news", threads=20)
    assert db.name == "news"
    assert db.write_concern.document == {"w": "majority", "j": True}
    assert db.codec_options.tz_aware
    options = db.client.options
    assert options.pool_options.max_pool_size >= 20
    assert (options.retry_reads, options.retry_writes) == (True, True)
    db.client.close()


def test_a_database_that_is_there_gives_a_sign_of_life(db: Database) -> None:
    ping(db)


def test_an_id_is_called_id_outside_and_underscore_id_inside() -> None:
    article = {"id": "1", "title": "Ties"}
    assert inward(article) == {"_id": "1", "title": "Ties"}
    assert article == {"id": "1", "title": "Ties"}
    assert outward(inward(article)) == article
