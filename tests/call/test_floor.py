"""Turn-taking, told second by second. No test sleeps: time is an argument."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from engine.call import floor_events as ev
from engine.call.acts import Expecting
from engine.call.backchannel import is_backchannel
from engine.call.floor import Floor
from engine.call.floor_diagram import PAGE, page
from engine.call.floor_settings import FloorSettings
from engine.call.floor_table import TABLE, Do, State, Trigger

WINDOW = 0.032


def needs(text: str, expect: Expecting, speech_s: float, probability: float | None) -> float:
    if probability is not None and probability > 0.5:
        return 0.3
    return 1.2 if expect == "digits" else 0.6


class Desk:
    """A floor with its clock, driven by hand; keeps every command with its time."""

    def __init__(self, max_call_s: float = 600.0) -> None:
        self.floor = Floor(FloorSettings(), needs, max_call_s)
        self.now = 0.0
        self.log: list[tuple[float, ev.Command]] = []

    def tell(self, event: ev.Event) -> list[ev.Command]:
        return self._keep(self.floor.receive(event, self.now))

    def wait(self, seconds: float, probability: float = 0.02, level_db: float = -25.0, echo_db: float = -100.0) -> None:
        """Let time pass with the caller's voice at `probability`, handling timers at their very times."""
        end = self.now + seconds
        window = self.now + WINDOW
        while True:
            timer = self.floor.timer()
            at = min(window, end, timer if timer is not None else end)
            if at >= end - 1e-9:
                self.now = end
                return
            self.now = max(self.now, at)
            if timer is not None and timer <= self.now:
                self._keep(self.floor.handle_timer(self.now))
            if self.now >= window:
                self.tell(ev.VoiceWindow(probability, level_db, echo_db))
                window += WINDOW

    def voice(self, seconds: float, level_db: float = -25.0, echo_db: float = -100.0) -> None:
        self.wait(seconds, 0.98, level_db, echo_db)

    def until(self, command: type[ev.Command], limit: float = 20.0, line_dead: bool = False) -> float:
        """Wait for a command in silence; the time at which it came."""
        end = self.now + limit
        window = self.now + WINDOW
        have = len(self.got(command))
        while len(self.got(command)) == have:
            timer = self.floor.timer()
            assert timer is not None and self.now < end, f"no {command.__name__}; state {self.floor.state}"
            self.now = timer if line_dead else min(window, timer)
            if timer <= self.now:
                self._keep(self.floor.handle_timer(self.now))
            if window <= self.now:
                self.tell(ev.VoiceWindow(0.02))
                window += WINDOW
        return self.now

    def got(self, command: type[ev.Command]) -> list[tuple[float, ev.Command]]:
        return [(at, each) for at, each in self.log if isinstance(each, command)]

    def last(self, command: type[ev.Command]) -> ev.Command:
        return self.got(command)[-1][1]

    def answer_draft(self, text: str, verdict: float | None = None) -> None:
        draft = self.last(ev.Draft)
        assert isinstance(draft, ev.Draft)
        self.tell(ev.Verdict(draft.draft, verdict))
        self.tell(ev.DraftReady(draft.draft, text))

    def agent_says(self, seconds: float, expecting: Expecting | None = "speech") -> None:
        """The conversation answers and its sound begins."""
        self.tell(ev.Queued())
        if expecting is not None:
            self.tell(ev.ReplyListen(expecting, 8.0))
        self.tell(ev.Playing(seconds))

    def talks_on(
        self, seconds: float, probability: float = 0.02, level_db: float = -54.0, echo_db: float = -15
    ) -> None:
        """The agent's sound goes on, and its play-out reports."""
        for _ in range(round(seconds)):
            self.tell(ev.Playing(5.0))
            self.wait(1.0, probability, level_db, echo_db)

    def names(self) -> list[str]:
        return [type(each).__name__ for _, each in self.log]

    def _keep(self, commands: Sequence[ev.Command]) -> list[ev.Command]:
        self.log += [(self.now, each) for each in commands]
        return list(commands)


