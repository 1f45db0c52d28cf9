"""One live call: the shell around the turn-taking machine, the pacer, the speech engines and the conversation.

The shell decides nothing about turns: it turns what happens into events of `Floor`, carries out what the floor orders,
and measures. Each of its tasks is watched: whatever breaks or hangs, the caller hears a sentence or the call ends;
no call stays open. Time is the call's clock: seconds since the call was answered.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

from engine.call import floor_events as ev
from engine.call.acts import Act, Close, Conversation, EndedBy, Listen, Played, Say, StopRecording, Watcher
from engine.call.answerer import sounds_recorded
from engine.call.call_recording import CallRecording
from engine.call.first_word import FirstWord
from engine.call.fixed_audio import FixedAudio
from engine.call.floor import Floor, SilenceNeeded
from engine.call.floor_loop import FloorLoop
from engine.call.hearing import Ear
from engine.call.latency import Stopwatch
from engine.call.pacer import Finished, Pacer, Sounded, Started
from engine.call.playout import Playout
from engine.call.recorder import Recorder
from engine.call.replies import Replies
from engine.call.session_settings import SessionSettings, ShellLine
from engine.call.told import Told
from engine.call.voicing import Mouth
from engine.call.watched_tasks import WatchedTasks
from engine.sdk import Scalar
from engine.speech.ports import SpeechStack, VoiceChange
from engine.telephony import media

log = logging.getLogger(__name__)

QUIET_AFTER_S: Final = 1.6
"""A socket on which not even silence has come for so long is given up, and the carrier asked for another one: the
caller hears the agent again within 3 s. Once in a call; that carriers send silence all the time is not promised."""

DEAD_AFTER_S: Final = 10.0
"""On the line that came back, a socket without any sound for so long is dead, whatever it says."""

LEAVE_AFTER_S: Final = 1.0
"""A carrier that has not ended the call by then learns from the closed socket that it is over: nobody is left in
silence."""

NEVER_S: Final = 1e6

_HANG_UP_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended. `problem`: in plain words, empty when nothing failed. `length_s`: since the answer.

    `away`: only this media socket has ended. The conversation has not been told that it is over, and the recording is
    still open: both go on with the call's next socket, if there is one.
    """

    by: EndedBy
    problem: str
    length_s: float
    away: bool = False


