"""Test calls: a draft is tried out on a real telephone or in a browser, before anything is published."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_TOKEN, Asking
from engine.api.drafts import opened, stored
from engine.api.flow_shapes import IssueOut
from engine.api.one_line import one_line
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.dialing import Dialled, NotDialled, TooMany, Tryout
from engine.flow.issues import errors
from engine.leads.phone import BadNumber, read_number, region_of
from engine.store.flows import Draft
from engine.store.trials import Effect
from engine.telephony.call_tickets import JOIN_S

router = APIRouter(prefix="/test-calls", tags=["test bench"], dependencies=[NEEDS_TOKEN])


Short = Annotated[str, Field(max_length=200)]


class TestCallIn(BaseModel):
    """`number`: as it is typed; in a call from the browser it is only what the agent knows of the lead. `revision`: the
    draft that was looked at; without it the newest. `agreed`: whoever has this phone agreed to be called by an
    assistant and, where the flow says so, recorded. `origin`: of the page that a call from the browser is held in, such
    as `https://builder.example.com`; its ticket then works nowhere else. `effects`: what the call may do in the world
    beside ringing: book in the real calendar, run the cards behind the call, ring a colleague, ask other systems."""

    flow_id: str
    kind: Literal["phone", "browser"]
    origin: Short = ""
    number: str = Field(default="", max_length=40)
    revision: int | None = Field(default=None, ge=1)
    first_name: Short = ""
    form: dict[Short, Short] = Field(default_factory=dict, max_length=50)
    agreed: bool = False
    effects: list[Effect] = Field(default_factory=list, max_length=4)
    by: Short = ""


class TestCallOut(BaseModel):
    """`call_id`: follow it at /calls/{call_id}/events. `revision`: of the draft that is tried out.

    Of a call from the browser: `url` of its media socket, `ticket` to join it (once, until `expires_at`; sent as the
    sub-protocol `ticket.<ticket>`), and `watch_ticket` for its events at `events_url` (as `Authorization: Bearer`)."""

    call_id: str
    revision: int
    url: str | None = None
    ticket: str | None = None
    expires_at: datetime | None = None
    events_url: str | None = None
    watch_ticket: str | None = None


class FlowHasErrors(ProblemOut):
    """A draft with errors is not called with. `issues`: the errors."""

    issues: list[IssueOut]


class SlowDown(ProblemOut):
    """Too many at once. `again_in_s`: seconds to wait."""

    again_in_s: int


@router.post(
    "",
    status_code=201,
    operation_id="place_test_call",
    responses={
        404: {"model": ProblemOut},
        409: {"model": ProblemOut},
        422: {"model": FlowHasErrors},
        429: {"model": SlowDown},
        503: {"model": ProblemOut},
    },
)
async def place(asked: TestCallIn, use: Use, asking: Asking) -> TestCallOut:
    """Have the draft call a phone, or talk with whoever sits at this browser. The draft is frozen as it stands; the
    call is listed under `/calls?test=true` and counts for nothing else."""
    draft, seller_phone = await _usable_draft(use, asked.flow_id, asked.revision)
    by = one_line(asking.author(asked.by))
    if asked.kind == "browser":
        return await _in_browser(asked, draft, seller_phone, use, by)
    if not asked.agreed:
        raise Problem(
            422, "Say that whoever has this phone agreed to the call (`agreed`). We ring nobody up otherwise."
        )
    phone = _number(asked.number, seller_phone, fiction=use.settings.phone == "simulated")
    outcome = await use.draft_calls.call(_tryout(asked, draft, phone, by))
    if isinstance(outcome, TooMany):
        headers = {"Retry-After": str(outcome.again_in_s)}
        raise Problem(429, outcome.why, headers=headers, again_in_s=outcome.again_in_s)
    if not isinstance(outcome, Dialled):
        raise _not_dialled(outcome)
    return TestCallOut(call_id=outcome.call_id, revision=draft.revision)


async def _in_browser(asked: TestCallIn, draft: Draft, seller_phone: str, use: Services, by: str) -> TestCallOut:
    if asked.origin and asked.origin not in use.settings.origins_of_builder:
        raise Problem(
            422, f"Calls cannot be held on pages of {asked.origin}. Add that address to LEADLINE_BUILDER_ORIGINS."
        )
    phone = _number(asked.number, seller_phone, fiction=True) if asked.number else ""
    order = await use.browser_calls.prepare(_tryout(asked, draft, phone, by))
    if isinstance(order, NotDialled):
        raise _not_dialled(order)
    now, base = time.time(), use.settings.public_url
    return TestCallOut(
        call_id=order.call_id,
        revision=draft.revision,
        url=f"ws{base.removeprefix('http')}/test-calls/media",
        ticket=use.call_tickets.join(order.call_id, 1, asked.origin, now),
        expires_at=datetime.fromtimestamp(now + JOIN_S, UTC),
        events_url=f"{base}/calls/{order.call_id}/events",
        watch_ticket=use.call_tickets.watch(order.call_id, now),
    )


def _not_dialled(outcome: NotDialled) -> Problem:
    status = {"not_allowed": 422, "flow": 422, "claimed": 409}.get(outcome.state, 503)
    return Problem(status, outcome.why, code=outcome.state, call_id=outcome.call_id)


async def _usable_draft(use: Services, flow_id: str, revision: int | None) -> tuple[Draft, str]:
    """The draft, if a call can be held with it, and its business's phone. Raises `Problem`: missing, changed since
    `revision`, or with errors."""
    draft = await stored(use, flow_id)
    checked = await opened(use, flow_id)
    if draft.revision != checked.head.revision or revision not in (None, draft.revision):
        why = "The flow was changed since you opened it. Look at it again, then test it."
        raise Problem(409, why, revision=draft.revision)
    if wrong := errors(checked.issues):
        some = "1 error" if len(wrong) == 1 else f"{len(wrong)} errors"
        why = f"The flow has {some}, so no call can be held with it. Mend what is listed, then test it."
        raise Problem(422, why, code="flow_has_errors", issues=[IssueOut.of(each).model_dump() for each in wrong])
    return draft, checked.document.flow.seller.phone


def _number(typed: str, seller_phone: str, *, fiction: bool) -> str:
    """E.164, read as people write numbers where the business is. `fiction`: numbers that nobody has are taken too."""
    number = read_number(typed, region_of(seller_phone), allow_fiction=fiction)
    if isinstance(number, BadNumber):
        raise Problem(422, f"{number.problem} {number.fix}")
    return number.e164


def _tryout(asked: TestCallIn, draft: Draft, phone: str, by: str) -> Tryout:
    return Tryout(
        draft,
        first_name=one_line(asked.first_name),
        phone=phone,
        form={one_line(name): one_line(value) for name, value in asked.form.items()},
        by=by,
        effects=asked.effects,
    )