@pytest.fixture
def desk() -> Desk:
    """A call whose agent has opened and has just begun a sentence of five seconds."""
    desk = Desk()
    desk.tell(ev.LineOpened())
    desk.until(ev.Open)
    desk.agent_says(5.0)
    desk.log.clear()
    return desk


@pytest.fixture
def listening(desk: Desk) -> Desk:
    desk.wait(1.0)
    desk.tell(ev.Quiet())
    assert desk.floor.state is State.LISTENING
    return desk


def test_agent_opens_after_1200_ms_when_nobody_says_hello() -> None:
    desk = Desk()
    desk.tell(ev.LineOpened())
    assert desk.until(ev.Open) == pytest.approx(1.2)
    assert desk.last(ev.Open) == ev.Open("")


def test_agent_opens_as_soon_as_the_words_of_hello_are_there() -> None:
    desk = Desk()
    desk.tell(ev.LineOpened())
    desk.voice(0.4)
    ended = desk.floor.gate.last_voiced
    desk.wait(0.2)
    desk.answer_draft("Hello?")
    assert desk.last(ev.Open) == ev.Open("Hello?", over_at=ended)
    assert desk.now - ended < 0.3


def test_a_deaf_recogniser_does_not_delay_the_opening_beyond_the_budget() -> None:
    desk = Desk()
    desk.tell(ev.LineOpened())
    desk.voice(0.4)
    ended = desk.floor.gate.last_voiced
    assert desk.until(ev.Open) - ended == pytest.approx(0.33, abs=0.001)


def test_an_endless_greeting_is_not_waited_for_longer_than_4_s() -> None:
    desk = Desk()
    desk.tell(ev.LineOpened())
    desk.voice(4.5)
    assert desk.got(ev.Open)[0][0] == pytest.approx(4.0, abs=0.033)


def test_a_turn_is_drafted_at_the_first_pause_and_committed_when_the_silence_is_long_enough(listening: Desk) -> None:
    listening.voice(1.0)
    ended = listening.floor.gate.last_voiced
    listening.wait(0.2)
    drafted = listening.got(ev.Draft)[0][0]
    assert 0.15 <= drafted - ended <= 0.2
    listening.answer_draft("I own my home.")
    assert not listening.got(ev.Commit)
    assert listening.until(ev.Commit) == pytest.approx(ended + 0.6)
    assert listening.last(ev.Commit) == ev.Commit(2 - 1, "I own my home.", ended, pytest.approx(ended + 0.6))


def test_the_end_of_turn_model_shortens_the_wait(listening: Desk) -> None:
    listening.voice(1.0)
    ended = listening.floor.gate.last_voiced
    listening.wait(0.2)
    listening.answer_draft("I own my home.", verdict=0.9)
    assert listening.until(ev.Commit) == pytest.approx(ended + 0.3)


def test_late_words_are_committed_at_once_and_the_record_says_what_was_waited_for(listening: Desk) -> None:
    listening.voice(1.0)
    ended = listening.floor.gate.last_voiced
    listening.wait(0.9)
    listening.answer_draft("Yes please.")
    commit = listening.last(ev.Commit)
    assert isinstance(commit, ev.Commit)
    assert commit.due == pytest.approx(ended + 0.6)
    assert listening.got(ev.Commit)[0][0] == listening.now


def test_a_caller_who_goes_on_keeps_the_floor_and_the_draft_is_worth_nothing(listening: Desk) -> None:
    listening.voice(1.0)
    listening.wait(0.25)
    first = listening.last(ev.Draft)
    listening.voice(0.5)
    assert listening.names()[-1] == "DropDraft"
    assert isinstance(first, ev.Draft)
    listening.tell(ev.DraftReady(first.draft, "nine four one"))  # too late: it is another turn's draft now
    listening.wait(0.25)
    listening.answer_draft("nine four one zero three")
    listening.until(ev.Commit)
    assert [each.text for _, each in listening.got(ev.Commit) if isinstance(each, ev.Commit)] == [
        "nine four one zero three"
    ]


