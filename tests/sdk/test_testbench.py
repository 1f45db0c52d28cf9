"""The bench itself: it behaves as the engine does, and says so when a node would not work there."""

from datetime import timedelta

import pytest

from engine.call.context import CardContext
from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    AppointmentPart,
    BookingDetails,
    BookingRules,
    CalendarDown,
    ConnectionMissing,
    Heard,
    NodeSettings,
    NotYet,
    OpeningTaken,
    QuietContext,
    QuietNode,
    RateLimit,
    Step,
    StepOutcome,
    TalkContext,
    TalkNode,
    TimeWish,
    Transient,
)
from engine.sdk.bench_calendar import BenchCalendar
from engine.sdk.testbench import NOON, Bench, BenchAfterCall, BenchCall, WrongExit, card, result_of

TWO, THREE = NOON + timedelta(hours=2), NOON + timedelta(hours=3)


class Counts(TalkNode[NodeSettings]):
    type = "t.counts"
    title = "Counts"

    async def enter(self, ctx: TalkContext) -> Step:
        return Step().wait().remember(kept="yes")

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        heard_before = int(ctx.memory.get("count", "0"))
        step = Step().say(f"{heard_before} {ctx.memory['kept']} {heard.slots}").remember(count=str(heard_before + 1))
        return step.leave() if heard.answer == "yes" else step


class Astray(QuietNode[NodeSettings]):
    type = "t.astray"
    title = "Astray"

    async def run(self, ctx: QuietContext) -> str:
        return "nowhere"


class Tells(AfterCallNode[NodeSettings]):
    type = "t.tells"
    title = "Tells"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        ctx.connection("crm")
        return StepOutcome(f"{ctx.result.lead.first_name} {ctx.result.answers[0].value}", external_id=ctx.key)


async def test_memory_is_carried_from_turn_to_turn_and_gone_when_the_card_is_left():
    bench, node = Bench(slots={"zip": None}), card(Counts)
    await bench.enter(node)
    assert (await bench.hear(node, "one", slots={"zip": "94110"})).lines[0].text == "0 yes ('zip',)"
    assert (await bench.hear(node, "two")).lines[0].text == "1 yes ()"
    assert bench.memory == {"kept": "yes", "count": "2"}
    await bench.hear(node, "three", answer="yes")
    assert bench.memory == {}


async def test_an_exit_that_is_not_declared_is_told():
    with pytest.raises(WrongExit, match=r"'t\.astray' left by 'nowhere'.*next"):
        await Bench().run(card(Astray))


async def test_a_slot_that_the_flow_would_not_have_is_told():
    with pytest.raises(KeyError, match="no slot 'zip'"):
        BenchCall(Bench()).slot("zip")


async def test_an_after_call_card_sees_a_finished_call_and_the_same_key_at_every_try():
    bench = Bench(slots={"zip": "94110"})
    with pytest.raises(ConnectionMissing):
        await bench.run(card(Tells))
    from engine.sdk import Connection

    bench.connections["crm"] = Connection("crm", "hubspot", {"token": "t"})
    first, second = await bench.run(card(Tells)), await bench.run(card(Tells))
    assert first == second and first.note == "Dana 94110"


@pytest.mark.parametrize("pace", ["quick", "slow", "too_slow"])
async def test_outside_work_goes_at_the_pace_that_the_test_wants(pace: str):
    done = []

    async def work() -> int:
        done.append("work")
        return 3

    bench = Bench()
    bench.pace = pace
    covered = BenchCall(bench).covered(work(), "One moment, {first_name}.")
    if pace == "too_slow":
        with pytest.raises(TimeoutError):
            await covered
    else:
        assert await covered == 3
    assert done == ["work"]  # what has begun is finished
    assert bench.fillers == ([] if pace == "quick" else ["One moment, Dana."])


