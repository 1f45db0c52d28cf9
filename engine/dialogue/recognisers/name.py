"""A person's name as it is given: "this is Priya", "Karim here", "my name is Jennifer Martinez", "Owen."."""

import re
from dataclasses import dataclass

from engine.dialogue.recognisers.calendar_words import MONTHS, WEEKDAYS
from engine.dialogue.recognisers.found import Found, found, without_overlaps
from engine.dialogue.recognisers.numbers import TENS, UNITS
from engine.dialogue.recognisers.words import listed, plain

_WORD = r"[^\W\d_]+(?:['-][^\W\d_]+)*"
_TWO = rf"(?P<first>{_WORD})(?:\s+(?P<last>{_WORD}))?"
# Words that stand where a name could and are none.
_NO_NAMES = listed(
    """
    a an the it its it's this that these those there here he she him her they we i i'm me my mine our your you who
    what when where why how which is are was were be been am do does did have has had will would can could should
    not no nope nah yes yeah yep yup sure okay ok right fine good great perfect correct exactly absolutely
    definitely hello hi hey bye goodbye thanks thank please sorry wait stop well so and or but for from to in on at
    of with about as by if then just only really very too also still already now today tomorrow tonight yesterday
    soon later never always maybe perhaps commercial residential house home flat condo townhouse apartment office
    warehouse shop store restaurant church building roof leak leaky plumbing drain heater water hvac heating cooling
    electrical lights pipe sink faucet toilet repair replacement tune-up owner tenant renter homeowner landlord
    manager wife husband calling speaking driving looking waiting busy working interested done ready afraid going
    getting having trying thinking wondering hoping home away available out off back nobody somebody someone anybody
    anyone everybody nothing something anything everything all some any one two first second last next new old same
    other another urgent asap spring summer fall autumn winter morning afternoon evening night week month year mommy
    mom mum daddy dad uh um er hm hmm huh mhm ha oh ah ridiculous crazy silly stupid tired fed sick glad happy sad
    angry mad upset free open closed flexible renting living leaking dripping broken dead blocked clogged flickering
    correct wrong true false robin harborline robot machine person human probably actually commercial definitely
    right voicemail uh-huh mm-hmm nice cool awesome lovely alright whatever nevermind say speak
    """
) | {*WEEKDAYS, *(m for m in MONTHS if m not in ("april", "may", "june", "august")), *UNITS, *TENS}
_TITLE = r"(?:(?:mr|mrs|ms|miss|dr|doctor)\.? )?"
_PATTERNS: tuple[tuple[re.Pattern[str], float, bool], ...] = (
    (re.compile(rf"\b(?:my|the|first|full) name(?: is|'s|,)? (?:is )?{_TITLE}{_TWO}", re.IGNORECASE), 0.95, False),
    (
        re.compile(
            rf"\b(?:name'?s|call me|i go by|they call me)(?! (?:at|back|on|later|in|when|again|any|around"
            rf"|tomorrow|today)\b) {_TITLE}{_TWO}",
            re.IGNORECASE,
        ),
        0.85,
        False,
    ),
    (re.compile(rf"\b(?:you'?re|you are) (?:speaking|talking) (?:to|with) {_TITLE}{_TWO}", re.IGNORECASE), 0.85, False),
    (
        re.compile(
            rf"(?:^|[,.!?;|]\s*|\b(?:hello|hi|hey|yes|yeah|no)\s+)(?:yes |yeah |no |and )?this is "
            rf"{_TITLE}{_TWO}",
            re.IGNORECASE,
        ),
        0.9,
        False,
    ),
    (
        re.compile(
            rf"(?:^|[,.!?;|]\s*)(?:hello |hi |hey |yes |yeah )?{_TITLE}{_TWO} (?:here|speaking)\b(?! from)",
            re.IGNORECASE,
        ),
        0.9,
        False,
    ),
    (re.compile(rf"\b(?:i'm|i am|it's|it is|that's|that is) {_TITLE}{_TWO}", re.IGNORECASE), 0.65, True),
    (
        re.compile(rf"^\W*(?:(?:yes|yeah|yep|sure|uh|um|hello|hi),? )?(?:it'?s )?{_TITLE}{_TWO}\W*$", re.IGNORECASE),
        0.6,
        True,
    ),
)


@dataclass(frozen=True, slots=True)
class PersonName:
    """`first` and, if said, `last`, with capitals."""

    first: str
    last: str | None = None

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}" if self.last else self.first


def find(utterance: str) -> list[Found[PersonName]]:
    """Names the speaker gives as the own name, in order of appearance."""
    text = plain(utterance).replace("’", "'")
    original = utterance.replace("’", "'")
    hits: list[Found[PersonName]] = []
    for pattern, confidence, capital in _PATTERNS:
        for match in pattern.finditer(original):
            hit = _name(utterance, original, text, match, confidence, capital)
            if hit:
                hits.append(hit)
    return without_overlaps(hits)


def _name(
    utterance: str, original: str, text: str, match: re.Match[str], confidence: float, capital: bool
) -> Found[PersonName] | None:
    first, start, end = match["first"], match.start("first"), match.end("first")
    if first.lower() in _NO_NAMES or len(first) < 2 or (capital and not first[0].isupper()):
        return None
    if capital and first.lower().endswith(("ing", "ed")) and confidence < 0.9:
        return None
    sentence = capital and start > 0 and not original[start].isupper()
    if sentence or re.search(r"\bno\s+$|\b(?:not|isn'?t)\s+(?:this is |it's )?$", text[:start]):
        return None
    last = match["last"]
    # All lower case (some recognisers): a second word is taken only after "my name is".
    if last and (last.lower() in _NO_NAMES or not (last[0].isupper() or confidence > 0.9)):
        last = None
    if last and original[end : match.start("last")].strip():
        last = None
    if last:
        end = match.end("last")
    return found(utterance, start, end, PersonName(_capital(first), _capital(last) if last else None), confidence)


def _capital(word: str) -> str:
    return word if any(c.isupper() for c in word[1:]) and not word.isupper() else word[:1].upper() + word[1:].lower()
