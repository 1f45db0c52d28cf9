"""Who picked up: the carrier's machine detection and the first words, weighed against each other. Pure.

Either source errs. The carrier takes short greetings for people and hesitant people for machines; words tell little
before they tell everything. So neither is believed alone where they disagree, and what was decided, and why, is noted
(field-lessons R13):

    a beep was heard                    voicemail, whatever was thought before
    words that only a recording says    what the words say, whatever the carrier says
    a mere "Hello?"                     a person; if the carrier says machine: in doubt, we listen for a moment
    words in answer to us               a person: a machine does not take turns
    other words, or none                what the carrier says; a person if it says nothing

A doubt lasts one silence or one utterance, then the caller is taken for a person: to talk to a machine costs a few
seconds, to be silent to a person costs the call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from engine.call.told import Told
from engine.dialogue.recognisers.answerer import Kind, is_mere_hello, kind_of

DOUBT_S: Final = 1.1
"""How long a doubtful person gets to say something more: with what it took to make out the hello, our first word still
comes within the second and a half that it may take."""

LONG_WORDS: Final = 10
"""A first utterance of so many words without a question is rather a recording: hear it out before talking into it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind`: `doubt` means listen a little longer. `why`: each reason in plain words, for the journal."""

    kind: Kind | Literal["doubt"]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known so far. `words`: of the last utterance; `answered_us`: the caller has replied to what we said;
    `doubted`: we have listened once already because of a doubt."""

    carrier: Literal["", "human", "machine"] = ""
    beep: bool = False
    no_beep: bool = False
    words: str = ""
    answered_us: bool = False
    doubted: bool = False

    def told(self, what: Told) -> Evidence:
        """The same with a word of the carrier's."""
        match what:
            case "beep_start":
                return replace(self, carrier="machine", beep=True)
            case "beep_timeout":
                return replace(self, carrier="machine", no_beep=True)
            case _:
                return replace(self, carrier=what)

    @property
    def beep_expected(self) -> bool:
        """The carrier listens for a voicemail's beep, and will tell."""
        return self.carrier == "machine" and not (self.beep or self.no_beep)


def decide(known: Evidence) -> Verdict:
    """Who picked up, as far as can be told now."""
    heard = kind_of(known.words)
    if known.beep:
        return Verdict("voicemail", ("a voicemail's beep was heard",))
    if heard is not None and heard != "person":
        reasons = [f"the words are those of a {heard.replace('_', ' ')}"]
        if known.carrier == "human":
            reasons.append("the carrier takes it for a person, but no person says that")
        return Verdict(heard, tuple(reasons))
    if known.carrier == "machine":
        if known.answered_us:
            return Verdict("person", ("the carrier takes it for a machine, but it has answered us",))
        if heard == "person" and not known.doubted:
            return Verdict("doubt", ("the carrier takes it for a machine", "the words are a person's"))
        if heard == "person":
            return Verdict("person", ("the carrier takes it for a machine, but somebody waits for an answer",))
        what = "nothing was said" if not known.words.strip() else "nothing in the words speaks against it"
        return Verdict("voicemail", ("the carrier takes it for a machine", what))
    if known.carrier == "" and not known.doubted and not known.answered_us and _recites(known.words):
        return Verdict("doubt", ("a long first utterance that asks nothing",))
    return Verdict("person", ("the carrier takes it for a person" if known.carrier else "nothing speaks against it",))


def sounds_recorded(words: str) -> bool:
    """Whether the words, though unfinished, can only be a recording's: the opening need not wait for their end."""
    kind = kind_of(words)
    return kind is not None and kind != "person"


def _recites(words: str) -> bool:
    return len(words.split()) >= LONG_WORDS and "?" not in words and not is_mere_hello(words)
