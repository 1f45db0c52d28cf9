"""Links by which a person opts out, for messages: the address itself is the proof, works for ever and tells nothing.

    https://calls.example.com/stop/pKx1...   (32 signs: the lead's id and a proof that we made it)

Short, since it stands in text messages. Whoever has it can only put that one person on the do-not-call list.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from typing import Final

PATH: Final = "/stop"
_PURPOSE: Final = "leadline opt-out links v1"
_ID: Final = re.compile(r"lead_([0-9a-f]{24})")
_ID_BYTES: Final = 12
_PROOF_BYTES: Final = 12
"""96 bits of the HMAC: not to be guessed, and the link fits into a text message."""


class OptOutLinks:
    """`public_url`: of this installation. `derive`: gives the installation's keys for a purpose, asked when first
    needed; the first one signs, all of them prove."""

    def __init__(self, public_url: str, derive: Callable[[str], Sequence[bytes]]) -> None:
        self._public_url = public_url.rstrip("/")
        self._derive = derive
        self._known: Sequence[bytes] = ()

    def __repr__(self) -> str:
        return "OptOutLinks()"

    def link(self, lead_id: str) -> str:
        """The address for one lead; empty for an id that is none of ours (a call that only tried something out)."""
        match = _ID.fullmatch(lead_id)
        if match is None:
            return ""
        name = bytes.fromhex(match[1])
        return f"{self._public_url}{PATH}/{base64.urlsafe_b64encode(name + _proof(self._keys()[0], name)).decode()}"

    def read(self, token: str) -> str | None:
        """The id of the lead that the last part of an address stands for; None if it is not ours."""
        try:
            content = base64.b64decode(token, altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        name, proof = content[:_ID_BYTES], content[_ID_BYTES:]
        if not any(hmac.compare_digest(proof, _proof(key, name)) for key in self._keys()):
            return None
        return f"lead_{name.hex()}"

    def _keys(self) -> Sequence[bytes]:
        self._known = self._known or self._derive(_PURPOSE)
        return self._known


def _proof(key: bytes, name: bytes) -> bytes:
    return hmac.digest(key, name, hashlib.sha256)[:_PROOF_BYTES]
