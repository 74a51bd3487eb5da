"""The private MongoDB: a `mongod` of this machine, running for as long as somebody uses it.

Two file locks in the data folder carry everything. The kernel frees them when their process
ends in whatever way, so there is nothing that could be out of date:

- `mongod.users`: each process that uses the database holds a share of it.
- `mongod.keeper`: held by the keeper (`store.keeper`), the one process that runs `mongod`, and
  starts it again when it dies. The keeper leaves when it gets the users' lock for itself.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

START_LIMIT = 60.0
"""How long, in seconds, a start may take."""
STOP_LIMIT = 20.0
"""How long, in seconds, the last user waits for the end of `mongod`."""

USERS_LOCK = "mongod.users"
KEEPER_LOCK = "mongod.keeper"
STATE = "mongod.json"
LOG = "mongod.log"

_POLL = 0.03
_OTHERS_SEEN = 6
_PROC = Path("/proc")


class MongodError(Exception):
    """One line for a person: what is wrong with the private MongoDB and what to do about it."""


def find_mongod(configured: Path | None) -> Path:
    """Give the `mongod` to use: the configured one, or one on the PATH, or one in a wheel.

    The last may lack its run bit. Raises MongodError when there is none.
    """
    if configured is not None:
        if configured.is_file() and os.access(configured, os.X_OK):
            return configured.absolute()
        msg = f"BYLINE_MONGOD names {configured}, which is not a program that can be run"
        raise MongodError(msg)
    if on_path := shutil.which("mongod"):
        return Path(on_path).absolute()
    # The spec of the top package is found without running any of the wheel's code.
    spec = importlib.util.find_spec("fiftyone")
    for folder in (spec and spec.submodule_search_locations) or ():
        inside = Path(folder, "db", "bin", "mongod")
        if inside.is_file():
            return inside
    msg = "there is no mongod: run `make run`, install MongoDB, or set BYLINE_MONGOD or MONGODB_URI"
    raise MongodError(msg)


@contextlib.contextmanager
def private_mongod(data: Path, configured: Path | None = None) -> Iterator[str]:
    """Run the private MongoDB of the folder `data` and give its URI; share one that runs already.

    It goes on while any process is inside, and children that such a process forked count as well;
    the last to leave waits until it is gone. Raises MongodError when it cannot be started.
    """
    data = data.resolve()
    _prepare(data)
    mongod = _runnable(find_mongod(configured), data)
    deadline = time.monotonic() + START_LIMIT
    users = _share(data, deadline)
    owner = os.getpid()
    try:
        yield _started(data, mongod, deadline)
    finally:
        if os.getpid() == owner:
            # Closed, not unlocked: children that were forked inside share the lock and keep it.
            os.close(users)
            _leave(data, mongod)


def _prepare(data: Path) -> None:
    with _writing(data):
        (data / "db").mkdir(parents=True, exist_ok=True)
        for name in (USERS_LOCK, KEEPER_LOCK):
            os.close(open_lock(data / name))


@contextlib.contextmanager
def _writing(data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{data} cannot be written ({error.strerror}): set BYLINE_DATA to a folder that can"
        raise MongodError(msg) from error


def _runnable(mongod: Path, data: Path) -> Path:
    """Give the program with its run bit set, in a copy when it is not ours to change."""
    if os.access(mongod, os.X_OK):
        return mongod
    with contextlib.suppress(OSError):
        mongod.chmod(0o755)
        return mongod
    copy = data / "bin" / "mongod"
    if copy.is_file() and copy.stat().st_size == mongod.stat().st_size:
        return copy
    part = copy.with_name(f"mongod.{os.getpid()}")
    try:
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(mongod, part)
        part.chmod(0o755)
        part.replace(copy)
    except OSError as error:
        msg = f"{mongod} cannot be run, nor copied to {copy} ({error.strerror}): set BYLINE_MONGOD"
        raise MongodError(msg) from error
    return copy


def open_lock(path: Path) -> int:
    """Open a lock file; the descriptor does not pass to programs that are started."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)


def lock(descriptor: int, kind: int) -> bool:
    """Take a lock (LOCK_SH or LOCK_EX) when it is free; say whether it was."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_state(data: Path) -> dict[str, Any]:
    """Give what is known of `mongod`: `port`, and while it runs `pid`, `keeper` and `uri`."""
    try:
        state = json.loads((data / STATE).read_bytes())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(data: Path, **state: str | int) -> None:
    """Replace what is known of `mongod`; only for the process that holds the keeper's lock."""
    part = data / f"{STATE}.part"
    part.write_text(json.dumps(state))
    part.replace(data / STATE)


def serves(pid: int, data: Path) -> bool:
    """Say whether a process is a running `mongod` of this data folder, and no stranger."""
    wanted = ["--dbpath", str(data / "db")]
    if (_PROC / "self" / "cmdline").exists():
        try:
            words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
        return any(words[at : at + 2] == wanted for at in range(len(words)))
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- fixed words
    return f"{' '.join(wanted)} " in shown.stdout


