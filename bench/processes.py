"""What processes cost, read from /proc: processor time and memory of a server and its workers."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS = 15.0


def tree(pid: int) -> list[int]:
    """Give a process and all that descend from it, itself first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for parent in found:  # grows while it is walked
        found += children.get(parent, [])
    return found


def own_cpu_seconds(pid: int) -> float:
    """Give the processor time that a process itself took; 0 when it has ended."""
    return sum(map(int, _stat(pid)[11:13])) / _TICKS


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process, its descendants and its ended children took."""
    return sum(sum(map(int, fields[11:15])) / _TICKS for one in tree(pid) if (fields := _stat(one)))


def workers_pss(pid: int, workers: int) -> list[int]:
    """Give the memory of the largest children in bytes, each page shared out among its users.

    The largest, because some servers also have small helpers.
    """
    sizes = sorted(map(_pss, tree(pid)[1:]), reverse=True)
    return sizes[:workers]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads its own session, and what is left of that session after it."""
    session = [pid for pid in tree(process.pid) if _session(pid) == process.pid]
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    for pid in session:
        if _session(pid) == process.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    process.wait(_STOP_SECONDS)


def _stat(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat from the state on; none of a process that has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()  # the name before may hold blanks and brackets


def _session(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[3]) if fields else None


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
