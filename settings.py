"""What the operator decides: environment variables, read once, checked, and passed on.

This module is the only reader of the environment, and only the entry points call it.
`docs/settings.md` explains every variable; a test fails when one is missing there.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvError
from marshmallow import ValidationError
from marshmallow.validate import Length, OneOf, Range, Regexp


class SettingsError(Exception):
    """A variable that cannot be used; the message names it and says why, in one line."""


@dataclass(frozen=True, slots=True)
class Download:
    """A place to get the site's app: the shop's name and its address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in each stretch of so many seconds."""

    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between one Byline and another."""

    mongodb_uri: str | None
    """Where MongoDB is; None means the private one."""
    mongodb_db: str
    mongod: Path | None
    data: Path
    host: str
    port: int
    server: str
    workers: int
    threads: int
    streams: int
    """How many of a worker's threads may be taken by streams."""
    cache_bytes: int
    """How much memory each worker may use for answers it keeps; 0 for none."""
    max_age: int
    """How long, in seconds, a client may reuse an answer without asking again."""
    write_limits: tuple[Limit, ...]
    """How much one client may write; all that are given hold, and none means no limit."""
    comment_limits: tuple[Limit, ...]
    """How much may be commented from one address without a key."""
    read_limits: tuple[Limit, ...]
    """How much may be read from one address, in each process."""
    trusted_proxies: int
    """How many proxies stand in front, each of which adds to the X-Forwarded headers."""
    log_level: str
    access_log: bool
    """Whether every request is logged."""
    otel_endpoint: str | None
    """Where traces are sent: the address of an OTLP collector; None for nowhere."""
    fetch_private: bool
    """Whether the seed script may fetch from private and loopback addresses."""
    contact: str | None
    """Where those who run the fetched servers can reach the operator."""
    poll_seconds: int
    """The least time between two polls of a feed."""
    fetch_pages: bool
    """Whether to fetch the pages of articles whose feeds show but an excerpt."""
    comments: str
    """Whether readers may comment: `open`, `moderated` (shown once approved) or `closed`."""
    site_name: str
    site_tagline: str
    site_downloads: tuple[Download, ...]

    @classmethod
    def from_env(cls) -> "Settings":
        """Read the environment; raise SettingsError for a value that cannot be used."""
        env = Env()
        try:
            threads = env.int("BYLINE_THREADS", 8, validate=Range(1, 256))
            return cls(
                mongodb_uri=env.str("MONGODB_URI", "") or None,
                mongodb_db=env.str("MONGODB_DB", "byline", validate=_DATABASE_NAME),
                mongod=_optional_path(env.str("BYLINE_MONGOD", "")),
                data=Path(env.str("BYLINE_DATA", "") or "var"),
                host=env.str("BYLINE_HOST", "127.0.0.1", validate=Length(1)),
                port=env.int("BYLINE_PORT", 8000, validate=Range(1, 65535)),
                server=env.str("BYLINE_SERVER", "gunicorn", validate=OneOf(_SERVERS)),
                workers=env.int("BYLINE_WORKERS", os.cpu_count() or 1, validate=Range(1, 256)),
                threads=threads,
                streams=env.int("BYLINE_STREAMS", threads // 2, validate=_up_to_half(threads)),
                cache_bytes=env.int("BYLINE_CACHE_MB", 32, validate=Range(0, 65_536)) << 20,
                max_age=env.int("BYLINE_MAX_AGE", 0, validate=Range(0, 31_536_000)),
                write_limits=_limits(env.str("BYLINE_WRITE_LIMIT", "600/minute", validate=_limits)),
                comment_limits=_limits(
                    env.str("BYLINE_COMMENT_LIMIT", "10/minute; 100/day", validate=_limits)
                ),
                read_limits=_limits(env.str("BYLINE_READ_LIMIT", "", validate=_limits)),
                trusted_proxies=env.int("BYLINE_TRUSTED_PROXIES", 0, validate=Range(0, 100)),
                log_level=env.str("BYLINE_LOG_LEVEL", "info", validate=OneOf(_LOG_LEVELS)),
                access_log=env.bool("BYLINE_ACCESS_LOG", False),
                otel_endpoint=_collector(env.str("BYLINE_OTEL_ENDPOINT", "")),
                fetch_private=env.bool("BYLINE_FETCH_PRIVATE", False),
                contact=env.str("BYLINE_CONTACT", "", validate=_CONTACT) or None,
                poll_seconds=env.int("BYLINE_POLL_SECONDS", 300, validate=Range(1, 86_400)),
                fetch_pages=env.bool("BYLINE_FETCH_PAGES", False),
                comments=env.str("BYLINE_COMMENTS", "moderated", validate=OneOf(_COMMENTS)),
                site_name=env.str("BYLINE_SITE_NAME", "Byline", validate=Length(1, 200)),
                site_tagline=env.str("BYLINE_SITE_TAGLINE", "News, with its sources."),
                site_downloads=_downloads(env.str("BYLINE_SITE_DOWNLOADS", "")),
            )
        except EnvError as error:
            raise SettingsError(" ".join(str(error).split())) from error


_DATABASE_NAME = Regexp(
    r"[A-Za-z0-9_-]{1,38}\Z", error="Must be 1 to 38 letters, digits, hyphens and underscores."
)
_CONTACT = Regexp(
    r"[!-'*-~]{0,200}\Z", error="Must be an address or e-mail in ASCII, without blanks."
)
_SERVERS = ("gunicorn", "granian")
_COMMENTS = ("open", "moderated", "closed")
_LOG_LEVELS = ("debug", "info", "warning", "error")

_LIMIT = re.compile(r"([1-9][0-9]{0,8})\s*/\s*(second|minute|hour|day)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


def _up_to_half(threads: int) -> Range:
    """Leave as many threads to all other requests."""
    most = threads // 2
    return Range(0, most, error=f"Must be 0 to {most}, half of BYLINE_THREADS.")


def _optional_path(text: str) -> Path | None:
    return Path(text) if text else None


def _limits(text: str) -> tuple[Limit, ...]:
    """Read limits such as `10/minute; 100/day`, the shortest first; raise ValidationError."""
    limits = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        match = _LIMIT.fullmatch(part)
        if not match:
            raise ValidationError(f"{part!r} is not of the form 10/minute; 100/day")
        seconds = _SECONDS[match[2]]
        if seconds in limits:
            raise ValidationError(f"{part!r} is a second limit for one {match[2]}")
        limits[seconds] = Limit(int(match[1]), seconds)
    return tuple(limits[seconds] for seconds in sorted(limits))


def _collector(url: str) -> str | None:
    if url and not _is_web_address(url):
        raise SettingsError(f"BYLINE_OTEL_ENDPOINT: {url!r} is not a web address")
    return url.rstrip("/") or None


def _downloads(text: str) -> tuple[Download, ...]:
    """Read `Name=https://address` pairs, separated by commas."""
    downloads = []
    for pair in filter(None, map(str.strip, text.split(","))):
        name, _, url = (part.strip() for part in pair.partition("="))
        if not name or not _is_web_address(url):
            raise SettingsError(
                f"BYLINE_SITE_DOWNLOADS: {pair!r} is not of the form Name=https://address"
            )
        downloads.append(Download(name, url))
    return tuple(downloads)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
