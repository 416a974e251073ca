"""One exchange with an outside address: to the address that was judged, within a time, through no proxy."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection
from threading import Event, Timer

from api.webhooks.addresses import Target


class Pinned(HTTPConnection):
    """A connection to the address that was judged, under the name the URL has. Knows no proxy."""

    def __init__(self, target: Target, timeout_s: float, tls: ssl.SSLContext, late: Event) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._target = target
        self._tls = tls
        self._late = late

    def connect(self) -> None:
        self.sock = socket.create_connection((self._target.address, self._target.port), self.timeout)
        if self._late.is_set():  # the watch found nothing to cut yet
            raise TimeoutError
        if self._target.tls:
            wrapped = self._tls.wrap_socket(
                self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            self.sock = wrapped  # from here on the watch can cut it
            wrapped.do_handshake()


@contextlib.contextmanager
def pinned(target: Target, timeout_s: float, tls: ssl.SSLContext) -> Iterator[tuple[Pinned, Event]]:
    """Yield a connection that is cut after ``timeout_s`` in all, and the event that says it was."""
    late = Event()
    connection = Pinned(target, timeout_s, tls, late)
    watch = Timer(timeout_s, _cut, (connection, late))
    watch.daemon = True
    watch.start()
    try:
        yield connection, late
    finally:
        watch.cancel()
        connection.close()


def _cut(connection: HTTPConnection, late: Event) -> None:
    """End an attempt whose time is up: what drips byte by byte never runs into a time-out of its own."""
    late.set()
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
