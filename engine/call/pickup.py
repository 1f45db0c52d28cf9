"""Keeps what is known of who picked up, and notes each decision with its reasons. The weighing is in `answerer`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from engine.call.acts import Watcher
from engine.call.answerer import Evidence, Verdict, decide
from engine.call.told import Told
from engine.dialogue.recognisers.answerer import Kind, kind_of, out_of_service
from engine.sdk import Ending, Json

TRIGGERS: Final = {"voicemail": "voicemail_greeting", "screening": "call_screening"}
"""Who answers to what: the reflex of the flow that deals with it."""


class Pickup:
    """One call's. `settled`: somebody has answered us, so that it must be a person; words are not weighed any more."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._evidence = Evidence()
        self.settled = False
        self.who = ""

    @property
    def beep_expected(self) -> bool:
        return self._evidence.beep_expected

    @property
    def in_doubt(self) -> bool:
        return self.who == "doubt"

    def memory(self) -> dict[str, Json]:
        """To go on from after a restart."""
        return {"settled": self.settled, "who": self.who}

    def recall(self, memory: Mapping[str, Json]) -> None:
        self.settled, self.who = memory.get("settled") is True, str(memory.get("who") or "")

    def told(self, what: Told, now: float) -> Verdict:
        """The carrier's machine detection has spoken."""
        self._evidence = self._evidence.told(what)
        if what == "beep_start":
            self.settled = False
        return self._decide(now, f"carrier: {what}")

    def said(self, words: str, now: float, *, to_us: bool) -> Verdict:
        """Words of whoever is on the line. `to_us`: after we had spoken."""
        answer = to_us and kind_of(words) in (None, "person")
        self._evidence = replace(self._evidence, words=words, answered_us=answer)
        verdict = self._decide(now, "words")
        self.settled = answer and verdict.kind == "person"
        return verdict

    def found(self, kind: Kind, now: float) -> Verdict:
        """Words of one that we wait with have told who it is, without the carrier's word counting any more."""
        verdict = Verdict(kind, ("its later words tell",))
        self.settled = kind == "person"
        self._note(verdict, now, "words")
        return verdict

    def silence(self, now: float) -> Verdict:
        """The doubtful caller has said nothing more."""
        return self._decide(now, "silence")

    def _decide(self, now: float, because: str) -> Verdict:
        verdict = decide(self._evidence)
        if verdict.kind == "doubt":
            self._evidence = replace(self._evidence, doubted=True)
        self._note(verdict, now, because)
        return verdict

    def _note(self, verdict: Verdict, now: float, because: str) -> None:
        if verdict.kind != self.who:
            self.who = verdict.kind
            self._watcher.note("who_answered", now, who=verdict.kind, after=because, why="; ".join(verdict.why))


def ending_for(kind: str, words: str) -> Ending:
    """How a call ends that reached something with which there is nothing to talk about."""
    if kind == "carrier_message":
        # Written here and not in a flow: it is the carrier's own fact, the same for every business.
        return Ending("invalid_number" if out_of_service(words) else "no_answer", "carrier_message")
    if kind == "phone_menu":
        return Ending("voicemail_no_message", "phone_menu")
    return Ending("voicemail_no_message", "no_card")
