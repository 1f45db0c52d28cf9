"""The phrases by which people name days, times and places in a list."""

import re

from engine.dialogue.recognisers.calendar_words import COUNT_WORD, MONTH_WORD, SEASON_WORD, WEEKDAY_WORD
from engine.dialogue.recognisers.moment import Part

OTHERWISE = re.compile(r"^[\s,]*or(?: at| maybe)?\s+$")
GLUE = re.compile(
    r"^[\s,|…]*(?:(?:at|on|the|in|around|about|for|of|by|this|a|any ?time|then|sometime|maybe"
    r"|please|el|la|las|de|por|"
    r"would be|is good|works|is fine|let'?s say|say)\b[\s,|…]*){0,3}$"
)
DENIED_BEFORE = re.compile(
    r"\b(?:not|isn'?t|can'?t (?:do|make|on)|cannot (?:do|make)|couldn'?t (?:do|make)|won'?t "
    r"(?:work|be able)|anything but|can'?t|"
    r"(?:any|every|all) ?\w+ but|except(?: for)?|instead of|rather than|don'?t (?:do|want|like)|avoid"
    r"|(?:i'?m|i am|we'?re|we are|i'?ll be|we'?ll be) (?:\w+ )?(?:away|busy|out(?: of town)?|gone|travel+ing|on"
    r" vacation"
    r"|on holiday|working|at work|tied up|booked(?: up| solid)?|not (?:here|home|free|available|around))"
    r"|(?:i|we) work)(?:\s+(?:on|at|for|the|until|this|all|any|every|whole|in))*\s+$"
)
NO_BEFORE = re.compile(r"\bno\s+$")
"""Denies a plural only ("no mornings"): in "no Thursday at ten" it is an answer."""
DENIED_AFTER = re.compile(
    r"^\s*(?:at \w+ )?(?:doesn'?t|does not|don'?t|do not|won'?t|will not|isn'?t|is not|aren'?t|(?:is|are|'?s)"
    r" (?:no\b|bad|out\b"
    r"|difficult|tough|hard|impossible|terrible|too (?:late|early|soon|far))|i can'?t|i'?m (?:busy|away|"
    r"working|not|at|out|on|in|off|gone|travel+ing)|i work|i have|i'?ve got)\b"
)
PAST_BEFORE = re.compile(r"\b(?:since|last|ago|past|was|were)\s+$")
SURE_AT_BEFORE = re.compile(r"\b(?:at|say|make it|around|by|a las?)\s+$")
NO_TIME_AFTER = re.compile(
    r"^\s*(?:%|dollars?|bucks|percent|(?:more |business )?(?:days?|weeks?|months?|years?|hours?"
    r"|minutes?|people|rooms?|stor(?:y|ies)|times|"
    r"of (?:them|those|the|us)|bed|bath|windows?|panels?|units?|things?|hundred|thousand|point"
    r"|dot|street|st\b|avenue|more|second|moment))"
    r"|^\s*[-,.]?\s*\d|^(?:st|nd|rd|th)\b|^[-,\s]*(?:zero|one|two|three|four|five|six|seven|eight|nine|oh)\b"
)
NO_TIME_BEFORE = re.compile(
    r"(?:[$#\d]\s?|[\d][,.]|\b(?:number|option|apartment|apt|unit|suite|that|this|the|no|any"
    r"|which|other|another|first|second|third|last|next|"
    r"every|good|better|zip|code|is|i'?m|zero|one|two|three|four|five|six|seven|eight|nine)[\s-])$"
)

