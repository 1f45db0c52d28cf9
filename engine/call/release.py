"""May the speech that a model offers be spoken? And is a brief worth a second request? Pure rules, in one place.

A model writes its speech before the engine has planned. It is released if it does just what the plan wants; else the
turn is worded anew, nearly always in the author's own words, which cost nothing and wait for nobody.
"""

from __future__ import annotations

from engine.call.replying import Reply
from engine.dialogue.brief import Brief
from engine.dialogue.meaning import repeats, tokens
from engine.dialogue.model import Offer
from engine.dialogue.wording import author_sentences

FACTS_OF_THIS_CALL = frozenset(
    {
        "offer_times", "confirm_booking", "confirm_callback", "which_appointment", "change_appointment",
        "confirm_cancel",
    }
)  # fmt: skip
"""Questions that tell what the engine has just found out (free times, a time read back): no model can know it yet."""


def refusal(reply: Reply, offer: Offer | None) -> str:
    """Why the offered speech does not do what the plan wants, in words for the journal; empty if it does."""
    if offer is None:
        return "nothing was offered"
    if reply.reaction:
        return "a reflex speaks"
    if reply.opener:
        return "the words were not understood, or nobody knows the answer"
    if reply.lines:
        return "a card has lines of its own"
    planned = reply.ask.about if reply.ask is not None else None
    if offer.ask != planned:
        return f"it asks for {offer.ask or 'nothing'}, the plan for {planned or 'nothing'}"
    if planned in FACTS_OF_THIS_CALL:
        return f"'{planned}' tells what only the engine knows"
    known = {answer.knowledge for answer in reply.answers}
    if set(offer.answers) != known:
        return f"it tells {sorted(offer.answers) or 'nothing'}, the plan {sorted(known) or 'nothing'}"
    return ""


def holds(sentence: str, read_back: str) -> bool:
    """Whether a value is read back in `sentence`, however its figures are written."""
    return "".join(tokens(read_back)) in "".join(tokens(sentence)) or read_back.lower() in sentence.lower()


def worth_phrasing(brief: Brief, last_said: str) -> bool:
    """Whether a hosted model should be asked to word `brief`.

    The author's wording is good and free, so it is spoken as it stands, except where it would be heard as the turn
    before said again (R6), or where it would read out two knowledge entries one after the other. What reads a value
    back or tells a time is never re-worded: repeating it is its purpose.
    """
    if any(each.read_back for each in brief.acknowledge):
        return False
    if brief.ask is not None and brief.ask.about in FACTS_OF_THIS_CALL:
        return False
    return len(brief.answers) > 1 or repeats(" ".join(author_sentences(brief)), last_said)
