"""The first words of a call as the law of the person's state wants them, made out of the words of the flow. Pure.

    base   as the author wrote it
    ny     names; at once the offer of the do-not-call list; recording; the rest
    ct     names, AI and purpose; recording; whether to go on, end the call or come off the list: all within 10 s
    nj     base, and the seller's telephone number before the first question
    wa     base; what is special there is how the call ends

Order and wording follow compliance.md, section 5. The texts come filled, placeholders and all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.compliance.decision import Duties
from engine.dialogue.disclosures import SENTENCE_END, Part, parts, told_in
from engine.sdk import Disclosure

OFFER: Final = "Would you like to be put on our do-not-call list? Just say so or press 9."
"""New York: right behind the names."""

GO_ON_OR_END: Final = "Shall I go on, end the call, or take you off our list?"
"""Connecticut: the question that the law prescribes, in the place of any other."""

AGAIN: Final = "Just so you know: "
_CLAUSES: Final[tuple[tuple[tuple[Disclosure, ...], str], ...]] = (
    (("identity", "ai"), "I'm an AI assistant for {seller}"),
    (("recording",), "this call is recorded"),
    (("opt_out",), "you can say stop calling at any time"),
)

_ABOUT: Final = re.compile(r"\b(?:asked (?:us |me )?(?:about|for)|about)\s+(?P<what>[^:;,.?!]{2,60})", re.IGNORECASE)
SPANISH: Final = re.compile(r"[¿¡]|\b(?:gracias|adi[oó]s|usted|colega|llama|llamará|español)\b", re.IGNORECASE)
"""What no English sentence holds: our own English words do not belong beside it."""

_THE_REQUEST: Final = "the request you sent us"


@dataclass(frozen=True, slots=True)
class Names:
    """Who calls, as it is spoken. `phone`: the seller's, as it is said ('415 555 0100')."""

    assistant: str
    seller: str
    phone: str
    legal: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(each for each in (self.seller, self.legal, self.assistant) if each)

    def number(self, *beside: str) -> str:
        """The sentence that tells the number, in the language of what is said `beside` it."""
        spanish = any(SPANISH.search(text) for text in beside)
        return f"{'Nuestro número es' if spanish else 'Our number is'} {self.phone}."


def opening(text: str, discloses: Iterable[Disclosure], names: Names, duties: Duties) -> tuple[Part, ...]:
    """What is spoken in the place of a flow's opening, in order. Told apart is what each piece makes known."""
    written = parts(text, discloses, names.all)
    match duties.opening:
        case "ny":
            said = _new_york(written)
        case "ct":
            said = _connecticut(text, names)
        case _:
            said = written
    if (duties.say_number_early or duties.opening == "nj") and names.phone and names.phone not in text:
        said = _before_the_rest(said, Part(names.number(text), ("phone",)))
    return said


def again(owed: Collection[Disclosure], own: str = "") -> Part:
    """What says once more what was cut off, or was not said yet; with {placeholders}. `own`: the flow's wording for it.
    What that does not hold is said behind it, so that all of `owed` is made known."""
    named = told_in(own)
    held = {name for names, _ in _CLAUSES if set(names) & set(named) for name in names}
    clauses = [text for names, text in _CLAUSES if set(names) & set(owed) - held]
    told = f"{', '.join(clauses[:-1])}, and {clauses[-1]}" if len(clauses) > 1 else "".join(clauses)
    text = " ".join(filter(None, (own, f"{told[0].upper()}{told[1:]}." if own and told else "")))
    return Part(text or f"{AGAIN}{told}.", tuple(dict.fromkeys((*owed, *named))))


_GOODBYE: Final = re.compile(r"\b(?:good-?bye|bye|adi[oó]s|have a (?:nice|good|great) \w+)\W*$", re.IGNORECASE)


def before_the_goodbye(texts: Sequence[str], sentence: str) -> tuple[str, ...]:
    """The last words of a call with one more sentence: before the goodbye, if they end with one."""
    if not texts:
        return (sentence,)
    said = SENTENCE_END.split(texts[-1].strip())
    if not _GOODBYE.search(said[-1]):
        return (*texts, sentence)
    return (*texts[:-1], " ".join((*said[:-1], sentence, said[-1])))


def _new_york(written: tuple[Part, ...]) -> tuple[Part, ...]:
    who = [part for part in written if "identity" in part.discloses] or list(written[:1])
    offer = Part(OFFER, ("opt_out",))
    others = [part for part in written if part not in who and part.discloses != ("opt_out",)]
    # Told in one sentence with the names, the way to stop stays said; the offer stands behind it all the same.
    who = [Part(part.text, tuple(name for name in part.discloses if name != "opt_out")) for part in who]
    # What else is made known (recording) comes before purpose and question.
    told = [part for part in others if part.discloses]
    rest = [part for part in others if not part.discloses]
    return (*who, offer, *told, *rest)


def _connecticut(text: str, names: Names) -> tuple[Part, ...]:
    found = _ABOUT.search(text)
    about = found["what"].strip() if found else _THE_REQUEST
    return (
        Part(f"Hi, this is {names.assistant}, an AI assistant for {names.seller}, about {about}.", ("identity", "ai")),
        Part("This call is recorded.", ("recording",)),
        Part(GO_ON_OR_END, ("opt_out",)),
    )


def _before_the_rest(said: tuple[Part, ...], number: Part) -> tuple[Part, ...]:
    """Behind all that is made known, before purpose and question; before the question, where that makes known too."""
    at = next((at for at, part in enumerate(said) if not part.discloses), len(said))
    if at == len(said) and said and said[-1].text.rstrip().endswith("?"):
        at -= 1
    return (*said[:at], number, *said[at:])
