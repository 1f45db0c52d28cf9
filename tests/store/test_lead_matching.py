"""Whose lead it is that comes in, and what it changes: decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.consents import ConsentEvidence, ConsentLevel
from engine.store.lead_matching import TEST_LEAD, Attached, Known, Landing, Leads, attach, form_hash
from engine.store.lead_tables import LeadState, NewLead, StoredLead

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=1)
PHONE = "+14155552671"
WRITTEN = ConsentEvidence("written", "Harborline LLC", "I agree.", "website", PHONE, ticked=True)
DANA = NewLead(
    "meta", "Dana", "", PHONE, "415 555 2671", "fb_1", "dana@example.com", {"zip": "94107"}, "home", webhook_at=NOW
)


def there(
    state: LeadState = "waiting", *, ago: timedelta = timedelta(hours=1), due: datetime | None = None, **facts: object
) -> StoredLead:
    lead = StoredLead(
        id="lead_1", source="website", external_id="c1", received_at=NOW - ago, flow_id="home", first_name="Dana",
        last_name="Reyes", phone=PHONE, phone_typed="(415) 555-2671", email=None, zone=None, form={"service": "roof"},
        state=state, reason="" if state == "waiting" else "the reason", next_call_at=due,
    )  # fmt: skip
    return replace(lead, **facts)  # type: ignore[arg-type]


def meet(
    lead: StoredLead,
    new: NewLead = DANA,
    evidence: ConsentEvidence | None = WRITTEN,
    *,
    hours: int = 24,
    calls: int = 0,
    suppressed: bool = False,
    had: tuple[ConsentEvidence, ...] = (),
    content: str = "another",
) -> Attached | None:
    """What becomes of `new` where `lead` is here, whose form's content was `content`. None: it is another lead."""
    leads = Leads()
    name = [(lead.source, lead.source_id or "", lead.external_id)] if lead.external_id else []
    leads.add(Known(lead, list(had), calls, suppressed), name, [(content, lead.received_at)])
    landing = Landing(new, evidence, timedelta(hours=hours), call_at=NOW)
    match = leads.find(landing, form_hash(new), NOW)
    return None if match is None else attach(match[0], landing, match[1], SOON)


def test_the_same_person_by_another_source_is_added_and_not_called_twice() -> None:
    end = meet(there(due=NOW + timedelta(hours=2)))
    assert end is not None
    assert (end.kind, end.due, end.adds_evidence, end.disposition) == ("same_person", False, True, "duplicate")
    assert end.lead.next_call_at == NOW + timedelta(hours=2)
    assert end.lead.email == "dana@example.com"
    assert end.lead.form == {"service": "roof", "zip": "94107"}
    assert (end.lead.last_name, end.lead.phone_typed) == ("Reyes", "(415) 555-2671")
    assert set(end.filled) == {"email", "form"}


def test_after_the_hours_of_the_campaign_it_is_another_wish() -> None:
    assert meet(there(ago=timedelta(hours=24))) is None
    assert meet(there(ago=timedelta(hours=23, minutes=59))) is not None
    assert meet(there(ago=timedelta(minutes=1)), hours=0) is None


def test_another_number_is_another_person() -> None:
    assert meet(there(phone="+14155552672")) is None


def test_a_family_shares_a_number_but_neither_names_nor_addresses() -> None:
    end = meet(there(last_name=""), replace(DANA, first_name="Tom", last_name="Reyes"))
    assert end is not None
    assert (end.kind, end.lead.first_name, end.lead.last_name, end.lead.email) == ("same_person", "Dana", "", None)
    assert end.lead.form == {"service": "roof", "zip": "94107"}


def test_consent_that_was_missing_makes_the_lead_due() -> None:
    end = meet(there("unusable", reason="Without your consent we may not call you."))
    assert end is not None
    assert (end.lead.state, end.lead.reason, end.lead.next_call_at, end.due) == ("waiting", "", NOW, True)
    # How fast somebody was called is counted from the form that allowed it.
    assert (end.lead.webhook_at, end.lead.accepted_at) == (NOW, SOON)
    assert end.disposition == ""


