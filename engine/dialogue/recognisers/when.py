"""When somebody wants an appointment or a call: days, times, parts of a day, "the first one", "any day after four".

`find` reads what was said and decides nothing. The module `openings` holds it against free times (`pick`) and makes one
moment of it for a call back (`resolve_time`).
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from engine.dialogue.recognisers.calendar_words import (
    COUNT_WORD,
    MONTH_WORD,
    MONTHS,
    SEASON_WORD,
    SEASONS,
    WEEKDAY_WORD,
    WEEKDAYS,
    count_of,
    next_first_of,
    safe_date,
)
from engine.dialogue.recognisers.clock_words import CLOCK, Clock, clock_of
from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.numbers import ORDINALS, ordinal_at
from engine.dialogue.recognisers.words import plain, words_of


class Part(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Bound(StrEnum):
    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class When:
    """What one stretch of speech says about a moment; everything not said is None or False.

    `weekday` is 0 for Monday; `week_start` a Monday whose whole week is meant; `month_start` the first of a month;
    `ordinal` a place among the times offered (1 is the first, -1 the last); `exact` a moment such as "in half an hour".
    """

    day: date | None = None
    weekday: int | None = None
    week_start: date | None = None
    month_start: date | None = None
    part: Part | None = None
    clock: Clock | None = None
    bound: Bound | None = None
    ordinal: int | None = None
    earliest: bool = False
    latest: bool = False
    that_one: bool = False
    anything: bool = False
    exact: datetime | None = None

    @property
    def has_day(self) -> bool:
        return self.day is not None or self.weekday is not None or self.exact is not None

    @property
    def has_time(self) -> bool:
        return self.clock is not None or self.exact is not None


@dataclass(slots=True)
class _Atom:
    start: int
    end: int
    when: When
    confidence: float
    needs_company: bool = False  # a bare number: a time only beside a day, or alone in the utterance
    denied: bool = False


_GLUE = re.compile(
    r"^[\s,|…]*(?:(?:at|on|the|in|around|about|for|of|by|this|a|any ?time|then|sometime|maybe"
    r"|please|el|la|las|de|por|"
    r"would be|is good|works|is fine|let'?s say|say)\b[\s,|…]*){0,3}$"
)
_DENIED_BEFORE = re.compile(
    r"\b(?:not|isn'?t|can'?t (?:do|make|on)|cannot (?:do|make)|couldn'?t (?:do|make)|won'?t "
    r"(?:work|be able)|anything but|"
    r"any ?time but|except|instead of|rather than|don'?t (?:do|want))(?:\s+(?:on|at|for|the|until|this))*\s+$"
)
_DENIED_AFTER = re.compile(
    r"^\s*(?:at \w+ )?(?:doesn'?t|does not|won'?t|will not|isn'?t|is not|is no|is bad|is out|is "
    r"too (?:late|early|soon)|i can'?t|i'?m (?:busy|away|"
    r"working|not|at|out|on|in)|i have|i'?ve got)\b"
)
_PAST_BEFORE = re.compile(r"\b(?:since|last|ago|from|until)\s+$")
_AT_BEFORE = re.compile(r"\b(?:at|around|about|by|say|make it|like|till|until|to|from|for|a las?|or|and|then)\s+$")
_SURE_AT_BEFORE = re.compile(r"\b(?:at|say|make it|around|by|a las?)\s+$")
_NO_TIME_AFTER = re.compile(
    r"^\s*(?:%|dollars?|bucks|percent|(?:more |business )?(?:days?|weeks?|months?|years?|hours?"
    r"|minutes?|people|rooms?|stor(?:y|ies)|times|"
    r"of (?:them|those|the|us)|bed|bath|windows?|panels?|units?|things?|hundred|thousand|point"
    r"|dot|street|st\b|avenue|more|second|moment))"
    r"|^\s*[-,.]?\s*\d|^(?:st|nd|rd|th)\b|^[-,\s]*(?:zero|one|two|three|four|five|six|seven|eight|nine|oh)\b"
)
_NO_TIME_BEFORE = re.compile(
    r"(?:[$#\d]\s?|[\d][,.]|\b(?:number|option|apartment|apt|unit|suite|that|this|the|no|any"
    r"|which|other|another|first|second|third|last|next|"
    r"every|good|better|zip|code|is|i'?m|zero|one|two|three|four|five|six|seven|eight|nine)[\s-])$"
)

_RELATIVE = re.compile(
    rf"\bin (?:about |around |like )?(?P<count>{COUNT_WORD})\s+(?P<unit>minutes?|mins?|hours?"
    rf"|days?|weeks?)\b|\b(?P<hour>an hour) from now\b"
)
_MONTH_DAY = re.compile(
    rf"\b(?P<month>{MONTH_WORD})\.?\s+(?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?|[a-z]+(?:[- ][a-z]+)?)(?![\w:])"
    rf"|\b(?:the )?(?P<day2>\d{{1,2}}(?:st|nd|rd|th)?|[a-z]+)\s+(?:of\s+)?(?P<month2>{MONTH_WORD})\b"
)
_DAY_OF_MONTH = re.compile(
    r"\b(?:the )(?P<day>\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[- ](?:first|second|third|fourth"
    r"|fifth|sixth|seventh|eighth|ninth)|"
    r"(?:tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth"
    r"|nineteenth|twentieth|thirtieth))\b"
    r"(?!\s+(?:one|slot|option|time|opening|floor|street|avenue))"
)
_SLASH = re.compile(r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/\d{2,4})?(?![\d/])")
_ORDINAL = re.compile(
    r"\b(?:the |your |that )?(?P<which>first|second|third|fourth|fifth|last|1st|2nd|3rd|other|latter|former|middle)"
    r"(?:\s+(?:one|option|slot|time|opening|choice|date|appointment|of those|you (?:said|mentioned)))\b"
    r"|\b(?:the) (?P<bare>first|second|third|last|latter|former|middle)(?=\s*(?:[,.!?;|]|$|please"
    r"|works|is|sounds|would|then))"
    r"|\b(?:number|option) (?P<number>one|two|three|1|2|3)\b"
)
_EARLIEST = re.compile(
    r"\b(?:(?:the |your )?(?:earliest|soonest|first available|next available|earlier one|sooner "
    r"one)(?: one| time| slot| possible| opening| available)?|"
    r"as (?:soon|early) as (?:possible|you can)|asap|(?:whatever|whichever|whoever)(?:'s| is)? "
    r"(?:first|soonest|earliest|next)|the sooner the better)\b"
)
_LATEST = re.compile(r"\b(?:the )?(?:latest|later one|latest one)(?: time| slot| opening)?\b")
_THAT_ONE = re.compile(
    r"\b(?:that one|this one|that time|that slot|that (?:works|sounds (?:good|great|fine|perfect)"
    r"|is (?:good|fine|perfect|great)|would (?:work|be (?:good|great|fine|perfect)))|"
    r"that'?s (?:good|fine|perfect|great)|that'?ll (?:work|do))\b"
)
_ANYTHING = re.compile(
    r"\b(?:either(?: (?:one|is fine|works|way))?|any (?:of (?:them|those|these)|time|day|one)"
    r"|anytime|any(?:thing)?(?: is|'s) fine|anything works|"
    r"(?:whichever|whatever)(?: (?:works|suits|is (?:good|fine|easiest|best)|you (?:have|like"
    r"|want)))?|you (?:pick|choose|decide)|"
    r"doesn'?t matter|don'?t (?:care|mind)|i'?m (?:flexible|open|easy|free all))\b"
)
_DAY = re.compile(
    rf"\b(?P<after>day after tomorrow)|\b(?P<today>today|hoy)\b|\b(?P<tonight>tonight|this "
    rf"evening)\b|\b(?P<tomorrow>tomorrow|mañana)\b"
    rf"|\b(?P<this>this (?:morning|afternoon))\b|\b(?P<prefix>next |this |this coming "
    rf")?(?P<weekday>{WEEKDAY_WORD})s?\b"
    rf"|\b(?P<week>next week|this week|week after next)\b(?!end)|\b(?P<weekend>(?:this |the |next "
    rf"|on the )?weekend)\b"
)
_MONTH = re.compile(
    rf"\b(?P<how>in |next |this |around |until |by |early |late )?(?P<month>{MONTH_WORD}|{SEASON_WORD})\b(?!\s+\d)"
)
_PART = re.compile(
    r"\b(?:(?:in )?the |early |late |mid[- ]?|de la |por la |this )?(?P<part>morning|afternoon"
    r"|evening|night|mañana|tarde|noche|lunch ?time)s?\b"
)
_EVENT_BOUND = re.compile(r"\b(?P<side>after|before) (?P<event>lunch|work|school|dinner|breakfast)\b")
_BOUND = re.compile(
    r"\b(?:(?P<after>after|past|from|between|later than|no earlier than|not before|starting)"
    r"|(?P<before>before|by|until|till|no later than|earlier than|not after))\s+$"
)
_WHICH_ONE = re.compile(r"\b(?:morning|afternoon|evening|early|earlier|late|later|only|same|day) $")
_RANGE_END = re.compile(r"\bbetween [\w:.' ]{1,20} and $")
_EVENTS = {"lunch": 13, "work": 17, "school": 15, "dinner": 19, "breakfast": 9}
_PARTS = {
    "morning": Part.MORNING,
    "mañana": Part.MORNING,
    "afternoon": Part.AFTERNOON,
    "tarde": Part.AFTERNOON,
    "lunchtime": Part.AFTERNOON,
    "lunch time": Part.AFTERNOON,
    "evening": Part.EVENING,
    "night": Part.EVENING,
    "noche": Part.EVENING,
}
_ORDINAL_WORDS = {
    "first": 1,
    "1st": 1,
    "former": 1,
    "one": 1,
    "1": 1,
    "second": 2,
    "2nd": 2,
    "other": 2,
    "middle": 2,
    "two": 2,
    "2": 2,
    "third": 3,
    "3rd": 3,
    "three": 3,
    "3": 3,
    "fourth": 4,
    "fifth": 5,
    "last": -1,
    "latter": -1,
}
_SPANISH_HOURS = {
    "una": 1,
    "dos": 2,
    "tres": 3,
    "cuatro": 4,
    "cinco": 5,
    "seis": 6,
    "siete": 7,
    "ocho": 8,
    "nueve": 9,
    "diez": 10,
    "once": 11,
    "doce": 12,
}
_SPANISH_CLOCK = re.compile(rf"\ba las? (?P<hour>{'|'.join(_SPANISH_HOURS)}|\d{{1,2}})(?P<half> y media)?\b")


def find(utterance: str, now: datetime) -> list[Found[When]]:
    """Each stretch of time words as one `When`, in order. `now` is the caller's local time; "tomorrow" hangs on it."""
    text = plain(utterance)
    today = now.date()
    atoms = _atoms(text, now, today)
    atoms.sort(key=lambda a: (a.start, -a.end))
    clear: list[_Atom] = []
    for atom in atoms:
        if clear and atom.start < clear[-1].end:
            if atom.end - atom.start <= clear[-1].end - clear[-1].start:
                continue
            clear.pop()
        clear.append(atom)
    merged = _merged(text, clear)
    return [found(utterance, a.start, a.end, a.when, round(a.confidence, 2), denied=a.denied) for a in merged]