def test_digits_get_the_longer_silence(desk: Desk) -> None:
    desk.tell(ev.ReplyListen("digits", 8.0))
    desk.wait(1.0)
    desk.tell(ev.Quiet())
    desk.voice(1.0)
    ended = desk.floor.gate.last_voiced
    desk.wait(0.3)
    desk.answer_draft("nine four")
    assert desk.until(ev.Commit) == pytest.approx(ended + 1.2)


def test_voice_without_words_is_asked_about_within_1500_ms_and_only_once_in_a_row(listening: Desk) -> None:
    listening.voice(0.4)
    ended = listening.floor.gate.last_voiced
    listening.wait(0.25)
    listening.answer_draft("")
    assert listening.until(ev.AskUnclear) - ended <= 0.75
    listening.agent_says(1.0)
    listening.wait(1.0)
    listening.tell(ev.Quiet())
    listening.voice(0.4)
    listening.wait(0.25)
    listening.answer_draft("  ...")
    listening.wait(1.5)
    assert len(listening.got(ev.AskUnclear)) == 1
    assert listening.floor.state is State.LISTENING


def test_a_click_is_no_turn(listening: Desk) -> None:
    listening.voice(0.1)
    listening.wait(0.5)
    assert "Draft" not in listening.names()
    assert listening.floor.state is State.LISTENING


def test_a_broken_recogniser_leads_to_one_question_then_to_an_apology(listening: Desk) -> None:
    listening.voice(0.5)
    listening.until(ev.AskUnclear)
    listening.agent_says(1.0)
    listening.wait(1.0)
    listening.tell(ev.Quiet())
    listening.voice(0.5)
    listening.until(ev.SpeakLine)
    assert listening.last(ev.SpeakLine) == ev.SpeakLine("apology")
    listening.tell(ev.Playing(2.0))
    listening.wait(2.0)
    listening.tell(ev.Quiet(acked=True))
    assert listening.last(ev.HangUp) == ev.HangUp("failure", "The recogniser failed twice in a row.")


def test_silence_is_broken_after_the_allowance_counted_from_the_agents_last_sound(listening: Desk) -> None:
    began = listening.now
    assert listening.until(ev.AskSilence) == pytest.approx(began + 8.0)


def test_first_voiced_windows_silence_the_agent_within_100_ms(desk: Desk) -> None:
    began = desk.now
    desk.voice(0.2)
    assert desk.got(ev.Pause)[0][0] - began <= 0.1
    assert not desk.got(ev.Clear)


def test_words_take_the_floor_and_become_the_turn(desk: Desk) -> None:
    desk.voice(0.5)
    desk.answer_draft("Wait what does")
    assert desk.names()[-1] == "Clear"
    desk.voice(0.3)
    desk.wait(0.25)
    desk.answer_draft("Wait, what does it cost?")
    desk.until(ev.Commit)
    assert desk.last(ev.Commit) == ev.Commit(
        1, "Wait, what does it cost?", pytest.approx(desk.floor.gate.last_voiced), pytest.approx(desk.now)
    )


def test_a_short_no_interrupts_without_a_second_draft(desk: Desk) -> None:
    desk.voice(0.3)
    desk.wait(0.2)
    desk.answer_draft("No.")
    assert desk.floor.state is State.PAUSE
    desk.until(ev.Commit)
    assert desk.names() == ["Pause", "Capture", "Draft", "Clear", "DraftReply", "Commit"]


@pytest.mark.parametrize("text", ["", "Uh-huh.", "Okay, right."])
def test_a_cough_or_uh_huh_lets_the_agent_go_on_within_800_ms(desk: Desk, text: str) -> None:
    desk.voice(0.3)
    desk.wait(0.24)
    desk.answer_draft(text)
    assert desk.floor.state is State.SPEAKING
    assert desk.names() == ["Pause", "Capture", "Draft", "Discard", "Resume"]
    assert desk.got(ev.Resume)[0][0] - desk.got(ev.Pause)[0][0] <= 0.8


