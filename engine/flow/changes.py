"""What differs between two documents of a flow, in plain words and with an address. Pure.

Calls go by meaning: where cards lie, and the version's number, are none of it. A moved card is told all the same, as
`moved`, so that nothing that was done is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.flow.addresses import BLOCKS, THINGS, field_title
from engine.flow.text import equal
from engine.flow.told import Side, found, told
from engine.sdk import Json
from engine.sdk.registry import NodeTypes

Kind = Literal["added", "removed", "changed", "moved"]
Thing = dict[str, Json]

_NO_MEANING: Final = frozenset({"version", "format", "format_version", "made_with", "layout"})
_ORDERED: Final = {"criteria": "criteria", "reflexes": "reflexes"}
"""Lists whose order decides something: the first criterion that fails gives the reason, the first reflex answers."""

_REFERRING: Final = frozenset({"slots", "slot", "needs", "go"})


@dataclass(frozen=True, slots=True)
class Change:
    """`place`, `id`: as in the addresses of issues. `title`: what people call the thing. `sentence`: what is different,
    a whole sentence. `before`, `after`: what stood and stands there, in words; None where there was or is nothing."""

    place: str
    id: str
    title: str
    kind: Kind
    sentence: str
    before: str | None = None
    after: str | None = None


def changes(before: Mapping[str, Json], after: Mapping[str, Json], types: NodeTypes) -> list[Change]:
    """From the flow as a whole to its parts; none if calls go the same way and no card was moved."""
    return list(_changes(Side(before), Side(after), types))


def meaning(found: list[Change]) -> list[Change]:
    """Those by which calls go differently."""
    return [each for each in found if each.kind != "moved"]


def _changes(old: Side, new: Side, types: NodeTypes) -> Iterator[Change]:
    names = dict.fromkeys((*old.data, *new.data))
    for name in (*(each for each in names if each not in THINGS), *(each for each in THINGS if each in names)):
        was, now = old.data.get(name), new.data.get(name)
        if was is now or name in _NO_MEANING or equal(was, now):
            continue
        match name:
            case "start" | "start_inbound":
                yield _start(name, old, new)
            case "after_call":
                yield from _lane(was, now, old, new)
            case "lists":
                yield from _lists(was, now)
            case _ if name in THINGS:
                yield from _things(name, old, new, types)
            case _:
                yield from _block(name, was, now, old, new, types)
    yield from _layout(old, new)


def _things(part: str, old: Side, new: Side, types: NodeTypes) -> Iterator[Change]:
    was, now = _by_id(old.data.get(part)), _by_id(new.data.get(part))
    place, words, title = THINGS[part]

    def called(side: Side, thing: Thing) -> str:
        return _way(side, thing) if part == "edges" else str(thing.get(title) or thing.get("id"))

    for id, thing in was.items():
        if id not in now:
            text = _way_text(old, thing) if part == "edges" else f"“{called(old, thing)}”"
            told_so = f"{_capital(words)} {text} was removed."
            yield Change(place, id, called(old, thing), "removed", told_so, before=_gist(part, thing, old))
    for id, thing in now.items():
        if id not in was:
            text = _way_text(new, thing) if part == "edges" else f"“{called(new, thing)}”"
            told_so = f"{_capital(words)} {text} was added."
            yield Change(place, id, called(new, thing), "added", told_so, after=_gist(part, thing, new))
        elif was[id] is not thing and not equal(was[id], thing):
            if part == "edges":
                yield from _edge(id, was[id], thing, old, new)
            else:
                yield from _fields(part, id, was[id], thing, old, new, types)
    yield from _order(part, was, now, new)


def _gist(part: str, thing: Thing, side: Side) -> str | None:
    """What a new or lost thing says, in a line."""
    field = {"slots": "ask", "knowledge": "say", "criteria": "test"}.get(part)
    if part == "nodes":
        settings = thing.get("settings")
        shown = settings if isinstance(settings, dict) else {}
        text = next((shown[name] for name in ("text", "goal", "say", "question", "subject") if shown.get(name)), None)
        return told(text, side) or None
    if part == "reflexes":
        return told(found(thing, "do", "say"), side) or None
    return (told(thing.get(field), side) or None) if field else None


def _fields(part: str, id: str, was: Thing, now: Thing, old: Side, new: Side, types: NodeTypes) -> Iterator[Change]:
    place, words, title = THINGS[part]
    called = str(now.get(title) or id)
    for path in _differing(part, was, now):
        before, after = found(was, *path), found(now, *path)
        refers = path[-1] in _REFERRING
        texts = (told(before, old, refers=refers), told(after, new, refers=refers))
        if path == (title,):
            told_so = f"{_capital(words)} “{texts[0]}” is called “{texts[1]}” now."
        else:
            name = field_title(dict(new.data), (part, id, *path), types)
            told_so = f"In {words} “{called}”, {_what_happened(name, *texts)}"
        yield Change(place, id, called, "changed", told_so, texts[0] or None, texts[1] or None)


def _differing(part: str, was: Thing, now: Thing) -> Iterator[tuple[str, ...]]:
    """Paths of the fields that differ; settings of a card one by one."""
    for name in dict.fromkeys((*was, *now)):
        if equal(was.get(name), now.get(name)):
            continue
        before, after = was.get(name, {}), now.get(name, {})
        if part == "nodes" and name == "settings" and isinstance(before, dict) and isinstance(after, dict):
            for setting in dict.fromkeys((*before, *after)):
                if not equal(before.get(setting), after.get(setting)):
                    yield name, setting
        else:
            yield (name,)


def _what_happened(name: str, before: str, after: str) -> str:
    """The end of a sentence about a field: short values stand in it, long ones beside it."""
    if not before:
        return f"“{name}” was filled in." if len(after) > 60 or "\n" in after else f"“{name}” is “{after}” now."
    if not after:
        return f"“{name}” was emptied."
    if len(before) + len(after) > 80 or "\n" in before + after:
        return f"“{name}” was changed."
    return f"“{name}” is “{after}” instead of “{before}”."


def _edge(id: str, was: Thing, now: Thing, old: Side, new: Side) -> Iterator[Change]:
    title = _way(new, now)
    if not equal(was.get("to"), now.get("to")) or not equal(was.get("from"), now.get("from")):
        left = "" if equal(was.get("from"), now.get("from")) else f" leaves {_from(new, now)} and"
        away = f"The way {_way_text(old, was)}{left} leads to {new.card(now.get('to'))} now."
        yield Change("edge", id, title, "changed", away, _way(old, was), title)
    before, after = old.when(was), new.when(now)
    rest = ("kind", "rule", "intent")
    if any(not equal(was.get(name), now.get(name)) for name in rest):
        ends = f"from {_from(new, now)} to {new.card(now.get('to'))}"
        examples = f"The examples of the way {_way_text(new, now)} were changed."
        text = f"The way {ends} is taken {after} instead of {before}." if before != after else examples
        yield Change("edge", id, title, "changed", text, before or None, after or None)
    known = {"id", "from", "to", *rest}
    for name in dict.fromkeys((*was, *now)):
        if name not in known and not equal(was.get(name), now.get(name)):
            texts = (told(was.get(name), old), told(now.get(name), new))
            field = "Label" if name == "label" else name.replace("_", " ").capitalize()
            text = f"On the way {_way_text(new, now)}, {_what_happened(field, *texts)}"
            yield Change("edge", id, title, "changed", text, texts[0] or None, texts[1] or None)


def _from(side: Side, edge: Thing) -> str:
    exit = found(edge, "from", "exit")
    behind = f" (“{exit}”)" if exit not in (None, "next") else ""
    return f"{side.card(found(edge, 'from', 'node'))}{behind}"


def _way(side: Side, edge: Thing) -> str:
    source, target = side.card(found(edge, "from", "node")), side.card(edge.get("to"))
    return f"{source.strip('“”')} → {target.strip('“”')}"


def _way_text(side: Side, edge: Thing) -> str:
    """'from “Qualify” to “Book”, if the lead is qualified,' without the commas when it has no condition."""
    when = side.when(edge)
    condition = f" ({when})" if when and when != "otherwise" else ""
    return f"from {_from(side, edge)} to {side.card(edge.get('to'))}{condition}"


def _order(part: str, was: Mapping[str, Thing], now: Mapping[str, Thing], new: Side) -> Iterator[Change]:
    kept = [id for id in was if id in now]
    if kept == [id for id in now if id in was]:
        return
    if part == "edges":
        yield from _order_of_ways(was, now, new)
    elif part in _ORDERED:
        place = THINGS[part][0]
        before = ", ".join(told(was[id].get("label"), new) for id in kept)
        after = ", ".join(told(now[id].get("label"), new) for id in now if id in was)
        yield Change(place, "", "", "changed", f"The order of the {_ORDERED[part]} was changed.", before, after)


def _order_of_ways(was: Mapping[str, Thing], now: Mapping[str, Thing], new: Side) -> Iterator[Change]:
    """Ways of one exit are tried in their order, so that it matters among them alone."""
    sources = dict.fromkeys(str(found(edge, "from", "node")) for edge in now.values())
    for source in sources:
        before = [id for id, edge in was.items() if id in now and _conditional(edge, source)]
        after = [id for id, edge in now.items() if id in was and _conditional(edge, source)]
        if before != after and set(before) == set(after):
            text = f"The order in which the ways from {new.card(source)} are tried was changed."
            yield Change("node", source, new.card(source).strip("“”"), "changed", text)


def _conditional(edge: Thing, source: str) -> bool:
    return found(edge, "from", "node") == source and edge.get("kind", "otherwise") != "otherwise"


def _start(name: str, old: Side, new: Side) -> Change:
    was, now = old.data.get(name), new.data.get(name)
    call = "A call" if name == "start" else "A call that comes in"
    if now is None:
        text = "Calls that come in are not taken any more." if name != "start" else "No card begins the call any more."
    else:
        text = f"{call} begins with {new.card(now)}" + (f" instead of {old.card(was)}." if was is not None else " now.")
    before, after = (side.card(id).strip("“”") if id is not None else None for side, id in ((old, was), (new, now)))
    return Change("flow", "", "", "changed", text, before, after)


def _lane(was: Json, now: Json, old: Side, new: Side) -> Iterator[Change]:
    before = [id for id in was if isinstance(id, str)] if isinstance(was, list) else []
    after = [id for id in now if isinstance(id, str)] if isinstance(now, list) else []
    for id in before:
        if id not in after:
            text = f"{old.card(id)} is not started after the call any more."
            yield Change("flow", "", old.card(id).strip("“”"), "removed", text)
    for id in after:
        if id not in before:
            text = f"{new.card(id)} is started after the call."
            yield Change("flow", "", new.card(id).strip("“”"), "added", text)


def _lists(was: Json, now: Json) -> Iterator[Change]:
    before, after = (each if isinstance(each, dict) else {} for each in (was, now))
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if equal(old, new):
            continue
        title = name.replace("_", " ")
        if not isinstance(old, list) or not isinstance(new, list):
            kind: Kind = "removed" if new is None else "added" if old is None else "changed"
            verb = {"removed": "was removed", "added": "was added", "changed": "was changed"}[kind]
            yield Change("list", name, title, kind, f"The list “{title}” {verb}.")
            continue
        gone = [str(each) for each in old if each not in new]
        come = [str(each) for each in new if each not in old]
        parts = [f"{len(come)} more" if come else "", f"{len(gone)} fewer" if gone else ""]
        text = " and ".join(filter(None, parts)) or "another order"
        yield Change(
            "list", name, title, "changed", f"The list “{title}” has {text}.", ", ".join(gone) or None,
            ", ".join(come) or None,
        )  # fmt: skip


def _block(name: str, was: Json, now: Json, old: Side, new: Side, types: NodeTypes) -> Iterator[Change]:
    """A field of the flow itself, or a block of fields such as the business details."""
    place, words = BLOCKS.get(name, ("flow", "the flow"))
    inner = isinstance(was, dict | None) and isinstance(now, dict | None)
    before, after = (each if isinstance(each, dict) else {} for each in (was, now))
    paths = [(name, field) for field in dict.fromkeys((*before, *after))] if inner and name in BLOCKS else [(name,)]
    for path in paths:
        values = found(dict(old.data), *path), found(dict(new.data), *path)
        if equal(*values):
            continue
        texts = (told(values[0], old), told(values[1], new))
        field = field_title(dict(new.data), path, types) or words
        if path == ("name",):
            text = f"The flow is called “{texts[1]}” instead of “{texts[0]}”."
        elif len(path) == 1 and name in BLOCKS:
            text = f"{_capital(words)}: this was changed."
        else:
            text = f"In {words}, {_what_happened(field, *texts)}"
        id = path[-1] if name == "texts" else ""
        yield Change(place, id, field, "changed", text, texts[0] or None, texts[1] or None)


def _layout(old: Side, new: Side) -> Iterator[Change]:
    was, now = found(dict(old.data), "layout", "nodes"), found(dict(new.data), "layout", "nodes")
    before, after = (each if isinstance(each, dict) else {} for each in (was, now))
    there = _by_id(new.data.get("nodes")).keys() & _by_id(old.data.get("nodes")).keys()
    for id in after:
        if id in there and not equal(before.get(id), after[id]):
            yield Change("node", id, new.card(id).strip("“”"), "moved", f"The card {new.card(id)} lies elsewhere.")


def _by_id(things: Json) -> dict[str, Thing]:
    listed = things if isinstance(things, list) else []
    return {str(each["id"]): each for each in listed if isinstance(each, dict) and "id" in each}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
