"""What the reading process and the one that asks it say to each other.

Messages are pickles that can make nothing but plain values, times and the few classes of this
module, whoever wrote them: the reading process is the one that hostile documents may get hold of.
"""

import io
import pickle
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

READING_SECONDS = 5
"""How much processor time one document may take, or one batch of a stream of them."""
READING_BYTES = 512 * 1024 * 1024
"""How much memory reading may take, beyond what the process has from its start."""
NEEDED_MEMORY = 77
"""The exit status that says that it was not enough."""

Article = dict[str, Any]
MAX_BYTES = 64 * 1024 * 1024
"""The largest message; a batch with the largest article stays below half of it."""


class MessageError(Exception):
    """A message that makes no sense."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to read: an input, from its document number `start` on, and what is known of it."""

    url: str | None = None
    captured_at: datetime | None = None
    start: int = 0
    drafts: bool = False
    """Whether articles come as valid drafts, and not as they are stored."""

    def starting_at(self, start: int) -> "Request":
        """Give the same question about the documents from a later one on."""
        return replace(self, start=start)


@dataclass(frozen=True, slots=True)
class Ready:
    """An article that can be published, or its draft, and what was not quite right about it.

    What an article is found and compared by may be left to who publishes it.
    """

    article: Article
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """An article that cannot be published; the reason is one line."""

    title: str
    reason: str
    source: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A source: its valid draft, or the reason why there is none."""

    name: str
    draft: dict[str, Any] | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A document begins; in an archive, the member of this name."""

    member: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of a document's articles and sources, in order; also an empty one is a sign of life.

    `links` are an article's id and those that it names as related, all of them sent by now.
    """

    articles: list[Ready | Rejected] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    links: list[tuple[str, list[str]]] = field(default_factory=list)
    position: int = 0
    """How many bytes of the input have been read."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A document ends, read whole or not."""

    shape: str | None = None
    truncated: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """There is nothing more to say: send a request."""


Message = Request | Begun | Batch | Ended | Over

_KNOWN = {
    (class_.__module__, class_.__name__): class_
    for class_ in (Request, Ready, Rejected, Source, Begun, Batch, Ended, Over)
}
_TIMES = frozenset({"datetime", "timedelta", "timezone"})


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in _TIMES:
            return super().find_class(module, name)
        return _KNOWN[module, name]


def encode(message: Message) -> bytes:
    """Write a message."""
    return pickle.dumps(message, protocol=5)


def decode(data: bytes) -> Message:
    """Read a message; raise MessageError for whatever is none."""
    try:
        message = _Unpickler(io.BytesIO(data)).load()
    except Exception as error:
        raise MessageError(f"not a message: {error!r}") from error
    if not isinstance(message, Message):
        raise MessageError(f"not a message: {type(message).__name__}")
    return message
