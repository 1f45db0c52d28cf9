"""The seller's data, limits, texts outside of cards, and secrets that must not travel with a flow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from engine.flow.checks.cards import check_texts
from engine.flow.checks.placeholders import COMMON
from engine.flow.checks.rules import check_choice
from engine.flow.checks.slots import bad_pattern, pattern_problem
from engine.flow.checks.subject import Subject
from engine.flow.issues import Address, Issue, Place, issue
from engine.sdk import Json, SlotType

_TEXTS = COMMON | {"value"}


def check_seller(subject: Subject) -> Iterator[Issue]:
    seller = subject.flow.seller
    try:
        ZoneInfo(seller.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield issue(
            "bad_zone",
            Address("seller", "", "zone"),
            f"“{seller.zone}” is no time zone, so appointments could not be told.",
            "Choose one such as America/New_York.",
        )
    for name, phone in (("phone", seller.phone), ("opt_out_phone", seller.opt_out_phone)):
        if phone is not None and not _is_phone(phone):
            yield issue(
                "bad_phone",
                Address("seller", "", name),
                f"“{phone}” is no telephone number with its country code.",
                "Write it like +14155550100.",
            )
    limits = subject.flow.limits
    for field, words, value, low, high in (
        ("max_call_s", "longest call", limits.max_call_s, 30, 7200),
        ("silence_first_s", "silence before the first reminder", limits.silence_first_s, 1, 60),
        ("silence_next_s", "silence before the next reminder", limits.silence_next_s, 1, 60),
        ("silence_prompts", "number of reminders", limits.silence_prompts, 0, 10),
    ):
        if not low <= value <= high:
            yield issue(
                "bad_limit",
                Address("limits", "", field),
                f"The {words} is set to {value:g}; it must lie between {low} and {high}.",
                "Choose a value in this range.",
            )


def _is_phone(text: str) -> bool:
    if not re.fullmatch(r"\+[1-9]\d{6,14}", text):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False


_AMOUNT = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s+dollars", re.IGNORECASE)


def check_knowledge(subject: Subject) -> Iterator[Issue]:
    for entry in subject.flow.knowledge:
        at = Address("knowledge", entry.id)
        where = f"the answer to “{entry.question}”"
        for id, value in entry.about.items():
            slot = subject.slots.get(id)
            if slot is None:
                yield issue(
                    "unknown_slot",
                    Address("knowledge", entry.id, f"about.{id}"),
                    f"The answer to “{entry.question}” refers to “{id}”, which is not among the things to find out.",
                    "Add it to the things to find out, or choose another one.",
                )
            elif slot.type is SlotType.CHOICE:
                yield from check_choice(slot, (value,), Address("knowledge", entry.id, f"about.{id}"), where)
        for found in _AMOUNT.finditer(entry.say):
            amount = float((found.group(1) or found.group(2)).replace(",", ""))
            if amount not in entry.money:
                yield issue(
                    "amount_not_allowed",
                    Address("knowledge", entry.id, "money"),
                    f"The answer to “{entry.question}” names {amount:,.10g} dollars, which is not among the amounts "
                    "that may be spoken.",
                    "Add it to the amounts of this answer.",
                )
        yield from check_texts(subject, at, where, (entry.say,), _TEXTS)


def check_wording(subject: Subject) -> Iterator[Issue]:
    for name, texts in subject.flow.texts.items():
        yield from check_texts(subject, Address("text", name), f"the wording “{name}”", texts, _TEXTS)
    for place, pattern in enumerate(subject.flow.never_say):
        if problem := pattern_problem(pattern):
            yield bad_pattern(Address("flow", "", f"never_say.{place}"), "what must never be said", problem)


_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bsk-[\w-]{16,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bgh[pousr]_\w{20,}"
    r"|\bxox[abprs]-[\w-]{10,}|\bwhsec_[\w+/=]{12,}|\bpat-[a-z]{2}\d-[\w-]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|\bBearer\s+[\w.~+/-]{16,}|hooks\.slack\.com/services/T|://[^/\s:@]+:[^/\s@]+@"
)
_SECRET_NAME = re.compile(r"(?:^|_)(?:password|passwd|api_?key|secret|access_token|auth_token|private_key)$", re.I)
_MAYBE = re.compile(r"BEGIN |sk-|AKIA|AIza|gh[pousr]_|xox|whsec_|pat-|SG\.|eyJ|[Bb]earer|slack\.com|@")


def check_secrets(subject: Subject) -> Iterator[Issue]:
    flow = subject.flow
    for card in flow.nodes:
        yield from _secrets_in("node", card.id, "settings", card.settings, f"The card “{card.name or card.id}”")
        yield from _secrets_in("node", card.id, "note", card.note, f"The card “{card.name or card.id}”")
    for extra, value in (flow.model_extra or {}).items():
        yield from _secrets_in("flow", "", extra, value, f"The flow's “{extra}”")
    chosen: Json = flow.providers.model_dump(mode="json")
    yield from _secrets_in("flow", "", "providers", chosen, "The choice of services")
    texts: list[tuple[Place, str, str]] = [
        *(("knowledge", entry.id, entry.say) for entry in flow.knowledge),
        *(("text", name, text) for name, several in flow.texts.items() for text in several),
        *(("flow", "description", text) for text in (flow.description,)),
    ]
    for place, id, text in texts:
        yield from _secrets_in(place, id, "", text, f"“{id}”")


def _secrets_in(place: Place, id: str, field: str, value: Json, where: str) -> Iterator[Issue]:
    """The issue never shows the secret itself: issues travel into logs and screens."""
    if isinstance(value, dict):
        for key, part in value.items():
            path = f"{field}.{key}" if field else key
            if isinstance(part, str) and part and _SECRET_NAME.search(key):
                yield _secret(place, id, path, where)
            else:
                yield from _secrets_in(place, id, path, part, where)
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from _secrets_in(place, id, f"{field}.{at}", part, where)
    elif isinstance(value, str) and _MAYBE.search(value) and _SECRET.search(value):
        yield _secret(place, id, field, where)


def _secret(place: Place, id: str, field: str, where: str) -> Issue:
    return issue(
        "secret_in_flow",
        Address(place, id, field),
        f"{where} holds something that looks like a password or a key; everybody who gets the flow could read it.",
        "Keep it in a connection and name the connection here. Change the secret if the flow was shared.",
    )
