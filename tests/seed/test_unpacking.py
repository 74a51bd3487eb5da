import gzip
import io
import os
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from seed import unpacking
from seed.found import FormatError
from seed.unpacking import UNPACKING_ERRORS, parts

Documents = list[tuple[str | None, bytes | str]]


def never() -> None:
    raise AssertionError("a file keeps nobody waiting")


def documents(descriptor: int, wait: Callable[[], None] = never) -> Documents:
    """Read every document whole, or give the reason why it cannot be."""
    found: Documents = []
    for part in parts(descriptor, wait):
        try:
            with part.open() as file:
                found.append((part.name, file.read()))
        except UNPACKING_ERRORS as error:
            found.append((part.name, type(error).__name__))
        except FormatError as error:
            found.append((part.name, str(error)))
    return found


@pytest.fixture
def held(tmp_path: Path) -> Callable[[bytes], Documents]:
    def read(data: bytes) -> Documents:
        (tmp_path / "input").write_bytes(data)
        with (tmp_path / "input").open("rb") as file:
            return documents(file.fileno())

    return read


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize("data", [b"", b"x", b"text" * 10_000])
def test_a_file_is_a_document_and_so_is_what_gzip_made_of_one(
    data: bytes, held: Callable[[bytes], Documents]
) -> None:
    assert held(data) == held(gzip.compress(data)) == [(None, data)]


def test_an_archive_gives_its_visible_members_in_order_each_by_its_content(
    held: Callable[[bytes], Documents],
) -> None:
    members = {
        "b.xml": b"two",
        "a/": b"",
        "a/x.gz": gzip.compress(b"one"),
        "../up": b"three",
        "__MACOSX/b.xml": b"hidden",
        ".git/config": b"hidden",
    }
    assert held(zipped(members)) == [("../up", b"three"), ("a/x.gz", b"one"), ("b.xml", b"two")]


def test_bombs_are_refused_before_they_go_off(held: Callable[[bytes], Documents]) -> None:
    [(name, reason)] = held(zipped({"bomb": b"\0" * 9_000_000}))
    assert (name, reason) == ("bomb", "unpacks to more than 200 times its size")
    inner = zipped({"a": b"text"})
    for outer in (zipped({"inner": inner}), zipped({"inner": gzip.compress(inner)})):
        assert held(outer) == [("inner", "an archive in an archive: unpack it first")]
    assert held(gzip.compress(inner)) == [(None, "an archive in an archive: unpack it first")]


def test_archives_that_cannot_be_right_are_refused(
    held: Callable[[bytes], Documents], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FormatError, match="without documents"):
        held(zipped({".hidden": b"x"}))
    with pytest.raises(zipfile.BadZipFile):
        held(b"PK\3\4" + b"x" * 100)
    packed = zipped({"a": os.urandom(1_000)})
    entry = packed[packed.index(b"PK\1\2") : packed.index(b"PK\5\6")]
    end = packed[packed.index(b"PK\5\6") :]
    tail = end[:8] + b"\2\0\2\0" + (2 * len(entry)).to_bytes(4, "little") + end[16:]
    with pytest.raises(FormatError, match="overlap"):
        held(packed[: packed.index(b"PK\1\2")] + entry + entry + tail)
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 1)
    with pytest.raises(FormatError, match="more than 1 doc"):
        held(zipped({"a": b"x", "b": b"x"}))


def test_what_is_cut_or_damaged_harms_no_other_member(held: Callable[[bytes], Documents]) -> None:
    [(_, reason)] = held(gzip.compress(b"text" * 100)[:-5])
    assert reason == "EOFError"
    packed = bytearray(zipped({"a": os.urandom(100), "b": b"text"}))
    packed[50] ^= 1
    assert held(bytes(packed)) == [("a", "BadZipFile"), ("b", b"text")]


def through_a_pipe(data: bytes, wait: Callable[[], None] = never) -> Documents:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return documents(reading, wait)
    finally:
        os.close(reading)
        writer.join()


def test_a_pipe_may_hold_whatever_a_file_may(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"", b"x", b"text" * 50_000):
        assert through_a_pipe(data) == through_a_pipe(gzip.compress(data)) == [(None, data)]
    archive = zipped({"a": b"one", "b": b"two"})
    assert through_a_pipe(archive) == [("a", b"one"), ("b", b"two")]
    monkeypatch.setattr(unpacking, "MAX_BYTES", 10)
    with pytest.raises(FormatError, match="large archive"):
        through_a_pipe(archive)


def test_who_waits_for_a_slow_pipe_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "WAIT_SECONDS", 0.01)
    reading, writing = os.pipe()
    waited: list[float] = []

    def wait() -> None:
        waited.append(time.monotonic())
        if len(waited) == 3:
            os.write(writing, b"at last")
            os.close(writing)

    assert documents(reading, wait) == [(None, b"at last")]
    os.close(reading)
    assert len(waited) == 3