def _atoms(text: str, now: datetime, today: date) -> list[_Atom]:
    atoms: list[_Atom] = []

    def add(match: re.Match[str], when: When, confidence: float) -> None:
        atoms.append(_Atom(match.start(), match.end(), when, confidence))

    for match in _RELATIVE.finditer(text):
        moment = _moment(match, now)
        if moment is not None:
            add(match, moment, 0.9)
    for match in _MONTH_DAY.finditer(text):
        day = _calendar_day(match, today)
        if day is not None:
            add(match, When(day=day), 0.95)
    for match in _SLASH.finditer(text):
        day = _in_future(int(match["month"]), int(match["day"]), today)
        if day is not None:
            add(match, When(day=day), 0.8)
    for match in _DAY_OF_MONTH.finditer(text):
        day = _next_day_numbered(_ordinal(match["day"]), today)
        if day is not None:
            add(match, When(day=day), 0.85)
    for match in _DAY.finditer(text):
        if not _PAST_BEFORE.search(text[: match.start()]):
            add(match, _day(match, today), 0.9)
    for match in _EARLIEST.finditer(text):
        add(match, When(earliest=True), 0.85)
    for match in _LATEST.finditer(text):
        add(match, When(latest=True), 0.7)
    for match in _ORDINAL.finditer(text):
        which = match["which"] or match["bare"] or match["number"]
        add(match, When(ordinal=_ORDINAL_WORDS[which]), 0.85 if match["which"] else 0.75)
    for match in _THAT_ONE.finditer(text):
        add(match, When(that_one=True), 0.7)
    for match in _ANYTHING.finditer(text):
        add(match, When(anything=True), 0.75)
    for match in _EVENT_BOUND.finditer(text):
        hour = Clock(_EVENTS[match["event"]], 0, exact=True, certain=True)
        add(match, When(clock=hour, bound=Bound(match["side"])), 0.8)
    for match in _PART.finditer(text):
        if text[: match.start()].rstrip().endswith(("last", "good", "buenas", "buenos")):
            continue  # "last night", "good morning"
        add(match, When(part=_PARTS[match["part"]]), 0.85)
    for match in _SPANISH_CLOCK.finditer(text):
        word = match["hour"]
        spoken = _SPANISH_HOURS.get(word) or int(word)
        if 1 <= spoken <= 12:
            add(match, When(clock=Clock(spoken, 30 if match["half"] else 0, exact=False, certain=True)), 0.9)
    _add_months(text, today, atoms)
    _add_clocks(text, atoms)
    return atoms