def test_a_number_that_was_missing_makes_the_lead_due() -> None:
    end = meet(there("unusable", phone=None, phone_typed="ask me", email="dana@example.com"))
    assert end is not None
    assert (end.lead.state, end.lead.phone, end.lead.phone_typed, end.due) == ("waiting", PHONE, "415 555 2671", True)


def test_a_number_that_comes_without_consent_is_added_and_nobody_is_called() -> None:
    new = replace(DANA, unusable="Without your consent we may not call you.")
    end = meet(there("unusable", phone=None, email="dana@example.com"), new, None)
    assert end is not None
    assert (end.lead.state, end.lead.phone, end.due) == ("unusable", PHONE, False)
    assert end.lead.reason == "Without your consent we may not call you."


def test_another_form_without_number_does_not_bring_anybody_back() -> None:
    lead = there("unusable", phone=None, email="dana@example.com")
    assert meet(lead, replace(DANA, phone=None)) is None


def test_who_was_talked_to_stays_closed_and_the_form_is_a_duplicate() -> None:
    end = meet(there("closed", reason="booked"), calls=1)
    assert end is not None
    assert (end.lead.state, end.due, end.adds_evidence, end.disposition) == ("closed", False, True, "duplicate")
    assert "booked" in end.why


def test_who_called_us_is_not_called_for_a_form_of_the_same_day() -> None:
    end = meet(there(source="inbound", external_id=None), calls=1)
    assert end is not None
    assert (end.lead.next_call_at, end.due) == (None, False)


def test_a_lead_that_nothing_is_planned_for_and_nobody_was_called_for_becomes_due() -> None:
    end = meet(there())
    assert end is not None
    assert (end.lead.next_call_at, end.due) == (NOW, True)


@pytest.mark.parametrize("level", ["none", "inquiry", "express", "written"])
def test_who_was_closed_for_want_of_consent_comes_back_with_a_better_one_only(level: ConsentLevel) -> None:
    had = (replace(WRITTEN, level="express"),)
    end = meet(there("closed", reason="no written consent"), evidence=replace(WRITTEN, level=level), had=had)
    assert end is not None
    assert end.due is (level == "written")
    assert end.adds_evidence


@pytest.mark.parametrize("state", ["unusable", "closed"])
def test_who_is_on_the_do_not_call_list_stays_there_whatever_a_form_brings(state: LeadState) -> None:
    end = meet(there(state), suppressed=True)
    assert end is not None
    assert (end.lead.state, end.due, end.disposition) == (state, False, "duplicate")
    assert "do-not-call" in end.why


def test_a_test_lead_is_nobody() -> None:
    test = replace(DANA, test=True)
    assert meet(there(), test) is None
    assert meet(there("unusable", test=True)) is None
    assert form_hash(test) != form_hash(DANA)
    assert Landing(test, WRITTEN).why_unusable == TEST_LEAD


ROBOT = replace(DANA, unusable="A robot has filled in this form.")


def test_what_a_robot_sent_is_added_to_nobody() -> None:
    assert meet(there(), ROBOT) is None
    end = meet(there(ago=timedelta(minutes=1)), ROBOT, content=form_hash(ROBOT))
    assert end is not None
    assert (end.kind, end.adds_evidence, end.due) == ("repeated", False, False)


def test_a_person_is_not_added_to_what_a_robot_sent() -> None:
    assert meet(there("unusable", reason="A robot has filled in this form."), had=(WRITTEN,)) is None


def test_a_vendor_that_sends_again_changes_nothing() -> None:
    again = replace(DANA, source="website", external_id="c1", first_name="D.")
    end = meet(there(ago=timedelta(days=30)), again, had=(WRITTEN,))
    assert end == Attached("repeated", there(ago=timedelta(days=30)))


def test_the_same_id_of_another_source_is_another_lead() -> None:
    page = there(source="meta", source_id="src_one", phone="+14155552672")
    again = replace(DANA, external_id="c1", source_id="src_one")
    assert meet(page, again) is not None
    assert meet(page, replace(again, source_id="src_two")) is None


def test_a_lead_that_could_not_be_called_is_brought_back_by_its_own_source() -> None:
    again = replace(DANA, source="website", external_id="c1")
    end = meet(there("unusable", phone=None), again)
    assert end is not None
    assert (end.kind, end.due, end.lead.phone) == ("same_person", True, PHONE)


