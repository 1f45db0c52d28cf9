"""The parts of the chat with a draft as HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ui import looks, moments
from ui.flow_view import Flow
from ui.resources.test_bench import Chat, ChatSlot, ChatTurn
from ui.sentences import capital, outcome_word, reason_word
from ui.testing.why import action_sentence, why_html
from ui.texts import t

STANDING: Final[dict[str, looks.Tone]] = {"qualified": "good", "unqualified": "bad", "open": "calm"}


def turn_html(turn: ChatTurn, flow: Flow) -> str:
    """What the caller did, what the agent answered, and, folded, why."""
    return looks.page(f'<div class="ll-chat">{_caller(turn)}{_agent(turn)}</div>{why_html(turn, flow)}{_problem(turn)}')


def _caller(turn: ChatTurn) -> str:
    if turn.kind == "says" or (turn.kind == "picks_up" and turn.caller):
        return looks.bubble("caller", turn.caller, turn.why.at_ms)
    return f'<div class="ll-stage">{looks.esc(t(f"chat.move.{turn.kind}"))}</div>'


def _agent(turn: ChatTurn) -> str:
    return looks.bubble("agent", " ".join(turn.agent), turn.why.at_ms) if turn.agent else ""


def _problem(turn: ChatTurn) -> str:
    if not turn.problem:
        return ""
    return looks.card(t("chat.broke_off"), looks.paragraph(turn.problem), kind="alarm")


def standing_html(chat: Chat, flow: Flow) -> str:
    """Where the talk is, and what it has come to."""
    badge = looks.badge(t(f"chat.standing.{chat.standing}"), STANDING.get(chat.standing, "calm"))
    lines = [looks.paragraph(chat.explanation, dimmed=True) if chat.explanation and chat.standing != "open" else ""]
    return looks.page(looks.card(t("chat.at", card=flow.card_name(chat.card)), *lines, beside=badge))


def end_html(chat: Chat) -> str:
    """How the call ended; empty while it goes on."""
    end = chat.end
    if end is None:
        return ""
    lines = [f'<p class="big">{looks.esc(outcome_word(end.disposition) or t("chat.ended.unclear"))}</p>']
    if end.reason:
        lines.append(looks.paragraph(reason_word(end.reason)))
    if end.appointment is not None:
        when = t("at", date=f"{end.appointment:%a} {end.appointment.day} {end.appointment:%b}",
                 time=moments.clock(end.appointment))  # fmt: skip
        lines.append(looks.paragraph(t("chat.did.book.booked", when=when)))
    if end.explanation:
        lines.append(looks.paragraph(end.explanation, dimmed=True))
    return looks.page(looks.card(t("chat.over"), *lines, kind="strong", beside=looks.badge(t("chat.paper"))))


def slots_html(slots: Iterable[ChatSlot]) -> str:
    """Things to find out as they fill: first what is known, then what is wanted now, then the rest."""
    order = sorted(slots, key=lambda each: (each.value is None, not each.wanted, each.need != "must"))
    return looks.page(looks.facts(_slot(each) for each in order)) if order else ""


def _slot(slot: ChatSlot) -> str:
    if slot.state == "refused":
        return looks.fact(slot.label, "–", t("chat.slot.refused", words=slot.words))
    if slot.value is None:
        mark = looks.badge(t("chat.slot.wanted"), "info") if slot.wanted else ""
        return looks.fact(slot.label, "…" if slot.wanted else "–", " " if mark else "", mark)
    source = "lead_form" if slot.from_form else slot.source
    proof = t(f"call.source.{source}", otherwise=slot.words, words=slot.words)
    marks = []
    if slot.state == "confirmed":
        marks.append(looks.badge(t("call.confirmed"), "good"))
    elif slot.state == "corrected":
        marks.append(looks.badge(t("chat.slot.corrected"), "warm"))
    elif slot.from_form:
        marks.append(looks.badge(t("chat.slot.unconfirmed")))
    return looks.fact(slot.label, capital(slot.in_words), proof, " ".join(marks))


def actions_html(chat: Chat) -> str:
    """What a real call would have done by now; empty for nothing."""
    done = [sentence for turn in chat.turns for each in turn.why.actions if (sentence := action_sentence(each))]
    return looks.page(looks.listing(dict.fromkeys(done))) if done else ""
