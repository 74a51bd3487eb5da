import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seed import inputs
from seed.inputs import InputError

CAPTURED = datetime(2025, 6, 16, 16, tzinfo=UTC)


def test_the_bundled_documents_are_pages_and_not_their_manifest() -> None:
    assert [Path(name).name for name in inputs.bundled()] == ["daily8-page.txt"]


def test_the_bundled_page_was_captured_when_the_manifest_says() -> None:
    [name] = inputs.bundled()
    assert inputs.load(name).captured_at == CAPTURED


def test_what_the_caller_says_about_the_capture_wins() -> None:
    [name] = inputs.bundled()
    said = datetime(2025, 1, 1, tzinfo=UTC)
    assert inputs.load(name, captured_at=said).captured_at == said


def test_a_file_that_the_manifest_does_not_name_has_no_capture_time(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(
        '{"other.txt": {"captured_at": "2025-06-16T16:00:00Z"}}'
    )
    page = tmp_path / "page.txt"
    page.write_text("text")
    assert inputs.load(str(page)).captured_at is None


@pytest.mark.parametrize(
    "manifest",
    ["", "[]", "{", '{"page.txt": 1}', '{"page.txt": {"captured_at": "yesterday"}}', "\x00"],
)
def test_a_broken_manifest_is_named(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    page = tmp_path / "page.txt"
    page.write_text("text")
    with pytest.raises(InputError, match=r"manifest\.json"):
        inputs.load(str(page))


def test_the_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"text")))
    assert inputs.load("-").data == b"text"


def test_an_input_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "MAX_BYTES", 1_048_576)
    page = tmp_path / "page.txt"
    page.write_bytes(b"x" * 1_048_577)
    with pytest.raises(InputError, match="1 MB"):
        inputs.load(str(page))


@pytest.mark.parametrize("name", ["/nowhere/page.txt", "/", "a\0b"])
def test_a_file_that_cannot_be_read_has_a_reason(name: str) -> None:
    with pytest.raises(InputError):
        inputs.load(name)


def test_an_address_that_cannot_be_fetched_has_a_reason() -> None:
    with pytest.raises(InputError, match="public"):
        inputs.load("http://127.0.0.1:9/page.txt")