def _add_months(text: str, today: date, atoms: list[_Atom]) -> None:
    for match in _MONTH.finditer(text):
        name = match["month"]
        doubtful = name in ("may", "march", "fall", "spring", "winter", "summer", "autumn") and not match["how"]
        if doubtful and name != "march" and match.end() - match.start() < len(text.strip(" .,!?")):
            continue
        if (
            name == "march"
            and doubtful
            and not re.match(r"\s*(?:$|[.,!?]|is|would|works|please|or|sounds)", text[match.end() :])
        ):
            continue
        number = MONTHS.get(name) or SEASONS[name]
        atoms.append(_Atom(match.start(), match.end(), When(month_start=next_first_of(number, today)), 0.8))


def _add_clocks(text: str, atoms: list[_Atom]) -> None:
    for match in CLOCK.finditer(text):
        clock = clock_of(match)
        if clock is None:
            continue
        before, after = text[: match.start()], text[match.end() :]
        if not clock.certain and (_NO_TIME_AFTER.match(after) or _NO_TIME_BEFORE.search(before)):
            continue
        if match.group() == "one" and _WHICH_ONE.search(before):
            continue  # "the morning one"
        bound, start = None, match.start()
        side = _BOUND.search(before)
        if _RANGE_END.search(before):
            bound = Bound.BEFORE
        elif side:
            bound, start = (Bound.AFTER if side["after"] else Bound.BEFORE), side.start()
        stands = clock.certain or _SURE_AT_BEFORE.search(before) is not None
        confidence = 0.9 if clock.certain else 0.85 if stands else 0.7
        atom = _Atom(start, match.end(), When(clock=clock, bound=bound), confidence)
        atom.needs_company = not stands
        atoms.append(atom)


