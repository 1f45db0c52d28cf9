"""Yes, no or unsure, as the answer an utterance opens with; how sure depends on how it is said."""

import re
from enum import StrEnum

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.words import plain


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


def _start(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})(?![\w'])")


# Tried in this order at the start of each clause: what looks like the opposite comes first ("no problem" is a yes).
_RULES: tuple[tuple[re.Pattern[str], Answer | None, float], ...] = (
    # Takes something back: no answer by itself.
    (_start(r"no,? (?:no,? )*wait|wait,? no|no,? i mean|no,? hang on|no,? hold on"), None, 0),
    (
        _start(
            r"no (?:problem|worries|objections?|trouble|issues?|doubt|prob)(?: at all)?|why not|not a problem|"
            r"(?:i )?(?:don'?t|wouldn'?t) (?:mind|see why not)|can'?t complain|fine (?:by|with) me|no "
            r"(?:that'?s|it'?s) fine by me"
        ),
        Answer.YES,
        0.85,
    ),
    (
        _start(
            r"(?:i (?:really |honestly )?)?(?:don'?t|do not) (?:really |actually )?know|i dunno|dunno|no "
            r"(?:idea|clue)|"
            r"(?:i'?m |i am )?not (?:really |too |quite |so |entirely )?(?:sure|certain)|maybe(?: not)?"
            r"|perhaps|possibly|"
            r"it depends|depends|hard to (?:say|tell)|(?:it |that )?(?:could|might) be|i (?:might|may)"
            r"|sort of|kind of|"
            r"i(?:'d| would) have to (?:check|ask|think|look)|let me (?:think|check|see|ask)|we'?ll see|"
            r"i (?:couldn'?t|can'?t) (?:tell|say)|who knows|good question"
        ),
        Answer.UNSURE,
        0.85,
    ),
    (
        _start(
            r"(?:absolutely|definitely|certainly|of course|probably|sure|obviously|really|surely) not|no "
            r"way|not (?:at all|really|"
            r"today|now|yet|right now|interested|necessarily|that i know(?: of)?|particularly|anymore|any "
            r"more|for me)|"
            r"no,? not (?:really|at all|yet|today)|not exactly|hell no|god no|heck no|never|negative|incorrect|wrong|"
            r"i (?:don'?t|do not) (?:think|believe|guess) so|i (?:guess|think|suppose|hope) not|i'?d rather not|"
            r"(?:that'?s|it'?s|that is) (?:not (?:right|correct|true|it|me|a good time)|wrong|incorrect)|"
            r"(?:that|it|those|these|they) (?:doesn'?t|don'?t|won'?t|does not|do not) (?:really )?(?:work|suit|fit)"
            r"(?: for (?:me|us))?|"
            r"none of (?:those|these|them|that)|neither(?: of (?:those|these|them))?|"
            r"i can'?t (?:do|make) (?:any of )?(?:those|these|them|either|that)|"
            r"(?:that'?s|it'?s|that is|it is) (?:a bit |a little |way |much |just )*"
            r"too (?:far|late|early|soon)|"
            r"(?:please "
            r")?don'?t(?: do that)?"
        ),
        Answer.NO,
        0.9,
    ),
    (
        _start(
            r"no,? (?:thanks?(?: you)?(?: anyway)?|sir|ma'?am|i (?:don'?t|do not|can'?t|didn'?t|won'?t"
            r"|haven'?t|wouldn'?t)|"
            r"(?:i'?m|i am) not|(?:it|that|there)(?:'s| is)(?: not| no)|it isn'?t|we (?:don'?t|aren'?t)"
            r"|that(?:'ll| will)? "
            r"be (?:it|all)|that'?s (?:it|all|everything|okay|ok|fine|alright|all right)|nothing(?: else)?|not)"
        ),
        Answer.NO,
        0.95,
    ),
    (_start(r"(?:no|nope|nah|naw|nay|uh[- ]uh|nuh[- ]uh|mm[- ]mm|noo+)"), Answer.NO, 0.95),
    (
        _start(
            r"yes|yep|yup|yeah|yea|yah|ya|yess+|aye|affirmative|uh[- ]?huh|mm?[- ]?hmm?|mhm+|"
            r"oh yes|oh yeah|(?:for|fer) sure|s[ií]"
        ),
        Answer.YES,
        0.95,
    ),
    (
        _start(
            r"(?:absolutely|definitely|certainly|of course|exactly|precisely|totally|indeed|correct|"
            r"(?:that|this|it)(?:'s| is)? (?:right|correct|true|exactly right|the one|me|perfect|great"
            r"|good|fine|okay|ok|works?|"
            r"sounds? (?:good|great|fine|perfect)|would (?:work|be (?:great|good|fine|perfect|lovely))|"
            r"suits me|will (?:do|work)|does it)|(?:that|it)'?ll (?:do|work|be fine)|works(?: for me| great| fine)?|"
            r"sounds (?:good|great|fine|perfect|right|like a plan)|"
            r"go (?:ahead|for it|on)|please do|(?:yes )?please|let'?s (?:do (?:it|that|this)|go(?: for it| ahead)?)|"
            r"book (?:it|that|me)(?: in)?|do (?:it|that)|you bet|you got it|you can|by all means|perfect|speaking|"
            r"this is (?:she|he|her|him)|(?:i|we) (?:do|am|are|did|have|can|would|will)|it is|they are|there is|"
            r"i'?d (?:love|like) (?:to|that)|i agree|agreed|deal|roger|amen|right on|right you are|yours truly)"
        ),
        Answer.YES,
        0.85,
    ),
    (
        _start(
            r"(?:i|we) (?:don'?t|do not|am not|can'?t|cannot|didn'?t|haven'?t|won'?t|wouldn'?t)|(?:i'?m|we'?re) not|"
            r"(?:it|that) (?:isn'?t|is not|doesn'?t|won'?t)|(?:it|that)'?s not|nothing(?: else| more)?"
            r"|nobody|no one|none"
        ),
        Answer.NO,
        0.65,
    ),
    (
        _start(
            r"(?:i )?(?:guess|think|suppose|believe|hope|reckon) so|probably|most likely|more or less"
            r"|pretty much|mostly"
        ),
        Answer.YES,
        0.7,
    ),
    (_start(r"sure(?: thing)?|alright then|all right then|okay then"), Answer.YES, 0.9),
    (
        _start(r"okay|ok|okey|alright|all right|right|fine|great|good|cool|got it|very well|lovely|awesome"),
        Answer.YES,
        0.6,
    ),
)
# "I do", "I can", "nothing" open many sentences that are no answer: only with nothing after them.
_ONLY_ALONE = re.compile(
    r"^(?:(?:i|we) (?:do|am|are|did|have|can|would|will)|it is|they are|there is|you can|works?"
    r"|right|fine|good|great|"
    r"(?:i|we) (?:don'?t|do not|am not|can'?t|cannot|didn'?t|haven'?t|won'?t|wouldn'?t)|(?:i'?m|we'?re) not|"
    r"(?:it|that) (?:isn'?t|is not|doesn'?t|won'?t)|(?:it|that)'?s not|nobody|no one|none|never"
    r"|wrong|please|(?:i )?(?:might|may)|"
    r"maybe|speaking|deal|(?:it|that) could be|could be|might be|(?:please )?don'?t|probably"
    r"|mostly|i (?:might|may)|cool|"
    r"i'?d (?:love|like) (?:to|that)|(?:i )?(?:couldn'?t|can'?t) (?:tell|say))$"
)
_LEAD_IN = re.compile(
    r"(?:[\s,.|…-]*(?:oh|ah|well|um+|uh+|er+m?|hm+|hmm+|so|and|ha|hey|hi|hello|look|listen"
    r"|honestly|god|gosh|let'?s see|"
    r"i mean|you know|i'?d say|then|but)(?![\w'-]))*[\s,.|…\"'-]*"
)
_CLAUSE = re.compile(r"[^.!?;,|…]+[.!?;,|…]*")
_OH_NO = re.compile(r"^\W*(?:oh|ah|aw)[, ]+no\b")
_ASKS_BACK = re.compile(r"\?")


def find(utterance: str) -> list[Found[Answer]]:
    """Answers in order of appearance: each clause that opens with one. A later or vaguer answer is less sure."""
    text = plain(utterance)
    result: list[Found[Answer]] = []
    opening = True
    for clause in _CLAUSE.finditer(text):
        lead = _LEAD_IN.match(text, clause.start())
        start = lead.end() if lead else clause.start()
        if start >= len(text):
            break
        if start > clause.end() or (result and start < result[-1].span.end):
            continue
        hit = _answer_at(text, start)
        if hit is None:
            opening = opening and not any(c.isalnum() for c in text[start : clause.end()])
            continue
        value, end, confidence = hit
        if value is None:
            continue
        rest = text[end : max(clause.end(), end)]
        alone = not any(c.isalnum() for c in rest)
        if not alone and _ONLY_ALONE.match(text[start:end]):
            opening = False
            continue
        confidence = _shaded(text, start, end, clause.end(), value, confidence, alone, opening)
        if confidence > 0:
            result.append(found(utterance, start, end, value, round(confidence, 2)))
        opening = False
    return result


def _answer_at(text: str, start: int) -> tuple[Answer | None, int, float] | None:
    for pattern, value, confidence in _RULES:
        match = pattern.match(text, start)
        if match:
            return value, match.end(), confidence
    return None


def _shaded(
    text: str, start: int, end: int, clause_end: int, value: Answer, confidence: float, alone: bool, opening: bool
) -> float:
    word = text[start:end]
    if word == "no" and not alone:
        confidence = 0.6  # "no email", "no hot water": a no about one thing
    if word in ("si", "sí", "ya") and not alone:
        confidence = 0.6
    if _OH_NO.match(text) and word.startswith("no"):
        confidence = min(confidence, 0.5)
    if not opening and not alone:
        confidence -= 0.15
    # "Yeah?" at the pick-up answers the phone, nothing else.
    asks_back = _ASKS_BACK.search(text[end:clause_end]) is not None
    opens_with_hello = opening and re.match(r",? (?:hello|hi|who)", text[end : end + 10]) is not None
    if value is Answer.YES and ((asks_back and alone) or opens_with_hello):
        confidence = 0.4
    return confidence


def answer(utterance: str) -> Found[Answer] | None:
    """The one answer that counts, or None. The surest wins; of two equally sure ones the last ("Yeah, no." is a no)."""
    candidates = find(utterance)
    if not candidates:
        return None
    from_marker = [
        c for c in candidates if re.search(r"\b(?:no wait|wait,? no|i mean)\b", plain(utterance[: c.span.start]))
    ]
    pool = from_marker or candidates
    return max(pool, key=lambda c: (c.confidence, c.span.start))
