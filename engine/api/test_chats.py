"""Talking with a draft in text, each answer with its reasons. Nothing is booked, sent or written anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response

from engine.api.auth import NEEDS_VIEWER
from engine.api.chat_room import Talk, Wish
from engine.api.chat_shapes import (
    ChatEnd,
    ChatIn,
    ChatMoved,
    ChatOut,
    ChatSlotOut,
    ChatTurnOut,
    RestartIn,
    SaysIn,
    SeenIn,
)
from engine.api.drafts import stored
from engine.api.one_line import one_line
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.api.turns import TurnOut, gather
from engine.flow.document import FlowRefused
from engine.flow.model import Seller
from engine.flow.sentences import value_words
from engine.leads.phone import BadNumber, read_number, region_of
from engine.sdk import Json, Lead
from engine.sdk.registry import NodeTypeUnknown, SettingsInvalid
from engine.simulate.chat import ChatOver, ChatTurn, Move
from engine.store import flows
from engine.store.journal import Entry

router = APIRouter(
    prefix="/test-chats", tags=["test bench"], dependencies=[NEEDS_VIEWER], responses={404: {"model": ProblemOut}}
)

NOBODY: Final = "+14155550123"
"""A number that nobody has: stands for the caller's, if none is given."""


@router.post(
    "",
    status_code=201,
    responses={409: {"model": ProblemOut}, 422: {"model": ProblemOut}},
    operation_id="begin_test_chat",
)
async def begin(asked: ChatIn, use: Use) -> ChatOut:
    """Begin a talk with the draft; the phone is picked up at once. It is kept in memory of this process for two hours
    after it was last used."""
    draft = await stored(use, asked.flow_id)
    if asked.revision is not None and asked.revision != draft.revision:
        why = "The flow was changed since you opened it. Begin with the flow as it is now."
        raise Problem(409, why, revision=draft.revision)
    moves = [Move(each.kind, one_line(each.text)) for each in asked.moves]
    moves = moves or [Move("picks_up", one_line(asked.greeting))]

    async def work() -> ChatOut:
        wish = _wish(use, (await use.chats.flow(draft)).seller, asked)
        return await _out(use, await use.chats.begin(draft, wish, moves))

    return await _settled(work)


@router.get("/{chat_id}", operation_id="read_test_chat")
async def one_chat(chat_id: str, use: Use) -> ChatOut:
    """The talk as it stands."""
    talk = _talk(use, chat_id)
    async with talk.lock:
        return await _out(use, _talk(use, chat_id))


@router.post("/{chat_id}/says", responses={409: {"model": ChatMoved}}, operation_id="say_in_test_chat")
async def says(chat_id: str, said: SaysIn, use: Use) -> ChatOut:
    """The caller says something."""
    if not (text := one_line(said.text)):
        raise Problem(422, "Say something: the words are missing.")
    return await _move(use, chat_id, Move("says", text), said.seen)


@router.post("/{chat_id}/silence", responses={409: {"model": ChatMoved}}, operation_id="be_silent_in_test_chat")
async def silence(chat_id: str, said: SeenIn, use: Use) -> ChatOut:
    """The caller says nothing for as long as the flow waits."""
    return await _move(use, chat_id, Move("is_silent"), said.seen)


@router.post("/{chat_id}/hang-up", responses={409: {"model": ChatMoved}}, operation_id="hang_up_test_chat")
async def hang_up(chat_id: str, said: SeenIn, use: Use) -> ChatOut:
    """The caller hangs up."""
    return await _move(use, chat_id, Move("hangs_up"), said.seen)


@router.post("/{chat_id}/back", responses={409: {"model": ChatMoved}}, operation_id="take_back_in_test_chat")
async def back(chat_id: str, said: SeenIn, use: Use) -> ChatOut:
    """As if the caller's last move had not been made."""
    talk = _talk(use, chat_id)

    async def work() -> ChatOut:
        async with talk.lock:
            now = await _as_seen(use, chat_id, said.seen)
            if len(now.chat.turns) < 2:
                raise Problem(409, "This is the beginning: there is nothing to take back.", chat=await _json(use, now))
            return await _out(use, await use.chats.again(now, now.draft, now.chat.moves[:-1]))

    return await _settled(work)


@router.post("/{chat_id}/restart", operation_id="restart_test_chat")
async def restart(chat_id: str, how: RestartIn, use: Use) -> ChatOut:
    """Begin the talk anew with the newest draft, or hold it again with it (`keep`)."""
    talk = _talk(use, chat_id)
    draft = await stored(use, talk.draft.flow_id)

    async def work() -> ChatOut:
        async with talk.lock:
            now = _talk(use, chat_id)
            moves = now.chat.moves if how.keep else now.chat.moves[:1]
            return await _out(use, await use.chats.again(now, draft, moves))

    return await _settled(work)


@router.delete("/{chat_id}", status_code=204, operation_id="end_test_chat")
async def end(chat_id: str, use: Use) -> Response:
    """Forget the talk."""
    use.chats.end(chat_id)
    return Response(status_code=204)


async def _move(use: Services, chat_id: str, move: Move, seen: int | None) -> ChatOut:
    talk = _talk(use, chat_id)

    async def work() -> ChatOut:
        async with talk.lock:
            now = await _as_seen(use, chat_id, seen)
            try:
                await now.chat.make(move)
            except ChatOver as over:
                raise Problem(409, str(over), chat=await _json(use, now)) from None
            return await _out(use, now)

    return await _settled(work)