def test_yeah_is_an_answer_when_a_yes_no_question_is_all_but_asked(desk: Desk) -> None:
    desk.tell(ev.ReplyListen("yes_no", 8.0))
    desk.tell(ev.Playing(0.9))
    desk.voice(0.3)
    desk.wait(0.24)
    desk.answer_draft("Yeah.")
    assert desk.floor.state is State.PAUSE


def test_a_noise_without_end_does_not_hold_the_agent_for_more_than_800_ms(desk: Desk) -> None:
    desk.voice(0.6)
    desk.answer_draft("")
    assert desk.floor.state is State.SPEAKING
    desk.voice(1.0)
    assert len(desk.got(ev.Draft)) == 2, "words may have come into the noise by now"
    desk.answer_draft("stop stop stop")
    assert desk.floor.state is State.HEARING


def test_without_a_recogniser_a_long_voice_takes_the_floor_and_a_short_one_does_not(desk: Desk) -> None:
    desk.voice(0.25)
    desk.wait(0.7)
    assert desk.names() == ["Pause", "Capture", "Draft", "Discard", "Resume"]
    desk.log.clear()
    desk.voice(1.4)
    assert desk.floor.state is State.HEARING


def test_an_answer_into_the_last_word_is_not_worth_cutting_it(desk: Desk) -> None:
    desk.tell(ev.Playing(0.3))
    desk.voice(0.2)
    assert desk.floor.state is State.HEARING
    assert "Pause" not in desk.names()


def test_our_own_echo_does_not_interrupt_us_but_a_caller_does(desk: Desk) -> None:
    desk.voice(2.0, level_db=-38.0, echo_db=-20.0)
    assert desk.names() == []
    desk.voice(0.2, level_db=-26.0, echo_db=-20.0)
    assert desk.names()[0] == "Pause"


SOFT_ONSETS = yaml.safe_load((Path(__file__).parent / "data" / "soft_onsets.yaml").read_text())


@pytest.mark.parametrize("track", SOFT_ONSETS, ids=lambda track: track["words"].split(",")[0])
def test_a_soft_beginning_silences_the_agent_within_170_ms_once(
    desk: Desk, track: dict[str, list[tuple[int, float, float]]]
) -> None:
    """The real model's windows: it is not sure of "Actually" for 170 ms, and takes 390 to be so at a level of -26."""
    desk.talks_on(3.0, echo_db=-13.0)
    onset = desk.now + 0.1
    for since_ms, probability, level_db in track["windows"]:
        desk.now = onset + since_ms / 1000
        desk.tell(ev.VoiceWindow(probability, level_db, -13.0 if not desk.got(ev.Pause) else -100.0))
    assert [at - onset <= 0.17 for at, _ in desk.got(ev.Pause)] == [True]
    assert not desk.got(ev.Resume)


def test_weak_evidence_opens_no_turn_and_silences_the_agent_once_a_reply(desk: Desk) -> None:
    for _ in range(5):
        desk.wait(0.3, level_db=-54.0)
        desk.wait(0.1, 0.3)
    assert desk.names() == ["Pause", "Capture", "Discard", "Resume"]
    assert desk.got(ev.Resume)[0][0] - desk.got(ev.Pause)[0][0] <= 0.25
    desk.tell(ev.Quiet())
    desk.wait(0.5, 0.4)
    assert desk.floor.state is State.LISTENING


def test_a_doubtful_sound_that_does_not_stand_out_of_the_noise_silences_nobody(desk: Desk) -> None:
    desk.talks_on(3.0, level_db=-35.0)
    desk.talks_on(2.0, 0.4, level_db=-28.0)
    assert desk.names() == []


