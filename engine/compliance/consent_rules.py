"""Rules about consent: who agreed to what, when, for whom (C1 to C3), and what became of the number since (C9)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from engine.compliance.case import Case, ConsentFact
from engine.compliance.decision import Check

LEVELS: Final = {"written": frozenset({"written"}), "express": frozenset({"written", "express"})}
"""What is enough, by what the campaign asks. A mere inquiry never is."""

_AGREED: Final = "the person asked for this very call"

_ARTIFICIAL: Final = re.compile(
    r"""artificial | \bA\.?I\b | \bsynthe(?:tic|si[sz]ed)\s+voice | \bcomputer[- ]generated\s+voice
    | \bvoz\s+sint[eé]tica | \bvoz\s+generada\s+por\s+(?:computadora|ordenador)
    | \b(?:de|con|una?|la|por|mediante|usando)\s+I\.?A\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""'Artificial' is the same word in Spanish; 'IA' alone is Iowa as well, so it needs a word before it."""

_DENIED: Final = re.compile(
    r"\b(?:no|not|never|without|nunca|sin|jam[aá]s)\b(?!\s+(?:be\s+)?(?:limited|only|just|solo|s[oó]lo|required))[^.;,]{0,24}$",
    re.IGNORECASE,
)

_SUFFIX: Final = re.compile(r"[\s,]+(?:llc|l\.l\.c\.|inc|inc\.|corp|corp\.|co|co\.|ltd|ltd\.|lp|llp|pllc|p\.c\.)$")


def consent(case: Case) -> Check:
    """C1: for this number and this seller, of the level that the campaign asks for, and not too old."""
    rule = "consent"
    if case.agreed:
        return Check(rule, True, inputs=_AGREED)
    mine = in_force(case)
    if not mine:
        return Check(rule, False, "There is no consent to be called on this number.")
    enough = [each for each in mine if each.level in LEVELS[case.terms.consent_level]]
    if not enough:
        kind = "written consent" if case.terms.consent_level == "written" else "consent"
        return Check(rule, False, f"There is no {kind} to be called on this number.", inputs=_told(mine[-1]))
    named = [each for each in enough if names(each, case.seller)]
    if not named:
        why = f"The consent does not name {case.seller}, for whom the call would be made."
        return Check(rule, False, why, inputs=_told(enough[-1]))
    newest = named[-1]
    given = given_at(newest)
    if given is None:
        return Check(rule, False, "Nobody knows when the consent was given.", inputs=_told(newest))
    age = case.now - given
    if age > timedelta(days=case.terms.consent_max_age_days):
        why = (
            f"The consent is {age.days} days old; the campaign takes none older than {case.terms.consent_max_age_days}."
        )
        return Check(rule, False, why, inputs=_told(newest))
    wanted, warning = _plain(case.seller), ""
    if wanted and newest.level == "written" and newest.text and not _is_named(wanted, newest.text):
        warning = f"What the person agreed to does not name {case.seller}; ask counsel whether it counts as written."
    return Check(rule, True, inputs=f"{_told(newest)}, {max(0, age.days)} days old", warning=warning)


def ai_wording(case: Case) -> Check:
    """C2: what was shown says that an artificial voice calls."""
    rule = "ai_wording"
    if case.agreed:
        return Check(rule, True, inputs=_AGREED)
    if not case.terms.require_ai_wording:
        return Check(rule, True, inputs="not asked by the campaign")
    texts = [each for each in in_force(case) if each.level in LEVELS[case.terms.consent_level] and each.text]
    if not texts:
        return Check(rule, False, "What the person agreed to was not kept, so nothing says that an AI voice may call.")
    for each in reversed(texts):
        if names_an_artificial_voice(each.text):
            return Check(rule, True, inputs=f"{each.id or 'consent'}, text {text_hash(each.text)}")
    why = "What the person agreed to does not say that an artificial or AI voice may call."
    return Check(rule, False, why, inputs=f"{texts[-1].id or 'consent'}, text {text_hash(texts[-1].text)}")


def not_revoked(case: Case) -> Check:
    """C3: once taken back, only a consent given later counts."""
    revoked = [each for each in case.consents if each.revoked and each.phone == case.phone]
    if revoked and not in_force(case):
        return Check(
            "not_revoked", False, "The person has taken back the consent to be called.", inputs=_told(revoked[-1])
        )
    return Check("not_revoked", True)


def not_reassigned(case: Case) -> Check:
    """C9: after a while a number may have a new owner. Leadline has no access to the database that knows."""
    given = max((at for each in in_force(case) if (at := given_at(each))), default=None)
    if case.agreed or given is None or case.now - given <= timedelta(days=case.terms.rnd_check_after_days):
        return Check("not_reassigned", True)
    days = (case.now - given).days
    warning = (
        f"The consent is {days} days old, and nobody has looked up in the Reassigned Numbers Database whether the "
        "number has a new owner since."
    )
    return Check("not_reassigned", True, inputs=f"{days} days, not looked up", warning=warning)


def in_force(case: Case) -> list[ConsentFact]:
    """Consents for this very number that hold, oldest first: not taken back, and given after any that was."""
    mine = [each for each in case.consents if each.phone is not None and each.phone == case.phone]
    taken_back = [each for each in mine if each.revoked]
    if taken_back:
        moments = [each.revoked_at for each in taken_back]
        last = None if None in moments else max(moment for moment in moments if moment)
        mine = [
            each
            for each in mine
            if not each.revoked and last and (given := given_at(each)) is not None and given > last
        ]
    if len(mine) > 1:
        mine.sort(key=lambda each: at.timestamp() if (at := given_at(each)) else 0.0)
    return mine


def has_written_consent(case: Case) -> bool:
    """Written, for this number and seller, not too old: what some states ask whatever the campaign asks."""
    oldest = case.now - timedelta(days=case.terms.consent_max_age_days)
    return any(
        each.level == "written" and names(each, case.seller) and (at := given_at(each)) is not None and at >= oldest
        for each in in_force(case)
    )


def given_at(fact: ConsentFact) -> datetime | None:
    """Never later than it reached us, whatever the form's clock said."""
    if fact.given_at is None or fact.received_at is None:
        return fact.given_at or fact.received_at
    return min(fact.given_at, fact.received_at)


def names(fact: ConsentFact, seller: str) -> bool:
    """Whether a consent is for this seller, by its record or by what was shown. Without a seller nothing is asked."""
    wanted = _plain(seller)
    return not wanted or _plain(fact.seller) == wanted or _is_named(wanted, fact.text)


def _is_named(seller: str, text: str) -> bool:
    return f" {seller} " in f" {_squeezed(text)} "


@lru_cache(maxsize=4096)
def names_an_artificial_voice(text: str) -> bool:
    """In English or Spanish. 'never by an artificial voice' does not."""
    return any(not _DENIED.search(text[: found.start()]) for found in _ARTIFICIAL.finditer(text))


@lru_cache(maxsize=4096)
def text_hash(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@lru_cache(maxsize=1024)
def _plain(seller: str) -> str:
    """A company's name without its legal form, case and punctuation."""
    name = seller.strip().casefold()
    while (shorter := _SUFFIX.sub("", name)) != name:
        name = shorter
    return _squeezed(name)


@lru_cache(maxsize=4096)
def _squeezed(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _told(fact: ConsentFact) -> str:
    given = given_at(fact)
    return f"{fact.id or 'consent'}, {fact.level}, {given.isoformat() if given else 'no date'}"
