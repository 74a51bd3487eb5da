"""The private MongoDB, with a real `mongod`, under everything that can happen to its processes."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

from store import embedded, keeper
from store.embedded import MongodError, find_mongod, private_mongod, read_state, write_state
from tests.waiting import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]

USER = """
import os, sys
from pathlib import Path
from store.embedded import private_mongod
with private_mongod(Path(sys.argv[1])) as uri:
    print(uri, flush=True)
    sys.stdin.read()
"""

# The parent leaves at once; the child, forked inside, stays until it is told to go.
FORKING_USER = """
import os, sys
from pathlib import Path
from store.embedded import private_mongod
with private_mongod(Path(sys.argv[1])) as uri:
    print(uri, flush=True)
    child = os.fork() == 0
    if child:
        sys.stdin.read()
if not child:
    os.write(1, b"left")
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Give the path of a data folder; whatever was started for it is killed in the end."""
    folder = tmp_path / "var"
    yield folder
    for pid in processes(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def ready(data: Path) -> Path:
    """Give the data folder as it is before the first start."""
    (data / "db").mkdir(parents=True)
    return data


@pytest.fixture
def tools(tmp_path: Path) -> Callable[[str], Path]:
    """Give a maker of programs that stand in for `mongod`."""

    def make(script: str) -> Path:
        program = tmp_path / "false-mongod"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    return make


def processes(data: Path) -> list[int]:
    """Give the processes that have the data folder among their arguments."""
    listed = subprocess.run(
        ["ps", "-Aww", "-o", "pid=,command="],
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if str(data) in line]


def nothing_runs(data: Path) -> bool:
    """Wait for the end of every process of the data folder."""
    return eventually(lambda: not processes(data))


def kill(*pids: int) -> None:
    """End processes as a crash does."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def numbers(uri: str) -> Iterator[Collection[dict[str, Any]]]:
    """Give a collection whose acknowledged writes are on the disk."""
    with MongoClient[dict[str, Any]](uri, w="majority", journal=True, timeoutMS=20_000) as client:
        yield client.test.numbers


def stored(uri: str) -> list[int]:
    """Give the numbers in the database."""
    with numbers(uri) as collection:
        return sorted(document["_id"] for document in collection.find())


def store(uri: str, *values: int) -> None:
    """Write numbers to the database."""
    with numbers(uri) as collection:
        collection.insert_many([{"_id": value} for value in values])


def process(data: Path, script: str, *, start_new_session: bool = False) -> subprocess.Popen[str]:
    """Start another process that uses the database until its standard input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(data)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if start_new_session else None,
        text=True,
        start_new_session=start_new_session,
    )


@contextlib.contextmanager
def kept(running: keeper.Keeper, said: list[str]) -> Iterator[None]:
    """Use the database of a keeper that runs in a thread of this process."""
    mine = embedded.open_lock(running.data / embedded.USERS_LOCK)
    assert embedded.lock(mine, fcntl.LOCK_SH)
    thread = threading.Thread(target=running.run, args=[said.append])
    thread.start()
    try:
        yield
    finally:
        os.close(mine)
        thread.join()


@contextlib.contextmanager
def user(data: Path, script: str = USER) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run another process that uses the database, and give the address that it got."""
    with process(data, script) as running:
        assert running.stdout is not None
        yield running, running.stdout.readline().strip()


def test_it_is_the_primary_of_a_replica_set_and_keeps_its_data(data: Path) -> None:
    with private_mongod(data) as uri:
        with numbers(uri) as collection, collection.watch() as changes:
            with collection.database.client.start_session() as session, session.start_transaction():
                collection.insert_one({"_id": 1}, session=session)
            assert changes.next()["documentKey"] == {"_id": 1}
        with private_mongod(data) as again:
            assert again == uri
    assert not processes(data)
    with private_mongod(data) as later:
        assert later == uri
        assert stored(later) == [1]


def test_it_stays_until_the_last_of_its_users_leaves(data: Path) -> None:
    with user(data) as (first, uri), user(data) as (second, same):
        assert same == uri
        first.communicate()
        store(uri, 1)
        assert stored(uri) == [1]
        second.communicate()
        assert not processes(data)


def test_two_that_start_at_the_same_moment_share_one_mongod(data: Path) -> None:
    with contextlib.ExitStack() as stack:
        users = [stack.enter_context(process(data, USER)) for _ in range(4)]
        addresses = {u.stdout.readline() for u in users if u.stdout is not None}
        assert len(addresses) == 1
        state = read_state(data)
        everybody = {u.pid for u in users} | {state["pid"], state["keeper"]}
        assert set(processes(data)) == everybody
        for each in users:
            each.communicate()
    assert not processes(data)


