"""Which parts of an utterance ask something, with or without a question mark."""

import re

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.words import plain

_SENTENCE = re.compile(r"[^.!?;|]+(?:\.(?=\w)[^.!?;|]*)*[.!?;|]*")
_LEAD_IN = re.compile(
    r"(?:[\s,\"'¿-]*(?:uh|um|er|oh|ah|well|so|and|but|okay|ok|yeah|yes|yep|no|hey|hi|hello|sorry"
    r"|wait|listen|look|also|then|actually|just|"
    r"by the way|quick question|one (?:more )?(?:question|thing)|i mean|you know|excuse me|now"
    r"|first|please)\b)*[\s,:\"'¿-]*"
)
_SUBJECT = (
    r"(?:i|you|u|we|he|she|they|it|this|that|there|these|those|the|a|an|any|anyone|anybody"
    r"|someone|somebody|your|my|our|[a-z]+'s)"
)
_OPENS = re.compile(
    rf"(?:(?:what|where|when|who|whom|whose|why|which|how)(?:'s|'re|'d|'ll|s)?\b(?! (?:i|we) "
    rf"(?:need|want|mean|said|have|am|was)\b)(?! (?:a|an) \w+\W*$)"
    rf"|(?:do|does|did|is|are|am|was|were|can|could|will|would|should|shall|may|have|has|had"
    rf"|isn'?t|aren'?t|don'?t|doesn'?t|didn'?t|can'?t|couldn'?t|won'?t|wouldn'?t|haven'?t|hasn'?t) "
    rf"{_SUBJECT}\b"
    r"|any (?:chance|idea|discount|way|openings?|questions?)\b|mind if\b|(?:got|have you got) any\b)"
)
_STATEMENT = re.compile(
    r"(?:(?:when|where|while|whenever|how|what|why) (?:i|we|it|he|she|they|the \w+) (?:\w+ "
    r")?(?:is|was|were|came|start\w*|rain\w*|turn\w*|get|gets|got|said|see|need)\b(?!.*\?)"
    r"|(?:why not|whatever|whichever|whoever|don'?t (?:you )?(?:call|worry|bother|ever)|have (?:a"
    r"|an) (?:nice|good|great)|who cares|which (?:is|was|means)|will do|may be|is fine|no way)\b)"
)
_INDIRECT = re.compile(
    r"\b(?:(?:can|could|would|will) you (?:please )?(?:tell|explain|let me know|remind)\b|(?:i'?d "
    r"(?:like|love|want) to know|i (?:want|need|would like) to (?:know|ask|find out)|i'?m (?:just "
    r")?(?:wondering|curious)|i was (?:just )?(?:wondering|curious)|"
    r"i wonder|tell me|do you (?:know|happen)|my question is|what about|how about|how much|how "
    r"long|how soon (?:can|could|would)|how many)\b)"
)
_CLAUSE_START = re.compile(r",\s*|\b(?:and|but|so|because)\s+")
_MARK = re.compile(r"\?")
_TAG = re.compile(
    r",\s*(?:right|correct|okay|ok|yes|no|huh|isn'?t it|aren'?t you|don'?t you|is it|are you|do you|can you)\s*\?"
)
_HAS_WORDS = re.compile(r"\w")


def questions(utterance: str) -> list[Found[str]]:
    """The parts that ask, each as `Found[str]` (value: the part, trimmed). A mark is surer than word order."""
    text = plain(utterance)
    result: list[Found[str]] = []
    for sentence in _SENTENCE.finditer(text):
        hit = _question_in(text, sentence.start(), sentence.end())
        if hit is None:
            continue
        start, confidence = hit
        end = sentence.end()
        while end > start and text[end - 1] in " .!;|,":
            end -= 1
        if end > start and _HAS_WORDS.search(text, start, end):
            result.append(found(utterance, start, end, utterance[start:end], confidence))
    return result


def _question_in(text: str, start: int, end: int) -> tuple[int, float] | None:
    """`(where the question begins, confidence)` for the sentence `text[start:end]`."""
    marked = _MARK.search(text, start, end) is not None
    lead = _LEAD_IN.match(text, start, end)
    first = lead.end() if lead else start
    for begin in [first, *(m.end() for m in _CLAUSE_START.finditer(text, first, end))]:
        opening = _LEAD_IN.match(text, begin, end)
        at = opening.end() if opening else begin
        if _OPENS.match(text, at, end) and (marked or not _STATEMENT.match(text, at, end)):
            # A greeting or one word with a mark ("Yes?") is handled below; here the words themselves ask.
            return at, 0.95 if marked else 0.8
    indirect = _INDIRECT.search(text, first, end)
    if indirect:
        return indirect.start(), 0.9 if marked else 0.7
    if not marked:
        return None
    if _TAG.search(text, first, end):
        return first, 0.85
    asked = text[first:end].strip(" ?.!,")
    return (first, 0.8) if len(asked.split()) > 1 else (first, 0.5) if asked else None
