"""Where a call stands, whatever the order, number and luck of its webhooks."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.telephony.events import LegStatus
from engine.telephony.progress import (
    AnswererKnown,
    CallOver,
    MediaJoined,
    MediaLost,
    OtherPhone,
    OutcomeCorrected,
    Progress,
    Rank,
    RankReached,
    Transition,
)

T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LEAD = "+447700900001"
COLLEAGUE = "+447700900009"
SOCKET = "wss://leadline.example/media"


def phone(status: str, at_s: float = 0.0, **more: object) -> LegStatus:
    return LegStatus("u-phone", "CON-1", status, "phone", T0 + timedelta(seconds=at_s), **more)  # type: ignore[arg-type]


def socket(status: str, uuid: str = "u-socket") -> LegStatus:
    return LegStatus(uuid, "CON-1", status, "websocket", T0, to=SOCKET)


def told(*events: LegStatus) -> tuple[Progress, list[Transition]]:
    progress = Progress("u-phone", LEAD)
    transitions: list[Transition] = []
    for event in events:
        progress, new = progress.receive(event)
        transitions += new
    return progress, transitions


def test_an_ordinary_call_from_the_order_to_the_end() -> None:
    progress, steps = told(
        phone("started"),
        phone("ringing", 1),
        phone("answered", 5),
        socket("started"),
        socket("answered"),
        socket("completed"),
        phone("completed", 65, duration_s=60.0),
    )
    assert steps == [
        RankReached(Rank.STARTED),
        RankReached(Rank.RINGING),
        RankReached(Rank.ANSWERED),
        MediaJoined("u-socket"),
        CallOver("completed"),
    ]
    assert (progress.answered_at, progress.duration_s) == (T0 + timedelta(seconds=5), 60.0)


def test_the_end_of_the_media_socket_is_not_the_end_of_the_call() -> None:
    progress, _ = told(phone("answered"), socket("answered"), socket("completed"))
    assert progress.outcome is None


def test_a_socket_that_our_side_closed_is_reported_so_that_the_call_can_be_rescued() -> None:
    _, steps = told(phone("answered"), socket("answered"), socket("disconnected"), socket("disconnected"))
    assert steps[-1] == MediaLost("u-socket", "disconnected")
    assert sum(isinstance(step, MediaLost) for step in steps) == 1


def test_a_socket_already_lost_does_not_join_by_a_late_webhook() -> None:
    _, steps = told(phone("answered"), socket("disconnected"), socket("answered"))
    assert not any(isinstance(step, MediaJoined) for step in steps)


def test_swapped_started_and_ringing_move_the_call_forward_once() -> None:
    _, steps = told(phone("ringing"), phone("started"), phone("ringing"))
    assert steps == [RankReached(Rank.RINGING)]


def test_a_lost_answered_webhook_is_made_up_for_by_the_bill() -> None:
    progress, _ = told(phone("started"), phone("completed", duration_s=12.0))
    assert progress.was_answered


def test_busy_stays_busy_when_completed_follows() -> None:
    progress, steps = told(phone("ringing"), phone("busy"), phone("completed", duration_s=0.0))
    assert progress.outcome == "busy"
    assert steps[-1] == CallOver("busy")


def test_busy_that_comes_after_completed_corrects_the_outcome() -> None:
    progress, steps = told(phone("ringing"), phone("completed"), phone("busy"))
    assert progress.outcome == "busy"
    assert steps[-2:] == [CallOver("completed"), OutcomeCorrected("busy")]


def test_a_rejected_call_is_over_without_a_completed() -> None:
    progress, steps = told(phone("started"), phone("ringing"), phone("rejected", detail="declined"))
    assert steps[-1] == CallOver("rejected", "declined")
    assert progress.rank is Rank.OVER


def colleague(status: str) -> LegStatus:
    return LegStatus("u-colleague", "CON-1", status, "phone", T0, to=COLLEAGUE)


def test_the_end_of_a_colleagues_leg_is_not_the_end_of_the_call() -> None:
    progress, steps = told(phone("answered"), colleague("busy"), colleague("busy"), colleague("completed"))
    assert progress.outcome is None
    assert steps[1:] == [OtherPhone("u-colleague", "busy"), OtherPhone("u-colleague", "completed")]


def test_when_the_carriers_answer_was_lost_the_number_tells_the_phones_apart() -> None:
    progress, _ = Progress(dialled=LEAD).receive(colleague("completed"))
    assert progress.outcome is None
    progress, _ = progress.receive(LegStatus("u-any", "CON-1", "completed", "phone", T0, to=LEAD))
    assert progress.outcome == "completed"


def test_a_voicemail_is_told_from_a_person_and_its_beep_is_heard() -> None:
    detected = LegStatus("u-phone", "CON-1", "machine", "unknown")
    beep = LegStatus("u-phone", "CON-1", "machine", "unknown", sub_state="beep_start")
    progress, steps = told(phone("answered"), detected, detected, beep, beep)
    assert steps[1:] == [AnswererKnown("machine"), AnswererKnown("machine", beep=True)]
    assert progress.answerer == "machine"


EVENTS = st.builds(
    lambda status, at_s, detail, duration: phone(status, at_s, detail=detail, duration_s=duration),
    st.sampled_from(
        [
            "started", "ringing", "answered", "human", "machine", "completed", "busy", "cancelled",
            "timeout", "unanswered", "rejected", "failed", "something-new",
        ]
    ),
    st.integers(0, 100),
    st.sampled_from(["", "declined", "unavailable"]),
    st.sampled_from([None, 0.0, 7.0]),
) | st.builds(colleague, st.sampled_from(["started", "busy", "answered", "completed"])) | st.builds(
    socket,
    st.sampled_from(["started", "ringing", "answered", "disconnected", "failed", "completed"]),
    st.sampled_from(["u-socket", "u-socket-2"]),
)  # fmt: skip


@given(st.data(), st.lists(EVENTS, max_size=12))
def test_any_order_and_any_repetition_lead_to_the_same_state(data: st.DataObject, events: list[LegStatus]) -> None:
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    shuffled = data.draw(st.permutations(events + repeats))
    assert told(*shuffled)[0] == told(*events)[0]


@given(st.lists(EVENTS, max_size=15))
def test_the_end_is_said_once_and_progress_never_goes_back(events: list[LegStatus]) -> None:
    progress, steps = told(*events)
    assert sum(isinstance(step, CallOver) for step in steps) == (progress.outcome is not None)
    ranks = [step.rank for step in steps if isinstance(step, RankReached)]
    assert ranks == sorted(set(ranks))


@given(st.lists(EVENTS, max_size=15), EVENTS)
def test_a_webhook_that_comes_twice_brings_no_news(events: list[LegStatus], event: LegStatus) -> None:
    progress, _ = told(*events, event)
    assert progress.receive(event) == (progress, ())
