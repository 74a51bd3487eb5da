"""The servers that are measured: how each is started, and how it is ended."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from bench.cases import Kind
from bench.processes import stop
from settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
WORKERS = 2
THREADS = 8
START_SECONDS = 60

NGINX = """\
daemon off;
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen {host}:{port} backlog=1024; root {files}; }}
}}
"""


class StartError(Exception):
    """A server that is not there to be measured; one line that says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """What servers are told: where the articles are, and where they may write."""

    uri: str
    database: str
    folder: Path
    files: Path
    """A folder of constant answers."""


Command = Callable[[Place, int], list[str]]
"""Makes the command that starts a server at a port."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server and how to start it."""

    key: str
    title: str
    kind: Kind
    command: Command
    cached: bool = False
    packages: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """A started server."""

    server: Server
    pid: int
    url: str


def _byline(_: Place, __: int) -> list[str]:
    return [sys.executable, "-m", "api", "serve"]


def _gunicorn(app: str, *options: str) -> Command:
    return lambda _, port: [
        *(sys.executable, "-m", "gunicorn", app, "--bind", f"{HOST}:{port}"),
        *("--workers", str(WORKERS), "--no-control-socket", "--log-level", "warning", *options),
    ]


_THREADED = ("--worker-class", "gthread", "--threads", str(THREADS))


def _granian(app: str) -> Command:
    return lambda _, port: [
        *(sys.executable, "-m", "granian", app, "--factory", "--interface", "wsgi"),
        *("--host", HOST, "--port", str(port), "--workers", str(WORKERS)),
        *("--blocking-threads", str(THREADS), "--http", "1"),  # as Byline sets it
        *("--no-ws", "--no-access-log", "--log-level", "warning"),
    ]


def _uvicorn(app: str) -> Command:
    return lambda _, port: [
        *(sys.executable, "-m", "uvicorn", app, "--factory", "--host", HOST, "--port", str(port)),
        *("--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools", "--ws", "none"),
        *("--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "3"),
    ]


def _nginx(place: Place, port: int) -> list[str]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise StartError("there is no nginx: apt-get install nginx")
    folder = place.folder / "nginx"
    folder.mkdir(exist_ok=True)
    # As root it would change to a user who may not read our temporary folder.
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(
            user=user, workers=WORKERS, folder=folder, host=HOST, port=port, files=place.files
        )
    )
    return [program, "-e", "stderr", "-p", str(folder), "-c", str(config)]


_GRANIAN = {"BYLINE_SERVER": "granian"}
_UNCACHED = {"BYLINE_CACHE_MB": "0"}

BYLINE = Server("byline", "Byline, gunicorn", Kind.BYLINE, _byline, variables=_UNCACHED)

SERVERS = (
    BYLINE,
    Server(
        *("byline-granian", "Byline, granian", Kind.BYLINE, _byline),
        packages=("granian",),
        variables=_GRANIAN | _UNCACHED,
    ),
    Server(
        *("fastapi", "FastAPI + async pymongo + orjson, uvicorn", Kind.FASTAPI),
        _uvicorn("bench.peers.fastapi_app:create_app"),
        packages=("fastapi", "uvicorn", "uvloop", "httptools"),
    ),
    Server(
        *("eve", "Eve, default, gunicorn sync", Kind.EVE),
        _gunicorn("bench.peers.eve_app:default()"),
        packages=("eve",),
    ),
    Server(
        *("eve-tuned", "Eve, tuned, gunicorn", Kind.EVE),
        _gunicorn("bench.peers.eve_app:tuned()", *_THREADED),
        packages=("eve",),
    ),
    Server("byline-cached", "Byline, cached, gunicorn", Kind.BYLINE, _byline, cached=True),
    Server(
        *("byline-granian-cached", "Byline, cached, granian", Kind.BYLINE, _byline),
        cached=True,
        packages=("granian",),
        variables=_GRANIAN,
    ),
    Server(
        *("flask", "Flask, constant bytes, gunicorn", Kind.CONSTANT),
        _gunicorn("bench.peers.constant:flask()", *_THREADED),
    ),
    Server(
        *("wsgi", "bare WSGI, constant bytes, gunicorn", Kind.CONSTANT),
        _gunicorn("bench.peers.constant:bare()", *_THREADED),
    ),
    Server(
        *("wsgi-granian", "bare WSGI, constant bytes, granian", Kind.CONSTANT),
        _granian("bench.peers.constant:bare"),
        packages=("granian",),
    ),
    Server("nginx", "nginx, static file", Kind.CONSTANT, _nginx),
)


@contextmanager
def running(server: Server, place: Place) -> Iterator[Running]:
    """Run a server for as long as this is open; raise StartError when it does not start."""
    _check(server)
    port = _free_port()
    command = [sys.executable, "-m", "bench.leash", *server.command(place, port)]
    log = place.folder / f"{server.key}-{place.database}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=_environment(server, place, port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C at the terminal is for us; we end it
        )
    try:
        url = f"http://{HOST}:{port}"
        _wait(process, url, log)
        yield Running(server, process.pid, url)
    finally:
        stop(process)


def _check(server: Server) -> None:
    missing = [name for name in server.packages if find_spec(name) is None]
    if missing:
        raise StartError(f"needs {', '.join(missing)}: install what `make bench` does")
    if server.cached and not any("cache" in setting.name for setting in fields(Settings)):
        raise StartError("this Byline has no cache")


def _environment(server: Server, place: Place, port: int) -> dict[str, str]:
    """Give an environment without settings of the operator's own."""
    theirs = ("BYLINE_", "MONGODB_", "GRANIAN_", "UVICORN_", "GUNICORN_", "EVE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return clean | {
        "MONGODB_URI": place.uri,
        "MONGODB_DB": place.database,
        "BYLINE_DATA": str(place.folder / "byline"),
        "BYLINE_PORT": str(port),
        "BYLINE_WORKERS": str(WORKERS),
        "BYLINE_THREADS": str(THREADS),
        "BYLINE_LOG_LEVEL": "warning",
        "BENCH_MONGODB_URI": place.uri,
        "BENCH_MONGODB_DB": place.database,
        "BENCH_FILES": str(place.files),
        **server.variables,
    }


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=5).close()
        except HTTPError as error:  # also a 404 is an answer
            error.close()
            return
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    said = log.read_text(errors="replace").strip().splitlines()
    raise StartError(said[-1][:300] if said else "it gave no answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
