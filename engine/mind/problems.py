"""What Google's errors mean, in plain words. Pure: an error, who asked for what, and the time.

Google's own sentences are never passed on: some repeat the key, others the caller's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import google.auth.exceptions as google_auth
import httpx2
from google.genai import errors

from engine.mind.access import Access, ApiKey
from engine.mind.failure import MindFailed
from engine.provider_problem import ProblemKind, ProviderProblem

MOST_SKEW: Final = timedelta(minutes=5)
"""Google believes signatures and tokens about so far from its own clock."""

NEW_KEY: Final = "Create a key in Google AI Studio and enter it: leadline connect add gemini --kind gemini ..."
NEW_CREDENTIALS: Final = (
    "Create a new key for the service account and enter it: leadline connect add gemini --kind gemini ..."
)
CORRECT: Final = "Check the {} of the connection; enter it anew with leadline connect add gemini --kind gemini ..."
SET_CLOCK: Final = "Set this machine's clock by a time server (NTP)."
OTHER_MODEL: Final = "Set another model, for example gemini-3.5-flash-lite."


def failure_of(error: Exception, access: Access, model: str, now: datetime) -> MindFailed:
    """Any error of a request as ours. `now`: aware, this machine's own idea of it."""
    kind, sentence, fix = _told(error, access, model, now)
    problem = ProviderProblem(kind, sentence, fix)
    return MindFailed(model, problem, _retry_after(error), names_thinking=_names_thinking(error, kind))


def _names_thinking(error: Exception, kind: ProblemKind) -> bool:
    if kind is not ProblemKind.REFUSED or not isinstance(error, errors.APIError) or error.code != 400:
        return False
    return "thinking" in " ".join((str(error.message or ""), *_fields(error))).lower()


Told = tuple[ProblemKind, str, str]


def _told(error: Exception, access: Access, model: str, now: datetime) -> Told:
    if isinstance(error, errors.APIError):
        return _answered(error, access, model, now)
    if isinstance(error, errors.UnknownApiResponseError | ValueError | httpx2.DecodingError):
        return ProblemKind.UNREADABLE, "Gemini's answer could not be read.", ""
    if isinstance(error, google_auth.GoogleAuthError):
        return _credentials(error)
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return ProblemKind.TOO_SLOW, "Gemini took too long to answer.", ""
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError | httpx2.UnsupportedProtocol):
        where = "" if isinstance(access, ApiKey) else f" and the region '{access.location}'"
        return (
            ProblemKind.UNREACHABLE,
            "Google's server for Gemini cannot be reached.",
            f"Check this machine's network{where}.",
        )
    if isinstance(error, httpx2.TransportError | OSError):
        return ProblemKind.CUT, "The connection to Gemini broke off.", ""
    return ProblemKind.UNREADABLE, f"Gemini's client failed ({type(error).__name__}).", ""