def test_the_same_form_within_minutes_is_a_double_click_and_later_another_form() -> None:
    click = replace(DANA, external_id=None)
    same = meet(there(ago=timedelta(minutes=9)), click, content=form_hash(click), had=(WRITTEN,))
    assert same is not None
    assert (same.kind, same.adds_evidence) == ("repeated", False)
    later = meet(there(ago=timedelta(minutes=11)), click, content=form_hash(click), had=(WRITTEN,))
    assert later is not None
    assert (later.kind, later.adds_evidence) == ("same_person", True)


def test_the_same_form_with_the_box_ticked_this_time_is_called() -> None:
    click = replace(DANA, external_id=None)
    unticked = replace(WRITTEN, level="none", ticked=False)
    end = meet(there("unusable", ago=timedelta(minutes=1)), click, content=form_hash(click), had=(unticked,))
    assert end is not None
    assert (end.kind, end.due, end.adds_evidence) == ("same_person", True, True)


def test_other_words_agreed_to_in_the_same_form_are_kept_as_evidence() -> None:
    click = replace(DANA, external_id=None)
    had = (replace(WRITTEN, text="I agree to something else."),)
    end = meet(there(ago=timedelta(minutes=1)), click, content=form_hash(click), had=had)
    assert end is not None
    assert (end.kind, end.adds_evidence, end.due) == ("repeated", True, False)


def test_leads_that_are_still_to_be_fetched_are_not_taken_for_each_other() -> None:
    one = NewLead("meta", "", "", None, external_id="fb_1", source_id="src_1", arriving=True)
    assert form_hash(one) != form_hash(replace(one, external_id="fb_2"))
    unmapped = replace(one, arriving=False)
    assert form_hash(unmapped) != form_hash(replace(unmapped, external_id="fb_2"))


def test_of_several_leads_of_a_person_the_one_that_is_to_be_called_is_meant() -> None:
    leads = Leads()
    for lead, calls in (
        (there("unusable", id="lead_1", ago=timedelta(minutes=1)), 0),
        (there("closed", id="lead_2", ago=timedelta(minutes=2)), 1),
        (there(id="lead_3", ago=timedelta(minutes=3)), 0),
    ):
        leads.add(Known(lead, calls=calls))
    landing = Landing(DANA, WRITTEN, timedelta(hours=24), NOW)
    match = leads.find(landing, form_hash(DANA), NOW)
    assert match is not None
    assert match[0].lead.id == "lead_3"


STATES = st.sampled_from(("arriving", "waiting", "unusable", "closed"))
LEVELS = st.sampled_from(("none", "inquiry", "express", "written"))


@given(
    state=STATES, due=st.booleans(), calls=st.integers(0, 2), suppressed=st.booleans(), level=LEVELS, had=LEVELS,
    unusable=st.sampled_from(("", "no number")), name=st.sampled_from(("Dana", "Tom", "")), test=st.booleans(),
)  # fmt: skip
def test_no_form_ever_brings_back_who_must_not_or_need_not_be_called(
    state: LeadState, due: bool, calls: int, suppressed: bool, level: ConsentLevel, had: ConsentLevel, unusable: str,
    name: str, test: bool,
) -> None:  # fmt: skip
    lead = there(state, due=NOW if due and state == "waiting" else None, test=test)
    evidence = replace(WRITTEN, level=level)
    end = meet(
        lead, replace(DANA, unusable=unusable, first_name=name), evidence, calls=calls, suppressed=suppressed,
        had=(replace(WRITTEN, level=had),),
    )  # fmt: skip
    if end is None:
        return
    if calls or suppressed or unusable or test:
        assert not end.due
        assert end.lead.state == lead.state
        assert end.lead.next_call_at == lead.next_call_at
    if end.kind == "same_person":
        assert end.adds_evidence
    # What is there is never overwritten.
    for field in ("id", "source", "external_id", "first_name", "last_name", "phone", "received_at"):
        assert getattr(end.lead, field) == getattr(lead, field) or not getattr(lead, field)
    assert lead.form.items() <= end.lead.form.items()