def test_a_killed_user_leaves_nothing_behind(data: Path) -> None:
    with user(data) as (running, _):
        running.kill()
        assert nothing_runs(data)
    assert "pid" not in read_state(data)


def test_a_killed_mongod_comes_back_with_every_acknowledged_write(data: Path) -> None:
    with private_mongod(data) as uri:
        store(uri, *range(50))
        killed = read_state(data)["pid"]
        kill(killed)
        assert stored(uri) == [*range(50)]
        assert eventually(lambda: read_state(data).get("uri") == uri)
        assert read_state(data)["pid"] != killed
        kill(read_state(data)["pid"])
        with private_mongod(data) as newcomer:
            assert newcomer == uri
    assert not processes(data)


def test_without_its_keeper_users_go_on_a_newcomer_starts_another_and_the_last_ends_it(
    data: Path,
) -> None:
    with private_mongod(data) as uri:
        store(uri, 1)
        orphan = read_state(data)
        kill(orphan["keeper"])
        assert eventually(lambda: orphan["keeper"] not in processes(data))
        store(uri, 2)
        with private_mongod(data) as newcomer:
            assert newcomer == uri
            assert read_state(data)["pid"] != orphan["pid"]
            assert stored(uri) == [1, 2]
        kill(read_state(data)["keeper"])
    assert not processes(data)


def test_after_a_crash_of_everything_it_starts_and_leaves_strangers_alone(data: Path) -> None:
    with user(data) as (running, uri), subprocess.Popen(["sleep", "60"]) as stranger:
        store(uri, 1)
        state = read_state(data)
        kill(running.pid, state["keeper"], state["pid"])
        assert nothing_runs(data)
        # What the number of a process says may be true of another one by now.
        write_state(data, **state | {"pid": stranger.pid, "keeper": stranger.pid})
        (data / "db" / "mongod.lock").write_text(f"{stranger.pid}\n")
        with private_mongod(data) as again:
            assert again == uri
            assert stored(again) == [1]
        assert stranger.poll() is None
        stranger.kill()


def test_what_takes_connections_and_is_another_program_is_no_mongod(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "START_LIMIT", 1.0)
    monkeypatch.setattr(embedded, "STOP_LIMIT", 0.0)
    keeper_lock = embedded.open_lock(ready / embedded.KEEPER_LOCK)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        write_state(ready, port=port, pid=os.getpid(), uri=f"mongodb://127.0.0.1:{port}/")
        # As while those who were killed have their port and their lock still.
        assert embedded.lock(keeper_lock, fcntl.LOCK_EX)
        with pytest.raises(MongodError, match="did not answer"), private_mongod(ready):
            pass
    os.close(keeper_lock)


def test_it_moves_when_its_port_is_taken(data: Path) -> None:
    with private_mongod(data) as uri:
        store(uri, 1)
        port = read_state(data)["port"]
    # Taken without answering: a connection to it is refused.
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        with private_mongod(data) as moved:
            assert stored(moved) == [1]
            store(moved, 2)
            assert stored(moved) == [1, 2]
        assert moved != uri


def test_a_forked_child_that_outlives_its_parent_keeps_it(data: Path) -> None:
    with user(data, FORKING_USER) as (running, uri):
        assert running.stdout is not None
        assert running.stdout.read(4) == "left"
        running.wait(30)
        store(uri, 1)
        assert stored(uri) == [1]
        running.communicate()
        assert nothing_runs(data)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "var"):
        with pytest.raises(MongodError, match=r"file.* cannot be written.*BYLINE_DATA") as caught:
            enter(folder)
        assert "\n" not in str(caught.value)


def enter(data: Path, configured: Path | None = None) -> None:
    """Use the database for no time at all."""
    with private_mongod(data, configured):
        pass


def test_a_configured_mongod_must_be_a_program(tmp_path: Path) -> None:
    plain = tmp_path / "mongod"
    plain.touch()
    for path in (plain, tmp_path, tmp_path / "none"):
        with pytest.raises(MongodError, match=f"BYLINE_MONGOD names {path}, which is not"):
            find_mongod(path)


