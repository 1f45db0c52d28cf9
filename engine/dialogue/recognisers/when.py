"""When somebody wants an appointment or a call: days, times, parts of a day, "the first one", "any day after four".

`find` reads what was said and decides nothing. The module `openings` holds it against free times (`pick`) and makes one
moment of it for a call back (`resolve_time`).
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from engine.dialogue.recognisers.calendar_words import (
    MONTHS,
    SEASONS,
    WEEKDAYS,
    count_of,
    next_first_of,
    safe_date,
)
from engine.dialogue.recognisers.clock_words import CLOCK, Clock, clock_of
from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.moment import Bound, Part, When
from engine.dialogue.recognisers.numbers import ORDINALS, ordinal_at
from engine.dialogue.recognisers.when_patterns import (
    ANYTHING,
    BOUND,
    BOUND_BEHIND,
    DAY,
    DAY_OF_MONTH,
    DENIED_AFTER,
    DENIED_BEFORE,
    EARLIEST,
    EVENT_BOUND,
    EVENTS,
    GLUE,
    LATEST,
    MONTH,
    MONTH_DAY,
    NO_BEFORE,
    NO_TIME_AFTER,
    NO_TIME_BEFORE,
    ORDINAL,
    ORDINAL_WORDS,
    OTHERWISE,
    PART,
    PARTS,
    PAST_BEFORE,
    RANGE_END,
    RELATIVE,
    SLASH,
    SPANISH_CLOCK,
    SPANISH_HOURS,
    SURE_AT_BEFORE,
    THAT_ONE,
    WHICH_ONE,
)
from engine.dialogue.recognisers.when_spans import Stretch, bounded, comparisons, spans
from engine.dialogue.recognisers.words import plain, words_of

__all__ = ["Bound", "Part", "When", "find"]


@dataclass(slots=True)
class _Atom:
    start: int
    end: int
    when: When
    confidence: float
    needs_company: bool = False  # a bare number: a time only beside a day, or alone in the utterance
    denied: bool = False


def find(utterance: str, now: datetime) -> list[Found[When]]:
    """Each stretch of time words as one `When`, in order. `now` is the caller's local time; "tomorrow" hangs on it."""
    text = plain(utterance)
    today = now.date()
    atoms = [*_atoms(text, now, today), *(_Atom(*stretch) for stretch in comparisons(text))]
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
        atoms.append(_Atom(*bounded(text, Stretch(match.start(), match.end(), when, confidence), today)))

    atoms += [_Atom(*bounded(text, stretch, today)) for stretch in spans(text, today)]
    for match in RELATIVE.finditer(text):
        moment = _moment(match, now)
        if moment is not None:
            add(match, moment, 0.9)
    for match in MONTH_DAY.finditer(text):
        day = _calendar_day(match, today)
        if day is not None:
            add(match, When(day=day), 0.95)
    for match in SLASH.finditer(text):
        day = _in_future(int(match["month"]), int(match["day"]), today)
        if day is not None:
            add(match, When(day=day), 0.8)
    for match in DAY_OF_MONTH.finditer(text):
        day = _next_day_numbered(_ordinal(match["day"]), today)
        if day is not None:
            add(match, When(day=day), 0.85)
    for match in DAY.finditer(text):
        if not PAST_BEFORE.search(text[: match.start()]):
            add(match, _day(match, today), 0.9)
    for match in EARLIEST.finditer(text):
        add(match, When(earliest=True), 0.85)
    for match in LATEST.finditer(text):
        add(match, When(latest=True), 0.7)
    for match in ORDINAL.finditer(text):
        which = match["which"] or match["bare"] or match["number"]
        add(match, When(ordinal=ORDINAL_WORDS[which]), 0.85 if match["which"] else 0.75)
    for match in THAT_ONE.finditer(text):
        add(match, When(that_one=True), 0.7)
    for match in ANYTHING.finditer(text):
        add(match, When(anything=True), 0.75)
    for match in EVENT_BOUND.finditer(text):
        hour = Clock(EVENTS[match["event"]], 0, exact=True, certain=True)
        add(match, When(clock=hour, bound=Bound(match["side"])), 0.8)
    for match in PART.finditer(text):
        if text[: match.start()].rstrip().endswith(("last", "good", "buenas", "buenos")):
            continue  # "last night", "good morning"
        add(match, When(part=PARTS[match["part"]]), 0.85)
    for match in SPANISH_CLOCK.finditer(text):
        word = match["hour"]
        spoken = SPANISH_HOURS.get(word) or int(word)
        if 1 <= spoken <= 12:
            add(match, When(clock=Clock(spoken, 30 if match["half"] else 0, exact=False, certain=True)), 0.9)
    _add_months(text, today, atoms)
    _add_clocks(text, atoms)
    return atoms


