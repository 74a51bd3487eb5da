"""Choose the newest versions and write them, with hashes, to the lock files: `make lock`."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-mongod.lock": ["--group", "mongod"],
    "requirements-granian.lock": ["--group", "granian"],
    "requirements-otel.lock": ["--group", "otel"],
    "requirements-bench.lock": ["pyproject.toml", "--group", "bench"],
    "requirements-dev.lock": ["pyproject.toml", "--group", "dev"],
}

OPTIONS = [
    "--universal",
    "--generate-hashes",
    "--no-header",
    # A lock names versions and hashes; where to get them is for each machine to say.
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
    "--upgrade",
]


def main() -> None:
    for lock, inputs in LOCKS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *inputs, "-o", lock]
        subprocess.run(command, cwd=PROJECT, check=True)


if __name__ == "__main__":
    main()
