"""What holds in every call, whatever happens in whatever order: random events, shrunk to the shortest failing case."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.call import floor_events as ev
from engine.call.acts import Expecting
from engine.call.floor import Floor
from engine.call.floor_settings import FloorSettings
from engine.call.floor_table import State

MAX_CALL_S = 40.0


def needs(text: str, expect: Expecting, speech_s: float, probability: float | None) -> float:
    return 0.3 if probability and probability > 0.5 else 9.0 if text == "endless" else 0.8


@dataclass
class Shadow:
    """What the shell and the caller can see, and the promises that no order may break."""

    held: bool = False
    turn: int = 0
    open_turn: bool = False
    drafts: int = 0
    committed: set[int] = field(default_factory=set)
    late: int = 0
    ended: bool = False

    def follow(self, command: ev.Command) -> None:
        assert not self.ended, f"{command} after the call was hung up"
        match command:
            case ev.Capture(turn):
                assert turn == self.turn + 1 and not self.open_turn, "two turns of the caller at once"
                self.turn, self.open_turn = turn, True
            case ev.Draft(turn, draft, _):
                assert turn == self.turn and self.open_turn, "a draft of nothing"
                assert draft == self.drafts + 1
                self.drafts = draft
            case ev.Discard(turn):
                assert turn == self.turn and self.open_turn
                self.open_turn = False
            case ev.DraftReply(turn, text):
                assert turn == self.turn and self.open_turn and text, "an answer drafted to nothing"
            case ev.Revise(text) | ev.Amend(text) | ev.Correct(text):
                assert text and self.late > 0, "a turn revised more often than the recogniser thought otherwise"
                assert not (self.held and isinstance(command, ev.Revise)), "answers while the caller is speaking"
                self.late -= 1
            case ev.Commit(turn, text, _, _):
                assert turn == self.turn and self.open_turn and turn not in self.committed, "committed twice"
                assert text, "committed without words"
                assert not self.held
                self.committed.add(turn)
                self.open_turn = False
            case ev.Pause():
                assert not self.held
                self.held = True
            case ev.Resume():
                assert self.held, "resumed what was not paused"
                self.held = False
            case ev.Clear():
                self.held = False
            case ev.SpeakLine():
                assert not self.held, "speaks while the caller is"
            case ev.HangUp():
                self.ended = True
            case _:
                pass


Step = tuple[str, float]
TEXTS = ("", "Yes.", "uh-huh", "I own my home", "endless", "stop")

happenings = st.one_of(
    st.tuples(st.just("voice"), st.floats(0.05, 1.5)),
    st.tuples(st.just("silence"), st.floats(0.05, 4.0)),
    st.tuples(st.just("dead"), st.floats(0.05, 2.0)),
    st.tuples(st.just("draft"), st.sampled_from([float(i) for i in range(len(TEXTS))])),
    st.tuples(st.just("draft failed"), st.just(0.0)),
    st.tuples(st.just("verdict"), st.sampled_from([0.1, 0.9])),
    st.tuples(st.just("say"), st.just(0.0)),
    st.tuples(st.just("listen"), st.just(0.0)),
    st.tuples(st.just("close"), st.just(0.0)),
    st.tuples(st.just("reply failed"), st.just(0.0)),
    st.tuples(st.just("playing"), st.floats(0.1, 3.0)),
    st.tuples(st.just("quiet"), st.sampled_from([0.0, 1.0])),
    st.tuples(st.just("key"), st.just(0.0)),
    st.tuples(st.just("late final"), st.sampled_from([float(i) for i in range(2 * len(TEXTS))])),
)


class World:
    def __init__(self) -> None:
        self.floor = Floor(FloorSettings(), needs, MAX_CALL_S)
        self.shadow = Shadow()
        self.now = 0.0
        self.drafts = 0
        self.log: list[tuple[float, ev.Command]] = []
        self.tell(ev.LineOpened())

    def tell(self, event: ev.Event) -> None:
        self.obey(self.floor.receive(event, self.now))

    def obey(self, commands: list[ev.Command]) -> None:
        for command in commands:
            self.shadow.follow(command)
            self.log.append((self.now, command))
            if isinstance(command, ev.Draft):
                self.drafts = command.draft

    def pass_time(self, seconds: float, probability: float | None) -> None:
        """`probability`: None when no sound comes from the caller's side at all."""
        end, window = self.now + seconds, self.now + 0.032
        while True:
            timer = self.floor.timer()
            at = min([end, *([timer] if timer is not None else []), *([window] if probability is not None else [])])
            self.now = max(self.now, at)
            if timer is not None and timer <= self.now:
                self.obey(self.floor.handle_timer(self.now))
            if probability is not None and window <= self.now:
                self.tell(ev.VoiceWindow(probability))
                window += 0.032
            if self.now >= end:
                return

    def happen(self, step: Step) -> None:
        match step:
            case ("voice", seconds):
                self.pass_time(seconds, 0.95)
            case ("silence", seconds):
                self.pass_time(seconds, 0.01)
            case ("dead", seconds):
                self.pass_time(seconds, None)
            case ("draft", which):
                self.tell(ev.DraftReady(self.drafts, TEXTS[int(which)]))
            case ("draft failed", _):
                self.tell(ev.DraftFailed(self.drafts))
            case ("verdict", probability):
                self.tell(ev.Verdict(self.drafts, probability))
            case ("say", _):
                self.tell(ev.Queued())
            case ("listen", _):
                self.tell(ev.ReplyListen("speech", 6.0))
            case ("close", _):
                self.tell(ev.ReplyClose())
            case ("reply failed", _):
                self.tell(ev.ReplyFailed("broken"))
            case ("playing", left) if not self.shadow.held:
                self.tell(ev.Playing(left))
            case ("quiet", owed) if not self.shadow.held:
                self.tell(ev.Quiet(owed=bool(owed)))
            case ("late final", which):
                self.shadow.late += 1
                self.tell(ev.LateFinal(TEXTS[int(which) % len(TEXTS)], settled=which >= len(TEXTS)))
            case ("key", _):
                self.tell(ev.Key("1"))
            case _:
                pass


