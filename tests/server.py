"""A real server, started by its public command, for tests that talk HTTP."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

PROJECT = Path(__file__).resolve().parent.parent
LAST_WORDS = "API docs"


@dataclass(frozen=True, slots=True)
class Running:
    """A started server: its process, its address, its environment, what it said at its start."""

    process: subprocess.Popen[bytes]
    url: str
    environment: dict[str, str]
    said: str
    output: IO[str]
    """What it says from then on: a file, since a pipe that nobody reads fills up and blocks it."""

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return get(self.url + path, **headers)

    def seed(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the seed script on the same database."""
        return run("seed", *arguments, environment=self.environment)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Tell the main process to stop, and wait for its end."""
        self.process.send_signal(how)
        self.process.wait(timeout=30)

    def stop_group(self) -> str:
        """Stop it as Ctrl-C at a terminal does, and give what it says to that."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=30)
        return self.output.read()


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Give status, headers and body, also of an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, headers=named), timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def answers(url: str) -> bool:
    """Tell whether anything takes connections there."""
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=1).close()
    except OSError:
        return False
    return True


def processes_about(folder: Path) -> list[str]:
    """List the processes whose command line names a folder."""
    shown = subprocess.run(
        ["ps", "-e", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    return [line for line in shown.stdout.splitlines() if str(folder) in line]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_for(data: Path, **variables: str) -> dict[str, str]:
    """Give an environment without any setting but these, and whose commands are not measured."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BYLINE_", "MONGODB_", "COVERAGE_"))
    }
    return clean | {"BYLINE_DATA": str(data), "BYLINE_WORKERS": "2"} | variables


def measured() -> dict[str, str]:
    """Give what lets a command count for the coverage; it then takes twice the time."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


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
        timeout=180,  # only what hangs; a busy machine may take a minute
        check=False,
    )


def start(data: Path, **variables: str) -> Running:
    """Start `python -m api serve` and wait until it says that it is running."""
    variables = {"BYLINE_PORT": str(free_port())} | variables
    environment = environment_for(data, **variables)
    with tempfile.NamedTemporaryFile("w") as written:
        output = Path(written.name).open()  # noqa: SIM115 - for as long as it runs
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve"],
            cwd=PROJECT,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Its own word, not an answer at the port: that may come from workers of a killed server.
    said = ""
    while LAST_WORDS not in said or not said.endswith("\n"):
        if line := output.readline():
            said += line
        elif process.poll() is not None:
            raise AssertionError(said + output.read())
        else:
            time.sleep(0.01)
    url = f"http://127.0.0.1:{variables['BYLINE_PORT']}"
    return Running(process, url, environment, said, output)


@contextmanager
def serving(data: Path, **variables: str) -> Iterator[Running]:
    """Run a server for as long as a test needs it; whatever happens, nothing stays behind."""
    server = start(data, **variables)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
        server.output.close()
