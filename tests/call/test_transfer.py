"""One try to put a caller through: whatever the carrier tells in whatever order, there is one typed outcome."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call.transfer import Attempt, Order, Phase
from engine.sdk import TransferOutcome, TransferRequest
from engine.telephony.events import LegStatus
from engine.telephony.progress import Progress

COLLEAGUE = "+14155550150"
WARM = Attempt(TransferRequest("front desk", COLLEAGUE), leg=Progress(dialled=COLLEAGUE))
COLD = Attempt(TransferRequest("front desk", COLLEAGUE, mode="cold"), leg=Progress(dialled=COLLEAGUE))


def told(attempt: Attempt, *statuses: str) -> tuple[Attempt, list[Order]]:
    """After webhooks with these statuses, `rejected:restricted` standing for one with a detail."""
    orders: list[Order] = []
    for status in statuses:
        name, _, detail = status.partition(":")
        event = LegStatus("leg-2", "CON-2", name, "phone", detail=detail, to=COLLEAGUE)
        attempt, more = attempt.leg_told(event)
        orders += more
    return attempt, orders


def ringing(attempt: Attempt) -> Attempt:
    """The colleague's phone rings; cold, the caller has left us to hear it."""
    if attempt.warm:
        return told(attempt.placed("leg-2")[0], "started", "ringing")[0]
    return told(attempt.ordered_away()[0].moved()[0], "started", "ringing")[0]


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        (("busy",), TransferOutcome("busy")),
        (("busy", "completed"), TransferOutcome("busy")),
        (("timeout",), TransferOutcome("no_answer")),
        (("unanswered:unavailable",), TransferOutcome("no_answer")),
        (("rejected",), TransferOutcome("declined")),
        (("rejected:declined",), TransferOutcome("declined")),
        (("rejected:invalid_number",), TransferOutcome("failed", "invalid_number")),
        (("failed:number_out_of_service",), TransferOutcome("failed", "number_out_of_service")),
        (("failed",), TransferOutcome("failed", "failed")),
        (("answered", "machine"), TransferOutcome("voicemail")),
    ],
)
@pytest.mark.parametrize("attempt", [WARM, COLD], ids=["warm", "cold"])
def test_what_the_carrier_says_of_the_phone_is_a_typed_outcome(
    attempt: Attempt, statuses: tuple[str, ...], outcome: TransferOutcome
) -> None:
    after, orders = told(ringing(attempt), *statuses)
    assert after.outcome == outcome
    assert after.phase is Phase.OVER
    # Warm, the caller is with us and the talk is told; cold, they have to be brought back first.
    assert orders.count(Order.TELL_TALK if attempt.warm else Order.BRING_BACK) == 1
    assert after.returning is not attempt.warm
    assert (Order.DROP_COLLEAGUE in orders) is (outcome.result == "voicemail")


def test_a_colleague_who_hangs_up_while_they_listen_has_declined() -> None:
    after, _ = told(ringing(WARM), "answered", "completed")
    assert after.outcome == TransferOutcome("declined")


@pytest.mark.parametrize(("key", "result"), [("2", "declined"), ("9", "declined"), ("", "no_answer")])
def test_any_other_key_declines_and_none_is_no_answer(key: str, result: str) -> None:
    after, orders = told(ringing(WARM), "answered")[0].key(key)
    assert after.outcome is not None and after.outcome.result == result
    assert orders == (Order.DROP_COLLEAGUE, Order.TELL_TALK)


def test_key_one_accepts_and_the_talk_is_told() -> None:
    after, orders = told(ringing(WARM), "answered")[0].key("1")
    assert (after.state.stage, after.outcome, orders) == ("accepted", None, (Order.TELL_TALK,))


def test_a_key_that_overtakes_the_answered_webhook_counts() -> None:
    assert ringing(WARM).key("1")[0].state.stage == "accepted"


