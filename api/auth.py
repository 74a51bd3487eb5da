"""Who asks, and whether they may: API keys, in `Authorization: Bearer` or in `X-API-Key`.

What a key is comes from the database and is remembered for two seconds, so a key that was revoked
is refused two seconds later at the latest. What has not the form of a key is refused without asking
the database.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from threading import Lock, Thread
from time import monotonic
from typing import Any

import structlog
from flask import current_app, request

from api.context import db
from api.problems import RefusedError
from desk import keys as desk_keys
from desk.keys import Key
from store import keys
from store.client import Database, Document
from store.errors import UnavailableError

REMEMBERED_SECONDS = 2.0
USE_NOTED_SECONDS = 60.0
"""How often at most the last use of a key is noted, by each process."""

_REALM = {"realm": "byline"}
_KEY = "byline.key"
"""Where in the WSGI environment the key of a request is."""
_MOST_REMEMBERED = 1_000
_BEARER = "bearer"
_log = structlog.get_logger("byline.auth")


def requires(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view be for those only who have a key with a scope.

    To stand directly below `@blp.route`, so that nobody else learns anything of its arguments.
    """
    if scope not in desk_keys.SCOPES:
        raise ValueError(f"{scope!r} is no scope")

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            key = identified()
            if key is None:
                raise _refusal(HTTPStatus.UNAUTHORIZED, "This needs an API key; none was sent.")
            if not key.may(scope):
                raise _refusal(
                    HTTPStatus.FORBIDDEN,
                    f"This needs a key with the scope {scope}.",
                    error="insufficient_scope",
                    scope=scope,
                )
            return view(*args, **kwargs)

        guarded.__dict__["_apidoc"] = getattr(view, "_apidoc", {}) | {"requires": scope}
        return guarded

    return decorate


def caller() -> Key:
    """Give the key of a request that needs one."""
    key = identified()
    if key is None:
        raise LookupError("only a view that requires a key has a caller")
    return key


def identified() -> Key | None:
    """Give the key that a request was sent with; None if with none.

    Raises RefusedError for a key that is bad, expired or revoked and for two different ones, and
    UnavailableError if the database cannot tell.
    """
    if _KEY not in request.environ:
        token = _token()
        request.environ[_KEY] = None if token is None else _keyring().key_of(token)
    key: Key | None = request.environ[_KEY]
    return key


def verified_key() -> str | None:
    """Give the id of the key that a request was sent with, if that is good.

    Raises UnavailableError if the database cannot tell.
    """
    try:
        key = identified()
    except RefusedError:
        return None  # a view that needs a key says why
    return key.id if key else None


class Keyring:
    """What one process knows of keys."""

    def __init__(self, database: Database) -> None:
        """Know nothing yet."""
        self._db = database
        self._lock = Lock()
        self._known: dict[str, tuple[Document, float]] = {}
        self._noted: dict[str, float] = {}

    def key_of(self, token: str) -> Key:
        """Give the key of a token; raise RefusedError if it is not good, and say no more."""
        prefix = desk_keys.parse(token)
        stored = self._find(prefix) if prefix else None
        now = datetime.now(UTC)
        if stored is None or not desk_keys.is_of(stored, token):
            raise _invalid("The API key is not known here.")
        if (state := desk_keys.state(stored, now)) != "active":
            raise _invalid(f"The API key is {state}.")
        self._note_use(stored["id"], now)
        return Key(stored["id"], stored["name"], frozenset(stored["scopes"]))

    def _find(self, prefix: str) -> Document | None:
        """Give a stored key, as it was moments ago; what is not there is not remembered."""
        begun = monotonic()
        known = self._known.get(prefix)
        if known and begun < known[1]:
            return known[0]
        stored = keys.find(self._db, prefix)
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            if stored is None:
                self._known.pop(prefix, None)
            else:
                # From before the question: what was revoked meanwhile is no older than said.
                self._known[prefix] = stored, begun + REMEMBERED_SECONDS
        return stored

    def _note_use(self, key_id: str, now: datetime) -> None:
        """Note the use now and then, while the request goes on."""
        moment = monotonic()
        with self._lock:
            if moment < self._noted.get(key_id, 0.0):
                return
            if len(self._noted) >= _MOST_REMEMBERED:
                self._noted.clear()
            self._noted[key_id] = moment + USE_NOTED_SECONDS
        Thread(target=self._write_use, args=(key_id, now), daemon=True).start()

    def _write_use(self, key_id: str, now: datetime) -> None:
        try:
            keys.note_use(self._db, key_id, now)
        except UnavailableError as error:
            _log.warning("use of a key not noted", key=key_id, reason=str(error))


def _token() -> str | None:
    """Give the token that was sent, in either way; raise if it was sent in a way that is none."""
    by_name = request.headers.get("X-API-Key")
    authorization = request.headers.get("Authorization")
    scheme, _, credentials = (authorization or "").strip().partition(" ")
    is_bearer = scheme.lower() == _BEARER
    if by_name is None:
        if authorization is None:
            return None
        if not is_bearer:
            raise _invalid("API keys are sent as Authorization: Bearer, or as X-API-Key.")
        return credentials.strip()
    # Another scheme beside X-API-Key is for somebody on the way, such as a proxy with a password.
    if is_bearer and credentials.strip() != by_name.strip():
        raise _invalid("X-API-Key is not the key in Authorization.")
    return by_name.strip()


def _invalid(detail: str) -> RefusedError:
    return _refusal(HTTPStatus.UNAUTHORIZED, detail, error="invalid_token")


def _refusal(status: int, detail: str, **parameters: str) -> RefusedError:
    """Refuse with a challenge (RFC 6750, section 3)."""
    said = ", ".join(f'{name}="{value}"' for name, value in (_REALM | parameters).items())
    return RefusedError(status, detail, {"WWW-Authenticate": f"Bearer {said}"})


def _keyring() -> Keyring:
    """Give the keyring of this app; of two that were made at once, either will do."""
    keyring: Keyring | None = current_app.extensions.get("byline.keyring")
    if keyring is None:
        keyring = current_app.extensions["byline.keyring"] = Keyring(db())
    return keyring
