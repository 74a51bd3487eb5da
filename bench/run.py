"""Running loads: each server in turn, round after round, so that noise is everybody's alike."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tqdm import tqdm

from bench.cases import CASES, Case, Kind, Sample
from bench.load import Load, LoadError, Measurement, measure
from bench.processes import workers_pss
from bench.servers import WORKERS, Running

WARM_UP_SECONDS = 1
MEMORY_REQUESTS = 100_000
_MEMORY_CONNECTIONS = 16
_MEMORY_SECONDS = 10
_MOST_MEMORY_LOADS = 30


@dataclass(frozen=True, slots=True)
class Target:
    """A running server, and the articles that it is asked for."""

    running: Running
    sample: Sample
    label: str

    @property
    def kind(self) -> Kind:
        """Whose addresses it understands."""
        return self.running.server.kind

    def takes(self, case: Case) -> bool:
        """Tell whether it is asked this."""
        return case.basic or not (self.kind is Kind.CONSTANT or self.running.server.cached)

    def paths(self, case: Case) -> list[str]:
        """Give what it is asked; a cache is asked for few things again and again."""
        paths = case.paths(self.kind, self.sample)
        return paths[: len(self.sample.hot)] if self.running.server.cached else paths


Cell = tuple[str, int]
"""A case by its key, and a number of connections."""


@dataclass(slots=True)
class Results:
    """All that was measured, by the labels of targets."""

    cells: dict[Cell, dict[str, list[Measurement]]] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    memory_before: dict[str, list[int]] = field(default_factory=dict)
    memory_after: dict[str, list[int]] = field(default_factory=dict)

    def add(self, cell: Cell, target: Target, measurement: Measurement) -> None:
        """Keep a measurement."""
        self.cells.setdefault(cell, {}).setdefault(target.label, []).append(measurement)
        self.count(target, measurement)

    def count(self, target: Target, measurement: Measurement) -> None:
        """Keep only how many requests it was."""
        self.answered[target.label] = self.answered.get(target.label, 0) + measurement.requests


class Runner:
    """Loads targets and gathers what comes of it."""

    def __init__(self, folder: Path, mongod: int, *, seconds: float, rounds: int) -> None:
        """Write lists of addresses into a folder, and watch the database's process."""
        self.results = Results()
        self._folder = folder
        self._mongod = mongod
        self._seconds = seconds
        self._rounds = rounds

    def run(self, targets: Sequence[Target], cases: Iterable[Case]) -> None:
        """Measure all cases on all targets that take them."""
        cells = [(case, connections) for case in cases for connections in case.connections]
        total = sum(self._rounds * target.takes(case) for case, _ in cells for target in targets)
        for target in targets:
            self.results.memory_before[target.label] = _memory(target)
        with tqdm(total=total, unit="load", desc="measuring") as bar:
            for case, connections in cells:
                asked = [target for target in targets if target.takes(case)]
                for target in asked:
                    self._load(target, case, connections, WARM_UP_SECONDS)
                for _ in range(self._rounds):
                    for target in asked:
                        bar.set_postfix_str(f"{case.key} {connections} {target.label}"[:40])
                        found = self._load(target, case, connections, self._seconds)
                        self.results.add((case.key, connections), target, found)
                        bar.update()

    def note_memory(self, targets: Sequence[Target], *, at_least: int = 0) -> None:
        """Note the memory of workers, those of Byline when it has answered so many requests."""
        one, listed = CASES[0], CASES[1]
        for target in targets:
            wanted = at_least if target.kind is Kind.BYLINE else 0
            for turn in range(_MOST_MEMORY_LOADS):
                if self.results.answered.get(target.label, 0) >= wanted:
                    break
                case = (one, listed)[turn % 2]
                found = self._load(target, case, _MEMORY_CONNECTIONS, _MEMORY_SECONDS)
                self.results.count(target, found)
            self.results.memory_after[target.label] = _memory(target)

    def _load(self, target: Target, case: Case, connections: int, seconds: float) -> Measurement:
        file = self._folder / f"paths-{target.label.replace(' ', '-')}-{case.key}"
        if not file.exists():
            file.write_text("".join(f"{path}\n" for path in target.paths(case)))
        running = target.running
        try:
            return measure(
                running.url,
                Load(file, connections, seconds),
                server=running.pid,
                mongod=self._mongod,
            )
        except LoadError:
            return Measurement.failed(seconds)


def disagreements(targets: Sequence[Target], cases: Iterable[Case]) -> list[str]:
    """Ask each target once; say where one answers with other things than the first does."""
    found = []
    for case in cases:
        reference: Any = None
        for target in targets:
            if target.kind is Kind.CONSTANT or not target.takes(case):
                continue
            path = target.paths(case)[0]
            try:
                answer = _get(target.running.url + path)
                shown = case.ids(target.kind, answer), _fields(target.kind, answer)
            except (URLError, OSError, ValueError, LookupError, TypeError) as error:
                found.append(f"{target.label}: {case.key}: {path}: {error}")
                continue
            reference = reference or shown
            if shown[0] != reference[0]:
                found.append(f"{target.label}: {case.key}: shows other articles")
            if target.kind is not Kind.EVE and shown[1] != reference[1]:
                other = sorted(shown[1] ^ reference[1])
                found.append(f"{target.label}: {case.key}: differs in {', '.join(other)}")
    return found


def _fields(kind: Kind, answer: Any) -> set[str]:
    if kind is Kind.EVE:
        return set()
    first = answer["data"][0] if "data" in answer else answer
    return set(first)


def fetch(url: str) -> bytes:
    """Get the body of an answer; raise URLError or OSError when there is none."""
    with urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
    return body


def _get(url: str) -> Any:
    return json.loads(fetch(url))


def _memory(target: Target) -> list[int]:
    return workers_pss(target.running.pid, WORKERS)