async def _as_seen(use: Services, chat_id: str, seen: int | None) -> Talk:
    """The talk, if it is as the client knows it. Raises `Problem`."""
    talk = _talk(use, chat_id)
    if seen is not None and seen != len(talk.chat.turns):
        raise Problem(409, "The talk has gone on meanwhile. This is how it stands.", chat=await _json(use, talk))
    return talk


async def _settled(work: Callable[[], Coroutine[None, None, ChatOut]]) -> ChatOut:
    """Do it to its end even if the client goes away in the middle: half a turn would be a talk that never was."""
    try:
        return await asyncio.shield(asyncio.create_task(work()))
    except FlowRefused as refused:
        raise Problem(422, f"No talk can be held with this draft: {refused}", code="flow_refused") from None
    except (NodeTypeUnknown, SettingsInvalid, KeyError, ValueError) as broken:
        why = f"No talk can be held with this draft: {broken}. Look at the problems of the flow."
        raise Problem(422, why, code="flow_broken") from None


def _talk(use: Services, chat_id: str) -> Talk:
    talk = use.chats.get(chat_id)
    if talk is None:
        raise Problem(404, "This talk is gone: it is kept for two hours, and not over a restart of the server.")
    return talk


def _wish(use: Services, seller: Seller, asked: ChatIn) -> Wish:
    zone = ZoneInfo(seller.zone)
    starts = asked.local_time or use.clock.now()
    starts = starts.replace(tzinfo=zone) if starts.tzinfo is None else starts.astimezone(zone)
    phone, lives_in = NOBODY, ""
    if asked.lead.phone.strip():
        number = read_number(asked.lead.phone, region_of(seller.phone), allow_fiction=True)
        if isinstance(number, BadNumber):
            raise Problem(422, f"{number.problem} {number.fix}", code="bad_number")
        phone, lives_in = number.e164, number.zone or ""
    lead = Lead(
        id="lead_in_text",
        first_name=one_line(asked.lead.first_name),
        last_name=one_line(asked.lead.last_name),
        phone=phone,
        email=one_line(asked.lead.email) or None,
        source="test chat",
        form={one_line(name): one_line(value) for name, value in asked.lead.form.items()},
        received_at=starts,
        zone=lives_in,
    )
    return Wish(lead, starts, asked.calendar, asked.colleague, asked.inbound)


async def _json(use: Services, talk: Talk) -> Json:
    shown: dict[str, Json] = (await _out(use, talk)).model_dump(mode="json")
    return shown


async def _out(use: Services, talk: Talk) -> ChatOut:
    chat = talk.chat
    async with use.database.read() as tx:
        newest = await flows.draft(tx, talk.draft.flow_id)
    standing, ask = chat.conversation.standing(), chat.conversation.open_ask
    visited = dict.fromkeys(card for turn in chat.turns for card in turn.cards)
    return ChatOut(
        id=talk.id,
        flow_id=talk.draft.flow_id,
        revision=talk.draft.revision,
        newest=newest.revision if newest is not None else talk.draft.revision,
        turns=[_turn(number, turn) for number, turn in enumerate(chat.turns)],
        slots=_slots(talk),
        card=chat.conversation.card,
        visited=[*visited],
        asked=ask.about if ask is not None and not chat.over else "",
        replies=list(chat.replies()),
        standing=standing.state,
        explanation=standing.explanation,
        over=chat.over,
        end=_end(talk) if chat.over else None,
        mind=list(talk.mind),
        left_out=list(talk.left_out),
    )


def _turn(number: int, turn: ChatTurn) -> ChatTurnOut:
    why = TurnOut(turn=number, at_ms=round(1000 * turn.at))
    for place, note in enumerate(turn.notes, start=1):
        gather(why, Entry(place, round(1000 * note.at), note.kind, note.facts))
    return ChatTurnOut(
        number=number,
        kind=turn.move.kind,
        caller=turn.move.text,
        agent=list(turn.said),
        why=why,
        cards=list(turn.cards),
        standing=turn.standing,
        problem=turn.problem,
        took_ms=round(1000 * turn.took_s, 1),
    )


def _slots(talk: Talk) -> list[ChatSlotOut]:
    flow, wanted = talk.chat.flow, talk.chat.wanted()
    found = []
    for record in talk.chat.slots():
        view = record.view()
        evidence = view.evidence
        found.append(
            ChatSlotOut(
                slot=record.slot.id,
                label=record.slot.label,
                need=record.slot.need,
                state=record.state.value,
                value=view.value,
                in_words="" if view.value is None else value_words(view.value, flow, record.slot.id),
                words=evidence.words if evidence is not None else "",
                source=evidence.source if evidence is not None else "",
                turn=evidence.turn if evidence is not None and evidence.turn is not None else 0,
                confidence=round(view.confidence, 2),
                asks=record.asks,
                wanted=record.slot.id in wanted,
                from_form=record.value is None and view.value is not None,
            )
        )
    return found


def _end(talk: Talk) -> ChatEnd:
    outcome = talk.chat.conversation.outcome
    return ChatEnd(
        disposition=outcome.disposition,
        reason=outcome.reason,
        flags=list(outcome.flags),
        opted_out=outcome.opted_out,
        appointment=outcome.standing.opening.start if outcome.standing is not None else None,
        callback=outcome.callback.at if outcome.callback is not None else None,
        explanation=outcome.problem or talk.chat.conversation.standing().explanation,
    )
