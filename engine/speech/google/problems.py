"""What Google's errors mean, for ear and mouth: status and text of an error become a `ProviderProblem`.

Google tells many things apart only in the words of the status, so the words are read, in this order, before the code.
None of them is repeated: they may quote what was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import google.auth.exceptions
import grpc
from google.api_core.exceptions import GoogleAPICallError

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.google.channel import GoogleAccess, Service

_TITLE: Final[dict[Service, str]] = {"speech": "Speech-to-Text", "texttospeech": "Text-to-Speech"}


@dataclass(frozen=True, slots=True)
class _Asked:
    service: Service
    access: GoogleAccess
    about: str  # the voice or model that was asked for

    @property
    def title(self) -> str:
        return f"Google {_TITLE[self.service]}"

    @property
    def project(self) -> str:
        return f'the project "{self.access.project}"' if self.access.project else "the key's project"


_Says = Callable[[_Asked], ProviderProblem]


def problem_of(error: BaseException, service: Service, access: GoogleAccess, about: str = "") -> ProviderProblem:
    """`error` as raised by Google's client, its sign-in or the channel. `about`: the voice or model asked for."""
    asked = _Asked(service, access, about)
    if isinstance(error, TimeoutError):
        return _too_slow(asked)
    if isinstance(error, google.auth.exceptions.GoogleAuthError):
        return _by_words(str(error), asked) or _wrong_key(asked)
    code, text = _status(error)
    return _by_words(text, asked, code) or _BY_CODE.get(code, _unknown)(asked)


def _status(error: BaseException) -> tuple[grpc.StatusCode | None, str]:
    if isinstance(error, GoogleAPICallError):
        return error.grpc_status_code, str(error.message)
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code(), error.details() or ""
    return None, str(error)


def _by_words(text: str, asked: _Asked, code: grpc.StatusCode | None = None) -> ProviderProblem | None:
    for pattern, codes, says in _WORDS:
        if (not codes or code in codes) and pattern.search(text):
            return says(asked)
    return None


def _wrong_key(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.WRONG_KEY,
        f"{asked.title} does not know the key.",
        "Make a new key for the service account in the Google Cloud console and save it in the connection.",
    )


def _expired(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.EXPIRED,
        f"{asked.title} says that the sign-in has expired.",
        "Save a service account's key in the connection, or sign in again on this machine.",
    )


def _clock(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.CLOCK_SKEW,
        f"{asked.title} does not believe the sign-in, because this machine's clock is wrong.",
        "Set the clock of this machine, best by a time service (NTP).",
    )


def _switched_off(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.NOT_ALLOWED,
        f"{asked.title} is not switched on in {asked.project}.",
        f"Enable the API {asked.service}.googleapis.com for it in the Google Cloud console; it takes a few minutes.",
    )


def _billing(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.NOT_ALLOWED,
        f"{asked.title} wants a billing account for {asked.project}.",
        "Link one to the project in the Google Cloud console.",
    )


def _wrong_project(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.WRONG_PROJECT,
        f"{asked.title} does not know {asked.project}, or the key may not speak for it.",
        "Write the project's id (not its name or number) as the Google Cloud console shows it.",
    )


def _not_allowed(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.NOT_ALLOWED,
        f"The key is good, but may not use {asked.title}.",
        f"Give the service account the roles it needs in {asked.project} (Cloud Speech Client for recognition, "
        "Service Usage Consumer for both).",
    )


def _wrong_region(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.WRONG_REGION,
        f'{asked.title} is not there in the region "{asked.access.region}", or lacks there what was asked for.',
        "Choose another region in the settings: global, us or eu have the most.",
    )


def _unknown_model(asked: _Asked) -> ProviderProblem:
    if asked.service == "texttospeech":
        return ProviderProblem(
            ProblemKind.UNKNOWN_VOICE,
            f'{asked.title} has no voice "{asked.about}".',
            "Choose one of its voices, such as en-US-Chirp3-HD-Kore; docs/google.md lists them.",
        )
    return ProviderProblem(
        ProblemKind.UNKNOWN_MODEL,
        f'{asked.title} has no model "{asked.about}" for this language and region.',
        "Choose another model or region; docs/google.md says which go together.",
    )


