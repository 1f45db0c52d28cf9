"""Receives Leadline's webhooks: believes signed ones only, drops repeats, keeps every call in a SQLite file.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_... python receiver.py --port 8090 --file calls.sqlite

`WEBHOOK_SECRET` may hold several secrets, parted by spaces: one of them must fit.
"""

from __future__ import annotations

import argparse
import binascii
import json
import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

LONGEST = 262_144  # bytes; Leadline sends no longer ones
TABLES = """
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS call (id TEXT PRIMARY KEY, phone TEXT, name TEXT, outcome TEXT, appointment TEXT);
"""


def verified(secrets: list[str], body: bytes, headers: dict[str, str]) -> bool:
    """Whether one of the secrets made this signature, over these very bytes, in the last five minutes."""
    for secret in secrets:
        try:
            Webhook(secret).verify(body, headers, json_parse=False)
        except (WebhookVerificationError, binascii.Error, ValueError):  # broken base64 raises the second
            continue
        return True
    return False


def keep(file: str, id: str, result: dict[str, Any]) -> bool:
    """Keep a call, once. The id and what it leads to are written together, or neither is. False: it was a repeat."""
    with sqlite3.connect(file) as database:
        if database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (id,)).rowcount == 0:
            return False
        lead, booked = result["lead"], result["appointment"]
        database.execute(
            "INSERT OR REPLACE INTO call VALUES (?, ?, ?, ?, ?)",
            (
                result["call"]["id"],
                lead["phone"],
                f"{lead['first_name']} {lead['last_name']}".strip(),
                result["outcome"]["disposition"],
                booked["start"] if booked else None,
            ),
        )
        return True


class Handler(BaseHTTPRequestHandler):
    secrets: list[str]
    file: str

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > LONGEST:
            return self.tell(413, {"error": "too long"})
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not verified(self.secrets, body, headers):
            return self.tell(401, {"error": "the signature does not fit"})
        result = json.loads(body)
        if result["event"] != "call.completed" or result.get("test"):
            return self.tell(200, {"ignored": result["event"]})  # a test, or an event that we have no use for
        id = headers["webhook-id"]
        return self.tell(200, {"id": result["call"]["id"], "new": keep(self.file, id, result)})

    def tell(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """The body holds personal data; nothing is logged."""


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--port", type=int, default=8090)
    reader.add_argument("--file", default="calls.sqlite")
    given = reader.parse_args()
    Handler.secrets, Handler.file = os.environ["WEBHOOK_SECRET"].split(), given.file
    with sqlite3.connect(given.file) as database:
        database.executescript(TABLES)
    # Put a web server with a certificate in front of it: Leadline sends to the internet by https only.
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Handler)
    sys.stdout.write(f"Listening on http://127.0.0.1:{server.server_address[1]}/\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
