"""Logging in, and the people who may. A password goes in and never comes out; a token is told once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, SecretStr

from engine.api.auth import NEEDS_ADMIN, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.store import audit, people
from engine.store.people import NotLoggedIn, Person, PersonRefused, Role

router = APIRouter(tags=["people"])

RoleName = Literal["viewer", "editor", "publisher", "admin"]
_TAKEN: Final[dict[int | str, dict[str, Any]]] = {422: {"model": ProblemOut}}
_Given = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


class LoginNeeded(BaseModel):
    """`required`: people are entered here, so whoever opens the builder logs in first."""

    required: bool


class LoginIn(BaseModel):
    """How somebody proves who they are."""

    name: str = Field(max_length=200)
    password: SecretStr = Field(max_length=1025)


class PersonOut(BaseModel):
    """`name`: what they log in with, empty for a program with the API's token. `shown`: how the screens call them."""

    name: str
    shown: str
    role: RoleName

    @classmethod
    def of(cls, person: Person) -> PersonOut:
        return cls(name=person.name, shown=person.shown, role=person.role.name)


class LoginOut(BaseModel):
    """`token`: send it as `Authorization: Bearer ...` until `ends_at`."""

    token: str
    ends_at: datetime
    person: PersonOut


class PersonIn(BaseModel):
    """`shown`: empty for the name itself. The first person must be an administrator."""

    name: str
    shown: str = ""
    role: RoleName = "editor"
    password: SecretStr


class PersonChange(BaseModel):
    """Only what is given changes. A new password or a lower role ends the person's log-ins."""

    shown: str | None = None
    role: RoleName | None = None
    password: SecretStr | None = None


@router.get("/log-in")
async def login_needed(use: Use) -> LoginNeeded:
    """Whether the builder asks for a name and a password. Open to everybody."""
    async with use.database.read() as tx:
        return LoginNeeded(required=bool(await people.count(tx)))


@router.post("/log-in", responses={401: {"model": ProblemOut}, 429: {"model": ProblemOut}})
async def log_in(given: LoginIn, use: Use) -> LoginOut:
    """Log in for a working day."""
    now = datetime.now(UTC)
    login = None
    async with use.database.begin() as tx:
        try:
            person = await people.check(tx, given.name, given.password.get_secret_value(), now)
        except NotLoggedIn as problem:
            refused = problem  # raised behind the transaction: wrong passwords are counted
        else:
            login = await people.log_in(tx, person, now)
    if login is None:
        wait = refused.retry_after_s
        raise Problem(429 if wait else 401, str(refused), headers={"Retry-After": str(wait)} if wait else None)
    return LoginOut(token=login.token, ends_at=login.ends_at, person=PersonOut.of(login.person))


@router.get("/log-in/me", responses={401: {"model": ProblemOut}})
async def who_am_i(asking: Asking) -> PersonOut:
    """Whose token this is."""
    return PersonOut(name=asking.person, shown=asking.shown, role=asking.role.name)


@router.delete("/log-in", status_code=204)
async def log_out(use: Use, given: _Given) -> Response:
    """End the log-in whose token is sent."""
    if given is not None:
        async with use.database.begin() as tx:
            await people.log_out(tx, given.credentials)
    return Response(status_code=204)


@router.get("/people", dependencies=[NEEDS_ADMIN])
async def list_people(use: Use) -> list[PersonOut]:
    """Everybody who may use the builder, by name."""
    async with use.database.read() as tx:
        return [PersonOut.of(each) for each in await people.everybody(tx)]


@router.post("/people", status_code=201, responses=_TAKEN, dependencies=[NEEDS_ADMIN])
async def add_person(new: PersonIn, use: Use, asking: Asking) -> PersonOut:
    """Enter a person. With the first one the builder begins to ask for a log-in."""
    try:
        async with use.database.begin() as tx:
            password, now = new.password.get_secret_value(), datetime.now(UTC)
            person = await people.add(tx, new.name, new.shown, Role[new.role], password, now)
            await audit.add(tx, asking.who, "added_person", f"person:{person.name}", {"role": new.role}, now)
            return PersonOut.of(person)
    except PersonRefused as problem:
        raise Problem(422, str(problem)) from None


@router.patch("/people/{name}", responses=_TAKEN, dependencies=[NEEDS_ADMIN])
async def change_person(name: str, change: PersonChange, use: Use, asking: Asking) -> PersonOut:
    """Change how a person is called, their role or their password."""
    password = change.password.get_secret_value() if change.password is not None else None
    role = Role[change.role] if change.role is not None else None
    try:
        async with use.database.begin() as tx:
            person = await people.change(tx, name, shown=change.shown, role=role, password=password)
            detail = {"role": change.role, "password": password is not None}
            await audit.add(tx, asking.who, "changed_person", f"person:{person.name}", detail, datetime.now(UTC))
            return PersonOut.of(person)
    except PersonRefused as problem:
        raise Problem(422, str(problem)) from None


@router.delete("/people/{name}", status_code=204, responses=_TAKEN, dependencies=[NEEDS_ADMIN])
async def remove_person(name: str, use: Use, asking: Asking) -> Response:
    """Take a person away. What they did keeps their name; with the last person the builder asks for no log-in."""
    try:
        async with use.database.begin() as tx:
            await people.remove(tx, name)
            await audit.add(tx, asking.who, "removed_person", f"person:{name}", {}, datetime.now(UTC))
    except PersonRefused as problem:
        raise Problem(422, str(problem)) from None
    return Response(status_code=204)
