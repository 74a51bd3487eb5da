import os
import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seed import fetch, inputs
from seed.inputs import InputError, expand, opened, size_of

CAPTURED = datetime(2025, 6, 16, 16, tzinfo=UTC)


def captured_at(name: str, said: datetime | None = None) -> datetime | None:
    with opened(name, captured_at=said) as document:
        return document.captured_at


def reason(name: str) -> str:
    with pytest.raises(InputError) as refused, opened(name):
        pass
    return str(refused.value)


def test_the_bundled_documents_are_pages_and_not_their_manifest() -> None:
    assert [Path(name).name for name in inputs.bundled()] == ["daily8-page.txt"]


def test_the_bundled_page_was_captured_when_the_manifest_says() -> None:
    [name] = inputs.bundled()
    assert captured_at(name) == CAPTURED


def test_what_the_caller_says_about_the_capture_wins() -> None:
    [name] = inputs.bundled()
    said = datetime(2025, 1, 1, tzinfo=UTC)
    assert captured_at(name, said) == said


def test_a_file_that_the_manifest_does_not_name_has_no_capture_time(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(
        '{"other.txt": {"captured_at": "2025-06-16T16:00:00Z"}}'
    )
    page = tmp_path / "page.txt"
    page.write_text("text")
    assert captured_at(str(page)) is None


@pytest.mark.parametrize(
    "manifest",
    ["", "[]", "{", '{"page.txt": 1}', '{"page.txt": {"captured_at": "yesterday"}}', "\x00"],
)
def test_a_broken_manifest_is_named(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    page = tmp_path / "page.txt"
    page.write_text("text")
    assert "manifest.json" in reason(str(page))


def test_a_folder_stands_for_the_visible_files_in_it_and_below_in_order(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/.hidden", "b/manifest.json", "a.txt", "c.gz", ".git/x", "e/f/.g"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "d").symlink_to(tmp_path)
    found = [str(Path(name).relative_to(tmp_path)) for name in expand([str(tmp_path)])]
    assert found == ["a.txt", "b/2.txt", "c.gz"]


def test_a_pattern_stands_for_what_fits_it_unless_a_file_is_called_so(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.xml", "deep/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    every = str(tmp_path / "**" / "*.txt")
    assert [Path(name).name for name in expand([every])] == ["a.txt", "b.txt", "d.txt"]
    odd = tmp_path / "[a].txt"
    odd.touch()
    assert list(expand([str(odd)])) == [str(odd)]


def test_addresses_and_the_standard_input_stay_what_they_are() -> None:
    names = ["-", "https://example.org/*", "HTTP://example.org/?"]
    assert list(expand(names)) == names


def test_what_cannot_be_opened_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert reason("/nowhere/page.txt") == "No such file or directory"
    assert reason(str(tmp_path / "*.txt")) == "no file fits this pattern"
    [folder] = expand([str(tmp_path / "empty")])
    assert reason(folder) == "a folder that holds no document"
    assert "standard input" in reason(str(tmp_path / "pipe"))
    assert reason("/dev/zero") == "a device, not a file"
    assert "null" in reason("a\0b")
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert reason(str(tmp_path / "socket"))


def test_a_folder_that_may_not_be_listed_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    inner = tmp_path / "inner"
    inner.mkdir()
    listed = Path.iterdir
    monkeypatch.setattr(
        Path, "iterdir", lambda path: forbidden() if path == inner else listed(path)
    )
    assert list(expand([str(tmp_path)])) == [str(inner)]
    monkeypatch.setattr(os, "open", forbidden)
    assert reason(str(inner)) == "Permission denied"


def test_an_open_file_can_be_read_and_its_size_is_known(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("text")
    with opened(str(page)) as document:
        assert os.read(document.descriptor, 9) == b"text"
        assert document.size == size_of(str(page)) == 4
    assert size_of("/dev/zero") == size_of("https://example.org/") == size_of("a\0b") == 0


def test_the_standard_input_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page").write_text("text")
    with (tmp_path / "page").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        with opened("-", captured_at=CAPTURED) as document:
            assert (document.descriptor, document.captured_at) == (file.fileno(), CAPTURED)


def test_what_was_fetched_is_an_open_file_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "get", lambda url, **_: f"from {url}".encode())
    with opened("https://example.org/page") as document:
        assert os.read(document.descriptor, 99) == b"from https://example.org/page"
        assert document.url == "https://example.org/page"


def test_an_address_that_cannot_be_fetched_has_a_reason() -> None:
    assert "public" in reason("http://127.0.0.1:9/page.txt")
