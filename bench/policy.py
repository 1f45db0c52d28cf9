"""Decisions per second of "may we call?" on one core (CPU time), beside the target of 1 ms for a yes.

Typical: a lead with ZIP code and area code, at noon. Deferred: the same at night; the first moment at which every rule
holds is looked for. Worst: three places whose hours never overlap in this campaign, so that two weeks are searched day
by day in vain. First: nothing is kept yet of a lead's number and place.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock

from engine.compliance import Case, ConsentFact, Place, Terms, may_call
from engine.compliance.places import places_of
from engine.compliance.words import sentences

NOON = datetime(2026, 9, 15, 19, 0, tzinfo=UTC)  # a Tuesday, noon Pacific
NIGHT = datetime(2026, 9, 18, 6, 0, tzinfo=UTC)
TARGET_S = 0.001


def lead(number: int = 0, now: datetime = NOON) -> Case:
    phone = f"+13053{74_0000 + number:06d}"
    consent = ConsentFact(
        "written",
        phone,
        seller="Harborline Home Services LLC",
        given_at=now - timedelta(hours=1),
        text="Harborline Home Services may call me, also with an artificial voice.",
    )
    return Case(
        now,
        phone,
        seller="Harborline Home Services LLC",
        consents=(consent,),
        places=places_of(phone, "94107"),
        attempts=(now - timedelta(hours=20),),
        lists_loaded={"": now, "FL": now},
        caller="+14155442600",
    )


def worst() -> Case:
    never = Terms(windows={"weekday": ((clock(9), clock(11)),), "saturday": (), "sunday": ()})
    places = (Place("America/New_York", "PA"), Place("America/Denver", "UT"), Place("Pacific/Honolulu", "HI"))
    attempts = tuple(NIGHT - timedelta(days=each) for each in range(2, 5))
    return replace(lead(now=NIGHT), places=places, attempts=attempts, terms=never)


def rate(what: str, decide: Callable[[int], str], rounds: int, expected: str) -> None:
    times = []
    for number in range(rounds):
        began = time.thread_time()
        answer = decide(number)
        times.append(time.thread_time() - began)
        assert answer == expected, answer
    p50, p99 = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    print(
        f"{what:<42} {1 / statistics.mean(times):>7,.0f} a second, p50 {p50 * 1e6:>4,.0f} us, "
        f"p99 {p99 * 1e6:>4,.0f} us, {TARGET_S / p50:>5.1f} times as fast as asked"
    )


def main() -> None:
    began = time.thread_time()
    may_call(lead(9999))
    print(f"{'The first of a process: tables are read':<42} {(time.thread_time() - began) * 1e3:>7,.0f} ms")
    typical, deferred, hopeless = lead(), lead(now=NIGHT), worst()
    assert may_call(hopeless).at is None
    rate("Typical: yes", lambda _: may_call(typical).answer, 20_000, "yes")
    rate("First time for a number, places and all", lambda each: may_call(lead(each)).answer, 4_000, "yes")
    rate("Deferred, with the search for the moment", lambda _: may_call(deferred).answer, 5_000, "later")
    rate("Worst: two weeks searched in vain", lambda _: may_call(hopeless).answer, 500, "later")
    told = may_call(deferred)
    rate("A decision in sentences", lambda _: sentences(told, NIGHT, deferred.places).headline[:4], 5_000, "We w")


if __name__ == "__main__":
    main()
