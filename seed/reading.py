"""The process that reads: `python -m seed.reading`, started by `seed.reader` and by nobody else.

Documents from outside are only ever parsed here, where the kernel limits time and memory and there
is nothing to be had: no file to write, no connection to the database, no key. It gets open files
on its standard input, which is a socket, and answers with articles as they are stored. It ends
when its starter does.
"""

import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from desk.compose import begin, indexed
from insight.terms import detect_language
from schemas.article import validate_draft
from schemas.source import validate_source
from seed import drafts, formats, messages
from seed.formats.ndjson import BrokenLine
from seed.found import Draft, FormatError, Found, Item, Origin
from seed.messages import Batch, Begun, Ended, Message, Over, Ready, Rejected, Request, Source
from seed.sharing import Share
from seed.unpacking import UNPACKING_ERRORS, Part, parts

BATCH = 200
BATCH_BYTES = 4 * 1024 * 1024
BATCH_SECONDS = 1.0
MAX_ARTICLE_BYTES = 15 * 1024 * 1024
"""MongoDB stores no document of more than 16 MB."""

_OPEN_FILES = 64
_MODEL_BYTES = 256 * 1024 * 1024
_LONGEST_REASON = 500

Send = Callable[[Message], float]
"""Sends a message, and gives the seconds until it was taken."""


def main() -> None:
    """Serve the process at the other end of the standard input until it hangs up."""
    limit()
    try:
        serve(socket.socket(fileno=0), work=_work)
    except MemoryError:
        os._exit(messages.NEEDED_MEMORY)


def limit() -> None:
    """Limit this process, as far as its system knows how to."""
    memory = _own_size() + messages.READING_BYTES
    for what, most in (
        (resource.RLIMIT_CORE, (0, 0)),
        (resource.RLIMIT_FSIZE, (0, _MODEL_BYTES)),
        (resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES)),
        (resource.RLIMIT_AS, (memory, memory)),
    ):
        with suppress(ValueError, OSError):  # macOS does not limit memory
            resource.setrlimit(what, most)


def serve(asker: socket.socket, work: Callable[[], None]) -> None:
    """Answer requests until the asker hangs up; `work` is called whenever work is begun.

    What stops a request halfway, such as a lack of memory, ends the process: the asker starts
    another.
    """
    with Connection(asker.detach()) as connection:

        def send(message: Message) -> float:
            data = messages.encode(message)
            began = time.monotonic()
            connection.send_bytes(data)
            taken_after = time.monotonic() - began
            work()
            return taken_after

        with suppress(OSError, EOFError):
            while True:
                send(Over())
                request, descriptor = _receive(connection)
                work()
                try:
                    answer(request, descriptor, send)
                finally:
                    os.close(descriptor)


def answer(request: Request, descriptor: int, send: Send) -> None:
    """Read the documents in an open file and send what they hold."""
    outbox = Outbox(send, drafts=request.drafts)
    origin = Origin(request.url, request.captured_at)
    found = parts(descriptor, wait=outbox.flush)
    try:
        for part in islice(found, request.start, None):
            send(Begun(part.name))
            outbox.position = part.position
            send(_read(part, origin, outbox))
    except (FormatError, *UNPACKING_ERRORS) as error:
        send(Begun())
        send(Ended(error=_why_not_read(error)))


def _read(part: Part, origin: Origin, outbox: "Outbox") -> Ended:
    """Read a document; whatever is wrong with it, it is said and does no harm."""
    shape, truncated, error = None, False, None
    try:
        with part.open() as file:
            for found in formats.stream(file, origin):
                if isinstance(found, BrokenLine):
                    outbox.put(Rejected(f"line {found.number}", found.reason))
                    continue
                shape = found.shape
                truncated |= found.truncated
                _take(found, outbox)
    except MemoryError:
        raise
    except Exception as caught:  # noqa: BLE001 - a bug in one format is no reason to read no other
        error = _why_not_read(caught)
    outbox.flush()
    return Ended(shape, truncated, error)


def _take(found: Found, outbox: "Outbox") -> None:
    """Make what a document holds ready to be stored."""
    for draft in (*found.sources, *((found.source,) if found.source else ())):
        outbox.put(_source(draft))
    ids = [_put_article(item, outbox) for item in found.articles]
    for item, id_ in zip(found.articles, ids, strict=True):
        related = [other for place in item.related if (other := ids[place])]
        if id_ and related:
            outbox.links.append((id_, related))


