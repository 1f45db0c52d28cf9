"""How soon something is needed, as days from today.

A span of time counts to its *end* ("this week" 7, "within two weeks" 14, "this month" 30: the figures of the domain
notes). A named month or season counts to its *first* day ("in April", "next spring" = 1 March), for that is the
earliest day on which the caller could take the work. "Next month" is such a name. "Next week" is the Friday of next
week, 7 to 14 days away.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from engine.dialogue.recognisers.calendar_words import (
    COUNT_WORD,
    MONTH_WORD,
    MONTHS,
    SEASON_WORD,
    SEASONS,
    WEEKDAY_WORD,
    WEEKDAYS,
    count_of,
    end_of_month,
    next_first_of,
)
from engine.dialogue.recognisers.found import Found, found, without_overlaps
from engine.dialogue.recognisers.words import plain

NO_RUSH_DAYS = 30
SOON_DAYS = 14
_DAYS_OF_UNIT = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "fortnight": 14.0, "month": 30.0, "year": 365.0}

_Match = re.Match[str]
# What makes a bare "three days" something else than a wish: it is over ("three days ago"), or it is an age.
_PAST_BEFORE = re.compile(
    r"\b(?:for|been|past|last|since|ago|after|over|every|waiting|waited|took|takes?|lasted|previous|these|those)"
    r"(?:\s+(?:about|almost|nearly|over|like|the|a|at least|more than|past|last))*\s+$"
)
_NOT_A_WISH_AFTER = re.compile(
    r"\s*(?:ago|old|now\b(?! then)|since|later\b|a (?:month|week|year)|per|away from|experience)\b"
)
# "Two hundred a month" is a rate.
_RATE = re.compile(r"(?:a|per|each|every) (?:day|week|month|year)\b")
_AMOUNT_BEFORE = re.compile(r"(?:\d|\b(?:hundred|thousand|dollars|bucks|once|twice|times|\w+ty)) +$")
_SINCE_BEFORE = re.compile(r"\b(?:since|last|until|till|ago|on and off)(?:\s+(?:the|around|about))?\s+$")
_PAST_VERB_BEFORE = re.compile(
    r"\b(?:broke|started|stopped|called|happened|died|was|were|did|came|told|said|sent|talked"
    r"|spoke|began|leaked|noticed)\b[^.!?;]{0,40}$"
)
_NOT_BEFORE = re.compile(r"\bnot (?:before|until|till|earlier than)(?: the)?\s+$")
_DENIED_BEFORE = re.compile(
    r"\b(?:not|isn'?t|can'?t do|instead of|rather than)(?:\s+(?:for|in|on|this|the|really|by))*\s+$"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    days: Callable[[_Match, date], float | None]
    confidence: float
    is_day: bool = False  # a near day that may be one of several: "today or tomorrow"


def _fixed(days: float) -> Callable[[_Match, date], float | None]:
    return lambda match, today: days


def _duration(match: _Match, today: date) -> float | None:
    upper = count_of(match["upper"]) if match["upper"] else None
    count = upper if upper is not None else count_of(match["count"])
    if count is None:
        return None
    unit = match["unit"].rstrip("s")
    half = 0.5 if match["half"] else 0.0
    return max(count * _DAYS_OF_UNIT[unit] + half * _DAYS_OF_UNIT[unit], 0.0)


def _unit_or_two(match: _Match, today: date) -> float | None:
    return (count_of(match["more"]) or 2) * _DAYS_OF_UNIT[match["unit"]]


def _weekday(match: _Match, today: date) -> float | None:
    ahead = (WEEKDAYS[match["day"]] - today.weekday()) % 7
    if (match["next"] or "").strip() == "next":
        # "next Friday": the one of the coming calendar week.
        monday = today + timedelta(days=7 - today.weekday())
        return float((monday + timedelta(days=WEEKDAYS[match["day"]]) - today).days)
    return float(ahead or 7)


def _next_week(match: _Match, today: date) -> float | None:
    friday = today + timedelta(days=7 - today.weekday() + 4)
    return float(min(max((friday - today).days, 7), 14))


def _weekend(match: _Match, today: date) -> float | None:
    sunday = 6 - today.weekday()
    return float(sunday + 7 if (match["next"] or "").startswith("next") else sunday)


def _within_month(first: date, words: str | None) -> date:
    text = words or ""
    if "end" in text or "late" in text:
        return end_of_month(first)
    return first + timedelta(days=14) if "mid" in text else first


def _month(match: _Match, today: date) -> float | None:
    name = match["month"]
    number = MONTHS[name]
    following_year = "next year" in match.group() or (match["next"] or "").strip() == "next"
    if number == today.month and not following_year:
        return float((end_of_month(today) - today).days)
    first = next_first_of(number, today, after_this_year=following_year)
    return float((_within_month(first, match["part"]) - today).days)


def _next_month(match: _Match, today: date) -> float | None:
    first = end_of_month(today) + timedelta(days=1)
    return float((_within_month(first, match["part"]) - today).days)


def _month_after_next(match: _Match, today: date) -> float | None:
    following = end_of_month(today) + timedelta(days=1)
    return float((end_of_month(following) + timedelta(days=1) - today).days)


def _end_of_this_month(match: _Match, today: date) -> float | None:
    return float((end_of_month(today) - today).days)


def _season(match: _Match, today: date) -> float | None:
    begins = SEASONS[match["season"]]
    inside = (today.month - begins) % 12 < 3
    if inside and (match["next"] or "").strip() != "next":
        return 30.0
    if "next year" in match.group():
        year = today.year + 1
        return float((date(year, begins, 1) - today).days)
    return float((next_first_of(begins, today) - today).days)


def _new_year(match: _Match, today: date) -> float | None:
    return float((date(today.year + 1, 1, 1) - today).days)


def _year_end(match: _Match, today: date) -> float | None:
    return float((date(today.year, 12, 31) - today).days)


def _holiday(match: _Match, today: date) -> float | None:
    if match["side"] in ("before", "by"):
        christmas = date(today.year, 12, 24)
        return float((christmas - today).days) if christmas >= today else None
    return float((date(today.year + 1, 1, 1) - today).days)


def _rule(pattern: str, days: Callable[[_Match, date], float | None], confidence: float, is_day: bool = False) -> _Rule:
    return _Rule(re.compile(pattern), days, confidence, is_day)


_UNIT = r"(?P<unit>hours?|days?|weeks?|fortnights?|months?|years?)"
_COUNT = rf"(?P<count>{COUNT_WORD})(?:\s*(?:to|or|-|–)\s*(?P<upper>{COUNT_WORD}))?"
_SPAN = (
    rf"(?:(?:about|around|roughly|maybe|like|the|next|coming|another|say)[, "
    rf"]+)*{_COUNT}\s+(?P<half>and a half )?(?:more |business |working )?{_UNIT}\b(?: or so)?"
)
_RULES: tuple[_Rule, ...] = (
    _rule(
        r"\b(?:asap|a\.s\.a\.p\b\.?|as (?:soon|quick(?:ly)?|fast|early) as (?:possible|you can|you "
        r"could|you(?:'re| are) able|"
        r"humanly possible|you get|we can|they can)|right away|immediately|straight away|at once"
        r"|urgent(?:ly)?|this instant|"
        r"the sooner the better|sooner the better|how soon can you|(?:the )?(?:soonest|earliest)(?: "
        r"possible| available| you have| you've got)?|"
        r"(?:whatever|whichever|whoever)(?:'s| is) (?:first|soonest|earliest|next|available)|first available|"
        r"first thing you have|drop everything)\b",
        _fixed(0),
        0.9,
    ),
    _rule(r"\b(?:it'?s |an )?emergency\b", _fixed(0), 0.6),
    _rule(
        r"^\W*(?:well,? |like,? |oh,? )?yesterday\b|\b(?:like|by|preferably|ideally|needed (?:it|this)) yesterday\b",
        _fixed(0),
        0.85,
        True,
    ),
    _rule(r"\byesterday(?=!)", _fixed(0), 0.8, True),
    _rule(r"\bday after tomorrow\b", _fixed(2), 0.95, True),
    _rule(r"\btomorrow\b", _fixed(1), 0.9, True),
    _rule(r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b", _fixed(0), 0.85, True),
    _rule(r"\b(?:right now|now)\b", _fixed(0), 0.5),
    _rule(
        r"\b(?:this|later this|sometime this|during the|within the|in the coming|the coming|before "
        r"the) week\b(?!end)|\bend of (?:the|this) week\b",
        _fixed(7),
        0.9,
    ),
    _rule(r"\bwithin (?:a|the|one) week\b|\bin a week\b", _fixed(7), 0.9),
    _rule(r"\bweek after next\b", _fixed(14), 0.9),
    _rule(r"\bnext week\b(?!end)", _next_week, 0.9),
    _rule(r"\b(?P<next>this|the|next|over the|this coming) weekend\b", _weekend, 0.9),
    _rule(r"\bend of (?:the|this) month\b|\blater this month\b", _end_of_this_month, 0.9),
    _rule(r"\bthis month\b|\bwithin (?:a|the|one) month\b|\bin a month\b|\bduring the month\b", _fixed(30), 0.9),
    _rule(r"\bmonth after next\b", _month_after_next, 0.9),
    _rule(
        r"\b(?P<part>early |late |mid[- ]?|(?:the )?(?:end|beginning|start|middle) of )?next month\b", _next_month, 0.85
    ),
    _rule(rf"\b(?:within|in|inside of|over|during|for|after) (?:the )?(?:next |coming )?{_SPAN}", _duration, 0.9),
    _rule(rf"\b(?:the )?next {_SPAN}", _duration, 0.9),
    _rule(rf"\b{_SPAN}", _duration, 0.65),
    _rule(rf"\ba (?P<unit>day|week|month) or (?P<more>{COUNT_WORD})\b", _unit_or_two, 0.9),
    _rule(rf"\b(?P<next>next |this |on |by |before |until |coming )?(?P<day>{WEEKDAY_WORD})\b", _weekday, 0.75, True),
    _rule(
        rf"\b(?P<part>early |late |mid[- ]?|(?:the )?(?:end|beginning|start|middle) of )?(?P<next>next "
        rf"|this |in |by |until |before |around |probably |maybe )?(?P<month>{MONTH_WORD})\b(?: next "
        rf"year)?",
        _month,
        0.85,
    ),
    _rule(
        rf"\b(?P<next>next |this |in |in the |the |by |early |late |until |around "
        rf")?(?P<season>{SEASON_WORD})\b(?: next year)?",
        _season,
        0.85,
    ),
    _rule(r"\bnext year\b|\bin the new year\b|\bafter new year'?s?\b", _new_year, 0.9),
    _rule(r"\b(?:this year|end of (?:the|this) year|before the year(?:'s| is) (?:out|over))\b", _year_end, 0.85),
    _rule(r"\b(?P<side>before|by|after|until) (?:the )?(?:christmas|xmas|holidays)\b", _holiday, 0.85),
    _rule(
        r"\b(?:no (?:big |real |particular |great )?(?:rush|hurry)|not (?:in a|a) (?:rush|hurry)"
        r"|whenever|not (?:that |very |so |really )?urgent|"
        r"any ?time|i'?m flexible|we'?re flexible|take your time|no deadline|eventually|some ?day"
        r"|down the (?:road|line))\b",
        _fixed(NO_RUSH_DAYS),
        0.6,
    ),
    _rule(
        r"\b(?:pretty |fairly |very |quite )?soon(?:ish)?\b|\bquickly\b|\bshortly\b|\bin the near future\b",
        _fixed(SOON_DAYS),
        0.5,
    ),
)
_OTHER_SENSE = re.compile(
    r"\b(?:how soon (?:can|could) (?:you|i)|mr|mrs|ms|april'?s|spring (?:water|in)|spring-?loaded"
    r"|fall (?:off|down|apart|out)|"
    r"falling|may (?:i|be|we|you|have|need|not|as)|i may|it may|we may|they may|that may|you may"
    r"|march (?:in|on|up))\b"
)
_NEED_PREPOSITION = {"may", "march", "fall", "spring"}


def find(utterance: str, today: date) -> list[Found[int]]:
    """Days from `today`, in order of appearance. "Today or tomorrow" is one finding, the later of the two."""
    text = plain(utterance)
    candidates: list[tuple[Found[int], bool]] = []
    odd = [m.span() for m in _OTHER_SENSE.finditer(text)]
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            hit = _judged(utterance, text, match, rule, today)
            if hit is not None and not any(hit.span.start < e and s < hit.span.end for s, e in odd):
                candidates.append((hit, rule.is_day))
    days = {id(f) for f, is_day in candidates if is_day}
    kept = without_overlaps([f for f, _ in candidates])
    return _joined(utterance, text, kept, days)


def _judged(utterance: str, text: str, match: _Match, rule: _Rule, today: date) -> Found[int] | None:
    days = rule.days(match, today)
    if days is None or not 0 <= days <= 3650:
        return None
    start, end = match.span()
    before = text[:start]
    groups = match.re.groupindex
    if rule.days is _duration:
        if _RATE.match(text, start) and _AMOUNT_BEFORE.search(before):
            return None
        if _NOT_A_WISH_AFTER.match(text, end) or (rule.confidence < 0.7 and _PAST_BEFORE.search(before)):
            return None
        if rule.confidence < 0.7 and match["unit"].startswith("year"):
            return None
        if text.startswith("for ", start) and not before.rstrip().endswith("not"):
            return None
        # "I've been waiting three days! Three days!": the echo tells of the past too.
        echoed = re.finditer(re.escape(match.group().strip()), before)
        if any(_PAST_BEFORE.search(before[: earlier.start()]) for earlier in echoed):
            return None
    if "day" in groups and (_SINCE_BEFORE.search(before) or _PAST_VERB_BEFORE.search(before)):
        return None
    if ("month" in groups or "season" in groups) and (_SINCE_BEFORE.search(before) or _needs_context(text, match)):
        return None
    confidence = rule.confidence
    if rule.is_day and _PAST_VERB_BEFORE.search(before):
        confidence = 0.4
    if (end - start) * 2 > len(text.strip()):
        confidence = max(confidence, 0.8) if confidence >= 0.6 else confidence
    lower = _NOT_BEFORE.search(before)
    bound = text.startswith("for ", start)  # "not for another two months" is a bound and no denial
    denied = lower is None and not bound and _DENIED_BEFORE.search(before) is not None
    return found(utterance, lower.start() if lower else start, end, round(days), confidence, denied=denied)


def _needs_context(text: str, match: _Match) -> bool:
    """ "may", "march", "fall" and "spring" are other words too: they need a preposition, or to stand alone."""
    groups = match.re.groupindex
    name = match["month"] if "month" in groups else match["season"]
    if name not in _NEED_PREPOSITION:
        return False
    if match["next"] or ("part" in groups and match["part"]) or "next year" in match.group():
        return False
    alone = re.fullmatch(
        rf"\W*(?:(?:maybe|probably|perhaps|sometime|i think|i guess|let's say|say|uh|um|well|it'?s|not "
        rf"(?:before|until)|around)\W+)*{name}\b"
        rf"(?:\W+(?:is|would|works|please|or|maybe|i think|i guess|sounds|should|probably).*)?\W*",
        text[match.start() :]
        if match.start() == 0
        else _clause_around(text, match.start("month" if "month" in groups else "season")),
    )
    return alone is None


def _clause_around(text: str, at: int) -> str:
    start = max(text.rfind(mark, 0, at) for mark in ",.!?;|") + 1
    ends = [e for mark in ",.!?;|" if (e := text.find(mark, at)) >= 0]
    return text[start : min(ends, default=len(text))]


_OR = re.compile(r"\s*,?\s*(?:or|and|/)\s*(?:maybe |even |by )?")


def _joined(utterance: str, text: str, hits: list[Found[int]], days: set[int]) -> list[Found[int]]:
    """Joins alternatives: "today or tomorrow", "two or three weeks" count to the later one."""
    result: list[Found[int]] = []
    for hit in hits:
        last = result[-1] if result else None
        between = text[last.span.end : hit.span.start] if last else ""
        if last and not hit.denied and not last.denied and _OR.fullmatch(between) and id(hit) in days:
            merged = found(utterance, last.span.start, hit.span.end, max(last.value, hit.value), 0.9)
            days.add(id(merged))
            result[-1] = merged
            continue
        result.append(hit)
    return result
