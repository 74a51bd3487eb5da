"""What was measured on, and with: without it a number says nothing."""

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from store.client import Database

PACKAGES = (
    *("flask", "werkzeug", "flask-smorest", "marshmallow", "orjson", "pymongo", "gunicorn"),
    *("granian", "eve", "fastapi", "starlette", "uvicorn", "uvloop", "httptools"),
)


def machine() -> str:
    """Describe this machine in one line."""
    cpus = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", cpus)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return ", ".join(
        [
            f"{len(os.sched_getaffinity(0))} cores",
            model[1].strip() if model else platform.machine(),
            f"{int(memory[1]) / 2**20:.0f} GiB of memory" if memory else "memory unknown",
            f"{platform.system()} {platform.release()}",
        ]
    )


def versions(db: Database) -> str:
    """Name the versions of all that took part."""
    named = [
        f"Python {platform.python_version()}",
        f"MongoDB {db.client.server_info()['version']}",
        f"wrk {_said('wrk', '--version')}",
        f"nginx {_said('nginx', '-v')}",
        *(f"{name} {_version(name)}" for name in PACKAGES),
    ]
    return ", ".join(name for name in named if not name.endswith(" None"))


def load_average() -> str:
    """Give the load of the last minute, which tells whether others were at work too."""
    return f"{os.getloadavg()[0]:.1f}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _said(name: str, option: str) -> str | None:
    """Find the version in what a program says of itself."""
    program = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        return None
    done = subprocess.run(
        [program, option], capture_output=True, text=True, check=False, timeout=10
    )
    found = re.search(r"(?:wrk |nginx/)(\S+)", done.stdout + done.stderr)
    return found[1] if found else None
