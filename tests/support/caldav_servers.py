"""Real CalDAV servers as processes on loopback, with a calendar for each test, and a proxy that spoils answers."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from engine.sdk import Connection
from engine.supervisor import free_port
from tests.emulators.faults import FaultPlan

USER, PASSWORD = "leadline", "s3cret-of-nobody"
READY_S = 60.0
_OWN = {"host", "connection", "accept-encoding", "content-length", "content-encoding", "transfer-encoding"}
"""Headers of one connection, not of what is said over it."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class CalDavServer:
    """`name`: radicale or xandikos. `home`: path under which calendars are made."""

    name: str
    address: str
    home: str
    client: httpx.Client

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
        """Past everything of ours."""
        kind = "text/calendar; charset=utf-8" if method == "PUT" else "application/xml; charset=utf-8"
        sent = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.request(method, f"{self.address}{path}", content=body, headers=sent)

    def make_calendar(self, *properties: str) -> str:
        """Its path. `properties`: as XML, such as `<displayname>Work</displayname>`."""
        path = f"{self.home}cal-{next(_numbers)}/"
        spaces = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
        given = "".join(properties) or f"<displayname>{path}</displayname>"
        body = f"<C:mkcalendar {spaces}><set><prop>{given}</prop></set></C:mkcalendar>"
        made = self.request("MKCALENDAR", path, body.encode())
        assert made.status_code == 201, made.text
        return path

    def put(self, calendar: str, uid: str, *lines: str) -> httpx.Response:
        """An entry that a person has made; `lines` of its VEVENT."""
        return self.request("PUT", f"{calendar}{uid}.ics", ics(uid, *lines))

    def entries(self, calendar: str) -> list[str]:
        """The calendar data of all entries."""
        from engine.calendars.caldav.xml import CAL, multistatus

        query = (
            b'<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><C:calendar-data/></prop>'
            b'<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>'
        )
        found = multistatus(self.request("REPORT", calendar, query, Depth="1").content)
        return [each.text(f"{CAL}calendar-data") for each in found]

    def connection(self, calendar: str = "", address: str = "", **settings: str) -> Connection:
        base = {"address": address or self.address, "user": USER, "password": PASSWORD, "calendar": calendar}
        return Connection(f"at_{self.name}", "caldav", {**base, **settings})


def ics(uid: str, *lines: str) -> bytes:
    whole = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//EN", "BEGIN:VEVENT", f"UID:{uid}",
        "DTSTAMP:20261101T120000Z", *lines, "SUMMARY:Busy", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(whole).encode()


@contextlib.contextmanager
def _running(name: str, arguments: Callable[[Path, int], list[str]], home: str) -> Iterator[CalDavServer]:
    folder = Path(tempfile.mkdtemp(prefix=f"leadline-{name}-"))
    port = free_port()
    command = [str(Path(sys.executable).parent / name), *arguments(folder, port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    stack = contextlib.ExitStack()
    try:
        client = stack.enter_context(httpx.Client(trust_env=False, timeout=30.0, auth=(USER, PASSWORD)))
        server = CalDavServer(name, f"http://127.0.0.1:{port}", home, client)
        until = time.monotonic() + READY_S
        while True:
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            with contextlib.suppress(httpx.HTTPError):
                server.request("OPTIONS", "/")
                break
            assert time.monotonic() < until, f"{name} does not answer"
            time.sleep(0.1)
        yield server
    finally:
        stack.close()
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _radicale(folder: Path, port: int) -> list[str]:
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    (folder / "config").write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {folder}/users\n"
        f"htpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {folder}/store\n"
        "[logging]\nlevel = warning\n"
    )
    return ["--config", str(folder / "config")]


def _xandikos(folder: Path, port: int) -> list[str]:
    return ["serve", "-d", str(folder / "store"), "-l", "127.0.0.1", "-p", str(port), "--defaults", "--autocreate"]


def running_radicale() -> contextlib.AbstractContextManager[CalDavServer]:
    return _running("radicale", _radicale, f"/{USER}/")


def running_xandikos() -> contextlib.AbstractContextManager[CalDavServer]:
    return _running("xandikos", _xandikos, "/user/calendars/")


@pytest.fixture(scope="session")
def radicale() -> Iterator[CalDavServer]:
    with running_radicale() as server:
        yield server


@pytest.fixture(scope="session")
def xandikos() -> Iterator[CalDavServer]:
    with running_xandikos() as server:
        yield server


@pytest.fixture(params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest) -> CalDavServer:
    """Both, one after the other."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, CalDavServer)
    return found


@dataclass
class SpoilingProxy:
    """Passes requests on. `faults`: `refuse` (`error` is a status) comes before the server is asked, everything else
    after it. `only`: methods that faults strike, all if empty. `statuses`: what requests are refused with whose method
    is the first and whose body holds the second. `leave_out`: headers of answers. `redirects`: paths that lead
    elsewhere. `served`: method, path and headers of what came."""

    server: CalDavServer
    faults: FaultPlan = field(default_factory=FaultPlan)
    only: frozenset[str] = frozenset()
    statuses: dict[tuple[str, bytes], int] = field(default_factory=dict)
    leave_out: frozenset[str] = frozenset()
    redirects: dict[str, str] = field(default_factory=dict)
    served: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    address: str = ""

    def asked(self, method: str) -> list[dict[str, str]]:
        return [headers for each, _, headers in self.served if each == method]

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> httpx.Response | None:
        """None: the connection is cut."""
        self.served.append((method, path, headers))
        if path in self.redirects:
            return httpx.Response(301, headers={"Location": self.redirects[path]})
        for (which, part), status in self.statuses.items():
            if method == which and part in body:
                return httpx.Response(status)
        fault = self.faults.strike() if not self.only or method in self.only else None
        if fault is not None and fault.kind == "refuse":
            return httpx.Response(int(fault.error), text="no")
        passed = {
            name: value for name, value in headers.items() if name not in ("host", "connection", "accept-encoding")
        }
        url = f"{self.server.address}{path}"
        answer = self.server.client.request(method, url, content=body, headers=passed, auth=None)
        if fault is not None and fault.kind in ("cut", "stall"):
            time.sleep(fault.seconds)
            return None
        if fault is not None and fault.kind == "corrupt":
            return httpx.Response(200, text="<!DOCTYPE html><html>Hello</html>")
        return answer


@contextlib.contextmanager
def spoiled(server: CalDavServer) -> Iterator[SpoilingProxy]:
    proxy = SpoilingProxy(server)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = proxy.answer(self.command, self.path, headers, body)
            if answer is None:
                self.close_connection = True
                return
            with contextlib.suppress(OSError):
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if (
                        name
                        not in {"content-length", "transfer-encoding", "connection", "content-encoding"}
                        | proxy.leave_out
                    ):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

        do_GET = do_PUT = do_DELETE = do_PROPFIND = do_REPORT = do_MKCALENDAR = _do  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing is printed."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    proxy.address = f"http://127.0.0.1:{listener.server_address[1]}"
    try:
        yield proxy
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
