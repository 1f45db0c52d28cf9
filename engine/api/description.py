"""The OpenAPI description at /openapi.json, clean enough to generate clients from.

FastAPI writes it from the resources; what holds for all of them is added here: short names of operations, and errors as
they really are (problem details, also those that no resource names itself).
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from engine.api.problems import MEDIA_TYPE, ProblemOut
from engine.flow.schema_words import PARTS

TAGS: Final = {
    "flows": "Flows as wholes: the list, templates, files, copies, published versions.",
    "drafts": "Changing a draft edit by edit beside other people, or saving a whole document.",
    "publishing": "What is new in a draft, publishing all or part of it, old versions.",
    "after the call": "What failed of the work after calls, what waits, and doing it again.",
    "campaigns": "How leads are treated, and the sources that they come from.",
    "editor": "Tickets for pages in a browser.",
}

EXAMPLES: Final[dict[str, Any]] = {
    "EditsIn": {
        "base_revision": 12,
        "client": "office-1",
        "by": "Ana",
        "edits": [
            {
                "id": "0a1b",
                "label": "Rename a card",
                "steps": [
                    {"do": "put", "path": ["nodes", "book", "name"], "value": "Book a visit", "was": "Book"},
                    {"do": "connect", "edge": {"from": {"node": "book", "exit": "booked"}, "to": "goodbye"}},
                ],
            }
        ],
    },
    "DraftIn": {"revision": 12, "text": '{"format": "leadline.flow", "format_version": 1}', "by": "Ana"},
    "PublishIn": {"revision": 12, "note": "Visits take 45 minutes", "by": "Ana", "leave_out": []},
    "RestoreIn": {"to": "live", "note": "Back to what worked", "by": "Ana"},
    "NewFlow": {"template": "home_services", "name": "Bright Roofing", "by": "Ana"},
    "ReplayIn": {"step": "tell_crm", "lane": "then", "again": False, "by": "Ana"},
    "ReplayAllIn": {"day": "2026-11-26", "flow_id": None, "lane": "then", "by": "Ana"},
    "TicketIn": {"flow_id": "home_services_v1", "by": "Ana"},
}
"""Requests that integrators write by hand."""

_EVERYWHERE: Final = {
    "401": "The token is missing, wrong, or its time is over; `code` tells which.",
    "403": "Whoever asks may not do this.",
}
_OTHERS: Final = "Any other error, such as 500 (our fault) or 503 (the database does not answer: try again)."


class FieldProblem(BaseModel):
    """One field of a request that cannot be used. `field`: its path, with dots."""

    field: str
    problem: str
    fix: str


class InvalidOut(ProblemOut):
    """The request does not have the expected form. What was sent is not repeated: it may be personal."""

    problems: list[FieldProblem] = Field(default_factory=list)


def operation_id(route: APIRoute) -> str:
    """What generated clients call the operation: the name of its function."""
    return route.name


def install(app: FastAPI) -> None:
    """Have `app` describe itself in this way."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way of doing it


def _described(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
    )
    schema["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    parts = schema.setdefault("components", {}).setdefault("schemas", {})
    parts.pop("HTTPValidationError", None)
    parts.pop("ValidationError", None)
    _, more = models_json_schema(
        [(model, "serialization") for model in (ProblemOut, InvalidOut, FieldProblem)],
        ref_template="#/components/schemas/{model}",
    )
    for name, part in more["$defs"].items():
        parts.setdefault(name, part)
    for name, part in parts.items():
        if name in PARTS:
            part.setdefault("description", PARTS[name])
    for name, example in EXAMPLES.items():
        parts[name]["examples"] = [example]
    for ways in schema["paths"].values():
        for operation in ways.values():
            _complete(operation, parts)
    return schema


def _complete(operation: dict[str, Any], parts: dict[str, Any]) -> None:
    responses = operation["responses"]
    if operation.get("security"):
        for status, text in _EVERYWHERE.items():
            responses.setdefault(status, {"description": text})
    responses.setdefault("default", {"description": _OTHERS})
    for status, response in responses.items():
        if status != "default" and int(status) < 400:
            continue
        contents: list[dict[str, Any]] = list(response.get("content", {}).values())
        told = contents[0].get("schema", {}).get("$ref", "") if contents else ""
        name = told.rsplit("/", 1)[-1] or "ProblemOut"
        name = "InvalidOut" if name == "HTTPValidationError" else name
        if "detail" not in parts[name]["properties"]:
            continue  # no error in this sense: the same answer as when all is well, with another status
        response["content"] = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
