"""The worker of gunicorn, with an app that does as it is told and bounds that are soon reached."""

import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from api.worker import IS_POSSIBLE
from tests.server import PROJECT, free_port

pytestmark = pytest.mark.skipif(not IS_POSSIBLE, reason="this system is not Linux")

APP = """
import time

def app(environ, start_response):
    what, _, value = environ["PATH_INFO"].strip("/").partition("/")
    if what == "fail":
        raise ValueError
    time.sleep(float(value or 0))
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
KEPT_SECONDS = 1
MOST_KEPT = 3
THREADS = 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run gunicorn with one worker; give it and its port."""
    (tmp_path / "told.py").write_text(APP)
    port = free_port()
    options = {
        "worker-class": "api.worker.Worker",
        "bind": f"127.0.0.1:{port}",
        "threads": THREADS,
        "keep-alive": KEPT_SECONDS,
        "worker-connections": MOST_KEPT + THREADS,
        "graceful-timeout": 5,
        "pythonpath": f"{PROJECT},{tmp_path}",
        "log-level": "critical",
    }
    command = [f"--{name}={value}" for name, value in options.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *command, "--no-control-socket", "told:app"],
        cwd=tmp_path,
    )
    for _ in range(500):
        with suppress(OSError), closing(connected(port)) as client:
            client.request("GET", "/")
            break
        time.sleep(0.02)
    yield process, port
    process.kill()
    process.wait()


def connected(port: int) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", port, timeout=10)


def ask(client: HTTPConnection, path: str = "/") -> tuple[int, bool]:
    """Ask over a connection, and give the status and whether it will be closed."""
    client.request("GET", path)
    answer = client.getresponse()
    answer.read()
    return answer.status, answer.will_close


def is_closed(client: HTTPConnection) -> bool:
    """Tell whether the other end closes a connection and says nothing more; wait for that."""
    return bool(client.sock.recv(1) == b"")


def test_a_connection_is_closed_when_it_is_idle_for_too_long(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    with closing(connected(server[1])) as client:
        assert ask(client) == (200, False)
        assert is_closed(client)
    with closing(connected(server[1])) as client:
        assert ask(client) == (200, False), "over a new one"


def test_no_more_connections_are_kept_than_there_may_be(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    with ExitStack() as stack:
        for _ in range(MOST_KEPT):
            assert ask(stack.enter_context(closing(connected(server[1])))) == (200, False)
        time.sleep(0.5)  # until they are idle also for the worker
        assert ask(stack.enter_context(closing(connected(server[1])))) == (200, True)


def test_a_request_that_fails_takes_nothing_with_it(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    for _ in range(2 * THREADS):
        with closing(connected(server[1])) as client:
            assert ask(client, "/fail") == (500, True)
    with closing(connected(server[1])) as client:
        assert ask(client) == (200, False)


def test_requests_that_take_long_hold_up_nobody_while_there_is_a_thread_left(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    with ExitStack() as stack:
        busy = [stack.enter_context(closing(connected(server[1]))) for _ in range(THREADS - 1)]
        for each in busy:
            each.request("GET", "/wait/2")
        time.sleep(0.2)  # until threads have them
        other = stack.enter_context(closing(connected(server[1])))
        assert ask(other) == (200, False)
        assert select.select([each.sock for each in busy], [], [], 0)[0] == []
        assert [each.getresponse().status for each in busy] == [200] * len(busy)


def test_a_worker_that_is_told_to_stop_answers_what_has_begun_and_no_more(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = server
    with closing(connected(port)) as busy, closing(connected(port)) as idle:
        assert ask(idle) == (200, False)
        busy.request("GET", "/wait/1")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        answer = busy.getresponse()
        assert (answer.status, answer.read()) == (200, b"ok")
        assert is_closed(idle)
    assert process.wait(5) == 0
    with pytest.raises(ConnectionRefusedError):
        connected(port).connect()