def listens(port: int) -> bool:
    """Say whether something on this machine takes connections at the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def last_log_line(data: Path, since: int = 0) -> str:
    """Give the line of `mongod.log` that says most about a failure after the given byte."""
    try:
        with (data / LOG).open("rb") as log:
            log.seek(max(since, log.seek(0, os.SEEK_END) - 200_000))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    errors = [line for line in lines if '"s":"E"' in line or '"s":"F"' in line]
    plain = [line for line in lines if line.strip() and not line.startswith("{")]
    # The first error is the cause; what follows are its consequences.
    telling = [*errors[:1], *plain[:1], *lines[-1:]]
    return _said(telling[0]) if telling else ""


def _said(line: str) -> str:
    """Give the words in a line of the log: a JSON object, or text from before the log began."""
    try:
        entry = json.loads(line)
        line = f"{entry['msg']} {entry.get('attr', {}).get('error', '')}"
    except (ValueError, KeyError, AttributeError):
        pass
    return " ".join(line.split())[:300]


def _share(data: Path, deadline: float) -> int:
    """Take a share of the users' lock; while `mongod` is being stopped, the keeper has it."""
    users = open_lock(data / USERS_LOCK)
    while not lock(users, fcntl.LOCK_SH):
        if time.monotonic() > deadline:
            os.close(users)
            msg = f"the last MongoDB of {data} does not end: see {data / LOG}"
            raise MongodError(msg)
        time.sleep(_POLL)
    return users


def _started(data: Path, mongod: Path, deadline: float) -> str:
    """Give the URI once MongoDB answers there; start a keeper when there is none."""
    log = data / LOG
    log_start = log.stat().st_size if log.exists() else 0
    while time.monotonic() < deadline:
        if (free := _keeper_lock(data)) is not None:
            try:
                _start_keeper(data, mongod, free, deadline)
            finally:
                os.close(free)
        state = read_state(data)
        # One that is being killed has its port for a moment still, but no arguments any more.
        if "uri" in state and listens(state["port"]) and serves(state["pid"], data):
            return str(state["uri"])
        time.sleep(_POLL)
    msg = f"MongoDB did not answer within {START_LIMIT:.0f} s: {last_log_line(data, log_start)}"
    raise MongodError(f"{msg} (see {log})")


def _keeper_lock(data: Path) -> int | None:
    """Take the keeper's lock, which says that there is no keeper; else give None."""
    descriptor = open_lock(data / KEEPER_LOCK)
    if lock(descriptor, fcntl.LOCK_EX):
        return descriptor
    os.close(descriptor)
    return None


def _start_keeper(data: Path, mongod: Path, keeper_lock: int, deadline: float) -> None:
    """Start a keeper and wait until it says that MongoDB answers, or why it does not.

    The lock passes to it as its standard input: of many that start at once, only the one that
    got the lock gets here, and there is no moment at which nobody has it.
    """
    with _writing(data):
        _forget(data)
        log = (data / "keeper.log").open("wb")
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    with (
        log,
        subprocess.Popen(  # noqa: S603 -- both programs are the operator's own choice
            [sys.executable, "-m", "store.keeper", data, mongod],
            stdin=keeper_lock,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=root,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,  # a Ctrl-C at the terminal is not for the keeper
        ) as process,
    ):
        try:
            said, _ = process.communicate(timeout=max(deadline - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            return
    if said != b"ready":
        why = said.decode(errors="replace") or f"its keeper ended at once: see {data}/keeper.log"
        msg = f"MongoDB cannot be started: {why}"
        raise MongodError(msg)


def _forget(data: Path) -> None:
    """Strike out the URI; the port stays, and the process too, which may still run."""
    state = read_state(data)
    write_state(data, **{name: state[name] for name in ("port", "pid") if name in state})


def _leave(data: Path, mongod: Path) -> None:
    """Wait for the end of the keeper, unless others use the database."""
    deadline = time.monotonic() + STOP_LIMIT
    seen = 0
    while time.monotonic() < deadline:
        # Our own forked children that are just ending do not count as others.
        seen = seen + 1 if _in_use(data) else 0
        if seen == _OTHERS_SEEN:
            return
        if not seen and (free := _keeper_lock(data)) is not None:
            try:
                if "pid" not in read_state(data):
                    return
                # The keeper was killed and its mongod lives on: a new keeper, having no user,
                # does nothing but end it.
                with contextlib.suppress(MongodError):
                    _start_keeper(data, mongod, free, deadline)
            finally:
                os.close(free)
        time.sleep(_POLL)


def _in_use(data: Path) -> bool:
    """Say whether somebody has a share of the users' lock, rather than the keeper all of it."""
    users = open_lock(data / USERS_LOCK)
    try:
        return lock(users, fcntl.LOCK_SH) and not lock(users, fcntl.LOCK_EX)
    finally:
        os.close(users)
