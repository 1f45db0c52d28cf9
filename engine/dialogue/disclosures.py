"""What must be made known, sentence by sentence: which sentence of an author's text makes known what. Pure.

A disclosure counts as made when its own sentence was heard to the end, so a text that makes several things known is
spoken in parts, one for each sentence that carries one. What cannot be told apart stays together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.sdk import Disclosure

SENTENCE_END: Final = re.compile(
    r"(?<!\bMr\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bMrs\.)(?<=[.!?])\s+(?=[A-Z0-9¿¡“\"{])"
)

_NAMES: Final[dict[Disclosure, re.Pattern[str]]] = {
    "ai": re.compile(
        r"\bAI\b|\bA\.I\.|\bartificial|\brobot|\bautomated\b|\bcomputer|\bmachine\b|\bvirtual assistant"
        r"|\bIA\b|\bautomatizad",
        re.IGNORECASE,
    ),
    "recording": re.compile(r"\brecord(?:ed|ing)\b|\bgrab(?:a|ada|ando)\b", re.IGNORECASE),
    "opt_out": re.compile(
        r"\bstop (?:calling|these calls|our calls|the calls)\b|\b(?:press|key) (?:9|nine)\b|\bopt(?:ing)?[ -]out\b"
        r"|\bdo[ -]not[ -]call\b|\b(?:off|from) (?:our|the|this|my) (?:call(?:ing)? )?list\b|\bunsubscribe\b"
        r"|\bno (?:more|further) calls\b|\bmarque (?:el )?(?:9|nueve)\b|\bdej(?:e|ar) de llamar\b",
        re.IGNORECASE,
    ),
    "identity": re.compile(
        r"\bthis is\b|\bcalling (?:for|from|on behalf of)\b|\bmy name is\b|\bI'm\b"
        r"|\bhabla\b|\ble llama\b|\bmi nombre\b",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One piece to say by itself. `discloses`: what its last word makes known."""

    text: str
    discloses: tuple[Disclosure, ...] = ()


def told_in(text: str) -> tuple[Disclosure, ...]:
    """What a text makes known by its words, where nobody has said so: a phrase of the engine's, as a flow words it."""
    return tuple(name for name, pattern in _NAMES.items() if pattern.search(text))


def parts(text: str, discloses: Iterable[Disclosure], names: Sequence[str] = ()) -> tuple[Part, ...]:
    """`text` in the pieces to be said one after the other. `discloses`: what its author says it makes known; `names`:
    of the business and the assistant, which tell who is calling. One piece if a disclosure is not found in it."""
    wanted = tuple(dict.fromkeys(discloses))
    sentences = [each for each in SENTENCE_END.split(text.strip()) if each]
    found: dict[Disclosure, int] = {}
    for name in wanted:
        at = next((at for at, sentence in enumerate(sentences) if _makes_known(sentence, name, names)), None)
        if at is None:
            return (Part(text, wanted),)
        found[name] = at
    made: list[Part] = []
    for at, sentence in enumerate(sentences):
        own = tuple(name for name in wanted if found[name] == at)
        if not own and made and not made[-1].discloses:
            made[-1] = Part(f"{made[-1].text} {sentence}")
        else:
            made.append(Part(sentence, own))
    return tuple(made)


def _makes_known(sentence: str, name: Disclosure, names: Sequence[str]) -> bool:
    if name == "identity" and any(each and each.casefold() in sentence.casefold() for each in names):
        return True
    pattern = _NAMES.get(name)
    return pattern is not None and pattern.search(sentence) is not None
