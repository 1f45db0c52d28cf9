"""Why the assistant answered as it did, in sentences. Pure: a turn and its flow in, sentences out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ui import looks, moments
from ui.call_records import SlotChange, Turn
from ui.flow_view import Flow
from ui.records import Json
from ui.resources.test_bench import ChatTurn
from ui.sentences import capital, condition, considered_sentence, lowered, move_sentence, shown
from ui.texts import t

QUIET: Final = frozenset({"end_call"})
LOOKS: Final = "check_"
"""Actions that go without saying: they only look."""


def why_html(turn: ChatTurn, flow: Flow) -> str:
    """Folded beneath an answer."""
    lines = [*sentences(turn, flow)]
    looked = [considered_sentence(line, flow) for each in turn.why.considered for line in each.considered]
    inner = looks.listing(lines) if lines else looks.paragraph(t("chat.why.nothing"), dimmed=True)
    if looked:
        inner += (
            f"<details><summary>{looks.esc(t('call.why.considered'))} ({len(looked)})</summary>"
            f"{looks.listing(looked)}</details>"
        )
    return f'<details class="ll-why"><summary>{looks.esc(t("chat.why"))}</summary>{inner}</details>'


def sentences(turn: ChatTurn, flow: Flow) -> Iterator[str]:
    """What was understood, kept, decided and done, in this order."""
    why = turn.why
    yield from (sentence for each in why.commands if (sentence := _command(each, why, flow)))
    yield from (_noted(change, flow) for change in why.slots if change.value is not None)
    yield from (t("call.why.refused", what=_refused(line, flow)) for line in why.refused)
    for fired in why.reflexes:
        reflex = flow.reflex(fired.reflex)
        yield t("call.why.reflex", reflex=reflex.label if reflex else fired.reflex, words=fired.words)
    yield from (move_sentence(move, flow) for move in why.moves)
    yield from (sentence for each in why.actions if (sentence := action_sentence(each)))
    yield from (t("chat.why.guarded", words=_text(each, "sentence"), why=_text(each, "why")) for each in why.guarded)
    if why.asked:
        yield t("chat.why.asks", what=asked_word(why.asked, flow))


def asked_word(asked: str, flow: Flow) -> str:
    """What a question is for: a thing to find out by its label, a question of a card by its name."""
    slot = flow.slot(asked)
    return slot.label or asked if slot is not None else t(f"chat.asked.{asked}", otherwise=asked.replace("_", " "))


def action_sentence(done: dict[str, Json]) -> str:
    """What a real call would have done in the world; empty for what goes without saying."""
    name, details = _text(done, "action"), done.get("details")
    facts = details if isinstance(details, dict) else {}
    if name in QUIET or name.startswith(LOOKS):
        return ""
    if name == "book_appointment":
        result = str(facts.get("result", ""))
        how = result if result in ("booked", "taken") else "no_answer"
        return t(f"chat.did.book.{how}", when=_when(facts.get("start")))
    if name == "schedule_callback":
        return t("chat.did.callback", when=_when(facts.get("at")))
    if name == "transfer_call":
        result = str(facts.get("result", ""))
        return t("chat.did.transfer", to=str(facts.get("to", "")), result=result.replace("_", " "))
    return t(f"chat.did.{name}", otherwise=t("chat.did.other", what=capital(name.replace("_", " "))))


def _command(command: dict[str, Json], why: Turn, flow: Flow) -> str:
    words = _text(command, "words")
    match command.get("what"):
        case "answered":
            return t("chat.heard.yes" if command.get("answer") == "yes" else "chat.heard.no", words=words)
        case "asked":
            entry = next((each for each in flow.knowledge if each.id == command.get("knowledge")), None)
            if entry is None:
                return t("chat.heard.question.unknown", words=words)
            return t("chat.heard.question", words=words, entry=entry.question or entry.id)
        case "behaved":
            trigger = _text(command, "trigger")
            if why.reflexes and trigger.partition(":")[0] != "custom":
                return ""  # the reflex that answered says so
            return t("chat.heard.behaviour", what=trigger.rpartition(":")[2].replace("_", " "), words=words)
        case "intended":
            edge = flow.edge(_text(command, "edge"))
            return t("chat.heard.intention", words=words, what=condition(edge, flow)) if edge is not None else ""
        case "slot_refused":
            return t("chat.heard.refusal", label=_label(flow, _text(command, "slot")), words=words)
        case "slot_denied":
            return t("chat.heard.denial", label=_label(flow, _text(command, "slot")), words=words)
        case _:
            return ""  # what was kept of it is told by the slot


def _noted(change: SlotChange, flow: Flow) -> str:
    known = flow.slot(change.slot)
    label, value = _label(flow, change.slot), shown(change.value, known)
    if change.was is not None and change.was != change.value:
        return t("chat.noted.changed", label=label, value=value, was=shown(change.was, known), words=change.words)
    return t("call.why.noted", label=label, value=value, words=change.words)


def _refused(line: str, flow: Flow) -> str:
    slot, _, why = line.partition(": ")
    return f"{_label(flow, slot)}: {lowered(why)}" if why else line


def _label(flow: Flow, slot: str) -> str:
    known = flow.slot(slot)
    return known.label or known.id if known is not None else capital(slot.replace("_", " "))


def _when(value: Json) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value or "")
    return t("at", date=f"{moment:%a} {moment.day} {moment:%b}", time=moments.clock(moment))


def _text(facts: dict[str, Json], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""
