"""How cards hang together: edges, ways out, forks, what can be reached, circles."""

from __future__ import annotations

from collections.abc import Iterator

from engine.flow.checks.subject import Card, Subject
from engine.flow.issues import Address, Issue, Place, issue
from engine.flow.model import Edge


def check_ids(subject: Subject) -> Iterator[Issue]:
    flow = subject.flow
    kinds: tuple[tuple[Place, str, list[str]], ...] = (
        ("node", "cards", [each.id for each in flow.nodes]),
        ("edge", "edges", [each.id for each in flow.edges]),
        ("slot", "things to find out", [each.id for each in flow.slots]),
        ("knowledge", "knowledge entries", [each.id for each in flow.knowledge]),
        ("criterion", "criteria", [each.id for each in flow.criteria]),
        ("reflex", "reflexes", [each.id for each in flow.reflexes]),
    )
    for place, words, ids in kinds:
        if len(set(ids)) == len(ids):
            continue
        for id in sorted({id for id in ids if ids.count(id) > 1}):
            yield issue(
                "duplicate_id",
                Address(place, id, "id"),
                f"The id “{id}” is used by more than one of the {words}.",
                "Give one of them another id; what refers to it then needs a look.",
            )


def check_start(subject: Subject) -> Iterator[Issue]:
    start = subject.flow.start
    if start not in subject.cards:
        yield issue(
            "no_start",
            Address("flow", "", "start"),
            "The flow does not say with which card a call begins.",
            "Choose the first card.",
        )
    elif subject.cards[start].after_call:
        yield issue(
            "lanes_mixed",
            Address("flow", "", "start"),
            f"The call begins with {subject.title(start)}, which can only run after the call.",
            "Choose a card of the conversation as the first one.",
        )
    inbound = subject.flow.start_inbound
    if inbound is not None and (inbound not in subject.cards or subject.cards[inbound].after_call):
        gone = inbound not in subject.cards
        yield issue(
            "no_start" if gone else "lanes_mixed",
            Address("flow", "", "start_inbound"),
            f"A call that comes in begins with the card “{inbound}”, which is gone."
            if gone
            else f"A call that comes in begins with {subject.title(inbound)}, which can only run after the call.",
            "Choose a card of the conversation, or none if the flow takes no such calls.",
        )


def check_edges(subject: Subject) -> Iterator[Issue]:
    for edge in subject.flow.edges:
        at = Address("edge", edge.id)
        missing = [id for id in (edge.from_.node, edge.to) if id not in subject.cards]
        if missing:
            known = edge.to if missing[0] == edge.from_.node else edge.from_.node
            side = "to" if known == edge.to else "from"
            where = f" {side} {subject.title(known)}" if known in subject.cards else ""
            yield issue(
                "broken_edge",
                at,
                f"The way{where} hangs loose: the card “{missing[0]}” at its other end is gone.",
                "Connect it to a card or delete it.",
            )
            continue
        yield from _check_edge(subject, edge, at)


def _check_edge(subject: Subject, edge: Edge, at: Address) -> Iterator[Issue]:
    source, target = subject.cards[edge.from_.node], subject.cards[edge.to]
    klass = source.klass
    if klass is not None and klass.terminal:
        yield issue(
            "edge_after_end",
            at,
            f"A way leads on from {source.title}, but the call ends there.",
            "Delete the way, or use a card that does not end the call.",
        )
        return
    if klass is not None and all(edge.from_.exit != exit.name for exit in klass.exits):
        yield issue(
            "unknown_exit",
            at,
            f"A way leaves {source.title} by “{edge.from_.exit}”, which this card does not have.",
            f"Choose one of its ways out: {', '.join(exit.label for exit in klass.exits) or 'it has none'}.",
        )
    if klass is not None and target.klass is not None and source.after_call != target.after_call:
        which = "after the call into the call" if source.after_call else "the call into what runs after it"
        yield issue(
            "lanes_mixed",
            at,
            f"The way from {source.title} to {target.title} leads from {which}.",
            "Delete it: cards behind the call begin on their own when the call is over.",
        )
    if edge.kind == "rule" and edge.rule is None:
        yield issue(
            "edge_without_rule",
            at,
            f"A way out of {source.title} is taken when a rule holds, but it has no rule.",
            "Say when it is taken, or make it the way for everything else.",
        )
    elif edge.kind == "intent" and (edge.intent is None or not (edge.intent.says.strip() or edge.intent.trigger)):
        yield issue(
            "edge_without_intent",
            at,
            f"A way out of {source.title} is taken when the caller does something, but it does not say what.",
            "Describe in plain words what the caller does, with examples.",
        )
    elif edge.kind == "intent" and klass is not None and not source.talks:
        yield issue(
            "intent_unheard",
            at,
            f"A way out of {source.title} waits for what the caller says, but this card does not listen.",
            "Use a rule here, or move the way to a card that talks.",
        )
    elif edge.kind != "rule" and edge.rule is not None:
        yield issue(
            "rule_ignored",
            at,
            f"A way out of {source.title} has a rule that is never looked at.",
            "Make it a way that is taken when the rule holds, or delete the rule.",
        )


