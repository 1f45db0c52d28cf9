"""Vonage's SMS API by its own SDK, with the SDK's hazards switched off.

Of Vonage's two ways to send texts this is the one that says at once what becomes of each part: sender not allowed, no
credit, number barred. The newer Messages API takes almost everything and tells later, by a webhook, to whoever can be
reached from outside. Both are in the SDK; neither lets anybody look for a message by a reference of one's own, so a
text whose answer was lost cannot be looked for.

* The SDK sends a POST again, up to `pool_maxsize` times, when a connection closes without an answer: one, and
  `max_retries` 0. Each request opens its own connection, so that none is used that the other side is just closing.
* A refusal comes in an answer 200, part by part; the SDK's errors tell the first of them in words only, and some
  answers make it stumble. So the answer itself is read here, whatever the SDK makes of it.
* It follows redirects, with the secret; it has no time limit; it logs numbers and texts. None of that here.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
from pydantic import ValidationError
from vonage_account import Account as AccountApi
from vonage_http_client import Auth, HttpClient, HttpClientOptions
from vonage_http_client.errors import HttpRequestError
from vonage_sms import Sms, SmsMessage
from vonage_sms.errors import SmsError
from vonage_utils import VonageError

from engine.sdk import Connection, ConnectionField, ConnectionKind, Permanent, StepFailed, Transient
from nodes.connect.asking import pause_s

HOST: Final = "rest.nexmo.com"
TIMEOUT_S: Final = 15  # for connecting, and for each silence of the other side
THROTTLED_S: Final = 2.0  # Vonage does not say how long; its limits are by the second
_VONAGE: Final = (".nexmo.com", ".vonage.com")
_NUMBER: Final = re.compile(r"\d{3,15}")
_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


class Unsure(StepFailed):
    """Nobody knows whether the text went out: the answer was lost or could not be read."""


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """`sender`: digits without the plus, or a name. `ca_file`: the authority to trust instead of the usual ones."""

    key: str
    secret: str = field(repr=False)
    sender: str
    host: str = HOST
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What Vonage took: its ids of the parts, in order, and what they cost, in the account's currency."""

    ids: tuple[str, ...]
    price: float


def account(connection: Connection) -> SmsAccount:
    """Raises `Permanent`, with a sentence that says which field is wrong."""
    given = {name: value.strip() for name, value in connection.settings.items()}
    where = f"Correct the connection '{connection.name}'."
    if connection.kind != VONAGE_SMS.kind:
        raise Permanent(f"The connection '{connection.name}' is of kind '{connection.kind}'; a text needs vonage_sms.")
    if not given.get("api_key") or not given.get("api_secret"):
        raise Permanent(f"The API key or the API secret is missing. {where}")
    sender = given.get("sender", "")
    digits = re.sub(r"[ ().+-]", "", sender)
    if not _NUMBER.fullmatch(digits) and not _NAME.fullmatch(sender):
        raise Permanent(f"The sender must be a phone number, or a name of at most 11 letters and digits. {where}")
    host = given.get("host") or HOST
    if not trusted(host):
        raise Permanent(
            f"The host is neither Vonage's (*.nexmo.com, *.vonage.com) nor on this machine: the secret is not sent "
            f"there. {where}"
        )
    ca_file = Path(given["ca_file"]) if given.get("ca_file") else None
    if ca_file is not None and not ca_file.is_file():
        raise Permanent(f"The certificate file does not exist. {where}")
    return SmsAccount(
        given["api_key"],
        given["api_secret"],
        digits if _NUMBER.fullmatch(digits) else sender,
        host,
        ca_file,
    )


