"""The dialogue model that ships with the product: deterministic, no network. It runs the demo and the tests, and it is
what a call falls back to when the hosted model fails. Typed recognisers read the slots, patterns notice behaviours,
sentence vectors find the knowledge, and the flow's own wording is spoken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from engine.dialogue.brief import Brief
from engine.dialogue.commands import (
    Agreed,
    Answered,
    Asked,
    Behaved,
    Command,
    Intended,
    SlotDenied,
    SlotHeard,
    SlotRefused,
)
from engine.dialogue.knowledge import Encoder, KnowledgeIndex, Wordings
from engine.dialogue.model import Offer, TurnView
from engine.dialogue.reading import options_of, read
from engine.dialogue.recognisers import choice, correction, question, reflexes, refusal, when, yes_no
from engine.dialogue.reflexes import CUSTOM
from engine.dialogue.wording import author_sentences
from engine.flow.model import Edge, Flow
from engine.sdk import Scalar, SlotType

TIME_TALK = frozenset(
    {
        "offer_times", "confirm_booking", "callback_time", "confirm_callback", "which_appointment",
        "change_appointment", "confirm_cancel",
    }
)  # fmt: skip
"""Questions whose answers name times that are no statement about how soon the lead needs the work."""

LIKE_AN_EXAMPLE = 0.62
"""Similarity to an author's example from which an intention or reflex of the flow's own counts as shown."""

LIKE_A_CHOICE = 0.5
"""Similarity to an option's wordings from which an answer to its question is taken for it, clearly before the next."""
CHOICE_LEAD = 0.08

TOLD = frozenset({SlotType.ADDRESS, SlotType.EMAIL, SlotType.PHONE, SlotType.NAME, SlotType.DATE, SlotType.ZIP})
"""Types whose questions a "no" does not answer: said twice, it means that the caller will not tell."""

MOST_WORDS_OF_OTHER = 6
"""An answer longer than this is a story, not the name of something that the options leave out."""

_PRICE = re.compile(r"\b(?:how much|costs?|prices?|charge|expensive|pay|fee|ballpark)\b", re.IGNORECASE)
_WHY = re.compile(r"\b(?:why|what for|how come)\b", re.IGNORECASE)
_OTHER_TIMES = re.compile(
    r"\b(?:sooner|earlier|earliest|later|latest|else|other|another|different|openings?|free|available|instead|weekend)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:what|where|when|who|whom|whose|why|which|how|do|does|did|is|are|was|were|can|could|will|would|should|shall"
    r"|may|have|has|isn't|aren't|don't|doesn't|can't|won't)\b",
    re.IGNORECASE,
)
_FORM = re.compile(r"\b(form|already (said|told|wrote|put)|like i said|what i (put|wrote|said))\b", re.IGNORECASE)


