"""What has picked up, by its first words: a person, a voicemail, a call screener, a phone menu, the carrier itself.

Only telltale words decide; None leaves it open. Greetings are recorded by millions of people, so the patterns name what
they all must say (what to do now), not what they happen to say.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from engine.dialogue.recognisers.reflex import Reflex
from engine.dialogue.recognisers.reflexes import detect
from engine.dialogue.recognisers.words import plain

Kind = Literal["person", "voicemail", "screening", "phone_menu", "carrier_message"]

_SCREENING: Final = re.compile(
    r"\b(?:record|say|state|give)(?: me)? your name and (?:the |your )?(?:reason|why|purpose)"
    r"|\bif you (?:record|say|state) your name|\bperson you(?:'re| are) calling is using"
    r"|\bwho(?:'s| is) (?:this|calling),? and (?:why|what)|\b(?:say|tell (?:me|us)) (?:your name|who(?:'s| is) calling)"
    r" and (?:why|what)|\breason for (?:your|the) call|\bscreening (?:service|assistant|calls)|\bcall (?:screen|assist)"
    r"|\busing a (?:call |google )?screening|\b(?:will )?get a copy of (?:this|the) conversation"
    r"|\bsee if (?:this person|they|he|she|\w+) (?:is|are) available|\bmay i (?:ask|tell \w+) who(?:'s| is) calling and"
    r"|\bplease (?:state|say) your name(?: after the (?:tone|beep))?[.,]? (?:and|then)? ?(?:google|the call|i'll|we'll)"
    r"|\bis screening (?:this|your|their|his|her) call",
)
_HOLD: Final = re.compile(
    r"\b(?:please |just )?(?:hold|stay) (?:on|the line)\b|\bconnecting (?:you|your call)|\b(?:one|just a) moment"
    r"|\bplease (?:wait|hold)\b|\bthank(?: you|s)\b.{0,20}\b(?:hold|wait|connect|moment)",
)
_OUT_OF_SERVICE: Final = re.compile(
    r"\b(?:number|line) (?:you (?:have )?(?:dialed|called|reached) )?(?:is|has been) (?:not in service|no longer in"
    r" service|disconnected|changed|out of service)|\bnot a (?:valid|working) number|\bnumber (?:you (?:have )?dialed"
    r" )?(?:does not|doesn't) exist|\bcheck the number and (?:dial|try) again",
)
_NOT_REACHED: Final = re.compile(
    r"\b(?:your )?call (?:can(?:not|'t| not) be|could not be|couldn't be) (?:completed|connected)"
    r"|\b(?:wireless )?customer (?:you are calling )?is (?:not available|unavailable|outside)|\ball circuits are busy"
    r"|\bcurrently switched off|\bplease try (?:your call |again )?later",
)
_MENU: Final = re.compile(
    r"\bpress (?:\d|one|two|three|four|five|zero|star|pound)\b.{0,40}|\bfor (?:sales|service|support|billing|english"
    r"|scheduling|appointments)\b.{0,20}\b(?:press|say|dial)|\bpara español|\bmain menu|\blisten (?:carefully|closely)"
    r"(?: as)?|\bmenu options|\bif you know your party'?s extension|\bdial (?:it|the extension) at any time",
)
_VOICEMAIL: Final = re.compile(
    r"\byou know what to do|\bleave (?:me |us )?(?:a message|one|your|it)|\bmissed your call|\bsorry (?:i|we) missed"
    r" you|\b(?:at|after) the (?:tone|beep)|\bvoice ?mail\b|\bget back to you|\bcall you back (?:as soon|when)"
    r"|\bnot here right now|\b(?:can'?t|cannot|unable to) (?:come to|take|answer|pick up|get to) (?:the|your|my|this)\b"
    r"|\bdo the thing at the|\bmailbox\b|\bhas not been set up|\bat the sound of the",
)
_OUR_TALK: Final = re.compile(
    r"\b(?:should|can|could|shall|do|did|may|will) (?:i|you|we) leave\b|\bi left\b|\bdon'?t leave"
    r"|\b(?:he|she|they) (?:can'?t|cannot|isn'?t|is not|can not)\b"
)
_MERE_HELLO: Final = re.compile(
    r"(?:(?:hello|hi|hey|yes|yeah|yep|yo|good (?:morning|afternoon|evening)|speaking|who(?:'s| is) (?:this|it"
    r"|calling|there)|\w+ speaking|this is (?:he|she|him|her|\w+)|can i help you|i'?m here|there"
    r"|anybody|anyone|it'?s me)[ ,.?!]*)+"
)


def kind_of(words: str) -> Kind | None:
    """Who speaks these words when the phone is picked up; `person` only for words that no recording would say alone."""
    text = plain(words)
    if not text.strip():
        return None
    if _SCREENING.search(text):
        return "screening"
    recorded = not _OUR_TALK.search(text) and (
        _VOICEMAIL.search(text) is not None or any(each.value is Reflex.VOICEMAIL_GREETING for each in detect(words))
    )
    if out_of_service(words):
        return "carrier_message"
    if _MENU.search(text) and not re.search(r"\bleave\b.{0,30}\b(?:message|name)", text):
        return "phone_menu"
    if _NOT_REACHED.search(text) and not re.search(r"\b(?:message|voice ?mail|tone|beep)\b", text):
        return "carrier_message"
    if recorded:
        return "voicemail"
    return "person" if is_mere_hello(words) else None


def is_mere_hello(words: str) -> bool:
    """A hello that waits for an answer: no recording says only that."""
    return _MERE_HELLO.fullmatch(plain(words).strip()) is not None


def asks_to_hold(words: str) -> bool:
    """A screener that has taken our reason and fetches the person."""
    return _HOLD.search(plain(words)) is not None


def out_of_service(words: str) -> bool:
    """The carrier says that the number does not exist any more."""
    return _OUT_OF_SERVICE.search(plain(words)) is not None