def trusted(host: str) -> bool:
    """Whether the account's secret may be sent to a host (with or without a port)."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(_VONAGE):
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(name).is_loopback
    return False


def sender_problem(sender: str, to: str) -> str:
    """Why a sender cannot write to a number (E.164); empty if it can. Pure."""
    if to.startswith("+1") and not sender.isdigit():
        return (
            "In the USA and Canada a text must come from a phone number, not from a name. "
            "Enter a number of your Vonage account as the sender of the connection."
        )
    return ""


def send(to: SmsAccount, number: str, text: str, *, unicode: bool, ref: str) -> Sent:
    """Send a text, once. Blocks. `number`: E.164. Raises `Permanent` and `Transient` where surely nothing was sent or
    no more should be, `Unsure` where nobody knows."""
    http = _client(to)
    message = SmsMessage(
        to=number.removeprefix("+"),
        from_=to.sender,
        text=text,
        type="unicode" if unicode else "text",
        client_ref=ref,
    )
    try:
        # What the SDK makes of the answer is not asked: see the module's own words.
        with suppress(SmsError, TypeError, KeyError, IndexError, ValueError, AttributeError, ValidationError):
            Sms(http).send(message)
    except HttpRequestError as problem:
        raise _from_status(problem.response) from None
    except requests.exceptions.RequestException as problem:
        raise _from_transport(problem) from None
    response: requests.Response | None = http._last_response
    if response is None:
        raise Permanent("Vonage's SDK refused to send this text. Check its length and the number.")
    try:
        return judge(response.json())
    except requests.exceptions.JSONDecodeError:
        raise Unsure("Vonage's answer could not be read.") from None


def judge(answer: object) -> Sent:
    """What an answer 200 says. Raises as `send` does. Pure."""
    parts = answer.get("messages") if isinstance(answer, Mapping) else None
    if not isinstance(parts, Sequence) or not parts or not all(isinstance(each, Mapping) for each in parts):
        raise Unsure("Vonage's answer could not be read.")
    statuses = [str(each.get("status", "")) for each in parts]
    taken = [each for each, status in zip(parts, statuses, strict=True) if status == "0"]
    if len(taken) == len(parts):
        return Sent(
            tuple(str(each.get("message-id", "")) for each in taken),
            round(sum(_amount(each.get("message-price")) for each in taken), 4),
        )
    refusal = refused(next(status for status in statuses if status != "0"))
    if taken:
        raise Permanent(
            f"Vonage took {len(taken)} of the {len(parts)} parts of the text and refused the rest. {refusal} "
            "The text is not sent again, so that nobody gets its beginning twice."
        )
    raise refusal


def refused(status: str) -> StepFailed:
    """What a status of the SMS API other than 0 means, and what to do. Pure."""
    match status:
        case "1" | "10":
            return Transient("Vonage has too many texts of this account at once (status 1).", THROTTLED_S)
        case "5":
            return Transient("Vonage failed inside (status 5).")
        case "4" | "11" | "14" | "32":
            return Permanent(
                f"Vonage does not accept the API key and secret (status {status}). Copy both again from Vonage's "
                "dashboard into the connection."
            )
        case "3" | "6" | "22":
            return Permanent(f"Vonage knows no such number (status {status}). Check the lead's phone number.")
        case "7":
            return Permanent("The number is barred: its owner gets no texts by Vonage (status 7).")
        case "8":
            return Permanent("The Vonage account is suspended (status 8). Ask Vonage why.")
        case "9":
            return Permanent("The Vonage account has no credit left (status 9). Top it up, then replay this step.")
        case "12":
            return Permanent("The text is too long for Vonage (status 12). Shorten it.")
        case "15":
            return Permanent(
                "Vonage does not let this sender write to this country (status 15). Enter a number of your account as "
                "the sender of the connection."
            )
        case "29":
            return Permanent(
                "The Vonage account is on trial and writes only to numbers on its list (status 29). Add the number "
                "there, or upgrade the account."
            )
        case "33":
            return Permanent("The number is no longer in use (status 33).")
        case _:
            return Permanent(f"Vonage refused the text (status {status[:4] or 'missing'}).")


def balance(of: SmsAccount) -> str:
    """Signs in and looks at the credit, without sending anything. Blocks. Raises as `send` does."""
    http = _client(of)
    try:
        left = AccountApi(http).get_balance()
    except HttpRequestError as problem:
        raise _from_status(problem.response) from None
    except requests.exceptions.RequestException as problem:
        raise _from_transport(problem) from None
    except (TypeError, ValidationError):
        raise Transient("Vonage's answer could not be read.") from None
    if left.value <= 0 and not left.auto_reload:
        raise Permanent("Vonage let Leadline in, but the account has no credit left. Top it up.")
    return f"Vonage let Leadline in; the account has {left.value:.2f} euros left. No text was sent."


def _client(to: SmsAccount) -> HttpClient:
    logging.getLogger("vonage").setLevel(logging.CRITICAL + 1)  # it logs numbers and texts
    try:
        http = HttpClient(
            Auth(api_key=to.key, api_secret=to.secret),
            HttpClientOptions(
                api_host=to.host,
                rest_host=to.host,
                timeout=TIMEOUT_S,
                pool_connections=1,
                pool_maxsize=1,
                max_retries=0,
            ),
        )
    except VonageError as problem:
        raise Permanent(f"Vonage's SDK does not take the connection ({type(problem).__name__}).") from None
    session: requests.Session = http._session
    session.headers["Connection"] = "close"
    session.max_redirects = 0
    if to.ca_file is not None:
        # The SDK has no setting for it. The environment must be shut out: it beats the session's `verify`.
        session.verify = str(to.ca_file)
        session.trust_env = False
    return http


def _from_status(response: requests.Response) -> StepFailed:
    status = response.status_code
    if status in (420, 429):
        asked = pause_s(response.headers.get("retry-after", ""), datetime.now(UTC))
        return Transient(f"Vonage has too many requests of this account (answer {status}).", asked or THROTTLED_S)
    if status >= 500:
        return Unsure(f"Vonage failed inside (answer {status}).")
    if status in (401, 403):
        return Permanent(
            f"Vonage does not accept the API key and secret (answer {status}). Copy both again from Vonage's dashboard "
            "into the connection."
        )
    if status == 402:
        return refused("9")
    return Permanent(f"Vonage refused the request (answer {status}).")


def _from_transport(problem: requests.exceptions.RequestException) -> StepFailed:
    """Only where no connection came about is it certain that nothing was sent."""
    text = str(problem)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return Permanent("The certificate of Vonage's host is not valid for it. Check the host of the connection.")
    if isinstance(problem, requests.exceptions.TooManyRedirects):
        return Permanent("Vonage's host sends us elsewhere. Check the host of the connection.")
    if isinstance(problem, requests.exceptions.ConnectTimeout) or re.search("NewConnection|NameResolution", text):
        return Transient("Vonage could not be reached. Nothing was sent.")
    slow = isinstance(problem, requests.exceptions.Timeout) or "timed out" in text
    return Unsure(f"Vonage did not answer ({'no answer in time' if slow else 'the connection broke off'}).")


def _amount(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return 0.0


async def _knock(connection: Connection) -> str:
    try:
        return await asyncio.to_thread(balance, account(connection))
    except Unsure as problem:
        raise Transient(str(problem)) from problem


VONAGE_SMS: Final = ConnectionKind(
    "vonage_sms",
    "Text messages",
    "sends text messages to leads through Vonage",
    (
        ConnectionField("api_key", "API key", "from Vonage's dashboard", required=True, example="abcd1234"),
        ConnectionField("api_secret", "API secret", "stands beside the key", required=True, secret=True),
        ConnectionField(
            "sender",
            "Sender",
            "a number of your account; outside the USA and Canada also a name of at most 11 letters",
            required=True,
            example="+14155550100",
        ),
        ConnectionField(
            "signature_secret",
            "Signature secret",
            "from the same page; without it nobody who answers STOP is heard",
            secret=True,
        ),
        ConnectionField(
            "signature_method",
            "Signature method",
            "as it is set there; sha256 if not told otherwise",
            choices=("sha256", "sha512", "sha1", "md5", "md5hash"),
            advanced=True,
        ),
        ConnectionField(
            "host", "Host", "another host of Vonage's, or an emulator on this machine", example=HOST, advanced=True
        ),
        ConnectionField(
            "ca_file", "Certificate file", "path of the authority's certificate, for an emulator", advanced=True
        ),
    ),
    test=_knock,
)
