"""Gemini as the mind of a call: one streamed request a turn, commands first and the speech after them.

What the request says is made by `engine.dialogue.prompt`, what comes back is read by `engine.dialogue.wire`; both are
pure. Each request is one message of the user and no turn of the model, so no function call and no thought signature
ever has to be sent back.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal

from google.genai import types

from engine.dialogue.brief import Brief
from engine.dialogue.commands import Answered, Asked, Behaved, Command, Intended, SlotHeard
from engine.dialogue.model import Offer, TurnView
from engine.dialogue.prompt import instruction, speak_request, turn_request
from engine.dialogue.proof import unproven
from engine.dialogue.safety_net import never_overlooked
from engine.dialogue.sentences import Sentences
from engine.dialogue.wire import PlainSpeech, WireReader
from engine.flow.model import Flow
from engine.mind.access import AccessInvalid, GeminiClient, VertexProject
from engine.mind.failure import MindFailed
from engine.mind.request import Deadlines, Request
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.sdk import Scalar

DEFAULT_MODEL: Final = "gemini-3.5-flash-lite"
SURE_MODEL: Final = "gemini-3.5-flash"
"""Offered wherever Gemini is; asked only to find out whether a region has Gemini at all."""

MOST_FLOWS: Final = 32
"""Instructions kept ready. Drafts come and go in the builder's test chat."""


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class GeminiOptions:
    """`model`: an id that Google serves, see docs/mind.md. `max_output_tokens`: thinking counts against it, so a small
    cap gives empty answers."""

    model: str = DEFAULT_MODEL
    deadlines: Deadlines = field(default_factory=Deadlines)
    max_output_tokens: int = 1024

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][\w.@-]*(?:/[A-Za-z0-9][\w.@-]*)*", self.model):
            raise AccessInvalid(f"'{self.model}' is no name of a Gemini model. It looks like '{DEFAULT_MODEL}'.")


def thinking(model: str) -> types.ThinkingConfig | None:
    """The least thinking that a model's family allows; None for families that do not think. Thinking costs seconds."""
    name = model.rsplit("/", 1)[-1]
    if re.match(r"gemini-(?:1|2\.0)", name):
        return None
    if name.startswith("gemini-2.5-pro"):
        return types.ThinkingConfig(thinking_budget=128)  # cannot be off
    if name.startswith("gemini-2.5"):
        return types.ThinkingConfig(thinking_budget=0)
    if re.match(r"gemini-[\d.]+-pro|gemini-pro", name):
        return types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW)
    return types.ThinkingConfig(thinking_level=types.ThinkingLevel.MINIMAL)


_SAFETY: Final = [
    types.SafetySetting(category=category, threshold=types.HarmBlockThreshold.BLOCK_ONLY_HIGH)
    for category in (
        types.HarmCategory.HARM_CATEGORY_HARASSMENT,
        types.HarmCategory.HARM_CATEGORY_HATE_SPEECH,
        types.HarmCategory.HARM_CATEGORY_SEXUALLY_EXPLICIT,
        types.HarmCategory.HARM_CATEGORY_DANGEROUS_CONTENT,
    )
]
"""People on the phone swear and tell of broken gas pipes; that is no reason to fall silent."""


def config(options: GeminiOptions, system: str, *, thinks: bool = True) -> types.GenerateContentConfig:
    """Temperature is left alone: Gemini 3 loops at low ones. No tools, and nothing that lets the SDK ask again.
    `thinks`: say how much to think."""
    return types.GenerateContentConfig(
        system_instruction=system,
        max_output_tokens=options.max_output_tokens,
        thinking_config=thinking(options.model) if thinks else None,
        safety_settings=_SAFETY,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
    )


