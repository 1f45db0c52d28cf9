"""The Slack card against Slack's stand-in: what people see, what nobody can slip in, and every no in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sdk import CallResult, Connection, Permanent, RateLimit, StepOutcome, Transient
from nodes.connect.slack.card import SLACK, WORDS, Slack, SlackSettings
from nodes.connect.slack.message import BLOCK_LIMIT, Message, escaped, filled, payload, sections
from tests.emulators.faults import Fault
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.server import STATUS, fits
from tests.nodes.connect.conftest import Bench, called


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(a_second=100) as emulator:
        yield emulator


@pytest.fixture
def desk(tmp_path: Path, slack: SlackEmulator) -> Bench:
    desk = Bench(called(), str(tmp_path / "outbox"))
    desk.book.add("slack", "slack", {"url": slack.url, "pages": "https://leadline.example.com/"})
    return desk


async def post(desk: Bench, **settings: object) -> StepOutcome:
    return await Slack(SlackSettings.model_validate(settings)).run(desk)


def named(first_name: str) -> CallResult:
    return called(lead={"first_name": first_name})


# --- what people see ---


async def test_the_channel_sees_outcome_text_chosen_answers_and_a_link(desk: Bench, slack: SlackEmulator) -> None:
    await post(desk, text="*{first_name}* from {slot:zip}", answers=["zip", "city"])
    [message] = slack.channel
    assert [block["type"] for block in message.blocks] == ["header", "section", "section", "context"]
    assert message.seen.splitlines() == [
        "Home: booked",
        "Home: booked",
        "*Dana* from 94107",
        "*ZIP code*",
        "94107",
        "⟦https://leadline.example.com/call?call=call_31|Open the call in Leadline⟧ · Call call_31",
    ]


async def test_all_workers_together_post_once_a_second(desk: Bench) -> None:
    await post(desk)
    assert desk.turns == [RateLimit("slack:slack", 1, 1.0)]


async def test_no_answer_is_shown_that_the_card_does_not_name(desk: Bench, slack: SlackEmulator) -> None:
    await post(desk, text="A call.")
    assert "94107" not in slack.channel[0].seen


async def test_without_the_pages_address_there_is_no_link(desk: Bench, slack: SlackEmulator) -> None:
    desk.book.add("slack", "slack", {"url": slack.url})
    await post(desk)
    assert "⟦" not in slack.channel[0].seen


@pytest.mark.parametrize("evil", ["<!channel>", "<https://evil.example|Click>", "<@U024BE7LH>", "a & b &lt; c"])
async def test_nothing_a_caller_said_is_more_than_words(desk: Bench, slack: SlackEmulator, evil: str) -> None:
    desk.result = called(lead={"first_name": evil}, summary=evil)
    await post(desk, title="{first_name}", text="{summary}")
    [message] = slack.channel
    assert "⟦!" not in message.seen
    assert "⟦@" not in message.seen
    assert "⟦https://evil" not in message.seen
    assert message.seen.splitlines()[:3] == [evil, evil, evil]  # notification, headline, text
    assert all(block["text"]["verbatim"] for block in message.blocks if block["type"] == "section")


async def test_mentions_and_links_of_the_cards_author_work(desk: Bench, slack: SlackEmulator) -> None:
    await post(desk, text="<!here> <@U024BE7LH> <https://crm.example|CRM> R&D <3 {first_name}")
    assert "⟦!here⟧ ⟦@U024BE7LH⟧ ⟦https://crm.example|CRM⟧ R&D <3 Dana" in slack.channel[0].seen


async def test_what_the_dashboard_shows_names_nobody(desk: Bench) -> None:
    outcome = await post(desk, title="{first_name}", answers=["zip"])
    shown = str(outcome.sent) + outcome.note
    for private in ("Dana", "Reyes", "94107", "1200 18th", "roof", "XXXX", "services"):
        assert private not in shown
    assert "booked" in shown


# --- limits ---


@given(st.text(alphabet="ab &<>\n", max_size=8_000).map(escaped))
def test_a_text_is_parted_within_limits_and_never_inside_an_escape(text: str) -> None:
    for piece in sections(text):
        assert 1 <= len(piece) <= 3_000
        assert "&" not in piece.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


def test_a_text_of_any_length_is_taken_and_says_that_it_was_shortened() -> None:
    parts = sections("long line & more\n" * 5_000)
    assert len(parts) == 10
    assert parts[-1].endswith("(shortened; the whole of it is kept in Leadline)")


def test_a_text_that_fits_is_whole() -> None:
    text = "\n".join(f"line {n}" for n in range(700))
    assert "\n".join(sections(text)) == text


def test_as_many_answers_as_anybody_picks_stay_within_fifty_blocks() -> None:
    answers = [(f"Label {n}", "x" * 5_000) for n in range(600)]
    blocks = payload(Message("T" * 400, "y" * 40_000, answers, "https://leadline.example.com/call?call=1", "Call 1"))
    shown = blocks["blocks"]
    assert isinstance(shown, list)
    assert len(shown) <= BLOCK_LIMIT
    assert all(isinstance(block, dict) and fits(block) for block in shown)
    last = shown[-1]
    assert isinstance(last, dict)
    assert last["type"] == "context"


def test_a_placeholder_is_escaped_and_the_authors_words_around_it_are_not_lost() -> None:
    assert filled("a<b {first_name} <!here>", lambda name: "<!channel>") == "a&lt;b &lt;!channel&gt; <!here>"


# --- what Slack says ---


@pytest.mark.parametrize("word", sorted(set(STATUS) - {"rollup_error"}))
async def test_every_no_of_slack_is_told_in_words(desk: Bench, slack: SlackEmulator, word: str) -> None:
    slack.faults.set(Fault("refuse", error=word))
    with pytest.raises(Permanent) as refused:
        await post(desk)
    assert str(refused.value).startswith(WORDS[word])
    assert "XXXX" not in str(refused.value)


@pytest.mark.parametrize(
    ("fault", "words", "pause_s"),
    [
        (Fault("rate_limit"), "429", 1.0),
        (Fault("refuse", error="rollup_error"), "500", None),
        (Fault("cut"), "could not be reached", None),
        (Fault("corrupt"), "502", None),
    ],
)
async def test_what_passes_is_tried_again(
    desk: Bench, slack: SlackEmulator, fault: Fault, words: str, pause_s: float | None
) -> None:
    slack.faults.set(fault)
    with pytest.raises(Transient, match=words) as refused:
        await post(desk)
    assert refused.value.retry_after_s == pause_s


async def test_a_message_whose_answer_was_lost_is_posted_again_since_slack_tells_nobody_what_it_has(
    desk: Bench, slack: SlackEmulator
) -> None:
    """At least once: the page of the card says so."""
    slack.faults.set(Fault("cut", times=1))
    with pytest.raises(Transient):
        await post(desk)
    await post(desk)
    assert len(slack.channel) == 2


async def test_a_redirect_is_not_followed(desk: Bench, slack: SlackEmulator) -> None:
    slack.faults.set(Fault("refuse", error="redirect"))
    with pytest.raises(Permanent, match="has moved"):
        await post(desk)
    assert len(slack.requests) == 1


# --- connections ---


@pytest.mark.parametrize(
    "url",
    ["", "https://slack.com/services/T/B/X", "http://hooks.slack.com/services/T/B/X", "https://hooks.slack.com/",
     "https://hooks.slack.com.evil.example/services/T/B/X", "https://[/"],
)  # fmt: skip
async def test_only_an_address_of_slack_is_posted_to(desk: Bench, url: str) -> None:
    desk.book.add("slack", "slack", {"url": url})
    with pytest.raises(Permanent, match="Copy it whole"):
        await post(desk)


def test_a_connection_is_judged_as_it_is_entered() -> None:
    whole = {"url": "https://hooks.slack.com/services/T/B/X", "pages": "https://leadline.example.com"}
    assert SLACK.problems(Connection("s", "slack", whole)) == ()
    for wrong in ({"url": "https://slack.com/"}, {"pages": "leadline"}):
        assert len(SLACK.problems(Connection("s", "slack", {**whole, **wrong}))) == 1


async def test_a_connection_of_another_kind_is_refused(desk: Bench) -> None:
    desk.book.add("slack", "webhook", {"url": "https://crm.example"})
    with pytest.raises(Permanent, match="of kind 'webhook'"):
        await post(desk)


async def test_an_address_of_the_pages_that_is_none_is_told(desk: Bench, slack: SlackEmulator) -> None:
    desk.book.add("slack", "slack", {"url": slack.url, "pages": "leadline|evil"})
    with pytest.raises(Permanent, match="must begin with https://"):
        await post(desk)


async def test_a_test_message_says_that_it_is_one(desk: Bench, slack: SlackEmulator) -> None:
    assert SLACK.test is not None
    assert "marked as a test" in await SLACK.test(desk.connection("slack"))
    assert "Nobody was called" in slack.channel[0].seen


async def test_a_test_of_a_webhook_that_is_gone_says_what_to_do(desk: Bench, slack: SlackEmulator) -> None:
    slack.state = "no_service"
    assert SLACK.test is not None
    with pytest.raises(Permanent, match="Make a new one in the settings of the Slack app"):
        await SLACK.test(desk.connection("slack"))
