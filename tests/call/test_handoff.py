"""The desk that puts callers through: what it asks of the carrier, and what it does when the carrier fails."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field

import pytest

from engine.call.handoff import BACK_WITHIN_S, JOIN_WITHIN_S, Routes, TransferDesk
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.sdk import Scalar, TransferOutcome, TransferRequest
from engine.telephony.client import CarrierBusy, CarrierRefused, CarrierUnreachable, PlaceCall, PlacedCall
from engine.telephony.events import CarrierEvent, KeysEntered, LegStatus, NccoError, Reached
from engine.telephony.ncco import Ncco, Talk
from tests.support.ncco import talk_to_socket
from tests.support.virtual_time import in_virtual_time

COLLEAGUE = "+14155550150"
WRONG = ProviderProblem(ProblemKind.REFUSED, "The carrier said no.", "Look at its dashboard.")
WARM = TransferRequest("front desk", COLLEAGUE, summary="Dana is on the line. Press 1.")
COLD = TransferRequest("front desk", COLLEAGUE, mode="cold", ring_s=20)
BACK = talk_to_socket("call_1", "token", "wss://us.example/vonage/media", "https://us.example/e", "+14155550100")


@dataclass
class Carrier:
    """Does what it is asked, after `fails` is used up. `hangs`: orders of this kind are never answered."""

    fails: list[Exception] = field(default_factory=list)
    hangs: set[str] = field(default_factory=set)
    orders: list[tuple[str, str, object]] = field(default_factory=list)
    slow_s: float = 0.05

    async def create_call(self, order: PlaceCall) -> PlacedCall:
        await self._do("call", order.to, order)
        return PlacedCall("leg-2", "CON-2")

    async def transfer(self, uuid: str, ncco: Ncco, *, region_url: str | None = None) -> None:
        await self._do("transfer", uuid, ncco)

    async def hang_up(self, uuid: str, *, region_url: str | None = None) -> None:
        await self._do("hang up", uuid, None)

    async def _do(self, what: str, whom: str, how: object) -> None:
        self.orders.append((what, whom, how))
        await asyncio.sleep(self.slow_s)
        if what in self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise self.fails.pop(0)

    @property
    def names(self) -> list[tuple[str, str]]:
        return [(what, whom) for what, whom, _ in self.orders]


class Line:
    uuid = "leg-1"
    region_url = ""

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, Scalar | None]]] = []
        self.told = 0

    def at(self) -> float:
        return asyncio.get_running_loop().time()

    def note(self, kind: str, **facts: Scalar | None) -> None:
        self.notes.append((kind, facts))

    def news(self) -> None:
        self.told += 1


class House:
    """A desk, its carrier, and the line of one call."""

    def __init__(self, **carrier: object) -> None:
        self.carrier = Carrier(**carrier)  # type: ignore[arg-type]
        self.line = Line()
        self._tasks: list[asyncio.Task[None]] = []
        self.desk = TransferDesk(self.carrier, {"sales": "+14155550151"}, self._background)
        self.desk.open(
            self.line,
            Routes("call_1", "https://us.example/c", "https://us.example/r", "+14155550100", "en-US", lambda: BACK),
        )

    def _background(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    def tell(self, *statuses: str) -> list[Ncco | None]:
        return [self.desk.receive(LegStatus("leg-2", "CON-2", status, "phone", to=COLLEAGUE)) for status in statuses]

    def keys(self, digits: str) -> Ncco | None:
        return self.desk.receive(KeysEntered("leg-2", "CON-2", digits))

    @property
    def outcome(self) -> TransferOutcome | None:
        return self.desk.state.outcome if self.desk.state is not None else None

    async def accepted(self) -> None:
        self.desk.begin(WARM)
        await asyncio.sleep(0.2)
        self.tell("started", "ringing", "answered")
        self.keys("1")
        assert self.desk.state is not None and self.desk.state.stage == "accepted"


def said(ncco: Ncco | None) -> list[str]:
    assert ncco is not None
    return [action.text for action in ncco.actions if isinstance(action, Talk)]


@in_virtual_time
async def test_a_colleague_is_called_with_a_programme_of_their_own() -> None:
    house = House()
    assert house.desk.begin(WARM).stage == "ringing"
    await asyncio.sleep(0.2)
    ((_, whom, order),) = house.carrier.orders
    assert isinstance(order, PlaceCall) and order.ncco is not None
    assert (whom, order.answer_url, order.event_url) == (COLLEAGUE, "", "https://us.example/c")
    assert order.machine_detection is not None
    assert [action.write()["action"] for action in order.ncco.actions] == ["talk", "input"]


@in_virtual_time
async def test_a_colleague_is_found_by_the_name_of_a_connection() -> None:
    house = House()
    house.desk.begin(TransferRequest("sales", connection="sales"))
    await asyncio.sleep(0.2)
    assert house.carrier.names == [("call", "+14155550151")]


@in_virtual_time
async def test_a_connection_that_nobody_set_up_ends_at_once_and_dials_nobody() -> None:
    house = House()
    state = house.desk.begin(TransferRequest("sales", connection="nobody_knows"))
    assert state.outcome == TransferOutcome("failed", "not_set_up")
    await asyncio.sleep(1.0)
    assert house.carrier.orders == []


@in_virtual_time
async def test_a_wish_said_twice_dials_once() -> None:
    house = House()
    for _ in range(3):
        house.desk.begin(WARM)
        await asyncio.sleep(0.2)
    assert house.carrier.names == [("call", COLLEAGUE)]


@in_virtual_time
async def test_a_carrier_that_is_too_busy_is_asked_again_for_nothing_was_done() -> None:
    house = House(fails=[CarrierBusy("busy", WRONG), CarrierBusy("busy", WRONG)])
    house.desk.begin(WARM)
    await asyncio.sleep(3.0)
    assert house.carrier.names == [("call", COLLEAGUE)] * 3
    assert house.outcome is None


@in_virtual_time
async def test_an_order_that_may_have_been_carried_out_is_never_given_again() -> None:
    """The webhooks of the call decide; if none come, the colleague did not answer."""
    house = House(fails=[CarrierUnreachable("lost", WRONG, maybe_placed=True)])
    house.desk.begin(WARM)
    await asyncio.sleep(29.0)
    assert house.outcome is None
    await asyncio.sleep(2.0)
    assert house.outcome == TransferOutcome("no_answer")
    assert house.carrier.names == [("call", COLLEAGUE)]


@in_virtual_time
async def test_an_order_whose_answer_was_lost_goes_on_with_its_webhooks() -> None:
    house = House(fails=[CarrierUnreachable("lost", WRONG, maybe_placed=True)])
    await house.accepted()
    assert await house.desk.put_through() == TransferOutcome("answered")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (CarrierRefused("no", WRONG, status=403), "carrier_refused"),
        (CarrierUnreachable("nothing was sent", WRONG, maybe_placed=False), "carrier_unreachable"),
    ],
)
def test_a_refused_order_is_a_failure_with_its_code(failure: Exception, code: str) -> None:
    @in_virtual_time
    async def run() -> None:
        house = House(fails=[failure])
        house.desk.begin(WARM)
        await asyncio.sleep(0.2)
        assert house.outcome == TransferOutcome("failed", code)
        assert house.line.told == 1

    run()


@in_virtual_time
async def test_called_off_while_the_order_is_on_its_way_the_phone_is_silenced_as_soon_as_it_has_a_name() -> None:
    house = House(slow_s=2.0)
    house.desk.begin(WARM)
    await asyncio.sleep(0.5)
    assert house.desk.call_off() == TransferOutcome("failed", "called_off")
    assert house.carrier.names == [("call", COLLEAGUE)]
    await asyncio.sleep(2.0)
    assert house.carrier.names == [("call", COLLEAGUE), ("hang up", "leg-2")]


@in_virtual_time
async def test_caller_and_colleague_are_sent_to_the_same_room_once() -> None:
    house = House()
    house.desk.begin(WARM)
    await asyncio.sleep(0.2)
    house.tell("answered")
    answer = house.keys("1")
    assert said(answer) == ["Thank you, one moment."]
    twice = await asyncio.gather(house.desk.put_through(), house.desk.put_through())
    assert twice == [TransferOutcome("answered")] * 2
    (_, whom, ncco) = house.carrier.orders[-1]
    assert whom == "leg-1" and isinstance(ncco, Ncco) and answer is not None
    assert ncco.actions[-1] == answer.actions[-1]
    assert house.carrier.names.count(("transfer", "leg-1")) == 1
    assert house.desk.settled.is_set() and house.desk.with_colleague


@in_virtual_time
async def test_nobody_is_put_through_to_a_colleague_who_has_not_accepted() -> None:
    house = House()
    house.desk.begin(WARM)
    await asyncio.sleep(0.2)
    assert await house.desk.put_through() == TransferOutcome("failed", "not_accepted")
    assert house.carrier.names == [("call", COLLEAGUE)]


@in_virtual_time
async def test_a_join_that_the_carrier_refuses_leaves_the_caller_with_us() -> None:
    house = House()
    await house.accepted()
    house.carrier.fails = [CarrierRefused("no", WRONG, status=400)]
    assert await house.desk.put_through() == TransferOutcome("failed", "carrier")
    assert not house.desk.away
    await asyncio.sleep(0.2)
    assert ("transfer", "leg-2") in house.carrier.names  # the colleague hears a word, then their call ends


@in_virtual_time
async def test_a_join_without_an_answer_is_given_up_in_time_and_the_caller_fetched() -> None:
    house = House()
    await house.accepted()
    house.carrier.hangs = {"transfer"}
    began = house.line.at()
    asking = asyncio.create_task(house.desk.put_through())
    await asyncio.sleep(JOIN_WITHIN_S + 0.2)
    assert await asking == TransferOutcome("failed", "carrier")
    assert house.line.at() - began < JOIN_WITHIN_S + 0.5
    assert house.desk.away  # until they are on a media socket again
    assert house.carrier.orders[-1][2] == BACK or house.carrier.orders[-2][2] == BACK
    house.desk.caller_back()
    assert not house.desk.away


@in_virtual_time
async def test_a_caller_who_cannot_be_brought_back_is_given_up() -> None:
    house = House()
    house.desk.begin(COLD)
    await asyncio.sleep(0.2)
    house.tell("started", "ringing", "answered")
    house.carrier.fails = [CarrierRefused("gone", WRONG, status=404)] * 9
    house.tell("machine")
    await asyncio.sleep(4 * BACK_WITHIN_S)
    assert house.desk.lost and house.desk.settled.is_set()


@in_virtual_time
async def test_cold_a_phone_that_is_not_answered_brings_the_caller_back_by_the_webhooks_answer() -> None:
    house = House()
    house.desk.begin(COLD)
    await asyncio.sleep(0.2)
    assert house.carrier.names == [("transfer", "leg-1")]
    assert house.tell("started", "ringing", "busy", "busy") == [None, None, BACK, BACK]
    house.desk.caller_back()
    await asyncio.sleep(10.0)
    assert house.carrier.names == [("transfer", "leg-1")]  # nobody had to fetch them


@in_virtual_time
async def test_cold_an_answer_that_got_lost_is_made_good_by_an_order() -> None:
    house = House()
    house.desk.begin(COLD)
    await asyncio.sleep(0.2)
    house.tell("ringing", "busy")
    await asyncio.sleep(BACK_WITHIN_S)
    assert house.carrier.orders[-1] == ("transfer", "leg-1", BACK)


@in_virtual_time
async def test_cold_a_programme_that_has_passed_the_phone_is_sent_back_though_its_events_were_lost() -> None:
    house = House()
    house.desk.begin(COLD)
    await asyncio.sleep(0.2)
    assert house.desk.receive(Reached("CON-1", {"after": "colleague"})) == BACK
    assert house.outcome == TransferOutcome("failed", "not_connected")


@in_virtual_time
async def test_cold_after_a_talk_the_call_is_let_end() -> None:
    house = House()
    house.desk.begin(COLD)
    await asyncio.sleep(0.2)
    house.tell("ringing", "answered", "human", "completed")
    assert house.desk.receive(Reached("CON-1", {"after": "colleague"})) is None
    assert house.outcome == TransferOutcome("answered")


@in_virtual_time
async def test_cold_a_programme_that_the_carrier_cannot_run_brings_the_caller_back() -> None:
    house = House()
    house.desk.begin(COLD)
    await asyncio.sleep(0.2)
    error: CarrierEvent = NccoError("CON-1", "Too many calls a second.")
    house.desk.receive(error)
    await asyncio.sleep(0.2)
    assert house.carrier.orders[-1] == ("transfer", "leg-1", BACK)


@pytest.mark.parametrize(
    ("end", "word"),
    [
        ("left", "The caller has just hung up. Goodbye."),
        ("off", "The caller no longer needs you. Goodbye."),
    ],
)
def test_a_colleague_who_listens_is_told_why_the_line_goes_dead(end: str, word: str) -> None:
    @in_virtual_time
    async def run() -> None:
        house = House()
        house.desk.begin(WARM)
        await asyncio.sleep(0.2)
        house.tell("started", "ringing", "answered")
        if end == "left":
            house.desk.caller_left()
        else:
            house.desk.call_off()
        await asyncio.sleep(0.2)
        what, whom, ncco = house.carrier.orders[-1]
        assert (what, whom) == ("transfer", "leg-2")
        assert isinstance(ncco, Ncco) and said(ncco) == [word]

    run()


@in_virtual_time
async def test_a_voicemail_is_hung_up_without_a_word() -> None:
    house = House()
    house.desk.begin(WARM)
    await asyncio.sleep(0.2)
    house.tell("started", "ringing", "answered", "machine")
    await asyncio.sleep(0.2)
    assert house.carrier.names[-1] == ("hang up", "leg-2")


@in_virtual_time
async def test_what_the_desk_notes_holds_no_number_and_nothing_about_the_caller() -> None:
    house = House()
    await house.accepted()
    await house.desk.put_through()
    written = repr(house.line.notes)
    assert COLLEAGUE not in written and "Dana" not in written
    assert COLLEAGUE not in repr(WARM) and "Dana" not in repr(WARM)
