"""How long from `make run` to the first answer: in a fresh clone, and again.

`python -m bench.first_answer [--cold]`; with --cold, pip starts with an empty package cache.
"""

import argparse
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

PROJECT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--cold", action="store_true", help="with an empty package cache")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "--quiet", PROJECT, clone], check=True)
        environment = dict(os.environ)
        if options.cold:
            environment["PIP_CACHE_DIR"] = str(Path(folder, "cache"))
        for name in ("first", "second", "third"):
            print(f"{name} start: {first_answer(clone, environment):.1f} s to the first answer")


def first_answer(clone: Path, environment: dict[str, str]) -> float:
    """Run `make run` until it answers, then stop it as Ctrl-C does; give the seconds it took."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    started = time.monotonic()
    process = subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env=environment | {"BYLINE_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while time.monotonic() < started + PATIENCE_SECONDS and process.poll() is None:
            try:
                urlopen(f"http://127.0.0.1:{port}/v1/articles", timeout=5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return time.monotonic() - started
        raise SystemExit("it never answered")
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


if __name__ == "__main__":
    main()
