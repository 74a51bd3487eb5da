"""What the reading process does, without the process."""

import os
import socket
import tempfile
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from desk.compose import indexed
from schemas.article import ArticleDraftSchema
from seed import messages, reading
from seed.messages import Batch, Begun, Ended, Message, Over, Ready, Rejected, Request
from seed.reader import _Process
from seed.reading import Outbox, Send, answer, serve, weigh
from tests.seed.formats import samples

LINE = b'{"title": "One", "url": "https://harbour.example/1"}\n'


def say(path: Path, data: bytes) -> list[Message]:
    path.write_bytes(data)
    found: list[Message] = []
    with path.open("rb") as file:
        answer(Request("https://harbour.example/"), file.fileno(), noting(found))
    return found


def noting(found: list[Message], taken_after: float = 1.0) -> Send:
    """Note what is sent; it is taken in so many seconds."""

    def send(message: Message) -> float:
        found.append(message)
        return taken_after

    return send


def batches(found: list[Message]) -> list[Batch]:
    return [message for message in found if isinstance(message, Batch)]


def test_it_serves_until_the_asker_hangs_up(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    worked: list[int] = []
    serving = threading.Thread(target=serve, args=(theirs, lambda: worked.append(1)))
    serving.start()
    connection = messages_of(ours)
    (tmp_path / "page").write_bytes(LINE * 2)
    process = _Process.__new__(_Process)
    process._connection, process._is_ready = connection, False
    for _ in range(2):
        with (tmp_path / "page").open("rb") as file:
            process.ask(file.fileno(), Request())
            said = [type(process.receive(5)) for _ in range(4)]
            assert said == [Begun, Batch, Ended, Over]
    connection.close()
    serving.join(5)
    assert not serving.is_alive()
    assert worked


def messages_of(end: socket.socket) -> "Connection[bytes, bytes]":
    return Connection(end.detach())


def test_a_question_that_is_none_ends_it() -> None:
    ours, theirs = socket.socketpair()
    connection = messages_of(ours)
    connection.send_bytes(messages.encode(Over()))
    connection.send_bytes(b"")
    serve(theirs, lambda: None)
    assert isinstance(messages.decode(connection.recv_bytes()), Over)
    connection.close()


def test_a_stream_comes_in_batches_and_each_says_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    found = batches(say(tmp_path / "x", LINE * 5))
    assert [len(batch.articles) for batch in found] == [2, 2, 1]
    assert found[-1].position == len(LINE) * 5


def test_a_batch_is_not_large_in_bytes_either_nor_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_BYTES", 1)
    assert [len(batch.articles) for batch in batches(say(tmp_path / "x", LINE * 2))] == [1, 1, 0]
    monkeypatch.setattr(reading, "BATCH_BYTES", 1_000_000)
    monkeypatch.setattr(reading, "BATCH_SECONDS", 0)
    assert [len(batch.articles) for batch in batches(say(tmp_path / "x", LINE * 2))] == [1, 1, 0]


def test_links_come_after_all_articles_that_they_name(tmp_path: Path) -> None:
    line = b'{"title": "One", "related": [{"title": "Two"}, {"title": ""}, {"title": "Three"}]}\n'
    [batch] = batches(say(tmp_path / "x", LINE + line))
    ids = {it.article["title"]: it.article["id"] for it in batch.articles if isinstance(it, Ready)}
    assert batch.links[0][1] == [ids["Two"], ids["Three"]]


def test_sources_are_checked_as_well(tmp_path: Path) -> None:
    lines = b'{"name": "Post"}\n{"name": "X", "url": "none"}\n{"name": "\\ud800"}\n'
    [batch] = batches(say(tmp_path / "x", lines))
    assert [(source.name, bool(source.draft)) for source in batch.sources] == [
        ("Post", True),
        ("X", False),
        ("", False),
    ]
    [batch] = batches(say(tmp_path / "y", samples.OPML))
    assert len(batch.sources) == 1


def test_an_article_that_cannot_be_stored_is_rejected_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_ARTICLE_BYTES", 1_000)
    large = b'{"title": "Large", "body_text": "%s"}\n' % (b"x" * 1_000)
    [batch] = batches(say(tmp_path / "x", LINE + large + b'{"title": ""}\n' + LINE))
    reasons = [it.reason for it in batch.articles if isinstance(it, Rejected)]
    assert reasons[0].startswith("larger than")
    assert "title" in reasons[1]
    assert len(batch.articles) == 4


def test_a_bug_in_a_format_or_with_an_article_costs_that_document_or_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(reading, "begin", broken)
    [batch] = batches(say(tmp_path / "x", LINE * 2))
    assert [it.reason for it in batch.articles if isinstance(it, Rejected)] == [
        "nested too deeply"
    ] * 2
    monkeypatch.setattr("seed.formats.stream", lambda *_: [None])
    ended = say(tmp_path / "x", LINE * 2)[-1]
    assert isinstance(ended, Ended)
    assert str(ended.error).startswith("cannot be read: AttributeError")


def test_too_little_memory_ends_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(reading, "begin", greedy)
    with pytest.raises(MemoryError):
        say(tmp_path / "x", LINE)


def test_documents_that_were_read_before_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(LINE)
    found: list[Message] = []
    with (tmp_path / "x").open("rb") as file:
        answer(Request(start=1), file.fileno(), noting(found))
    assert found == []


def test_waiting_sends_what_there_is_as_a_sign_of_life() -> None:
    sent: list[Message] = []
    outbox = Outbox(noting(sent))
    outbox.flush()
    outbox.put(Rejected("x", "y"))
    outbox.flush()
    assert sent == [Batch(), Batch([Rejected("x", "y")])]


LINES = b"".join(
    b'{"title": "Talks %d", "language": %s, "body_text": "They met in %d."}\n'
    % (number, b'"en"' if number % 3 else b"null", number)
    for number in range(120)
)


def articles(taken_after: float) -> list[dict[str, Any]]:
    with tempfile.TemporaryFile() as file:
        file.write(LINES)
        file.seek(0)
        found: list[Message] = []
        answer(Request(), file.fileno(), noting(found, taken_after))
    records = [each for batch in batches(found) for each in batch.articles]
    return [each.article for each in records if isinstance(each, Ready)]


def test_who_waits_for_articles_has_some_of_them_to_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 4)
    waiting, busy = articles(taken_after=0.0), articles(taken_after=60.0)
    assert all("terms" in article for article in busy)
    left = [article for article in waiting if "terms" not in article]
    assert len(left) > 20
    assert all(article["language"] == "en" for article in left), "who stores knows no languages"
    changing = ("created_at", "updated_at")
    for article, whole in zip(waiting, busy, strict=True):
        made = indexed(article)
        assert list(made) == list(whole)
        assert {k: made[k] for k in made if k not in changing} == {
            k: whole[k] for k in whole if k not in changing
        }


def test_texts_are_weighed_in_bytes() -> None:
    assert weigh({"a": "é", "b": ["xy", None, 5], "c": {"d": "z"}}) == 5
    with pytest.raises(UnicodeEncodeError):
        weigh(["\ud800"])
    assert "body_html" in ArticleDraftSchema().fields


def test_where_the_system_does_not_say_its_size_the_limits_are_set_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "Path", lambda _: Path(os.devnull) / "nothing")
    assert reading._own_size() == 0
    limits: list[tuple[int, int]] = []

    def refuse(what: int, most: tuple[int, int]) -> None:
        limits.append(most)
        raise ValueError

    monkeypatch.setattr("resource.setrlimit", refuse)
    reading.limit()
    assert limits[-1] == (messages.READING_BYTES,) * 2
