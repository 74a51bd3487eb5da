"""What slow clients cost the others: latency of ordinary requests with and without them.

`python -m bench.slow_clients [--clients 300] [--seconds 10] [--only NAME]`: a third of the slow
clients send the head of a request a byte a second, a third send a body so, and a third read a
large answer so; whoever is thrown out comes back. Meanwhile ordinary requests are timed, on one
connection that is kept and on a new one each. Leaves nothing behind.
"""

import argparse
import os
import random
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from tests.server import free_port, serving

PATHS = ("/v1/articles", "/v1/sources", "/v1/articles?count=true&fields=id,title")
LARGE = "/docs/swagger-ui-bundle.js"
"""The largest answer there is, 1.7 MB."""

SLOW_KINDS = ("head", "body", "reader")
BODY_BYTES = 1000
TINY_BUFFER = 1024
SETTLE_SECONDS = 3
PAUSE_SECONDS = 0.01
PATIENCE_SECONDS = 5
TOO_MANY = 3000

SETUPS: dict[str, dict[str, str]] = {
    "gunicorn": {},
    "gunicorn, 64 threads": {"BYLINE_THREADS": "64"},
    "gunicorn, 256 threads": {"BYLINE_THREADS": "256"},
    "granian": {"BYLINE_SERVER": "granian"},
    "granian, 64 threads": {"BYLINE_SERVER": "granian", "BYLINE_THREADS": "64"},
    "gunicorn behind nginx": {},
}

NGINX = """\
daemon off;
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream byline {{ server {byline}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass http://byline;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }}
  }}
}}
"""


@dataclass
class Timed:
    """How long requests took, in milliseconds, and how many got no answer."""

    took: list[float] = field(default_factory=list)
    failed: int = 0

    def line(self) -> str:
        """Say it in the columns of the table."""
        ordered = sorted(self.took)
        p99 = ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)]
        return (
            f"{statistics.median(ordered):9.1f}{p99:9.1f}{ordered[-1]:9.1f}"
            f"{len(ordered):9}{self.failed:8}"
        )


class SlowClient:
    """One that takes a step a second and never gets to the end."""

    def __init__(self, place: tuple[str, int], kind: str) -> None:
        """Be one of a kind; the connection is made with the first step."""
        self._place = place
        self._kind = kind
        self._sock: socket.socket | None = None
        self.thrown_out = 0

    def step(self) -> None:
        """Send or read a byte; come back when the server has closed."""
        try:
            if self._sock is None:
                self._sock = self._begin()
            elif self._kind == "reader":
                if not self._sock.recv(1):
                    raise ConnectionError
            else:
                self._sock.send(b"x")
        except BlockingIOError:
            return
        except OSError:
            self.thrown_out += 1
            self.close()

    def close(self) -> None:
        """Leave."""
        if self._sock:
            self._sock.close()
        self._sock = None

    def _begin(self) -> socket.socket:
        sock = socket.socket()
        if self._kind == "reader":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY_BUFFER)
        sock.settimeout(1)
        sock.connect(self._place)
        sock.sendall(self._opening())
        sock.setblocking(False)
        return sock

    def _opening(self) -> bytes:
        host = f"Host: {self._place[0]}\r\n"
        if self._kind == "head":
            return f"GET /v1/articles HTTP/1.1\r\n{host}X-Slow: ".encode()
        if self._kind == "body":
            length = f"Content-Type: application/json\r\nContent-Length: {BODY_BYTES}\r\n"
            method = random.choice(("GET", "POST"))
            return f"{method} /v1/articles HTTP/1.1\r\n{host}{length}\r\n".encode()
        return f"GET {LARGE} HTTP/1.1\r\n{host}\r\n".encode()


@contextmanager
def slow_clients(place: tuple[str, int], count: int) -> Iterator[list[SlowClient]]:
    """Have slow clients for as long as this is open."""
    clients = [SlowClient(place, SLOW_KINDS[number % 3]) for number in range(count)]
    done = threading.Event()

    def run() -> None:
        due = time.monotonic()
        while not done.is_set():
            for client in clients:
                client.step()
                due += 1 / count  # spread over the second: a burst would delay the stop-watch
                time.sleep(max(due - time.monotonic(), 0))

    stepping = threading.Thread(target=run)
    stepping.start()
    try:
        time.sleep(SETTLE_SECONDS)
        yield clients
    finally:
        done.set()
        stepping.join()
        for client in clients:
            client.close()


def measure(place: tuple[str, int], seconds: float) -> dict[str, Timed]:
    """Time ordinary requests of both kinds side by side."""
    results = {"kept": Timed(), "new": Timed()}
    threads = [
        threading.Thread(target=ask, args=(place, seconds, timed, name == "kept"))
        for name, timed in results.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def ask(place: tuple[str, int], seconds: float, timed: Timed, keep: bool) -> None:
    """Ask one request after the other; one that gets no answer counts with what it took."""
    connection = HTTPConnection(*place, timeout=PATIENCE_SECONDS)
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            connection.request("GET", PATHS[number % len(PATHS)])
            answer = connection.getresponse()
            answer.read()
            timed.failed += answer.status != 200
        except (OSError, HTTPException):
            timed.failed += 1
            connection.close()
        timed.took.append((time.monotonic() - began) * 1000)
        if not keep:
            connection.close()
        number += 1
        time.sleep(PAUSE_SECONDS)
    connection.close()


@contextmanager
def nginx(byline: str, folder: Path) -> Iterator[str]:
    """Run nginx before a server and give its address."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise FileNotFoundError("there is no nginx")
    port = free_port()
    # As root it would change to a user who may not read our temporary folder.
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(user=user, folder=folder, byline=byline, port=port))
    with subprocess.Popen([program, "-e", "stderr", "-p", folder, "-c", config]) as process:
        try:
            for _ in range(100):
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def play(name: str, clients: int, seconds: float, stack: ExitStack) -> None:
    """Measure one server and print the lines of the table."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    # The server's output goes to a pipe that nobody reads any more: keep it short.
    variables = {"BYLINE_LOG_LEVEL": "error"} | SETUPS[name]
    url = stack.enter_context(serving(folder / "var", **variables)).url
    if "nginx" in name:
        url = stack.enter_context(nginx(urlsplit(url).netloc, folder))
    address = urlsplit(url)
    place = (address.hostname or "", address.port or 0)
    measure(place, 1)
    quiet = measure(place, seconds)
    with slow_clients(place, clients) as slow:
        disturbed = measure(place, seconds)
    for title, results in (("quiet", quiet), ("slow clients", disturbed)):
        for kind, timed in results.items():
            print(f"{name:24}{kind:6}{title:14}{timed.line()}", flush=True)
    thrown_out = sum(client.thrown_out for client in slow)
    print(f"{'':24}slow clients thrown out: {thrown_out}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.slow_clients")
    parser.add_argument("--clients", type=int, default=300, help="how many slow ones (300)")
    parser.add_argument("--seconds", type=float, default=10, help="length of a measurement (10)")
    parser.add_argument("--only", choices=SETUPS, help="one server and its settings")
    options = parser.parse_args()
    if not 3 <= options.clients <= TOO_MANY:
        parser.error(f"--clients must be from 3 to {TOO_MANY}")
    print(f"{'milliseconds':44}{'median':>9}{'p99':>9}{'max':>9}{'asked':>9}{'failed':>8}")
    for name in [options.only] if options.only else SETUPS:
        with ExitStack() as stack:
            try:
                play(name, options.clients, options.seconds, stack)
            except FileNotFoundError as error:
                print(f"{name}: {error}")


if __name__ == "__main__":
    main()