def test_the_path_comes_before_the_wheel(
    tools: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tools("exit 1")
    program = program.rename(program.with_name("mongod"))
    monkeypatch.setenv("PATH", "")
    assert find_mongod(None).parts[-4:] == ("fiftyone", "db", "bin", "mongod")
    monkeypatch.setenv("PATH", str(program.parent))
    assert find_mongod(None) == program
    assert find_mongod(Path(sys.executable)) == Path(sys.executable)


def test_a_missing_mongod_is_said_with_what_to_do(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MongodError, match=r"`make run`.*BYLINE_MONGOD or MONGODB_URI"):
        enter(data)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo wrong weather >&2; exit 127", "started: wrong weather: set BYLINE_MONGOD"),
        (
            "echo error while loading shared libraries: libcurl.so.4: cannot open; exit 127",
            "libcurl.so.4: cannot open: install it: apt-get install libcurl4",
        ),
        ("echo \"version 'GLIBC_2.38' not found\"; exit 1", "needs a newer Linux"),
        ("kill -ILL $$", "needs another processor"),
        ("exit 3", "mongod ended with code 3"),
        (
            """echo '{"s":"I","msg":"x"}\n{"s":"E","msg":"Bad","attr":{"error":"No space left"}}'
               exit 100""",
            "Bad No space left: make room",
        ),
    ],
)
def test_a_mongod_that_fails_is_reported_at_once_in_one_line(
    data: Path, tools: Callable[[str], Path], script: str, message: str
) -> None:
    began = time.monotonic()
    with pytest.raises(MongodError) as caught:
        enter(data, tools(script))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - began < PATIENCE
    assert not processes(data)


def test_a_failure_is_forgotten_at_the_next_start(data: Path, tools: Callable[[str], Path]) -> None:
    with pytest.raises(MongodError, match="first"):
        enter(data, tools("echo first; exit 1"))
    with pytest.raises(MongodError, match="second"):
        enter(data, tools("echo second; exit 1"))


def test_a_program_for_another_machine_is_reported(
    data: Path, tools: Callable[[str], Path]
) -> None:
    program = tools("")
    program.write_bytes(b"\x7fELF nonsense")
    with pytest.raises(MongodError, match=r"cannot be run \(Exec format error\)"):
        enter(data, program)


def test_a_mongod_that_never_answers_is_given_up_and_ended(
    data: Path, tools: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "START_LIMIT", 1.5)
    with pytest.raises(MongodError, match=r"did not answer within 2 s: still thinking \(see .*log"):
        enter(data, tools("echo still thinking; exec sleep 600"))
    assert nothing_runs(data)


