"""Brings changes to the webhooks: each in order, at least once, from one worker at a time.

A lease says which worker that is; it runs out when the worker dies, and another goes on from where
each webhook has been told. While there are no webhooks, a worker looks for some every few seconds
and does nothing else.
"""

import os
import random
import secrets
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic

import structlog

from api.changes import fields_told, told
from api.posting import POST_SECONDS, Line, PostError
from api.stopping import Stop
from desk import webhooks as desk_webhooks
from store import changelog, leases, webhooks
from store.client import Database, Document
from store.errors import UnavailableError

LOOK_SECONDS = 5.0
"""How often to look for webhooks while there are none, or they are another worker's."""
ROUND_SECONDS = 0.5
"""How often to look for changes."""
LEASE_NAME = "webhooks of this database"
LEASE = timedelta(seconds=20)
"""How long webhooks stay with a worker that has died. Much longer than a delivery takes."""

MOST_AT_ONCE = 4
"""How many webhooks are told at the same time: one that is slow holds up no other."""
_BATCH = 100
_OK = range(200, 300)
_log = structlog.get_logger("byline.webhooks")


class Postman:
    """Tells the webhooks of one database, in threads of its own."""

    def __init__(self, db: Database, stop: Stop) -> None:
        """Get ready; `start` comes next."""
        self._db = db
        self._stop = stop
        self._lease = _Lease(db)
        self._rounds: dict[str, _Round] = {}

    def start(self) -> None:
        """Begin, in the background, until it is time to stop."""
        Thread(target=self._work, name="postman", daemon=True).start()

    def _work(self) -> None:
        pause = ROUND_SECONDS
        while not self._stop.wait(pause):
            try:
                pause = self._go_round()
            except UnavailableError as error:
                _log.debug("webhooks wait for the database", reason=str(error))
                pause = LOOK_SECONDS
        try:
            self._lease.give_back()
        except UnavailableError:
            return  # it runs out by itself

    def _go_round(self) -> float:
        """See who is to be told; give how many seconds to wait before the next time."""
        # Before it is read where each has been told: a round that ends after that is not over yet.
        self._rounds = {id_: each for id_, each in self._rounds.items() if each.is_alive()}
        hooks = webhooks.enabled(self._db)
        if not hooks or not self._lease.hold():
            return LOOK_SECONDS
        last = changelog.last(self._db)
        for each in self._rounds.values():
            each.cut_if_late()
        # Those who are least behind come last, so that nobody waits for ever.
        for hook in sorted(hooks, key=lambda hook: int(hook["cursor"])):
            is_free = hook["id"] not in self._rounds and len(self._rounds) < MOST_AT_ONCE
            if is_free and webhooks.is_due(hook, last, _now()):
                self._rounds[hook["id"]] = _Round(self._db, self._lease, self._stop, hook)
        return ROUND_SECONDS


class _Round:
    """Tells one webhook of the next changes, until one does not arrive."""

    def __init__(self, db: Database, lease: "_Lease", stop: Stop, hook: Document) -> None:
        self._db = db
        self._lease = lease
        self._stop = stop
        self._hook = hook
        self._line = Line(hook["url"])
        self._thread = Thread(target=self._run, name=f"webhook-{hook['id']}", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def cut_if_late(self) -> None:
        self._line.cut_if_late()

    def _run(self) -> None:
        try:
            with self._line:
                self._tell_all()
        except UnavailableError as error:
            _log.debug("a webhook waits for the database", reason=str(error))

    def _tell_all(self) -> None:
        last = changelog.last(self._db)
        fields = fields_told(whole=False)
        found = changelog.since(self._db, self._hook["cursor"], limit=_BATCH, fields=fields)
        for change in map(told, found):
            wanted = change["change"] in self._hook["events"]
            if wanted and not (self._may_send() and self._tell(change)):
                return
        # What it does not want to hear is told by saying nothing.
        end = int(found[-1]["seq"]) if len(found) == _BATCH else last
        if end > self._hook["cursor"]:
            self._note({"cursor": end})

    def _may_send(self) -> bool:
        return not self._stop.is_told() and self._lease.lasts(POST_SECONDS)

    def _tell(self, change: dict[str, str]) -> bool:
        """Tell of one change; give whether to go on."""
        cursor = int(change["cursor"])
        body = desk_webhooks.body_of(change)
        message_id = webhooks.message_id(self._hook["id"], cursor)
        now = _now()
        signing = desk_webhooks.secrets_of(self._hook, now)
        try:
            status = self._line.post(desk_webhooks.headers(message_id, body, signing, now), body)
        except PostError as error:
            return self._fail(None, str(error))
        if status in _OK:
            fresh = desk_webhooks.FRESH
            return self._note({"cursor": cursor, **fresh, "last_status": status, "last_ok_at": now})
        return self._fail(status, f"the answer was {status}")

    def _fail(self, status: int | None, reason: str) -> bool:
        """Note that a change did not arrive; give that this is all for now."""
        now = _now()
        failures = self._hook["failures"] + 1
        since = self._hook["failing_since"] or now
        over = status == desk_webhooks.GONE or desk_webhooks.is_hopeless(since, now)
        # Chance keeps those who failed together from coming back together.
        pause = desk_webhooks.pause(failures, random.random())  # noqa: S311
        noted = {
            "failures": failures,
            "failing_since": since,
            "last_status": status,
            "last_error": reason,
            "next_at": now + pause,
            "disabled_at": now if over else None,
        }
        self._note(noted)
        say = _log.warning if over else _log.info
        what = "webhook disabled" if over else "webhook failed"
        say(what, webhook=self._hook["id"], reason=reason, failures=failures)
        return False

    def _note(self, values: Document) -> bool:
        """Keep what became of a delivery; tell whether the webhook is still ours to tell."""
        known = webhooks.note(self._db, self._hook["id"], self._hook["cursor"], values)
        self._hook |= values
        return known


class _Lease:
    """The right to be the one who delivers."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._until = self._renew_at = float("-inf")

    def hold(self) -> bool:
        """Take the lease, or keep it; tell whether it is ours."""
        if monotonic() < self._renew_at:
            return True
        asked_at, now = monotonic(), _now()
        ours = leases.renew(self._db, LEASE_NAME, self._owner, now, LEASE) or leases.take(
            self._db, LEASE_NAME, self._owner, now, LEASE
        )
        self._until = asked_at + LEASE.total_seconds() if ours else float("-inf")
        self._renew_at = asked_at + LEASE.total_seconds() / 4 if ours else float("-inf")
        return ours

    def lasts(self, seconds: float) -> bool:
        """Tell whether nobody else can have the lease for so long."""
        return monotonic() + seconds < self._until

    def give_back(self) -> None:
        """Let another worker have it at once."""
        if self._until > monotonic():
            self._until = self._renew_at = float("-inf")
            leases.give_back(self._db, LEASE_NAME, self._owner, _now())


def _now() -> datetime:
    return datetime.now(UTC)