def test_a_verdict_of_machine_after_a_key_is_not_believed() -> None:
    accepted, _ = told(ringing(WARM), "answered")[0].key("1")
    after, orders = told(accepted, "machine")
    assert (after.outcome, orders) == (None, [])


def test_joined_is_said_only_when_the_colleague_is_still_there_after_a_moment() -> None:
    accepted, _ = told(ringing(WARM), "answered")[0].key("1")
    joining = accepted.ordered_away()[0]
    moved, orders = joining.moved()
    assert orders == (Order.SETTLE,) and moved.outcome is None and moved.away
    joined, orders = moved.settled()
    assert (joined.outcome, joined.phase, orders) == (TransferOutcome("answered"), Phase.JOINED, (Order.TELL_TALK,))
    left, orders = told(moved, "completed")
    assert left.outcome == TransferOutcome("failed", "colleague_left")
    assert orders == [Order.BRING_BACK] and left.returning


def test_a_colleague_who_hangs_up_before_the_join_leaves_the_caller_with_us() -> None:
    accepted, _ = told(ringing(WARM), "answered")[0].key("1")
    after, orders = told(accepted, "completed")
    assert after.outcome == TransferOutcome("failed", "colleague_left")
    assert orders == [Order.TELL_TALK] and not after.away


def test_after_the_join_nothing_that_happens_to_the_colleague_calls_the_caller_back() -> None:
    accepted, _ = told(ringing(WARM), "answered")[0].key("1")
    joined, _ = accepted.ordered_away()[0].moved()[0].settled()
    after, orders = told(joined, "completed")
    assert (after.outcome, orders, after.returning) == (TransferOutcome("answered"), [], False)


def test_a_call_that_is_called_off_before_the_carrier_has_named_it_is_dropped_once_it_has() -> None:
    """The order to dial cannot be taken back: its call is ended as soon as we know its name."""
    off, orders = WARM.called_off()
    assert orders == (Order.TELL_TALK,)
    _, orders = off.placed("leg-2")
    assert orders == (Order.DROP_COLLEAGUE,)


def test_what_is_over_stays_as_it_is() -> None:
    busy, _ = told(ringing(WARM), "busy")
    for after, orders in (
        busy.called_off(),
        busy.key("1"),
        busy.timed_out(),
        busy.caller_left(),
        told(busy, "answered"),
    ):
        assert after.outcome == TransferOutcome("busy")
        assert list(orders) == []


def test_cold_a_person_is_taken_for_one_at_the_verdict_or_when_none_comes() -> None:
    answered, orders = told(ringing(COLD), "answered")
    assert orders == [Order.SETTLE] and answered.outcome is None
    assert told(answered, "human")[0].outcome == TransferOutcome("answered")
    assert answered.settled()[0].outcome == TransferOutcome("answered")


def test_cold_webhooks_that_overtake_the_carriers_answer_are_not_lost() -> None:
    moving = COLD.ordered_away()[0]
    early, _ = told(moving, "started", "ringing", "answered", "human")
    assert early.outcome == TransferOutcome("answered")
    assert early.moved()[0].outcome == TransferOutcome("answered")
    busy, orders = told(moving, "busy")
    assert busy.outcome == TransferOutcome("busy") and orders == [Order.BRING_BACK]


def test_cold_a_connect_that_is_over_without_a_word_brings_the_caller_back() -> None:
    after, orders = ringing(COLD).connect_over()
    assert after.outcome == TransferOutcome("failed", "not_connected")
    assert Order.BRING_BACK in orders


def test_cold_an_end_without_a_reason_is_not_taken_for_a_talk() -> None:
    assert told(ringing(COLD), "completed")[0].outcome == TransferOutcome("failed", "not_connected")
    assert told(ringing(COLD), "answered", "completed")[0].outcome == TransferOutcome("failed", "colleague_left")


def test_a_caller_who_has_left_is_not_brought_back() -> None:
    after, orders = ringing(COLD).caller_left()
    assert after.outcome == TransferOutcome("failed", "caller_left")
    assert Order.BRING_BACK not in orders and not after.returning


