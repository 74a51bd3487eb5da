"""Byline as its users meet it: the public commands, a real MongoDB, and HTTP."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.server import PROJECT, Running, environment_for, free_port, get, run, serving

MAIN = "PM nominee stresses stronger Seoul-Tokyo ties in meeting with Japanese PM adviser"
RELATED = [
    "Lee calls on S. Korea, Japan to join hands for future ahead of 60th anniv. of ties",
    "Lee Jae-myung to head to Canada for G7 in debut trip",
]


def answer(server: Running, path: str) -> Any:
    status, _, body = server.get(path)
    assert status == 200, body
    return json.loads(body)


def the_main_article(server: Running) -> Any:
    [found] = [
        article
        for article in answer(server, "/v1/articles?fields=id,title")["data"]
        if article["title"] == MAIN
    ]
    return found


def test_the_first_start_serves_the_bundled_page(server: Running) -> None:
    listed = answer(server, "/v1/articles?count=true")
    assert listed["total"] == 3
    assert {article["published_at"] for article in listed["data"]} == {
        "2025-06-16T08:00:00Z",
        "2025-06-15T23:00:00Z",
    }
    [source] = answer(server, "/v1/sources")["data"]
    assert (source["id"], source["articles_count"]) == ("korea-herald", 3)


def test_the_start_names_three_addresses_that_answer(server: Running) -> None:
    addresses = re.findall(r"http://\S+", server.said)
    assert len(addresses) == 3
    for address in addresses:
        assert get(address)[0] == 200


def test_one_request_gives_a_frontend_the_whole_page(server: Running) -> None:
    article_id = the_main_article(server)["id"]
    page = answer(server, f"/v1/articles/{article_id}?include=source,related,comments")
    assert page["body_html"].count("<p>") == 4
    assert page["source"]["name"] == "Korea Herald"
    assert [article["title"] for article in page["related"]] == RELATED
    assert [article["origin"] for article in page["related"]] == ["page", "page"]
    assert page["comments"] == []


def test_seeding_beside_the_server_changes_nothing_the_second_time(server: Running) -> None:
    done = server.seed("--json")
    assert done.returncode == 0
    totals = json.loads(done.stdout)["totals"]
    assert (totals["unchanged"], totals["new"], totals["new_links"]) == (3, 0, 0)
    assert answer(server, "/v1/articles?count=true")["total"] == 3


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_not_even_a_request_gets_a_problem_document(
    server: Running, sent: bytes, status: int
) -> None:
    place = server.url.removeprefix("http://").split(":")
    with closing(socket.create_connection((place[0], int(place[1])), timeout=10)) as connection:
        connection.sendall(sent)
        received = b""
        while chunk := connection.recv(4096):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_a_second_server_on_the_same_port_says_what_to_do(server: Running) -> None:
    second = run("api", "serve", environment=server.environment)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert "already runs" in second.stderr
    assert "BYLINE_PORT" in second.stderr


def test_the_health_command_tells_whether_it_is_ready(server: Running) -> None:
    assert run("api", "health", environment=server.environment).returncode == 0
    nobody = server.environment | {"BYLINE_PORT": str(free_port())}
    assert run("api", "health", environment=nobody).returncode == 1


def test_a_port_of_another_program_is_named_in_one_line(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = str(other.getsockname()[1])
        refused = run(
            "api", "serve", environment=environment_for(tmp_path / "var", BYLINE_PORT=port)
        )
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert f"port {port} is taken by another program" in refused.stderr


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"BYLINE_PORT": "none"}, "BYLINE_PORT"),
        ({"BYLINE_HOST": "192.0.2.1"}, "BYLINE_HOST"),
        ({"BYLINE_MONGOD": "/nowhere/mongod"}, "BYLINE_MONGOD"),
        ({"BYLINE_DATA": "/dev/null/var"}, "BYLINE_DATA"),
    ],
)
def test_a_start_that_cannot_be_says_why_in_one_line(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    variables = {"BYLINE_PORT": str(free_port())} | variables
    refused = run("api", "serve", environment=environment_for(tmp_path / "var", **variables))
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert said in refused.stderr


def processes_about(folder: Path) -> list[str]:
    """List the processes whose command line names a folder."""
    shown = subprocess.run(
        ["ps", "-e", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    return [line for line in shown.stdout.splitlines() if str(folder) in line]


def test_ctrl_c_leaves_nothing_behind_and_the_data_is_there_the_next_time(tmp_path: Path) -> None:
    data = tmp_path / "var"
    with serving(data) as first:
        before = answer(first, "/v1/articles")
        first.stop()
    assert first.process.returncode == 0
    assert processes_about(data) == []
    with serving(data) as second:
        assert answer(second, "/v1/articles") == before


def test_a_killed_server_starts_again_at_once(tmp_path: Path) -> None:
    data = tmp_path / "var"
    with serving(data) as first:
        before = answer(first, "/v1/articles")
        first.process.kill()
        first.process.wait()
        with serving(data, BYLINE_PORT=first.environment["BYLINE_PORT"]) as second:
            assert answer(second, "/v1/articles") == before


def test_a_killed_load_finishes_when_it_is_run_again(tmp_path: Path) -> None:
    pages = [tmp_path / f"{number}.txt" for number in range(12)]
    text = (PROJECT / "seed/documents/daily8-page.txt").read_text()
    for number, page in enumerate(pages):
        page.write_text(re.sub("(Lee|PM)", f"{number} \\1", text))
    environment = environment_for(tmp_path / "var")
    command = [sys.executable, "-m", "seed", *map(str, pages)]
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    ) as load:
        assert load.stdout
        reported = [load.stdout.readline() for _ in range(12)]
        load.kill()
    assert any(" new " in line for line in reported)
    again = run("seed", "--json", *map(str, pages), environment=environment)
    assert again.returncode == 0
    totals = json.loads(again.stdout)["totals"]
    assert totals["new"] + totals["unchanged"] == totals["read"] == 36
    assert totals["unchanged"] >= sum(" new " in line for line in reported)
    once_more = run("seed", "--json", *map(str, pages), environment=environment)
    assert json.loads(once_more.stdout)["totals"]["unchanged"] == 36
    assert json.loads(once_more.stdout)["totals"]["new_links"] == 0


def test_without_a_database_reads_get_503_and_the_process_lives(tmp_path: Path) -> None:
    away = f"mongodb://127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=300"
    with serving(tmp_path / "var", MONGODB_URI=away) as server:
        for path in ("/v1/articles", "/readyz"):
            status, headers, body = server.get(path)
            assert status == 503, path
            assert int(headers["Retry-After"]) > 0
            assert headers["Content-Type"] == "application/problem+json"
            assert b"Traceback" not in body
        assert server.get("/livez")[0] == 200
        load = server.seed()
    assert load.returncode == 2
    assert load.stdout == ""
    assert load.stderr.count("\n") == 1


def test_the_api_recovers_when_its_mongod_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "var"
    with serving(data) as server:
        before = answer(server, "/v1/articles")
        os.kill(json.loads((data / "mongod.json").read_text())["pid"], signal.SIGKILL)
        deadline = time.monotonic() + 30
        good = 0
        while good < 10:  # of two workers one may notice before the other
            assert time.monotonic() < deadline
            status, _, body = server.get("/v1/articles")
            assert status == 503 or json.loads(body) == before
            good = good + 1 if status == 200 else 0