def test_a_broken_keeper_is_reported(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(MongodError, match=r"its keeper ended at once: see .*keeper\.log"):
        enter(data)


def test_a_missing_run_bit_is_set_or_a_copy_is_made(
    tools: Callable[[str], Path],
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = tools("echo ran; exit 1")
    monkeypatch.setattr(embedded, "find_mongod", lambda _: program)
    program.chmod(0o644)
    with pytest.raises(MongodError, match="ran"):
        enter(data)
    program.chmod(0o644)
    chmod = Path.chmod

    def forbidden(path: Path, mode: int) -> None:
        if path == program:
            raise PermissionError
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", forbidden)
    for _ in range(2):
        with pytest.raises(MongodError, match="ran"):
            enter(data)
    assert not os.access(program, os.X_OK)
    assert os.access(data / "bin" / "mongod", os.X_OK)


def test_a_keeper_sets_a_long_log_aside_while_mongod_runs(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "LOG_LIMIT", 2_000)
    said: list[str] = []
    with kept(keeper.Keeper(ready, find_mongod(None)), said):
        assert eventually(lambda: said == ["ready"])
        assert eventually((ready / "mongod.log.1").exists)
        assert eventually((ready / "mongod.log").exists)
        kill(read_state(ready)["pid"])
        assert eventually(lambda: "uri" not in read_state(ready))
        assert eventually(lambda: "uri" in read_state(ready))
    assert said == ["ready"]
    assert not processes(ready)


def test_a_keeper_ends_a_mongod_by_force_when_it_does_not_listen(
    ready: Path, tools: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_TERM_LIMIT", 0.2)
    program = tools("trap '' TERM; echo deaf; while :; do sleep 0.1; done")
    with kept(keeper.Keeper(ready, program), []):
        assert eventually(lambda: embedded.last_log_line(ready) == "deaf")
    assert nothing_runs(ready)


def test_a_mongod_behind_a_script_ends_too(data: Path, tools: Callable[[str], Path]) -> None:
    enter(data, tools(f'{find_mongod(None)} "$@"; exit'))
    assert not processes(data)


def test_a_keeper_takes_another_port_when_somebody_is_quicker(
    ready: Path, tools: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_state(ready, port=21_000)
    answers = iter([True, False])
    monkeypatch.setattr(keeper, "_free", lambda _: next(answers, True))
    said: list[str] = []
    with kept(keeper.Keeper(ready, tools('echo "$@" >> "$0.ports"; exit 48')), said):
        assert eventually(lambda: len(said) == 1)
    first, second = tools("").with_name("false-mongod.ports").read_text().splitlines()
    assert "--port 21000 " in first
    assert "--port 21000 " not in second


def test_a_keeper_that_cannot_write_says_so(ready: Path, tools: Callable[[str], Path]) -> None:
    (ready / "mongod.json.part").mkdir()
    said: list[str] = []
    with kept(keeper.Keeper(ready, tools("exit 1")), said):
        assert eventually(lambda: len(said) == 1)
    assert "Is a directory" in said[0]
    with pytest.raises(MongodError, match=r"cannot be written \(Is a directory\)"):
        enter(ready)


def test_a_keeper_that_is_told_to_end_takes_mongod_with_it(data: Path) -> None:
    with private_mongod(data):
        os.kill(read_state(data)["keeper"], signal.SIGTERM)
        assert nothing_runs(data)


def test_an_interrupt_at_the_terminal_leaves_nothing_behind(data: Path) -> None:
    with process(data, USER, start_new_session=True) as running:
        assert running.stdout is not None
        running.stdout.readline()
        os.killpg(running.pid, signal.SIGINT)
        running.wait(30)
        assert not processes(data)


def test_a_newcomer_does_not_wait_for_ever_for_the_last_mongod_to_end(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "START_LIMIT", 0.1)
    held = embedded.open_lock(ready / embedded.USERS_LOCK)
    assert embedded.lock(held, fcntl.LOCK_EX)
    with pytest.raises(MongodError, match="does not end"):
        enter(ready)
    os.close(held)


def test_something_else_at_the_port_is_no_primary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_ANSWER_LIMIT_MS", 200)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.accept()[0].close()

        answering = threading.Thread(target=hang_up, daemon=True)
        answering.start()
        assert not keeper._leads(port)
        server.shutdown(socket.SHUT_RDWR)
        answering.join()


def test_the_mongod_of_another_user_is_not_ours_to_end(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_pid: int, _sign: int) -> None:
        raise PermissionError

    monkeypatch.setattr(keeper, "serves", lambda *_: True)
    write_state(ready, pid=4242)
    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", forbidden)
        with pytest.raises(MongodError, match=r"another user \(process 4242\)"):
            keeper.end_left_over(ready)


@pytest.mark.parametrize("proc", ["/proc", "/none"])
def test_a_mongod_is_known_by_its_database_with_and_without_proc(
    ready: Path, monkeypatch: pytest.MonkeyPatch, proc: str
) -> None:
    monkeypatch.setattr(embedded, "_PROC", Path(proc))
    words = ["sh", "-c", "echo; read end", "mongod", "--dbpath", str(ready / "db"), "--quiet"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe) as running:
        assert running.stdout is not None
        running.stdout.readline()
        assert embedded.serves(running.pid, ready)
        assert not embedded.serves(running.pid, ready.parent)
        assert not embedded.serves(os.getpid(), ready)
        running.communicate()
    assert not embedded.serves(running.pid, ready)


def test_a_left_over_mongod_is_ended_by_force_when_it_does_not_listen(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_TERM_LIMIT", 0.2)
    script = "trap '' TERM; echo; while :; do sleep 0.1; done"
    words = ["sh", "-c", script, "mongod", "--dbpath", str(data / "db")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        data.mkdir()
        write_state(data, pid=deaf.pid)
        keeper.end_left_over(data)
        assert deaf.wait() == -signal.SIGKILL


@pytest.mark.parametrize("text", ["", "[]", "{", '{"port": "x"}', '{"port": 80}'])
def test_a_damaged_state_stops_no_start(data: Path, text: str) -> None:
    data.mkdir()
    (data / "mongod.json").write_text(text)
    keeper.end_left_over(data)
    assert 20_000 <= keeper._port(read_state(data).get("port")) < 30_000


@pytest.mark.parametrize(
    ("limit", "size"),
    [("1073741824\n", "0.25"), ("4294967296\n", "1.00"), ("max\n", None), (None, None)],
)
def test_mongod_caches_a_quarter_of_the_memory_that_a_container_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str | None, size: str | None
) -> None:
    file = tmp_path / "memory.max"
    if limit:
        file.write_text(limit)
    monkeypatch.setattr(keeper, "CONTAINER_LIMIT", file)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**23}.get)
    assert keeper._cache() == ("--wiredTigerCacheSizeGB", size or "8.00")