def test_how_much_of_us_comes_back_is_learnt_and_a_caller_does_not_spoil_it(desk: Desk) -> None:
    desk.wait(0.5, level_db=-54.0, echo_db=-15.0)
    desk.voice(0.2, level_db=-36.0, echo_db=-15.0)
    assert desk.names() == [], "at first any phone may be a speaker phone"
    desk.talks_on(4.0)
    desk.voice(0.2, level_db=-36.0, echo_db=-15.0)
    assert desk.names() == ["Pause", "Capture"]
    desk.voice(0.3, level_db=-20.0, echo_db=-15.0)
    desk.voice(0.3, level_db=-20.0)
    desk.answer_draft("")
    desk.wait(0.2, level_db=-54.0)
    desk.agent_says(5.0)
    desk.log.clear()
    desk.voice(0.5, level_db=-36.0, echo_db=-15.0)
    assert desk.names()[0] == "Pause"


def test_a_caller_who_goes_on_before_the_answer_sounds_is_heard(listening: Desk) -> None:
    listening.voice(1.0)
    listening.wait(0.25)
    listening.answer_draft("I own my home", verdict=0.9)
    listening.until(ev.Commit)
    listening.voice(0.5)
    listening.answer_draft("but we rent it out")
    assert listening.floor.state is State.HEARING
    assert listening.names().count("Clear") == 1


def test_a_hanging_conversation_is_covered_by_two_fillers_then_an_apology(listening: Desk) -> None:
    listening.voice(1.0)
    listening.wait(0.2)
    listening.answer_draft("Hello there")
    listening.until(ev.Commit)
    quiet = listening.floor.gate.last_voiced
    for line in ("wait", "wait", "apology"):
        assert listening.until(ev.SpeakLine) - quiet <= 3.0
        assert listening.last(ev.SpeakLine) == ev.SpeakLine(line)  # type: ignore[arg-type]
        listening.tell(ev.Playing(1.0))
        listening.now += 1.0
        listening.tell(ev.Quiet())
        quiet = listening.now
    assert listening.until(ev.HangUp) - quiet <= 3.0


def test_a_failing_conversation_gets_one_more_chance(desk: Desk) -> None:
    desk.tell(ev.ReplyListen("speech", 8.0))
    desk.wait(0.1)
    desk.tell(ev.Quiet())
    desk.tell(ev.Key("5"))
    desk.tell(ev.ReplyFailed("KeyError"))
    assert desk.last(ev.SpeakLine) == ev.SpeakLine("again")
    desk.tell(ev.Playing(1.0))
    desk.tell(ev.Quiet())
    assert desk.floor.state is State.LISTENING
    desk.tell(ev.Key("5"))
    desk.tell(ev.ReplyFailed("KeyError"))
    assert desk.last(ev.SpeakLine) == ev.SpeakLine("apology")
    assert desk.floor.state is State.CLOSING


def test_a_key_interrupts_and_is_passed_on(desk: Desk) -> None:
    desk.tell(ev.Key("9"))
    assert desk.names() == ["Clear", "Pressed"]


def test_goodbye_is_played_to_its_end_and_confirmed_before_hanging_up(desk: Desk) -> None:
    desk.tell(ev.Key("9"))
    desk.tell(ev.Queued())
    desk.tell(ev.ReplyClose())
    desk.tell(ev.Playing(2.0))
    desk.voice(1.0)  # a "bye!" over ours changes nothing
    assert "HangUp" not in desk.names()
    desk.now += 1.0
    desk.tell(ev.Quiet(acked=True))
    assert desk.last(ev.HangUp) == ev.HangUp("assistant")
    assert desk.floor.timer() is None


def test_a_goodbye_that_the_carrier_never_confirms_is_not_waited_for_longer_than_the_cap(desk: Desk) -> None:
    desk.tell(ev.ReplyClose())
    desk.tell(ev.Playing(2.0))
    ends = desk.now + 2.0
    assert desk.until(ev.HangUp) == pytest.approx(ends + 1.5, abs=0.01)


