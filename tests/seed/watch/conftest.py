from collections.abc import Iterator

import pytest

from store.client import Database
from tests.seed import web
from tests.seed.watch.world import World


@pytest.fixture
def world(mongod_db: Database) -> Iterator[World]:
    with web.serving() as server:
        yield World(mongod_db, server)
