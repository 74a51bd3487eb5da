"""Reading in another process: what it gives, and what becomes of documents that kill it."""

import gzip
import io
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from insight.terms import language_of
from seed import messages, reader
from seed.inputs import held
from seed.messages import Batch, Begun, Ended, Message, Ready, Rejected, Request
from seed.reader import Reader
from tests.server import PROJECT

RSS = (
    "<rss version='2.0'><channel><title>Post</title><item><title>{}</title></item></channel></rss>"
)
LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
)
ATTRIBUTES = " ".join(f"a{number}='1'" for number in range(100_000))
# It names its language: to load the model that would tell it takes a second.
LINE = b'{"title": "One", "language": "en", "url": "https://harbour.example/1"}\n'
# Two lines, and after them a thousand million blank ones: a megabyte, and minutes of work.
SLOW = gzip.compress(LINE * 2) + 100 * gzip.compress(b"\n" * 10_000_000)


@pytest.fixture(scope="module")
def shared() -> Iterator[Reader]:
    with Reader() as one:
        yield one


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Give a reader that has less time for a document."""
    monkeypatch.setattr(messages, "READING_SECONDS", 2)
    hurry = "from seed import messages, reading; messages.READING_SECONDS = 2; reading.main()"
    with Reader([sys.executable, "-c", hurry]) as one:
        yield one


def said(by: Reader, data: bytes) -> list[Message]:
    """Give what a reader says of a document."""
    with held(data, None) as document:
        return list(by.read(document.descriptor, Request()))


def piped(by: Reader, descriptor: int) -> list[Message]:
    """Give what a reader says of an open pipe."""
    return list(by.read(descriptor, Request()))


def endings(messages: list[Message]) -> list[str | None]:
    return [message.error for message in messages if isinstance(message, Ended)]


def records(found: list[Message]) -> list[Ready | Rejected]:
    batches = [message for message in found if isinstance(message, Batch)]
    return [record for batch in batches for record in batch.articles]


def titles(found: list[Message]) -> list[str]:
    return [
        record.article["title"] if isinstance(record, Ready) else record.reason
        for record in records(found)
    ]


def test_a_document_comes_back_as_articles_that_can_be_stored(shared: Reader) -> None:
    # A busy machine may take so long that the article and its source come one after the other.
    begun, *batches, ended = said(shared, RSS.format("Fire aboard").encode())
    assert begun == Begun()
    [record] = records(batches)
    assert isinstance(record, Ready)
    assert record.article["slug"] == "fire-aboard"
    assert ended == Ended("feed (rss20)")


def test_the_language_of_a_text_is_found_out_where_nobody_says_it(shared: Reader) -> None:
    text = "Alle Fahrgäste wurden auf das obere Deck geführt, als es brannte."
    [record] = records(said(shared, RSS.format(text).encode()))
    assert isinstance(record, Ready)
    assert language_of(record.article["terms"]) == "de"


def test_one_process_reads_one_input_after_the_other(shared: Reader) -> None:
    assert titles(said(shared, LINE * 2)) == ["One", "One"]
    process = shared._process
    assert titles(said(shared, LINE)) == ["One"]
    assert shared._process is process


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            f"<?xml version='1.0'?>{LAUGHS}<opml><outline text='&a11;' xmlUrl='&a11;'/></opml>",
            "OPML",
        ),
        (f"<?xml version='1.0'?>{LAUGHS}<urlset><url><loc>&a11;</loc></url></urlset>", "news"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("<opml>" + "<outline text='a'>" * 100_000, "OPML"),
        (f"<opml><body><outline {ATTRIBUTES}/></body></opml>", ""),
        (b"\x00\x01\x02\xff" * 10_000, "text"),
        (b"", "empty"),
        (os.urandom(50) + bytes(50_000_000), "larger than 8 MB"),
        (gzip.compress(bytes(100_000_000)), "larger than 8 MB"),
        (gzip.compress(b"text" * 100, mtime=0)[:-9], "cannot be unpacked"),
        (b"PK\3\4 and no archive", "cannot be unpacked"),
        (b"[" + LINE * 200_000, "as NDJSON"),
    ],
)
def test_hostile_documents_are_refused_with_a_reason(
    shared: Reader, data: bytes | str, reason: str
) -> None:
    [ending] = endings(said(shared, data.encode() if isinstance(data, str) else data))
    assert ending
    assert reason in ending
    assert titles(said(shared, LINE)) == ["One"]


@pytest.mark.parametrize("document", [f"<?xml version='1.0'?>{LAUGHS}{RSS.format('&a11;')}"])
def test_entities_that_grow_are_not_let_grow(shared: Reader, document: str) -> None:
    found = said(shared, document.encode())
    assert all(len(title) < 2_000 for title in titles(found))


def test_entities_from_elsewhere_stay_there(shared: Reader, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush")
    doctype = f"<!DOCTYPE x [<!ENTITY e SYSTEM 'file://{tmp_path}/secret'>]>"
    document = f"<?xml version='1.0'?>{doctype}{RSS.format('&e;!')}"
    assert "hush" not in repr(said(shared, document.encode()))


def test_a_document_that_takes_too_long_is_named_and_the_next_is_read(hasty: Reader) -> None:
    assert endings(said(hasty, SLOW)) == ["took longer than 2 s to read"]
    assert titles(said(hasty, LINE)) == ["One"]


def test_a_pipe_without_end_is_refused_as_soon_as_it_is_too_much(shared: Reader) -> None:
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
        assert endless.stdout
        assert endings(piped(shared, endless.stdout.fileno())) == ["larger than 8 MB"]
        endless.stdout.close()


def test_broken_lines_are_numbered_and_the_others_are_read(shared: Reader) -> None:
    lines = [LINE, b"{broken\n", b'{"a":' * 100_000 + b"\n", b'{"title": "\\ud800"}\n', LINE]
    found = said(shared, b"".join(lines))
    rejected = [(it.title, it.reason) for it in records(found) if isinstance(it, Rejected)]
    assert rejected == [
        ("line 2", "not JSON"),
        ("line 3", "not JSON"),
        ("", "{'title': ['Length must be between 1 and 1000.']}"),
    ]
    assert len(records(found)) == 5


def test_of_an_archive_every_document_is_read_also_after_one_that_kills(hasty: Reader) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.ndjson", LINE * 2)
        archive.writestr("2.gz", SLOW)
        archive.writestr("3.bomb", bytes(9_000_000))
        archive.writestr("4.ndjson", LINE * 3)
    found = said(hasty, made.getvalue())
    names = [message.member for message in found if isinstance(message, Begun)]
    assert names == ["1.ndjson", "2.gz", "3.bomb", "4.ndjson"]
    assert endings(found) == [
        None,
        "took longer than 2 s to read",
        "unpacks to more than 200 times its size",
        None,
    ]
    assert titles(found) == ["One"] * 5


def test_an_archive_in_a_pipe_cannot_be_read_again() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with stand_in("say(encode(Begun('member'))); os._exit(77)") as odd:
        [ending] = endings(piped(odd, reading))
    os.close(reading)
    assert str(ending).endswith("; the rest of the archive was left")


def stand_in(*does: str) -> Reader:
    """Give a reader whose process greets, takes the question, and does something else."""
    greeting = "from seed.messages import *; import os, signal, socket, struct, sys, time"
    take = "s = socket.socket(fileno=0); say = lambda d: s.sendall(struct.pack('!i', len(d)) + d)"
    hello = "say(encode(Over()))\nwhile s.recv(4096)[-1:] != b'\\0': pass"
    return Reader([sys.executable, "-c", "\n".join([greeting, take, hello, *does])])


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "the reader crashed (signal 11)"),
        ("os.kill(os.getpid(), signal.SIGPROF)", "took longer than 5 s to read"),
        ("os._exit(77)", "needed more than 512 MB to read"),
        ("os._exit(3)", "the reader ended (status 3)"),
        ("say(b'garbage'); time.sleep(60)", "the reader sent what makes no sense"),
        ("s.sendall(struct.pack('!i', 2**31 - 1)); time.sleep(60)", "the reader"),
        ("time.sleep(60)", "nothing was read of it for 1 s"),
    ],
)
def test_whatever_becomes_of_the_process_there_is_a_reason(
    does: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "ANSWER_SECONDS", 1.0)
    with stand_in(does) as odd:
        begun, ended = said(odd, b"")
        assert isinstance(begun, Begun)
        assert isinstance(ended, Ended)
        assert str(ended.error).startswith(reason)
        assert endings(said(odd, b"")) == [ended.error]


def test_an_archive_of_nothing_but_killers_is_left_at_last() -> None:
    with stand_in("say(encode(Begun('member'))); os._exit(77)") as odd:
        found = endings(said(odd, b""))
    assert len(found) == reader.MAX_FAILURES
    assert str(found[-1]).endswith("; the rest of the archive was left")


def test_a_process_that_cannot_start_is_a_reason_too() -> None:
    with Reader([sys.executable, "-c", "raise SystemExit(3)"]) as dead:
        assert endings(said(dead, b"")) == ["the reader ended (status 3)"]


def test_who_stops_listening_leaves_no_process_behind() -> None:
    with Reader() as one:
        with held(LINE * 1_000, None) as document:
            for _ in one.read(document.descriptor, Request()):
                process = one._process
                break
        assert process
        assert process._process.returncode == -signal.SIGKILL
        assert titles(said(one, LINE * 2)) == ["One"] * 2


SCRIPT = "from seed import messages, reading; import os, signal, sys; reading.limit();"


def run_limited(does: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + does], cwd=PROJECT, check=False, stderr=subprocess.DEVNULL
    )
    return done.returncode


def test_the_process_can_write_no_file_and_dump_no_memory(tmp_path: Path) -> None:
    write = f"open({str(tmp_path / 'file')!r}, 'w').write('x' * 99999)"
    assert run_limited(write) == 1
    assert not list(tmp_path.glob("*")) or (tmp_path / "file").stat().st_size == 0


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS limits no memory")
def test_the_process_gets_so_much_memory_and_no_more() -> None:
    half = messages.READING_BYTES // 2
    assert run_limited(f"x = bytearray({half})") == 0
    assert run_limited(f"x = bytearray({3 * half})") == 1


def test_the_kernel_ends_a_process_that_works_too_long() -> None:
    busy = "messages.READING_SECONDS = 0.1; reading._work()\nwhile True: pass"
    assert run_limited(busy) == -signal.SIGPROF