def _answered(error: errors.APIError, access: Access, model: str, now: datetime) -> Told:
    """By the reason that Google gives for machines, then by its status, then by the HTTP code."""
    reasons, message = _reasons(error), str(error.message or "").lower()
    place = access.place
    if error.code in (401, 403) and (skew := _skew(error, now)):
        return ProblemKind.CLOCK_SKEW, f"This machine's clock is {skew}, so Google does not believe it.", SET_CLOCK
    if "ACCESS_TOKEN_EXPIRED" in reasons or "api key expired" in message:
        fix = NEW_KEY if isinstance(access, ApiKey) else NEW_CREDENTIALS
        return ProblemKind.EXPIRED, "What Gemini was reached with has expired.", fix
    if "API_KEY_INVALID" in reasons or "api key not valid" in message:
        return ProblemKind.WRONG_KEY, "Google does not know this Gemini API key.", NEW_KEY
    if reasons & {"SERVICE_DISABLED", "API_KEY_SERVICE_BLOCKED", "BILLING_DISABLED"}:
        return (
            ProblemKind.NOT_ALLOWED,
            f"Gemini is not switched on for {place}.",
            "In the Google Cloud console, enable the API and billing for the project of this key.",
        )
    if any(reason.startswith("API_KEY_") for reason in reasons):
        return (
            ProblemKind.NOT_ALLOWED,
            "This Gemini API key may not be used from here.",
            "Look at the key's restrictions (addresses, services) in the Google Cloud console.",
        )
    if "CONSUMER_SUSPENDED" in reasons:
        return ProblemKind.NOT_ALLOWED, f"Google has suspended {place}.", "Ask Google Cloud support why."
    if "CONSUMER_INVALID" in reasons or re.search(r"project '?[\w-]+'? (?:was )?not found", message):
        return ProblemKind.WRONG_PROJECT, f"Google does not know {place}.", CORRECT.format("project id")
    if "location is not supported" in message or "unsupported location" in message or "region" in reasons:
        return (
            ProblemKind.WRONG_REGION,
            f"Gemini is not offered where this machine or {place} is.",
            "Choose another region, or use Vertex AI in a region that has it.",
        )
    match error.code:
        case 401:
            fix = NEW_KEY if isinstance(access, ApiKey) else NEW_CREDENTIALS
            return ProblemKind.WRONG_KEY, "Google does not accept these credentials for Gemini.", fix
        case 403 if isinstance(access, ApiKey):
            return ProblemKind.NOT_ALLOWED, "This Gemini API key may not use this model.", NEW_KEY
        case 403:
            return (
                ProblemKind.WRONG_PROJECT,
                f"These credentials may not use Gemini in {place}, or there is no such project.",
                "Check the project id, and give the service account the role 'Vertex AI User' there.",
            )
        case 404 if isinstance(access, ApiKey):
            return ProblemKind.UNKNOWN_MODEL, f"Google has no model '{model}', or shut it down.", OTHER_MODEL
        case 404:
            return (
                ProblemKind.UNKNOWN_MODEL,
                f"There is no model '{model}' for {place}: it was shut down, or that region does not have it.",
                f"{OTHER_MODEL} Or choose the region 'global'.",
            )
        case 429:
            wait = _retry_after(error)
            when = f" It may be asked again in {wait:.0f} s." if wait else ""
            return (
                ProblemKind.QUOTA,
                f"The quota of {place} for Gemini is used up.{when}",
                "Ask Google for a higher quota, or set a second model.",
            )
        case 408 | 504:
            return ProblemKind.TOO_SLOW, "Gemini took too long to answer.", ""
        case code if code is not None and code >= 500:
            return ProblemKind.BUSY, "Gemini is overloaded or out of order.", "A call goes on with the next model."
        case code if code is not None and 300 <= code < 400:
            return (
                ProblemKind.REFUSED,
                "The address for Gemini leads elsewhere.",
                CORRECT.format("address"),
            )
        case _:
            status = re.sub(r"[^A-Z_]", "", str(error.status or ""))[:40]
            fields = ", ".join(_fields(error))
            what = f"Gemini refuses the request ({error.code} {status}" + (f", field {fields}" if fields else "") + ")."
            return ProblemKind.REFUSED, what, "This may be a model that Leadline does not know yet: set another one."


def _credentials(error: google_auth.GoogleAuthError) -> Told:
    message = str(error).lower()
    if isinstance(error, google_auth.TransportError):
        return ProblemKind.UNREACHABLE, "Google's sign-in server cannot be reached.", "Check this machine's network."
    if "iat and exp" in message or "reasonable timeframe" in message or "token used too early" in message:
        return ProblemKind.CLOCK_SKEW, "This machine's clock is wrong, so Google does not believe it.", SET_CLOCK
    if isinstance(error, google_auth.DefaultCredentialsError):
        return ProblemKind.WRONG_KEY, "There are no Google credentials on this machine.", NEW_CREDENTIALS
    if "expired or revoked" in message or "reauth" in message:
        return ProblemKind.EXPIRED, "The Google credentials have expired or were revoked.", NEW_CREDENTIALS
    return ProblemKind.WRONG_KEY, "Google does not accept the key of this service account.", NEW_CREDENTIALS


def _details(error: Exception) -> Iterable[Mapping[str, object]]:
    body = error.details if isinstance(error, errors.APIError) else None
    inner = body.get("error", body) if isinstance(body, dict) else None
    details = inner.get("details") if isinstance(inner, dict) else None
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def _reasons(error: errors.APIError) -> frozenset[str]:
    return frozenset(str(each["reason"]) for each in _details(error) if each.get("reason"))


def _fields(error: errors.APIError) -> list[str]:
    """Names of the fields that Google objects to; never what it says about them."""
    lists = [each.get("fieldViolations") for each in _details(error)]
    violations = [one for each in lists if isinstance(each, list) for one in each if isinstance(one, dict)]
    fields = [str(violation.get("field")) for violation in violations]
    return [field for field in fields if re.fullmatch(r"[\w.\[\]]{1,60}", field)][:3]


def _retry_after(error: Exception) -> float | None:
    """Seconds that a RetryInfo names ("17s", "0.5s"), or None."""
    for each in _details(error):
        said = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)s", str(each.get("retryDelay", "")))
        if said:
            return float(said.group(1))
    return None


def _skew(error: errors.APIError, now: datetime) -> str:
    """How far this clock is from the server's, if that is too far; empty otherwise."""
    headers = getattr(error.response, "headers", None)
    try:
        theirs = parsedate_to_datetime(headers["date"]) if headers and "date" in headers else None
    except (TypeError, ValueError):
        theirs = None
    if theirs is None:
        return ""
    ahead = now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))
    if abs(ahead) <= MOST_SKEW:
        return ""
    minutes = round(abs(ahead) / timedelta(minutes=1))
    return f"{minutes} minutes {'ahead' if ahead > timedelta(0) else 'behind'}"
