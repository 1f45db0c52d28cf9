"""A whole call with a hosted model that is slow, hangs or breaks: the caller never waits in silence (R14)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from engine.call.conversation import FlowConversation
from engine.call.fixed_audio import FixedAudio
from engine.call.scene import CallTalk
from engine.call.session import Ended, Session
from engine.call.session_settings import LINES
from engine.flow import shipped
from engine.schedule.memory import MemoryCalendar
from engine.simulate.text_call import Notebook, TextOutside
from tests.support.call_fakes import Engines, FakeCarrier, FakeStt, Notes, needs
from tests.support.hosted import HostedModel, saying
from tests.support.talk import DANA, FREE, NODES, START
from tests.support.virtual_time import in_virtual_time

CALLER = {1: "Yes, it is.", 2: "The roof is leaking.", 3: "It's a house.", 4: "94110.", 5: "This week."}


async def _call(model: HostedModel) -> tuple[Ended, FakeCarrier, FlowConversation]:
    loop = asyncio.get_running_loop()
    engines = Engines(FakeStt(CALLER))
    fixed = FixedAudio(engines.tts)
    await fixed.prepare(LINES.values())
    lines = iter(CALLER)
    carrier = FakeCarrier(loop.time, lambda: (line, 1.0) if (line := next(lines, 0)) else None)
    talk = CallTalk("call_1", shipped.load("home_services").flow, DANA, lambda at: START + timedelta(seconds=at))
    conversation = FlowConversation(talk, NODES, model, TextOutside({"main": MemoryCalendar(FREE)}), Notebook())

    async def hang_up() -> None:
        return None

    session = Session(
        carrier, engines.stack, conversation, Notes(), hang_up, needs, fixed=fixed, clock=loop.time, answered_at=0.0
    )
    return await session.run(), carrier, conversation


FAULTS = {
    "slow": {"command_s": 1.5, "piece_s": 0.1},
    "hangs": {"command_s": 1e6},
    "speech breaks": {"breaks_after": 1},
    "speech stalls": {"stalls_after": 1},
    "speech never begins": {"stalls_after": 0},
    "blank": {"speech": saying(" ")},
}


@pytest.mark.parametrize("fault", FAULTS)
@in_virtual_time
async def test_a_faulty_model_never_leaves_the_caller_in_silence(fault: str) -> None:
    ended, carrier, conversation = await _call(HostedModel(**FAULTS[fault]))  # type: ignore[arg-type]
    begins = [begin for begin, _ in carrier.agent_spans()]
    for _, stopped, _ in carrier.spoken:
        assert min(begin for begin in begins if begin >= stopped - 0.05) - stopped <= 3.0
    assert conversation.outcome.disposition
    if fault != "hangs":
        assert conversation.book["zip"].value == "94110"
    assert ended.length_s < 120