def test_time_wishes_are_those_of_the_test():
    call = BenchCall(
        Bench(wishes={"at two": TWO, "today": (TWO, THREE), "at two or so": (TWO, THREE), "at nine": NOON})
    )
    wish = call.time_wish("AT TWO please", (TWO, THREE))
    assert wish is not None and wish.exact and wish.fitting == (TWO,)
    wish = call.time_wish("at two or so", (TWO, THREE))
    assert wish is not None and not wish.exact and wish.fitting == (TWO, THREE)
    wish = call.time_wish("at nine", (TWO, THREE))
    assert wish is not None and wish.near and wish.fitting[0] == TWO
    assert call.time_wish("never", (TWO,)) is None
    nothing_free = call.time_wish("at two", ())
    assert nothing_free is not None and nothing_free.near and nothing_free.fitting == ()
    assert call.time_wish("at two or so", (), offered=(TWO,)) == TimeWish((TWO,), exact=True)
    assert call.point_in_time("at two") == TWO and call.point_in_time("never") is None


def test_wishes_are_kept_from_turn_to_turn_and_hold_together():
    call = BenchCall(Bench(wishes={"early": (TWO, THREE), "late": (THREE, NOON)}))
    first = call.time_wish("early please", (TWO, THREE, NOON))
    assert first is not None
    second = call.time_wish("late", (TWO, THREE, NOON), kept=first.kept)
    assert second is not None and second.exact and call.suiting(second.kept, (TWO, THREE, NOON)) == (THREE,)


def test_the_bench_offers_a_node_all_that_a_call_offers():
    offered = {name for name in vars(CardContext) if not name.startswith("_")} | {*CardContext.__annotations__}
    of_the_protocol = {
        name for klass in (TalkContext, QuietContext) for base in klass.__mro__[:2] for name in vars(base)
        if not name.startswith("_")
    }  # fmt: skip
    missing = [name for name in of_the_protocol if not hasattr(BenchCall, name)]
    assert missing == [] and of_the_protocol <= offered


async def test_the_benchs_calendar_keeps_the_promises_of_a_calendar():
    calendar = BenchCalendar([TWO, THREE])
    rules, details = BookingRules(), BookingDetails("Visit")
    two, three = await calendar.openings(rules, NOON)
    hold = await calendar.hold(two, rules, "mine", NOON)
    with pytest.raises(OpeningTaken):
        await calendar.hold(two, rules, "theirs", NOON)
    booking = await calendar.confirm(hold, "mine", details, NOON)
    assert await calendar.confirm(hold, "mine", details, NOON) == booking
    moved = await calendar.confirm(await calendar.hold(three, rules, "mine", NOON), "mine", details, NOON)
    assert moved.id == booking.id and [each.start for each in await calendar.openings(rules, NOON)] == [TWO]
    await calendar.cancel(moved.id)
    assert len(await calendar.openings(rules, NOON)) == 2
    calendar.taken.add(TWO)
    with pytest.raises(OpeningTaken):
        await calendar.hold(two, rules, "mine", NOON)
    calendar.down = True
    with pytest.raises(CalendarDown):
        await calendar.openings(rules, NOON)


class Reminds(AfterCallNode[NodeSettings]):
    type = "t.reminds"
    title = "Reminds"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        visit = await ctx.appointment()
        if visit is None or visit.status == "cancelled":
            return StepOutcome("There is no appointment any more.")
        if ctx.now < visit.start - timedelta(days=1):
            raise NotYet("Waits until the day before.", visit.start - timedelta(days=1))
        await ctx.take_turn(RateLimit("texts", 5, 1.0))
        return StepOutcome("Reminded.")


async def test_an_after_call_card_waits_for_the_appointment_as_it_stands_now():
    start = NOON + timedelta(days=3)
    visit = AppointmentPart(id="apt", start=start, end=start, time_zone="UTC", calendar="main")
    bench = Bench()
    bench.result = result_of(bench).model_copy(update={"appointment": visit})
    with pytest.raises(NotYet) as wait:
        await bench.run(card(Reminds))
    assert wait.value.at == start - timedelta(days=1)
    bench.now = wait.value.at
    assert (await bench.run(card(Reminds))).note == "Reminded."
    assert bench.turns == [RateLimit("texts", 5, 1.0)]
    bench.appointment = visit.model_copy(update={"status": "cancelled"})
    assert (await bench.run(card(Reminds))).note == "There is no appointment any more."


async def test_an_after_call_card_gets_no_turn_where_a_limit_is_used_up():
    bench = Bench(busy_s=12.0)
    with pytest.raises(Transient) as refused:
        await BenchAfterCall(bench).take_turn(RateLimit("texts", 5, 1.0))
    assert refused.value.retry_after_s == 12.0
