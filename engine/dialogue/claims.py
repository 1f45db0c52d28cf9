"""Things that a hosted model may claim and must not: being human, having booked, promising, its own instructions.

Each list is wider than what an honest sentence needs: who is caught without guilt has the author's wording spoken
instead, which costs nothing but variety.
"""

from __future__ import annotations

import re
from typing import Final


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_MACHINE = (
    r"(?:a\.?i\.?|robot|bot|chat ?bot|machine|computer|recording|program|software|automated|artificial|virtual|"
    r"answering machine)"
)
_PERSON = r"(?:human|person|people|man|woman|guy|lady|individual|somebody|someone|agent|representative)"

HUMAN: Final = _any(
    r"\b(?:i'?m|i am|this is|it'?s)\s+(?:\w+[,\s]+){0,3}?(?:human|real person|actual person|live person"
    r"|real human)\b",
    r"\b(?:i'?m|i am)\s+(?:just\s+|only\s+)?(?:a\s+|an\s+)(?:\w+\s+){0,2}(?:human|person|man|woman|guy|lady"
    r"|mother|father"
    r"|mom|dad|student|local)\b",
    rf"\b(?:not|no|never|isn'?t|ain'?t|aren'?t|hardly|without)\s+(?:\w+\s+){{0,3}}?{_MACHINE}\b",
    r"\bflesh[ -]and[ -]blood\b|\bflesh & blood\b|\b(?:living|live) and breathing\b|\bliving,? breathing\b",
    rf"\bas (?:a|an|one)\s+(?:\w+\s+){{0,2}}{_PERSON}\b",
    rf"\b(?:talking|speaking|chatting)\s+(?:to|with)\s+(?:a|an|another)\s+(?:\w+\s+){{0,2}}{_PERSON}\b(?!.*\?)",
    r"\b(?:100|hundred|one hundred)\s?(?:%|percent)\s+(?:human|real)\b|\bvery much (?:human|alive|real)\b",
    r"\b(?:person|human|human being|real|alive) (?:like|just like|same as) you\b|\bjust like you,? i\b"
    r"|\bi (?:was born|grew up|breathe)\b",
    r"\bmy (?:own )?(?:kids?|children|wife|husband|family|childhood|mom|dad|lunch|coffee|desk|heart|body"
    r"|voice is real)\b",
    r"\bi (?:have|'ve got|have got) (?:a )?(?:pulse|heartbeat|family|kids|feelings|body|soul)\b",
    r"\b(?:no|not) (?:robots?|bots?|machines?|ai|computers?) (?:here|on this|involved)\b|\breal as (?:it|they)\b",
)
PROMISE: Final = _any(
    r"\bguarantee[ds]?\b|\bpromis(?:e|ed|es|ing)\b|\bassure (?:you|that)\b|\brest assured\b|\b(?:my|our) word\b",
    r"\b(?:will|'ll) (?:definitely|certainly|surely|absolutely)\b|\b(?:definitely|certainly|surely) (?:will|be)\b",
    r"\bwithout fail\b|\bno matter what\b|\bcount on (?:it|us|me)\b|\b(?:100|hundred) ?(?:%|percent) (?:sure"
    r"|certain)\b",
    r"\byou won'?t (?:pay|regret|find)\b|\bmoney[- ]back\b",
)
COMMITMENT: Final = re.compile(
    r"\b(?:someone|somebody|a colleague|a technician|an estimator|the technician|the estimator|our \w+|my \w+"
    r"|they|we|i)"
    r"(?:'ll| will| is going to| are going to| am going to|'m going to|'re going to) "
    r"(?P<does>call|phone|ring|text|e-?mail|send|mail|refund|waive|come|be (?:there|over|out|at)|fix|repair"
    r"|visit|arrive|stop by"
    r"|show up|drop by|knock|match|pay|give|throw in|replace|install|get back)",
    re.IGNORECASE,
)
BOOKED: Final = _any(
    r"\b(?:you'?re|you are|you'?ve been|it'?s|it is|that'?s|that is|everything'?s|all) (?:all |now |already "
    r"|officially )*"
    r"(?:set|booked|scheduled|confirmed|reserved|locked in|good to go|on the (?:books|calendar|schedule)"
    r"|in the (?:books|calendar|system|diary)|down for|penciled in|signed up)\b",
    r"\b(?:i|we)(?:'ve| have)? (?:just |now |already |gone ahead and )*(?:booked|scheduled|reserved|confirmed"
    r"|arranged"
    r"|blocked|secured|put (?:you|that|it) (?:in|down)|got you (?:down|in|booked|set)|locked)\b",
    r"\b(?:i'?ll|i will|we'?ll|we will|let me|i'?m going to) (?:just |now |go ahead and )*(?:book|schedule"
    r"|reserve|put you"
    r"|lock|pencil|get you (?:in|booked|down))\b",
    r"\b(?:appointment|visit|booking|slot|time|spot) (?:is|has been|was|'s) (?:now |all )*(?:set|booked"
    r"|confirmed|made"
    r"|reserved|scheduled|yours|locked)\b",
    r"\b(?:we'?ll|we will|i'?ll|they'?ll|will) see you\b|\bsee you (?:then|there|on|at|soon|tomorrow|mon|tue|wed"
    r"|thu|fri|sat|sun)",
    r"\bconsider (?:it|that|yourself) (?:done|booked|set|scheduled)\b|\b(?:booking|appointment) (?:confirmed"
    r"|made|complete)\b",
    r"\ball set\b|\bexpect (?:us|him|her|them|someone)\b|\bgot you (?:down|booked|in)\b",
)
INSTRUCTIONS: Final = _any(
    r"\b(?:system|developer|hidden|initial) (?:prompt|message|instructions?)\b",
    r"\bmy (?:\w+ )?(?:instructions?|prompts?|guidelines|rules|programming|training|directives?|brief)\b",
    r"\b(?:i was|i'?m|i am|i'?ve been|i have been) (?:told|instructed|programmed|trained|prompted|configured|supposed"
    r"|not allowed|forbidden|designed) (?:to|by|on|that|not)\b",
    r"\blanguage model\b|\bopen ?ai\b|\bgpt\b|\bgemini\b|\bclaude\b|\banthropic\b|\bllm\b|\bmy (?:creators?"
    r"|developers?)\b",
    r"\b(?:the|my) (?:agenda|brief|json|schema|slots?|state machine|knowledge base) (?:says|is|are|tells|contains)\b",
    r"\bignor(?:e|ing) (?:all |my |the )?(?:previous|prior|above)\b|\byou are (?:a|an) (?:ai |helpful )?assistant\b",
)
PRIVATE: Final = _any(
    r"\bsocial security\b|\bssn\b|\b(?:credit|debit|bank) ?card\b|\bcard number\b|\bcvv\b|\bsecurity code\b"
    r"|\bpass(?:word|code)\b",
    r"\bpin (?:number|code)\b|\bbank (?:account|details)\b|\b(?:account|routing) number\b|\bmaiden name\b"
    r"|\bpassport\b",
    r"\bdriver'?s licen[cs]e\b|\bone[- ]time code\b|\bverification code\b",
)