class OfflineModel:
    """`encoder` is shared by all calls; without it matching falls back to character n-grams."""

    hosted = False

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._encoder = encoder
        self._prepared: dict[tuple[str, int], _Prepared] = {}

    def prepare(self, flow: Flow) -> None:
        """Compute a flow's vectors ahead of its first call."""
        self._of(flow)

    def _of(self, flow: Flow) -> _Prepared:
        key = (flow.id, id(flow))
        if key not in self._prepared:
            # One entry a live flow object is enough; drafts come and go in the builder's test chat.
            if len(self._prepared) > 16:
                self._prepared.clear()
            self._prepared[key] = _Prepared(flow, self._encoder)
        return self._prepared[key]

    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        for command in self.commands(view, words):
            yield command

    async def speak(self, view: TurnView, brief: Brief) -> AsyncIterator[str]:
        for sentence in author_sentences(brief):
            yield sentence

    def knowledge(self, flow: Flow) -> KnowledgeIndex:
        """The index that questions are answered from."""
        return self._of(flow).knowledge

    def commands(self, view: TurnView, words: str) -> Iterator[Command]:
        """What `turn` makes of `words`; plain code without a wait."""
        prepared = self._of(view.flow)
        heard = list(self._slots(view, words, prepared))
        yield from heard
        said = {command.slot: command.value for command in heard if isinstance(command, SlotHeard)}
        behaviours = [Behaved(each.value.value, each.words, each.confidence) for each in reflexes.detect(words)]
        answer = yes_no.answer(words)
        if answer is not None and answer.value is not yes_no.Answer.UNSURE and answer.confidence >= 0.5:
            # "No hablo inglés" denies nothing that was asked.
            foreign = any(each.trigger == "other_language" for each in behaviours)
            if not (foreign and answer.value is yes_no.Answer.NO):
                yield Answered("yes" if answer.value is yes_no.Answer.YES else "no", answer.words, answer.confidence)
        behaviours += [Behaved(f"{CUSTOM}{id}", words, score) for id, score in prepared.custom_reflexes(words)]
        yield from behaviours
        facts: dict[str, Scalar | None] = {record.slot.id: record.effective for record in view.book}
        facts.update(said)
        asked = [each.words for each in question.questions(words) if not _part_of_the_answer(view, each.words, heard)]
        for each in asked:
            match = prepared.knowledge.match(each, facts)
            if match is None and _PRICE.search(each) and (case := _own_case(view, facts)):
                # "How much is that?": of what, the caller has said before.
                match = prepared.knowledge.match(f"{each} {case}", facts)
            yield Asked(each, match.entry.id if match else None, match.score if match else 0.0)
        shown = {behaviour.trigger for behaviour in behaviours} | ({"question"} if asked else set())
        for edge in view.open_edges:
            score = prepared.shows(edge, words, shown)
            if score:
                yield Intended(edge.id, words, score)

    def _slots(self, view: TurnView, words: str, prepared: _Prepared) -> Iterator[Command]:
        asked_for = view.ask.slot if view.ask else None
        times_are_talked_of = view.ask is not None and view.ask.about in TIME_TALK
        settled = False
        found: list[Command] = []
        corrects = correction.is_correction(words)
        if view.ask is None and corrects:
            # "Sorry, a hundred forty five, I meant": said of what was answered last.
            asked_for = _answered_last(view)
        for record in view.book:
            slot = record.slot
            asked = slot.id == asked_for
            if slot.type is SlotType.DURATION and times_are_talked_of and not asked:
                continue
            reading = read(slot, words, view.now, asked, own_phone=view.lead.phone)
            if reading is None and asked and slot.type is SlotType.CHOICE:
                meant = prepared.choice_like(slot.id, words)
                if meant is not None:
                    found.append(SlotHeard(slot.id, meant[0], words, meant[1]))
                    settled = True
                    continue
            if reading is None:
                continue
            settled = settled or asked
            if reading.refused:
                found.append(SlotRefused(slot.id, reading.words))
            elif reading.value is None:
                found += [SlotDenied(slot.id, denied, reading.words) for denied in reading.denied]
            else:
                found.append(SlotHeard(slot.id, reading.value, reading.words, reading.confidence, reading.denied))
        for command in found:
            if not (settled and not corrects and _overturns(view, command, asked_for)):
                yield command
        if asked_for is None or settled or view.ask is None:
            return
        yield from self._other_answer(view, asked_for, words)

    def _other_answer(self, view: TurnView, asked_for: str, words: str) -> Iterator[Command]:
        """The slot was asked for and the utterance holds no value for it: agreement with the form, or a refusal."""
        record = view.book[asked_for]
        answer = yes_no.answer(words)
        denied = answer is not None and answer.value is yes_no.Answer.NO and answer.confidence >= 0.5
        if record.suggestion is not None and not record.known:
            told = any(each.value.value != "goodbye" for each in reflexes.detect(words)) or question.questions(words)
            if denied:
                yield SlotDenied(asked_for, record.suggestion, words)
            elif not told or _FORM.search(words):
                # "It drips into the bedroom" says nothing against what the form says, and a good deal for it.
                yield Agreed(asked_for, words)
            return
        asks_why = _WHY.search(words) is not None and bool(record.slot.why) and bool(question.questions(words))
        for each in () if asks_why else refusal.find(words):
            if each.value is refusal.Refusal.REFUSED or record.slot.need != "must":
                yield SlotRefused(asked_for, each.words)
                return
        if denied and (record.slot.need != "must" or (record.asks > 1 and record.slot.type in TOLD)):
            yield SlotRefused(asked_for, words)
        elif record.slot.allow_other and record.slot.type is SlotType.CHOICE and answer is None:
            other = words.strip(" .!,")
            plain = not (reflexes.detect(words) or question.questions(words) or refusal.find(words))
            # A must is clarified once before an answer outside its options is taken for one.
            tries = 2 if record.slot.need == "must" else 1
            if plain and record.asks >= tries and 0 < len(other.split()) <= MOST_WORDS_OF_OTHER:
                yield SlotHeard(asked_for, f"other:{other}", words, 0.6)


