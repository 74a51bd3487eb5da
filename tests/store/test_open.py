from dataclasses import replace
from pathlib import Path

import pytest
from pymongo.errors import InvalidOperation

from settings import Settings
from store.client import ping
from store.open import address, opened


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("MONGODB_URI", raising=False)
    return replace(Settings.from_env(), data=tmp_path)


def test_the_database_that_the_settings_name_is_opened_and_closed(
    settings: Settings, mongod_uri: str
) -> None:
    with opened(replace(settings, mongodb_uri=mongod_uri, mongodb_db="named"), threads=20) as db:
        assert db.name == "named"
        ping(db)
    with pytest.raises(InvalidOperation):
        db.client.server_info()


def test_a_named_database_starts_no_private_one(settings: Settings, tmp_path: Path) -> None:
    with address(replace(settings, mongodb_uri="mongodb://db.example")) as uri:
        assert uri == "mongodb://db.example"
    assert list(tmp_path.iterdir()) == []


def test_without_a_name_the_private_database_runs_in_its_folder(
    settings: Settings, tmp_path: Path
) -> None:
    with opened(settings) as db:
        ping(db)
    assert list(tmp_path.iterdir()) != []
