"""The forms of a flow's contents, as JSON Schemas for `ui.forms`: needed fields first, the rest folded. Pure.

Titles, help and examples stand in the table of texts, as `field.<name>`, `field.<name>.help`, `field.<name>.example`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ui.contents.reading import Document, choices, group, lists, name_of, text, things
from ui.contents.slot_kinds import BY_BOOKING, KINDS, type_words
from ui.records import Json
from ui.texts import t

Schema = dict[str, Json]

_PHRASES: Final[Mapping[str, Json]] = {"type": "array", "items": {"type": "string"}, "format": "phrases"}
_SPOKEN: Final[Mapping[str, Json]] = {**_PHRASES, "fills": []}
_TEXT: Final[Mapping[str, Json]] = {"type": "string"}
_NUMBERS: Final = frozenset({"number", "money", "duration"})


def field(
    name: str, shape: Mapping[str, Json], *, fold: str = "", advanced: bool = False, default: Json = None
) -> Schema:
    """One field with its words. `fold`: name of the fold it lies under (`fold.<name>`)."""
    made: Schema = {"title": t(f"field.{name}"), **shape}
    if help_ := t(f"field.{name}.help", otherwise=""):
        made["description"] = help_
    if example := t(f"field.{name}.example", otherwise=""):
        made["examples"] = [example]
    if fold:
        made["group"] = t(f"fold.{fold}")
    if advanced:
        made["advanced"] = True
    if default is not None:
        made["default"] = default
    return made


def one_of(values: Iterable[str], words: str) -> Schema:
    """A choice of fixed values; `<words>.<value>` says what each means."""
    given = list(values)
    return {
        "type": "string",
        "enum": list[Json](given),
        "labels": {each: t(f"choice.{words}_{each}") for each in given},
    }


def form(*required: str, **fields: Schema) -> Schema:
    return {"type": "object", "properties": dict[str, Json](fields), "required": list[Json](required)}


def slot(document: Document, thing: Mapping[str, Json]) -> Schema:
    """The form of one thing to find out; what it shows goes by its type."""
    type_ = text(thing, "type")
    types = [each.type for each in KINDS]
    if type_ not in types:
        types.append(type_ or BY_BOOKING)
    kinds: Schema = {"type": "string", "enum": list[Json](types), "labels": {each: type_words(each) for each in types}}
    fields: dict[str, Schema] = {
        "label": field("slot_label", _TEXT),
        "type": field("slot_type", kinds),
        "need": field("slot_need", one_of(("must", "nice", "if_offered"), "need"), default="must"),
        "ask": field("slot_ask", _SPOKEN),
        "why": field("slot_why", _TEXT),
        "ask_again": field("slot_ask_again", _SPOKEN, fold="again"),
        "max_asks": field("slot_max_asks", {"type": "integer", "minimum": 1, "maximum": 6}, fold="again", default=3),
        "prefill": field("slot_prefill", {"type": ["string", "null"]}, fold="form"),
        "confirm_prefill": field("slot_confirm_prefill", {"type": ["string", "null"], "fills": ["value"]}, fold="form"),
        "read_back": field(
            "slot_read_back", one_of(("never", "if_unsure", "always"), "read_back"), fold="sure", default="never"
        ),
        "privacy": field(
            "slot_privacy", one_of(("plain", "personal", "sensitive"), "privacy"), fold="sure", default="plain"
        ),
        "check": field("slot_check", _checks(document, type_), fold="checks"),
        "acknowledge": field("slot_acknowledge", {**_PHRASES, "fills": ["value"]}, fold="reply"),
    }
    if type_ == "choice":
        fields["allow_other"] = field("slot_allow_other", {"type": "boolean"})
    if implied := _implied(thing):
        fields["implied_by"] = field("slot_implied_by", implied, fold="implied")
    fields["spoken"] = field("slot_spoken", _TEXT, advanced=True, default="")
    return form("label", "ask", **fields)


def _checks(document: Document, type_: str) -> Schema:
    fields: dict[str, Schema] = {}
    if type_ in _NUMBERS:
        fields["min"] = field("check_min", {"type": ["number", "null"]})
        fields["max"] = field("check_max", {"type": ["number", "null"]})
    if lists(document) or type_ == "zip":
        fields["in_list"] = field("check_in_list", {"type": ["string", "null"], "refers": "list"})
    if type_ == "text":
        fields["max_length"] = field("check_max_length", {"type": ["integer", "null"], "minimum": 1})
    fields["pattern"] = field("check_pattern", {"type": ["string", "null"]}, advanced=True)
    return form(**fields)


def _implied(thing: Mapping[str, Json]) -> Schema | None:
    """For each answer, the words of other answers that settle it."""
    answers = choices(thing) if text(thing, "type") == "choice" else {}
    if not answers:
        return None
    return form(**{value: {"title": label or value, **_PHRASES} for value, label in answers.items()})


def choice() -> Schema:
    """One answer of a choice; its value is permanent and never shown."""
    return form(
        "label",
        label=field("choice_label", _TEXT),
        synonyms=field("choice_synonyms", _PHRASES),
        not_synonyms=field("choice_not_synonyms", _PHRASES),
    )


def knowledge(document: Document) -> Schema:
    fields: dict[str, Schema] = {
        "question": field("entry_question", _TEXT),
        "say": field("entry_say", {"type": "string", "format": "long_text", "fills": []}),
        "aliases": field("entry_aliases", _PHRASES),
        "money": field("entry_money", {"type": "array", "items": {"type": "number", "minimum": 0}}),
        "topic": field("entry_topic", _TEXT, default=""),
    }
    about = _about(document)
    if about is not None:
        fields["about"] = field("entry_about", about, fold="about")
    return form("question", "say", **fields)


def _about(document: Document) -> Schema | None:
    """A value for each thing to find out with fixed answers."""
    fields: dict[str, Schema] = {}
    for each in things(document, "slots"):
        labels: dict[str, str] = {}
        if text(each, "type") == "choice":
            labels = choices(each)
        if labels:
            options: Schema = {"type": "string", "enum": list[Json](list(labels)), "labels": dict[str, Json](labels)}
            fields[text(each, "id")] = {"title": name_of(each), "anyOf": [options, {"type": "null"}]}
    return form(**fields) if fields else None


def criterion() -> Schema:
    return form(
        "label",
        "test",
        "reason",
        label=field("criterion_label", _TEXT),
        test=field("criterion_test", {"type": "object", "refers": "rule"}),
        kind=field("criterion_kind", one_of(("hard", "soft"), "criterion"), default="hard"),
        reason=field("criterion_reason", {"type": "string", "refers": "reason"}),
    )


def reflex(trigger: str, now: Mapping[str, Json]) -> Schema:
    """A reflex goes by the engine's behaviour or, if `custom`, by its examples alone. `now`: as it stands, to ask only
    for what it needs."""
    needed = ("label", "examples", "do") if trigger == "custom" else ("label", "do")
    return form(
        *needed,
        label=field("reflex_label", _TEXT),
        do=field("reflex_do", _action(group(now, "do"))),
        examples=field("reflex_examples", _PHRASES),
        not_examples=field("reflex_not_examples", _PHRASES),
        limit=field("reflex_limit", {"type": "integer", "minimum": 0, "maximum": 20}, fold="often", default=0),
        cool_down_s=field(
            "reflex_cool_down_s", {"type": "number", "minimum": 0, "maximum": 600}, fold="often", default=0
        ),
        past_limit=field(
            "reflex_past_limit", {"anyOf": [_action(group(now, "past_limit")), {"type": "null"}]}, fold="past"
        ),
    )


def _action(now: Mapping[str, Json]) -> Schema:
    then = text(now, "then") or "return"
    fields: dict[str, Schema] = {
        "say": field("action_say", _SPOKEN),
        "then": field("action_then", one_of(("return", "go", "end"), "then"), default="return"),
    }
    if then == "return":
        fields["ask_again"] = field("action_ask_again", {"type": "boolean"}, default=True)
    if then == "go":
        fields["go"] = field("action_go", {"type": ["string", "null"], "refers": "card"})
    if then == "end":
        fields["disposition"] = field("action_disposition", {"type": ["string", "null"], "refers": "outcome"})
        fields["reason"] = field("action_reason", {"type": ["string", "null"], "refers": "reason"})
    fields["flag"] = field("action_flag", {"type": ["string", "null"]}, advanced=True)
    fields["action"] = field("action_action", {"type": ["string", "null"]}, advanced=True)
    return form(**fields)


def seller() -> Schema:
    phone: Schema = {"type": "string", "format": "phone"}
    return form(
        "legal_name",
        "say_as",
        "phone",
        legal_name=field("seller_legal_name", _TEXT),
        say_as=field("seller_say_as", _TEXT),
        phone=field("seller_phone", phone),
        opt_out_phone=field("seller_opt_out_phone", {"type": ["string", "null"], "format": "phone"}),
    )


def assistant() -> Schema:
    return form("name", name=field("assistant_name", _TEXT), style=field("assistant_style", _PHRASES))


def limits() -> Schema:
    def seconds(low: float, high: float) -> Schema:
        return {"type": "number", "minimum": low, "maximum": high}

    return form(
        silence_first_s=field("limit_silence_first", seconds(1, 30), default=5.0),
        silence_next_s=field("limit_silence_next", seconds(1, 30), default=6.0),
        silence_prompts=field("limit_silence_prompts", {"type": "integer", "minimum": 0, "maximum": 5}, default=2),
        max_call_s=field("limit_max_call", {"type": "integer", "minimum": 60, "maximum": 7200}, default=600),
    )


def ear(use: str, standard: str) -> Schema:
    """`use`: what the flow chooses, empty for nothing. `standard`: what the settings choose."""
    google: Schema = {"type": "string", "refers": "connection:google"}
    fields: dict[str, Schema] = {
        "use": field("service_use_ear", _service("ear", standard, "local", "google"), default="")
    }
    if (use or standard) == "google":
        fields["connection"] = field("service_connection", google, default="")
        fields["model"] = field("service_ear_model", _TEXT, advanced=True, default="")
        fields["location"] = field("service_location", _TEXT, advanced=True, default="")
    return form(**fields)


def mind(use: str, standard: str) -> Schema:
    gemini: Schema = {"type": "string", "refers": "connection:gemini"}
    several: Schema = {"type": "array", "items": {"type": "string"}}
    services = _service("mind", standard, "offline", "gemini")
    fields: dict[str, Schema] = {"use": field("service_use_mind", services, default="")}
    if (use or standard) == "gemini":
        fields["connection"] = field("service_connection", gemini, default="")
        fields["models"] = field("service_mind_models", several, advanced=True)
    return form(**fields)


def voice_place() -> Schema:
    google: Schema = {"type": "string", "refers": "connection:google"}
    return form(
        connection=field("service_connection", google, default=""),
        second_voice=field("service_second_voice", _TEXT, default=""),
        location=field("service_voice_location", _TEXT, advanced=True, default=""),
    )


def _service(words: str, standard: str, *values: str) -> Schema:
    named = {each: t(f"choice.{words}_{each}") for each in values}
    labels = {"": t("choice.service_standard", what=named.get(standard, standard)), **named}
    return {"type": "string", "enum": list[Json](list(labels)), "labels": dict[str, Json](labels)}


def wording(name: str, standard: Iterable[str], fills: Iterable[str]) -> Schema:
    """The flow's own words for one of the engine's texts. Without any, the standard is said."""
    said = " · ".join(standard)
    return {
        **_PHRASES,
        "fills": list[Json](list(fills)),
        "title": t(f"wording.{name}", otherwise=name.replace("_", " ").capitalize()),
        "description": t("voice.wording.standard", said=said),
    }


LANGUAGES: Final = ("en-US", "en-GB", "en-AU", "en-CA", "en-IN")


def language(now: str) -> Schema:
    """`now`: the language that the flow names; one that is not offered stays what it is."""
    offered = [*LANGUAGES, *((now,) if now and now not in LANGUAGES else ())]
    labels: dict[str, Json] = {each: _language(each) for each in offered}
    return form(language=field("language", {"type": "string", "enum": list[Json](offered), "labels": labels}))


def _language(code: str) -> str:
    name = code.replace("-", "_").lower()
    return t(f"language.{name}", otherwise=code)


ZONES: Final = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu",
)  # fmt: skip


def zone(now: str, known: Iterable[str]) -> Schema:
    """The United States first, then all other zones that this machine knows."""
    offered = list(dict.fromkeys((*ZONES, *((now,) if now else ()), *sorted(known))))
    labels: dict[str, Json] = {each: zone_words(each) for each in offered}
    return form(zone=field("seller_zone", {"type": "string", "enum": list[Json](offered), "labels": labels}))


def zone_words(name: str) -> str:
    """`America/Los_Angeles` is Pacific time (Los Angeles)."""
    city = name.rsplit("/", 1)[-1]
    if name not in ZONES:
        return name
    known = city.lower()
    return t("zone.named", zone=t(f"zone.{known}"), place=city.replace("_", " "))