def _moment(match: re.Match[str], now: datetime) -> When | None:
    count = 1.0 if match["hour"] else count_of(match["count"])
    unit = "hour" if match["hour"] else match["unit"]
    if count is None:
        return None
    if unit.startswith("m"):
        return When(exact=_to_minute(now + timedelta(minutes=count)))
    if unit.startswith("h"):
        return When(exact=_to_minute(now + timedelta(hours=count)))
    days = count * (7 if unit.startswith("w") else 1)
    return When(day=now.date() + timedelta(days=round(days)))


def _to_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _day(match: re.Match[str], today: date) -> When:
    if match["after"]:
        return When(day=today + timedelta(days=2))
    if match["today"]:
        return When(day=today)
    if match["tonight"]:
        return When(day=today, part=Part.EVENING)
    if match["this"]:
        return When(day=today, part=_PARTS[match["this"].split()[1]])
    if match["tomorrow"]:
        return When(day=today + timedelta(days=1))
    monday = today - timedelta(days=today.weekday())
    if match["week"]:
        weeks = {"this week": 0, "next week": 1, "week after next": 2}[match["week"]]
        return When(week_start=monday + timedelta(weeks=weeks))
    if match["weekend"]:
        return When(day=monday + timedelta(days=5 + (7 if "next" in match["weekend"] else 0)))
    number = WEEKDAYS[match["weekday"]]
    if match["prefix"] == "next ":
        return When(weekday=number, week_start=monday + timedelta(weeks=1))
    return When(weekday=number)