def _quota(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.QUOTA,
        f"{asked.title} has had more requests from {asked.project} than it allows.",
        "Ask for a higher quota in the Google Cloud console, or hold fewer calls at once (LEADLINE_MAX_CALLS).",
    )


def _refused(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.REFUSED, f"{asked.title} refused the request as wrong.", "Check voice, model, language and region."
    )


def _unreachable(asked: _Asked) -> ProviderProblem:
    where = asked.access.endpoint or (f'the region "{asked.access.region}"' if asked.access.region != "global" else "")
    return ProviderProblem(
        ProblemKind.UNREACHABLE,
        f"{asked.title} cannot be reached{f' at {where}' if where else ''}.",
        "Check the internet connection and the firewall (port 443 to *.googleapis.com), and the region's spelling.",
    )


def _busy(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.BUSY, f"{asked.title} is overloaded.", "Nothing has to be done; it is asked again."
    )


def _too_slow(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(ProblemKind.TOO_SLOW, f"{asked.title} did not answer in time.", "A nearer region may help.")


def _cut(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(ProblemKind.CUT, f"{asked.title} broke off in the middle.", "Nothing has to be done.")


def _unknown(asked: _Asked) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.UNREADABLE, f"{asked.title} failed in a way that is not known here.", "See Google's status page."
    )


def _no_name(asked: _Asked) -> ProviderProblem:
    return (
        _wrong_region(asked) if asked.access.region != "global" and not asked.access.endpoint else _unreachable(asked)
    )


_Code = grpc.StatusCode
_WHAT: Final = frozenset({_Code.INVALID_ARGUMENT, _Code.NOT_FOUND})


def _words(
    pattern: str, says: _Says, codes: frozenset[grpc.StatusCode] = frozenset()
) -> tuple[re.Pattern[str], frozenset[grpc.StatusCode], _Says]:
    return re.compile(pattern, re.IGNORECASE), codes, says


_WORDS: Final = (
    _words(r"reasonable timeframe|\biat\b|clock skew|token used too early|not yet valid", _clock),
    _words(r"token[ _]expired|(?:token|credentials?) (?:has|have|is) expired|session expired|invalid_rapt", _expired),
    _words(r"has not been used in project|SERVICE_DISABLED|api is (?:not enabled|disabled)", _switched_off),
    _words(r"billing", _billing, frozenset({_Code.PERMISSION_DENIED, _Code.FAILED_PRECONDITION})),
    _words(
        r"CONSUMER_INVALID|(?:resource )?project ['\"]?[\w:.-]*['\"]? ?(?:not found|has been deleted|was not found|"
        r"is not found|does not exist)|permission denied on resource project|invalid project|USER_PROJECT_DENIED",
        _wrong_project,
    ),
    _words(r"invalid_grant|account not found|invalid jwt|invalid authentication|API_KEY_INVALID", _wrong_key),
    _words(
        r"\bvoice\b.*(?:not exist|not found|unknown|invalid|unsupported)|model.*(?:not exist|not found|unknown|"
        r"not supported|unsupported)",
        _unknown_model,
        _WHAT,
    ),
    _words(r"\b(?:region|location)s?\b", _wrong_region, _WHAT | {_Code.PERMISSION_DENIED}),
    _words(r"DNS|name resolution|could not resolve|domain name not found", _no_name),
    _words(r"failed to connect|connection refused|handshake|unreachable|connection timed out", _unreachable),
    _words(r"socket closed|connection reset|RST_STREAM|GOAWAY|stream removed|broken pipe|recvmsg", _cut),
)

_BY_CODE: Final[dict[grpc.StatusCode | None, _Says]] = {
    _Code.UNAUTHENTICATED: _wrong_key,
    _Code.PERMISSION_DENIED: _not_allowed,
    _Code.NOT_FOUND: _unknown_model,
    _Code.INVALID_ARGUMENT: _refused,
    _Code.FAILED_PRECONDITION: _refused,
    _Code.OUT_OF_RANGE: _refused,
    _Code.UNIMPLEMENTED: _refused,
    _Code.RESOURCE_EXHAUSTED: _quota,
    _Code.UNAVAILABLE: _busy,
    _Code.DEADLINE_EXCEEDED: _too_slow,
    _Code.ABORTED: _cut,
    _Code.CANCELLED: _cut,
    _Code.INTERNAL: _cut,
    _Code.DATA_LOSS: _cut,
}
