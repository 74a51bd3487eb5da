"""Having documents read by another process, and doing without it when one of them is too much.

The reading process (`seed.reading`) is started once and asked again and again; when a document
kills it, or it must be killed, that document has a reason, and the next is read by another.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from seed import messages
from seed.messages import Begun, Ended, Message, MessageError, Over, Request

START_SECONDS = 60.0
ANSWER_SECONDS = 20.0
"""How long nothing may come. It is four times the processor time that reading may take, so that a
busy machine is not taken for a busy document."""
MAX_FAILURES = 10
"""After so many documents of an archive that cannot be read, the rest is left."""
COMMAND = (sys.executable, "-m", "seed.reading")

_ROOT = str(Path(__file__).resolve().parent.parent)


class ReaderError(Exception):
    """A document that could not be read; the message is the reason, in one line."""


class Reader(AbstractContextManager["Reader"]):
    """Reads inputs, one after the other; used in a `with`, it leaves no process behind."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        """Start the reading process, without waiting for it."""
        self._command = command
        self._process: _Process | None = _Process(command)

    def read(self, descriptor: int, request: Request) -> Iterator[Message]:
        """Give what an open file holds: for each document in it what begins, comes, and ends."""
        start, done, failures = _position(descriptor), 0, 0
        while True:
            begun: Begun | None = None
            try:
                for message in self._ask(descriptor, request.starting_at(done)):
                    yield message
                    if isinstance(message, Begun):
                        begun = message
                    elif isinstance(message, Ended):
                        begun, done = None, done + 1
            except ReaderError as error:
                if begun is None:
                    begun = Begun()
                    yield begun
                failures, done = failures + 1, done + 1
                is_alone = begun.member is None
                is_left = not is_alone and (start is None or failures == MAX_FAILURES)
                rest = "; the rest of the archive was left" if is_left else ""
                yield Ended(error=f"{error}{rest}")
                if is_alone or is_left:
                    return
                os.lseek(descriptor, start or 0, os.SEEK_SET)
            else:
                return

    def close(self) -> None:
        """End the reading process; the next question starts another."""
        if self._process:
            self._process.end()
            self._process = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the reading process."""
        self.close()

    def _ask(self, descriptor: int, request: Request) -> Iterator[Message]:
        """Ask the process and give its answer; if that is not wanted to its end, end it."""
        self._process = self._process or _Process(self._command)
        whole = False
        try:
            self._process.ask(descriptor, request)
            while not isinstance(message := self._process.receive(ANSWER_SECONDS), Over):
                yield message
            whole = True
        finally:
            if not whole:
                self.close()


class _Process:
    """One reading process and the connection to it."""

    def __init__(self, command: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        # A signal to all of the terminal's programs is for the starter, who ends this one.
        former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
            theirs.close()
        self._connection = Connection(ours.detach())
        self._is_ready = False

    def ask(self, descriptor: int, request: Request) -> None:
        """Send a question, and the open file that it is about; raise ReaderError."""
        if not self._is_ready:
            self.receive(START_SECONDS)
            self._is_ready = True
        try:
            self._connection.send_bytes(messages.encode(request))
            with socket.fromfd(
                self._connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM
            ) as channel:
                socket.send_fds(channel, [b"\0"], [descriptor])
        except OSError as error:
            raise ReaderError(self._last_words()) from error

    def receive(self, seconds: float) -> Message:
        """Give the next message; raise ReaderError when none comes, or none that makes sense."""
        try:
            if not self._connection.poll(seconds):
                raise ReaderError(f"nothing was read of it for {seconds:.0f} s")
            return messages.decode(self._connection.recv_bytes(messages.MAX_BYTES))
        except MessageError as error:
            raise ReaderError(f"the reader sent what makes no sense: {error}") from error
        except (EOFError, OSError) as error:
            raise ReaderError(self._last_words()) from error

    def end(self) -> None:
        """End the process; nothing of it is worth waiting for."""
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def _last_words(self) -> str:
        """Tell from how the process ended what was wrong."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        match self._process.returncode:
            case None:
                return "the reader sent what makes no sense"
            case messages.NEEDED_MEMORY:
                return f"needed more than {messages.READING_BYTES >> 20} MB to read"
            case status if status == -signal.SIGPROF:
                return f"took longer than {messages.READING_SECONDS} s to read"
            case status if status < 0:
                return f"the reader crashed (signal {-status})"
            case status:
                return f"the reader ended (status {status})"


def _position(descriptor: int) -> int | None:
    """Tell how far a file has been read; None for a pipe, which cannot be read again."""
    try:
        return os.lseek(descriptor, 0, os.SEEK_CUR)
    except OSError:
        return None


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))
    # Threads of number-crunching libraries would each take address space, of which there is little.
    return os.environ | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
