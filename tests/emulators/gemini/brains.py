"""Who thinks of the answers: the offline model behind the wire format, or a script."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.call.facts import spoken_value, text_facts
from engine.dialogue.brief import Ask
from engine.dialogue.commands import Agreed, Asked, Behaved, Command, Intended, SlotHeard, SlotRefused
from engine.dialogue.model import Offer, TurnView
from engine.dialogue.offline import TIME_TALK, OfflineModel
from engine.dialogue.template import fill
from engine.dialogue.wire import announce, encode
from engine.flow import shipped
from engine.flow.model import Flow
from tests.emulators.gemini.protocol import Generate, invalid
from tests.emulators.gemini.rebuild import Wanted, flow_named, rebuild
from tests.emulators.gemini.streams import Chunk, cut_at_random, whole


class Brain(Protocol):
    async def answer(self, request: Generate) -> list[Chunk]: ...


def shipped_flows() -> dict[str, Flow]:
    flows = [shipped.load(name).flow for name in ("home_services", "solar", "dental")]
    return {flow.id: flow for flow in flows}


class OfflineBrain:
    """Decides as the offline model does and writes as Gemini would. It holds flows by id; all else comes with the
    request. `thinks_s`: before the first piece. `seed`: the same answers are cut in the same places."""

    def __init__(
        self,
        flows: Iterable[Flow] = (),
        model: OfflineModel | None = None,
        thinks_s: float = 0.0,
        seed: int = 1,
    ) -> None:
        self.flows = {**shipped_flows(), **{flow.id: flow for flow in flows}}
        self.thinks_s = thinks_s
        self._model = model or OfflineModel()
        self._chance = random.Random(seed)

    async def answer(self, request: Generate) -> list[Chunk]:
        named = flow_named(request.system)
        if named is None:
            return whole("OK")
        flow = self.flows.get(named[0])
        if flow is None:
            raise invalid(f"This emulator does not hold the flow '{named[0]}'.")
        wanted = rebuild(flow, request.last_text)
        text = await self._speak(wanted) if wanted.brief is not None else await self._turn(wanted)
        first, *others = cut_at_random(text, self._chance) if text else whole("")
        return [Chunk(**{**vars(first), "delay_s": self.thinks_s}), *others]

    async def _speak(self, wanted: Wanted) -> str:
        assert wanted.brief is not None
        said = [line.text for line in wanted.brief.reaction]
        said += [sentence async for sentence in self._model.speak(wanted.view, wanted.brief)]
        return " ".join(said)

    async def _turn(self, wanted: Wanted) -> str:
        items = [item async for item in self._model.turn(wanted.view, wanted.words)]
        commands = [item for item in items if not isinstance(item, str | Offer)]
        lines = [encode(command) for command in commands]
        speech = self._speech(wanted, commands)
        if speech is None:
            # The real model, too, must write something: an utterance that means nothing gets an empty announcement.
            return "\n".join(lines or [announce(Offer())])
        offer, text = speech
        return "\n".join([*lines, announce(offer), text])

    def _speech(self, wanted: Wanted, commands: Sequence[Command]) -> tuple[Offer, str] | None:
        view = wanted.view
        if any(isinstance(each, Behaved | Intended) for each in commands):
            return None
        if view.ask is not None and view.ask.about in TIME_TALK:
            return None
        ask = _next_ask(view, commands)
        if ask is None:
            return None
        facts = {**text_facts(view.flow, view.book, view.lead), "date": wanted.date}
        known = {entry.id: entry for entry in view.flow.knowledge}
        told = list(dict.fromkeys(each.knowledge for each in commands if isinstance(each, Asked) and each.knowledge))
        said = [*_acknowledged(view, commands), *(fill(known[id].say, facts) for id in told), ask.wording]
        return Offer(ask.about, tuple(told)), " ".join(said)


def _next_ask(view: TurnView, commands: Sequence[Command]) -> Ask | None:
    settled = {each.slot for each in commands if isinstance(each, SlotHeard | SlotRefused | Agreed)}
    return next((ask for ask in view.agenda if ask.slot is None or ask.slot not in settled), None)


def _acknowledged(view: TurnView, commands: Sequence[Command]) -> list[str]:
    heard = [each for each in commands if isinstance(each, SlotHeard)]
    for command in heard:
        slot = view.book[command.slot].slot
        if slot.read_back == "always":
            return [f"Got it, {spoken_value(slot, command.value)}."]
    return ["Got it."] if heard else []


@dataclass(frozen=True)
class Rule:
    """`pattern`: searched in the last message. `chunks`: what is answered, or text, in one piece."""

    pattern: str
    chunks: Sequence[Chunk] | str


@dataclass
class ScriptedBrain:
    """The first rule that fits answers; `otherwise` if none does. `asked`: all last messages, in order."""

    rules: list[Rule] = field(default_factory=list)
    otherwise: Sequence[Chunk] | str = '{"say":null}\nAll right.'
    asked: list[str] = field(default_factory=list)
    systems: list[str] = field(default_factory=list)
    on_request: Callable[[Generate], None] = lambda request: None

    async def answer(self, request: Generate) -> list[Chunk]:
        self.asked.append(request.last_text)
        self.systems.append(request.system)
        self.on_request(request)
        found = next((rule.chunks for rule in self.rules if re.search(rule.pattern, request.last_text)), self.otherwise)
        return whole(found) if isinstance(found, str) else list(found)
