"""The documents in an input: the one that a file is, also in gzip, or the members of a zip archive.

What an input is shows in its first bytes. Nothing is written anywhere, and no name in an archive
is taken for a path. How much may be unpacked is limited by those who read it.
"""

import gzip
import io
import lzma
import os
import select
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from seed.found import FormatError

MAX_BYTES = 8 * 1024 * 1024
"""How large a document may be that is read whole; a larger one is no page and no feed."""
MAX_MEMBERS = 10_000
MAX_RATIO = 200
"""How many times its size a large member of an archive may unpack to; texts do to some 5."""

WAIT_SECONDS = 1.0
"""How often one who waits for a slow input says so."""

UNPACKING_ERRORS = (
    OSError,
    EOFError,
    RuntimeError,  # a member that is encrypted
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)

_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_MAGIC = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A document: its name in an archive, how to open it, and where in the input it begins."""

    name: str | None
    open: Callable[[], BinaryIO]
    position: Callable[[], int]


def parts(descriptor: int, wait: Callable[[], None]) -> Iterator[Part]:
    """Give the documents in an open file; `wait` is called while a pipe has nothing to read.

    Raises FormatError, or one of `UNPACKING_ERRORS`, for an archive that cannot be read.
    """
    source = _Source(descriptor, wait)
    file = cast("BinaryIO", io.BufferedReader(source))
    if source.head.startswith(_ZIP):
        yield from _members(file if source.seekable() else _whole(file))
    else:
        yield Part(None, lambda: _unzipped(file, source.head), source.position)


def is_hidden(path: str) -> bool:
    """Tell whether a path is of a file that is there for programs, not for readers."""
    return any(name.startswith((".", "__MACOSX")) for name in path.split("/") if name != "..")


def _members(file: BinaryIO) -> Iterator[Part]:
    with zipfile.ZipFile(file) as archive:
        found = [info for info in archive.infolist() if not info.is_dir()]
        found = [info for info in found if not is_hidden(info.filename)]
        if not found:
            raise FormatError("an archive without documents")
        if len(found) > MAX_MEMBERS:
            raise FormatError(f"an archive of more than {MAX_MEMBERS:,} documents")
        if sum(info.compress_size for info in found) > file.seek(0, os.SEEK_END):
            raise FormatError("an archive whose documents overlap")
        for info in sorted(found, key=lambda info: info.filename):
            yield _member(archive, info)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Part:
    def opened() -> BinaryIO:
        if info.file_size > max(MAX_BYTES, MAX_RATIO * info.compress_size):
            raise FormatError(f"unpacks to more than {MAX_RATIO} times its size")
        member = cast("zipfile.ZipExtFile", archive.open(info))
        head = member.peek(_MAGIC)[:_MAGIC]
        if head.startswith(_ZIP):
            raise FormatError("an archive in an archive: unpack it first")
        return _unzipped(cast("BinaryIO", member), head)

    return Part(info.filename, opened, lambda: info.header_offset)


def _unzipped(file: BinaryIO, head: bytes) -> BinaryIO:
    if not head.startswith(_GZIP):
        return file
    unpacked = gzip.GzipFile(fileobj=file)
    if unpacked.peek(_MAGIC)[:_MAGIC].startswith((*_ZIP, _GZIP)):
        raise FormatError("an archive in an archive: unpack it first")
    return cast("BinaryIO", unpacked)


def _whole(file: BinaryIO) -> BinaryIO:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise FormatError("a large archive that is no file: save it first, and name the file")
    return io.BytesIO(data)


class _Source(io.RawIOBase):
    """An open file, or a pipe that may keep one waiting; its first bytes are known at once."""

    def __init__(self, descriptor: int, wait: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._wait = wait
        self._is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._ahead = b""
        self.head = self._first_bytes()

    def _first_bytes(self) -> bytes:
        if self._is_file:
            return os.pread(self._descriptor, _MAGIC, self.position())
        while len(self._ahead) < _MAGIC:
            chunk = bytearray(_MAGIC - len(self._ahead))
            if not (size := self._read_pipe(memoryview(chunk))):
                break
            self._ahead += chunk[:size]
        return self._ahead

    def position(self) -> int:
        """Tell how far it has been read; 0 for a pipe."""
        return os.lseek(self._descriptor, 0, os.SEEK_CUR) if self._is_file else 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._is_file

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        return self.position()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._ahead:
            size = min(len(buffer), len(self._ahead))
            buffer[:size], self._ahead = self._ahead[:size], self._ahead[size:]
            return size
        return os.readv(self._descriptor, [buffer]) if self._is_file else self._read_pipe(buffer)

    def _read_pipe(self, buffer: memoryview) -> int:
        while not select.select([self._descriptor], [], [], WAIT_SECONDS)[0]:
            self._wait()
        return os.readv(self._descriptor, [buffer])
