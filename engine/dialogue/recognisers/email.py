"""E-mail addresses, written or spelled aloud: "M, A, R, I, A, dot, L, O, P, E, Z, at gmail dot com"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.numbers import TENS, UNITS
from engine.dialogue.recognisers.words import Word, listed, plain, words_of

_WRITTEN = re.compile(r"[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b")
_NONE = re.compile(
    r"\bno e-?mails?\b|\b(?:i |we )?(?:don'?t|do not) (?:have|use|do|want)(?: to (?:give"
    r"|share))?(?: you)?(?: an?| any| my)? e-?mails?\b|"
    r"\bwithout e-?mail\b|\b(?:a )?text(?: message)? (?:is|would be|works) (?:fine|good|better"
    r"|okay|ok|great|enough)|\b(?:just )?(?:send me a text|text me)\b|"
    r"\bi'?d rather not (?:give|share) (?:you )?my e-?mail\b"
)
_SYMBOLS = {
    "dot": ".",
    "period": ".",
    "point": ".",
    "punto": ".",
    "underscore": "_",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "plus": "+",
}
_TOPS = frozenset(
    [
        "com",
        "net",
        "org",
        "edu",
        "gov",
        "us",
        "io",
        "co",
        "info",
        "biz",
        "me",
        "ca",
        "uk",
        "de",
        "fr",
        "es",
        "it",
        "nl",
        "au",
        "mx",
        "br",
        "app",
        "dev",
        "ai",
        "tv",
        "email",
        "online",
        "xyz",
        "mil",
        "eu",
        "ch",
        "at",
        "in",
        "jp",
    ]
)
_WELL_KNOWN = frozenset(
    [
        "gmail",
        "yahoo",
        "hotmail",
        "outlook",
        "icloud",
        "aol",
        "comcast",
        "protonmail",
        "proton",
        "msn",
        "att",
        "verizon",
        "sbcglobal",
    ]
)
_STOP = listed("""
    it it's its is are be that's thats that this my our the a an email mail e address to me send use uh um er erm oh
    so well yes yeah yep sure okay ok and then please you can under name on would for with i'd i'm no not wait mean
    actually sorry was as in of at by just try reach him her us write lowercase all one word spelled spell letters
    """)
_SKIPPED = frozenset(["capital", "lowercase", "uppercase", "letter", "number"])
_MULTIPLE = {"double": 2, "triple": 3}
_SENTENCE = re.compile(r"[!?;:]|\.\s+(?=\S{2,})")


@dataclass(frozen=True, slots=True)
class Email:
    """`address` in the form to write to; None where the caller has none or wants to give none."""

    address: str | None


def find(utterance: str) -> list[Found[Email]]:
    """Addresses in order of appearance; "no email, a text is fine" is one finding without an address."""
    text = plain(utterance)
    result: list[Found[Email]] = []
    for match in _WRITTEN.finditer(text):
        address = _valid(match.group())
        if address:
            result.append(found(utterance, match.start(), match.end(), Email(address), 0.97))
    if not result and (" at " in text or "@" in text or " at," in text):
        result = _spoken(utterance, words_of(utterance))
    if not result:
        none = _NONE.search(text)
        if none:
            result.append(found(utterance, none.start(), none.end(), Email(None), 0.85))
    return result


def _spoken(utterance: str, words: Sequence[Word]) -> list[Found[Email]]:
    result: list[Found[Email]] = []
    for i, word in enumerate(words):
        sign = "@" in word.gap
        if not (word.text == "at" or sign) or i == 0:
            continue
        domain = _domain(words, i if sign else i + 1)
        local = _local(words, i - 1) if domain else None
        if domain is None or local is None:
            continue
        name, end, sure_domain = domain
        part, start, sure_local = local
        address = _valid(f"{part}@{name}")
        if address:
            confidence = 0.9 if sure_domain and sure_local else 0.65
            result.append(found(utterance, words[start].start, words[end - 1].end, Email(address), confidence))
    return result


def _valid(address: str) -> str | None:
    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def _domain(words: Sequence[Word], i: int) -> tuple[str, int, bool] | None:
    """`(domain, index after it, sure)` for the words from `i`: "gmail dot com", "g mail dot co dot uk", "acme.com"."""
    labels, current, j = [], "", i
    while j < len(words) and j < i + 24:
        word = words[j]
        if j > i and _SENTENCE.search(word.gap):
            break
        written_dot = j > i and word.gap == "."
        spoken_dot = word.text in ("dot", "point", "period", "punto")
        if written_dot or spoken_dot:
            if not current:
                return None
            labels.append(current)
            current = ""
            if spoken_dot:
                j += 1
                continue
        if current and labels and current in _TOPS:
            break
        if word.text in ("dash", "hyphen") or (word.gap == "-" and len(word.text) > 1):
            current += "-"
            if word.text in ("dash", "hyphen"):
                j += 1
                continue
        digit = UNITS.get(word.text)
        current += str(digit) if digit is not None and digit < 10 else word.text.replace("'", "")
        j += 1
        if labels and current in _TOPS and (j >= len(words) or not (words[j].text == "dot" or words[j].gap == ".")):
            break
    if labels and current in _TOPS:
        return ".".join([*labels, current]), j, True
    first = words[i].text if i < len(words) else ""
    if not labels and first in _WELL_KNOWN:
        return f"{first}.{'net' if first in ('comcast', 'att', 'verizon', 'sbcglobal') else 'com'}", i + 1, False
    return None


def _local(words: Sequence[Word], last: int) -> tuple[str, int, bool] | None:
    """`(part before the @, index of its first word, sure)`, read backwards from word `last`."""
    first = last
    while first >= 0:
        word = words[first]
        if _spelled_by_example(words, first):
            first -= 3
            continue
        symbol = word.text in _SYMBOLS
        short = len(word.text) == 1 or word.text.isdecimal() or word.text in UNITS or word.text in TENS
        # "I", "a" and "e" before a longer word are words; between single letters they are letters.
        if not symbol and word.text in _STOP and not (len(word.text) == 1 and _letter_near(words, first)):
            break
        if not (symbol or short or word.text in _MULTIPLE or word.text in _SKIPPED or word.text.isalpha()):
            break
        if first < last and _SENTENCE.search(words[first + 1].gap) and len(word.text) != 1:
            break
        if (
            first < last
            and not short
            and not symbol
            and "," in words[first + 1].gap
            and words[first + 1].text not in _SYMBOLS
        ):
            break  # "Sure thing, maria dot lopez": the comma parts talk from address
        first -= 1
    first += 1
    while (
        first <= last
        and (words[first].text in _SYMBOLS or words[first].text in _SKIPPED)
        and words[first].text != "plus"
    ):
        first += 1
    if first > last:
        return None
    text, loose = _joined(words[first : last + 1])
    return (text, first, loose == 0) if text else None


def _letter_near(words: Sequence[Word], i: int) -> bool:
    """True if a neighbour is a single letter or a symbol, so that "a" is the letter."""
    after = words[i + 1].text if i + 1 < len(words) else ""
    before = words[i - 1].text if i else ""
    if words[i].gap == "" and i:
        return True
    return (
        len(after) == 1
        or after in _SYMBOLS
        or after in UNITS
        or (len(before) == 1 and after in ("at", ""))
        or (len(before) == 1 and before.isalpha())
    )


def _spelled_by_example(words: Sequence[Word], i: int) -> bool:
    """ "m as in mary": a letter, "as in" or "for" or "like", and a word that begins with it."""
    if i >= 3 and words[i - 2].text == "as" and words[i - 1].text == "in":
        return len(words[i - 3].text) == 1 and words[i].text.startswith(words[i - 3].text)
    return False


def _joined(words: Sequence[Word]) -> tuple[str, int]:
    """The address part of these words, and how many plain words were glued together without a sign between them."""
    out: list[str] = []
    loose, i, previous_long = 0, 0, False
    while i < len(words):
        text, gap = words[i].text, words[i].gap if i else ""
        if (i and gap in (".", "_", "+")) or (gap == "-" and (previous_long or len(text) > 1)):
            out.append(gap)
            previous_long = False
        if text in _SYMBOLS:
            out.append(_SYMBOLS[text])
            previous_long, i = False, i + 1
            continue
        if text in _SKIPPED and i + 1 < len(words):
            i += 1
            continue
        if text in _MULTIPLE and i + 1 < len(words):
            one, step = _piece(words, i + 1)
            out.append(one * _MULTIPLE[text] if len(one) == 1 else text + one)
            i, previous_long = step, False
            continue
        if i + 3 < len(words) + 0 and len(text) == 1 and words[i + 1].text == "as" and words[i + 2].text == "in":
            out.append(text)
            i += 4
            continue
        piece, i = _piece(words, i)
        long = piece.isalpha() and len(piece) > 1
        loose += long and previous_long
        previous_long = long
        out.append(piece)
    return "".join(out), loose


def _piece(words: Sequence[Word], i: int) -> tuple[str, int]:
    text = words[i].text
    if text in UNITS:
        return str(UNITS[text]), i + 1
    if text in TENS:
        if i + 1 < len(words) and 0 < UNITS.get(words[i + 1].text, 0) < 10 and words[i + 1].gap in (" ", "-"):
            return str(TENS[text] + UNITS[words[i + 1].text]), i + 2
        return str(TENS[text]), i + 1
    if text in ("oh", "o") and i and words[i - 1].text in UNITS:
        return "0", i + 1
    return text.replace("'", ""), i + 1
