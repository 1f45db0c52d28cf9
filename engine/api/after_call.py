"""What is done after calls, for people who look after it: what failed, what waits, and doing it again."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from engine.aftercall import replay as replaying
from engine.aftercall.again import ReplayRefused, Wish
from engine.aftercall.replay import Replayed
from engine.aftercall.server import run_url
from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.store import after_call_list
from engine.store.after_call_list import Line, Standing
from engine.store.replays import WhichLane

router = APIRouter(tags=["after the call"], dependencies=[NEEDS_TOKEN])

Day = Annotated[date | None, Field(description="As it is where the business is; without it, any day.")]
Lane = Annotated[
    WhichLane, Field(description="`then`: the lane as it was drawn when the call was held. `now`: as it is published.")
]


class AfterCallLine(BaseModel):
    """A call whose after-call work failed, or waits. `at`: when it failed, or goes on."""

    call_id: str
    person: str
    flow_id: str
    flow_name: str
    disposition: str
    state: str = Field(description="pending, dispatched, failed or dead; pending with a failed card counts as failed")
    problem: str
    at: datetime
    run_url: str | None = Field(description="The page of its run in Prefect's dashboard.")

    @classmethod
    def of(cls, line: Line, use: Services) -> AfterCallLine:
        known = {name: getattr(line, name) for name in cls.model_fields if name != "run_url"}
        url = run_url(use.settings.prefect_address, line.flow_run_id) if line.flow_run_id else None
        return cls(**known, run_url=url)


class AfterCallPage(BaseModel):
    """`count`: of all pages. `next`: pass it as `before` for the page that follows; null on the last one."""

    calls: list[AfterCallLine]
    count: int
    next: str | None


class ReplayIn(BaseModel):
    """`step`: one card, with those that wait for it; without it, all that is not done. `again`: repeat the card
    although it is done; what it does may then happen twice. `by`: for whom a program asks."""

    step: str = ""
    lane: Lane = "then"
    again: bool = False
    by: str = Field("", max_length=200)


class ReplayedOut(BaseModel):
    """A call whose work is done again. `cards`: names of the cards. `differs`: with the lane as it is now, what that
    changes."""

    call_id: str
    cards: list[str]
    differs: str

    @classmethod
    def of(cls, replayed: Replayed) -> ReplayedOut:
        return cls(call_id=replayed.call_id, cards=list(replayed.cards), differs=replayed.differs)


class PreviewOut(BaseModel):
    """`refused`: why its undone work cannot be done again, empty if it can; `cards`: which would be done. `now`: what
    the lane as it is published now would change, or why it cannot be taken (`now_possible` false)."""

    refused: str
    cards: list[str]
    now: str
    now_possible: bool
    now_other: bool = Field(description="Whether the lane as it is now is another one.")


class ReplayAllIn(BaseModel):
    """Which of the calls that failed: of a day, of a flow, of both; without either all of them."""

    day: Day = None
    flow_id: str | None = None
    lane: Lane = "then"
    by: str = Field("", max_length=200)


class NotReplayed(BaseModel):
    """A call that cannot be done again, with the reason in words."""

    call_id: str
    why: str


class ReplayedAll(BaseModel):
    """`left`: how many more there are than one request does; ask again for them."""

    replayed: list[ReplayedOut]
    refused: list[NotReplayed]
    left: int


@router.get("/after-call", operation_id="list_after_call_work")
async def list_work(
    use: Use,
    state: Annotated[
        Standing, Query(description="failed: a person must help. dead: given up. trouble: either. waiting: to be done.")
    ] = "trouble",
    day: Annotated[date | None, Query(description="As it is where the business is, such as 2026-11-26.")] = None,
    flow_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(description="Id of the last call of the page before.")] = None,
) -> AfterCallPage:
    """Calls by how their after-call work stands, those that ended last first."""
    async with use.database.read() as tx:
        which = await replaying.which(tx, state, day, flow_id)
        count = await after_call_list.count(tx, which)
        found = await after_call_list.lines(tx, which, limit, before)
    following = found[-1].call_id if len(found) == limit else None
    return AfterCallPage(calls=[AfterCallLine.of(each, use) for each in found], count=count, next=following)


@router.post("/after-call/replay", dependencies=[NEEDS_PUBLISHER], operation_id="replay_after_call_work")
async def replay_all(body: ReplayAllIn, use: Use, asking: Asking) -> ReplayedAll:
    """Do again what failed or was given up, of a day, a flow, or all of it. What is done stays done."""
    async with use.database.read() as tx:
        which = await replaying.which(tx, "trouble", body.day, body.flow_id)
        count = await after_call_list.count(tx, which)
        found = await after_call_list.lines(tx, which, replaying.AT_ONCE)
    replayed, refused = await replaying.replay_all(
        use.database, found, body.lane, asking.author(body.by), use.clock.now()
    )
    return ReplayedAll(
        replayed=[ReplayedOut.of(each) for each in replayed],
        refused=[NotReplayed(call_id=each.call_id, why=each.why) for each in refused],
        left=count - len(found),
    )


@router.get(
    "/calls/{call_id}/after-call/replay", responses={404: {"model": ProblemOut}}, operation_id="preview_replay_of_call"
)
async def preview(call_id: str, use: Use) -> PreviewOut:
    """What doing its work again would do, and what the lane as it is now would change. Changes nothing."""
    async with use.database.read() as tx:
        try:
            seen = await replaying.preview(tx, call_id, use.clock.now())
        except ReplayRefused as refused:
            raise _problem(refused) from None
    return PreviewOut(
        refused=seen.refused, cards=list(seen.cards), now=seen.now, now_possible=seen.now_possible,
        now_other=seen.now_other,
    )  # fmt: skip


@router.post(
    "/calls/{call_id}/after-call/replay",
    dependencies=[NEEDS_PUBLISHER],
    responses={404: {"model": ProblemOut}, 409: {"model": ProblemOut}},
    operation_id="replay_call",
)
async def replay(call_id: str, body: ReplayIn, use: Use, asking: Asking) -> ReplayedOut:
    """Do a call's after-call work again: what failed, or one card. What is done stays done. 409 with a sentence and a
    `code` when it cannot be done again."""
    try:
        async with use.database.begin() as tx:
            wish = Wish(body.step, body.lane, body.again)
            done = await replaying.replay(tx, call_id, wish, asking.author(body.by), use.clock.now())
    except ReplayRefused as refused:
        raise _problem(refused) from None
    return ReplayedOut.of(done)


def _problem(refused: ReplayRefused) -> Problem:
    missing = refused.code in ("nothing_to_do", "no_card")
    return Problem(HTTPStatus.NOT_FOUND if missing else HTTPStatus.CONFLICT, str(refused), code=refused.code)
