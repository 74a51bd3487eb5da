"""What clients cannot do to a real server by what they say of themselves, and what it logs."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.server import Running, serving

SERVERS = ("gunicorn", "granian")
FORGED = (
    "Host: evil.example\r\n"
    "X-Forwarded-Proto: https\r\n"
    "X-Forwarded-Protocol: ssl\r\n"
    "X-Forwarded-Ssl: on\r\n"
    "X-Forwarded-Host: evil.example\r\n"
    "X-Forwarded-Prefix: /evil\r\n"
    "Forwarded: for=192.0.2.1;proto=https;host=evil.example\r\n"
    "SCRIPT_NAME: /v1\r\n"
    "PATH_INFO: /livez\r\n"
)


def ask(server: Running, path: str, *, client: int = 1) -> tuple[int, str]:
    """Ask with all that can be forged; give the status and the whole answer."""
    place = urlsplit(server.url)
    forged = f"{FORGED}X-Forwarded-For: 198.51.100.9, 192.0.2.{client}\r\n"
    head = f"GET {path} HTTP/1.1\r\n{forged}Connection: close\r\n\r\n"
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as talk:
        talk.sendall(head.encode())
        answer = b""
        while part := talk.recv(65_536):
            answer += part
    return int(answer.split(b" ")[1]), answer.decode("latin-1")


def clients(said: str) -> list[str]:
    """Give the clients of the requests that a server has logged, and check the rest."""
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    for request in requests:
        assert request["path"] in {"/livez", "/v1/site", "/v1//articles"}
        assert request["request_id"]
    return [request["client"] for request in requests if request["path"] == "/v1/site"]


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("proxies", [0, 1])
def test_a_client_is_who_connects_or_whom_the_trusted_proxy_names(
    tmp_path: Path, name: str, proxies: int, elsewhere: dict[str, str]
) -> None:
    with serving(
        tmp_path / "var",
        BYLINE_SERVER=name,
        BYLINE_WORKERS="1",
        BYLINE_TRUSTED_PROXIES=str(proxies),
        BYLINE_ACCESS_LOG="true",
        BYLINE_READ_LIMIT="4/day",
        **elsewhere,
    ) as server:
        status, answer = ask(server, "/v1//articles", client=9)
        assert status == 308
        assert "evil" not in answer
        status, answer = ask(server, "/v1/site", client=9)
        assert status == 200  # and not what lies at another path
        assert '"tagline"' in answer
        statuses = [ask(server, "/v1/site", client=number)[0] for number in range(1, 6)]
        said = server.stop_group()
    named = ["192.0.2.9", *(f"192.0.2.{number}" for number in range(1, 6))]
    if proxies:
        assert statuses == [200] * 5
        assert clients(said) == named
    else:
        assert statuses == [200, 200, 429, 429, 429]
        assert clients(said) == ["127.0.0.1"] * 6


@pytest.mark.parametrize("name", SERVERS)
def test_by_default_no_request_is_logged(
    tmp_path: Path, name: str, elsewhere: dict[str, str]
) -> None:
    with serving(tmp_path / "var", BYLINE_SERVER=name, **elsewhere) as server:
        for path in ("/v1/site", "/nowhere"):
            server.get(path)
        assert server.stop_group().strip() == ""
