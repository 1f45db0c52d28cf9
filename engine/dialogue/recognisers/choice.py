"""Which of the given options a caller means: "leaky roof" or "a leak in the roof" for the option with "roof leak"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.words import Word, words_of

MOST_WORDS_BETWEEN = 2
_NEGATORS = {"not", "no", "never", "without", "isn't", "aren't", "wasn't", "weren't", "isnt", "neither", "nor", "ain't"}
# "don't" denies only in front of these; "the heater doesn't heat" is a complaint and no denial.
_DONT = {"don't", "doesn't", "didn't", "dont"}
_DONT_BEFORE = {"own", "need", "want", "have", "mean", "rent", "do", "got", "live"}
_NEGATION_REACHES = 3
_DEGREE = {"just", "only", "sure", "yet"}  # "not only a house": no denial
_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "my",
        "our",
        "your",
        "is",
        "it",
        "it's",
        "and",
        "or",
        "some",
        "any",
        "with",
        "they",
        "we",
        "i",
        "you",
        "he",
        "she",
        "be",
        "been",
    ]
)
# "My house" says who owns it, "house" does not: these words stay when only one other word is left.
_TELLING = frozenset(["my", "our", "your", "i", "we", "he", "she", "any"])
_BREAKS = re.compile(r"[.!?;]")
_HARD_GAP = re.compile(r"[.!?;|,]")
_BUT = {"but", "except", "though", "instead"}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice. `not_synonyms`: phrases that sound like it and mean something else."""

    value: str
    label: str = ""
    synonyms: tuple[str, ...] = ()
    not_synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Phrase:
    option: int
    stems: tuple[str, ...]
    blocks: bool  # a not-synonym: takes its words away from the option


