"""What Google's server accepts: key styles, roles, the order of function calls, thought signatures. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MODELS = (
    "gemini-3.8-flash",
    "gemini-3.7-flash",
    "gemini-3.6-flash",
    "gemini-3.5-flash-lite",
    "gemini-3.5-flash",
    "gemini-3.1-flash-lite",
    "gemini-3.1-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
    "gemini-2.5-pro",
    "gemini-flash-latest",
    "gemini-flash-lite-latest",
)
"""Everything else is unknown, or shut down like gemini-2.0-flash."""

OPAQUE = frozenset({"parametersJsonSchema", "responseJsonSchema", "args", "response"})
"""Objects of the user's own: their keys are left as they are."""

FIELDS = frozenset(
    {
        "contents",
        "systemInstruction",
        "safetySettings",
        "tools",
        "toolConfig",
        "generationConfig",
        "cachedContent",
        "labels",
        "model",
        "serviceTier",
        "store",
    }
)
CHARS_A_TOKEN = 4
LEAST_CACHED = 1024
"""Tokens from which a common prefix is cached by itself."""


@dataclass(frozen=True)
class Refused(Exception):
    """An error as Google words it: HTTP code, status, sentence, details."""

    code: int
    status: str
    message: str
    details: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = list(self.details)
        return {"error": error}


def info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def invalid(message: str, place: str = "") -> Refused:
    violation = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": place}]}
    return Refused(400, "INVALID_ARGUMENT", message, [violation] if place else ())


def named_error(name: str, message: str = "", seconds: float = 0.0, key: str = "") -> Refused:
    """The errors that a fault plan may name."""
    known = {
        "UNAVAILABLE": Refused(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        "INTERNAL": Refused(500, "INTERNAL", "An internal error has occurred."),
        "DEADLINE_EXCEEDED": Refused(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
        "UNAUTHENTICATED": Refused(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
            [info("ACCESS_TOKEN_TYPE_UNSUPPORTED")],
        ),
        "API_KEY_INVALID": Refused(
            400,
            "INVALID_ARGUMENT",
            "API key not valid. Please pass a valid API key.",
            [info("API_KEY_INVALID")],
        ),
        "API_KEY_EXPIRED": Refused(
            400, "INVALID_ARGUMENT", "API key expired. Please renew the API key.", [info("API_KEY_INVALID")]
        ),
        "ACCESS_TOKEN_EXPIRED": Refused(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
            [info("ACCESS_TOKEN_EXPIRED")],
        ),
        "CONSUMER_SUSPENDED": Refused(
            403,
            "PERMISSION_DENIED",
            f"Permission denied: Consumer 'api_key:{key}' has been suspended.",
            [info("CONSUMER_SUSPENDED")],
        ),
        "SERVICE_DISABLED": Refused(
            403,
            "PERMISSION_DENIED",
            "Generative Language API has not been used in project 1 before or it is disabled.",
            [info("SERVICE_DISABLED")],
        ),
        "API_KEY_IP_ADDRESS_BLOCKED": Refused(
            403,
            "PERMISSION_DENIED",
            "Requests from this address are blocked.",
            [info("API_KEY_IP_ADDRESS_BLOCKED")],
        ),
        "PERMISSION_DENIED": Refused(403, "PERMISSION_DENIED", "The caller does not have permission."),
        "NOT_FOUND": Refused(404, "NOT_FOUND", "models/x is not found for API version v1."),
        "FAILED_PRECONDITION": Refused(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
        "INVALID_ARGUMENT": invalid(message or "Invalid value at 'contents'.", "contents[0].parts[0]"),
        "RESOURCE_EXHAUSTED": Refused(
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
            [
                {
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}],
                },
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds:g}s"},
            ],
        ),
    }
    return known[name]


def lower_camel(value: Any) -> Any:
    """All keys as lowerCamel: the SDK mixes them with snake_case, and Google takes both."""
    if isinstance(value, list):
        return [lower_camel(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, inner in value.items():
        name = re.sub(r"_([a-z])", lambda match: match.group(1).upper(), key)
        found[name] = inner if name in OPAQUE else lower_camel(inner)
    return found


@dataclass(frozen=True)
class Generate:
    """A request to generate, with its keys in lowerCamel."""

    model: str
    body: dict[str, Any]

    @property
    def system(self) -> str:
        return _text(self.body.get("systemInstruction") or {})

    @property
    def last_text(self) -> str:
        return _text(self.body["contents"][-1])

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.body.get("generationConfig") or {}
        return config

    @property
    def prompt_tokens(self) -> int:
        return tokens(self.system) + sum(tokens(_text(each)) for each in self.body["contents"])


def _text(content: Mapping[str, Any]) -> str:
    return "".join(part.get("text", "") for part in content.get("parts", []))


def tokens(text: str) -> int:
    """About as many as the real tokenizer would count."""
    return -(-len(text) // CHARS_A_TOKEN)


def read_generate(model: str, data: Any) -> Generate:
    """Raises `Refused` as Google does."""
    body = lower_camel(data)
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received.")
    for name in body:
        if name not in FIELDS:
            raise invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.', name)
    contents = body.get("contents")
    if not isinstance(contents, list) or not contents:
        raise invalid("* GenerateContentRequest.contents: contents is not specified", "contents")
    for at, content in enumerate(contents):
        _check_content(at, content)
    _check_calls(contents)
    if model.startswith("gemini-3"):
        _check_signatures(contents)
    _check_thinking(model, (body.get("generationConfig") or {}).get("thinkingConfig") or {})
    return Generate(model, body)


def _check_content(at: int, content: Any) -> None:
    if content.get("role", "user") not in ("user", "model"):
        raise invalid("Please use a valid role: user, model.", f"contents[{at}].role")
    if not content.get("parts"):
        raise invalid("* GenerateContentRequest.contents: contents.parts must not be empty.", f"contents[{at}].parts")


def _calls(content: Mapping[str, Any], kind: str) -> list[str]:
    return [part[kind]["name"] for part in content["parts"] if kind in part]


def _check_calls(contents: Sequence[Mapping[str, Any]]) -> None:
    """A functionResponse turn follows its functionCall turn, with as many parts, in the same order."""
    before: list[str] = []
    for content in contents:
        answered = _calls(content, "functionResponse")
        if answered != before and (answered or before):
            raise invalid(
                "Please ensure that the number of function response parts is equal to the number of function call "
                "parts of the function call turn."
            )
        before = _calls(content, "functionCall")


def _check_signatures(contents: Sequence[Mapping[str, Any]]) -> None:
    for content in contents:
        if content.get("role") != "model":
            continue
        first = next((part for part in content["parts"] if "functionCall" in part), None)
        if first is not None and not first.get("thoughtSignature"):
            name = first["functionCall"]["name"]
            raise invalid(f"Function call `{name}` is missing a `thought_signature` in functionCall parts.")


def _check_thinking(model: str, thinking: Mapping[str, Any]) -> None:
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        raise invalid("You can only set only one of thinking budget and thinking level.")
    if "thinkingLevel" in thinking and model.startswith("gemini-2"):
        raise invalid("Thinking level is not supported for this model.")
    if model == "gemini-2.5-pro" and thinking.get("thinkingBudget") == 0:
        raise invalid("Budget 0 is invalid. This model only works in thinking mode.")
