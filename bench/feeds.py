"""How well Byline reads feeds: `python -m bench.feeds FOLDER`.

Every feed below the folder is read as the seed script reads it. Where its expected parse lies
beside it (`NAME.json` for `NAME.xml`, `NAME_expected.json` for `NAME.json`), what was read is
compared with it field by field, as bench/feed_answers.py says; an article that would be refused
counts as if none of its fields had been read. Every file is read in a process of its own, and its
processor time and the peak of that process's memory, the interpreter's included, are told. Prints
JSON.
"""

import argparse
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from marshmallow import ValidationError
from tqdm import tqdm

from bench.feed_answers import Account, Difference, as_expected, as_found, fields_of
from schemas.article import validate_draft
from seed import formats
from seed.found import FormatError, Origin

SECONDS, MEGABYTES = 5.0, 256.0
"""What a file may take."""

_KILLED_AFTER = 60.0
_EXPECTED = "_expected"


@dataclass(slots=True)
class Reading:
    """What became of one file; `problem` says why nothing of it could be read."""

    file: str
    shape: str | None = None
    problem: str | None = None
    crashed: bool = False
    account: Account | None = None
    refused: list[str] = field(default_factory=list)
    seconds: float = 0.0
    megabytes: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="tell every file, not only the worst")
    options = parser.parse_args()
    readings, judged = [], []
    for path, beside in tqdm(list(feeds_in(options.folder)), unit="feed", disable=None):
        reading = read_apart(path, str(path.relative_to(options.folder)))
        readings.append(reading)
        expected = expected_beside(beside)
        if expected is not None:
            judged.append(
                (reading, list(fields_of(expected, reading.account or Account(None, []))))
            )
    json.dump(report(readings, judged, everything=options.all), sys.stdout, indent=1, default=str)
    print()


def feeds_in(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    """Give every feed below a folder, and the file that its expected parse is in, if any."""
    files = {path for path in folder.rglob("*") if path.is_file()}
    for path in sorted(files):
        parse = path.with_suffix(".json")
        if path.suffix == ".json":
            parse = path.with_name(f"{path.stem}{_EXPECTED}.json")
            feed = path.with_suffix(".xml")
            if feed in files or path.stem.endswith(_EXPECTED):
                continue
        yield path, parse if parse in files else None


def expected_beside(path: Path | None) -> Account | None:
    """Give the expected parse; None if there is none, or it says that the feed is invalid."""
    parse = json.loads(path.read_bytes()) if path else None
    return as_expected(parse) if isinstance(parse, dict) else None


def read_apart(path: Path, name: str) -> Reading:
    """Read a file in a process of its own, and measure it."""
    ours, theirs = get_context("fork").Pipe(duplex=False)
    child = get_context("fork").Process(target=_read_and_send, args=(path, name, theirs))
    child.start()
    theirs.close()
    try:
        if ours.poll(_KILLED_AFTER):
            reading: Reading = ours.recv()
            return reading
        problem = f"was not done after {_KILLED_AFTER:.0f} s"
    except EOFError:
        problem = "the process died"
    finally:
        if child.pid and child.is_alive():
            child.join(1)
        if child.pid and child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
        child.join()
        ours.close()
    return Reading(name, problem=problem, crashed=True, seconds=_KILLED_AFTER)


def _read_and_send(path: Path, name: str, theirs: Connection) -> None:
    theirs.send(read(path, name))


def read(path: Path, name: str) -> Reading:
    """Read a file here, and measure it."""
    reading = Reading(name)
    data = path.read_bytes()
    started = time.process_time()
    try:
        found = formats.read(data, Origin())
        reading.seconds = time.process_time() - started
        drafts = [_validated(item.draft, reading) for item in found.articles]
        reading.shape = found.shape
        reading.account = as_found(found, drafts)
    except FormatError as error:
        reading.problem = str(error)
    except Exception as error:  # noqa: BLE001 - that there is none is what is measured
        reading.problem, reading.crashed = repr(error), True
    reading.seconds = reading.seconds or time.process_time() - started
    reading.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return reading


def _validated(draft: dict[str, Any], reading: Reading) -> dict[str, Any] | None:
    try:
        return validate_draft(draft)
    except ValidationError as error:
        reading.refused.append(str(error))
        return None


def report(
    readings: Sequence[Reading],
    judged: Sequence[tuple[Reading, Sequence[Difference]]],
    *,
    everything: bool = False,
) -> dict[str, Any]:
    """Give the totals, and by file what is not as expected."""
    told = [each for _, fields in judged for each in fields if each.expected]
    wrong = {
        reading.file: [asdict(each) for each in fields if each.expected != each.found]
        for reading, fields in judged
    }
    added = [each for _, fields in judged for each in fields if each.found and not each.expected]
    slow = sorted(readings, key=lambda reading: -reading.seconds)
    large = sorted(readings, key=lambda reading: -reading.megabytes)
    most = None if everything else 5
    return {
        "files": len(readings),
        "with_expected_parse": len(judged),
        "fields": {
            "expected": len(told),
            "equal": sum(each.expected == each.found for each in told),
            "equal_share": round(
                sum(each.expected == each.found for each in told) / max(len(told), 1), 4
            ),
            "only_found": len(added),
            "by_field": by_field(told),
        },
        "not_read": sum(reading.account is None for reading in readings),
        "crashed": sum(reading.crashed for reading in readings),
        "over_time": sum(reading.seconds > SECONDS for reading in readings),
        "over_memory": sum(reading.megabytes > MEGABYTES for reading in readings),
        "slowest_seconds": {each.file: round(each.seconds, 3) for each in slow[:most]},
        "largest_megabytes": {each.file: round(each.megabytes, 1) for each in large[:most]},
        "shapes": Counter(reading.shape for reading in readings if reading.shape),
        "problems": {each.file: each.problem for each in readings if each.problem},
        "refused": {each.file: each.refused for each in readings if each.refused},
        "differences": {file: fields for file, fields in wrong.items() if fields},
    }


def by_field(told: Sequence[Difference]) -> dict[str, str]:
    """Give for each field how many of those expected are equal."""
    names = [each.field if each.entry is not None else f"feed {each.field}" for each in told]
    equal = Counter(
        name for name, each in zip(names, told, strict=True) if each.expected == each.found
    )
    return {name: f"{equal[name]} of {number}" for name, number in sorted(Counter(names).items())}


if __name__ == "__main__":
    main()
