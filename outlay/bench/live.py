"""Serves a report on loopback while its run goes on: two addresses, nothing from the disk, nothing to send to it."""

import ipaddress
import sys
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET6

from outlay.bench.findings import Findings, find
from outlay.bench.gathering import Gathering
from outlay.bench.page import Page, live_page, report_body
from outlay.bench.store import read_store
from outlay.core.errors import InvalidInputError, StoreError

SHARE = 4
"""A report is not made again before so many times as long as the last one took have passed."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(slots=True)
class LiveReport:
    """The report of a results folder, made again when there is something new; one thread at a time.

    Attributes:
        folder: the results folder.
    """

    folder: Path
    _gathering: Gathering = field(default_factory=Gathering)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _version: str = ""
    _found: Findings | None = None
    _due: float = 0.0

    def found(self) -> tuple[str, Findings]:
        """The version of the results, and what they come to.

        Raises:
            InvalidInputError: if the folder holds no run.
            StoreError: if it cannot be read.
        """
        with self._lock:
            if self._found is None or time.monotonic() >= self._due:
                self._read()
            if self._found is None:
                raise InvalidInputError(f"{str(self.folder)!r} holds no run yet")
            return self._version, self._found

    def _read(self) -> None:
        began = time.monotonic()
        with read_store(self.folder) as store:
            version = store.version()
            if version == self._version:
                return
            self._found = find(store, self._gathering)
        self._version = version
        self._due = time.monotonic() + SHARE * (time.monotonic() - began)


class LiveServer(ThreadingHTTPServer):
    """Listens at once; ``serve_forever`` answers, each request in a thread of its own.

    Args:
        report: what is served.
        host: a name or an address of this machine.
        port: 0 for any that is free.

    Raises:
        InvalidInputError: if that address cannot be used.
    """

    daemon_threads = True

    def __init__(self, report: LiveReport, host: str, port: int) -> None:
        self.report = report
        self.names = {host.lower(), *LOOPBACK} if is_loopback(host) else None
        if ":" in host:
            self.address_family = AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise InvalidInputError(f"cannot listen on {host!r}, port {port}: {error}; name another --port") from error

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader who left in the middle; anything else is a fault, and is told as one."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        host, port = self.server_address[:2]
        name = str(host)
        return f"http://{f'[{name}]' if ':' in name else name}:{port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class _Handler(BaseHTTPRequestHandler):
    server: LiveServer
    server_version, sys_version = "outlay", ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._from_here():
            return self._send(HTTPStatus.FORBIDDEN, "this server answers to its own name alone")
        if self.path not in {"/", "/body"}:
            return self._send(HTTPStatus.NOT_FOUND, "there is nothing here but the report, at /")
        try:
            version, found = self.server.report.found()
        except (InvalidInputError, StoreError) as error:
            return self._send(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        tag = f'"{version}"'
        if self.headers.get("If-None-Match") == tag:
            return self._send(HTTPStatus.NOT_MODIFIED, "", ETag=tag)
        page = live_page(found) if self.path == "/" else Page(report_body(found), "default-src 'none'")
        policy = f"{page.policy}; frame-ancestors 'none'; form-action 'none'"
        kind = "text/html; charset=utf-8"
        return self._send(HTTPStatus.OK, page.text, kind, ETag=tag, **{"Content-Security-Policy": policy})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the standard library's name)
        """Nothing: the terminal is the reader's."""

    def _from_here(self) -> bool:
        """Whether the browser asked for this machine by name, so that no other site can read along by its own name."""
        names = self.server.names
        host = self.headers.get("Host", "").lower()
        return names is None or host.rpartition(":")[0].strip("[]") in names or host.strip("[]") in names

    def _send(self, status: HTTPStatus, text: str, kind: str = "text/plain; charset=utf-8", **headers: str) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
