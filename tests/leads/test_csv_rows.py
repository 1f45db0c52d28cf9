"""A row as a lead: only with consent of its own, or with one that somebody has stated for the whole import."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engine.leads.arrived import Arrived
from engine.leads.csv_files import report
from engine.leads.csv_files.look import preview
from engine.leads.csv_files.plan import ImportPlan, StatedConsent, faults
from engine.leads.csv_files.reader import Row
from engine.leads.csv_files.rows import read_row
from engine.leads.fields import FieldProblem
from engine.leads.reading import Arrival
from engine.store.lead_imports import Refusal

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ARRIVAL = Arrival("home", "Harborline LLC", "US", campaign_id="cmp_1", source_id="src_1")
TEXT = "I agree to be called by an assistant of Harborline LLC."
STATED = StatedConsent(text=TEXT, given_on=date(2026, 11, 20), where="Home show, booth 12", declared=True)
COLUMNS = ("name", "phone", "budget", "consent_text", "consent_at", "consent_source", "consent", "id")
PLAN = ImportPlan(columns=COLUMNS, names=COLUMNS)


def lead(*cells: str, plan: ImportPlan = PLAN, number: int = 2) -> Arrived:
    found = read_row(Row(number, cells), plan, ARRIVAL, "imp_1", "Dana")
    assert isinstance(found, Arrived), found
    return found


def own(
    *, text: str = TEXT, at: str = "2026-11-20T10:00:00Z", where: str = "https://harborline.example", tick: str = "",
    plan: ImportPlan = PLAN, id: str = "",
) -> Arrived:  # fmt: skip
    return lead("Zoë Miller", "(415) 555-2671", "5k", text, at, where, tick, id, plan=plan)


def test_a_row_with_words_time_and_place_of_its_own_is_written_consent() -> None:
    found = own()
    assert found.lead.unusable == ""
    assert found.evidence is not None
    assert (found.evidence.level, found.evidence.text) == ("written", TEXT)
    assert found.evidence.given_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert (found.evidence.form_url, found.evidence.source) == ("https://harborline.example", "csv")
    assert "imported by Dana" in found.evidence.verified_by
    assert (found.lead.phone, found.lead.form) == ("+14155552671", {"budget": "5k"})


@pytest.mark.parametrize(("lacks", "word"), [("text", "the words"), ("at", "the time"), ("where", "the place")])
def test_a_row_that_lacks_one_of_the_three_is_parked_and_says_which(lacks: str, word: str) -> None:
    found = own(**{lacks: ""})  # type: ignore[arg-type]
    assert found.evidence is not None
    assert found.evidence.level == "none"
    assert word in found.lead.unusable
    assert found.lead.external_id == "imp_1:2"


def test_a_consent_stated_for_the_import_counts_where_the_row_has_none() -> None:
    found = own(text="", at="", where="", plan=PLAN.model_copy(update={"consent": STATED}))
    assert found.lead.unusable == ""
    assert found.evidence is not None
    assert (found.evidence.level, found.evidence.text, found.evidence.form_url) == (
        "written",
        TEXT,
        "Home show, booth 12",
    )
    assert found.evidence.given_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert found.evidence.verified_by == "declared for the import imp_1 by Dana"


def test_a_consent_that_nobody_declared_counts_for_nothing() -> None:
    undeclared = STATED.model_copy(update={"declared": False})
    assert own(text="", plan=PLAN.model_copy(update={"consent": undeclared})).lead.unusable


@pytest.mark.parametrize("no", ["no", "false", "0", "N"])
def test_a_row_that_says_no_is_never_called_whatever_was_stated(no: str) -> None:
    found = own(tick=no, plan=PLAN.model_copy(update={"consent": STATED}))
    assert found.evidence is not None
    assert found.evidence.level == "none"
    assert "did not agree" in found.lead.unusable


@pytest.mark.parametrize(
    ("typed", "dates", "expected"),
    [
        ("11/20/2026", "mdy", (2026, 11, 20, 0)), ("20.11.2026", "dmy", (2026, 11, 20, 0)),
        ("11/20/26 3:05 PM", "mdy", (2026, 11, 20, 15)), ("2026-11-20 15:05", "dmy", (2026, 11, 20, 15)),
        ("2026-11-20T15:05:00+00:00", "mdy", (2026, 11, 20, 15)), ("12/11/2026 12:05 am", "dmy", (2026, 11, 12, 0)),
    ],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(typed: str, dates: str, expected: tuple[int, ...]) -> None:
    found = own(at=typed, plan=PLAN.model_copy(update={"dates": dates}))
    assert found.evidence is not None
    at = found.evidence.given_at
    assert at is not None
    assert (at.year, at.month, at.day, at.hour) == expected


def test_a_date_that_is_none_is_no_time_of_consent() -> None:
    for typed in ("yesterday", "31/31/2026", "2026", "99999999"):
        assert "the time" in own(at=typed).lead.unusable


def test_times_without_a_zone_are_read_in_that_of_the_import() -> None:
    found = own(at="2026-11-20 10:00", plan=PLAN.model_copy(update={"zone": "America/New_York"}))
    assert found.evidence is not None
    assert found.evidence.given_at == datetime(2026, 11, 20, 15, tzinfo=UTC)


def test_a_row_is_known_by_its_number_and_by_its_own_id_if_it_has_one() -> None:
    assert own().lead.external_id == "imp_1:2"
    assert own(id="C-17").lead.external_id == "src_1:C-17"


def test_a_row_with_a_bad_number_is_kept_with_the_reason() -> None:
    found = lead("Zoë", "12", "", TEXT, "2026-11-20", "x.example", "", "")
    assert found.lead.phone is None
    assert found.lead.unusable


def test_a_row_with_more_cells_than_columns_is_refused_since_they_may_have_moved() -> None:
    found = read_row(Row(9, (*["x"] * len(COLUMNS), "more")), PLAN, ARRIVAL, "imp_1", "")
    assert isinstance(found, FieldProblem)
    assert "9 columns instead of 8" in found.problem
    fine = read_row(Row(9, (*["x"] * len(COLUMNS), "", "")), PLAN, ARRIVAL, "imp_1", "")
    assert isinstance(fine, Arrived)


def test_a_row_with_fewer_cells_counts_as_long_as_its_phone_is_there() -> None:
    stated = PLAN.model_copy(update={"consent": STATED})
    assert lead("Zoë", "4155552671", plan=stated).lead.unusable == ""
    assert isinstance(read_row(Row(3, ("Zoë",)), stated, ARRIVAL, "imp_1", ""), FieldProblem)


def test_metas_own_export_is_read() -> None:
    plan = ImportPlan(columns=("id", "submitted_at", "name", "phone"), consent=STATED)
    found = lead("l:4444", "2026-11-22T14:06:30-06:00", "Zoë Miller", "p:+14155552671", plan=plan)
    assert (found.lead.phone, found.lead.external_id) == ("+14155552671", "src_1:l:4444")
    assert found.lead.submitted_at == datetime(2026, 11, 22, 20, 6, 30, tzinfo=UTC)


def test_what_keeps_an_import_from_being_started() -> None:
    assert faults(PLAN, NOW) == []
    assert faults(PLAN.model_copy(update={"consent": STATED}), NOW) == []
    bad = PLAN.model_copy(
        update={
            "columns": ("name", "name"), "zone": "Mars", "country": "XX", "encoding": "rot13", "separator": "x",
            "consent": StatedConsent(text="yes", given_on=date(2027, 1, 1), where="", declared=False),
        }
    )  # fmt: skip
    assert [field for field, _ in faults(bad, NOW)] == [
        "encoding", "separator", "columns", "columns", "zone", "country", "consent.text", "consent.given_on",
        "consent.where", "consent.declared",
    ]  # fmt: skip


def test_a_look_before_the_import_tells_what_would_be_refused(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("name,phone\nAnn,4155552671\nBob,12\n\nCy,4155552672,x\n")
    plan = ImportPlan(columns=("name", "phone"), names=("name", "phone"), consent=STATED)
    seen = preview(file, plan, ARRIVAL)
    assert (seen.tried, seen.refused) == (3, 2)
    assert [each.row for each in seen.refusals] == [3, 5]
    assert [row.number for row in seen.first] == [2, 3, 5]


def test_the_report_carries_no_live_formula(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("name,phone\n=cmd|'/C calc'!A0,+1 415\n\"@SUM(1;2)\",-2+3\n")
    plan = ImportPlan(columns=("name", "phone"), names=("=name", "phone"))
    refusals = [Refusal(2, "=bad", "+mend"), Refusal(3, "x", "y")]
    text = report.head(plan) + report.lines(refusals, report.rows_of(file, plan), plan)
    lines = text.removeprefix(report.BOM).splitlines()
    assert lines == [
        "Row,Problem,What to do,'=name,phone",
        "2,'=bad,'+mend,'=cmd|'/C calc'!A0,'+1 415",
        "3,x,y,'@SUM(1;2),'-2+3",
    ]


def test_a_mended_report_can_be_uploaded_again() -> None:
    plan = ImportPlan(columns=("ignore", "ignore", "ignore", "name", "phone"), consent=STATED)
    assert lead("2", "Problem", "Do", "Zoë", "'+14155552671", plan=plan).lead.phone == "+14155552671"


def test_the_report_without_the_file_still_tells_what_was_wrong(tmp_path: Path) -> None:
    plan = ImportPlan(columns=("phone",), names=("phone",))
    assert (
        report.lines([Refusal(7, "bad", "mend")], report.rows_of(tmp_path / "gone.csv", plan), plan) == "7,bad,mend\r\n"
    )
