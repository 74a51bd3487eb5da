"""What holds on both servers: the same app, the same manners, the same end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from bench.slow_clients import slow_clients
from store.client import Database
from tests.api.keyring import bearer, token
from tests.server import (
    PROJECT,
    Running,
    answers,
    environment_for,
    free_port,
    get,
    measured,
    processes_about,
    run,
    serving,
)

SERVERS = ("gunicorn", "granian")
THREADS = 16


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    data = tmp_path_factory.mktemp(request.param)
    variables = {"BYLINE_SERVER": request.param, "BYLINE_HOST": "0.0.0.0"}
    with serving(data, **variables, **measured()) as running:
        yield running


@pytest.fixture
def connection(server: Running) -> Iterator[HTTPConnection]:
    with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=10)) as kept:
        yield kept


def named(headers: dict[str, str]) -> dict[str, str]:
    """Give headers by names in small letters; servers differ in how they write them."""
    return {name.lower(): value for name, value in headers.items()}


def test_the_bundled_page_is_served(server: Running) -> None:
    status, headers, body = server.get("/v1/articles?count=true")
    assert status == 200
    assert named(headers)["content-type"] == "application/json"
    assert json.loads(body)["total"] == 3


def test_on_every_host_the_three_addresses_answer_as_soon_as_they_are_named(
    server: Running,
) -> None:
    addresses = re.findall(r"http://\S+", server.said)
    assert [get(address)[0] for address in addresses] == [200, 200, 200]


def test_a_whole_page_comes_with_what_is_included(server: Running) -> None:
    [address] = re.findall(r"http://\S+include=\S+", server.said)
    page = json.loads(get(address)[2])
    assert page["source"]["name"] == "Korea Herald"
    assert page["related"]
    assert page["comments"] == []


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/articles/none", 404), ("/v1/articles?limit=many", 400)]
)
def test_errors_are_problem_documents(server: Running, path: str, status: int) -> None:
    answered, headers, body = server.get(path)
    assert answered == status
    assert named(headers)["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == status


def test_what_a_client_has_already_is_not_sent_again(server: Running) -> None:
    etag = named(server.get("/v1/articles")[1])["etag"]
    status, headers, body = server.get("/v1/articles", If_None_Match=etag)
    assert (status, body) == (304, b"")
    assert named(headers)["etag"] == etag


def test_a_connection_is_kept(server: Running, connection: HTTPConnection) -> None:
    for _ in range(3):
        connection.request("GET", "/v1/articles")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        assert not answer.will_close
    kept = connection.sock
    connection.request("GET", "/livez")
    connection.getresponse().read()
    assert connection.sock is kept


def test_head_gives_the_headers_of_get_and_no_body(
    server: Running, connection: HTTPConnection
) -> None:
    _, headers, body = server.get("/v1/articles")
    connection.request("HEAD", "/v1/articles")
    answer = connection.getresponse()
    assert answer.read() == b""
    assert answer.status == 200
    assert answer.getheader("Content-Length") == str(len(body))
    assert answer.getheader("ETag") == named(headers)["etag"]
    # Had a body been sent, it would stand in the way of the next answer.
    connection.request("GET", "/v1/articles")
    assert connection.getresponse().read() == body


def test_a_body_that_nobody_asked_for_does_not_disturb_the_next_request(
    server: Running, connection: HTTPConnection
) -> None:
    connection.request("POST", "/v1/site", body=b"x" * 1_000)
    answer = connection.getresponse()
    assert answer.status == 405
    answer.read()
    connection.request("GET", "/v1/articles")
    assert connection.getresponse().status == 200


def test_many_requests_at_once_all_get_their_own_answer(server: Running) -> None:
    ids = [article["id"] for article in json.loads(server.get("/v1/articles")[2])["data"]]
    asked = ids * 50
    with ThreadPoolExecutor(THREADS) as threads:
        answered = list(threads.map(lambda one: server.get(f"/v1/articles/{one}"), asked))
    assert {status for status, _, _ in answered} == {200}
    assert [json.loads(body)["id"] for _, _, body in answered] == asked


def test_more_connections_than_threads_are_kept_and_all_are_answered(server: Running) -> None:
    place = urlsplit(server.url).netloc
    with ExitStack() as stack:
        kept = [stack.enter_context(closing(HTTPConnection(place, timeout=10))) for _ in range(60)]
        for _ in range(3):
            for one in kept:
                one.request("GET", "/v1/site")
            got = [one.getresponse() for one in kept]
            assert {(each.status, bool(each.read()), each.will_close) for each in got} == {
                (200, True, False)
            }


def test_requests_that_come_together_are_all_answered(server: Running) -> None:
    place = urlsplit(server.url)
    request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.create_connection((place.hostname, place.port), timeout=10) as client:
        client.sendall(request * 4 + last)
        received = b"".join(iter(lambda: client.recv(65_536), b""))
    assert received.count(b"HTTP/1.1 200 OK") == 5


def test_a_connection_that_says_nothing_or_half_of_it_holds_up_nobody_else(
    server: Running,
) -> None:
    place = urlsplit(server.url)
    with ExitStack() as stack:
        for said in (b"", b"GET /livez HT", b"\r\n"):
            client = socket.create_connection((place.hostname, place.port), timeout=10)
            stack.enter_context(client).sendall(said)
        assert server.get("/v1/site")[0] == 200
    assert server.get("/v1/site")[0] == 200, "also after they have gone"


def counted(server: Running, line: str) -> float:
    """Give a number of the metrics, or 0 where there is none yet."""
    text = server.get("/metrics")[2].decode()
    found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


def workers_of(server: Running) -> list[int]:
    """Give the processes that answer, by their parent: the server's youngest children."""
    shown = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(server.process.pid), "--sort=-start_time,-pid"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(pid) for pid in shown.stdout.split()][:2]