def test_a_join_in_doubt_fetches_the_caller_wherever_they_are() -> None:
    accepted, _ = told(ringing(WARM), "answered")[0].key("1")
    after, orders = accepted.ordered_away()[0].in_doubt()
    assert after.outcome == TransferOutcome("failed", "carrier")
    assert set(orders) == {Order.DROP_COLLEAGUE, Order.BRING_BACK}


def test_a_join_that_is_refused_leaves_the_caller_with_us() -> None:
    accepted, _ = told(ringing(WARM), "answered")[0].key("1")
    after, orders = accepted.ordered_away()[0].refused("carrier")
    assert not after.away
    assert set(orders) == {Order.DROP_COLLEAGUE, Order.TELL_TALK}


def test_a_failure_has_a_code_and_nothing_else_has() -> None:
    with pytest.raises(ValueError, match="code"):
        TransferOutcome("failed")
    with pytest.raises(ValueError, match="code"):
        TransferOutcome("busy", "why")


# Whatever happens, in whatever order.

STATUSES = ("started", "ringing", "answered", "human", "machine", "busy", "rejected", "timeout", "failed", "completed")
HAPPENS = st.lists(
    st.one_of(
        st.sampled_from(STATUSES),
        st.sampled_from(
            ["key1", "key2", "key", "placed", "refused", "away", "moved", "settled", "off", "left", "late"]
        ),
    ),
    max_size=14,
)


def happen(attempt: Attempt, what: str) -> tuple[Attempt, tuple[Order, ...]]:
    if what in STATUSES:
        after, orders = told(attempt, what)
        return after, tuple(orders)
    if what == "away" and not (
        attempt.phase is Phase.ACCEPTED or (not attempt.warm and attempt.phase is Phase.DIALLING)
    ):
        return attempt, ()
    if what in ("moved", "refused") and attempt.phase not in (Phase.JOINING, Phase.DIALLING):
        return attempt, ()
    if what.startswith("key"):
        return attempt.key(what.removeprefix("key"))
    match what:
        case "placed":
            return attempt.placed("leg-2")
        case "refused":
            return attempt.refused("carrier")
        case "away":
            return attempt.ordered_away()
        case "moved":
            return attempt.moved()
        case "settled":
            return attempt.settled()
        case "off":
            return attempt.called_off()
        case "left":
            return attempt.caller_left()
        case _:
            return attempt.timed_out()


@pytest.mark.parametrize("begun", [WARM, COLD], ids=["warm", "cold"])
@given(HAPPENS)
def test_an_outcome_never_changes_and_the_caller_is_fetched_exactly_if_they_are_away(
    begun: Attempt, story: list[str]
) -> None:
    attempt, fetched, told_talk = begun, 0, 0
    for what in story:
        before = attempt
        attempt, orders = happen(attempt, what)
        if before.outcome is not None:
            assert attempt.outcome == before.outcome
        elif attempt.outcome is not None:
            fetched += Order.BRING_BACK in orders
            told_talk += Order.TELL_TALK in orders
            if attempt.outcome.result != "answered" and what not in ("left", "refused"):
                assert (Order.BRING_BACK in orders) is before.away or attempt.phase is Phase.JOINED or not before.warm
        assert (attempt.state.stage == "over") is (attempt.outcome is not None)
        if attempt.phase is Phase.JOINED:
            assert attempt.outcome == TransferOutcome("answered")
    assert fetched + told_talk <= 1 or attempt.outcome is None
    if attempt.returning:
        assert fetched == 1


@given(st.permutations(["started", "ringing", "answered", "completed"]), st.randoms(use_true_random=False))
def test_the_order_of_webhooks_does_not_matter(order: list[str], dice: random.Random) -> None:
    twice = [status for each in order for status in [each] * dice.choice((1, 2))]
    after, _ = told(replace(WARM, leg=Progress("leg-2", COLLEAGUE)), *twice)
    assert after.outcome == TransferOutcome("declined")
