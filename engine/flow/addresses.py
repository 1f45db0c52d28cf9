"""Paths of a flow document as people say them: '“What to say” of the card “Opening”'. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.flow.edits import Place, at
from engine.sdk import Json
from engine.sdk.registry import NodeTypes

THINGS: Final[Mapping[str, tuple[str, str, str]]] = {
    "nodes": ("node", "the card", "name"),
    "edges": ("edge", "the way", "label"),
    "slots": ("slot", "the thing to find out", "label"),
    "knowledge": ("knowledge", "the answer to", "question"),
    "criteria": ("criterion", "the criterion", "label"),
    "reflexes": ("reflex", "the reflex", "label"),
}
"""Lists of things with ids: the place that an issue would name, the words for one, and the field with its title."""

BLOCKS: Final[Mapping[str, tuple[str, str]]] = {
    "seller": ("seller", "the business details"),
    "assistant": ("text", "the assistant"),
    "limits": ("limits", "the limits of a call"),
    "providers": ("flow", "the speech and language services"),
    "lists": ("list", "the lists"),
    "texts": ("text", "the fixed wording"),
    "layout": ("flow", "the places of cards"),
    "never_say": ("text", "what must never be said"),
    "after_call": ("flow", "what runs after the call"),
    "needs": ("flow", "the packages that the flow needs"),
}

_FIELDS: Final[Mapping[str, str]] = {
    "name": "Name",
    "label": "Name",
    "question": "Question",
    "aliases": "Other ways to ask it",
    "say": "What is said",
    "money": "Amounts",
    "about": "Only when",
    "topic": "Topic",
    "spoken": "Spoken name",
    "type": "Kind",
    "need": "How much it is needed",
    "ask": "Ways to ask",
    "ask_again": "Ways to ask again",
    "confirm_prefill": "Question when the form has said it",
    "why": "Reason for asking",
    "choices": "Choices",
    "allow_other": "Other answers",
    "check": "Check",
    "read_back": "Read-back",
    "privacy": "Privacy",
    "prefill": "Form field",
    "acknowledge": "Acknowledgements",
    "implied_by": "Words that settle it",
    "max_asks": "Asked at most",
    "test": "Rule",
    "kind": "Kind",
    "reason": "Reason",
    "trigger": "Trigger",
    "examples": "Examples",
    "not_examples": "Examples of what it is not",
    "do": "What is done",
    "limit": "Times a call",
    "cool_down_s": "Pause",
    "past_limit": "What is done after the last time",
    "note": "Note",
    "rule": "Rule",
    "intent": "Intention",
    "to": "Target",
    "from": "Origin",
    "legal_name": "Legal name",
    "say_as": "Name as it is said",
    "phone": "Phone",
    "opt_out_phone": "Phone for opting out",
    "zone": "Time zone",
    "voice": "Voice",
    "style": "Style",
    "max_call_s": "Longest call (seconds)",
    "silence_first_s": "First silence (seconds)",
    "silence_next_s": "Next silences (seconds)",
    "silence_prompts": "Questions into silence",
    "description": "Description",
    "language": "Language",
    "start": "First card",
    "start_inbound": "First card of calls that come in",
    "ear": "Listening",
    "mind": "Understanding",
}


def title_of(data: Json, part: str, id: str) -> str:
    """What people call a thing of one of the `THINGS`; a way is called by the cards that it joins."""
    try:
        thing = at(data, (part, id))
    except KeyError:
        return id
    if not isinstance(thing, dict):
        return id
    if part == "edges":
        source = thing.get("from")
        node = source.get("node") if isinstance(source, dict) else ""
        return f"{title_of(data, 'nodes', str(node))} → {title_of(data, 'nodes', str(thing.get('to', '')))}"
    return str(thing.get(THINGS[part][2]) or id)


def field_title(data: Json, path: Sequence[Place], types: NodeTypes) -> str:
    """The name of the field at the end of `path` as a form shows it; empty for a whole thing."""
    if len(path) >= 2 and path[0] in THINGS:
        rest = path[2:]
        if path[0] == "nodes" and len(rest) >= 2 and rest[0] == "settings":
            return _setting_title(data, str(path[1]), str(rest[1]), types)
    else:
        rest = path[1:] if path and path[0] in BLOCKS else path
    if not rest:
        return ""
    name = str(rest[0])
    return _FIELDS.get(name) or name.replace("_", " ").capitalize()


def where(data: Json, path: Sequence[Place], types: NodeTypes) -> str:
    """'“What to say” of the card “Opening”'; without capital and full stop."""
    if not path:
        return "the whole flow"
    holder = ""
    if path[0] in THINGS and len(path) > 1:
        _, words, _ = THINGS[str(path[0])]
        holder = f"{words} “{title_of(data, str(path[0]), str(path[1]))}”"
    elif path[0] in BLOCKS:
        holder = BLOCKS[str(path[0])][1]
    field = field_title(data, path, types)
    if not field:
        return holder or "the flow"
    return f"“{field}” of {holder or 'the flow'}"


def _setting_title(data: Json, id: str, name: str, types: NodeTypes) -> str:
    try:
        kind = at(data, ("nodes", id, "type"))
    except KeyError:
        kind = ""
    if kind in types:
        info = types.get(str(kind)).settings_model().model_fields.get(name)
        if info is not None and info.title:
            return info.title
    return name.replace("_", " ").capitalize()
