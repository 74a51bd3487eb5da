import os
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from seed.messages import (
    Batch,
    Begun,
    Ended,
    Message,
    MessageError,
    Over,
    Ready,
    Rejected,
    Request,
    Source,
    decode,
    encode,
)

AT = datetime(2025, 6, 16, 8, tzinfo=UTC)
ARTICLE = {
    "id": "1",
    "published_at": AT,
    "weights": b"\1",
    "hashtags": [{"id": "a", "name": "A"}],
    "source": None,
    "seen": AT.astimezone(timezone(timedelta(hours=2))),
}


@pytest.mark.parametrize(
    "message",
    [
        Request("https://example.org/", AT, 3),
        Begun("a.txt"),
        Batch(
            [Ready(ARTICLE, ("untitled",)), Rejected("\ud800", "because")],
            [Source("Post", {"feeds": []})],
            [("1", ["2"])],
            7,
        ),
        Ended("NDJSON", truncated=True),
        Over(),
    ],
)
def test_what_is_written_is_read(message: Message) -> None:
    assert decode(encode(message)) == message


class Evil:
    def __init__(self, *does: Any) -> None:
        self.does = does

    def __reduce__(self) -> Any:
        return self.does


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        b"\x80\x05" + b"(" * 1_000,
        pickle.dumps({"not": "a message"}),
        pickle.dumps(Evil(os.system, ("false",))),
        pickle.dumps(Evil(eval, ("1/0",))),
        pickle.dumps(Evil(getattr, (Begun, "__init__"))),
        pickle.dumps(Batch([Evil(os.getcwd, ())])),  # type: ignore[list-item]
        pickle.dumps(Evil(datetime, ("x", "y"))),
        encode(Begun("a"))[:-3],
    ],
)
def test_nothing_but_messages_is_read_and_nothing_is_run(data: bytes) -> None:
    with pytest.raises(MessageError):
        decode(data)
