"""A real server, started by its public command, for tests that talk HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Running:
    """A started server: its process, its address, and the environment it was given."""

    process: subprocess.Popen[str]
    url: str
    environment: dict[str, str]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return get(self.url + path, **headers)

    def seed(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the seed script on the same database."""
        return run("seed", *arguments, environment=self.environment)

    def stop(self, sign: signal.Signals = signal.SIGINT) -> str:
        """Stop it as Ctrl-C does, and give what it printed."""
        self.process.send_signal(sign)
        output, _ = self.process.communicate(timeout=30)
        return output


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Give status, headers and body, also of an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, headers=named), timeout=10) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_for(data: Path, **variables: str) -> dict[str, str]:
    """Give an environment without any setting but these."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BYLINE_", "MONGODB_", "COV_CORE"))
    }
    return clean | {"BYLINE_DATA": str(data), "BYLINE_WORKERS": "2"} | variables


def run(
    module: str, *arguments: str, environment: dict[str, str], stdin: bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of ours to its end."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=environment,
        input=stdin.decode() if stdin else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def start(data: Path, **variables: str) -> Running:
    """Start `python -m api serve` and wait for its first answer."""
    variables = {"BYLINE_PORT": str(free_port())} | variables
    environment = environment_for(data, **variables)
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "serve"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    server = Running(process, f"http://127.0.0.1:{variables['BYLINE_PORT']}", environment)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.get("/livez")
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return server
    process.kill()
    raise AssertionError(process.communicate()[0])


@contextmanager
def serving(data: Path, **variables: str) -> Iterator[Running]:
    """Run a server for as long as a test needs it; whatever happens, nothing stays behind."""
    server = start(data, **variables)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