def check_exits(subject: Subject) -> Iterator[Issue]:
    for id, card in subject.cards.items():
        if card.klass is None or card.after_call or card.terminal or not card.klass.exits:
            continue
        if not subject.out[id]:
            yield issue(
                "dead_end",
                Address("node", id),
                f"The call cannot go on from {card.title}.",
                "Connect it to the next card, or end the call there.",
            )
            continue
        yield from _check_ways(id, card, subject.out[id])


def _check_ways(id: str, card: Card, out: list[Edge]) -> Iterator[Issue]:
    assert card.klass is not None
    for exit in card.klass.exits:
        ways = [edge for edge in out if edge.from_.exit == exit.name]
        at = Address("node", id, exit.name)
        if not ways and exit.failure:
            yield issue(
                "failure_unwired",
                at,
                f"Nothing is said about how the call goes on if {card.title} fails (“{exit.label}”).",
                "Connect this way out, for example to a call back by a colleague.",
            )
        elif not ways:
            yield issue(
                "exit_unwired",
                at,
                f"The way out “{exit.label}” of {card.title} leads nowhere.",
                "Connect it to a card.",
            )
        elif all(edge.kind != "otherwise" for edge in ways):
            yield issue(
                "no_otherwise",
                at,
                f"At {card.title} nothing is said about what happens if no condition holds (“{exit.label}”).",
                "Add a way marked “otherwise”.",
            )
        for second in [edge for edge in ways if edge.kind == "otherwise"][1:]:
            yield issue(
                "second_otherwise",
                Address("edge", second.id),
                f"{card.title[:1].upper()}{card.title[1:]} has two ways marked “otherwise”; the second one is never "
                "taken.",
                "Delete one of them or give it a condition.",
            )


def check_reach(subject: Subject) -> Iterator[Issue]:
    for id, card in subject.cards.items():
        if id in subject.live or id in subject.lane:
            continue
        when = "The run after the call" if card.after_call else "The call"
        yield issue(
            "unreachable",
            Address("node", id),
            f"{when} never gets to {card.title}.",
            "Connect a way to it, or delete it.",
        )


def check_circles(subject: Subject) -> Iterator[Issue]:
    for circle in _circles(subject, {id for id in subject.live if subject.cards[id].quiet}):
        yield issue(
            "quiet_loop",
            Address("node", circle[0]),
            f"The call can go round in a circle without a word: {_names(subject, circle)}.",
            "Put a card that talks into the circle, or lead one of its ways out of it.",
        )
    ends = {id for id in subject.live if subject.cards[id].terminal or subject.cards[id].ghost}
    stuck = subject.live - _leading_to(subject, ends)
    # Dead ends, loose ways and silent circles have their own codes; here the call talks for ever.
    stuck = {id for id in stuck if subject.out[id]}
    for circle in _circles(subject, stuck):
        if any(not subject.cards[id].quiet for id in circle):
            yield issue(
                "never_ends",
                Address("node", circle[0]),
                f"Once it has come to {subject.title(circle[0])}, the call can never end.",
                "Lead a way from there to a card that ends the call.",
            )


def check_after_call(subject: Subject) -> Iterator[Issue]:
    for place, id in enumerate(subject.flow.after_call):
        at = Address("flow", "", f"after_call.{place}")
        if id not in subject.cards:
            yield issue(
                "broken_after_call",
                at,
                f"After the call, the card “{id}” should run first, but it is gone.",
                "Choose another card or delete the entry.",
            )
        elif subject.cards[id].klass is not None and not subject.cards[id].after_call:
            yield issue(
                "lanes_mixed",
                at,
                f"After the call, {subject.title(id)} should run, but it belongs into the call.",
                "Choose a card that runs after the call.",
            )
    lane = {id for id, card in subject.cards.items() if card.after_call}
    for circle in _circles(subject, lane):
        yield issue(
            "after_call_cycle",
            Address("node", circle[0]),
            f"What runs after the call goes round in a circle: {_names(subject, circle)}.",
            "Delete one of the ways between these cards.",
        )


def _names(subject: Subject, ids: list[str]) -> str:
    return " → ".join(f"“{subject.cards[id].card.name or id}”" for id in (*ids, ids[0]))


def _leading_to(subject: Subject, ends: set[str]) -> set[str]:
    """All cards from which one of `ends` can be reached."""
    back: dict[str, list[str]] = {}
    for id in subject.cards:
        for target in subject.next(id):
            back.setdefault(target, []).append(id)
    seen: set[str] = set()
    todo = list(ends)
    while todo:
        id = todo.pop()
        if id not in seen:
            seen.add(id)
            todo.extend(back.get(id, ()))
    return seen


def _circles(subject: Subject, among: set[str]) -> Iterator[list[str]]:
    """One circle for every knot of cards of `among` that lead to each other, in the order of the document."""
    finished: set[str] = set()
    told: set[str] = set()
    for start in subject.cards:
        if start not in among:
            continue
        path: dict[str, None] = {}
        todo: list[tuple[str, bool]] = [(start, True)]
        while todo:
            id, enter = todo.pop()
            if not enter:
                del path[id]
                finished.add(id)
            elif id in path:
                trail = list(path)
                circle = trail[trail.index(id) :]
                if told.isdisjoint(circle):
                    told.update(circle)
                    yield circle
            elif id not in finished:
                path[id] = None
                todo.append((id, False))
                todo.extend((target, True) for target in subject.next(id) if target in among)
