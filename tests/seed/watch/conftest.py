from collections.abc import Iterator

import pytest

from seed.reader import Reader
from store.client import Database
from tests.seed import web
from tests.seed.watch.world import World


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as started:
        yield started


@pytest.fixture
def world(mongod_db: Database, reader: Reader) -> Iterator[World]:
    with web.serving() as server:
        yield World(mongod_db, server, reader)
