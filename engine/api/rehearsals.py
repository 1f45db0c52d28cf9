"""Trying a draft out in one sentence: what would be understood, answered, noticed, and how answers would be judged.

Nothing is stored and nobody is called. The work is done on the newest draft, in a thread that calls do not feel.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field, JsonValue

from engine.api.auth import NEEDS_VIEWER
from engine.api.background import Background
from engine.api.drafts import opened
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.call.engines import EngineSource
from engine.dialogue.apply import problem_with
from engine.dialogue.phrases import DEFAULTS
from engine.dialogue.rehearsal import Found, Noticed, Rehearsal, Rehearsed, Understood
from engine.flow.judgement import judge
from engine.flow.model import Flow, ProviderChoice
from engine.flow.sentences import value_words
from engine.sdk import Scalar

router = APIRouter(prefix="/flows", tags=["try out"], dependencies=[NEEDS_VIEWER])

Sentence = Annotated[str, Field(min_length=1, max_length=500, description="What a caller might say.")]


class FieldProblemOut(BaseModel):
    """`field`: where in the request."""

    field: str
    problem: str
    fix: str


class FieldProblemsOut(ProblemOut):
    """Errors of single fields."""

    problems: list[FieldProblemOut] = Field(default_factory=list)


class UnderstandIn(BaseModel):
    """`slot`: the thing to find out whose question the sentence answers."""

    slot: str
    text: Sentence


class UnderstoodOut(BaseModel):
    """`state`: `heard` (a value is taken), `refused` (the caller will not or cannot say), `not_taken` (`why` says what
    is wrong with the value) or `nothing`. `value`: in the form in which it is stored; `in_words`: as people read it.
    `words`: those of the sentence that say so. `denied`: values put aside in the same breath, in words. `asks`: how
    often the question had to be asked before this answer counts. `outside`: name of the flow's list that the value is
    not in; it is stored all the same."""

    slot: str
    label: str
    state: Literal["heard", "refused", "not_taken", "nothing"]
    value: str | int | float | bool | None
    in_words: str
    words: str
    confidence: float
    denied: list[str]
    asks: int
    why: str
    outside: str


class NoticedOut(BaseModel):
    """A behaviour in the sentence, by trigger. `reflex`: id of the reflex that waits for it, empty if none does.
    `answers`: it is the one that would act; at most one does."""

    trigger: str
    reflex: str
    label: str
    words: str
    confidence: float
    answers: bool


class UnderstandOut(BaseModel):
    """`others`: what the same sentence says about other things to find out."""

    understood: UnderstoodOut
    others: list[UnderstoodOut]
    questions: list[str]
    noticed: list[NoticedOut]


class AnswerIn(BaseModel):
    """`known`: what has been found out by then, by slot; a price per service needs the service."""

    question: Sentence
    known: dict[str, str | bool | int | float] = {}


class NearOut(BaseModel):
    """A knowledge entry with its likeness to the question, 0 to about 1."""

    id: str
    question: str
    say: str
    score: float


class AnswerOut(BaseModel):
    """`entry`: what would be told; null: the agent says `unknown` instead. `as_question`: whether the sentence is taken
    for a question at all. `nearest`: the likeliest entries, told or not. `certain`: the likeness from which
    one is told."""

    entry: NearOut | None
    as_question: bool
    unknown: str
    nearest: list[NearOut]
    certain: float


class NoticeIn(BaseModel):
    """A sentence that a caller might say."""

    text: Sentence


class NoticeOut(BaseModel):
    """Empty if no behaviour is noticed: the sentence is an answer or talk like any other."""

    noticed: list[NoticedOut]


class JudgeIn(BaseModel):
    """Answers by slot, in the form in which they are stored. Those that are left out are not known."""

    slots: dict[str, str | bool | int | float] = {}


class JudgedOut(BaseModel):
    """`rule`: what the criterion asks for, as a sentence. `open`: not known yet."""

    id: str
    label: str
    kind: Literal["hard", "soft"]
    verdict: Literal["met", "failed", "open"]
    rule: str
    reason: str


class JudgeOut(BaseModel):
    """`reason`: of the first hard criterion that failed, else empty. `explanation`: the verdict in words."""

    state: Literal["qualified", "unqualified", "open"]
    reason: str
    explanation: str
    criteria: list[JudgedOut]


class RehearsalRoom:
    """What is costly to open, and the thread it works in. `source`: for this machine's sentence vectors. Made in the
    application's lifespan; the first question opens it."""

    def __init__(self, source: EngineSource) -> None:
        self._source = source
        self._thread = Background("rehearsal")
        self._rehearsal: Rehearsal | None = None

    async def hear(self, flow: Flow, text: str, now: datetime, slot: str | None = None) -> Rehearsed:
        rehearsal = await self._opened(flow)
        return await self._thread.run(lambda: rehearsal.hear(flow, text, now, slot))

    async def answer(self, flow: Flow, question: str, known: Mapping[str, Scalar], now: datetime) -> Found:
        rehearsal = await self._opened(flow)
        return await self._thread.run(lambda: rehearsal.answer(flow, question, known, now))

    async def _opened(self, flow: Flow) -> Rehearsal:
        if self._rehearsal is None:
            # The services of the settings are open already; a draft's own choice would open accounts for nothing.
            plain = flow.model_copy(update={"providers": ProviderChoice()})
            self._rehearsal = Rehearsal((await self._source.for_flow(plain)).encoder)
        return self._rehearsal

    def close(self) -> None:
        self._thread.close()