def test_the_longest_call_ends_even_if_nobody_answers() -> None:
    desk = Desk(max_call_s=30.0)
    desk.tell(ev.LineOpened())
    desk.until(ev.Open)
    while desk.floor.state is not State.CLOSED:
        timer = desk.floor.timer()
        assert timer is not None
        desk.now = max(desk.now, timer)
        desk._keep(desk.floor.handle_timer(desk.now))
        if desk.names()[-1] in {"SpeakLine", "AskSilence", "Open", "TimeIsUp"} and desk.floor.state is State.THINKING:
            desk.agent_says(1.0)
            desk.now += 1.0
            desk.tell(ev.Quiet())
    assert desk.now <= 35.01
    assert desk.last(ev.HangUp) == ev.HangUp("limit")
    assert desk.got(ev.TimeIsUp)[0][0] == pytest.approx(30.0, abs=1.1)


def test_a_sentence_begun_before_the_limit_may_end_within_a_second() -> None:
    desk = Desk(max_call_s=10.0)
    desk.tell(ev.LineOpened())
    desk.until(ev.Open)
    desk.agent_says(0.5)
    desk.wait(0.5)
    desk.tell(ev.Quiet())
    desk.wait(9.0 - desk.now)
    desk.voice(3.0)
    assert desk.got(ev.TimeIsUp)[0][0] == pytest.approx(11.0, abs=0.033)


def test_voice_windows_that_stop_coming_close_the_voice(listening: Desk) -> None:
    listening.voice(0.5)
    before = listening.now
    assert listening.until(ev.Draft, line_dead=True) - before <= 0.55


def test_every_trigger_and_action_is_in_the_table() -> None:
    triggers = {trigger for row in TABLE.values() for trigger in row}
    assert set(Trigger) - triggers == {Trigger.DECIDE}
    assert {action for row in TABLE.values() for _, actions in row.values() for action in actions} == set(Do)
    assert set(TABLE) == set(State)


def test_the_drawing_in_the_docs_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m engine.call.floor_diagram"