def _put_article(item: Item, outbox: "Outbox") -> str | None:
    """Make an article ready, or say why it cannot be; give its id."""
    try:
        valid = validate_draft(item.draft)
        if not valid["language"]:
            _know_languages()
        now = datetime.now(UTC)
        stored_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        article = valid if outbox.drafts else _made(valid, stored_at, outbox)
        size = weigh([valid, article["body_html"]])
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug that one article hits is none of the others'
        title, source = (_text(item.draft.get(name) or "") for name in ("title", "source"))
        outbox.put(Rejected(title, _why(error), source or None, item.flags))
        return None
    if size > MAX_ARTICLE_BYTES:
        reason = f"larger than {MAX_ARTICLE_BYTES // 1024 // 1024} MB"
        outbox.put(Rejected(article["title"], reason))
        return None
    outbox.put(Ready(article, (*item.flags, *drafts.doubts(valid, now))), size)
    return article["id"] and str(article["id"])


def _made(valid: dict[str, Any], now: datetime, outbox: "Outbox") -> dict[str, Any]:
    """Make an article, or all of it but what who stores it can do as well and has time for.

    To parse is nothing for them, and neither is to tell languages apart, which takes much memory.
    """
    article = begin(valid, now)
    return article if valid["language"] and outbox.share.is_left() else indexed(article)


@cache
def _know_languages() -> None:
    """Load what tells languages apart: its package unpacks it into a file, which is gone at once.

    It is done when first needed, since it takes half a second and much memory.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    detect_language("The words of this sentence are those of a language.")
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _source(draft: Draft) -> Source:
    name = _text(draft.get("name"))
    try:
        valid = validate_source(draft)
        weigh(valid)
        return Source(name, valid)
    except (ValidationError, UnicodeError) as error:
        return Source(name, None, _why(error))


def weigh(value: Any) -> int:
    """Give how many bytes the texts in a value take; raise UnicodeError if one cannot be stored."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, dict):
        return sum(map(weigh, value.values()))
    return sum(map(weigh, value)) if isinstance(value, list) else 0


def _why(error: Exception) -> str:
    """Give the reason in one line for a person."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeEncodeError):
        return "has characters that are no text"
    if isinstance(error, FormatError | ValidationError):
        return _text(error)[:_LONGEST_REASON]
    return f"cannot be read: {type(error).__name__}: {_text(error)}"[:_LONGEST_REASON]


def _why_not_read(error: Exception) -> str:
    """Give the reason why a document, whole or packed, cannot be read."""
    packed = isinstance(error, UNPACKING_ERRORS) and not isinstance(error, RecursionError)
    return f"cannot be unpacked: {_text(error)}"[:_LONGEST_REASON] if packed else _why(error)


def _text(value: object) -> str:
    return " ".join(str(value)[:1_000].encode(errors="replace").decode().split())


class Outbox:
    """What has been read and not been sent: it goes when it is much, or old."""

    def __init__(self, send: Send, *, drafts: bool = False) -> None:
        """Send batches in this way, of articles or of their drafts."""
        self._send = send
        self.drafts = drafts
        self.links: list[tuple[str, list[str]]] = []
        self.position: Callable[[], int] = lambda: 0
        self.share = Share()
        self._clear()

    def put(self, record: Ready | Rejected | Source, size: int = 0) -> None:
        """Add what has been read, of a size in bytes."""
        if isinstance(record, Source):
            self._sources.append(record)
        else:
            self._articles.append(record)
        self._size += size
        if (
            len(self._articles) + len(self._sources) >= BATCH
            or self._size >= BATCH_BYTES
            or time.monotonic() - self._begun > BATCH_SECONDS
        ):
            self.flush()

    def flush(self) -> None:
        """Send what there is, if only as a sign of life."""
        made_in = time.monotonic() - self._begun
        batch = Batch(self._articles, self._sources, self.links, self.position())
        self.share.adapt(made_in, self._send(batch))
        self.links = []
        self._clear()

    def _clear(self) -> None:
        self._articles: list[Ready | Rejected] = []
        self._sources: list[Source] = []
        self._size = 0
        self._begun = time.monotonic()


def _work() -> None:
    """Begin to count processor time: the kernel ends the process when it was too much."""
    signal.setitimer(signal.ITIMER_PROF, messages.READING_SECONDS)


def _receive(connection: Connection) -> tuple[Request, int]:
    request = messages.decode(connection.recv_bytes())
    with socket.fromfd(connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as asker:
        _, descriptors, _, _ = socket.recv_fds(asker, 1, 1)
    if not isinstance(request, Request) or not descriptors:
        raise EOFError
    return request, descriptors[0]


def _own_size() -> int:
    """Give how much memory is this process's in bytes; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


if __name__ == "__main__":
    main()
