"""Has the caller finished? Words, the kind of answer awaited, and the sound's verdict, as seconds of silence to wait.

Pure. Measured (embedded-speech.md, section 5): after 250 ms of silence, waiting on when *either* words or sound say
"unfinished" catches 80 to 94 % of the cut-off sentences. Neither hears a half-spoken zip code; counting digits does.
"""

from __future__ import annotations

import re

from engine.speech.numerals import digit_count, only_digits
from engine.speech.ports import Expect

DONE_S = 0.45
"""Silence after which a turn is answered when everything says it is over. 0.25 does for single sentences; people who
say two ("It's 94017. No wait, 94107.") leave 0.3 to 0.4 s between them and were cut off in every second such turn."""
LIKELY_DONE_S = 0.50
NUMBER_S = 0.60
"""Silence after a whole number: it is the likeliest thing to be corrected in the same breath."""
OPENER_S = 0.70
"""Silence after a mere "Yes." to a question that asks for more: most people go on."""
UNFINISHED_S = 0.9
HALF_SAID_S = 1.2
"""Silence granted to somebody in the middle of a number or an address, or lost for words: they read or remember it."""

SMART_TURN_FROM_S = 1.2
"""The sound model calls "Hello" and "Half an hour" unfinished; for turns shorter than this it is not asked."""
_SMART_TURN_DONE = 0.5


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_FILLERS = _words("um uh er erm hmm like well so")
_ARTICLES = _words("a an the my our your his her their its some any very")
_JOINTS = _words("of into near between than as and or but because cause if when while which whose let")
# These end many a whole question or short answer too ("What is it for?", "Yes, I do"): see `_leads_on`.
_PREPOSITIONS = _words("to in on at for from with by about around under over")
_VERBS = _words("is are was were am be have has had do does can could would should will want need gonna")
_SUBJECTS = _words("i'm it's that's he's she's we're they're i i've i'd i'll we we'd we'll")
_PRONOUNS = _words("i we you they he she it that this there here")
_ASKING = _words("what what's who who's where where's when when's why how how's which")
_PARTICLES = _words("come came go going move moved log sign check checked based sure interested hold right all believe")
_WORD = re.compile(r"[a-z0-9']+", re.IGNORECASE)
_MAIL_DONE = re.compile(
    r"(?:@|\bat\b).+?(?:\bdot\b|\.)\s*(?:com|net|org|edu|gov|us|io|co|biz|info|me|uk|ca)\b", re.IGNORECASE
)
_MAIL_BEGUN = re.compile(
    r"@|\b(?:dot|underscore|dash|hyphen|gmail|yahoo|hotmail|outlook)\b|\b\w\b[ ,-]+\b\w\b[ ,-]+\b\w\b", re.IGNORECASE
)
_OPENERS = _words("yes yeah yep yup sure okay ok right no nope hello hi hey alright fine oh hm ah")
_DIGITS_DONE = frozenset({5, 9, 10, 11})  # zip, zip+4, telephone number without and with its country code


def unfinished(text: str, expect: Expect) -> bool:
    """Whether the words so far ask for more: "My zip code is", "nine four one" to a zip question, "john at"."""
    return _half_said(text, expect) or _leads_on(text)


def silence_needed(text: str, expect: Expect, speech_s: float, smart_turn_probability: float | None) -> float:
    """Seconds of silence after which the turn is over.

    `text`: what was heard so far. `speech_s`: seconds of the turn. `smart_turn_probability`: the sound model's
    verdict (0 to 1), None when it gave none; it counts for turns of more than 1.2 s only.
    """
    if _half_said(text, expect):
        return HALF_SAID_S
    probability = smart_turn_probability if speech_s > SMART_TURN_FROM_S else None
    # A whole number is a whole answer, whatever the voice does: the sound model doubts one zip code in five.
    complete = expect == "digits" and only_digits(text)
    sounds_open = probability is not None and probability < _SMART_TURN_DONE and not complete
    if _leads_on(text):
        return HALF_SAID_S if sounds_open or _last_word(text) in _FILLERS else UNFINISHED_S
    if sounds_open or not text.strip():
        return UNFINISHED_S
    words = _WORD.findall(text.lower())
    if complete:
        return NUMBER_S
    if expect != "yes_no" and len(words) <= 2 and all(word in _OPENERS for word in words):
        return OPENER_S
    sure = probability is not None or (expect == "yes_no" and len(words) <= 3)
    return DONE_S if sure else LIKELY_DONE_S


def _half_said(text: str, expect: Expect) -> bool:
    """In the middle of the number or the address that was asked for."""
    if expect == "digits":
        count = digit_count(text)
        return count not in _DIGITS_DONE and 0 < count < max(_DIGITS_DONE)
    if expect == "email":
        return bool(_MAIL_BEGUN.search(text)) and not _MAIL_DONE.search(text)
    return False


def _leads_on(text: str) -> bool:
    """Whether the last word wants another after it.

    A full stop proves nothing, as the recogniser sets one after any pause ("My zip code is."); its question mark
    after a question word does ("What is it for?", but "Are you insured in?").
    """
    stripped = text.strip()
    words = _WORD.findall(stripped.lower())
    last = words[-1] if words else ""
    # One word with a comma ("No,", "Today,") is how the recogniser writes a whole answer with a level voice.
    if stripped.endswith((",", "-", "—", "…", "...")) and len(words) > 1:
        return True
    before = words[-2] if len(words) > 1 else ""
    if last in _ARTICLES or last in _JOINTS:
        return True
    if stripped.endswith("?") and words[0] in _ASKING:
        return False
    if last in _FILLERS:
        return last not in {"so", "well", "like"} or before not in {
            "think",
            "hope",
            "guess",
            "as",
            "very",
            "pretty",
            "it",
        }
    if last in _PREPOSITIONS:
        return before not in _PARTICLES
    if last in _VERBS:  # "yes I do", "we have", "it is": whole when that is about all
        return not (before in _PRONOUNS and len(words) <= 4)
    return last in _SUBJECTS or words[-2:] == ["let", "me"]


def _last_word(text: str) -> str:
    words = _WORD.findall(text)
    return words[-1].lower() if words else ""