def _add_months(text: str, today: date, atoms: list[_Atom]) -> None:
    for match in MONTH.finditer(text):
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
        if not clock.certain and (NO_TIME_AFTER.match(after) or NO_TIME_BEFORE.search(before)):
            continue
        if match.group() == "one" and WHICH_ONE.search(before):
            continue  # "the morning one"
        bound, start = None, match.start()
        side = BOUND.search(before)
        behind, end = BOUND_BEHIND.match(after), match.end()
        if RANGE_END.search(before):
            bound = Bound.BEFORE
        elif side:
            bound = Bound.AFTER if side["after"] else Bound.BY if side["by"] else Bound.BEFORE
            start = side.start()
        elif behind:
            bound, end = (Bound.AFTER if behind["after"] else Bound.BY), end + behind.end()
        stands = clock.certain or bound is not None or SURE_AT_BEFORE.search(before) is not None
        confidence = 0.9 if clock.certain else 0.85 if stands else 0.7
        atom = _Atom(start, end, When(clock=clock, bound=bound), confidence)
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
        return When(day=today, part=PARTS[match["this"].split()[1]])
    if match["tomorrow"]:
        return When(day=today + timedelta(days=1))
    monday = today - timedelta(days=today.weekday())
    if match["week"]:
        weeks = {"this week": 0, "next week": 1, "week after next": 2}[match["week"]]
        return When(week_start=monday + timedelta(weeks=weeks))
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
        atom.denied = DENIED_BEFORE.search(before) is not None or DENIED_AFTER.match(after) is not None
        atom.denied |= NO_BEFORE.search(before) is not None and text[atom.start : atom.end].endswith("s")
        last = groups[-1] if groups else None
        if last and last.when.clock and OTHERWISE.match(text[last.end : atom.start]):
            atom.needs_company = last.needs_company  # "at nine or eleven"
        if last and not last.denied and GLUE.match(text[last.end : atom.start]):
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
    plain_choice = ("ordinal", "earliest", "latest", "that_one", "than", "week_after")
    if any(getattr(one, n) or getattr(other, n) for n in plain_choice):
        return None
    if one.anything and other.constrains:
        return other  # "any day after four" is a wish, not a choice
    if other.anything:
        return None
    twice = any(_said(one, n) and _said(other, n) for n in _MERGED_FIELDS)
    if twice or one.exact or other.exact:
        return None
    if one.has_span and other.has_span:
        return None
    if (one.day and other.weekday is not None) or (one.weekday is not None and other.day):
        # "Tuesday the 22nd": the date settles it.
        return replace(one, weekday=None, day=one.day or other.day, clock=one.clock or other.clock)
    return When(
        day=one.day or other.day,
        weekday=one.weekday if one.weekday is not None else other.weekday,
        weekdays=one.weekdays or other.weekdays,
        week_start=one.week_start or other.week_start,
        month_start=one.month_start or other.month_start,
        since=one.since or other.since,
        until=one.until or other.until,
        part=one.part or other.part,
        clock=one.clock or other.clock,
        bound=one.bound or other.bound,
    )


_MERGED_FIELDS = (
    "day", "weekday", "weekdays", "week_start", "month_start", "since", "until", "part", "clock", "bound",
)  # fmt: skip


def _said(when: When, field: str) -> bool:
    return getattr(when, field) not in (None, ())
