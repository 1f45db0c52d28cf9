"""The parts of a call's page as HTML. Pure: a record and its flow in, HTML out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from ui import looks, moments
from ui.call_records import Answer, Appointment, CallFull, CallResult, Disclosure, JournalEntry, Transfer, Turn
from ui.flow_view import Flow
from ui.records import Scalar
from ui.sentences import capital, considered_sentence, move_sentence, reason_word, shown
from ui.texts import t

TROUBLES: Final = {"trouble": "problem", "voice_changed": "problem", "ear_changed": "problem", "model_note": "note"}
"""Journal entries that tell of something failing, with the fact that holds the sentence."""
NO_FLOW: Final = Flow(id="", name="")


def reason_sentence(call: CallFull) -> str:
    """Why the call ended as it did, in one sentence."""
    if call.result is not None and call.result.outcome.explanation:
        return call.result.outcome.explanation
    return call.problem or reason_word(call.reason)


def live_chat(journal: Iterable[JournalEntry]) -> str:
    """The talk of a running call, from its journal; empty before the first word."""
    said: list[tuple[Literal["caller", "agent"], str, int]] = []
    for entry in journal:
        if entry.kind == "caller_said":
            said.append(("caller", entry.text("text"), entry.at_ms))
        elif entry.kind == "agent_says" and said and said[-1][0] == "agent":
            said[-1] = ("agent", f"{said[-1][1]} {entry.text('text')}", said[-1][2])
        elif entry.kind == "agent_says":
            said.append(("agent", entry.text("text"), entry.at_ms))
    bubbles = [looks.bubble(*each) for each in said]
    # It scrolls in its box: without a place for the keyboard inside, only a mouse could.
    name = looks.esc(t("call.conversation"))
    talk = f'<div class="ll-chat" role="log" tabindex="0" aria-label="{name}">{"".join(bubbles)}</div>'
    return looks.page(talk) if bubbles else ""


def live_found(turns: Iterable[Turn], flow: Flow) -> str:
    """What a running call has found out so far; empty for nothing. The newest value of each thing counts."""
    newest = {change.slot: change for turn in turns for change in turn.slots if change.value is not None}
    lines = []
    for change in newest.values():
        proof = t("call.source.call", words=change.words) if change.words else ""
        lines.append(looks.fact(_label(flow, change.slot), _value(flow, change.slot, change.value), proof))
    return looks.page(looks.facts(lines)) if lines else ""


def appointment(kept: Appointment) -> str:
    zone = moments.zone_named(kept.time_zone)
    begin, end = kept.start.astimezone(zone), kept.end.astimezone(zone)
    when = f"{begin:%A}, {begin.day} {begin:%B}"
    hours = f"{moments.clock(begin)} – {moments.clock(end)} ({begin:%Z})"
    mark = ""
    if kept.status == "cancelled":
        mark = looks.badge(t("call.appointment.cancelled"), "bad")
    elif kept.status == "requested":
        mark = looks.badge(t("call.appointment.requested"), "warm")
    lines = [f'<p class="big">{looks.esc(when)}</p>', looks.paragraph(hours)]
    if kept.address:
        lines.append(looks.paragraph(kept.address, dimmed=True))
    return looks.card(t("call.appointment"), *lines, kind="strong", beside=mark)


def consequences(result: CallResult, zone: ZoneInfo) -> str:
    """Appointment, callback, opt-out: what follows from the call. Empty if nothing does."""
    cards = []
    if result.appointment is not None:
        cards.append(appointment(result.appointment))
    if result.callback is not None:
        back = result.callback
        who = t(f"call.callback.by.{back.by}", otherwise=back.by)
        when = f'<p class="big">{looks.esc(moments.day_and_time(back.at, zone))}</p>'
        cards.append(looks.card(t("call.callback"), when, looks.paragraph(f"{who} · {reason_word(back.why)}")))
    if result.transfer is not None:
        cards.append(transfer(result.transfer))
    if result.opted_out:
        cards.append(looks.card(t("outcome.do_not_call"), looks.paragraph(t("call.opted_out")), kind="alarm"))
    return looks.page(*cards) if cards else ""


def transfer(tried: Transfer) -> str:
    """Who took the call, or why nobody did."""
    wait = moments.length(tried.wait_s)
    if tried.result == "answered":
        return looks.card(t("call.transfer"), looks.paragraph(t("call.transfer.to", to=tried.to, wait=wait)))
    how = tried.code if tried.code == "called_off" else tried.result
    result = t(f"call.transfer.{how}", otherwise=tried.result.replace("_", " "))
    text = t("call.transfer.tried", to=tried.to, result=result, wait=wait)
    return looks.card(t("call.transfer.not"), looks.paragraph(text), kind="alarm")


def troubles(journal: Iterable[JournalEntry]) -> str:
    """What failed in the call and what took over, in the journal's own sentences; empty if nothing did."""
    lines = [
        t("call.trouble.at", time=moments.position(entry.at_ms), what=entry.text(TROUBLES[entry.kind]))
        for entry in journal
        if entry.kind in TROUBLES
    ]
    return looks.page(looks.listing(lines)) if lines else ""


def found(answers: Iterable[Answer], flow: Flow) -> str:
    """Things found out, each with the words that prove it; empty for nothing."""
    lines = [_answer(answer, flow) for answer in answers]
    return looks.page(looks.facts(lines)) if lines else ""


