"""Text made ready for a voice: what is written one way and said another ("94103", "415-555-0172", "14:00", "$99/mo").

Pure. Voices read plain numbers, dollar amounts, "Nov 26", "Dr." and "St." well by themselves (embedded-speech.md,
rule 5); those are left alone. Letters to be spelled come out as capitals with blanks: "J O H N".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engine.speech.places import STATES

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MAIL_HOSTS = {
    "gmail": "G mail",
    "icloud": "I cloud",
    "aol": "A O L",
    "msn": "M S N",
    "gmx": "G M X",
    "ymail": "Y mail",
    "hotmail": "hotmail",
    "outlook": "outlook",
    "yahoo": "yahoo",
}
_SIGNS = {".": "dot", "-": "dash", "_": "underscore", "+": "plus", "'": "apostrophe", "/": "slash"}
_SAID_ENDINGS = frozenset({"com", "net", "org", "gov", "info", "biz"})
_PERIODS = {"mo": "month", "month": "month", "yr": "year", "year": "year", "hr": "hour", "hour": "hour", "wk": "week"}
_PERIODS |= {"week": "week", "day": "day", "sq ft": "square foot", "kwh": "kilowatt hour", "watt": "watt"}
_SCALES = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion"}
_UNITS = {"sq ft": "square feet", "sq. ft.": "square feet", "sqft": "square feet", "kwh": "kilowatt hours"}
_UNITS |= {
    "kw": "kilowatts",
    "mph": "miles an hour",
    "lbs": "pounds",
    "lb": "pounds",
    "hrs": "hours",
    "mins": "minutes",
}
# Five figures before one of these are an amount, not a zip code.
_COUNTED = (
    r"(?:square|sq|feet|foot|ft|dollars?|bucks|miles?|people|customers|homes?|panels?|watts?|kilowatts?|kwh|kw|gallons?"
    r"|hours?|days?|times|units|btus?|pounds|lbs?|steps|points|years?|acres?|reviews|percent|%)\b"
)

_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def spoken_form(text: str) -> str:
    """`text` as a person would say it, for a voice that reads what it is given."""
    for pattern, say in _RULES:
        text = pattern.sub(say, text)
    return re.sub(r"\s+", " ", text).strip()


def spell(word: str) -> str:
    """Letters and figures one by one, signs by name: "jo-1" is "J O, dash, 1"."""
    pieces: list[str] = re.findall(r"[A-Za-z0-9]+|.", word)
    parts = [" ".join(piece.upper()) if piece.isalnum() else _SIGNS.get(piece, "") for piece in pieces]
    return ", ".join(part for part in parts if part)


_CLAUSE_END = re.compile(r"(?<=[,;:—–])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)]*\s+(?=[\"“(]?[A-Z0-9])")
_NO_END = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|St|Jr|Sr|No|vs)|\b[A-Z]|\b[ap]\.m)\.$")
_FIRST_PIECE = 60
_LONGEST_PIECE = 160


def clauses(text: str) -> Iterator[str]:
    """`text` in the pieces to synthesise one after the other: sentences, and only where it pays, clauses.

    A voice sounds best with a whole sentence before it, but nothing is heard before its first piece is done: so the
    first sentence gives up its first clause when it is longer than 60 characters, later ones when longer than 160.
    """
    first = True
    for sentence in _sentences(text):
        limit = _FIRST_PIECE if first else _LONGEST_PIECE
        rest = sentence
        while len(rest) > limit:
            cut = next((m for m in _CLAUSE_END.finditer(rest) if m.start() >= 8 and len(rest) - m.end() >= 8), None)
            if cut is None:
                break
            yield rest[: cut.start()]
            rest = rest[cut.end() :]
            limit = _LONGEST_PIECE
        yield rest
        first = False


def _sentences(text: str) -> Iterator[str]:
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        if not _NO_END.search(text[begin : match.start()]):
            yield text[begin : match.start()]
            begin = match.end()
    if text[begin:].strip():
        yield text[begin:]


def _email(match: re.Match[str]) -> str:
    host, *endings = match["host"].lower().split(".")
    known = _MAIL_HOSTS.get(host) or " dash ".join(host.split("-"))
    return f"{spell(match['local'])}, at {known} {_endings(endings)}"


def _endings(endings: list[str]) -> str:
    return " ".join(f"dot {end if end in _SAID_ENDINGS else ' '.join(end.upper())}" for end in endings)


def _web(match: re.Match[str]) -> str:
    host, *endings = match["host"].lower().split(".")
    return f"{' dash '.join(host.split('-'))} {_endings(endings)}"


def _digits(figures: str) -> str:
    return " ".join(figures)


def _phone(match: re.Match[str]) -> str:
    groups = [_digits(part) for part in (match["area"], match["office"], match["line"]) if part]
    country = "1, " if match["country"] else ""
    return country + ", ".join(groups)


def _zip(match: re.Match[str]) -> str:
    return f"{_digits(match['zip'])}, dash, {_digits(match['more'])}" if match["more"] else _digits(match["zip"])


def _long_number(match: re.Match[str]) -> str:
    figures = match.group()
    return ", ".join(_digits(figures[at : at + 3]) for at in range(0, len(figures), 3))


def _clock(hour: int, minute: int, half: str) -> str:
    if minute == 0 and hour == 12:
        return "noon" if half == "p" else "midnight"
    minutes = f":{minute:02d}" if minute else ""
    return f"{hour}{minutes} {half}.m."


def _time_12(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        return match.group()
    return _clock(hour, minute, match["half"].lower())


def _time_24(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59 or (1 <= hour <= 12 and not match["hour"].startswith("0") and hour != 12):
        return match.group()  # "2:30" may be morning or afternoon: say it as written
    return _clock(hour % 12 or 12, minute, "p" if hour >= 12 else "a")


def _day(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _date_iso(match: re.Match[str]) -> str:
    month, day = int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match.group()
    return f"{_MONTHS[month - 1]} {_day(day)}, {match['year']}"


def _date_us(match: re.Match[str]) -> str:
    month, day = int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match.group()
    year = f", {match['year']}" if match["year"] else ""
    return f"{match['before']}{_MONTHS[month - 1]} {_day(day)}{year}"


def _money(match: re.Match[str]) -> str:
    scale = _SCALES.get((match["scale"] or "").lower())
    amount = f"{match['amount']} {scale} dollars" if scale else f"${match['amount']}"
    period = _PERIODS.get((match["period"] or "").lower())
    if match["period"] and not period:
        return f"{amount}{match['sign']}{match['period']}"
    return f"{amount} a{'n' if period == 'hour' else ''} {period}" if period else amount


def _money_range(match: re.Match[str]) -> str:
    scale = match["scale"] or ""
    return f"${match['low']}{match['low_scale'] or scale} to ${match['high']}{scale}"


def _unit(match: re.Match[str]) -> str:
    return f"{match['count']} {_UNITS[match['unit'].lower()]}"


def _state(match: re.Match[str]) -> str:
    name = STATES.get(match["state"])
    return f"{match['before']}{name}" if name else match.group()


def _place(match: re.Match[str]) -> str:
    names = {"apt": "apartment", "ste": "suite", "unit": "unit", "suite": "suite", "rm": "room", "#": "number"}
    number = match["number"] if match["number"].isdigit() else spell(match["number"])
    return f"{names[match['kind'].lower()]} {number}"


def _rule(pattern: str, say: Callable[[re.Match[str]], str], flags: int = 0) -> _Rule:
    return re.compile(pattern, flags), say


_HALF = r"(?P<half>[ap])\.?m\b\.?"
_AMOUNT = r"\d[\d,]*(?:\.\d+)?"

# In order: what comes first is no longer seen by what follows (its figures stand apart then).
_RULES: tuple[_Rule, ...] = (
    # What a language model has let slip and nobody says: marks of layout, stage directions, a link's path.
    _rule(r"\[([^\]]+)\]\([^)]*\)", lambda m: m[1]),
    _rule(r"\[[a-z][a-z ,'’-]{0,30}\]", lambda _: " "),
    _rule(r"</?[A-Za-z][^<>]{0,60}>", lambda _: " "),
    _rule(r"(?<=[,;:.!?])\s*\n\s*(?:[-*•]|\d{1,2}[.)])\s+", lambda _: " "),
    _rule(r"\s*\n\s*(?:[-*•]|\d{1,2}[.)])\s+", lambda _: ", "),
    _rule(r"^\s{0,3}(?:#{1,6}|[-*•>])\s+", lambda _: "", re.MULTILINE),
    _rule(
        r"[*_`#~]{2,}|(?<!\w)[*_`]+|[*`]+|(?<!\w)[_]+(?=\s)|[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]", lambda _: ""
    ),
    _rule(r"(?P<local>[\w.+'-]*\w)@(?P<host>[\w-]+(?:\.[\w-]+)+)", _email),
    _rule(
        r"(?:https?://|www\.)(?:www\.)?(?P<host>[\w-]+(?:\.[a-z]{2,})+)(?::\d+)?(?:[/?#](?:[^\s]*[\w/=&%-])?)?",
        _web,
        re.IGNORECASE,
    ),
    _rule(r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)", _date_iso),
    _rule(
        r"(?<![\d$.,])(?P<country>\+?1[ .-]?)?\(?(?P<area>[2-9]\d\d)\)?[ .-]?"
        r"(?P<office>[2-9]\d\d)[ .-]?(?P<line>\d{4})(?![\d-])",
        _phone,
    ),
    _rule(r"(?<![\d$.,-])(?P<country>)(?P<area>)(?P<office>[2-9]\d\d)-(?P<line>\d{4})(?![\d-])", _phone),
    _rule(
        rf"\$(?P<low>{_AMOUNT}) ?(?P<low_scale>[kKmM]\b)?\s*[-–]\s*\$?(?P<high>{_AMOUNT}) ?(?P<scale>[kKmM]\b)?",
        _money_range,
    ),
    _rule(
        rf"\$(?P<amount>{_AMOUNT})(?:(?P<scale> ?(?:k|m|bn|b)\b))?"
        r"(?:(?P<sign>\s?/\s?| per )(?P<period>sq ft|kwh|[a-z]+\b))?",
        _money,
        re.IGNORECASE,
    ),
    _rule(r"\b24/7\b", lambda _: "twenty-four seven"),
    _rule(r"(?P<before>)\b(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<year>20\d\d)\b", _date_us),
    _rule(r"(?P<before>\b(?:on|by|until|before|after) )(?P<month>\d\d?)/(?P<day>\d\d?)(?P<year>)\b", _date_us),
    _rule(
        rf"(?P<first>\b\d\d?(?::\d\d)?(?: ?[ap]\.?m\b\.?)?) ?[-–] ?(?=\d\d?(?::\d\d)? ?{_HALF})",
        lambda m: f"{m['first']} to ",
    ),
    _rule(r"(?P<first>\b\d\d?:\d\d) ?[-–] ?(?=\d\d?:\d\d\b)", lambda m: f"{m['first']} to "),
    _rule(rf"\b(?P<hour>\d\d?)(?::(?P<minute>\d\d))? ?{_HALF}", _time_12, re.IGNORECASE),
    _rule(r"(?<![\d:])(?P<hour>\d\d?):(?P<minute>\d\d)(?!:?\d)(?! [ap]\.m\.)", _time_24),
    _rule(r"(?P<before>\b[A-Z][a-z]+,? )(?P<state>[A-Z]{2})(?= \d{5}\b)", _state),
    _rule(r"(?P<before>\b[A-Z][a-z]+, )(?P<state>(?!OK|OR|IN|ME|HI|OH)[A-Z]{2})\b", _state),
    _rule(r"\b(?P<kind>apt|ste|unit|suite|rm)\.? #?(?P<number>[0-9]+[A-Z]?|[A-Z][0-9]*)\b", _place, re.IGNORECASE),
    _rule(r"(?P<kind>#) ?(?P<number>\d+[A-Z]?)\b", _place),
    _rule(rf"(?P<count>{_AMOUNT}) ?(?P<unit>sq ft|sq\. ft\.|sqft|kwh|kw|mph|lbs?|hrs|mins)\b", _unit, re.IGNORECASE),
    _rule(rf"(?<![\d$.,-])(?P<zip>\d{{5}})(?:-(?P<more>\d{{4}}))?(?![\d,.]*\d|\s*-?{_COUNTED})", _zip, re.IGNORECASE),
    _rule(rf"(?<![\d$.,])\d{{6,}}(?![\d,.]*\d|\s*{_COUNTED})", _long_number, re.IGNORECASE),
    _rule(r"[\[\]|\\<>*_`~#]+", lambda _: " "),  # square brackets would be commands to some voices
    _rule(r"\s+(?=[,.;:!?](?:\s|$))", lambda _: ""),
)
