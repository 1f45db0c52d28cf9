"""The ear of one call by Google: keeps a stream alive, feeds it, and answers what was said in the running turn.

What is decided stands in pure modules: `relay` (which stream), `ledger` (whose words), `patience` (how long to wait).
The call gives the sound of turns only; between them silence is sent, or Google would end the stream.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from google.cloud.speech_v2 import SpeechAsyncClient, types

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.audio import RATE
from engine.speech.google import patience
from engine.speech.google.ledger import Result, View, revision
from engine.speech.google.recognise_stream import RecogniseStream, status_for_good, status_of
from engine.speech.google.relay import Cancel, Finish, Open, Order, Relay
from engine.speech.google.rotation import StreamLimits
from engine.speech.google.tape import Loudness
from engine.speech.pcm import level_db
from engine.speech.ports import Expect, Revised, SpeechError, Transcript

log = logging.getLogger(__name__)

TICK_S: Final = 0.05
_BROKEN_FOR_GOOD_AFTER: Final = 3  # streams in a row that broke without an answer
_SILENCE: Final = bytes(round(patience.CHUNK_S * RATE) * 2)
_TAIL: Final = round(0.12 * RATE)  # a turn is drafted when its voice has been gone for a little longer than this

_STALLED: Final = ProviderProblem(
    ProblemKind.TOO_SLOW,
    "Google Speech-to-Text stopped answering in the middle of a sentence.",
    "Nothing has to be done; a nearer region may help if it happens often.",
)

ProblemOf = Callable[[BaseException], ProviderProblem]


class GoogleTranscriber:
    """Implements `Transcriber`. Open it inside the loop that will use it.

    `replaced`: why streams were replaced so far, for the bench and for the log.
    """

    def __init__(
        self,
        client: SpeechAsyncClient,
        first: types.StreamingRecognizeRequest,
        problem_of: ProblemOf,
        revised: Revised | None,
        limits: StreamLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._first = first
        self._problem_of = problem_of
        self._revised = revised
        self._clock = clock
        self._relay = Relay(limits)
        self._loudness = Loudness()
        self._streams: dict[int, RecogniseStream] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._pace: asyncio.Task[None] | None = None
        self._problem: ProviderProblem | None = None
        self._news = asyncio.Event()
        self._seen: tuple[View, float] = (View(), 0.0)  # what the running turn says, and since when
        self._began = self._fed_at = self._silence_at = self._answered_at = 0.0
        self._pushed = 0  # samples of the running turn
        self._given: str | None = None  # the last answer to `text` in the running turn
        self._closed: str | None = None  # the same of the turn closed last, till its final text was told
        self._shut = False

    @property
    def replaced(self) -> tuple[str, ...]:
        return tuple(self._relay.why)

    async def begin(self, within_s: float) -> None:
        """Open the first stream. Waits for a refusal, but not longer than `within_s`. Raises `SpeechError`."""
        now = self._clock()
        self._began = self._fed_at = self._silence_at = now
        self._obey(self._relay.start(now))
        self._pace = asyncio.create_task(self._keep_pace(), name="google ear")
        await self._streams[0].wait_begun(within_s)
        if self._problem is not None:
            await self.close()
            raise SpeechError(str(self._problem), self._problem)

    # --- what the call does ---

    def push(self, pcm: bytes) -> None:
        if not self._relay.ledger.in_turn:
            self._relay.ledger.begin_turn(self._relay.tape.end)
            self._given, self._pushed = None, 0
            self._seen = (View(), self._clock())
        self._fed_at = self._clock()
        self._pushed += len(pcm) // 2
        self._send(pcm, voiced=self._loudness.voiced(level_db(pcm)))

    async def text(self, expect: Expect = "speech") -> Transcript:
        """The words of the running turn: final ones if they are there, else what covers the sound; see `patience`."""
        asked = self._clock()
        if not self._relay.ledger.in_turn:
            return Transcript("", True, 0.0)
        turn_over = False
        while not turn_over:
            now = self._clock()
            view, since = self._look(now)
            if patience.settled(view, voice_until=self._voice_until(), waited_s=now - asked, unchanged_s=now - since):
                break
            self._raise_if_broken()
            news = self._news
            try:
                async with asyncio.timeout(self._next_look(view, since, asked, now)):
                    await news.wait()
            except TimeoutError:
                pass
            turn_over = not self._relay.ledger.in_turn
        now = self._clock()
        view, _ = self._look(now)
        covered = view.covered >= self._voice_until() - patience.COVERS
        if not view.text or not covered:
            self._raise_if_broken(also_while_reopening=True)
        if patience.stalled(view, voice_until=self._voice_until(), quiet_s=now - self._answered_at):
            raise SpeechError(str(_STALLED), _STALLED)
        self._given = view.text
        return Transcript(view.text, view.final and covered, self._pushed / RATE, (self._clock() - asked) * 1000)

    def next_turn(self) -> None:
        if self._relay.ledger.in_turn:
            self._relay.ledger.end_turn(self._relay.tape.end)
            self._closed, self._given = self._given, None
            asyncio.get_running_loop().call_soon(self._tell_final)

    async def close(self) -> None:
        self._shut = True
        tasks = [*self._tasks.values(), *([self._pace] if self._pace else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        self._streams.clear()
        self._tasks.clear()

    # --- waiting ---

    def _look(self, now: float) -> tuple[View, float]:
        """What is known of the running turn, and since when its words are these."""
        view = self._relay.ledger.view()
        before, since = self._seen
        self._seen = (view, since if view.text == before.text else now)
        return self._seen

    def _next_look(self, view: View, since: float, asked: float, now: float) -> float:
        """Seconds after which the answer may be settled though nothing new has come."""
        if not view.text:
            return max(0.001, asked + patience.WORDS_WITHIN_S - now)
        times = [asked + patience.INTERIM_WITHIN_S]
        if view.covered >= self._voice_until() - patience.COVERS:
            times.append(since + patience.UNCHANGED_S)
        return max(0.001, min(times) - now)

    def _voice_until(self) -> int:
        tape = self._relay.tape
        return min(tape.voiced_until, tape.end - _TAIL)

    def _raise_if_broken(self, *, also_while_reopening: bool = False) -> None:
        relay = self._relay
        broken = relay.given_up is not None or relay.failures >= _BROKEN_FOR_GOOD_AFTER or self._shut
        if broken or (also_while_reopening and (relay.running is None or relay.failures)):
            problem = self._problem
            if problem is None:
                raise SpeechError("Google's recogniser is closed. Open another.")
            raise SpeechError(str(problem), problem)

    def _tell(self) -> None:
        told, self._news = self._news, asyncio.Event()
        told.set()

    def _tell_final(self) -> None:
        """Tell the final text of the turn closed last, if it is known by now and another than was answered on."""
        ledger = self._relay.ledger
        if self._closed is None or self._shut:
            return
        back = 1 if ledger.in_turn else 0
        view = ledger.view(back)
        if not ledger.closed_for_good(view, back):
            return
        given, self._closed = self._closed, None
        text = revision(given, view)
        if text is not None and self._revised is not None:
            self._revised(text)

    # --- streams ---

    def _send(self, pcm: bytes, *, voiced: bool) -> None:
        self._relay.tape.append(pcm, voiced=voiced)
        number = self._relay.running
        if number is not None and (stream := self._streams.get(number)) is not None:
            stream.feed(pcm)

    async def _keep_pace(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                self._tick(self._clock())
            except Exception:
                log.exception("The pacing of Google's recogniser stumbled")

    def _tick(self, now: float) -> None:
        relay = self._relay
        self._obey(relay.due(now))
        ahead = relay.tape.end / RATE - (now - self._began)
        every = patience.silence_every(fed_ago_s=now - self._fed_at, ahead_s=ahead, in_turn=relay.ledger.in_turn)
        if every is None:
            self._silence_at = now - patience.CHUNK_S
        elif now - self._silence_at >= every:
            # By the clock, not by the tick: a late tick must not stretch the pace. Never more than one chunk at once.
            self._silence_at = max(self._silence_at + every, now - every)
            self._send(_SILENCE, voiced=False)

    def _obey(self, orders: list[Order]) -> None:
        for order in orders:
            match order:
                case Open(number, start):
                    self._open(number, start)
                case Finish(number):
                    if (stream := self._streams.get(number)) is not None:
                        stream.finish()
                case Cancel(number):
                    self._streams.pop(number, None)
                    if (task := self._tasks.pop(number, None)) is not None:
                        task.cancel()

    def _open(self, number: int, start: int) -> None:
        stream = RecogniseStream(self._client, self._first, number, self._answered, self._ended)
        tape = self._relay.tape
        if lost := tape.read(start, tape.end):
            stream.feed(lost)
        self._streams[number] = stream
        self._tasks[number] = asyncio.create_task(stream.run(), name=f"google ear stream {number}")

    def _answered(self, number: int, results: list[Result]) -> None:
        self._answered_at = self._clock()
        self._relay.heard(number, results)
        self._tell_final()
        self._tell()

    def _ended(self, number: int, status: str, error: BaseException | None) -> None:
        self._streams.pop(number, None)
        self._tasks.pop(number, None)
        if self._shut:
            return
        if error is not None:
            problem = self._problem_of(error)
            status = status_for_good(status_of(error), problem)
            if number == self._relay.running:
                self._problem = problem
                log.info("Google's recogniser ended stream %d: %s", number, status)
        self._obey(self._relay.ended(number, status, self._clock()))
        self._tell()
