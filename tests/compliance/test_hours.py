"""The hour is the called person's hour: boundary minutes, holidays, switch days, and places far apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.compliance import Case, ConsentFact, Decision, Place, Terms, may_call
from engine.compliance.hours import AHEAD
from engine.compliance.places import places_of

PHONE = "+14155552671"
SIGNED = frozenset({"registration"})
EAST, CENTRAL, MOUNTAIN, WEST = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"


def at(zone: str, day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def decide(now: datetime, places: tuple[Place, ...], phone: str = PHONE, terms: Terms | None = None) -> Decision:
    text = "An artificial voice may call me."
    consent = ConsentFact("written", phone, given_at=now - timedelta(days=1), text=text)
    terms = terms or Terms(duties_met=SIGNED)
    lists = {"": now, **{place.state: now for place in places}}
    return may_call(Case(now, phone, consents=(consent,), places=places, lists_loaded=lists, terms=terms))


def answer(zone: str, state: str, day: str, clock: str, terms: Terms | None = None) -> str:
    return decide(at(zone, day, clock), (Place(zone, state),), terms=terms).answer


def opens(zone: str, state: str, day: str, clock: str, terms: Terms | None = None) -> str | None:
    found = decide(at(zone, day, clock), (Place(zone, state),), terms=terms).at
    return found.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S") if found else None


# The worked cases of the sheet, section 3.


def test_a_form_sent_at_night_in_san_francisco_with_a_miami_number_is_called_next_day_at_nine_pacific() -> None:
    decision = decide(at(WEST, "2026-09-15", "20:40"), places_of("+13053741234", "94107"), "+13053741234")
    assert decision.answer == "later"
    assert decision.at == at(WEST, "2026-09-16", "09:00")
    assert decision.refusal is not None
    assert decision.refusal.why == (
        "It is 11:40 p.m. Eastern, and in Florida (area code 305) calls are begun from 8:00 a.m. to 7:55 p.m. today."
    )


def test_a_form_from_chattanooga_with_a_nashville_number_waits_until_nine_eastern() -> None:
    decision = decide(at(EAST, "2026-09-15", "08:20"), places_of("+16152661234", "37402"), "+16152661234")
    assert decision.at == at(EAST, "2026-09-15", "09:00")


def test_a_form_from_dallas_on_a_sunday_waits_until_noon() -> None:
    decision = decide(at(CENTRAL, "2026-09-13", "11:30"), places_of("+12142661234", "75201"), "+12142661234")
    assert decision.at == at(CENTRAL, "2026-09-13", "12:00")


@pytest.mark.parametrize(
    ("state", "zone", "day", "clock", "expected"),
    [
        ("OH", EAST, "2026-09-15", "07:59:59", "later"),
        ("OH", EAST, "2026-09-15", "08:00", "yes"),
        ("OH", EAST, "2026-09-15", "20:54:59", "yes"),
        ("OH", EAST, "2026-09-15", "20:55", "later"),
        ("OH", EAST, "2026-09-15", "20:59", "later"),
        ("FL", EAST, "2026-09-15", "19:54:59", "yes"),
        ("FL", EAST, "2026-09-15", "19:55", "later"),
        ("CA", WEST, "2026-09-15", "08:59:59", "later"),
        ("CA", WEST, "2026-09-15", "09:00", "yes"),
        ("CT", EAST, "2026-09-15", "08:30", "later"),
        ("TX", CENTRAL, "2026-09-13", "11:59:59", "later"),
        ("TX", CENTRAL, "2026-09-13", "12:00", "yes"),
        ("TX", CENTRAL, "2026-09-12", "09:00", "yes"),  # a Saturday
        ("RI", EAST, "2026-09-12", "09:30", "later"),
        ("RI", EAST, "2026-09-12", "16:54", "yes"),
        ("RI", EAST, "2026-09-13", "12:00", "later"),
        ("ME", EAST, "2026-09-12", "12:00", "later"),
        ("SD", CENTRAL, "2026-09-12", "12:00", "later"),
        ("KY", CENTRAL, "2026-09-15", "09:59", "later"),
        ("KY", CENTRAL, "2026-09-15", "10:00", "yes"),
        ("HI", "Pacific/Honolulu", "2026-09-15", "08:00", "yes"),  # already evening in Europe, yesterday in Asia
        ("HI", "Pacific/Honolulu", "2026-09-15", "20:54", "yes"),  # the 16th in UTC
        ("HI", "Pacific/Honolulu", "2026-09-15", "07:59", "later"),
        ("AK", "America/Adak", "2026-09-15", "20:55", "later"),
        ("OH", EAST, "2028-02-29", "08:00", "yes"),
        ("OH", EAST, "2028-02-29", "20:55", "later"),
    ],
)
def test_boundary_minutes(state: str, zone: str, day: str, clock: str, expected: str) -> None:
    assert answer(zone, state, day, clock) == expected


@pytest.mark.parametrize(("clock", "expected"), [("19:59:59", "yes"), ("20:00", "later")])
def test_without_a_margin_the_last_second_counts(clock: str, expected: str) -> None:
    assert answer(EAST, "FL", "2026-09-15", clock, Terms(margin_min=0)) == expected


def test_a_deferred_call_comes_at_the_next_opening() -> None:
    assert opens(EAST, "OH", "2026-09-15", "21:00") == "2026-09-16 08:00:00"
    assert opens(EAST, "OH", "2028-02-28", "21:00") == "2028-02-29 08:00:00"
    assert opens(EAST, "OH", "2028-02-29", "21:00") == "2028-03-01 08:00:00"
    assert opens("Pacific/Honolulu", "HI", "2026-12-31", "21:00") == "2027-01-01 08:00:00"
    assert opens(EAST, "ME", "2026-09-11", "17:00") == "2026-09-14 09:00:00"  # over the weekend
    assert opens(CENTRAL, "AL", "2026-07-02", "20:00") == "2026-07-06 08:00:00"  # observed, the day itself, Sunday


def test_both_switch_days_have_the_same_window_by_the_clock_there() -> None:
    for day in ("2026-03-08", "2026-11-01"):
        assert answer(EAST, "OH", day, "07:59") == "later"
        assert answer(EAST, "OH", day, "08:00") == "yes"
        assert answer(EAST, "OH", day, "20:54") == "yes"
        assert answer(EAST, "OH", day, "20:55") == "later"
    spring = decide(at(EAST, "2026-03-07", "21:00"), (Place(EAST, "OH"),)).at
    autumn = decide(at(EAST, "2026-10-31", "21:00"), (Place(EAST, "OH"),)).at
    assert spring == datetime(2026, 3, 8, 12, tzinfo=UTC)  # ten hours later, not eleven
    assert autumn == datetime(2026, 11, 1, 13, tzinfo=UTC)


def test_arizona_keeps_its_clock_and_the_navajo_nation_does_not() -> None:
    summer = at("America/Phoenix", "2026-07-15", "20:30")  # 21:30 in Window Rock
    assert decide(summer, places_of("+18005551234", "85001")).answer == "yes"
    assert decide(summer, places_of("+18005551234", "86515")).answer == "later"
    assert decide(summer, places_of("+18005551234", "", "AZ")).answer == "later"  # who knows where in Arizona


def test_three_zones_apart_only_the_overlap_is_called() -> None:
    far = places_of("+12122661234", "94107")  # New York number, San Francisco address
    for clock, expected in (("08:59", "later"), ("09:00", "yes"), ("17:54", "yes"), ("17:55", "later")):
        assert decide(at(WEST, "2026-09-15", clock), far, "+12122661234").answer == expected
    assert decide(at(WEST, "2026-09-15", "18:00"), far, "+12122661234").at == at(WEST, "2026-09-16", "09:00")


def test_without_an_overlap_today_the_next_one_is_found() -> None:
    maine_and_hawaii = (Place(EAST, "ME"), Place("Pacific/Honolulu", "HI"))
    friday = at(EAST, "2026-09-11", "16:58")  # Maine closes at five, and all weekend
    assert decide(friday, maine_and_hawaii).at == at("Pacific/Honolulu", "2026-09-14", "08:00")
    winter = at(EAST, "2026-12-14", "08:00")
    assert decide(winter, maine_and_hawaii).at == at("Pacific/Honolulu", "2026-12-14", "08:00")


def test_places_that_never_overlap_have_no_hour_and_say_so() -> None:
    terms = Terms(windows={"weekday": ((time(9), time(10)),), "saturday": (), "sunday": ()})
    decision = decide(at(EAST, "2026-09-15", "12:00"), (Place(EAST, "NY"), Place(WEST, "CA")), terms=terms)
    assert (decision.answer, decision.at) == ("later", None)
    assert decision.no_moment.endswith("No hour of the next 14 days fits every place and the campaign.")


@pytest.mark.parametrize(
    ("state", "zone", "day", "name"),
    [
        ("LA", CENTRAL, "2026-02-17", "Mardi Gras"),
        ("LA", CENTRAL, "2026-04-03", "Good Friday"),
        ("RI", EAST, "2026-08-10", "Victory Day"),
        ("UT", MOUNTAIN, "2026-07-24", "Pioneer Day"),
        ("AL", CENTRAL, "2026-04-27", "Confederate Memorial Day"),
        ("MS", CENTRAL, "2026-04-27", "Confederate Memorial Day"),
        ("PA", EAST, "2026-11-26", "Thanksgiving"),
        ("PA", EAST, "2026-07-03", "Independence Day, observed"),
        ("AL", CENTRAL, "2027-12-24", "Christmas Day, observed"),
        ("UT", MOUNTAIN, "2027-12-31", "New Year's Day, observed"),
    ],
)
def test_nobody_is_called_on_the_holidays_of_the_six_states(state: str, zone: str, day: str, name: str) -> None:
    assert answer(zone, state, day, "12:00") == "later", name
    assert answer(zone, "OH", day, "12:00") == "yes"  # the other states call as usual


def test_nebraska_calls_in_the_afternoon_of_a_holiday() -> None:
    assert answer(CENTRAL, "NE", "2026-11-26", "12:59") == "later"
    assert opens(CENTRAL, "NE", "2026-11-26", "09:00") == "2026-11-26 13:00:00"
    assert answer(CENTRAL, "NE", "2026-11-26", "20:54") == "yes"
    assert answer(CENTRAL, "NE", "2026-11-25", "08:00") == "yes"


def test_a_signature_lets_consent_lift_the_bar_in_utah_and_pennsylvania_only() -> None:
    lifted = Terms(duties_met=frozenset({"UT.sunday_holiday_needs_consent"}))
    everywhere = Terms(duties_met=frozenset({"sunday_holiday_needs_consent"}))
    assert answer(MOUNTAIN, "UT", "2026-09-13", "12:00") == "later"
    assert answer(MOUNTAIN, "UT", "2026-09-13", "12:00", lifted) == "yes"
    assert answer(MOUNTAIN, "UT", "2026-07-24", "12:00", lifted) == "yes"
    assert answer(EAST, "PA", "2026-11-26", "12:00", lifted) == "later"
    assert answer(EAST, "PA", "2026-11-26", "12:00", everywhere) == "yes"
    assert answer(CENTRAL, "LA", "2026-09-13", "12:00", everywhere) == "later"
    assert answer(CENTRAL, "AL", "2026-11-26", "12:00", everywhere) == "later"


def test_the_campaign_narrows_the_law_and_never_widens_it() -> None:
    office = Terms(windows={"weekday": ((time(7), time(11)), (time(14), time(22))), "saturday": ()})
    for clock, expected in (("07:30", "later"), ("08:00", "yes"), ("10:54", "yes"), ("10:55", "later")):
        assert answer(EAST, "OH", "2026-09-15", clock, office) == expected
    assert opens(EAST, "OH", "2026-09-15", "11:00", office) == "2026-09-15 14:00:00"
    assert answer(EAST, "OH", "2026-09-15", "20:55", office) == "later"
    assert answer(EAST, "OH", "2026-09-12", "12:00", office) == "later"  # no Saturdays
    assert answer(EAST, "OH", "2026-09-13", "12:00", office) == "yes"  # of Sundays it says nothing


def test_a_campaign_may_leave_out_the_holidays_of_the_place() -> None:
    terms = Terms(holidays="none")
    assert answer(EAST, "OH", "2026-11-26", "12:00", terms) == "later"
    assert answer(EAST, "RI", "2026-08-10", "12:00", terms) == "later"
    assert answer(EAST, "OH", "2026-08-10", "12:00", terms) == "yes"  # Victory Day is Rhode Island's own


def test_without_any_sign_of_a_place_only_the_overlap_of_all_mainland_rows_is_called() -> None:
    for day, clock, expected in (
        ("2026-09-15", "11:59", "later"),
        ("2026-09-15", "12:00", "yes"),
        ("2026-09-15", "16:54", "yes"),
        ("2026-09-15", "16:55", "later"),
        ("2026-09-12", "13:00", "later"),  # a Saturday
        ("2026-09-13", "13:00", "later"),
        ("2026-08-10", "13:00", "later"),  # Victory Day, in Rhode Island alone
        ("2026-02-17", "13:00", "later"),  # Mardi Gras, in Louisiana alone
        ("2026-07-03", "13:00", "later"),  # observed
    ):
        assert decide(at(EAST, day, clock), ()).answer == expected, (day, clock)


def test_a_clock_without_a_state_stands_for_every_state() -> None:
    clock_only = (Place(CENTRAL, ""),)
    for clock, expected in (("09:59", "later"), ("10:00", "yes"), ("16:54", "yes"), ("16:55", "later")):
        assert decide(at(CENTRAL, "2026-09-15", clock), clock_only).answer == expected
    assert decide(at(CENTRAL, "2026-09-12", "12:00"), clock_only).answer == "later"
    beside = (Place(CENTRAL, ""), Place(EAST, "OH"))  # a state is known: the clock adds federal hours only
    assert decide(at(CENTRAL, "2026-09-12", "12:00"), beside).answer == "yes"
    assert decide(at(EAST, "2026-09-12", "08:30"), beside).answer == "later"


def test_territories_have_federal_hours_and_people_abroad_the_cautious_ones() -> None:
    island, abroad = Terms(), Terms(abroad=True)
    assert answer("America/Puerto_Rico", "PR", "2026-09-13", "08:00", island) == "yes"
    assert answer("America/Puerto_Rico", "PR", "2026-09-13", "07:59", island) == "later"
    london = places_of("+442079460958")
    for day, clock, expected in (
        ("2026-09-15", "08:59", "later"),
        ("2026-09-15", "09:00", "yes"),
        ("2026-09-15", "19:54", "yes"),
        ("2026-09-15", "19:55", "later"),
        ("2026-09-12", "12:00", "later"),
        ("2026-12-25", "12:00", "later"),
    ):
        now = at("Europe/London", day, clock)
        assert decide(now, london, "+442079460958", abroad).answer == expected, (day, clock)


def test_nobody_is_disturbed_on_the_simulated_network_unless_it_is_asked_for() -> None:
    night = at(WEST, "2026-09-15", "03:00")
    consent = ConsentFact("written", PHONE, given_at=night, text="An AI may call.")
    attempts = (night - timedelta(minutes=9), night - timedelta(minutes=5))
    case = Case(night, PHONE, consents=(consent,), places=places_of(PHONE), attempts=attempts)
    assert may_call(case).answer == "later"
    assert may_call(replace(case, real=False)).answer == "yes"
    assert may_call(replace(case, real=False, simulated_hours=True)).answer == "later"
    assert may_call(replace(case, real=False, phone="+447700900123", consents=())).answer == "no"  # consent binds


def test_no_further_ahead_than_two_weeks_is_looked() -> None:
    terms = Terms(windows={"weekday": (), "saturday": (), "sunday": ()})
    decision = decide(at(EAST, "2026-09-15", "12:00"), (Place(EAST, "OH"),), terms=terms)
    assert (decision.answer, decision.at) == ("later", None)
    assert timedelta(days=14) == AHEAD


def test_a_stop_by_hand_ends_at_the_next_opening_after_it() -> None:
    now = at(CENTRAL, "2026-09-11", "12:00")
    consent = ConsentFact("written", PHONE, given_at=now, text="An AI may call.")
    case = Case(now, PHONE, consents=(consent,), places=(Place(CENTRAL, "LA"),), lists_loaded={"": now, "LA": now})
    storm = replace(case, suspended={"LA": at(CENTRAL, "2026-09-12", "21:30"), "FL": now + timedelta(days=9)})
    assert may_call(storm).at == at(CENTRAL, "2026-09-14", "08:00")  # no calls on Sundays there
    assert may_call(replace(storm, suspended={"LA": now + timedelta(days=15)})).at is None
    # Where no state is known, each may be the person's.
    assert may_call(replace(case, places=(), suspended={"FL": now + timedelta(hours=2)})).answer == "later"
    assert may_call(replace(case, suspended={"FL": now + timedelta(hours=2)})).answer == "yes"
