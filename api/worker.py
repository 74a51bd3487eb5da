"""A worker of gunicorn whose threads wait for requests themselves.

gunicorn's own has one thread that waits for all connections, hands each request to another thread,
and is handed the connection back: twice a request a thread wakes up and waits for the interpreter.
Here whichever thread has a turn and nothing to do takes the next connection with something to read.
"""

import select
import selectors
import time
from threading import Lock, Thread
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from api import turns
from api.turns import Turns

IS_POSSIBLE = turns.IS_POSSIBLE and hasattr(select, "epoll")
"""Whether this system has what is needed, as Linux does."""


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Answers requests in threads; the main thread accepts connections and closes idle ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what gunicorn gives a worker."""
        super().__init__(*args, **kwargs)
        # gunicorn looks at how many there are, and asks clients to close what is too many.
        self.keepalived_conns: dict[int, Any] = {}
        """The idle connections by descriptor, the one that is longest idle first.

        Who takes one out of it has it for himself.
        """
        self._counting = Lock()

    def init_process(self) -> None:
        """Begin, in the process that is the worker; return when it ends."""
        self._readable = select.epoll()
        super().init_process()

    def run(self) -> None:
        """Answer requests until told to stop, and then those that have begun."""
        self.poller.register(
            self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks
        )
        self.set_accept_enabled(True)
        self._turns = Turns(self.cfg.threads)
        for _ in range(self.cfg.threads):
            Thread(target=self._answer, daemon=True).start()
        while self.alive and self.is_parent_alive():
            self.set_accept_enabled(self.nr_conns < self.worker_connections)
            self._wait()
        self.set_accept_enabled(False)
        self._cap_keepalive(time.monotonic() + STOP_KEEPALIVE_LINGER)
        until = time.monotonic() + self.cfg.graceful_timeout
        while self.nr_conns and time.monotonic() < until:
            self._wait()
        for listener in self.sockets:
            listener.close()

    def accept(self, listener: Any) -> None:
        """Take a new connection, for whichever thread is free when it has a request."""
        try:
            connection, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another worker has it, or nobody
            return
        with self._counting:
            self.nr_conns += 1
        conn = TConn(self.cfg, connection, address, listener.getsockname())
        conn.data_ready = True  # by the time that it is handled
        self._readable.register(connection, 0)
        self._await_request(conn)

    def _wait(self) -> None:
        """Wait a while for connections, and close those that are idle for too long."""
        self.notify()
        self.wait_for_and_dispatch_events(timeout=1.0)
        now = time.monotonic()
        for descriptor, conn in list(self.keepalived_conns.items()):
            if conn.timeout > now:
                break
            if self.keepalived_conns.pop(descriptor, None):
                self._leave(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        for conn in list(self.keepalived_conns.values()):
            conn.timeout = min(conn.timeout, deadline)

    def _answer(self) -> None:
        """Answer one request after the other, as a thread."""
        turn = self._turns.take()
        while True:
            for descriptor, _ in self._readable.poll(maxevents=1):
                # Unless it has just been closed for being idle.
                if conn := self.keepalived_conns.pop(descriptor, None):
                    with turn:
                        self._serve(conn)

    def _serve(self, conn: Any) -> None:
        try:
            is_kept = self.handle(conn)
            # A client may have sent several requests, of which the socket says nothing any more.
            while is_kept and conn.parser.unreader.buf.getvalue():
                is_kept = self.handle(conn)
        except Exception:  # the thread goes on with other connections
            self.log.exception("a connection is given up")
            is_kept = False
        if is_kept:
            self._await_request(conn)
        else:
            self._leave(conn, graceful=True)

    def _await_request(self, conn: Any) -> None:
        """Let a connection be idle until it has something to read, which one thread is told."""
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        descriptor = conn.sock.fileno()
        self.keepalived_conns[descriptor] = conn
        self._readable.modify(descriptor, select.EPOLLIN | select.EPOLLONESHOT)

    def _leave(self, conn: Any, *, graceful: bool = False) -> None:
        """Close a connection; the main thread may be waiting for the last one."""
        with self._counting:
            self.nr_conns -= 1
        conn.close(graceful=graceful)
        if not self.alive:
            self.method_queue.defer(lambda: None)