@router.post("/{flow_id}/understand", responses={404: {"model": ProblemOut}, 422: {"model": FieldProblemsOut}})
async def understand(flow_id: str, order: UnderstandIn, use: Use) -> UnderstandOut:
    """What the agent would understand if it had asked for `slot` and heard `text`."""
    flow = (await opened(use, flow_id)).document.flow
    _require_slots(flow, [order.slot], "slot")
    heard = await use.rehearsals.hear(flow, order.text, _now(use, flow), order.slot)
    assert heard.asked is not None
    return UnderstandOut(
        understood=_understood(flow, heard.asked),
        others=[_understood(flow, each) for each in heard.others],
        questions=[each.words for each in heard.questions],
        noticed=[_noticed(flow, each) for each in heard.noticed],
    )


@router.post("/{flow_id}/answer", responses={404: {"model": ProblemOut}, 422: {"model": FieldProblemsOut}})
async def answer(flow_id: str, order: AnswerIn, use: Use) -> AnswerOut:
    """Which knowledge entry the agent would tell, if any."""
    flow = (await opened(use, flow_id)).document.flow
    known = _checked(flow, order.known, "known")
    found = await use.rehearsals.answer(flow, order.question, known, _now(use, flow))
    near = [
        NearOut(
            id=each.entry.id, question=each.entry.question, say=each.entry.say, score=round(min(each.plain, 1.0), 3)
        )
        for each in found.nearest
    ]
    return AnswerOut(
        entry=next((each for each in near if each.id == found.entry), None),
        as_question=found.as_question,
        unknown=_own_text(flow, "unknown_answer"),
        nearest=near,
        certain=found.certain,
    )


@router.post("/{flow_id}/notice", responses={404: {"model": ProblemOut}})
async def notice(flow_id: str, order: NoticeIn, use: Use) -> NoticeOut:
    """Which behaviours the sentence shows, and which reflex would act on it."""
    flow = (await opened(use, flow_id)).document.flow
    heard = await use.rehearsals.hear(flow, order.text, _now(use, flow))
    return NoticeOut(noticed=[_noticed(flow, each) for each in heard.noticed])


@router.post("/{flow_id}/judge", responses={404: {"model": ProblemOut}, 422: {"model": FieldProblemsOut}})
async def judge_answers(flow_id: str, order: Annotated[JudgeIn, Body()], use: Use) -> JudgeOut:
    """How a lead with these answers would be judged."""
    flow = (await opened(use, flow_id)).document.flow
    found = judge(flow, _checked(flow, order.slots, "slots"))
    return JudgeOut(
        state=found.result.state,
        reason=found.result.reason,
        explanation=found.result.explanation,
        criteria=[
            JudgedOut(
                id=each.id, label=each.label, kind=each.kind, verdict=each.verdict, rule=each.rule, reason=each.reason
            )
            for each in found.criteria
        ],
    )


def _now(use: Services, flow: Flow) -> datetime:
    try:
        return use.clock.now().astimezone(ZoneInfo(flow.seller.zone))
    except (ZoneInfoNotFoundError, ValueError):
        return use.clock.now()  # the validator has marked the zone


def _require_slots(flow: Flow, ids: list[str], field: str) -> None:
    there = {slot.id for slot in flow.slots}
    problems: list[JsonValue] = [
        {
            "field": field if len(ids) == 1 and field == "slot" else f"{field}.{id}",
            "problem": f"The flow has nothing to find out with the id '{id}'.",
            "fix": f"Its ids are: {', '.join(sorted(there)) or 'none'}.",
        }
        for id in ids
        if id not in there
    ]
    if problems:
        raise Problem(422, "The flow does not ask for that.", problems=problems)


def _checked(flow: Flow, answers: Mapping[str, Scalar], field: str) -> dict[str, Scalar]:
    """Raises `Problem` 422 with a line for each answer that the slot cannot hold."""
    _require_slots(flow, list(answers), field)
    problems: list[JsonValue] = [
        {"field": f"{field}.{id}", "problem": f"{why[:1].upper()}{why[1:]}.", "fix": "Give an answer of its type."}
        for id, value in answers.items()
        if (why := problem_with(flow.slot(id), value))
    ]
    if problems:
        raise Problem(422, "Some answers cannot be taken.", problems=problems)
    return dict(answers)


def _understood(flow: Flow, each: Understood) -> UnderstoodOut:
    return UnderstoodOut(
        slot=each.slot,
        label=flow.slot(each.slot).label,
        state=each.state,
        value=each.value,
        in_words="" if each.value is None else value_words(each.value, flow, each.slot),
        words=each.words,
        confidence=round(each.confidence, 2),
        denied=[value_words(value, flow, each.slot) for value in each.denied],
        asks=each.asks,
        why=each.why,
        outside=each.outside,
    )


def _noticed(flow: Flow, each: Noticed) -> NoticedOut:
    return NoticedOut(
        trigger=each.trigger,
        reflex=each.reflex,
        label=next((reflex.label for reflex in flow.reflexes if reflex.id == each.reflex), ""),
        words=each.words,
        confidence=round(min(each.confidence, 1.0), 2),
        answers=each.answers,
    )


def _own_text(flow: Flow, name: str) -> str:
    return next(iter(flow.texts.get(name) or DEFAULTS[name]))