def _ordinal(words: str) -> int | None:
    digits = words.rstrip("stndrh")
    if digits.isdecimal():
        return int(digits)
    cut = words_of(words)
    hit = ordinal_at(cut, 0) if cut else None
    if hit:
        return hit[0]
    count = count_of(words) if words not in ("a", "an") else None
    return int(count) if count is not None and 1 <= count <= 31 and words not in ORDINALS else None


def _calendar_day(match: re.Match[str], today: date) -> date | None:
    number = _ordinal(match["day"] or match["day2"])
    month = MONTHS[match["month"] or match["month2"]]
    if number is None or (match["day2"] and match["month2"] in ("may", "march") and "of" not in match.group()):
        return None
    return _in_future(month, number, today)


def _in_future(month: int, day: int, today: date) -> date | None:
    this_year = safe_date(today.year, month, day)
    if this_year is not None and this_year >= today:
        return this_year
    return safe_date(today.year + 1, month, day)


def _next_day_numbered(day: int | None, today: date) -> date | None:
    if day is None or not 1 <= day <= 31:
        return None
    year, month = today.year, today.month
    for _ in range(3):
        candidate = safe_date(year, month, day)
        if candidate is not None and candidate >= today:
            return candidate
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return None


def _merged(text: str, atoms: list[_Atom]) -> list[_Atom]:
    """Joins neighbours that complete each other ("tomorrow" + "at two") and drops bare numbers left alone."""
    groups: list[_Atom] = []
    for atom in atoms:
        before, after = text[: atom.start], text[atom.end :]
        atom.denied = _DENIED_BEFORE.search(before) is not None or _DENIED_AFTER.match(after) is not None
        last = groups[-1] if groups else None
        if last and not last.denied and _GLUE.match(text[last.end : atom.start]):
            joint = _combined(last.when, atom.when)
            if joint is not None:
                last.when, last.end = joint, atom.end
                last.confidence = min(0.95, max(last.confidence, atom.confidence))
                last.needs_company = last.needs_company and atom.needs_company
                last.denied = atom.denied
                continue
        groups.append(atom)
    letters = sum(c.isalnum() for c in text)
    return [
        g
        for g in groups
        if not g.needs_company or sum(c.isalnum() for c in text[g.start : g.end]) * 2 >= letters or len(text) < 25
    ]


def _combined(one: When, other: When) -> When | None:
    """Both as one, or None where they say the same kind of thing twice or do not belong together."""
    plain_choice = ("ordinal", "earliest", "latest", "that_one")
    if any(getattr(one, n) or getattr(other, n) for n in plain_choice):
        return None
    if one.anything and (other.bound or other.part or other.clock or other.has_day) and not one.has_day:
        return replace(other, anything=not other.has_day and not (other.clock and not other.bound))
    if other.anything:
        return None
    twice = any(getattr(one, n) is not None and getattr(other, n) is not None for n in _MERGED_FIELDS)
    if twice or one.exact or other.exact:
        return None
    if (one.day and other.weekday is not None) or (one.weekday is not None and other.day):
        # "Tuesday the 22nd": the date settles it.
        return replace(one, weekday=None, day=one.day or other.day, clock=one.clock or other.clock)
    return When(
        day=one.day or other.day,
        weekday=one.weekday if one.weekday is not None else other.weekday,
        week_start=one.week_start or other.week_start,
        month_start=one.month_start or other.month_start,
        part=one.part or other.part,
        clock=one.clock or other.clock,
        bound=one.bound or other.bound,
    )


_MERGED_FIELDS = ("day", "weekday", "week_start", "month_start", "part", "clock", "bound")