@pytest.mark.parametrize("text", ["", "Mm-hmm.", "Yeah, okay.", "I see", "All right, got it!"])
def test_words_of_a_listener(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize("text", ["No.", "Yeah but", "Stop", "Hello?", "What?", "not right now"])
def test_words_of_one_who_wants_the_floor(text: str) -> None:
    assert not is_backchannel(text)


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_key_nine_is_passed_on_in_every_state_of_a_live_call(state: State) -> None:
    after, orders = TABLE[state][Trigger.KEY_NINE]
    assert after is State.THINKING and Do.PRESSED in orders


def test_another_key_over_the_goodbye_does_not_open_the_talk_again() -> None:
    assert Trigger.KEY not in TABLE[State.CLOSING]


def test_a_greeting_that_can_only_be_a_recording_is_not_heard_out() -> None:
    desk = Desk()
    desk.floor = Floor(FloorSettings(), needs, 600.0, lambda words: "reached" in words)
    desk.tell(ev.LineOpened())
    desk.voice(0.6)
    first = desk.last(ev.Draft)
    assert isinstance(first, ev.Draft) and not first.paused
    desk.tell(ev.DraftReady(first.draft, "Hi, you"))
    desk.voice(0.6)
    second = desk.last(ev.Draft)
    assert isinstance(second, ev.Draft) and second.draft > first.draft
    desk.tell(ev.DraftReady(second.draft, "Hi, you've reached Dana"))
    assert desk.last(ev.Open) == ev.Open("Hi, you've reached Dana", more=True, over_at=1.2)


# Drafts of the answer, and late finals.


def _committed(listening: Desk, words: str = "nine four one oh seven", verdict: float = 0.9) -> None:
    listening.voice(1.0)
    listening.wait(0.2)
    listening.answer_draft(words, verdict)
    listening.until(ev.Commit)


def test_an_answer_is_begun_half_a_second_before_the_turn_is_over_and_once(listening: Desk) -> None:
    listening.voice(1.0)
    listening.wait(0.2)
    listening.answer_draft("I own my home", 0.1)
    begun = listening.got(ev.DraftReply)[0][0]
    committed = listening.until(ev.Commit)
    assert 0.2 <= committed - begun <= 0.5 + WINDOW
    assert len(listening.got(ev.DraftReply)) == 1
    assert listening.names().index("DraftReply") < listening.names().index("Commit")


def test_an_unlikely_end_is_not_answered_ahead_before_it_is_likely(desk: Desk) -> None:
    desk.tell(ev.ReplyListen("digits", 8.0))
    desk.wait(1.0)
    desk.tell(ev.Quiet())
    desk.voice(1.0)
    desk.wait(0.2)
    desk.answer_draft("nine four one", 0.1)
    assert desk.got(ev.DraftReply) == []
    desk.wait(0.3)
    assert desk.got(ev.DraftReply) == []
    desk.until(ev.DraftReply)


def test_an_answer_begun_is_dropped_when_the_caller_goes_on(listening: Desk) -> None:
    listening.voice(1.0)
    listening.wait(0.2)
    listening.answer_draft("I own my home", 0.1)
    assert len(listening.got(ev.DraftReply)) == 1
    listening.voice(0.3)
    assert listening.names()[-1] == "DropDraft"
    assert listening.got(ev.Commit) == []


def test_other_words_before_the_answer_is_heard_are_answered_in_its_place(listening: Desk) -> None:
    _committed(listening)
    listening.tell(ev.LateFinal("nine four one one zero"))
    assert listening.names()[-2:] == ["Clear", "Revise"]
    assert listening.floor.state is State.THINKING


def test_other_words_while_the_answer_sounds_cut_it(listening: Desk) -> None:
    _committed(listening)
    listening.agent_says(3.0)
    listening.wait(0.5)
    listening.tell(ev.LateFinal("nine four one one zero"))
    assert listening.names()[-2:] == ["Clear", "Revise"]
    assert listening.floor.state is State.THINKING


def test_other_words_after_the_answer_was_heard_are_answered(listening: Desk) -> None:
    _committed(listening)
    listening.agent_says(1.0)
    listening.wait(1.0)
    listening.tell(ev.Quiet())
    assert listening.floor.state is State.LISTENING
    listening.tell(ev.LateFinal("nine four one one zero"))
    assert listening.names()[-1] == "Revise"
    assert listening.floor.state is State.THINKING


def test_the_same_words_spelled_otherwise_move_nothing(listening: Desk) -> None:
    _committed(listening)
    state = listening.floor.state
    listening.tell(ev.LateFinal("94107."))
    assert listening.names()[-1] == "Correct"
    assert listening.floor.state is state


def test_a_second_late_final_of_the_same_turn_counts_for_nothing(listening: Desk) -> None:
    _committed(listening)
    listening.tell(ev.LateFinal("nine four one one zero"))
    assert listening.tell(ev.LateFinal("nine four one oh three")) == []


def test_a_late_final_is_kept_for_the_next_turn_when_something_was_begun_outside(listening: Desk) -> None:
    _committed(listening)
    listening.agent_says(3.0)
    listening.wait(0.5)
    listening.tell(ev.LateFinal("nine four one one zero", settled=True))
    assert listening.names()[-1] == "Amend"
    assert listening.floor.state is State.SPEAKING


def test_a_late_final_in_an_overlap_waits_until_it_is_decided(listening: Desk) -> None:
    _committed(listening)
    listening.agent_says(5.0)
    listening.wait(1.0)
    listening.voice(0.1)
    assert listening.floor.state is State.OVERLAP
    assert listening.tell(ev.LateFinal("nine four one one zero")) == []
    listening.wait(0.5)
    assert "Revise" in listening.names()


def test_a_late_final_of_a_noise_is_nothing(listening: Desk) -> None:
    _committed(listening)
    listening.agent_says(5.0)
    listening.wait(1.0)
    listening.voice(0.3)
    listening.wait(0.2)
    listening.answer_draft("uh-huh")
    assert listening.tell(ev.LateFinal("uh-huh okay then")) == []


def test_words_that_come_late_to_a_turn_without_any_are_answered(listening: Desk) -> None:
    listening.voice(0.6)
    listening.wait(0.2)
    listening.answer_draft("")
    listening.until(ev.AskUnclear)
    listening.tell(ev.LateFinal("Yes."))
    assert listening.names()[-1] == "Revise"