class Session:
    """One call. `run()` takes it from the answer to the end; it returns, whatever happens.

    `hang_up` ends the call at the carrier; it is not called when the line was closed from the other side. `away`: asked
    when the media socket is gone, whether the call goes on all the same. `spoke`: told when our first word is heard;
    not on a line that came back. `off_loop` runs a blocking function (writing
    the recording) beside the loop. `clock` must be the loop's own kind of seconds.
    """

    def __init__(
        self,
        peer: media.MediaPeer,
        speech: SpeechStack,
        conversation: Conversation,
        watcher: Watcher,
        hang_up: Callable[[], Awaitable[object]],
        silence_needed: SilenceNeeded,
        *,
        fixed: FixedAudio | None = None,
        recorder: Recorder | None = None,
        settings: SessionSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
        answered_at: float | None = None,
        away: Callable[[], bool] = lambda: False,
        spoke: Callable[[FirstWord], None] = lambda first: None,
        off_loop: Callable[[Callable[[], None]], Awaitable[None]] = asyncio.to_thread,
    ) -> None:
        self._settings = settings or SessionSettings()
        self._peer = peer
        self._conversation = conversation
        self._watcher = watcher
        self._hang_up = hang_up
        self._clock = clock
        self._zero = answered_at if answered_at is not None else clock()
        self._away = away
        self._recording = CallRecording(
            recorder, self._now, off_loop, lambda at: self._note("recording_started", from_s=round(at, 3))
        )
        self._ended: asyncio.Future[tuple[EndedBy, str]] = asyncio.get_running_loop().create_future()
        self._left = False
        floor = self._settings.floor
        if self._settings.returned:  # nobody says hello twice, and nobody is greeted twice
            floor = replace(floor, open_after=0.0, greet_within=NEVER_S)
        self._floor = FloorLoop(
            Floor(floor, silence_needed, conversation.max_call_s, sounds_recorded),
            self._now,
            self._obey,
            self._ended.done,
            partial(self._end, "failure"),
        )
        self._tell = self._floor.tell
        self._tasks = WatchedTasks(self._ended.done)
        self._replies = Replies(
            self._tasks,
            self._now,
            self._act,
            partial(self._listen, "speech"),
            partial(self._broken, "reply"),
            lambda error: self._trouble("conversation", f"A reply that was cut failed: {error!r}"),
        )
        self._fixed = fixed or FixedAudio(speech.tts)
        pacer = Pacer()
        voice = speech.tts.for_call(self._voice_changed)
        mended = partial(self._trouble, "voice")
        self._mouth = Mouth(voice, self._fixed, pacer, self._now, self._sound_made, mended, self._voice_failed)
        self._playout = Playout(peer, pacer, self._now, lambda: self._mouth.owes, self._tell, self._heard)
        self._ear = Ear(speech, self._settings.hints, self._tell, self._trouble, self._late_final)
        self._stopwatch = Stopwatch()
        self._learnt: deque[AsyncIterator[Act]] = deque()
        # the conversation's side
        self._says: dict[int, Say] = {}
        self._evidence: set[int] = set()  # utterances that make something known, until the carrier confirms them
        self._own_lines = 0
        self._hello_over: float | None = None
        self._spoke: Callable[[FirstWord], None] | None = None if self._settings.returned else spoke
        self._expecting: Literal["speech", "digits", "email", "yes_no"] = "speech"

    @property
    def tasks(self) -> Mapping[str, asyncio.Task[None]]:
        """The running tasks by name, for the watchdog's tests and for debugging."""
        return self._tasks.running

    def told(self, what: Told) -> None:
        """The carrier's machine detection has spoken."""
        acts = self._conversation.told(what, self._now())
        self._note("carrier_told", what=what, acted_on=acts is not None)
        if acts is not None:
            self._learnt.append(acts)
            self._tell(ev.Told())

    async def run(self) -> Ended:
        """Hold the call. Never raises but for cancellation, which also ends the call properly."""
        self._note("line_opened")
        if self._settings.record_at_once:
            self._recording.start(self._now())
        self._watch("player", self._playout.run())
        self._watch("mouth", self._mouth.run())
        self._watch("reader", self._read())
        self._watch("lines", self._prepare_lines())
        self._watch("ear", self._ear.open())
        self._watch("recorder", self._recording.run(self._ended))
        by: EndedBy = "failure"
        problem = "The call's process was stopped."
        try:
            self._tell(ev.LineOpened())
            by, problem = await asyncio.shield(self._ended)
        finally:
            length = self._now()
            await self._finish(by, problem)
        return Ended(by, problem, length, self._left)

    def news(self) -> None:
        """Something outside that the conversation waits for has come about."""
        self._tell(ev.News())

    def leave(self) -> None:
        """Give the line up: the call has another media socket, or another process. `run` returns with `away`."""
        self._left = not self._ended.done()
        self._end("carrier", "")

    # --- in: the line ---

    async def _read(self) -> None:
        async for event in self._peer.events():
            match event:
                case media.FrameIn(pcm):
                    self._caller_frame(pcm)
                case media.Dtmf(digit):
                    self._note("key_pressed", digit=digit)
                    self._tell(ev.Key(digit))
                case media.Played(payload):
                    self._confirmed(self._playout.confirmed(payload))
                case media.Cleared():
                    self._note("output_cleared", took_ms=round(1000 * self._playout.since_cleared_s, 1))
                case media.NoAudio(quiet_s, reason):
                    if quiet_s >= (DEAD_AFTER_S if self._settings.returned else QUIET_AFTER_S):
                        self._note("no_audio", quiet_s=round(quiet_s, 1))
                        self._line_gone("carrier", reason)
                case media.Closed(code):
                    self._note("line_closed", code=code)
                    self._line_gone("caller", "")
                    return
                case media.Damaged(problem):
                    self._trouble("line", problem)
                case media.Connected():
                    pass
        self._line_gone("carrier", "")

    def _caller_frame(self, pcm: bytes) -> None:
        now = self._now()
        self._recording.caller(pcm, now)
        for probability in self._ear.hear(pcm):
            self._tell(ev.VoiceWindow(probability, self._ear.level, self._playout.echo_db(now)))

    def _confirmed(self, utterance: int | None) -> None:
        """The carrier has played an utterance to its end; told only of those whose hearing is evidence."""
        self._playout.report(self._now())
        if utterance in self._evidence:
            self._evidence.discard(utterance)
            self._note("agent_confirmed", id=utterance)
            self._safely(partial(self._conversation.confirmed, utterance))

    def _late_final(self, text: str) -> None:
        self._tell(ev.LateFinal(text, settled=self._conversation.irrevocable))

    # --- the floor ---

    def _obey(self, commands: Sequence[ev.Command]) -> None:
        now = self._now()
        for command in commands:
            match command:
                case ev.Capture():
                    self._ear.capture()
                case ev.Draft(_, draft, paused):
                    if paused:
                        self._mouth.expect()  # the turn may be over: what answers it shall not wait for a connection
                    self._ear.draft(draft, self._expecting, paused=paused)
                case ev.DraftReply(_, text):
                    self._safely(partial(self._conversation.draft, text, now))
                case ev.DropDraft():
                    self._ear.go_on()
                    self._safely(self._conversation.drop_draft)
                case ev.Discard():
                    self._ear.end_turn()
                    self._safely(self._conversation.drop_draft)
                case ev.Open(greeting, more, over_at):
                    self._ear.end_turn()
                    self._hello_over = over_at
                    returned = self._settings.returned
                    self._note("opening", greeting=greeting, returned=returned)
                    talk = self._conversation
                    self._replies.begin(talk.returned if returned else partial(talk.answered, greeting, more=more))
                case ev.Commit(turn, text, last_voiced, due):
                    self._mouth.expect()
                    self._ear.end_turn()
                    self._hello_over = last_voiced  # counts until our first word is heard
                    self._stopwatch.committed(last_voiced, due, now)
                    self._note("turn_committed", turn=turn, text=text, voice_ended=round(last_voiced, 3))
                    self._replies.begin(partial(self._conversation.heard, text))
                case ev.Revise(text):
                    self._note("late_final", text=text, answered="anew")
                    self._replies.begin(partial(self._conversation.revised, text))
                case ev.Amend(text):
                    self._note("late_final", text=text, answered="with the next turn")
                    self._safely(partial(self._conversation.amended, text, now))
                case ev.Correct(text):
                    self._safely(partial(self._conversation.corrected, text))
                case ev.AskUnclear():
                    self._note("nothing_understood")
                    self._replies.begin(self._conversation.unclear)
                case ev.AskSilence():
                    self._note("caller_silent")
                    self._replies.begin(self._conversation.silent)
                case ev.Pressed(digit, words):
                    self._replies.begin(partial(self._conversation.pressed, digit, words=words))
                case ev.TakeUp():
                    self._replies.begin(partial(_already_begun, self._learnt.popleft()))
                case ev.TellNews():
                    self._replies.begin(self._conversation.news)
                case ev.TimeIsUp():
                    self._note("time_is_up")
                    self._replies.begin(self._conversation.time_is_up)
                case ev.Pause():
                    self._playout.pause(now)
                    self._note("output_paused")
                case ev.Resume():
                    self._playout.resume()
                    self._note("output_resumed")
                case ev.Clear():
                    self._clear(now)
                case ev.SpeakLine(line):
                    self._speak_line(line)
                case ev.HangUp(by, problem):
                    self._end(by, problem)

    # --- out: the voice ---

    def _clear(self, now: float) -> None:
        cut = self._playout.clear(now)
        self._mouth.clear()
        self._replies.cut()
        self._stopwatch.drop()
        self._playout.report(now)
        for each in cut:
            self._finished(each)
        if cut:
            self._note("output_cut", heard=" ".join(each.text for each in cut if each.text))

    def _speak_line(self, line: ShellLine) -> None:
        self._own_lines += 1
        self._note("line_spoken", line=line)
        self._playout.queued(at_once=True)
        self._stopwatch.said(self._now())
        own = (self._settings.greeting,) if line == "greeting" and self._settings.greeting else ()
        ahead = line in ("greeting", "wait")
        ready = any(
            self._mouth.line(-self._own_lines, text, ahead=ahead) for text in (*own, self._settings.lines[line])
        )
        if not ready and line == "greeting":
            self._trouble("voice", "The greeting for a late opening was not ready; the opening comes when it can.")
        elif not ready:
            self._tell(ev.EngineFailed("The voice failed, and no ready-made line could be spoken."))

    def _sound_made(self) -> None:
        self._stopwatch.made(self._now())
        self._playout.wake()

    def _heard(self, report: Started | Sounded | Finished) -> None:
        match report:
            case Sounded(pcm, at):
                self._recording.agent(pcm, at)
            case Started(_, at):
                self._first_word(at)
                if (times := self._stopwatch.heard(at)) is not None:
                    self._safely(partial(self._conversation.measured, times))
            case Finished():
                self._finished(report)

    def _first_word(self, at: float) -> None:
        spoke, self._spoke = self._spoke, None
        if spoke is None:
            return
        first = FirstWord(self._hello_over, round(at, 4))
        self._note("first_word", hello_over=self._hello_over, spoken=first.spoken_s, delay_ms=first.delay_ms)
        self._safely(partial(spoke, first))

    def _finished(self, finished: Finished) -> None:
        say = self._says.pop(finished.utterance, None)
        if say is None:
            return
        if "recording" in say.discloses and finished.complete:
            self._recording.start(finished.ended)
        played = Played(say.id, finished.text, finished.complete, finished.started, finished.ended)
        self._safely(lambda: self._conversation.played(played))

    def _voice_changed(self, change: VoiceChange) -> None:
        self._note(
            "voice_changed",
            before=change.before,
            after=change.after,
            problem=str(change.problem),
            problem_kind=change.problem.kind.value,
        )

    def _voice_failed(self, problem: str) -> None:
        self._trouble("voice", problem)
        self._tell(ev.EngineFailed(f"The voice failed again and again: {problem}"))

    # --- the conversation ---

    def _act(self, act: Act) -> bool:
        """Carry one act out; whether it was the reply's last."""
        match act:
            case Say():
                self._stopwatch.said(self._now())
                self._says[act.id] = act
                if act.discloses:
                    self._evidence.add(act.id)
                self._playout.queued()
                self._tell(ev.Queued())
                self._mouth.say(act)
                return False
            case Listen(expecting):
                self._listen(expecting)
                return True
            case StopRecording():
                self._note("recording_discarded")
                self._recording.discard()
                return False
            case Close(disposition, reason, within_s):
                self._note("closing", disposition=disposition, reason=reason)
                self._tell(ev.ReplyClose(within_s))
                return True

    def _listen(self, expecting: Literal["speech", "digits", "email", "yes_no"]) -> None:
        self._expecting = expecting
        self._tell(ev.ReplyListen(expecting, self._conversation.silence_after))

    async def _prepare_lines(self) -> None:
        for text in await self._fixed.prepare(self._settings.lines.values()):
            self._trouble("voice", f"A line could not be made ready: {text}")

    # --- the end, and what may go wrong before ---

    def _line_gone(self, by: EndedBy, problem: str) -> None:
        """The media socket is of no use any more; whether the call is over is not for the socket to say."""
        if not self._ended.done():
            self._left = self._away()
        self._end(by, problem)

    def _end(self, by: EndedBy, problem: str) -> None:
        if not self._ended.done():
            self._ended.set_result((by, problem))

    def _watch(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._tasks.start(name, work, partial(self._broken, name))

    def _broken(self, name: str, error: BaseException | None) -> None:
        why = repr(error) if error else "it was stopped"
        problem = f"The call's {name} broke down: {why}"
        self._trouble(name, problem)
        match name:
            case "player":
                self._line_gone("failure", problem)  # nothing can be said any more
            case "reply":
                self._tell(ev.ReplyFailed(problem))
            case "reader" | "mouth":
                self._tell(ev.EngineFailed(problem))
            case _:
                pass  # the call can go on without

    async def _finish(self, by: EndedBy, problem: str) -> None:
        """Leave nothing behind: not a task, not an open line, not a sentence whose fate is untold."""
        self._end(by, problem)
        self._floor.stop()
        now = self._now()
        self._safely(lambda: self._clear(now))
        away = self._left
        self._note("line_lost" if away else "call_ended", by=by, problem=problem)
        hanging_up: asyncio.Task[None] | None = None
        if by not in ("caller", "carrier") and not away:
            hanging_up = asyncio.create_task(self._bounded("hang-up", self._hang_up()))
            await asyncio.wait({hanging_up}, timeout=LEAVE_AFTER_S)
            if not hanging_up.done():
                self._trouble("hang-up", "The carrier is slow to end the call; we leave the line without it.")
        writing = self._tasks.running.pop("recorder", None)  # it ends by itself, with the last second
        await self._tasks.stop(2.0)
        await self._ear.close()
        await self._bounded("media socket", self._peer.close())
        if hanging_up is not None:
            await hanging_up
        if writing is not None:
            await asyncio.wait({writing}, timeout=_HANG_UP_S)
            if not away:
                await self._bounded("recording", self._recording.close(now))
        if not away:
            self._safely(lambda: self._conversation.hung_up(by, now, problem))

    async def _bounded(self, what: str, work: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(_HANG_UP_S):
                await work
        except Exception as error:
            self._trouble(what, f"The {what} failed at the call's end: {error!r}")

    def _safely(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:
            log.exception("The conversation broke down")
            self._trouble("conversation", f"The conversation broke down: {error!r}")

    def _trouble(self, part: str, problem: str) -> None:
        log.warning("%s: %s", part, problem)
        self._note("trouble", part=part, problem=problem)

    def _note(self, kind: str, **facts: Scalar | None) -> None:
        try:
            self._watcher.note(kind, round(self._now(), 4), **facts)
        except Exception:
            log.exception("The journal refused an entry")

    def _now(self) -> float:
        return self._clock() - self._zero


def _already_begun(acts: AsyncIterator[Act], now: float) -> AsyncIterator[Act]:
    return acts