def test_the_metrics_count_every_request_once_whichever_worker_answered(server: Running) -> None:
    line = 'byline_http_requests_total{method="GET",route="/v1/hashtags",status="200"}'
    before = counted(server, line)
    with ThreadPoolExecutor(THREADS) as threads:
        asked = list(threads.map(lambda _: server.get("/v1/hashtags"), range(500)))
    assert {status for status, _, _ in asked} == {200}
    deadline = time.monotonic() + 10
    while counted(server, line) < before + 500 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert counted(server, line) == before + 500
    assert counted(server, "byline_workers") == 2
    hits, misses = (counted(server, f"byline_cache_{what}_total") for what in ("hits", "misses"))
    assert hits + misses > 500
    assert hits > misses


@pytest.mark.parametrize("name", SERVERS)
def test_what_a_dead_worker_counted_stays_and_what_it_used_does_not(
    tmp_path: Path, name: str, elsewhere: dict[str, str]
) -> None:
    line = 'byline_http_requests_total{method="GET",route="/v1/site",status="200"}'
    with serving(tmp_path / "var", BYLINE_SERVER=name, **elsewhere) as server:
        before = counted(server, line)
        for _ in range(50):
            server.get("/v1/site")
        deadline = time.monotonic() + 10
        while counted(server, line) < before + 50 and time.monotonic() < deadline:
            time.sleep(0.1)
        workers = workers_of(server)
        os.kill(workers[0], signal.SIGKILL)
        while set(workers_of(server)) <= set(workers) and time.monotonic() < deadline:
            time.sleep(0.1)
        while counted(server, "byline_workers") != 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert counted(server, "byline_workers") == 2
        assert counted(server, line) == before + 50


@pytest.mark.parametrize("name", SERVERS)
def test_the_host_may_be_a_name(tmp_path: Path, name: str, elsewhere: dict[str, str]) -> None:
    variables = {"BYLINE_SERVER": name, "BYLINE_HOST": "localhost"} | elsewhere
    with serving(tmp_path / "var", **variables) as server:
        addresses = re.findall(r"http://\S+", server.said)
        assert [get(address)[0] for address in addresses] == [200, 200, 200]


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_nothing_behind(tmp_path: Path, name: str, sent: signal.Signals) -> None:
    data = tmp_path / "var"
    with serving(data, BYLINE_SERVER=name) as server:
        assert server.get("/v1/articles")[0] == 200
        server.stop(sent)
    assert server.process.returncode == 0
    assert processes_about(data) == []
    assert not answers(server.url)


@pytest.mark.parametrize("name", SERVERS)
def test_what_was_to_be_written_later_is_written_at_the_end(
    tmp_path: Path, name: str, elsewhere: dict[str, str], mongod_db: Database
) -> None:
    with serving(tmp_path / "var", BYLINE_SERVER=name, **elsewhere) as server:
        terms = {"_id": {"$type": "number"}}
        before = mongod_db["vocabulary"].count_documents(terms)
        headers = {"Content-Type": "application/json", **bearer(token(mongod_db))}
        body = json.dumps({"title": "Zyxwvutsrq", "source": "Marvik Times"}).encode()
        with urlopen(Request(f"{server.url}/v1/articles", body, headers)) as answer:
            assert answer.status == 201
        server.stop(signal.SIGTERM)
        assert mongod_db["vocabulary"].count_documents(terms) > before


@pytest.mark.parametrize("name", SERVERS)
def test_ctrl_c_at_a_terminal_reaches_all_processes_and_is_no_failure(
    tmp_path: Path, name: str
) -> None:
    data = tmp_path / "var"
    with serving(data, BYLINE_SERVER=name) as server:
        said = server.stop_group()
    assert server.process.returncode == 0
    assert said.strip() == ""
    assert processes_about(data) == []
    assert not answers(server.url)


def test_slow_clients_do_not_keep_granian_from_the_others(
    tmp_path: Path, elsewhere: dict[str, str]
) -> None:
    """More of each kind than there are threads; all answers are whole, so none waits in one."""
    variables = {"BYLINE_SERVER": "granian", "BYLINE_THREADS": "2"} | elsewhere
    with serving(tmp_path / "var", **variables) as server:
        place = urlsplit(server.url)
        with slow_clients((place.hostname or "", place.port or 0), 60):
            began = time.monotonic()
            assert [server.get("/v1/articles")[0] for _ in range(20)] == [200] * 20
            assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", SERVERS)
def test_workers_of_a_killed_server_leave_the_port(
    tmp_path: Path, name: str, elsewhere: dict[str, str]
) -> None:
    with serving(tmp_path / "var", BYLINE_SERVER=name, **elsewhere) as server:
        server.process.kill()
        server.process.wait()
        deadline = time.monotonic() + 5
        while answers(server.url) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not answers(server.url)


def test_without_granian_one_line_says_how_to_install_it(tmp_path: Path) -> None:
    environment = environment_for(
        tmp_path / "var", BYLINE_SERVER="granian", BYLINE_PORT=str(free_port())
    )
    hidden = "import sys; sys.modules['granian'] = None; import api.__main__ as command"
    refused = subprocess.run(
        [sys.executable, "-c", f"{hidden}; sys.exit(command.main(['serve']))"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "pip install --require-hashes --no-deps -r requirements-granian.lock" in refused.stderr
    assert not (tmp_path / "var").exists()


def test_a_second_granian_on_the_same_port_says_what_to_do(
    tmp_path: Path, elsewhere: dict[str, str]
) -> None:
    with serving(tmp_path / "var", BYLINE_SERVER="granian", **elsewhere) as server:
        second = run("api", "serve", environment=server.environment)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert "already runs" in second.stderr
