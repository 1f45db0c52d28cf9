"""Gemini through Google's own SDK against the emulator: an ordinary turn, and all that can go wrong with one."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from engine.dialogue.brief import Acknowledge, Answer, Ask, Brief
from engine.dialogue.commands import Agreed, Answered, Asked, Behaved, Intended, SlotHeard
from engine.dialogue.model import Offer
from engine.mind.access import ApiKey, GeminiClient, VertexProject, service_account
from engine.mind.gemini import GeminiModel, GeminiOptions
from engine.mind.request import Deadlines
from engine.provider_problem import ProblemKind
from tests.emulators.faults import Fault
from tests.emulators.gemini import Chunk, GeminiEmulator, Rule, ScriptedBrain
from tests.support.mind import FLOW, Told, turn

SHORT = Deadlines(first_s=0.3, between_s=0.3)
"""Short enough for a test to wait for, long enough for a busy machine to answer in."""

SPOKEN = '{"heard":"zip","value":"94110","words":"94110"}\n{"say":"timeline","tells":[]}\nGot it. How soon?'


async def gone(gemini: GeminiEmulator) -> bool:
    """Whether the emulator has seen the client leave the last request."""
    try:
        async with asyncio.timeout(2.0):
            await gemini.served[-1].gone.wait()
    except TimeoutError:
        return False
    return True


async def test_an_ordinary_turn_is_one_request_commands_first_then_the_offer_and_its_speech(
    gemini: GeminiEmulator, model: GeminiModel
):
    told = Told()
    heard = await turn(model, "It's 94110. What does a visit cost?", told)
    assert [type(each) for each in heard.commands] == [SlotHeard, Asked]
    assert heard.offer == Offer("timeline", ("visit",))
    assert heard.speech.startswith("Got it, 94110. Roofing estimates are free")
    assert heard.speech.endswith("How soon do you need it?")
    assert len(gemini.served) == 1
    assert told.notes == []
    (spent,) = told.spent
    assert (spent.model, spent.purpose, spent.outcome) == ("gemini-3.5-flash-lite", "turn", "ok")
    assert spent.prompt_tokens > 2000
    assert spent.output_tokens > 30
    assert spent.first_ms is not None
    assert 0 < spent.first_ms <= spent.total_ms


async def test_the_instruction_is_cached_by_the_provider_from_the_second_turn_on(model: GeminiModel):
    told = Told()
    await turn(model, told=told)
    await turn(model, "This week.", told)
    assert told.spent[0].cached_tokens == 0
    assert told.spent[1].cached_tokens > 0.9 * told.spent[1].prompt_tokens


async def test_a_brief_is_spoken_sentence_by_sentence(gemini: GeminiEmulator, model: GeminiModel):
    brief = Brief(
        acknowledge=(Acknowledge("zip", "94110", "Got it, 94110.", "94110"),),
        answers=(Answer("visit", "A visit costs 89 dollars."),),
        ask=Ask("How soon?", "timeline", "timeline"),
    )
    told = Told()
    said = [sentence async for sentence in model.speak(told.view(), brief)]
    assert said == ["Got it, 94110.", "A visit costs 89 dollars.", "How soon?"]
    assert [each.purpose for each in told.spent] == ["speak"]


REFUSALS = {
    "UNAVAILABLE": ProblemKind.BUSY,
    "INTERNAL": ProblemKind.BUSY,
    "DEADLINE_EXCEEDED": ProblemKind.TOO_SLOW,
    "UNAUTHENTICATED": ProblemKind.WRONG_KEY,
    "API_KEY_INVALID": ProblemKind.WRONG_KEY,
    "API_KEY_EXPIRED": ProblemKind.EXPIRED,
    "ACCESS_TOKEN_EXPIRED": ProblemKind.EXPIRED,
    "CONSUMER_SUSPENDED": ProblemKind.NOT_ALLOWED,
    "SERVICE_DISABLED": ProblemKind.NOT_ALLOWED,
    "API_KEY_IP_ADDRESS_BLOCKED": ProblemKind.NOT_ALLOWED,
    "PERMISSION_DENIED": ProblemKind.NOT_ALLOWED,
    "NOT_FOUND": ProblemKind.UNKNOWN_MODEL,
    "FAILED_PRECONDITION": ProblemKind.WRONG_REGION,
    "INVALID_ARGUMENT": ProblemKind.REFUSED,
    "RESOURCE_EXHAUSTED": ProblemKind.QUOTA,
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_is_told_apart_and_asked_only_once(gemini: GeminiEmulator, model: GeminiModel, name: str):
    gemini.faults.set(Fault("refuse", error=name))
    told = Told()
    heard = await turn(model, told=told)
    assert heard.kind is REFUSALS[name]
    assert len(gemini.served) == 1, "the SDK must not ask again"
    assert [each.outcome for each in told.spent] == [REFUSALS[name].value]
    assert heard.failed is not None
    assert heard.failed.__cause__ is None
    assert heard.failed.__context__ is None, "Google's error would travel along, with the key that it quotes"


async def test_too_many_requests_say_when_to_come_back(gemini: GeminiEmulator, model: GeminiModel):
    gemini.faults.set(Fault("rate_limit", seconds=17))
    heard = await turn(model)
    assert heard.kind is ProblemKind.QUOTA
    assert getattr(heard.failed, "retry_after_s", None) == 17.0


async def test_a_quota_of_requests_ends(gemini: GeminiEmulator, model: GeminiModel):
    gemini.quota = 1
    assert (await turn(model)).failed is None
    assert (await turn(model)).kind is ProblemKind.QUOTA


@pytest.mark.parametrize(("kind", "problem"), [("stall", ProblemKind.TOO_SLOW), ("cut", ProblemKind.CUT),
                                               ("corrupt", ProblemKind.UNREADABLE)])  # fmt: skip
async def test_a_stream_that_goes_wrong_in_the_middle_keeps_what_came_before(
    gemini: GeminiEmulator, client: GeminiClient, kind: str, problem: ProblemKind
):
    gemini.brain = ScriptedBrain(otherwise=[Chunk(SPOKEN[:80]), Chunk(SPOKEN[80:]), Chunk("", finish="STOP")])
    gemini.faults.set(Fault(kind))  # type: ignore[arg-type]
    told = Told()
    heard = await turn(GeminiModel(client, GeminiOptions(deadlines=SHORT)), told=told)
    assert heard.commands == [SlotHeard("zip", "94110", "94110", 0.9)]
    assert heard.kind is problem
    assert [each.outcome for each in told.spent] == [problem.value]
    if kind == "stall":
        assert await gone(gemini)


async def test_a_fault_in_the_middle_of_a_turn_hits_the_stream_under_way(gemini: GeminiEmulator, model: GeminiModel):
    gemini.brain = ScriptedBrain(otherwise=[Chunk(SPOKEN), Chunk(" Or later?", delay_s=0.2), Chunk("", finish="STOP")])
    items = model.turn(Told().view(), "94110")
    await anext(items)
    gemini.faults.set(Fault("cut"))
    with pytest.raises(Exception, match="broke off"):
        async for _ in items:
            pass
    assert gemini.faults.hits == 1


async def test_a_slow_first_piece_is_waited_for_no_longer_than_the_deadline(
    gemini: GeminiEmulator, client: GeminiClient
):
    gemini.brain = ScriptedBrain(otherwise=[Chunk(SPOKEN, delay_s=30.0), Chunk("", finish="STOP")])
    heard = await turn(GeminiModel(client, GeminiOptions(deadlines=SHORT)))
    assert heard.kind is ProblemKind.TOO_SLOW
    assert heard.commands == []
    assert await gone(gemini)


async def test_thoughts_do_not_count_as_a_sign_of_life(gemini: GeminiEmulator, client: GeminiClient):
    thoughts = [Chunk("I wonder ...", thought=True, delay_s=0.1) for _ in range(30)]
    gemini.brain = ScriptedBrain(otherwise=[*thoughts, Chunk(SPOKEN, finish="STOP")])
    heard = await turn(GeminiModel(client, GeminiOptions(deadlines=SHORT)))
    assert heard.kind is ProblemKind.TOO_SLOW
    assert await gone(gemini)


async def test_a_slow_answer_within_the_deadlines_is_taken(gemini: GeminiEmulator, model: GeminiModel):
    gemini.faults.set(Fault("delay", seconds=0.3))
    heard = await turn(model)
    assert heard.failed is None
    assert heard.offer is not None


async def test_nobody_there_is_unreachable():
    client = GeminiClient(ApiKey("emulator"), "http://127.0.0.1:9")
    heard = await turn(GeminiModel(client))
    await client.aclose()
    assert heard.kind is ProblemKind.UNREACHABLE


async def test_closing_the_turn_closes_the_connection_at_once_and_is_accounted_for(
    gemini: GeminiEmulator, model: GeminiModel
):
    slow = [Chunk(SPOKEN[:60]), *[Chunk("more ", delay_s=0.05) for _ in range(200)], Chunk("", finish="STOP")]
    gemini.brain = ScriptedBrain(otherwise=slow)
    told = Told()
    items = model.turn(told.view(), "94110")
    await anext(items)
    await items.aclose()  # type: ignore[attr-defined]
    assert await gone(gemini)
    assert gemini.served[0].sent < 20
    (spent,) = told.spent
    assert spent.outcome == "cancelled"
    assert spent.prompt_tokens > 2000


async def test_a_cancelled_turn_closes_the_connection(gemini: GeminiEmulator, model: GeminiModel):
    gemini.brain = ScriptedBrain(otherwise=[Chunk(SPOKEN, delay_s=30.0)])
    told = Told()
    task = asyncio.create_task(turn(model, told=told))
    await asyncio.sleep(0.2)
    assert len(gemini.served) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(gemini)
    assert [each.outcome for each in told.spent] == ["cancelled"]


async def test_tokens_of_a_request_cancelled_before_any_were_told_are_estimated(
    gemini: GeminiEmulator, client: GeminiClient
):
    gemini.brain = ScriptedBrain(otherwise=[Chunk(SPOKEN, delay_s=30.0)])
    told = Told()
    await turn(GeminiModel(client, GeminiOptions(deadlines=SHORT)), told=told)
    assert 2000 < told.spent[0].prompt_tokens < 5000
    assert (told.spent[0].output_tokens, told.spent[0].first_ms) == (0, None)


@pytest.mark.parametrize("answer", ["Got it!", "{}", "```json\n```", '{"dance":"tango"}'])
async def test_an_answer_without_commands_and_speech_is_an_error(
    gemini: GeminiEmulator, model: GeminiModel, answer: str
):
    gemini.brain = ScriptedBrain(otherwise=answer)
    heard = await turn(model)
    assert heard.kind is ProblemKind.UNREADABLE
    assert "neither a command nor a word to say" in str(heard.failed)


async def test_a_speech_without_words_is_an_error(gemini: GeminiEmulator, model: GeminiModel):
    gemini.brain = ScriptedBrain(otherwise='```\n{"say":null}\n```')
    with pytest.raises(Exception, match="no word to say"):
        _ = [each async for each in model.speak(Told().view(), Brief(ask=Ask("?", "x")))]


async def test_a_line_that_cannot_be_read_is_told_to_the_journal(gemini: GeminiEmulator, model: GeminiModel):
    gemini.brain = ScriptedBrain(otherwise="Sure:\n" + SPOKEN + '\n{"booked":"now"}')
    told = Told()
    heard = await turn(model, told=told)
    assert heard.speech == "Got it. How soon?"
    assert told.notes == [
        "gemini-3.5-flash-lite: dropped: a line that is no command",
        "gemini-3.5-flash-lite: left out: JSON in the speech",
    ]


COMMANDS = """{"behaved":"opt_out_clear","words":"stop calling me"}
{"intended":"details_to_book","words":"It's 94110"}
{"intended":"opening_to_third_party","words":"It's 94110"}
{"answered":"yes","words":"yes"}
{"asked":"price_of_gold","words":"It's 94110"}
{"asked":"price_drain","words":"It's 94110"}
{"agreed":"service_type","words":"It's"}
{"say":"timeline"}
Fine."""


async def test_a_model_that_makes_things_up_is_not_believed(gemini: GeminiEmulator, model: GeminiModel):
    """Behaviours, intentions, answers and questions need words that were said, and must be about what there is."""
    gemini.brain = ScriptedBrain(otherwise=COMMANDS)
    told = Told()
    edge = next(each for each in FLOW.edges if each.id == "details_to_book")
    view = told.view(open_edges=(edge,))
    view.book.suggest("service_type", "roof_repair", "form")
    items = [item async for item in model.turn(view, "It's 94110.")]
    assert [each for each in items if not isinstance(each, Offer | str)] == [
        Intended("details_to_book", "It's 94110", 0.9),
        Asked("It's 94110", None, 0.0),
        Asked("It's 94110", None, 0.0),
        Agreed("service_type", "It's"),
    ]
    assert [note.split(":")[0] for note in told.notes] == [
        "Behaved does not count",
        "Intended does not count",
        "Answered does not count",
        "Asked is answered by nothing",
        "Asked is answered by nothing",
    ]
    assert any("about another case (service_type is roof_repair)" in note for note in told.notes)


async def test_a_wish_to_be_called_no_more_is_noticed_even_if_the_model_overlooks_it(
    gemini: GeminiEmulator, model: GeminiModel
):
    gemini.brain = ScriptedBrain(otherwise='{"answered":"no","words":"No"}\n{"say":"zip"}\nSure, what is the ZIP?')
    items = [item async for item in model.turn(Told().view(), "No, stop calling me.")]
    kinds = [type(item) for item in items]
    assert [each.trigger for each in items if isinstance(each, Behaved)] == ["opt_out_clear"]
    assert kinds.index(Behaved) < kinds.index(Offer), "before any speech"


async def test_it_is_noticed_once_if_the_model_saw_it_too_and_also_when_the_stream_breaks(
    gemini: GeminiEmulator, model: GeminiModel
):
    line = '{"behaved":"opt_out_clear","words":"stop calling me"}\n'
    gemini.brain = ScriptedBrain(otherwise=line)
    assert (
        len([each for each in (await turn(model, "No, stop calling me.")).commands if isinstance(each, Behaved)]) == 1
    )
    gemini.brain = ScriptedBrain(otherwise=[Chunk('{"answered":"no","words":"No"}\n', finish="SAFETY")])
    heard = await turn(model, "No, stop calling me.")
    assert heard.kind is ProblemKind.UNREADABLE
    assert [type(each) for each in heard.commands] == [Answered, Behaved]


# Who asks: keys, projects, regions, tokens, clocks. `check` is the *test connection* of the settings page.


async def test_a_good_connection_has_no_problem(gemini: GeminiEmulator, model: GeminiModel):
    assert await model.check() is None
    assert len(gemini.served) == 1


async def test_a_wrong_key_says_so(gemini: GeminiEmulator):
    client = GeminiClient(ApiKey("another"), gemini.address)
    problem = await GeminiModel(client).check()
    await client.aclose()
    assert problem is not None
    assert problem.kind is ProblemKind.WRONG_KEY
    assert "Create a key" in problem.fix


async def test_an_unknown_or_shut_down_model_says_so(client: GeminiClient):
    problem = await GeminiModel(client, GeminiOptions(model="gemini-2.0-flash")).check()
    assert problem is not None
    assert problem.kind is ProblemKind.UNKNOWN_MODEL


async def vertex(
    gemini: GeminiEmulator, project: str = "emulated-project", location: str = "us-central1"
) -> tuple[GeminiClient, GeminiModel]:
    credentials = service_account(gemini.key_file)
    client = GeminiClient(VertexProject(project, location, credentials), gemini.address)
    return client, GeminiModel(client)


async def test_vertex_is_asked_with_a_token_of_the_service_account(gemini: GeminiEmulator):
    client, model = await vertex(gemini)
    heard = await turn(model)
    await client.aclose()
    assert heard.failed is None
    served = gemini.served[0]
    assert served.path == (
        "/v1beta1/projects/emulated-project/locations/us-central1/publishers/google/models/"
        "gemini-3.5-flash-lite:streamGenerateContent"
    )
    assert served.headers["authorization"].startswith("Bearer ya29.")
    assert "x-goog-api-key" not in served.headers


@pytest.mark.parametrize(
    ("project", "location", "kind"),
    [
        ("other-project", "us-central1", ProblemKind.WRONG_PROJECT),
        ("emulated-project", "asia-east1", ProblemKind.WRONG_REGION),
    ],
)
async def test_a_wrong_project_and_a_wrong_region_are_told_apart(
    gemini: GeminiEmulator, project: str, location: str, kind: ProblemKind
):
    client, model = await vertex(gemini, project, location)
    problem = await model.check()
    await client.aclose()
    assert problem is not None
    assert problem.kind is kind
    assert (project if kind is ProblemKind.WRONG_PROJECT else location) in problem.sentence


async def test_an_unknown_model_in_a_good_region_is_no_wrong_region(gemini: GeminiEmulator):
    client, _ = await vertex(gemini)
    problem = await GeminiModel(client, GeminiOptions(model="gemini-2.0-flash")).check()
    await client.aclose()
    assert problem is not None
    assert problem.kind is ProblemKind.UNKNOWN_MODEL


async def test_an_expired_token_is_no_wrong_one(gemini: GeminiEmulator):
    client, model = await vertex(gemini)
    assert await model.check() is None
    for token in gemini.sign_in.given:
        gemini.sign_in.given[token] = datetime.now(UTC) - timedelta(seconds=1)
    expired = await model.check()
    gemini.sign_in.given.clear()
    unknown = await model.check()
    await client.aclose()
    assert expired is not None
    assert unknown is not None
    assert (expired.kind, unknown.kind) == (ProblemKind.EXPIRED, ProblemKind.WRONG_KEY)


async def test_a_wrong_clock_is_found_out_at_sign_in(gemini: GeminiEmulator):
    gemini.sign_in.ahead_s = 7200.0
    client, model = await vertex(gemini)
    problem = await model.check()
    await client.aclose()
    assert problem is not None
    assert problem.kind is ProblemKind.CLOCK_SKEW
    assert "clock" in problem.fix


async def test_a_wrong_clock_is_found_out_by_the_date_of_the_answer(gemini: GeminiEmulator):
    gemini.date = "Thu, 26 Nov 2026 09:00:00 GMT"
    gemini.faults.set(Fault("refuse", error="UNAUTHENTICATED"))
    client = GeminiClient(ApiKey("emulator"), gemini.address)
    model = GeminiModel(client, now=lambda: datetime(2026, 11, 26, 10, 30, tzinfo=UTC))
    problem = await model.check()
    await client.aclose()
    assert problem is not None
    assert problem.kind is ProblemKind.CLOCK_SKEW
    assert "90 minutes ahead" in problem.sentence


async def test_a_key_file_of_somebody_else_is_not_accepted(gemini: GeminiEmulator):
    async with GeminiEmulator() as other:
        theirs = other.sign_in.key_file(f"{gemini.address}/token", gemini.project)
    client = GeminiClient(VertexProject(gemini.project, "global", service_account(theirs)), gemini.address)
    problem = await GeminiModel(client).check()
    await client.aclose()
    assert problem is not None
    assert problem.kind is ProblemKind.WRONG_KEY


async def test_neither_key_nor_words_of_the_caller_stand_in_any_log(
    gemini: GeminiEmulator, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    client = GeminiClient(ApiKey("emulator"), gemini.address)
    model = GeminiModel(client, GeminiOptions(deadlines=SHORT))
    for fault in (None, Fault("refuse", error="CONSUMER_SUSPENDED"), Fault("corrupt"), Fault("cut")):
        gemini.faults.clear() if fault is None else gemini.faults.set(fault)
        heard = await turn(model, "My zebra lives in 94110.")
        assert "emulator" not in str(heard.failed)
        assert "zebra" not in str(heard.failed)
    await client.aclose()
    ours = [each for each in caplog.records if each.name.startswith(("engine", "google", "httpx2", "httpcore2"))]
    assert not [each for each in ours if "zebra" in each.getMessage()]
    assert not [each for each in ours if "'emulator'" in each.getMessage() or '"emulator"' in each.getMessage()]


async def test_twenty_calls_share_one_client(gemini: GeminiEmulator, model: GeminiModel):
    heard = await asyncio.gather(*(turn(model) for _ in range(20)))
    assert all(each.failed is None for each in heard)
    for _ in range(5):
        await turn(model)
    assert len({served.client for served in gemini.served[-5:]}) == 1, "the connection is used again"


async def test_a_rule_of_the_script_answers_what_it_fits(gemini: GeminiEmulator, model: GeminiModel):
    gemini.brain = ScriptedBrain([Rule("94110", SPOKEN)], otherwise='{"say":null}')
    assert (await turn(model, "94110")).offer == Offer("timeline")
    assert (await turn(model, "Hmm.")).offer is None
