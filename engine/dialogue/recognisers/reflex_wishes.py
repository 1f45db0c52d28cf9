"""Banks of what callers want of the call itself: no more of them, a person, another time, no recording."""

from engine.dialogue.recognisers.reflex import Bank, Reflex

_CALL = r"(?:call|phon|ring|contact|bother|harass|dial|text|email)"

WISHES: tuple[Bank, ...] = (
    Bank(
        Reflex.OPT_OUT_CLEAR,
        0.95,
        rf"\b(?:stop|quit|cease) (?:all )?(?:(?:these|the|your|those|with the) )?(?:{_CALL}ing"
        rf"|calls)\b(?: me| us| here| this (?:number|house|phone))?"
        rf"|\b(?:don'?t|do not|never|please don'?t) (?:you |ever )*(?:call|phone|ring|contact|dial"
        rf"|text) (?:me|us|here|this number|again|any ?more|back again)\b"
        rf"(?: (?:again|any ?more|ever|back))?"
        r"|\bdo[- ]not[- ]call\b(?! you)|\bdon'?t call(?=\W*$)|\b(?:take|get|remove|delete|scratch"
        r"|drop) (?:me|us|my (?:name|number|info\w*|data)|this number|our number) "
        r"(?:off|from|out)\b|\bremove (?:me|my (?:name|number)|this number)\b|\bopt(?:ing|ed)? ?(?:me "
        r")?out\b|\bunsubscribe\b"
        r"|\blose (?:my|this|our) number\b|\b(?:never|don'?t) want to (?:hear from|be (?:called"
        r"|contacted)|talk to) (?:you|by you|again)\b[^.?!]*"
        r"|\b(?:i )?(?:revoke|withdraw|take back) (?:my |all |any )?(?:consent|permission)\b|\bno "
        r"(?:more|further) (?:phone )?calls\b"
        r"|\b(?:delete|erase) my (?:number|data|info\w*)\b|\bput me on (?:the|your) do not call\b"
        r"|\b(?:want|wanna|get|let|like|need) (?:(?:me|us|my (?:name|number)|this number) )?(?:to (?:be|get) )?"
        r"(?:(?:taken|removed) )?(?:out|off|from)(?: of| from)? (?:this|your|the|that|any|these) "
        r"(?:\w+ )?(?:list|database)\b"
        r"|\b(?:removed|taken|deleted) (?:off|from|out of) (?:your|this|that|the) (?:\w+ )?(?:list|database|system)\b"
        r"|\b(?:don'?t|do not) (?:want|need) (?:to (?:get|receive) )?any ?more (?:\w+ )?calls\b"
        r"|\b(?:don'?t|do not) want (?:to (?:get|receive) )?(?:any |your |these )?calls from (?:you|y'?all)\b"
        r"|\b(?:don'?t|do not) want to be (?:called|contacted|phoned|rung)(?: by (?:you|anyone))?"
        r"(?: (?:any ?more|again|ever|at all))?(?=\W*(?:$|[.!?,;]))"
        r"|\b(?:don'?t|do not) (?:you )?(?:dare|bother) (?:to )?call(?:ing)?(?: (?:me|us|here))? "
        r"(?:again|back|any ?more)\b"
        r"|\blast time (?:that )?you(?:'ll| will| ever)? (?:call|phone|ring)\b|\b(?:do[- ]not|no)[- ]call list\b"
        r"|\b(?:told|asked|want|need) you (?:people |guys |all )?(?:not to|to never|to not) "
        r"(?:call|phone|ring|contact)\b"
        r"|\b(?:don'?t|do not) have (?:my |any )?(?:permission|consent) to (?:call|phone|ring|contact)\b"
        r"|\bcut (?:it )?out (?:with )?(?:the|these|your) calls\b|\bcut it out with (?:the|these|your) call(?:s|ing)\b"
        r"|\bno (?:me|nos) llam(?:e|en|es) (?:nunca )?m[aá]s\b|\bqu[ií]t(?:eme|enme|ame)\b|\b(?:deje|dejen|deja) "
        r"de llamar\w*|\bb[oó]rr(?:enme|eme|ame)\b"
        r"|\bno (?:me|nos) llam(?:e|en|es)(?=\W*(?:$|[.!?]))|\bno (?:me |nos )?(?:vuelva|vuelvan|vuelvas) a "
        r"(?:llamar|marcar|contactar)\w*|\bno quiero (?:m[aá]s|(?:recibir )?sus|recibir) llamadas\b"
        r"|\bno quiero que (?:me|nos) (?:vuelvan a llamar|llamen)(?=\W*(?:$|[.!?]|m[aá]s|nunca))"
        r"|\b(?:elim[ií]n|s[aá]qu)(?:eme|enme|ame)\b|\brevoco (?:mi|el) consentimiento\b",
        r"\bdon'?t call (?:me )?(?:back )?(?:before|until|till|after (?:six|seven|eight|nine|ten|\d)"
        r"|in the|on|at|while|tomorrow|today|from)\b"
        r"|\b(?:don'?t|do not|didn'?t|never) (?:take|remove) (?:me|my)|\bremove (?:me|my name) from "
        r"the (?:appointment|booking)\b"
        r"|\b(?:did|can|will|could) (?:i|he|she) stop calling around|\bi(?:'ve| have)? (?:never"
        r"|didn'?t) (?:stop|quit) calling\b|\bwhy (?:did|do)n'?t you call\b"
        r"|\bnobody\b.{0,20}\bcall|\byou (?:never|don'?t|didn'?t) call (?:me )?back|\bwon'?t stop\b"
        r"|\bcall me names\b",
        (
            "Take me off your list and stop calling me.",
            "Please stop calling me and take me off your list.",
            "don't call me again",
            "Do not call this number anymore.",
            "Remove me from your list.",
            "I want to opt out.",
            "lose my number",
            "I never want to hear from you again",
            "I revoke my consent",
            "Quit calling here!",
            "No me llame más.",
            "Ya no me llamen.",
            "No me vuelvan a llamar.",
            "No quiero más llamadas.",
            "No quiero que me llamen.",
            "Sáquenme de la lista, por favor.",
            "Elimíneme de su lista.",
            "Revoco mi consentimiento.",
            "unsubscribe",
            "I want out of this list",
            "I don't want any more calls",
            "please no more calls from you people",
            "don't ever ring me again",
            "take this number out of your system",
            "You people need to stop phoning me.",
            "Would you please quit calling this number?",
            "I'd like to be removed from your list.",
            "Get my number out of your database.",
            "I do not want to be called anymore.",
            "Don't you dare call me again.",
            "This is the last time you call me.",
            "Never contact me again.",
            "Please remove us from your call list.",
            "I don't want to get calls from you any more.",
            "Put this number on the no-call list.",
            "I asked you not to call me.",
            "I told you people not to call here again.",
            "You don't have my permission to call me.",
            "Don't bother calling again.",
            "Erase my number from your records.",
            "I want my name off that list.",
            "Can you delete me from your system?",
            "Cut it out with the calls.",
            "No more calls, okay?",
            "Let me off this list, please.",
        ),
        (
            "Stop by any time.",
            "Stop, the dog is barking, sorry.",
            "Call me when you're outside.",
            "Don't call the landline, use this number.",
            "I want out of this lease, but that's another story.",
            "Take the old roof off first.",
            "Take me through the list of services.",
            "What's on the list?",
            "Put me on the list for Thursday.",
            "I don't want any more leaks.",
            "No more questions, let's book.",
            "I don't want any more surprises on the bill.",
            "Can you remove the old water heater?",
            "Get the water out of the basement.",
            "My phone kept ringing all day.",
            "I never call plumbers myself.",
            "The system is out of order.",
            "Is this number in your system?",
            "Don't call it a repair, it's a new roof.",
            "Nobody called me again after the storm.",
            "I don't want to be called early in the morning.",
            "Don't ring the bell, the baby sleeps.",
            "I told you to call the office first.",
            "Can I get off the phone by noon?",
            "Can you stop the leak?",
            "Call me at six.",
            "No me llame antes de las diez.",
            "No me llame mañana, llámeme el lunes.",
            "No quiero que me llamen por la noche.",
            "Cancel.",
            "Stop.",
            "Don't call me before ten.",
            "It won't stop dripping.",
            "Call me back tomorrow, please.",
            "You never call me back!",
            "The water doesn't stop.",
            "Can you take the old heater off my hands?",
        ),
    ),
    Bank(
        Reflex.OPT_OUT_MAYBE,
        0.8,
        r"\b(?:i'?m |we'?re |i am |really )?not (?:really |that |at all )?interested\b|\bno interest\b"
        r"|\bleave me alone\b|\bstop (?:bothering|bugging|harassing|pestering) (?:me|us)\b"
        r"|\bi'?m (?:so )?done with (?:this|you|these|it)\b|\b(?:i )?(?:don'?t|do not) want (?:your"
        r"|these|any|any more|this) (?:calls?|phone calls?|sales calls?)\b"
        r"|\bgo away\b|^\W*(?:please )?(?:cancel|quit|end)(?: (?:it|that|this|please"
        r"|everything))?\W*$|\bhow did you get my (?:phone )?number\b|\bwhere did you get (?:my|this) "
        r"(?:phone )?number\b"
        r"|\bno me interesa\b|\bno estoy interesad[oa]\b"
        r"|\b(?:c[oó]mo|de d[oó]nde) (?:consigui|sac|obtuv)\w+ mi n[uú]mero\b"
        r"|\bd[eé]j(?:e|a|en)me en paz\b|\btoo many (?:companies|calls|people)(?: "
        r"have)? (?:called|calling)\b",
        r"\bnot (?:really )?interested in (?:the|a) (?:replacement|warranty|financing|new)\b"
        r"|\b(?:make|will) (?:the|it|that) (?:\w+ )?go away\b|\b(?:doesn'?t|won'?t|didn'?t|not) "
        r"(?:\w+ )?go away\b|\bif (?:i'?m|you'?re) not interested\b",
        (
            "I'm not interested.",
            "Leave me alone.",
            "stop bothering me",
            "How did you get my number?",
            "I'm done with this",
            "Cancel.",
            "Go away!",
        ),
        (
            "I'm interested in the water heater.",
            "Stop the leak, please.",
            "The smell doesn't go away.",
            "I'm done with work at five.",
            "I want to cancel my appointment on Thursday.",
            "We left it alone for a while.",
            "That's an interesting offer.",
        ),
    ),
    Bank(
        Reflex.WANTS_PERSON,
        0.93,
        r"\b(?:talk|speak|chat|talking|speaking) (?:to|with) (?:a |an |the |some |somebody|someone"
        r"|your |actual )*(?:real|actual|live|human|person|people|someone|somebody|representative|rep"
        r"|agent|"
        r"operator|manager|supervisor|colleague|technician|estimator|owner)\b[^.?!]*|\b(?:put|connect"
        r"|transfer|patch|hand) me (?:through|over|to|on)\b[^.?!]*"
        r"|\b(?:i )?(?:want|need|prefer|would like|'d like|get me|give me) (?:a |an |to have |some "
        r")*(?:real |actual |live |human )+(?:person|being|human|agent|operator|representative)?"
        r"|\bget me (?:a |an |your )?(?:person|human|manager|supervisor|someone|somebody|operator"
        r"|representative)\b|\bi don'?t (?:do|talk to|like|speak to|deal with) (?:machines|robots"
        r"|bots|computers|a\.?i\.?)"
        r"|^\W*(?:operator|representative|agent|human|real person|a (?:real )?(?:person|human))(?: "
        r"please)?\W*$|\b(?:someone|somebody|person|human) (?:real|instead)\b"
        r"|\b(?:have|can) (?:a |someone|somebody|your )(?:real |human )?(?:person|colleague|human"
        r"|manager)? ?call me\b",
        r"\bam i (?:talking|speaking)|\b(?:talk|speak) (?:to|with) (?:my|a real person or)\b|\bi "
        r"(?:already )?(?:talked|spoke)\b|\bwho am i\b",
        (
            "I don't do machines. Put me through to a person.",
            "Can I talk to a real person please?",
            "Could I speak to a real person please?",
            "Get me a human.",
            "Representative.",
            "let me speak with your manager",
            "transfer me to someone",
            "I'd like a real person",
        ),
        (
            "Am I talking to a real person or a robot?",
            "Is a real person coming to my house?",
            "I need to talk to my wife first.",
            "I talked to somebody yesterday.",
            "I'm the person who owns it.",
            "Put the heater in the garage.",
            "I need an electrician.",
        ),
    ),
    Bank(
        Reflex.BAD_TIME,
        0.88,
        r"\b(?:i'?m|i am|we'?re) (?:currently |actually |kind of |a bit |a little |just |right now "
        r"|really |pretty |so |very )*(?:in (?:a|the middle of|an?) (?:meeting|class|appointment"
        r"|something|dinner|call|interview)?|"
        r"driving|on the (?:road|other line|train|bus)|at (?:work|the doctor'?s?|a funeral|lunch"
        r"|dinner|the hospital)|busy|about to|in traffic|cooking|eating|tied up|working)\b"
        r"|\b(?:not a good|bad|not the best|not a great|terrible) (?:time|moment)\b|\bnow(?: is not|'s not| isn'?t) "
        r"(?:really )?(?:a )?(?:good|great|okay|ok|convenient|ideal)\b|\b(?:call|phone"
        r"|ring|try) (?:me |us )?(?:back )?(?:later|again later|another time|some other time|in "
        r"(?:an?|half an?|\w+) (?:hours?|minutes?)|tomorrow|tonight)\b"
        r"|\bcall (?:me|us) (?:back|at|after|this|in|on)\b|\b(?:can'?t|cannot) (?:really )?talk(?: "
        r"right)?(?: now)?\b|\bnot (?:right )?now\b|\bcatch me (?:later|at)\b|\bdon'?t have (?:the "
        r")?time(?: right now| now)?\b",
        r"\bif it'?s not a good time|\bnot a bad time\b|\b(?:waiting|waited|someone|somebody|nobody"
        r"|anyone|they|you (?:said|never|didn'?t|were|would)|told).{0,25}\bcall me back\b"
        r"|\btomorrow i'?m at\b|\bi'?m (?:driving|working) (?:myself|on)\b|\bdon'?t call me\b"
        r"|\bnobody called\b|\bbusy (?:on|tomorrow|next|this (?:week|afternoon))\b",
        (
            "Hi, I'm in a meeting. Can you call me at six this evening?",
            "I'm driving.",
            "bad time",
            "Can you call me back tomorrow afternoon?",
            "call me later",
            "I can't talk right now",
            "It's not a good time.",
            "I'm at work, sorry",
        ),
        (
            "I've been waiting three days for someone to call me back!",
            "Now is fine.",
            "Take your time.",
            "It's about time!",
            "The meeting room needs a new light.",
            "Oh no, tomorrow I'm at the dentist.",
            "I need it right now.",
            "What time can you come?",
        ),
    ),
    Bank(
        Reflex.NO_RECORDING,
        0.95,
        r"\b(?:don'?t|do not|rather not|not) (?:you )?(?:want|wish|like|agree|consent|okay|ok"
        r"|comfortable|happy)?\s?(?:to |with |for )?(?:be(?:ing)? |this (?:to be |being )?|you (?:to "
        r"|being )?|have this |the call )?record(?:ed|ing|)\b"
        r"(?! the)|\b(?:stop|turn off|switch off|no|without|end|quit|disable|pause) (?:the |this "
        r"|that |your )?recording\b(?!s)|\bturn (?:the |that |your )?record(?:ing|er) off\b"
        r"|\b(?:don'?t|do not) record (?:me|this|the call|us|my)\b|\bi (?:do not|don'?t) (?:consent"
        r"|agree) to (?:the |being |this )?record\w*|\bi object to (?:the |being )?record\w*",
        r"\b(?:don'?t|do not) (?:have|need) (?:a |any |the )?record\b|\bno record of\b",
        (
            "I don't want to be recorded.",
            "Please don't record this.",
            "Stop recording.",
            "Turn off the recording, please.",
            "I do not consent to being recorded.",
            "No recording please",
            "I'd rather not be recorded",
        ),
        (
            "Is this call recorded?",
            "That's fine, record it.",
            "I have no record of that.",
            "Are you a recording?",
            "It was a record storm.",
            "Recording is okay with me.",
        ),
    ),
    Bank(
        Reflex.REPEAT_PLEASE,
        0.9,
        r"\b(?:what was that|come again|say (?:that|it) again|pardon(?: me)?|repeat (?:that|it|the"
        r"|please|yourself)|could you repeat|can you repeat|i (?:didn'?t|did not|couldn'?t|can'?t) "
        r"(?:quite )?(?:catch|hear|get|understand)"
        r" (?:that|you|it|what|a word)|one more time|what did you (?:just )?say|what'?d you say|beg "
        r"your pardon|you(?:'re| are) (?:breaking up|cutting out)|speak up|(?:a bit |a little "
        r")?slower|more slowly|run that by me|"
        r"you lost me|say what)\b|^\W*(?:sorry|what|huh|eh|excuse me|pardon|hm+)\s*\?|^\W*(?:sorry"
        r"|huh|excuse me)\W*$|^\W*what\W*$",
        r"\b(?:call|happen|happened|happens|do (?:it|this)) (?:me )?one more time\b|\brepeat "
        r"(?:customer|visit|the (?:visit|repair))|\bdrains? (?:\w+ )?slower\b|\bcome again (?:on"
        r"|tomorrow|next|at)\b|\bpardon (?:the|my) (?:noise|dog|mess)\b",
        (
            "Sorry, what was that?",
            "Sorry, could you repeat that?",
            "come again",
            "Pardon?",
            "What did you say?",
            "i didn't catch that",
            "Huh?",
            "You're breaking up.",
        ),
        (
            "Sorry, it's 94107.",
            "What have you got?",
            "I'm a repeat customer.",
            "The drain got slower and slower.",
            "Could you come again on Friday?",
            "Sorry, I can't tomorrow.",
            "What does a visit cost?",
        ),
    ),
    Bank(
        Reflex.HOLD_ON,
        0.88,
        r"\b(?:hang|hold) on\b(?! to)|\bhold (?:the line|please)\b|\b(?:one|just a|a|gimme a|give me "
        r"a|just one) (?:second|sec|minute|moment|min|mo)\b(?=\W*(?:$|[.,!;?|]|please|let|while|i))"
        r"|\bbear with me\b|^\W*wait(?: a (?:second|minute|moment|sec))?\W*$|\bwait a (?:second"
        r"|minute|moment|sec)\b|\blet me (?:just )?(?:check|look|see|get|grab|find|turn|ask|go|pull)\b"
        r"|\bgive me (?:one|two|a couple of|a few) (?:seconds?|minutes?|moments?)\b",
        r"\bhold on the (?:roof|wall)\b|\b(?:got|have|has|spare) (?:a|one|just a) (?:second|sec"
        r"|minute|moment)\b|\b(?:doesn'?t|won'?t|can'?t|barely) (?:hold|hang) on\b|\b(?:every|per"
        r"|gallons?|liters?|in|for|takes?) (?:a|one) (?:second|minute)\b|\blet me (?:see|get) (?:if i "
        r"(?:understand|have)|this straight)\b|\bin (?:a|one|just a) (?:second|minute|moment)\b",
        (
            "Hello? Hang on, the TV's on.",
            "Hold on, let me check my calendar.",
            "Let me look.",
            "One second.",
            "just a moment please",
            "Wait a minute.",
            "bear with me",
        ),
        (
            "The gutter doesn't hold on anymore.",
            "It drips every second.",
            "The second one.",
            "A gallon a minute.",
            "I can't wait.",
            "It only takes a minute to start.",
            "Hold the appointment for Thursday.",
        ),
    ),
    Bank(
        Reflex.THINKING,
        0.75,
        r"\b(?:let me think|i(?:'ll| will| need to| have to|'d have to| want to|'ve got to| should) "
        r"(?:think|sleep) (?:about|on|it over)|think it over|think about it|i need (?:some |more "
        r")?time to think|(?:i )?(?:haven'?t|have not) (?:decided|made up my mind)|(?:i'?m )?(?:still "
        r")?(?:thinking|deciding|considering|shopping around|comparing)|just looking|"
        r"i(?:'d| would| need to| have to|'ll| will| should) (?:have to )?(?:ask|check with|talk to"
        r"|speak (?:to|with)) my (?:wife|husband|partner|landlord|spouse|boss|son|daughter|brother"
        r"|sister|mother|father|mom|dad|roommate))\b",
        r"\b(?:don'?t|no) (?:need|have) to think\b|\bi was thinking (?:of )?(?:tomorrow|thursday"
        r"|friday|monday|tuesday|wednesday|saturday)\b|\bthinking (?:tomorrow|thursday|friday|monday)\b"
        r"|\bdo you think\b",
        (
            "Let me think about it.",
            "I'll think it over.",
            "I have to ask my husband.",
            "We are renting the apartment, so I would have to ask my landlord.",
            "I'm just looking for a quote right now.",
            "I haven't decided.",
            "I need to sleep on it.",
        ),
        (
            "I think it's the roof.",
            "Do you think it's the pump?",
            "I was thinking Thursday.",
            "My husband is home.",
            "I don't need to think, book it.",
            "I looked at the roof.",
        ),
    ),
    Bank(
        Reflex.NOTHING_ELSE,
        0.85,
        r"\b(?:that'?s|that is|that'?ll be|that will be|that would be|i think that'?s|guess that'?s) "
        r"(?:it|all|everything)(?: (?:for (?:now|today|me)|thanks|thank you|i (?:need|have"
        r"|wanted)))?(?=\W|$)|\bnothing (?:else|more|further)\b|\bno,? (?:okay|ok|thanks|thank you"
        r"|that'?s (?:it|all|fine|everything|okay))\b(?: anyway)?|\b(?:i'?m|we'?re) (?:all (?:set"
        r"|good)|good)(?: thanks| thank you)?(?=\s*(?:[.!,]|$))"
        r"|^\W*no(?:pe)?,? thanks?(?: you)?\b|\bno (?:more|other|further) questions\b",
        r"\bis that (?:it|all|everything)\b|\b(?:that'?s|that is) (?:it|all) (?:wrong|over|right|on"
        r"|over there|i (?:know|remember)|the)\b|\bnothing else (?:works|helped|to do)\b|\bnothing "
        r"(?:more|else) than\b|\bno,? thanks? to\b",
        (
            "No, that's it. Thanks.",
            "No, okay.",
            "No, thanks anyway.",
            "That's all.",
            "Nothing else, thank you.",
            "I'm all set.",
            "No thanks.",
        ),
        (
            "Is that all?",
            "That's it on the left.",
            "No.",
            "That's all over the floor now.",
            "Nothing else works.",
            "I'm good with Thursday.",
            "All the lights are out.",
        ),
    ),
    Bank(
        Reflex.GOODBYE,
        0.9,
        r"\b(?:good ?bye|bye(?:[- ]bye)?|see (?:you|ya)(?: (?:then|later|soon|tomorrow|on \w+"
        r"|\w+day))?|talk to you (?:later|soon|then)|have a (?:good|nice|great|lovely) (?:day|one"
        r"|evening|night|weekend|afternoon)|take care|cheerio|adios|adi[oó]s|so long|i(?:'m| am) "
        r"hanging up|i have to go|i(?:'ve)? gotta (?:go|run)|gotta (?:go|run)|end (?:the|this) call"
        r"|(?:please|just) hang up)\b(?=\W*(?:$|[.,!;]|now"
        r"|then|and|robin|thanks?))",
        r"\bsee you (?:have|do|are|want)\b|\btake care of\b|\bso long as\b|\bi have to go (?:to|and"
        r"|up)\b|\b(?:wave|said|say|kiss) (?:good)?bye\b|\bstand by\b"
        r"|\b(?:don'?t|do not|before you|not) (?:please |just )?(?:end|hang)\b",
        (
            "Yes, bye.",
            "Goodbye.",
            "Thanks, see you Thursday.",
            "Have a nice day!",
            "I gotta go.",
            "Okay, talk to you later",
            "take care",
            "End the call, please.",
            "Just hang up.",
        ),
        (
            "Can you take care of the drain?",
            "I have to go to the basement to look.",
            "As long as it's this week.",
            "Buy a new heater?",
            "The bypass valve leaks.",
            "I see you have times on Friday.",
            "By Friday.",
            "Please don't end the call.",
        ),
    ),
)