class GeminiModel:
    """Implements `DialogueModel` with one Gemini model. `now`: this machine's clock, to tell a wrong one."""

    hosted = True

    def __init__(
        self, client: GeminiClient, options: GeminiOptions = GeminiOptions(), now: Callable[[], datetime] = _utc
    ) -> None:
        self.options = options
        self._client, self._now = client, now
        self._thinks = thinking(options.model) is not None  # whether Google takes what we say about it
        self._instructions: dict[int, tuple[Flow, str]] = {}

    def __repr__(self) -> str:
        return f"GeminiModel({self.options.model}, {self._client!r})"

    def prepare(self, flow: Flow) -> None:
        """Write a flow's instruction ahead of its first call."""
        self._instruction(flow)

    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        reader = WireReader()
        check = _Check(view, words)
        try:
            async with aclosing(self._pieces(view, turn_request(view, words), "turn")) as pieces:
                async for text in pieces:
                    for item in check.all(reader.feed(text)):
                        yield item
            for item in check.all(reader.end()):
                yield item
        except MindFailed:
            if check.begun:
                for behaved in check.overlooked():
                    yield behaved
            raise
        finally:
            for note in reader.notes:
                view.on_note(f"{self.options.model}: {note}")
        if reader.empty:
            sentence = "Gemini's answer held neither a command nor a word to say."
            raise MindFailed(self.options.model, ProviderProblem(ProblemKind.UNREADABLE, sentence))
        for behaved in check.overlooked():
            yield behaved

    async def speak(self, view: TurnView, brief: Brief) -> AsyncIterator[str]:
        notes: list[str] = []
        speech, cutter = PlainSpeech(notes), Sentences()
        try:
            async with aclosing(self._pieces(view, speak_request(view, brief), "speak")) as pieces:
                async for text in pieces:
                    for sentence in cutter.feed(speech.feed(text)):
                        yield sentence
        finally:
            for note in notes:
                view.on_note(f"{self.options.model}: {note}")
        if rest := cutter.rest():
            yield rest
        if not speech.length:
            sentence = "Gemini's answer held no word to say."
            raise MindFailed(self.options.model, ProviderProblem(ProblemKind.UNREADABLE, sentence))

    async def check(self) -> ProviderProblem | None:
        """Ask for one word, as a call would. None if all is well; never raises for what Google answers."""
        problem = await self._asked_for_a_word(self.options)
        access = self._client.access
        if problem is None or problem.kind is not ProblemKind.UNKNOWN_MODEL or not isinstance(access, VertexProject):
            return problem
        # Google says the same of a model that is no more and of a region that has none: another model tells them apart.
        for name in (DEFAULT_MODEL, SURE_MODEL):
            if name != self.options.model:
                other = await self._asked_for_a_word(replace(self.options, model=name))
                if other is None or other.kind is not ProblemKind.UNKNOWN_MODEL:
                    return problem
        return ProviderProblem(
            ProblemKind.WRONG_REGION,
            f"Gemini is not offered in the region '{access.location}', or there is no such region.",
            "Choose another region, such as global or us-central1, and enter the connection anew: "
            "leadline connect add gemini --kind gemini --set location=... ...",
        )

    async def _asked_for_a_word(self, options: GeminiOptions) -> ProviderProblem | None:
        found = await self._answers(options, thinks=True)
        if found is not None and found.names_thinking:
            found = await self._answers(options, thinks=False)  # as calls do
        return found.problem if found is not None else None

    async def _answers(self, options: GeminiOptions, *, thinks: bool) -> MindFailed | None:
        request = Request(
            self._client,
            options.model,
            config(options, "You answer in one word.", thinks=thinks),
            "Say OK.",
            "turn",
            Deadlines(first_s=10.0, between_s=10.0),
            self._now,
        )
        try:
            async with aclosing(request.pieces()) as pieces:
                async for _ in pieces:
                    pass
        except MindFailed as failed:
            return failed
        return None

    async def _pieces(
        self, view: TurnView, message: str, purpose: Literal["turn", "speak"]
    ) -> AsyncGenerator[str, None]:
        """The text of an answer. A model or an API version that refuses what it is told about thinking is asked once
        more without, and from then on never told again: a slow answer is better than none."""
        told = self._thinks
        try:
            async with aclosing(self._request(view, message, purpose).pieces()) as pieces:
                async for text in pieces:
                    yield text
        except MindFailed as failed:
            if not (told and failed.names_thinking):
                raise
        else:
            return
        self._thinks = False
        view.on_note(f"{self.options.model}: Google refuses how much to think, and is not told any more")
        async with aclosing(self._request(view, message, purpose).pieces()) as pieces:
            async for text in pieces:
                yield text

    def _request(self, view: TurnView, message: str, purpose: Literal["turn", "speak"]) -> Request:
        return Request(
            self._client,
            self.options.model,
            config(self.options, self._instruction(view.flow), thinks=self._thinks),
            message,
            purpose,
            self.options.deadlines,
            self._now,
            view.on_spent,
        )

    def _instruction(self, flow: Flow) -> str:
        known = self._instructions.get(id(flow))
        if known is None:
            if len(self._instructions) >= MOST_FLOWS:
                self._instructions.clear()
            # The flow is kept with its text, so that no other object can come to the same id.
            known = self._instructions[id(flow)] = (flow, instruction(flow))
        return known[1]


class _Check:
    """Holds a model's commands against the words and the flow. Values are checked by `apply`."""

    def __init__(self, view: TurnView, words: str) -> None:
        self._view, self._words = view, words
        self._edges = {edge.id for edge in view.open_edges}
        self._knowledge = {entry.id: entry for entry in view.flow.knowledge}
        self._facts: dict[str, Scalar | None] = {each.slot.id: each.effective for each in view.book}
        self._behaved: set[str] = set()
        self.begun = False

    def all(self, items: list[Command | Offer | str]) -> list[Command | Offer | str]:
        """What of `items` counts. Before an offer come the behaviours that the model overlooked."""
        kept: list[Command | Offer | str] = []
        for item in items:
            self.begun = True
            if isinstance(item, Offer):
                kept += self.overlooked()
            if isinstance(item, Offer | str):
                kept.append(item)
            elif (command := self._checked(item)) is not None:
                kept.append(command)
        return kept

    def overlooked(self) -> list[Behaved]:
        missed = [each for each in never_overlooked(self._words) if each.trigger not in self._behaved]
        self._behaved |= {each.trigger for each in missed}
        return missed

    def _checked(self, command: Command) -> Command | None:
        if isinstance(command, SlotHeard):
            self._facts[command.slot] = command.value
        if not isinstance(command, Asked | Behaved | Answered | Intended):
            return command
        if why := unproven(command.words, self._words):
            self._view.on_note(f"{type(command).__name__} does not count: {why}")
            return None
        if isinstance(command, Intended) and command.edge not in self._edges:
            self._view.on_note(f"Intended does not count: '{command.edge}' is no way that is open now")
            return None
        if isinstance(command, Behaved):
            self._behaved.add(command.trigger)
        if isinstance(command, Asked) and command.knowledge is not None and (why := self._unfit(command.knowledge)):
            self._view.on_note(f"Asked is answered by nothing: {why}")
            return replace(command, knowledge=None, score=0.0)
        return command

    def _unfit(self, id: str) -> str:
        """Why a knowledge entry is no answer here; empty if it may be one."""
        entry = self._knowledge.get(id)
        if entry is None:
            return f"the flow knows nothing called '{id}'"
        for slot, value in entry.about.items():
            known = self._facts.get(slot)
            if known is not None and known != value:
                return f"'{id}' is about another case ({slot} is {known})"
        return ""
