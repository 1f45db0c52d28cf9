"""What becomes of a call after a run: waiting is no failure, tries are counted, failures are told at the end."""

from dataclasses import replace
from datetime import timedelta

from engine.aftercall.plan import Needs, PlannedStep
from engine.aftercall.verdict import ReportState, StepReport, Terms, conclude, ready
from engine.store.outbox import Entry
from tests.support.aftercall import NOON

TERMS = Terms(try_again_s=(100, 200))
ENTRY = Entry(
    id="out_1", call_id="call_31", flow_id="home", flow_name="Home", disposition="booked", plan=None, result=None,
    state="dispatched", gen=1, attempt=1, added_at=NOON, next_at=NOON, flow_run_id=None, owner="w", lease_until=None,
    finished_at=None, shown=False, problem="", claimed_until=None,
)  # fmt: skip


def step(id: str, *needs: Needs) -> PlannedStep:
    return PlannedStep(id, f"Card {id}", "t", 1, needs=needs)


def report(id: str, state: ReportState, note: str = "", hours: float = 0, asked_s: float | None = None) -> StepReport:
    until = NOON + timedelta(hours=hours) if state == "waits" else None
    return StepReport(step(id), state, note, retry_after_s=asked_s, until=until)


def test_a_call_that_only_waits_comes_back_at_the_earliest_moment_and_has_used_no_try() -> None:
    end = conclude(
        [report("a", "done"), report("b", "waits", hours=5), report("c", "waits", hours=3)], ENTRY, TERMS, NOON
    )
    assert (end.state, end.next_at, end.counts) == ("pending", NOON + timedelta(hours=3), False)
    assert end.summary.startswith("1 of 3 cards done.")


def test_a_retry_that_is_due_before_the_wait_is_over_comes_first_and_counts() -> None:
    end = conclude([report("a", "later"), report("b", "waits", hours=3)], ENTRY, TERMS, NOON)
    assert end.state == "pending"
    assert end.next_at
    assert NOON + timedelta(seconds=80) <= end.next_at <= NOON + timedelta(seconds=120)
    assert end.counts


def test_a_call_is_not_given_up_while_a_card_still_waits() -> None:
    tired = replace(ENTRY, attempt=3)
    end = conclude([report("a", "later", "Busy."), report("b", "waits", hours=3)], tired, TERMS, NOON)
    assert (end.state, end.next_at) == ("pending", NOON + timedelta(hours=3))
    assert conclude([report("a", "later", "Busy."), report("b", "done")], tired, TERMS, NOON).state == "dead"


def test_a_failure_beside_a_wait_is_told_when_the_wait_is_over() -> None:
    failed = report("a", "failed", "Refused.")
    assert conclude([failed, report("b", "waits", hours=3)], ENTRY, TERMS, NOON).state == "pending"
    end = conclude([failed, report("b", "done")], ENTRY, TERMS, NOON)
    assert (end.state, end.summary) == ("failed", "1 of 2 cards done. Card a: Refused.")


def test_a_pause_that_the_other_side_asks_for_is_kept_even_if_it_is_longer_than_ours() -> None:
    end = conclude([report("a", "later", asked_s=4000)], ENTRY, TERMS, NOON)
    assert end.next_at == NOON + timedelta(seconds=4000)


def test_pauses_grow_and_calls_that_failed_together_do_not_come_back_together() -> None:
    terms = Terms()
    pauses = [terms.pause_s("out_1", attempt) for attempt in range(1, 11)]
    assert terms.pause_s("out_1", 11) is None
    for pause, planned in zip(pauses, terms.try_again_s, strict=True):
        assert pause is not None
        assert 0.8 * planned <= pause <= 1.2 * planned
    assert len({terms.pause_s(f"out_{each}", 1) for each in range(50)}) > 40


def test_what_comes_after_a_card_that_waits_waits_too_and_other_branches_do_not() -> None:
    before = {"a": report("a", "waits", hours=3), "x": report("x", "done")}
    verdict = ready(step("b", Needs("a")), before)
    assert verdict
    assert (verdict.state, verdict.note) == ("blocked", "Waits: 'Card a', which comes before it, waits for its time.")
    assert ready(step("c", Needs("x")), before) is None


def test_the_way_out_named_failed_is_not_taken_while_the_card_waits() -> None:
    verdict = ready(step("b", Needs("a", "failed")), {"a": report("a", "waits", hours=3)})
    assert verdict
    assert verdict.state == "blocked"
