"""Schemathesis against a running server: what the OpenAPI document says is what the API does.

`python -m bench.contract [--seeds N] [--examples N]`

Starts a server of its own with the bundled articles, and asks it with all checks and in all phases,
from each fixed seed once with a key for everything and once without any. Prints as JSON how many
cases there were and what failed; ends with 1 if anything did.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

PROJECT = Path(__file__).resolve().parent.parent
CONFIG = Path(__file__).with_name("schemathesis.toml")
SEEDS = (20250616, 8, 1_000_003)
PHASES = ("examples", "coverage", "fuzzing", "stateful")
STREAM_SECONDS = 0.5
"""How long a stream lasts here: it is asked for hundreds of times, one after the other."""
_SERVE = f"""
from api import __main__, stream
stream.STREAM_SECONDS = ({STREAM_SECONDS}, {STREAM_SECONDS})
__main__.main(["serve"])
"""
_LONGEST_SHOWN = 2_000
_START_SECONDS = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many of the seeds")
    parser.add_argument("--examples", type=int, default=30, help="of each operation, a phase")
    parser.add_argument("--phases", default=",".join(PHASES))
    parser.add_argument("--only", choices=("key", "no-key"), help="one of the two alone")
    parser.add_argument("--seed", type=int, help="one seed alone")
    options = parser.parse_args()
    runs = []
    seeds = [options.seed] if options.seed else SEEDS[: options.seeds]
    ways = {"key": [True], "no-key": [False]}.get(options.only, [True, False])
    for seed in seeds:
        for with_key in ways:
            with serving() as (url, key):
                config = configured(
                    seed, options.examples, options.phases.split(","), key if with_key else None
                )
                began = time.monotonic()
                found = asked(schemathesis.openapi.from_url(f"{url}/openapi.json", config=config))
                seconds = round(time.monotonic() - began)
                runs.append({"seed": seed, "key": with_key, "seconds": seconds} | found)
                print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
    total = {name: sum(run[name] for run in runs) for name in ("cases", "checks", "failures")}
    print(json.dumps(total | {"schemathesis": schemathesis.__version__, "runs": runs}, indent=1))
    sys.exit(bool(total["failures"]))


def configured(seed: int, examples: int, phases: list[str], key: str | None) -> SchemathesisConfig:
    """Give the configuration of a run: what is committed, and what differs between runs."""
    config = tomllib.loads(CONFIG.read_text())
    config |= {
        "seed": seed,
        "generation": {"max-examples": examples, "database": "none"},
        "phases": {phase: {"enabled": phase in phases} for phase in PHASES},
    }
    if key:  # in both ways, or the other would be made up and the two contradict each other
        config["headers"] = {"Authorization": f"Bearer {key}", "X-API-Key": key}
    return SchemathesisConfig.from_dict(config)


def asked(schema: Any) -> dict[str, Any]:
    """Ask all that there is to ask; tell how much that was, and what failed, by kind."""
    cases: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            kind = f"error {type(event).__name__}"
            failed[kind] += 1
            shown.setdefault(kind, str(event)[:_LONGEST_SHOWN])
        elif isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            cases[event.phase.value] += len(recorder.cases)
            for exchange in recorder.interactions.values():
                statuses[str(getattr(exchange.response, "status_code", None))] += 1
            for case_id, made in recorder.checks.items():
                case = recorder.cases[case_id].value
                checks.update(check.name for check in made)
                for check in made:
                    if check.status is not Status.SUCCESS:
                        kind = f"{check.name}: {case.operation.label}"
                        failed[kind] += 1
                        if kind not in shown:
                            said = _told(check, recorder.interactions.get(case_id))
                            told = f"{said}\n{case.as_curl_command()}"[:_LONGEST_SHOWN]
                            shown[kind] = f"{event.phase.value}: {told}"
                            print(f"{kind}\n{shown[kind]}\n", file=sys.stderr, flush=True)
    return {
        "cases": cases.total(),
        "checks": checks.total(),
        "failures": failed.total(),
        "cases_by_phase": cases,
        "checks_by_name": checks,
        "statuses": statuses,
        "failures_by_kind": failed,
        "first_of_each_kind": shown,
    }


def _told(check: Any, exchange: Any) -> str:
    """Give what a check says of a case, and what was answered."""
    answer = exchange.response if exchange else None
    body = answer.content.decode("utf-8", "replace") if answer else ""
    status = answer.status_code if answer else None
    return f"{status} {body[:500]}\n{str(check.failure_info.failure)[:500]}"


@contextmanager
def serving() -> Iterator[tuple[str, str]]:
    """Run a server with the bundled articles and a comment, without limits; give a key as well."""
    with tempfile.TemporaryDirectory(prefix="byline-contract-") as data:
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("BYLINE_", "MONGODB_"))
        }
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        environment = clean | {
            "BYLINE_DATA": data,
            "BYLINE_PORT": str(port),
            "BYLINE_COMMENTS": "open",
            # Cases that are only refused for their number would prove nothing.
            "BYLINE_WRITE_LIMIT": "",
            "BYLINE_COMMENT_LIMIT": "",
        }
        url = f"http://127.0.0.1:{port}"
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVE],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(url, server)
            create = ["-m", "api", "keys", "create", "--name", "contract", "--scopes", "admin"]
            made = subprocess.run(
                [sys.executable, *create],
                cwd=PROJECT,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            )
            _comment(url)
            yield url, made.stdout.strip()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urlopen(f"{url}/readyz", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the server did not start")


def _comment(url: str) -> None:
    """Comment on an article, so that there is one to show."""
    with urlopen(f"{url}/v1/articles?limit=1", timeout=10) as answer:
        [article] = json.load(answer)["data"]
    body = json.dumps({"author": "A reader", "text": "Well said."}).encode()
    place = url + article["links"]["comments"]
    urlopen(Request(place, body, {"Content-Type": "application/json"}), timeout=10).close()


if __name__ == "__main__":
    main()