def _answer(answer: Answer, flow: Flow) -> str:
    source = f"call.source.{answer.source}"
    if answer.source == "call" and answer.at_ms is not None:
        proof = t("call.source.call_at", words=answer.said, time=moments.position(answer.at_ms))
    else:
        proof = t(source, otherwise=answer.said, words=answer.said)
    marks = []
    if answer.corrected_from is not None:
        marks.append(looks.badge(t("call.corrected", was=_value(flow, answer.slot, answer.corrected_from)), "warm"))
    if answer.confirmed:
        marks.append(looks.badge(t("call.confirmed"), "good"))
    elif answer.source == "call" and answer.confidence < 0.8:
        marks.append(looks.badge(t("call.unsure", percent=round(100 * answer.confidence))))
    return looks.fact(answer.label, _value(flow, answer.slot, answer.value), proof, " ".join(marks))


LATE_MS: Final = 2000
"""A first word later than this counts as an abandoned call."""

SLOW_MS: Final = 1500


def disclosures(result: CallResult) -> str:
    """How soon we spoke, and what was made known, with the words, when they were heard and how often."""
    lines = []
    if (waited := result.call.greeting_delay_ms) is not None:
        key = "call.first_word.hello" if result.call.greeted_at is not None else "call.first_word.answer"
        mark = ""
        if waited > SLOW_MS:
            mark = looks.badge(t("call.first_word.late" if waited > LATE_MS else "call.first_word.slow"), "bad")
        lines.append(looks.fact(t("call.first_word"), t(key, wait=moments.quickness(waited)), "", mark))
    for name, told in result.disclosures.items():
        label = t(f"call.disclosure.{name}", otherwise=capital(name.replace("_", " ")))
        marks = [looks.badge(t("call.disclosure.confirmed"), "good")] if told.said and told.confirmed else []
        if told.times > 1:
            marks.append(looks.badge(t("call.disclosure.times", times=told.times)))
        if told.heard == "cut":
            marks.append(looks.badge(t("call.disclosure.cut"), "warm"))
        lines.append(looks.fact(label, _heard(told), f"“{told.text}”" if told.text else "", " ".join(marks)))
    return looks.page(looks.facts(lines)) if lines else ""


def _heard(told: Disclosure) -> str:
    if told.at_ms is None:
        return t("call.disclosure.said", time=moments.position(0)) if told.said else t("call.disclosure.unsaid")
    begun = moments.position(told.at_ms)
    if not told.said:
        return t("call.disclosure.begun", time=begun)
    if told.until_ms is None:
        return t("call.disclosure.said", time=begun)
    return t("call.disclosure.heard", time=begun, until=moments.position(told.until_ms))


def why(turns: Iterable[Turn], flow: Flow) -> str:
    """Turn by turn: what was understood, which ways were looked at, which was taken. Empty without a record."""
    parts = [_turn(turn, flow) for turn in turns if turn.turn or turn.moves or turn.slots]
    return looks.page(*parts) if parts else ""


def _turn(turn: Turn, flow: Flow) -> str:
    words = f"“{turn.caller}”" if turn.caller else t("call.why.start")
    lines = [
        t("call.why.noted", label=_label(flow, each.slot), value=_value(flow, each.slot, each.value), words=each.words)
        for each in turn.slots
        if each.value is not None
    ]
    lines += [t("call.why.refused", what=_refusal(flow, each)) for each in turn.refused]
    for fired in turn.reflexes:
        reflex = flow.reflex(fired.reflex)
        lines.append(t("call.why.reflex", reflex=reflex.label if reflex else fired.reflex, words=fired.words))
    lines += [move_sentence(move, flow) for move in turn.moves]
    if not turn.moves:
        lines.append(t("call.why.nothing"))
    looked = [considered_sentence(line, flow) for each in turn.considered for line in each.considered]
    details = f"<details><summary>{looks.esc(t('call.why.considered'))} ({len(looked)})</summary>" if looked else ""
    details += f"{looks.listing(looked)}</details>" if looked else ""
    time = looks.dim(moments.position(turn.at_ms))
    quiet = "" if turn.moves else " quiet"
    return (
        f'<div class="ll-turn{quiet}"><div class="ll-split"><span class="words">{looks.esc(words)}</span>{time}</div>'
        f"{looks.listing(lines)}{details}</div>"
    )


def _refusal(flow: Flow, line: str) -> str:
    """A line of the journal, `slot: why`, with the slot by its label."""
    slot, _, why = line.partition(": ")
    return f"{_label(flow, slot)}: {why}" if why else line


def _label(flow: Flow, slot: str) -> str:
    known = flow.slot(slot)
    return known.label or known.id if known is not None else capital(slot.replace("_", " "))


def _value(flow: Flow, slot: str, value: Scalar | None) -> str:
    known = flow.slot(slot)
    if known is not None and known.type == "appointment" and isinstance(value, str):
        return _moment(value) or value
    if known is None and isinstance(value, str):
        return capital(value.replace("_", " "))
    return capital(shown(value, known)) if isinstance(value, bool | int | float) else shown(value, known)


def _moment(text: str) -> str:
    """An ISO 8601 start with its own offset, as it was spoken of."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return t("at", date=f"{start:%a} {start.day} {start:%b}", time=moments.clock(start))