@settings(max_examples=400)
@given(st.lists(happenings, max_size=25))
def test_orders_never_contradict_each_other(steps: list[Step]) -> None:
    world = World()
    for step in steps:
        world.happen(step)


@settings(max_examples=400)
@given(st.lists(happenings, max_size=25))
def test_every_call_ends_within_the_longest_call_and_five_seconds_even_if_nothing_answers(steps: list[Step]) -> None:
    world = World()
    for step in steps:
        world.happen(step)
    while (timer := world.floor.timer()) is not None:
        assert timer <= max(world.now, MAX_CALL_S + 5.0) + 1e-6
        world.now = max(world.now, timer)
        world.obey(world.floor.handle_timer(world.now))
    assert world.floor.state is State.CLOSED


@settings(max_examples=400)
@given(st.lists(happenings, max_size=25))
def test_nobody_waits_in_silence_for_more_than_three_seconds(steps: list[Step]) -> None:
    """Whatever came before: if everything falls silent now, the agent speaks or closes within 3 s.

    The caller's own silence allowance is the only exception (state `listening`), and sound that is being played.
    """
    world = World()
    for step in steps:
        world.happen(step)
    if world.floor.state is not State.CLOSED and not world.shadow.held:
        world.tell(ev.Quiet(owed=True))  # what was being played has ended, what is owed never comes
    since, done = world.now, len(world.log)
    speech = (
        ev.SpeakLine,
        ev.HangUp,
        ev.Open,
        ev.AskSilence,
        ev.AskUnclear,
        ev.TimeIsUp,
        ev.Commit,
        ev.Resume,
        ev.Revise,
    )
    while world.floor.state not in (State.CLOSED, State.LISTENING):
        timer = world.floor.timer()
        assert timer is not None
        world.pass_time(max(0.0, min(timer - world.now, 0.1)), 0.01)
        if any(isinstance(each, speech) for _, each in world.log[done:]):
            break
        assert world.now - since <= 3.0 + 1e-6, f"still {world.floor.state} after 3 s"
    if world.floor.state is State.LISTENING:
        assert "silent too long" in " ".join(world.floor._alarms)
