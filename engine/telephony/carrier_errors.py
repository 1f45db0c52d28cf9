"""What can go wrong between us and the carrier, as typed errors that say what to do.

The vendor's exceptions end here: the client turns each into one of these. `problem` is the same in the words that all
providers share, for *test connection* and the journal.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import requests

from engine.provider_problem import ProblemKind, ProviderProblem

SKEW_S: Final = 60.0
"""From so much on, a difference between the carrier's clock and ours explains why a token is not believed."""

_KEY_FIX: Final = "Check the application id and the private key of the Vonage connection."


class CarrierError(Exception):
    """The carrier did not do what was asked. The message is written for people and holds no secret or number."""

    def __init__(self, message: str, problem: ProviderProblem) -> None:
        super().__init__(message)
        self.problem = problem


class CarrierRefused(CarrierError):
    """The carrier understood and said no; nothing was done. `status` is the HTTP status, `detail` its own words."""

    def __init__(self, message: str, problem: ProviderProblem, *, status: int, detail: str = "") -> None:
        super().__init__(message, problem)
        self.status = status
        self.detail = detail


class CarrierBusy(CarrierError):
    """Too many requests a second (429); nothing was done. Three new calls a second are allowed per account."""


class CarrierUnreachable(CarrierError):
    """No usable answer came. `maybe_placed`: whether the carrier can have done what was asked all the same.

    A call that may have been placed must not be placed again: wait for its events, or for `ringing_timer` to pass.
    """

    def __init__(self, message: str, problem: ProviderProblem, *, maybe_placed: bool) -> None:
        super().__init__(message, problem)
        self.maybe_placed = maybe_placed


def from_transport(err: requests.exceptions.RequestException, what: str) -> CarrierUnreachable:
    """Whether anything was sent decides what we may say. Only a failed connect is certain to have sent nothing."""
    text = str(err)
    # An SSLError alone proves nothing: a TLS connection that breaks off after the request is one too.
    distrusted = "CERTIFICATE_VERIFY_FAILED" in text
    if (
        distrusted
        or isinstance(err, requests.exceptions.ConnectTimeout)
        or "NewConnectionError" in text
        or "NameResolutionError" in text
    ):
        why = "its certificate is not trusted" if distrusted else "no connection"
        fix = "Check the network and the carrier's host in the settings, then try again."
        sentence = f"The carrier could not be reached to {what} ({why}). Nothing was sent."
        problem = ProviderProblem(ProblemKind.UNREACHABLE, sentence, fix)
        return CarrierUnreachable(str(problem), problem, maybe_placed=False)
    slow = isinstance(err, requests.exceptions.Timeout) or "timed out" in text
    why = "no answer in time" if slow else "the connection broke off"
    sentence = f"The carrier did not answer when asked to {what} ({why})."
    problem = ProviderProblem(ProblemKind.TOO_SLOW if slow else ProblemKind.CUT, sentence, doubt(what))
    return CarrierUnreachable(str(problem), problem, maybe_placed=True)


def unreadable(what: str) -> CarrierUnreachable:
    """A good answer had no readable body."""
    sentence = f"The carrier's answer could not be read when asked to {what}."
    problem = ProviderProblem(ProblemKind.UNREADABLE, sentence, doubt(what))
    return CarrierUnreachable(str(problem), problem, maybe_placed=True)


def from_status(response: requests.Response, what: str, now: datetime | None = None) -> CarrierError:
    """The error for an answer that is none of success. `now`: our clock, aware."""
    status = response.status_code
    if status == 429:
        problem = ProviderProblem(
            ProblemKind.QUOTA,
            f"The carrier has too many requests to {what} right now (429).",
            "Try again in a second. If it stays so, ask Vonage to raise the limit of calls a second.",
        )
        return CarrierBusy(str(problem), problem)
    if status >= 500:
        sentence = f"The carrier failed inside (HTTP {status}) when asked to {what}."
        problem = ProviderProblem(ProblemKind.BUSY, sentence, doubt(what))
        return CarrierUnreachable(str(problem), problem, maybe_placed=True)
    detail = _detail(response)
    kind, fix = _refusal(response, detail, now or datetime.now(UTC))
    problem = ProviderProblem(kind, f"The carrier refused to {what} (HTTP {status}).", fix)
    return CarrierRefused(str(problem), problem, status=status, detail=detail)


def doubt(what: str) -> str:
    """What is to be thought of a request that had no answer."""
    if what == "place the call":
        return "The call may or may not have been placed: do not place it again, wait for its events."
    if what == "transfer the call":
        return "The call may or may not have been transferred: wait for its events."
    return "Nothing is known about the outcome; it is safe to try again."


def _refusal(response: requests.Response, detail: str, now: datetime) -> tuple[ProblemKind, str]:
    words = detail.lower()
    match response.status_code:
        case 401 if abs(skew := _skew_s(response, now)) > SKEW_S:
            ahead = "behind" if skew > 0 else "ahead of"
            fix = (
                f"This machine's clock is {abs(skew):.0f} seconds {ahead} the carrier's: set it (NTP), then try again."
            )
            return ProblemKind.CLOCK_SKEW, fix
        case 401 if "application" in words:
            fix = "The carrier does not know this application. Check the application id of the Vonage connection."
            return ProblemKind.WRONG_PROJECT, fix
        case 401:
            return ProblemKind.WRONG_KEY, _KEY_FIX
        case 402:
            return ProblemKind.QUOTA, "The account's balance is used up. Top it up with Vonage."
        case 403:
            fix = "The account may not do this: check its balance, its countries and its numbers with Vonage."
            return ProblemKind.NOT_ALLOWED, fix
        case 404:
            return ProblemKind.REFUSED, "The carrier knows no such call."
        case 400 if re.match(r"from\b", words):
            fix = "The number that calls are made from is not one of this Vonage account. Correct the setting of it."
            return ProblemKind.REFUSED, fix
        case _:
            return ProblemKind.REFUSED, "Check the numbers and the addresses of the call."


def _skew_s(response: requests.Response, now: datetime) -> float:
    """How far the carrier's clock is ahead of ours, by the `Date` of its answer; 0 if it gives none."""
    try:
        theirs = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return 0.0
    return (theirs - now).total_seconds() if theirs.tzinfo else 0.0


def _detail(response: requests.Response) -> str:
    """The carrier's own words, cut short. May quote a phone number: for the call's record, not for logs."""
    try:
        body = response.json()
    except (ValueError, json.JSONDecodeError):
        return ""
    if not isinstance(body, dict):
        return ""
    for key in ("detail", "title", "error_title"):
        if isinstance(body.get(key), str):
            return str(body[key])[:200]
    return ""
