"""Errors as problem details (RFC 9457), in words for people: what was wrong, and what to do next."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from engine.flow.document import FlowRefused
from engine.sdk import Json
from engine.store import DatabaseDown
from engine.store.flows import FlowDamaged

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"


class ProblemOut(BaseModel):
    """What every error looks like. `detail`: what was wrong and what to do. `code`: for programs, where they may want
    to tell one error from another; permanent."""

    title: str
    status: int
    detail: str
    code: str = ""


class Problem(Exception):
    """Answer with this error. `more`: further members of the document."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Json) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def answer(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Json) -> JSONResponse:
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


_PLAIN: Final = {
    404: "There is nothing at this address. The list of addresses is at /docs.",
    405: "This address does not take that method. See /docs.",
}


def install(app: FastAPI) -> None:
    """Have `app` answer every error in this form."""

    async def problem(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return answer(error.status, error.detail, error.headers, **error.more)

    async def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        plain = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
        detail = plain or _PLAIN.get(error.status_code, "The request cannot be answered.")
        return answer(error.status_code, detail, error.headers)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        # What was sent is not repeated: it may be personal.
        problems: list[Json] = [
            {
                "field": ".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]),
                "problem": f"{each['msg']}.",
                "fix": "See the description of this address at /docs.",
            }
            for each in error.errors()
        ]
        return answer(422, "The request does not have the expected form.", problems=problems)

    async def down(_: Request, error: Exception) -> JSONResponse:
        log.warning("%s", error)
        detail = "The database does not answer at the moment. Nothing was changed; try again in a few seconds."
        return answer(503, detail, {"Retry-After": "5"})

    async def damaged(_: Request, error: Exception) -> JSONResponse:
        return answer(500, str(error))

    async def no_flow(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, FlowRefused)
        return answer(422, str(error), code=error.code, line=error.line, column=error.column)

    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        return answer(500, "Something went wrong on our side. The server's log says what.")

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(DatabaseDown, down)
    app.add_exception_handler(FlowDamaged, damaged)
    app.add_exception_handler(FlowRefused, no_flow)
    app.add_exception_handler(Exception, unexpected)
