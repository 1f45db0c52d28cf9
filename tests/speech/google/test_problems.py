"""What Google's errors mean: each is told apart and says what to do; none of Google's own words are repeated."""

import google.auth.exceptions
import grpc
import pytest
from google.api_core import exceptions

from engine.provider_problem import ProblemKind
from engine.speech.google.channel import GoogleAccess, Service
from engine.speech.google.problems import problem_of

ACCESS = GoogleAccess(project="harborline-1", region="eu")
Code = grpc.StatusCode

CASES = [
    (Code.UNAUTHENTICATED, "Request had invalid authentication credentials.", ProblemKind.WRONG_KEY),
    (Code.UNAUTHENTICATED, "Expected OAuth 2 access token.", ProblemKind.WRONG_KEY),
    (Code.UNAUTHENTICATED, "ACCESS_TOKEN_EXPIRED", ProblemKind.EXPIRED),
    (Code.UNAUTHENTICATED, "The access token has expired.", ProblemKind.EXPIRED),
    (
        Code.UNAUTHENTICATED,
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and "
        "exp values in the JWT claim.",
        ProblemKind.CLOCK_SKEW,
    ),
    (
        Code.PERMISSION_DENIED,
        "Cloud Text-to-Speech API has not been used in project 123 before or it is disabled. Enable it by visiting ...",
        ProblemKind.NOT_ALLOWED,
    ),
    (Code.PERMISSION_DENIED, "This API method requires billing to be enabled.", ProblemKind.NOT_ALLOWED),
    (Code.PERMISSION_DENIED, "Permission 'speech.recognizers.recognize' denied on resource", ProblemKind.NOT_ALLOWED),
    (Code.PERMISSION_DENIED, "Permission denied on resource project harborline.", ProblemKind.WRONG_PROJECT),
    (Code.PERMISSION_DENIED, "Project 'harborline' not found or deleted.", ProblemKind.WRONG_PROJECT),
    (Code.INVALID_ARGUMENT, "Voice 'en-US-Nobody' does not exist. Is it misspelled?", ProblemKind.UNKNOWN_VOICE),
    (Code.NOT_FOUND, "Requested entity was not found.", ProblemKind.UNKNOWN_VOICE),
    (Code.INVALID_ARGUMENT, "Expected resource location to be global, but found eu", ProblemKind.WRONG_REGION),
    (Code.INVALID_ARGUMENT, "speaking_rate must be in the range [0.25, 2.0]", ProblemKind.REFUSED),
    (Code.RESOURCE_EXHAUSTED, "Quota exceeded for quota metric 'Chirp3 requests'", ProblemKind.QUOTA),
    (Code.UNAVAILABLE, "failed to connect to all addresses; Connection refused", ProblemKind.UNREACHABLE),
    (Code.UNAVAILABLE, "DNS resolution failed for eu-texttospeech.googleapis.com:443", ProblemKind.WRONG_REGION),
    (Code.UNAVAILABLE, "The service is currently unavailable.", ProblemKind.BUSY),
    (Code.UNAVAILABLE, "Socket closed", ProblemKind.CUT),
    (Code.INTERNAL, "Received RST_STREAM with error code 2", ProblemKind.CUT),
    (Code.DEADLINE_EXCEEDED, "Deadline Exceeded", ProblemKind.TOO_SLOW),
    (Code.ABORTED, "Stream aborted due to long duration elapsed without input sent.", ProblemKind.CUT),
    (Code.UNKNOWN, "Something odd", ProblemKind.UNREADABLE),
]


@pytest.mark.parametrize(("code", "text", "kind"), CASES, ids=[f"{kind}: {text[:30]}" for _, text, kind in CASES])
def test_each_error_of_google_is_told_apart(code: grpc.StatusCode, text: str, kind: ProblemKind):
    error = exceptions.from_grpc_status(code, text)
    problem = problem_of(error, "texttospeech", ACCESS, "en-US-Nobody")
    assert problem.kind is kind
    assert problem.sentence.endswith(".") and problem.fix.endswith((".", ")"))
    assert text not in str(problem)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), ProblemKind.TOO_SLOW),
        (google.auth.exceptions.RefreshError("invalid_grant: Invalid JWT Signature."), ProblemKind.WRONG_KEY),
        (google.auth.exceptions.RefreshError("invalid_grant: Token used too early"), ProblemKind.CLOCK_SKEW),
        (google.auth.exceptions.RefreshError("invalid_grant: Bad Request: invalid_rapt"), ProblemKind.EXPIRED),
        (google.auth.exceptions.TransportError("Name resolution failed"), ProblemKind.UNREACHABLE),
        (ValueError("odd"), ProblemKind.UNREADABLE),
    ],
)
def test_errors_before_the_request_are_told_apart_too(error: Exception, kind: ProblemKind):
    assert problem_of(error, "speech", GoogleAccess()).kind is kind


@pytest.mark.parametrize("service", ["speech", "texttospeech"])
def test_a_model_that_is_not_there_is_told_in_the_words_of_its_service(service: Service):
    error = exceptions.NotFound("Requested entity was not found.")
    problem = problem_of(error, service, ACCESS, "chirp_9")
    wanted = ProblemKind.UNKNOWN_MODEL if service == "speech" else ProblemKind.UNKNOWN_VOICE
    assert problem.kind is wanted and '"chirp_9"' in problem.sentence