@dataclass(frozen=True, slots=True)
class _Match:
    phrase: _Phrase
    at: tuple[int, ...]
    between: int
    reversed: bool

    @property
    def rank(self) -> tuple[int, bool, int, int]:
        letters = sum(map(len, self.phrase.stems))
        return (-len(self.at), not self.phrase.blocks, self.between + self.reversed, -letters)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A light stem: "leaks", "leaking", "leaky", "leaked" are "leak"; "roof's" is "roof". Never under three letters."""
    for ending in ("'s", "'ve", "'re", "s'"):
        word = word.removesuffix(ending)
    word = word.replace("'", "")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "ches", "shes", "xes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "y", "er"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and any(c in "aeiou" for c in root):
            if ending == "y" and not word.endswith("ky"):
                break
            if ending == "er":
                break
            if root[-1] == root[-2] and root[-1] not in "lsz":
                root = root[:-1]
            word = root
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def _phrases_of(option: int, texts: Iterable[str], blocks: bool) -> Iterable[_Phrase]:
    seen: set[tuple[str, ...]] = set()
    for text in texts:
        words = [w.text for w in words_of(text.replace("_", " "))]
        meaning = [w for w in words if w not in _SMALL_WORDS] or words
        if len(meaning) == 1:
            meaning = [w for w in words if w not in _SMALL_WORDS or w in _TELLING]
        stems = tuple(stem(w) for w in meaning)
        if stems and stems not in seen:
            seen.add(stems)
            yield _Phrase(option, stems, blocks)


@lru_cache(maxsize=256)
def _index(options: tuple[Option, ...]) -> dict[str, tuple[_Phrase, ...]]:
    """Phrases by their rarest-looking (longest) stem, so that a word of the utterance leads to few of them."""
    index: dict[str, list[_Phrase]] = {}
    for number, option in enumerate(options):
        means = [option.value, option.label, *option.synonyms]
        phrases = [*_phrases_of(number, means, False), *_phrases_of(number, option.not_synonyms, True)]
        for phrase in phrases:
            index.setdefault(max(phrase.stems, key=len), []).append(phrase)
    return {key: tuple(value) for key, value in index.items()}


def find(utterance: str, options: Sequence[Option]) -> list[Found[str]]:
    """The options meant, each with the words that mean it; `denied` where the caller says "not commercial".

    Of matches that share words the longest phrase wins. Two options that fit the same words equally well are both
    reported with confidence 0.5: the caller must be asked.
    """
    choices = tuple(options)
    index = _index(choices)
    words = words_of(utterance)
    stems = [stem(w.text) for w in words]
    matches = [
        match
        for i, s in enumerate(stems)
        if s in index
        for phrase in index[s]
        if (match := _match(phrase, i, words, stems)) is not None
    ]
    if not matches:
        return []
    matches.sort(key=lambda m: m.rank)
    taken: dict[int, _Match] = {}
    blocked: list[set[int]] = [set() for _ in choices]
    chosen: list[tuple[_Match, bool]] = []
    for match in matches:
        if match.phrase.blocks:
            blocked[match.phrase.option].update(match.at)
            continue
        if blocked[match.phrase.option].intersection(match.at):
            continue
        rivals = [taken[i] for i in match.at if i in taken]
        if not rivals:
            taken.update(dict.fromkeys(match.at, match))
            chosen.append((match, False))
        elif set(match.at) == set(rivals[0].at) and all(r.phrase.option != match.phrase.option for r in rivals):
            chosen = [(m, tie or m is rivals[0]) for m, tie in chosen]
            chosen.append((match, True))
    result = [_as_found(utterance, words, match, tie, choices) for match, tie in chosen]
    return sorted(result, key=lambda f: f.span.start)


def _match(phrase: _Phrase, anchor: int, words: Sequence[Word], stems: Sequence[str]) -> _Match | None:
    wanted = phrase.stems
    if len(wanted) == 1:
        return _Match(phrase, (anchor,), 0, False)
    place = wanted.index(stems[anchor])
    forward = _walk(wanted[place + 1 :], anchor, 1, words, stems)
    back = _walk(wanted[:place][::-1], anchor, -1, words, stems)
    if forward is not None and back is not None:
        at = (*back[::-1], anchor, *forward)
        return _Match(phrase, at, at[-1] - at[0] + 1 - len(at), False)
    if len(wanted) == 2:  # "roof leak" also as "a leak in the roof"
        other = _walk((wanted[1 - place],), anchor, -1 if place == 0 else 1, words, stems)
        if other is not None:
            at = tuple(sorted((other[0], anchor)))
            return _Match(phrase, at, at[1] - at[0] - 1, True)
    return None


def _walk(
    wanted: Sequence[str], start: int, step: int, words: Sequence[Word], stems: Sequence[str]
) -> list[int] | None:
    """Where the wanted stems stand, going from `start` one way, with small gaps and inside the sentence."""
    at: list[int] = []
    here = start
    for target in wanted:
        skipped = 0
        while True:
            following = here + step
            if not 0 <= following < len(words):
                return None
            gap = words[following].gap if step > 0 else words[here].gap
            if _BREAKS.search(gap):
                return None
            here = following
            if stems[here] == target:
                at.append(here)
                break
            skipped += words[here].text not in _SMALL_WORDS
            if skipped > MOST_WORDS_BETWEEN or abs(here - start) > 10:
                return None
    return at


def _as_found(utterance: str, words: Sequence[Word], match: _Match, tie: bool, choices: Sequence[Option]) -> Found[str]:
    first, last = match.at[0], match.at[-1]
    confidence = 0.5 if tie else max(0.6, 0.95 - 0.08 * match.between - 0.08 * match.reversed)
    denied = _denied(words, match)
    value = choices[match.phrase.option].value
    return found(utterance, words[first].start, words[last].end, value, confidence, denied=denied)


def _denied(words: Sequence[Word], match: _Match) -> bool:
    """True if a negator stands shortly before the match, in the same breath: "not a commercial building"."""
    first = match.at[0]
    for distance in range(1, _NEGATION_REACHES + 1):
        i = first - distance
        if i < 0 or _HARD_GAP.search(words[i + 1].gap):
            return False
        text = words[i].text
        following = words[i + 1].text
        if text in _BUT:
            return False
        if text in _NEGATORS:
            complaint = distance == 1 and text != "no" and following.endswith(("ing", "ed"))
            return following not in _DEGREE and not complaint
        if text in _DONT:
            return following in _DONT_BEFORE
    return False
