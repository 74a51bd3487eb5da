"""A number that rises with every write of ours, on a MongoDB that has no change streams.

That is a single server; replica sets and shards of them tell of every write themselves.
"""

from typing import Any

from pymongo.database import Database


def is_needed(db: object) -> bool:
    """Tell whether MongoDB is a single server, as far as is known from the last contact."""
    if not isinstance(db, Database):
        return False  # one in memory, in a test
    servers = db.client.topology_description.server_descriptions().values()
    return any(server.server_type_name == "Standalone" for server in servers)


def read(db: Database[dict[str, Any]]) -> int:
    """Give the number."""
    writes = db["meta"].find_one({"_id": "writes"})
    return int(writes["number"]) if writes else 0


def rise(db: Database[dict[str, Any]]) -> None:
    """Raise the number."""
    db["meta"].update_one({"_id": "writes"}, {"$inc": {"number": 1}}, upsert=True)