RELATIVE = re.compile(
    rf"\bin (?:about |around |like )?(?P<count>{COUNT_WORD})\s+(?P<unit>minutes?|mins?|hours?"
    rf"|days?|weeks?)\b|\b(?P<hour>an hour) from now\b"
)
MONTH_DAY = re.compile(
    rf"\b(?P<month>{MONTH_WORD})\.?\s+(?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?|[a-z]+(?:[- ][a-z]+)?)(?![\w:])"
    rf"|\b(?:the )?(?P<day2>\d{{1,2}}(?:st|nd|rd|th)?|[a-z]+)\s+(?:of\s+)?(?P<month2>{MONTH_WORD})\b"
)
DAY_OF_MONTH = re.compile(
    r"\b(?:the )(?P<day>\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[- ](?:first|second|third|fourth"
    r"|fifth|sixth|seventh|eighth|ninth)|"
    r"(?:tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth"
    r"|nineteenth|twentieth|thirtieth))\b"
    r"(?!\s+(?:one|slot|option|time|opening|floor|street|avenue))"
)
SLASH = re.compile(r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/\d{2,4})?(?![\d/])")
ORDINAL = re.compile(
    r"\b(?:the |your |that )?(?P<which>first|second|third|fourth|fifth|last|1st|2nd|3rd|other|latter|former|middle)"
    r"(?:\s+(?:one|option|slot|time|opening|choice|date|appointment|of those|you (?:said|mentioned)))\b"
    r"|\b(?:the) (?P<bare>first|second|third|last|latter|former|middle)(?=\s*(?:[,.!?;|]|$|please"
    r"|works|is|sounds|would|then))"
    r"|\b(?:number|option) (?P<number>one|two|three|1|2|3)\b"
)
EARLIEST = re.compile(
    r"\b(?:(?:the |your )?(?:earliest|soonest|first available|next available|earlier one|sooner "
    r"one)(?: one| time| slot| possible| opening| available)?|"
    r"as (?:soon|early) as (?:possible|you can)|asap|(?:whatever|whichever|whoever)(?:'s| is)? "
    r"(?:first|soonest|earliest|next)|the sooner the better)\b"
)
LATEST = re.compile(r"(?<!at )(?<!at the )\b(?:the )?(?:latest|later one|latest one)(?: time| slot| opening)?\b")
THAT_ONE = re.compile(
    r"\b(?:that one|this one|that time|that slot|that (?:works|sounds (?:good|great|fine|perfect)"
    r"|is (?:good|fine|perfect|great)|would (?:work|be (?:good|great|fine|perfect)))|"
    r"that'?s (?:good|fine|perfect|great)|that'?ll (?:work|do))\b"
)
ANYTHING = re.compile(
    r"\b(?:either(?: (?:one|is fine|works|way))?|any (?:of (?:them|those|these)|time|day|one)"
    r"|anytime|any(?:thing)?(?: is|'s) fine|anything works|"
    r"(?:whichever|whatever)(?: (?:works|suits|is (?:good|fine|easiest|best)|you (?:have|like"
    r"|want)))?|you (?:pick|choose|decide)|"
    r"doesn'?t matter|don'?t (?:care|mind)|i'?m (?:flexible|open|easy|free all))\b"
)
DAY = re.compile(
    rf"\b(?P<after>day after tomorrow)|\b(?P<today>today|hoy)\b|\b(?P<tonight>tonight|this "
    rf"evening)\b|\b(?P<tomorrow>tomorrow|mañana)\b"
    rf"|\b(?P<this>this (?:morning|afternoon))\b|\b(?P<prefix>next |this |this coming "
    rf")?(?P<weekday>{WEEKDAY_WORD})s?\b"
    rf"|\b(?P<week>next week|this week|week after next)\b(?!end)"
)
MONTH = re.compile(
    rf"\b(?P<how>in |next |this |around |until |by |early |late )?(?P<month>{MONTH_WORD}|{SEASON_WORD})\b(?!\s+\d)"
)
PART = re.compile(
    r"\b(?:(?:in )?the |early |late |mid[- ]?|de la |por la |this )?(?P<part>morning|afternoon"
    r"|evening|night|mañana|tarde|noche|lunch ?time)s?\b"
)
EVENT_BOUND = re.compile(r"\b(?P<side>after|before) (?P<event>lunch|work|school|dinner|breakfast)\b")
BOUND = re.compile(
    r"\b(?:(?P<after>after|past|from|between|later than|no (?:earlier|sooner) than|not (?:before|until|till)"
    r"|starting(?: at)?"
    r"|(?:get(?:s|ting)? (?:off|home|back|out)(?: (?:from|of))?(?: work)?|finish(?:ed)?(?: work)?|off work|done(?:"
    r" work(?:ing)?)?"
    r"|home) (?:at|by|around)"
    r"|(?:away|busy|out|gone|work(?:ing)?|tied up|in (?:a )?(?:meetings?|class|school)|not (?:here|home|free"
    r"|available|around|back))"
    r"(?: \w+){0,3} (?:until|till))"
    r"|(?P<by>by|until|till|no later than|not (?:after|later than))|(?P<before>before|earlier than))\s+$"
)
BOUND_BEHIND = re.compile(
    r"^\s*(?:(?P<after>or (?:any ?time )?(?:later|after)|and (?:later|after)|onwards?|on(?=\W*$))"
    r"|(?P<by>or (?:earlier|before|sooner)))\b"
)
WHICH_ONE = re.compile(
    rf"\b(?:{WEEKDAY_WORD}|tomorrow|morning|afternoon|evening|early|earlier|late|later|only|same|day) $"
)
RANGE_END = re.compile(r"\b(?:between [\w:.' ]{1,20} and|from [\w:.' ]{1,20} (?:to|till|until)) $")
EVENTS = {"lunch": 13, "work": 17, "school": 15, "dinner": 19, "breakfast": 9}
PARTS = {
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
ORDINAL_WORDS = {
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
SPANISH_HOURS = {
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
SPANISH_CLOCK = re.compile(rf"\ba las? (?P<hour>{'|'.join(SPANISH_HOURS)}|\d{{1,2}})(?P<half> y media)?\b")
