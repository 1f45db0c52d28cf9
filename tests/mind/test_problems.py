"""Each of Google's errors is told apart, says what to do, and repeats neither a key nor a caller's words."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import google.auth.exceptions as google_auth
import httpx2
import pytest
from google.genai import errors

from engine.mind.access import Access, ApiKey, VertexProject
from engine.mind.problems import failure_of
from engine.provider_problem import ProblemKind
from tests.emulators.gemini.protocol import info, named_error

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
KEY = "AIza-secret-of-somebody"
BY_KEY = ApiKey(KEY)
BY_PROJECT = VertexProject("my-project", "us-central1")
SAID = "my roof is leaking"


def api_error(
    code: int, message: str = "", reason: str = "", date: datetime | None = None, details: Any = None
) -> errors.APIError:
    body = {"error": {"code": code, "message": f"{message} {KEY} {SAID}", "status": "X"}}
    if reason or details:
        body["error"]["details"] = details or [info(reason)]  # type: ignore[assignment]
    headers = {"date": format_datetime(date, usegmt=True)} if date else {}
    kind = errors.ClientError if code < 500 else errors.ServerError
    return kind(code, body, httpx2.Response(code, headers=headers))


CASES: list[tuple[Exception, Access, ProblemKind, str]] = [
    (api_error(400, "API key not valid.", "API_KEY_INVALID"), BY_KEY, ProblemKind.WRONG_KEY, "does not know"),
    (api_error(400, "API key expired.", "API_KEY_INVALID"), BY_KEY, ProblemKind.EXPIRED, "expired"),
    (api_error(401, "", "ACCESS_TOKEN_EXPIRED"), BY_PROJECT, ProblemKind.EXPIRED, "expired"),
    (api_error(401, "", "ACCESS_TOKEN_TYPE_UNSUPPORTED"), BY_PROJECT, ProblemKind.WRONG_KEY, "does not accept"),
    (api_error(401, date=NOW + timedelta(hours=2)), BY_PROJECT, ProblemKind.CLOCK_SKEW, "120 minutes behind"),
    (api_error(403, date=NOW - timedelta(hours=1)), BY_PROJECT, ProblemKind.CLOCK_SKEW, "60 minutes ahead"),
    (api_error(401, date=NOW + timedelta(minutes=2)), BY_PROJECT, ProblemKind.WRONG_KEY, "does not accept"),
    (api_error(403, "", "SERVICE_DISABLED"), BY_KEY, ProblemKind.NOT_ALLOWED, "not switched on"),
    (api_error(403, "", "BILLING_DISABLED"), BY_PROJECT, ProblemKind.NOT_ALLOWED, "my-project"),
    (api_error(403, "", "API_KEY_SERVICE_BLOCKED"), BY_KEY, ProblemKind.NOT_ALLOWED, "not switched on"),
    (api_error(403, "", "API_KEY_IP_ADDRESS_BLOCKED"), BY_KEY, ProblemKind.NOT_ALLOWED, "from here"),
    (api_error(403, "", "CONSUMER_SUSPENDED"), BY_KEY, ProblemKind.NOT_ALLOWED, "suspended"),
    (api_error(403, "", "CONSUMER_INVALID"), BY_PROJECT, ProblemKind.WRONG_PROJECT, "my-project"),
    (api_error(403, "", "IAM_PERMISSION_DENIED"), BY_PROJECT, ProblemKind.WRONG_PROJECT, "no such project"),
    (api_error(404, "Project 'x' not found"), BY_PROJECT, ProblemKind.WRONG_PROJECT, "my-project"),
    (api_error(403), BY_KEY, ProblemKind.NOT_ALLOWED, "may not use"),
    (api_error(400, "User location is not supported"), BY_KEY, ProblemKind.WRONG_REGION, "not offered"),
    (api_error(404), BY_KEY, ProblemKind.UNKNOWN_MODEL, "no model 'gemini-x'"),
    (api_error(404), BY_PROJECT, ProblemKind.UNKNOWN_MODEL, "'us-central1'"),
    (api_error(429), BY_KEY, ProblemKind.QUOTA, "used up"),
    (api_error(500), BY_KEY, ProblemKind.BUSY, "overloaded"),
    (api_error(502), BY_KEY, ProblemKind.BUSY, "overloaded"),
    (api_error(503), BY_KEY, ProblemKind.BUSY, "overloaded"),
    (api_error(504), BY_KEY, ProblemKind.TOO_SLOW, "too long"),
    (api_error(408), BY_KEY, ProblemKind.TOO_SLOW, "too long"),
    (api_error(400), BY_KEY, ProblemKind.REFUSED, "refuses the request (400"),
    (errors.APIError(302, {}, httpx2.Response(302)), BY_KEY, ProblemKind.REFUSED, "leads elsewhere"),
    (
        errors.UnknownApiResponseError(f"Raw response: {SAID} {KEY}"),
        BY_KEY,
        ProblemKind.UNREADABLE,
        "could not be read",
    ),
    (httpx2.ReadTimeout(KEY), BY_KEY, ProblemKind.TOO_SLOW, "too long"),
    (httpx2.ConnectTimeout(KEY), BY_KEY, ProblemKind.TOO_SLOW, "too long"),
    (httpx2.ConnectError(KEY), BY_KEY, ProblemKind.UNREACHABLE, "cannot be reached"),
    (httpx2.RemoteProtocolError(KEY), BY_KEY, ProblemKind.CUT, "broke off"),
    (httpx2.ReadError(KEY), BY_KEY, ProblemKind.CUT, "broke off"),
    (ConnectionResetError(KEY), BY_KEY, ProblemKind.CUT, "broke off"),
    (google_auth.TransportError(KEY), BY_PROJECT, ProblemKind.UNREACHABLE, "sign-in server"),
    (google_auth.RefreshError("invalid_grant: Invalid JWT Signature."), BY_PROJECT, ProblemKind.WRONG_KEY, "the key"),
    (
        google_auth.RefreshError("Invalid JWT: Token must be ... Check your iat and exp values"),
        BY_PROJECT,
        ProblemKind.CLOCK_SKEW,
        "clock is wrong",
    ),
    (google_auth.RefreshError("Token has been expired or revoked."), BY_PROJECT, ProblemKind.EXPIRED, "revoked"),
    (google_auth.DefaultCredentialsError(KEY), BY_PROJECT, ProblemKind.WRONG_KEY, "no Google credentials"),
    (RuntimeError(f"{KEY} {SAID}"), BY_KEY, ProblemKind.UNREADABLE, "RuntimeError"),
]


@pytest.mark.parametrize(("error", "access", "kind", "sentence"), CASES)
def test_an_error_is_told_apart_and_repeats_no_secret(
    error: Exception, access: Access, kind: ProblemKind, sentence: str
):
    failed = failure_of(error, access, "gemini-x", NOW)
    assert failed.problem.kind is kind
    assert sentence in failed.problem.sentence
    for text in (str(failed), repr(failed), str(failed.problem), repr(failed.problem)):
        assert KEY not in text
        assert SAID not in text


def test_a_problem_that_stays_says_what_to_do():
    for error, access, kind, _ in CASES:
        problem = failure_of(error, access, "gemini-x", NOW).problem
        assert problem.passing or problem.fix, kind


@pytest.mark.parametrize(("delay", "seconds"), [("17s", 17.0), ("0.5s", 0.5), ("soon", None), ("", None)])
def test_when_to_come_back_is_read_from_the_retry_info(delay: str, seconds: float | None):
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}, "noise", {"reason": None}]
    assert failure_of(api_error(429, details=details), BY_KEY, "m", NOW).retry_after_s == seconds


def test_a_refused_field_is_named_but_not_what_google_says_about_it():
    refused = named_error("INVALID_ARGUMENT", SAID)
    error = errors.ClientError(400, refused.body(), httpx2.Response(400))
    sentence = failure_of(error, BY_KEY, "m", NOW).problem.sentence
    assert "contents[0].parts[0]" in sentence
    assert SAID not in sentence


@pytest.mark.parametrize(
    "body", [[], {}, {"error": None}, {"error": {"details": "no"}}, {"message": "x", "status": "y"}]
)
def test_a_body_of_another_shape_is_no_trouble(body: Any):
    error = errors.ServerError.__new__(errors.ServerError)
    error.code, error.status, error.message, error.details = 503, None, None, body
    error.response = httpx2.Response(503)
    assert failure_of(error, BY_KEY, "m", NOW).problem.kind is ProblemKind.BUSY