def _overturns(view: TurnView, command: Command, asked_for: str | None) -> bool:
    """A choice that is known would change by a word in the answer to another question ("Yes, I'm her mother")."""
    if not isinstance(command, SlotHeard) or command.slot == asked_for:
        return False
    record = view.book[command.slot]
    return record.slot.type is SlotType.CHOICE and record.known and record.value != command.value


def _answered_last(view: TurnView) -> str | None:
    turns = [
        (record.evidence.turn or 0, record.slot.id)
        for record in view.book
        if record.known and record.evidence is not None and record.evidence.source == "call"
    ]
    return max(turns)[1] if turns else None


def _part_of_the_answer(view: TurnView, words: str, heard: Sequence[Command]) -> bool:
    """Whether what sounds like a question is the caller's answer: "maybe next week?", "what about the weekend?"."""
    if view.ask is None:
        return False
    if view.ask.about in TIME_TALK:
        return _OTHER_TIMES.search(words) is not None or bool(when.find(words, view.now))
    answered = any(isinstance(each, SlotHeard) and each.slot == view.ask.slot for each in heard)
    return answered and _ASKING.search(words) is None


def _own_case(view: TurnView, facts: Mapping[str, Scalar | None]) -> str:
    """Labels of the choices that are known, to complete a question that leaves its object out."""
    labels = [
        option.label
        for record in view.book
        if record.slot.type is SlotType.CHOICE and record.slot.prefill
        for option in record.slot.choices
        if option.value == facts.get(record.slot.id)
    ]
    return " ".join(labels)


class _Prepared:
    """What of a flow is worth computing once: vectors of its knowledge, examples and choices."""

    def __init__(self, flow: Flow, encoder: Encoder | None) -> None:
        self._flow = flow
        """Kept alive: another flow at its address in memory would pass for it."""
        self.knowledge = KnowledgeIndex(flow.knowledge, encoder)
        self._edges = {
            edge.id: _Examples(edge.intent.examples, edge.intent.not_examples, encoder)
            for edge in flow.edges
            if edge.intent is not None and edge.intent.examples
        }
        self._reflexes = {
            reflex.id: _Examples(reflex.examples, reflex.not_examples, encoder)
            for reflex in flow.reflexes
            if reflex.trigger == "custom" and reflex.examples
        }
        self._choices = {
            slot.id: Wordings(
                [(option.value, text) for option in slot.choices for text in (option.label, *option.synonyms)], encoder
            )
            for slot in flow.slots
            if slot.type is SlotType.CHOICE and encoder is not None
        }
        self._slots = {slot.id: slot for slot in flow.slots}

    def shows(self, edge: Edge, words: str, behaviours: set[str]) -> float:
        """How surely `words` show the intention of `edge`; 0 if they do not."""
        intent = edge.intent
        if intent is not None and intent.trigger is not None and intent.trigger in behaviours:
            return 1.0
        examples = self._edges.get(edge.id)
        return examples.fit(words) if examples is not None else 0.0

    def custom_reflexes(self, words: str) -> Iterator[tuple[str, float]]:
        for id, examples in self._reflexes.items():
            score = examples.fit(words)
            if score:
                yield id, score

    def choice_like(self, slot: str, words: str) -> tuple[str, float] | None:
        """The option that `words` mean by their sense, when no wording of the author's occurs in them."""
        wordings = self._choices.get(slot)
        if wordings is None or choice.find(words, options_of(self._slots[slot])):
            return None
        ranked = sorted(wordings.best(words).items(), key=lambda each: -each[1])
        if not ranked or ranked[0][1] < LIKE_A_CHOICE:
            return None
        if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < CHOICE_LEAD:
            return None
        return ranked[0][0], 0.65


class _Examples:
    """Sentences on both sides of a line."""

    def __init__(self, positive: tuple[str, ...], negative: tuple[str, ...], encoder: Encoder | None) -> None:
        self._wordings = Wordings([("yes", text) for text in positive] + [("no", text) for text in negative], encoder)

    def fit(self, words: str) -> float:
        scores = self._wordings.best(words)
        yes = scores.get("yes", 0.0)
        return yes if yes >= LIKE_AN_EXAMPLE and yes > scores.get("no", 0.0) else 0.0
