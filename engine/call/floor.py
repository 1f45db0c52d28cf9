"""The turn-taking machine of a live call: events and times in, orders out.

How it works, and the table of states that it follows: engine/call/floor_table.py. This module decides which *trigger*
an event amounts to in the present state, keeps the alarms, and turns the table's actions into orders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, assert_never

from engine.call import floor_events as ev
from engine.call.acts import EndedBy, Expecting
from engine.call.agent_side import AgentSide
from engine.call.backchannel import has_words, is_backchannel
from engine.call.floor_settings import FloorSettings
from engine.call.floor_table import TABLE, Do, State, Trigger
from engine.call.turn_draft import TurnDraft
from engine.call.voice import VoiceGate
from engine.dialogue.meaning import same_meaning

SilenceNeeded = Callable[[str, Expecting, float, float | None], float]
"""Words so far, what was asked for, seconds of voice, the model's verdict -> seconds of silence that end the turn."""

_LINES: Final[Mapping[Do, Literal["greeting", "wait", "again", "apology"]]] = {
    Do.SAY_GREETING: "greeting",
    Do.SAY_WAIT: "wait",
    Do.SAY_AGAIN: "again",
    Do.SAY_APOLOGY: "apology",
}


class Floor:
    """One call's turn-taking. `state` may be read; everything else is orders. `recorded`: whether the first words of a
    greeting can only be a recording's."""

    def __init__(
        self,
        settings: FloorSettings,
        silence_needed: SilenceNeeded,
        max_call_s: float,
        recorded: Callable[[str], bool] = lambda words: False,
    ) -> None:
        self._s = settings
        self._recorded = recorded
        self._silence_needed = silence_needed
        self._max_call_s = max_call_s
        self._alarms: dict[Trigger, float] = {}
        self._standing: dict[Trigger, float] = {}  # alarms that no change of state takes away
        self._out: list[ev.Command] = []
        self.state = State.OPENING
        self.gate = VoiceGate(settings.voice)
        self._opened = False
        self._opened_at = 0.0
        self._turn = 0
        self._turn_began = 0.0
        self._capturing = False
        self._expecting: Expecting = "speech"
        self._silence_after = 8.0
        self._silence_from = 0.0
        self._draft = TurnDraft()
        self._committed: str | None = None  # words of the turn that ended last; None if they no longer matter
        self._late: tuple[str, bool] | None = None
        self._deaf = 0  # drafts failed in a row
        self._unclear_before = False
        self._agent = AgentSide()
        self._stalls = 0
        self._failed_before = False
        self._false_alarms = 0  # overlaps of this reply without words
        self._short_alarms = 0  # and those too short for any
        self._key = self._words_before_key = ""
        self._news = False
        self._spoken = False  # a word of ours has been heard in this call
        self._closing_by = False  # the goodbye has a time to be over
        self._ending: tuple[EndedBy, str] = ("assistant", "")

    # --- what the shell calls ---

    def receive(self, event: ev.Event, now: float) -> list[ev.Command]:
        """Take one event; what is to be done, in order."""
        self._understand(event, now)
        return self._rung(now)

    def timer(self) -> float | None:
        """When `handle_timer` wants to be called; None once the call is closed."""
        times = [*self._alarms.values(), *self._standing.values()]
        if (lost := self.gate.lost_at()) is not None and self.state is not State.CLOSED:
            times.append(lost)
        return min(times, default=None)

    def handle_timer(self, now: float) -> list[ev.Command]:
        """Handle everything that is due at `now`."""
        if (lost := self.gate.lost_at()) is not None and lost <= now:
            self.gate.lost()
            self._voice_stopped(now)
        return self._rung(now)

    # --- from events to triggers ---

    def _understand(self, event: ev.Event, now: float) -> None:
        match event:
            case ev.VoiceWindow():
                self._voice(event, now)
            case ev.Playing(left_s, more):
                self._agent.playing(left_s, more, now)
                self._spoken = True
                self._standing.pop(Trigger.GREETING_LATE, None)
                self._rearm(now)
            case ev.Quiet(owed, acked):
                if self._agent.sounding:
                    self._silence_from = now
                self._agent.quiet(owed, now)
                if self.state is State.CLOSING and acked and not owed:
                    self._fire(Trigger.GOODBYE_OVER, now)
                else:
                    self._rearm(now)
            case ev.DraftReady(draft, text):
                if self._draft.ready(draft, text if has_words(text) else ""):
                    self._deaf = 0
                    self._judge(now)
            case ev.DraftFailed(draft):
                if self._draft.ready(draft, None):
                    self._deaf += 1
                    self._judge(now)
            case ev.Verdict(draft, probability):
                if draft == self._draft.number:
                    self._draft.verdict = probability
                    self._rearm(now)
            case ev.LateFinal(text, settled):
                self._late_final(text, settled)
            case ev.Queued():
                self._agent.owed = True
            case ev.ReplyListen(expecting, silence_after):
                self._agent.reply_open, self._expecting, self._silence_after = False, expecting, silence_after
                self._failed_before = False
                if self._agent.sounding:
                    self._stalls = 0
            case ev.ReplyClose(within_s):
                self._agent.reply_open = False
                if within_s is not None:
                    self._closing_by = True
                    limit = self._standing.get(Trigger.HARD_LIMIT, self._max_call_s + self._s.leave)
                    self._standing[Trigger.HARD_LIMIT] = min(limit, now + within_s)
                self._fire(Trigger.CLOSE_WANTED, now)
            case ev.ReplyFailed(problem):
                self._agent.reply_open = False
                if self._failed_before:
                    self._ending = ("failure", problem)
                again, self._failed_before = self._failed_before, True
                self._fire(Trigger.REPLY_FAILED_AGAIN if again else Trigger.REPLY_FAILED, now)
            case ev.EngineFailed(problem):
                self._ending = ("failure", problem)
                self._fire(Trigger.ENGINE_FAILED, now)
            case ev.Key(digit):
                self._key, self._words_before_key = digit, self._draft.text or ""
                self._fire(Trigger.KEY_NINE if digit == "9" else Trigger.KEY, now)
            case ev.Told():
                self._fire(Trigger.TOLD, now)
            case ev.News():
                self._news = True  # told as soon as nobody speaks
            case ev.LineOpened():
                if not self._opened:
                    self._opened, self._opened_at = True, now
                    self._standing = {
                        Trigger.TIME_UP: self._max_call_s,
                        Trigger.HARD_LIMIT: self._max_call_s + self._s.leave,
                    }
                    self._fire(Trigger.LINE_OPENED, now)
            case ev.LineClosed():
                self._fire(Trigger.LINE_CLOSED, now)
            case _:
                assert_never(event)

    def _late_final(self, text: str, settled: bool) -> None:
        committed, self._committed = self._committed, None
        if committed is None or not has_words(text):
            return
        if not same_meaning(committed, text):
            self._late = (text, settled)
        elif committed != text:
            self._out.append(ev.Correct(text))

    def _voice(self, window: ev.VoiceWindow, now: float) -> None:
        # After a false alarm it takes more voice to silence us again: a television must not make us stutter. Before
        # one, weak evidence silences us: words decide, and a cough costs a pause of 0.2 to 0.6 s, once a reply.
        speaking = self.state is State.SPEAKING
        windows = min(2 + 4 * self._false_alarms, 10) if speaking or self.state is State.THINKING else 0
        ends = speaking and not self._agent.reply_open and self._left(now) <= self._s.ending
        weak = speaking and not ends and not self._false_alarms and not self._short_alarms
        edge = self.gate.window(window.probability, window.level_db, window.echo_db, now, windows, weak=weak)
        if edge == "stopped":
            self._voice_stopped(now)
        elif edge == "started":
            self._fire(Trigger.VOICE_AT_THE_END if ends else Trigger.VOICE_STARTED, now)

    def _voice_stopped(self, now: float) -> None:
        if not self._capturing:
            return
        short = self.gate.speech_s < self._s.least_speech
        self._short_alarms += short and self.state is State.OVERLAP
        self._fire(Trigger.TOO_SHORT if short else Trigger.VOICE_STOPPED, now)

    def _judge(self, now: float) -> None:
        """There is news of the draft: who gets the floor?"""
        if self.state is State.GREETED:
            self._fire(Trigger.GREETING_OVER, now)
        elif self.state is State.GREETING:
            # A recording is told by its first words; there is no need, and no time, to hear it out (R13).
            if self._draft.text and self._recorded(self._draft.text):
                self._fire(Trigger.GREETING_OVER, now)
            else:
                self._alarms.setdefault(Trigger.CHECK_WORDS, now + self._s.look_every)
        elif self.state in (State.OVERLAP, State.SPEAKING, State.THINKING):
            text = self._draft.text
            if text is None:
                words = self.state is State.OVERLAP and self.gate.speech_s >= self._s.interrupts
            else:
                words = text != "" and (not is_backchannel(text) or self._question_open(now))
                if not words and text and self.gate.on and self.state is State.OVERLAP:
                    return  # "yeah ..." and the voice goes on: wait for what it becomes
            self._conclude(words, now)
        else:
            self._rearm(now)

    def _conclude(self, words: bool, now: float) -> None:
        if words:
            self._fire(Trigger.WORDS_GO_ON if self.gate.on else Trigger.WORDS_DONE, now)
        else:
            self._false_alarms += self.state is State.OVERLAP
            self._fire(Trigger.NO_WORDS_YET if self.gate.on else Trigger.NO_WORDS, now)

    def _question_open(self, now: float) -> bool:
        asked = self._expecting == "yes_no" and not self._agent.reply_open
        return asked and not self._agent.more and self._left(now) <= self._s.answering

    def _left(self, now: float) -> float:
        return self._agent.left_s(now, paused=self.state is State.OVERLAP)

    # --- alarms ---

    def _rung(self, now: float) -> list[ev.Command]:
        """All that is due by `now`, until nothing is."""
        self._settle(now)
        while self.state is not State.CLOSED and (due := self._next_due(now)) is not None:
            self._ring(due, now)
            self._settle(now)
        out, self._out = self._out, []
        return out

    def _next_due(self, now: float) -> Trigger | None:
        due = [
            (at, trigger) for alarms in (self._alarms, self._standing) for trigger, at in alarms.items() if at <= now
        ]
        return min(due)[1] if due else None

    def _ring(self, trigger: Trigger, now: float) -> None:
        if trigger is Trigger.TIME_UP and self.state is State.HEARING and now < self._max_call_s + self._s.limit_grace:
            self._standing[trigger] = self._max_call_s + self._s.limit_grace
            return
        self._alarms.pop(trigger, None)
        self._standing.pop(trigger, None)
        if trigger is Trigger.STALLED:
            self._stalls += 1
            if self._stalls > self._s.fillers:
                self._ending = ("failure", "The conversation or the voice did not answer in time.")
                trigger = Trigger.HOPELESS
        elif trigger is Trigger.NOTHING_UNDERSTOOD:
            self._deaf += self._draft.awaited
            if self._deaf >= 2:
                self._ending = ("failure", "The recogniser failed twice in a row.")
                trigger = Trigger.DEAF
            elif self._unclear_before:
                trigger = Trigger.NOTHING_AGAIN
        elif trigger is Trigger.DECIDE:
            self._conclude(self.gate.speech_s >= self._s.interrupts, now)
            return
        elif trigger is Trigger.HARD_LIMIT and self._closing_by:
            pass  # who wanted the call to end has waited long enough for the last words
        elif trigger in (Trigger.HARD_LIMIT, Trigger.TIME_UP):
            self._ending = ("limit", "")
        elif trigger is Trigger.SOUND_LOST:
            self._ending = ("failure", "The play-out stopped reporting.")
        self._fire(trigger, now)

    def _rearm(self, now: float) -> None:
        """Alarms that depend on what has just become known."""
        s, alarms = self._s, self._alarms
        match self.state:
            case State.PAUSE:
                alarms.pop(Trigger.TURN_OVER, None)
                alarms.pop(Trigger.NOTHING_UNDERSTOOD, None)
                alarms.pop(Trigger.MAY_BE_OVER, None)
                if self._draft.text:
                    alarms[Trigger.TURN_OVER] = due = self._due()
                    if self._draft.answered != self._draft.number:
                        alarms[Trigger.MAY_BE_OVER] = max(now, due - s.draft_ahead)
                else:
                    wait = s.no_draft_after if self._draft.awaited else s.no_words_after
                    began = self._turn_began + s.longest_turn if self._draft.forced else self.gate.last_voiced
                    alarms[Trigger.NOTHING_UNDERSTOOD] = began + wait
            case State.SPEAKING:
                alarms[Trigger.SOUND_LOST] = now + s.sound_lost
                if self.gate.on and self._capturing and not self._draft.awaited:
                    alarms.setdefault(Trigger.CHECK_WORDS, now + s.recheck_every)
            case State.CLOSING if self._agent.sounding:
                alarms[Trigger.GOODBYE_OVER] = max(now, self._agent.left_until) + s.close_cap
            case State.CLOSING:
                alarms[Trigger.GOODBYE_OVER] = now + (s.stall if self._agent.owed else s.close_cap)
            case _:
                pass

    def _due(self) -> float:
        """When the silence is long enough for these words."""
        if self._draft.forced:
            return 0.0
        needed = self._silence_needed(self._draft.text or "", self._expecting, self.gate.speech_s, self._draft.verdict)
        return self.gate.last_voiced + min(needed, self._s.longest_wait if self._spoken else self._s.first_turn_over)

    def _enter(self, state: State, now: float) -> None:
        """Arm what belongs to a state; the alarms of the one before are gone."""
        s, before = self._s, self.state
        self.state = state
        if state is before and state is not State.OPENING:
            if state is State.SPEAKING:
                self._rearm(now)
            elif state is State.THINKING:
                self._alarms.setdefault(Trigger.STALLED, self._agent.quiet_since + s.stall)
            elif state is State.OVERLAP and not self.gate.on:
                self._alarms.pop(Trigger.CHECK_WORDS, None)
                self._alarms[Trigger.DECIDE] = now + s.decide_after - s.check_after
            return
        self._alarms.clear()
        match state:
            case State.OPENING:
                listen = min(s.open_after, max(s.open_listen, s.open_by - self._opened_at))
                self._alarms[Trigger.GREETING_OVER] = max(now, self._opened_at + listen)
            case State.GREETING:
                self._alarms[Trigger.GREETING_OVER] = self._opened_at + s.open_at_latest
                self._alarms[Trigger.CHECK_WORDS] = max(now, self._opened_at) + s.look_every
            case State.GREETED:
                self._alarms[Trigger.GREETING_OVER] = max(now, self.gate.last_voiced + s.greeting_words)
            case State.THINKING:
                grace = s.stall if before is not State.PAUSE else s.stall_after_commit
                self._alarms[Trigger.STALLED] = max(self._agent.quiet_since + s.stall, now + grace * (not self._stalls))
            case State.OVERLAP:
                self._alarms[Trigger.CHECK_WORDS] = now + s.check_after
                self._alarms[Trigger.DECIDE] = now + s.decide_after
            case State.LISTENING:
                self._alarms[Trigger.SILENCE_OVER] = max(now, self._silence_from + self._silence_after)
            case State.HEARING:
                self._alarms[Trigger.TURN_TOO_LONG] = self._turn_began + s.longest_turn
            case State.CLOSED:
                self._standing.clear()
            case _:
                self._rearm(now)

    # --- the table at work ---

    def _settle(self, now: float) -> None:
        """Follow what the present state implies at once."""
        while True:
            before = self.state
            sounding, silent = self._agent.sounding, not self._agent.sounding and not self._agent.owed
            if before in (State.THINKING, State.LISTENING) and sounding:
                self._fire(Trigger.SOUND_BEGAN, now)
            elif before in (State.THINKING, State.SPEAKING) and silent and not self._agent.reply_open:
                self._silence_from = now
                self._false_alarms = self._short_alarms = self._stalls = 0
                self._fire(Trigger.REPLY_OVER_IN_VOICE if self.gate.on else Trigger.REPLY_OVER, now)
            elif before is State.SPEAKING and not sounding:
                self._fire(Trigger.SOUND_GAP, now)
            elif before is State.LISTENING and self._news:
                self._fire(Trigger.NEWS, now)
            if self._late is not None and self.state is before:
                self._fire(Trigger.LATE_FINAL_SETTLED if self._late[1] else Trigger.LATE_FINAL, now)
            if self.state is before:
                return

    def _fire(self, trigger: Trigger, now: float) -> None:
        """Look the trigger up and go where the table says."""
        found = TABLE[self.state].get(trigger)
        if found is None:
            return
        state, actions = found
        for action in actions:
            self._act(action, trigger, now)
        self._enter(state, now)

    def _act(self, action: Do, trigger: Trigger, now: float) -> None:
        out = self._out
        match action:
            case Do.CAPTURE if self._capturing:
                pass  # a voice that was a noise till now has been kept from its beginning
            case Do.CAPTURE:
                self._turn += 1
                self._turn_began = now
                self._capturing = True
                self.gate.restart()
                self._draft.forget()
                out.append(ev.Capture(self._turn))
            case Do.DRAFT:
                self._draft.begin(forced=trigger is Trigger.TURN_TOO_LONG)
                self._alarms.pop(Trigger.CHECK_WORDS, None)
                out.append(ev.Draft(self._turn, self._draft.number, paused=not self.gate.on))
            case Do.DRAFT_REPLY:
                self._draft.answered = self._draft.number
                out.append(ev.DraftReply(self._turn, self._draft.text or ""))
            case Do.DROP_DRAFT:
                self._draft.forget()
                out.append(ev.DropDraft(self._draft.number))
            case Do.DISCARD:
                self._draft.forget()
                if self._capturing:
                    self._capturing = False
                    self._committed = None
                    out.append(ev.Discard(self._turn))
            case Do.COMMIT:
                self._unclear_before = self._capturing = False
                due = max(self._due(), self.gate.last_voiced)
                committed = self._draft.text or ""
                out.append(ev.Commit(self._turn, committed, self.gate.last_voiced, min(due, now)))
                self._begin_reply(self.gate.last_voiced, committed)
                self._word_due(self.gate.last_voiced, now)
            case Do.REVISE:
                out.append(ev.Revise(self._take_late()))
                # The draft of a voice that is being judged just now goes on: it may be an interruption.
                self._agent.reply_due(now)
                self._false_alarms = self._short_alarms = 0
            case Do.AMEND:
                out.append(ev.Amend(self._take_late()))
            case Do.OPEN:
                over_at = (now if self.gate.on else self.gate.last_voiced) if self._capturing else None
                out.append(ev.Open(self._draft.text or "", more=self.gate.on, over_at=over_at))
                self._begin_reply(now)
                self._word_due(over_at, now)
            case Do.UNCLEAR:
                self._unclear_before = True
                out.append(ev.AskUnclear())
                self._begin_reply(self.gate.last_voiced, "")
                self._word_due(self.gate.last_voiced, now)
            case Do.ASK_SILENCE:
                self._unclear_before = False
                out.append(ev.AskSilence())
                self._begin_reply(now)
                self._word_due(self.gate.last_voiced, now)
            case Do.PRESSED:
                out.append(ev.Pressed(self._key, self._words_before_key))
                self._begin_reply(now)
            case Do.TAKE_UP:
                out.append(ev.TakeUp())
                self._begin_reply(now)
            case Do.TELL_NEWS:
                self._news = False
                out.append(ev.TellNews())
                self._begin_reply(now)
            case Do.TIME_IS_UP:
                out.append(ev.TimeIsUp())
                self._begin_reply(now)
            case Do.PAUSE:
                self._agent.paused(now)
                out.append(ev.Pause())
            case Do.RESUME:
                self._agent.resumed(now)
                out.append(ev.Resume())
            case Do.CLEAR:
                self._agent.cleared(now)
                out.append(ev.Clear())
            case Do.SAY_GREETING | Do.SAY_WAIT | Do.SAY_AGAIN | Do.SAY_APOLOGY:
                self._agent.owed = True
                self._agent.quiet_since = now
                out.append(ev.SpeakLine(_LINES[action]))
            case Do.HANG_UP:
                out.append(ev.HangUp(*self._ending))
            case _:
                assert_never(action)

    def _word_due(self, hello_over_at: float | None, now: float) -> None:
        """Nothing of ours has been heard yet, and somebody waits for it: an alarm that only a word of ours takes away.
        A reply that is on its way gets a moment in any case."""
        if not self._spoken:
            s = self._s
            # Who was silent may have said hello before the line was there.
            waits_since = hello_over_at if hello_over_at is not None else now - s.greet_within / 3
            self._standing[Trigger.GREETING_LATE] = max(now + s.greet_grace, waits_since + s.greet_within)

    def _take_late(self) -> str:
        late, self._late = self._late, None
        return late[0] if late is not None else ""

    def _begin_reply(self, quiet_since: float, committed: str | None = None) -> None:
        """`committed`: the caller's words that are answered, should the recogniser come to think otherwise."""
        self._draft.forget()
        self._committed = committed
        self._agent.reply_due(quiet_since)  # stalls go on counting: a mind that hangs may be asked again
        self._false_alarms = self._short_alarms = 0
