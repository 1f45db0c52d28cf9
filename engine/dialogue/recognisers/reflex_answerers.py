"""Banks of who or what is on the line, and of danger: wrong number, child, voicemail, another language."""

from engine.dialogue.recognisers.reflex import Bank, Reflex

ANSWERERS: tuple[Bank, ...] = (
    Bank(
        Reflex.WRONG_NUMBER,
        0.93,
        r"\bwrong (?:number|person|guy|lady|house|phone)\b|\b(?:there(?:'s| is)|we have|i have|got) "
        r"(?:no|nobody|no one)(?: named| called| by the name of| with that name)?(?: \w+){0,2} "
        r"(?:here|at this number|by that name|in this house|living here)\b"
        r"|\bno one (?:here )?(?:by|with|of) that name\b|\bnobody (?:here )?(?:by|with|of) that name\b"
        r"|\b(?:i'?m|this is|that'?s) not (?:her|him|them|who you|the person you)\b"
        r"|\bi (?:don'?t|do not) know (?:any|anyone|anybody|a|who)\b[^.?!]{0,30}\b(?:named|called|is"
        r"|that name|by)\b|\b(?:she|he|they) (?:doesn'?t|don'?t|no longer) (?:live|lives|work) here\b"
        r"|\bi (?:didn'?t|never|did not) (?:send|fill|submit|request|ask|contact|call|sign)(?:ed)? "
        r"(?:in |out |up |for )?(?:a|an|any|anything|you|that|in|out|this|for)\b",
        r"\b(?:is|was) (?:it|this|that) the wrong\b.{0,15}\?|\b(?:give|gave|have|had) (?:you |them "
        r")?the wrong number (?:of|for the)\b|\bzip\b|\bi never asked (?:for )?(?:the price|how much)"
        r"|\bno (?:water|heat|power|hot water|gas|heating|light|lights|electricity) here\b",
        (
            "No, there's no Dana here. You've got the wrong number.",
            "wrong number",
            "There's nobody by that name here.",
            "I'm not her.",
            "She doesn't live here anymore.",
            "I never filled out any form.",
            "You have the wrong person.",
        ),
        (
            "No, nobody else is here.",
            "Dana is here.",
            "There's no hot water here.",
            "This number is fine.",
            "Something is wrong with the heater.",
            "The number is 94110.",
            "No, that's it. Thanks.",
        ),
    ),
    Bank(
        Reflex.THIRD_PARTY,
        0.85,
        r"\b(?:she|he|they|dana|my (?:wife|husband|mother|father|son|daughter|partner|boss|roommate"
        r"|brother|sister))(?:'s| is| are| isn'?t|'re)? (?:not (?:here|home|in|available|around)"
        r"|isn'?t (?:here|home|in|available|around)|out|at work|away|asleep|sleeping|on vacation"
        r"|unavailable|busy)\b|\b(?:this is|i'?m|you'?re (?:talking|speaking) (?:to|with)) (?:his|her"
        r"|their|dana'?s?|\w+'s) "
        r"(?:wife|husband|mother|father|mom|dad|son|daughter|roommate|partner|assistant|secretary"
        r"|sister|brother|friend|neighbou?r|boss)\b|\b(?:can|may|could|shall|should) i (?:take a "
        r"message|tell (?:her|him|them)|ask who)\b|\b(?:i'?ll|let me) (?:get|go get|fetch|tell) "
        r"(?:her|him)\b|\bwho(?:'s| is|m)? (?:may i say is )?(?:calling|asking) for (?:her|him)\b"
        r"|\b(?:she|he)'?s not (?:here|home|in|available)\b|\b(?:she|he)(?:'ll| will) be (?:back|home|in)\b",
        r"\bbut (?:this is|i'?m) (?:her|him|dana)\b|\b(?:i'?m|this is) (?:her|him)(?=\W*$)|\bmy mommy\b",
        (
            "She's not here right now.",
            "He isn't home.",
            "This is her husband.",
            "Can I take a message?",
            "My wife is at work.",
            "He'll be back at six.",
        ),
        (
            "This is her.",
            "My wife and I own it.",
            "No, nobody else is here.",
            "The crew is not here yet.",
            "It's my mother's house.",
            "I'm not home on Friday.",
        ),
    ),
    Bank(
        Reflex.CHILD,
        0.9,
        r"\b(?:my )?(?:mommy|daddy|mama|mummy)(?:'s| is| isn'?t| and| went| said| can'?t|\W)|\bmy "
        r"(?:mom|dad|mum)(?:'s| is) (?:in the (?:shower|bath\w*)|sleeping|not home|asleep|at work"
        r"|outside|upstairs|taking a)\b|\b(?:i'?m|i am) "
        r"(?:only |just )?(?:three|four|five|six|seven|eight|nine|ten|eleven|twelve|[3-9]|1[0-2])(?: "
        r"and a half)?(?: years old)?(?=\s*(?:[.!,?]|$))|\bdo you want to know my (?:birthday|name"
        r"|secret)\b|\bi'?m (?:just )?a (?:kid|child|little (?:girl|boy))\b|\bi'?m (?:home alone|not "
        r"allowed to)\b",
        r"\bi'?m (?:seven|eight|nine|ten|five|six|three|four|\d+) (?:minutes|miles|blocks|feet|doors)\b"
        r"|\b(?:mama|daddy|mommy)'?s (?:restaurant|pizza|kitchen)\b",
        (
            "Hi! Mommy's in the shower.",
            "I'm seven. We live in the blue house.",
            "Do you want to know my birthday?",
            "My dad is not home.",
            "Daddy is outside.",
            "I'm just a kid.",
        ),
        (
            "I'm at seven Oak Street.",
            "My mom owns the house.",
            "I have two kids.",
            "I'm five minutes away.",
            "It's my mother's flat.",
            "The child's bedroom is wet.",
            "Monday at nine.",
        ),
    ),
    Bank(
        Reflex.OTHER_LANGUAGE,
        0.93,
        r"\b(?:no (?:hablo|entiendo|comprendo|habla|speak) (?:ingl[eé]s|english|espa[ñn]ol)?"
        r"|habla(?:s|n)? (?:usted )?(?:espa[ñn]ol|ingl[eé]s)|en espa[ñn]ol|espa[ñn]ol|ingl[eé]s|no "
        r"entiendo|por favor|buenos d[ií]as|buenas (?:tardes|noches)|bueno(?=\?)|gracias|"
        r"necesito|quiero|techo|gotera|qui[eé]n (?:es|habla)|d[ií]game|qu[eé] (?:dice|quiere)"
        r"|se[ñn]or(?:a|ita)?|llam(?:e|en|ar)me|me llam(?:en|e)|(?:parlez|parle)[- ]|je ne|sprechen"
        r"|ich spreche|n[aã]o falo|parla italiano)\b|¿|"
        r"\b(?:do|does|can) (?:you|anyone|anybody|someone|somebody)(?: there| here)? speak (?:spanish"
        r"|chinese|mandarin|cantonese|french|german|portuguese|vietnamese|tagalog|russian|korean"
        r"|arabic|italian|hindi|japanese)\b"
        r"|\b(?:spanish|chinese|mandarin|cantonese|french|german|portuguese|vietnamese|tagalog"
        r"|russian|korean) please\b|\bi (?:only |just )?speak (?:only )?(?:spanish|chinese|mandarin"
        r"|cantonese|french|german|portuguese|vietnamese|tagalog|russian|korean)\b"
        r"|\b(?:don'?t|do not|no) speak (?:much |any |good )?english\b",
        r"\bstreet\b|\bavenue\b|\bi (?:also )?speak english\b|\bsan |\bgracias a la vida\b",
        (
            "No hablo inglés. ¿Habla español?",
            "¿Bueno?",
            "Sí, por favor, que me llamen hoy a las cuatro de la tarde.",
            "Sí, gracias.",
            "Do you speak Spanish?",
            "I don't speak English",
            "no entiendo",
        ),
        (
            "We have a Spanish tile roof.",
            "The house is on Bueno Street.",
            "No, thanks.",
            "French drains are clogged.",
            "It's 1200 Quiero Avenue.",
            "I can't speak right now.",
            "Yes please.",
        ),
    ),
    Bank(
        Reflex.VOICEMAIL_GREETING,
        0.95,
        r"\b(?:leave|record) (?:me |us |your )?(?:a |your )?(?:brief |short |detailed )?(?:message"
        r"|name and (?:phone )?number|name)(?: and| after|,| at|$|\.)|\b(?:after|at) the (?:tone|beep"
        r"|signal)\b|\byou(?:'ve| have) reached (?:the |voice ?mail|\w+)|\bcan'?t (?:take|answer|come "
        r"to|get to) (?:your call|the phone|my phone)\b|\b(?:not|un)available (?:to take your call"
        r"|right now)\b"
        r"|\bvoice ?mail(?: ?box)? (?:of|for|is full|has not)\b|\bmailbox (?:is full|of)\b|\bthe "
        r"(?:person|number|customer|subscriber|party) you (?:are|have|were) (?:trying|called|dialed"
        r"|calling)\b|\bforwarded to (?:an automatic |a )?voice|\b(?:please )?leave a message\b|\bget "
        r"back to you as soon as\b",
        r"\b(?:should|can|could|shall|did|do|may|will) (?:i|you) leave\b|\bi(?:'ll| will| can| left)? "
        r"(?:can'?t )?(?:leave|left)\b|\bdon'?t leave\b|\bi can'?t (?:take|answer) the phone "
        r"(?:tomorrow|at work)\b",
        (
            "Hi, you've reached Dana. I can't take your call right now. Leave a message after the tone.",
            "Please leave a message after the beep.",
            "You have reached the voicemail of five five five.",
            "The person you are trying to reach is not available.",
            "The mailbox is full.",
            "Your call has been forwarded to an automatic voice message system.",
        ),
        (
            "Hello?",
            "Should I leave a message?",
            "I left a message yesterday.",
            "Don't leave me a voicemail.",
            "I reached out last week.",
            "The tone of the pipes changed.",
        ),
    ),
    Bank(
        Reflex.EMERGENCY,
        0.92,
        r"\b(?:i |we |can |it |there'?s (?:a )?|strong |the )?(?:smell(?:s|ing)?(?: like)?(?: of)?(?: "
        r"the| some| a bit of| strong)? gas|gas (?:leak|smell)|smells? of gas|carbon monoxide"
        r"|smell(?:s|ing)?(?: like)?(?: something)? (?:burning|smoke))\b"
        r"|\b(?:is|are|it'?s|on|caught|catch(?:ing)?|a|there'?s(?: a)?|kitchen|electrical|the"
        r"|roof'?s?) (?:on )?fire\b|\b(?:sparks|sparking|smoke (?:is )?(?:coming|everywhere|from|out"
        r"|in))\b|\b(?:house|roof|kitchen|outlet|panel|it) is burning\b|\b(?:electrocuted|electric "
        r"shock|got shocked|live wire|exploded|explosion)\b"
        r"|\bwater (?:is )?(?:near|in|on|by|running into|around|over|through) (?:the |my "
        r")?(?:electrical?(?: panel| box)?|outlets?|fuse ?box|breakers?(?: panel| box)?|electric\w*)\b"
        r"|\bflood(?:ing|ed)\b[^.?!]{0,30}\b(?:electric\w*|outlets?|panel|power)\b|\bceiling (?:is "
        r")?(?:collapsing|coming down|collapsed)\b",
        r"\bno (?:fire|smoke|gas smell|sparks|gas leak)\b|\bfire (?:alarm|place|department|wood|pit"
        r"|sale|escape|door|sprinkler|station|code|rated)\b|\b(?:not|isn'?t) (?:on fire|burning|a gas "
        r"leak)\b|\b(?:if|in case) there'?s (?:a )?fire\b|\bsparking (?:water|clean)\b|\b(?:last|two"
        r"|three|years?) (?:year|years|ago)\b|\bgas (?:water )?heater\b.{0,8}\bsparkl",
        (
            "I smell gas in the kitchen.",
            "There's a fire!",
            "The outlet is sparking.",
            "There are sparks coming out of the panel.",
            "The house is on fire.",
            "Water is running into the electrical panel.",
            "It smells like something burning.",
            "We have a gas leak.",
        ),
        (
            "The fire alarm needs a battery.",
            "I have a gas heater.",
            "It's by the fireplace.",
            "There was a fire three years ago.",
            "As soon as possible, it's an emergency.",
            "The lights keep flickering.",
            "No gas smell, just no heat.",
        ),
    ),
)
